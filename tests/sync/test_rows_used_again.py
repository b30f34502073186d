"""A row that was cleared and used again: the question who it is, and what comes of each answer."""

from __future__ import annotations

import contextlib
from unittest import mock

import pytest

from crmbook.store import Store
from crmbook.sync import push
from tests.sync.firm import Firm
from tests.sync.shop import OTHER, ROWS, CutOff, Sheet, Shop

SAME, NEW = "同一条记录", "另一条新记录"
NEW_KEY = f"00{ROWS + 1}"
ENTRY = {"name": "周新", "phone": "13911112222", "city": "无锡", "notes": None}


def use_again(sheet: Sheet, **changed: object) -> None:
    row = next(row for row, cells in sheet.rows("clients").items() if cells.get("client_id") == "001")
    sheet.type("clients", row, client_id=None, **{**ENTRY, **changed})


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def reused(shop) -> Sheet:
    """A copy in which the row of 001 was cleared and used for somebody else."""
    copy = shop.check_out()
    shop.sync()
    use_again(copy)
    return copy


def answer(sheet: Sheet, choice: str, line: int = 0) -> None:
    sheet.answer("conflicts", line, decision=choice)


def quiet(shop: Shop) -> None:
    """Two rounds, then a third that changes no byte, and nothing is asked any more."""
    for _ in range(2):
        assert shop.sync().failures == []
    before = [path.read_bytes() for path in shop.paths()]
    shop.sync()
    assert [path.read_bytes() for path in shop.paths()] == before


def cut_off(shop: Shop, *cut: object) -> None:
    with mock.patch.object(*cut, side_effect=CutOff), contextlib.suppress(CutOff):
        shop.sync()


def assert_same(shop: Shop, *sheets: Sheet) -> None:
    names = shop.by_key("clients", "name")
    assert (names["001"], len(names)) == ("周新", ROWS)
    assert shop.by_key("clients", "city")["001"] == "无锡"
    assert shop.by_key("visits", "client_id")["1001"] == "001"
    for sheet in sheets:
        assert "周新" in [
            cells.get("name") for cells in sheet.rows("clients").values() if cells["client_id"] == "001"
        ]
    assert shop.conflicts() == []


def assert_new(shop: Shop, *sheets: Sheet) -> None:
    names = shop.by_key("clients", "name")
    assert "001" not in names
    assert (names[NEW_KEY], len(names)) == ("周新", ROWS)
    assert shop.by_key("clients", "city")[NEW_KEY] == "无锡"
    assert shop.by_key("visits", "client_id")["1001"] == "001"
    for sheet in sheets:
        assert [
            cells["client_id"] for cells in sheet.rows("clients").values() if cells.get("name") == "周新"
        ] == [NEW_KEY]
    assert shop.conflicts() == []


COMES = {SAME: assert_same, NEW: assert_new}


def test_rule_23_the_question_stands_once_in_every_copy_with_both_sides(shop, reused):
    told = shop.sync_one(reused)
    assert [issue.code for issue in told.issues if issue.code == "identify.reused"] == ["identify.reused"]
    quiet(shop)
    for sheet in (shop.main, reused):
        [line] = sheet.lines("conflicts")
        assert line["field"] == "同一条还是另一条？ 客户编号 / 名称 / 电话"
        assert line["store_value"] == "001 / 客户1 / 13800000000"
        assert line["copy_value"] == "（空） / 周新 / 13911112222"


@pytest.mark.sample(1)
@pytest.mark.parametrize("where", ["in the copy", "elsewhere"])
@pytest.mark.parametrize("cut", [None, (push, "write_atomically"), (Store, "mark_written")], ids=str)
@pytest.mark.parametrize("choice", COMES)
def test_rule_23_an_answer_is_carried_out_once_wherever_it_is_given(shop, reused, choice, where, cut):
    for _ in range(2):
        shop.sync()
    answer(reused if where == "in the copy" else shop.main, choice)
    if cut:
        cut_off(shop, *cut)
    quiet(shop)
    COMES[choice](shop, shop.main, reused)


@pytest.mark.sample(1)
@pytest.mark.parametrize("choice", COMES)
def test_a_copy_of_some_customers_may_ask_and_answer(tmp_path, choice):
    firm = Firm(tmp_path, "owner")
    row = firm.other.where("customers", "001")
    firm.other.type("customers", row, customer_id=None, name="周新")
    for _ in range(2):
        firm.sync()
    answer(firm.other, choice)
    firm.settle()
    names = dict(zip(firm.column("customers", "customer_id"), firm.column("customers", "name"), strict=True))
    assert (names.get("001"), names.get("007")) == (("周新", None) if choice == SAME else (None, "周新"))
    assert firm.other.where("customers", "001" if choice == SAME else "007") == row
    assert firm.conflicts() == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("choice", COMES)
def test_a_drives_copy_waits_for_the_answer_and_goes_then(shop, choice):
    shop.sync()
    copy = shop.copy(shop.main, "客户-冲突.xlsx")
    use_again(copy)
    shop.sync()
    shop.sync()
    assert copy.path.exists()
    answer(shop.main, choice)
    shop.sync()
    quiet(shop)
    assert not copy.path.exists()
    if choice == SAME:
        assert_same(shop, shop.main)
    else:  # what is missing from an old copy is not deleted
        assert {"客户1", "周新"} <= set(shop.by_key("clients", "name").values())
        assert shop.conflicts() == []


@pytest.mark.slow
@pytest.mark.parametrize(("choice", "wanted"), [(SAME, [("phone",)]), (NEW, [("phone",)])])
def test_an_edit_of_the_old_customer_that_the_copy_never_showed_meets_either_answer(
    shop, reused, choice, wanted
):
    shop.sync()
    shop.main.type("clients", 2, phone="13700000000")
    quiet(shop)
    answer(reused, choice)
    quiet(shop)
    assert [one.labels for one in shop.conflicts()] == wanted
    assert shop.by_key("clients", "phone")["001"] == "13700000000"
    assert (shop.by_key("clients", "name").get(NEW_KEY) == "周新") == (choice == NEW)


@pytest.mark.slow
def test_the_row_edited_once_more_is_asked_about_as_it_stands_now(shop, reused):
    shop.sync()
    reused.type("clients", 2, name="周新民")
    shop.sync()
    [line] = reused.lines("conflicts")
    assert line["copy_value"] == "（空） / 周新民 / 13911112222"
    answer(reused, NEW)
    quiet(shop)
    assert shop.by_key("clients", "name")[NEW_KEY] == "周新民"


@pytest.mark.slow
def test_an_answer_of_the_other_kind_is_refused_and_the_question_stays(shop, reused):
    shop.sync()
    answer(reused, "采用主库")
    told = shop.sync_one(reused)
    assert "conflict.choice-unfit" in {issue.code for issue in told.issues}
    assert len(shop.conflicts()) == 1
    assert reused.lines("conflicts")[0]["decision"] == "采用主库"
    answer(reused, SAME)
    quiet(shop)
    assert_same(shop, shop.main, reused)


def test_a_conflict_about_a_value_is_not_settled_by_saying_who_it_is(shop):
    other = shop.check_out(OTHER)
    shop.sync()
    shop.main.type("clients", 2, city="常州")
    other.type("clients", 2, city="无锡")
    shop.sync()
    answer(other, NEW)
    told = shop.sync_one(other)
    assert "conflict.choice-unfit" in {issue.code for issue in told.issues}
    assert len(shop.conflicts()) == 1


@pytest.mark.slow
def test_the_key_typed_back_ends_the_question(shop, reused):
    shop.sync()
    reused.type("clients", 2, client_id="001")
    quiet(shop)
    assert_same(shop, shop.main, reused)


@pytest.mark.slow
@pytest.mark.parametrize("choice", [SAME, NEW])
def test_a_customer_who_is_deleted_elsewhere_meanwhile_stops_nobody(shop, reused, choice):
    shop.sync()
    row = next(row for row, cells in shop.main.rows("clients").items() if cells.get("client_id") == "001")
    shop.main.clear("clients", row)
    assert shop.sync().failures == []
    assert shop.sync().failures == []
    lines = reused.lines("conflicts")
    for number in range(len(lines)):
        reused.answer("conflicts", number, decision=choice)
    quiet(shop)
    assert "周新" in shop.by_key("clients", "name").values()


@pytest.mark.sample(1)
@pytest.mark.parametrize(("choice", "found"), [(SAME, True), (NEW, False)])
def test_rule_24_a_reference_typed_to_a_row_that_somebody_deleted_and_its_author_used_again(
    shop, choice, found
):
    copy = shop.check_out()
    shop.sync()
    use_again(copy)
    visit = next(row for row, cells in copy.rows("visits").items() if cells["client_id"] != "001")
    number = copy.value("visits", "visit_id", visit)
    copy.type("visits", visit, client_id="001")
    shop.main.clear(
        "clients",
        next(row for row, cells in shop.main.rows("clients").items() if cells["client_id"] == "001"),
    )
    shop.sync(shop.main)
    shop.sync(copy)
    assert shop.by_key("visits", "client_id")[number] == "001"
    shop.sync()
    answer(copy, choice)
    quiet(shop)
    assert shop.by_key("visits", "client_id")[number] == "001"
    assert ("001" in shop.by_key("clients", "name")) is found
    gone = [
        issue for one in shop.sync().workbooks for issue in one.issues if issue.code == "check.reference-gone"
    ]
    assert bool(gone) is not found

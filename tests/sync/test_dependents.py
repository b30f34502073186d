"""What people type beside a row, in a table with one row for each, when somebody deletes the row itself."""

from __future__ import annotations

import contextlib
from unittest import mock

import pytest

from crmbook.build.scope import Scope
from crmbook.store import Store, locate
from crmbook.sync import push
from crmbook.sync.checkout import Wish, check_out
from tests.sync.firm import DAY, Copy, Firm, book

KEY, OTHERS_KEY = "001", "003"
EITHER = ("care.gift", "customer_id")
"""The labels of a conflict between a deleted customer and a gift typed beside it."""


def give(copy: Copy, gift: str = "花", key: str = KEY) -> None:
    copy.type("care", copy.where("care", key), gift=gift)


def delete(copy: Copy, key: str = KEY, *, beside: bool = False) -> None:
    if beside:
        copy.clear("care", copy.where("care", key))
    copy.clear("customers", copy.where("customers", key))


def sync_in_turn(firm: Firm, copies: list[Copy], *, killed: bool = False) -> None:
    for copy in copies:
        if killed:
            struck = mock.patch.object(push, "write_atomically", side_effect=KeyboardInterrupt)
            with struck, contextlib.suppress(KeyboardInterrupt):
                firm.sync(copy)
        else:
            assert firm.sync(copy).failures == []


def gifts(firm: Firm) -> dict[str, str | None]:
    return dict(zip(firm.column("care", "customer_id"), firm.column("care", "gift"), strict=True))


def answer(copy: Copy, choice: str) -> None:
    [line] = copy.lines("conflicts")
    copy.answer("conflicts", 0, decision=choice)
    assert line["number"]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("kind", "beside", "killed"), [("whole", False, False), ("whole", True, True), ("owner", False, True)]
)
@pytest.mark.parametrize("first", ["gift", "deletion"])
def test_rule_06_a_value_typed_beside_a_row_is_an_edit_that_meets_its_deletion(
    tmp_path, kind, killed, beside, first
):
    firm = Firm(tmp_path, kind)
    give(firm.main)
    delete(firm.other, beside=beside)
    copies = [firm.main, firm.other] if first == "gift" else [firm.other, firm.main]
    sync_in_turn(firm, copies, killed=killed)
    firm.settle()
    assert KEY in firm.column("customers", "customer_id")
    assert gifts(firm)[KEY] == "花"
    assert firm.conflicts() == [("customers", EITHER)]
    assert firm.references_to_nobody() == []
    for copy in (firm.main, firm.other):
        [line] = copy.lines("conflicts")
        sides = sorted([line["store_value"], line["copy_value"]], key=len)
        assert sides[1] == "关怀 · 礼品：花；客户编号：001"
        assert "删除" in sides[0]
        assert {line["store_by"], line["copy_by"]} == {firm.main.path.stem, firm.other.path.stem}


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", ["gift", "deletion"])
@pytest.mark.parametrize(("whose", "is_gone"), [("gift", False), ("deletion", True)])
def test_the_conflict_about_a_row_beside_is_settled_either_way_once(tmp_path, first, whose, is_gone):
    firm = Firm(tmp_path)
    give(firm.main)
    delete(firm.other)
    sync_in_turn(firm, [firm.main, firm.other] if first == "gift" else [firm.other, firm.main])
    firm.settle()
    answer(firm.main, "采用主库" if first == whose else "采用本簿")
    firm.settle()
    assert (KEY not in firm.column("customers", "customer_id")) == is_gone
    assert gifts(firm).get(KEY) == (None if is_gone else "花")
    assert firm.conflicts() == []


@pytest.mark.slow
def test_who_settles_for_the_deletion_has_not_seen_what_is_typed_beside_meanwhile(tmp_path):
    firm = Firm(tmp_path)
    give(firm.main)
    delete(firm.other)
    sync_in_turn(firm, [firm.main, firm.other])
    firm.settle()
    answer(firm.main, "采用本簿")
    give(firm.other, "书")
    sync_in_turn(firm, [firm.other, firm.main])
    firm.settle()
    assert gifts(firm)[KEY] == "书"
    assert firm.conflicts() == [("customers", EITHER)]


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", ["gift", "deletion"])
def test_who_types_beside_a_row_and_deletes_it_has_seen_both(tmp_path, first):
    firm = Firm(tmp_path)
    give(firm.main)
    delete(firm.main)
    if first == "gift":
        delete(firm.other)
        sync_in_turn(firm, [firm.other, firm.main])
    firm.settle()
    assert KEY not in firm.column("customers", "customer_id")
    assert KEY not in gifts(firm)
    assert firm.conflicts() == []


def test_a_row_entered_beside_one_that_its_own_author_deletes_stays_and_is_named(tmp_path):
    firm = Firm(tmp_path)
    delete(firm.main, beside=True)
    firm.main.type("care", firm.main.where("care", OTHERS_KEY), customer_id=KEY, gift="伞")
    firm.settle()
    assert KEY not in firm.column("customers", "customer_id")
    assert gifts(firm)[KEY] == "伞"
    assert gifts(firm)[OTHERS_KEY] is None
    assert ("care", "customer_id", KEY) in firm.references_to_nobody()
    [finding] = [line for line in firm.main.lines("issues") if line["value"] == KEY]
    assert (
        finding["problem"] == "“001”已不在“客户”中（共 4 处：E3、购买!B2、购买!B3 等）"
    )  # the last one is the new row


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("first", ["deletion", "row"])
def test_a_row_put_beside_one_that_somebody_else_deletes_keeps_what_he_typed_into_it(tmp_path, first, beside):
    """Else the row would go with the deleted one, and with it what its deleter typed while it was another's."""
    firm = Firm(tmp_path)
    give(firm.main, "伞", OTHERS_KEY)
    delete(firm.main, beside=beside)
    firm.other.type("care", firm.other.where("care", OTHERS_KEY), customer_id=KEY)
    sync_in_turn(firm, [firm.main, firm.other] if first == "deletion" else [firm.other, firm.main])
    firm.settle()
    assert "伞" in firm.column("care", "gift")
    assert KEY in firm.column("customers", "customer_id")
    [labels] = [found for table, found in firm.conflicts() if table == "customers"]
    assert "care.customer_id" in labels
    assert firm.references_to_nobody() == []


def test_a_gift_that_the_deleting_copy_had_shown_goes_with_its_row(tmp_path):
    firm = Firm(tmp_path)
    give(firm.main)
    firm.settle()
    delete(firm.other)
    firm.settle()
    assert KEY not in gifts(firm)
    assert firm.conflicts() == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", ["both", "deletion"])
def test_an_edit_of_the_row_and_one_beside_it_are_one_conflict(tmp_path, first):
    firm = Firm(tmp_path)
    give(firm.main)
    firm.main.type("customers", firm.main.where("customers", KEY), town="苏州")
    delete(firm.other)
    sync_in_turn(firm, [firm.main, firm.other] if first == "both" else [firm.other, firm.main])
    firm.settle()
    [(table, labels)] = firm.conflicts()
    assert (table, set(labels)) in [("customers", {"town", *EITHER}), ("customers", {"town", "care.gift"})]
    assert gifts(firm)[KEY] == "花"


@pytest.mark.sample(1)
@pytest.mark.parametrize("first", ["gift", "deletion"])
def test_a_copy_that_does_not_show_the_table_beside_deletes_no_gift_of_another(tmp_path, first):
    firm = Firm(tmp_path)
    firm.other.path.unlink()
    with Store.open(locate(tmp_path)) as store:
        wish = Wish(firm.other.path, DAY, Scope(role="front"), is_beside=True)
        check_out(store, store.books()[0], book(), wish)
    firm.sync(firm.other)
    delete(firm.other, OTHERS_KEY)  # its 酒 stood there when the copy was made
    give(firm.main)
    delete(firm.other)
    sync_in_turn(firm, [firm.main, firm.other] if first == "gift" else [firm.other, firm.main])
    firm.settle()
    assert gifts(firm)[KEY] == "花"
    assert OTHERS_KEY not in gifts(firm)
    assert firm.conflicts() == [("customers", EITHER)]
    assert "花" not in str(firm.other.lines("conflicts"))


def test_a_gift_taken_in_before_the_deleting_copy_was_written_is_unseen(tmp_path):
    firm = Firm(tmp_path)
    firm.other.type("customers", firm.other.where("customers", KEY), town="苏州")
    give(firm.main)
    sync_in_turn(firm, [firm.main])
    sync_in_turn(firm, [firm.other], killed=True)
    delete(firm.other)
    firm.settle()
    assert gifts(firm)[KEY] == "花"
    assert firm.conflicts() == [("customers", EITHER)]


@pytest.mark.slow
def test_a_copy_of_a_row_with_its_key_brings_nothing_back_that_was_deleted_beside_the_row(tmp_path):
    firm = Firm(tmp_path)
    give(firm.main)
    firm.settle()
    deleted = next(row for row, cells in firm.head("care").items() if cells["customer_id"] == KEY)
    row = firm.other.where("customers", KEY)
    firm.other.add(
        "customers", **{name: firm.other.value("customers", name, row) for name in ("customer_id", "name")}
    )
    firm.other.clear("care", firm.other.where("care", KEY))
    firm.settle()
    assert deleted not in firm.head("care")
    assert gifts(firm)[KEY] is None


@pytest.mark.slow
def test_what_was_typed_beside_a_row_comes_back_with_it_though_another_stands_there(tmp_path):
    firm = Firm(tmp_path)
    give(firm.main)
    firm.settle()
    delete(firm.main)
    firm.other.type("customers", firm.other.where("customers", KEY), customer_id="V1")
    firm.other.add("care", customer_id=KEY, gift="茶")
    sync_in_turn(firm, [firm.main, firm.other])
    firm.settle()
    assert "V1" in firm.column("customers", "customer_id")
    beside = [(cells["customer_id"], cells.get("gift")) for cells in firm.head("care").values()]
    assert sorted(gift for key, gift in beside if key == "V1") == ["花", "茶"]

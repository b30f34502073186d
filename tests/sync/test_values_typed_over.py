"""A value typed over a computed cell that holds a value, not a formula: put back and reported; an old value is neither.

Such cells look alike whether sync filled them or a person did: only what was last written into the file tells.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.sync import push
from crmbook.sync.pipeline import SyncState
from tests.everyday.programs import save_as_excel, save_in_openpyxl
from tests.saving import save_with_digits
from tests.sync.shop import DAY, OTHER, CutOff, Sheet, Shop
from tests.sync.test_schema_changes import Changing
from tests.sync.test_unstamped import rob

if TYPE_CHECKING:
    from pathlib import Path

COPIES = {
    "values": {"mode": "never"},
    "owner": {"mode": "never", "owner": "王芳"},
    "where": {"mode": "never", "where": '[@owner]="王芳"'},
    "role": {"role": "desk"},
}
CONFLICT = "王芳-冲突.xlsx"
NEXT = DAY + timedelta(1)


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """A folder with the first workbook, and one that holds values where that one holds formulas."""
    shop = Shop(tmp_path_factory.mktemp("begun") / "簿")
    shop.check_out(mode="never")
    shop.sync()
    return shop.folder


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "簿")


@pytest.fixture
def other(shop, begun) -> Sheet:
    shutil.rmtree(shop.folder)
    shutil.copytree(begun, shop.folder)
    return Sheet(shop.folder / OTHER)


def told(
    shop: Shop, sheet: Sheet, code: str = "check.typed-over", **options
) -> list[tuple[str, str, str, str]]:
    """What the next sync of all says was typed over in a workbook: cell, value, and what is put back."""
    [synced] = [one for one in shop.sync(**options).workbooks if one.path == sheet.path]
    return [
        (one.row_key, one.field_name, one.value, str(one.params["restored"]))
        for one in synced.issues
        if one.code == code
    ]


def save_as_values(path: Path) -> None:
    """Save a workbook as a program does that keeps what formulas showed, and none of them."""
    work = openpyxl.load_workbook(path, data_only=True)
    work.save(path)
    work.close()


def told_unsure(shop: Shop, sheet: Sheet, **options) -> list[tuple[str, str, str, str]]:
    """What the next sync says of a workbook that may be an earlier result, or typed."""
    return told(shop, sheet, "check.old-or-typed", **options)


@pytest.mark.sample(1)
@pytest.mark.parametrize("kind", COPIES)
def test_rule_8_a_value_typed_over_a_value_is_put_back_and_told_once(shop, kind):
    copy = shop.check_out(**COPIES[kind])
    assert copy.formula("clients", "spent", 2) is None
    copy.type("clients", 2, spent=777)
    assert told(shop, copy) == [("001", "spent", "777", "300")]
    assert copy.value("clients", "spent", 2) == 300
    copy.type("clients", 2, spent=888, phone="13900000000")
    assert told(shop, copy) == [("001", "spent", "888", "300")]
    assert told(shop, copy, as_of=NEXT) == []
    assert shop.by_key("clients", "phone")["001"] == "13900000000"


def test_rule_8_the_list_of_issues_says_where_and_how_it_is_mended(shop, other):
    other.type("clients", 3, spent="很多")
    synced = next(one for one in shop.sync().workbooks if one.path == other.path)
    [issue] = synced.issues
    assert (issue.location.sheet, issue.location.cell) == ("客户", other.ref("clients", "spent", 3))
    assert ("很多" in issue.text("zh"), "300" in issue.remedy("zh")) == (True, True)
    [line] = other.lines("issues")
    assert (line["field"], line["value"], line["record"]) == ("累计", "很多", "002")


def test_rule_8_a_formula_typed_over_a_value_is_told(shop, other):
    other.type("clients", 3, spent="=1+1")
    assert told(shop, other) == [("002", "spent", "0", "300")]
    assert (other.formula("clients", "spent", 3), other.value("clients", "spent", 3)) == (None, 300)


def test_rule_8_a_formula_in_one_cell_makes_no_old_value_of_another_a_typed_one(shop, other):
    shop.main.type("visits", 2, amount=900)
    other.type("clients", 3, spent="=1+1")
    assert told(shop, other) == [("002", "spent", "0", "300")]


def test_rule_8_what_others_changed_meanwhile_makes_no_value_a_typed_one(shop, other):
    shop.main.type("visits", 2, amount=900)
    shop.sync(shop.main)
    other.type("clients", 4, spent=777)
    assert told(shop, other) == [("003", "spent", "777", "0")]
    assert other.value("clients", "spent", 2) == 1100


def test_rule_8_what_equals_the_right_value_is_not_told(shop, other):
    shop.main.type("visits", 2, amount=900)
    shop.sync(shop.main)
    other.type("clients", 2, spent=1100)
    other.type("clients", 3, spent=None)
    assert told(shop, other) == []
    assert other.value("clients", "spent", 3) == 300


def test_rule_11_an_old_copy_that_comes_back_tells_only_what_was_typed_in_it(shop, other):
    old = other.data
    shop.main.type("visits", 2, amount=900)
    shop.sync()
    assert other.value("clients", "spent", 2) == 1100
    other.path.write_bytes(old)
    assert told(shop, other) == []
    other.path.write_bytes(old)
    other.type("clients", 3, spent=777)
    assert told(shop, other) == [("002", "spent", "777", "300")]
    assert other.value("clients", "spent", 2) == 1100


def test_rule_12_a_conflict_copy_tells_what_was_typed_over_a_value_in_it_alone(shop, other):
    other.type("clients", 2, spent=777)
    copy = shop.copy(other, CONFLICT)
    copy.type("clients", 3, spent=888)
    shop.main.type("visits", 2, amount=900)
    report = {one.path.name: one for one in shop.sync().workbooks}
    assert report[CONFLICT].state is SyncState.ARCHIVED
    found = {
        name: [(issue.code, issue.row_key, issue.value) for issue in one.issues]
        for name, one in report.items()
    }
    assert found[CONFLICT] == [("check.typed-over", "002", "888")]
    assert found[other.path.name] == [("check.typed-over", "001", "777")]
    assert not any(one.issues for one in shop.sync(as_of=NEXT).workbooks)


def test_rule_12_a_copy_of_old_values_tells_nothing(shop, other):
    copy = shop.copy(other, CONFLICT)
    fork = shop.copy(other, "王芳-副本.xlsx")
    shop.main.type("visits", 2, amount=900)
    report = shop.sync()
    assert len(report.workbooks) == 4
    assert not any(one.issues for one in report.workbooks)
    assert not copy.path.exists()
    fork.type("clients", 2, spent=777)
    assert told(shop, fork) == [("001", "spent", "777", "1100")]


def test_rule_2_rows_that_were_copied_cleared_or_sorted_hold_what_nobody_typed(shop, other):
    other.put_rows("clients", {2: 3, 3: 2}, hidden=False)
    other.put_rows("clients", {8: 4}, hidden=True)
    other.type("clients", 8, client_id=None, name="新客")
    other.type("clients", 5, client_id=None, name="另一人", phone="13911112222", notes=None)
    shop.main.type("visits", 2, amount=900)
    assert told(shop, other) == []
    assert {key for key, name in shop.by_key("clients", "name").items() if name == "新客"}
    other.type("clients", other.add("clients", name="再来"), spent=5)
    assert [one[1:] for one in told(shop, other)] == [("spent", "5", "0")]


@pytest.mark.sample(1)
@pytest.mark.parametrize("save", [save_as_excel, save_in_openpyxl, save_with_digits])
def test_rule_1_another_programs_save_makes_no_value_a_typed_one(shop, other, save):
    shop.main.type("visits", 2, amount=100 / 3)
    shop.sync()
    save(other.path)
    shop.main.type("visits", 3, amount=200 / 7)
    shop.sync(shop.main)
    assert told(shop, other, as_of=DAY + timedelta(9)) == []
    save(other.path)
    other.type("clients", 3, spent=1 / 7)
    assert [one[:2] for one in told(shop, other)] == [("002", "spent")]


@pytest.mark.sample(1)
@pytest.mark.parametrize("is_done", [False, True])
def test_rule_21_a_run_that_is_cut_off_leaves_the_telling_to_the_next(shop, other, monkeypatch, is_done):
    call = push.write_atomically

    def cut(*words, **options):
        if is_done:
            call(*words, **options)
        raise CutOff

    other.type("clients", 2, spent=777)
    with monkeypatch.context() as patch:
        patch.setattr(push, "write_atomically", cut)
        with pytest.raises(CutOff):
            shop.sync(other)
    reports = [told(shop, other, as_of=day) for day in (DAY, NEXT)]
    assert reports == [[("001", "spent", "777", "300")], []]


def test_rule_29_a_workbook_that_lost_its_stamp_tells_what_was_typed_by_the_second_one(shop, other):
    shop.main.type("visits", 2, amount=900)
    other.type("clients", 3, spent=777)
    rob(other.path)
    assert told(shop, other) == [("002", "spent", "777", "300")]


def test_rule_29_of_a_workbook_without_any_stamp_no_old_value_is_called_typed(shop, other):
    shop.main.type("visits", 2, amount=900)
    rob(other.path, names=True)
    assert told(shop, other) == []


def test_rule_29_of_a_workbook_without_any_stamp_it_is_said_what_may_be_typed(shop, other):
    shop.main.type("visits", 2, amount=900)
    other.type("clients", 3, spent=777)
    rob(other.path, names=True)
    assert told_unsure(shop, other) == [("002", "spent", "777", "300")]
    assert (other.value("clients", "spent", 2), other.value("clients", "spent", 3)) == (1100, 300)
    assert told_unsure(shop, other, as_of=NEXT) == []


def test_rule_29_old_results_in_most_of_a_column_are_one_line(shop, other):
    for row in range(2, 8):
        other.type("clients", row, spent=700 + row)
    rob(other.path, names=True)
    [synced] = [one for one in shop.sync().workbooks if one.path == other.path]
    [issue] = synced.issues
    assert (issue.code, issue.location.cell) == ("check.old-column", other.ref("clients", "spent", 2))
    assert ("702" in issue.text("zh"), "5 格" in issue.text("zh"), "300" in issue.remedy("zh")) == (True,) * 3
    assert "5 more cells" in issue.text("en")
    assert [other.value("clients", "spent", row) for row in range(2, 8)] == [300, 300, 0, 0, 0, 0]


def test_rule_31_of_a_workbook_that_a_store_never_wrote_it_is_said_what_may_be_typed(shop, other):
    other.type("clients", 3, spent=777)
    shutil.rmtree(shop.folder / ".crmbook")
    assert told_unsure(shop, other, adopt_store=True) == [("002", "spent", "777", "300")]
    assert told_unsure(shop, other, as_of=NEXT) == []


@pytest.mark.parametrize("rows", [6, 1])
def test_rule_8_a_column_all_of_whose_formulas_were_typed_over_is_told(shop, rows):
    for row in range(2 + rows, 8):
        shop.main.clear("clients", row)
    shop.sync()
    assert len(shop.head()) == rows
    for row in range(2, 2 + rows):
        shop.main.type("clients", row, spent=700 + row)
    found = told(shop, shop.main)
    assert [(key, value) for key, _, value, _ in found] == [
        (f"{row - 1:03d}", str(700 + row)) for row in range(2, 2 + rows)
    ]
    assert shop.main.formula("clients", "spent", 2)
    assert told(shop, shop.main, as_of=NEXT) == []


def test_rule_8_a_program_that_keeps_no_formulas_types_nothing(tmp_path):
    changing = Changing(tmp_path)
    shop, given = changing.shop, {"workspace": changing.workspace}
    changing.change(
        "schemas/clients.yaml",
        "formula: '=SUMIFS(visits[amount],visits[client_id],[@client_id])'}",
        "formula: '=as_of-[@since]+SUMIFS(visits[amount],visits[client_id],[@client_id])'}",
    )
    other = shop.check_out()
    changing.sync()
    assert shop.main.formula("clients", "spent", 2)
    before = shop.main.value("clients", "spent", 2)
    other.type("visits", 2, amount=500)
    shop.sync(other, **given)
    save_as_values(shop.main.path)
    shop.main.type("visits", 4, amount=900)
    assert shop.main.formula("clients", "spent", 2) is None
    assert told(shop, shop.main, as_of=NEXT, **given) == []
    assert shop.main.value("clients", "spent", 2) == before + 401
    save_as_values(shop.main.path)
    shop.main.type("visits", 4, amount=300)
    shop.main.type("clients", 4, spent=777)
    assert [one[:3] for one in told(shop, shop.main, as_of=NEXT + timedelta(1), **given)] == [
        ("003", "spent", "777")
    ]


@pytest.mark.parametrize("is_typed", [True, False])
def test_rule_8_a_new_schema_loses_no_word_of_it_and_calls_no_old_value_typed(tmp_path, is_typed):
    changing = Changing(tmp_path)
    other = changing.shop.check_out(mode="never")
    changing.sync()
    changing.change("schemas/clients.yaml", "spent: {title: {zh: 累计,", "spent: {title: {zh: 总额,")
    changing.change(
        "schemas/visits.yaml", "memo: {title: {zh: 摘要, en: Memo}", "memo: {title: {zh: 说明, en: Memo}"
    )
    changing.shop.main.type("visits", 2, amount=900)
    if is_typed:
        other.type("clients", 3, spent=777)
    expected = [("002", "spent", "777", "300")] if is_typed else []
    assert told(changing.shop, other, workspace=changing.workspace) == expected
    assert other.value("clients", "spent", 2) == 1100

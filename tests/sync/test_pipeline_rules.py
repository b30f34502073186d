"""The rules of sync, each seen from outside: workbooks are edited on the disk, synced, and looked at."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest

from crmbook.base import Sample
from crmbook.base.errors import BusyError, CrmbookError
from crmbook.base.records import OWN
from crmbook.ooxml import Package
from crmbook.sync.pipeline import SyncState
from crmbook.sync.question import question_path
from tests.sync.shop import MAIN, ROWS, CutOff, Sheet, Shop, cut_after

KEPT, COPIED, CUSTOM = "采用主库", "采用本簿", "自定义"


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def other(shop) -> Sheet:
    return shop.check_out()


def alike(*sheets: Sheet) -> None:
    """See that workbooks show the same."""
    for table in ("clients", "visits", "care"):
        shown = [
            sorted(map(str, ({**row, "issues": None} for row in sheet.rows(table).values())))
            for sheet in sheets
        ]
        assert all(rows == shown[0] for rows in shown)


def quiet(shop: Shop) -> None:
    """Two rounds without edits; a third changes no byte (rule 18)."""
    shop.sync()
    shop.sync()
    before = {path: path.read_bytes() for path in shop.paths()}
    revision = shop.revision()
    assert not any(synced.written for synced in shop.sync().workbooks)
    assert {path: path.read_bytes() for path in shop.paths()} == before
    assert shop.revision() == revision


# 1, 2: who is who


def test_rule_01_a_workbook_of_another_book_is_not_mixed_in(shop, tmp_path_factory):
    foreign = Package.open(shop.main.path)
    foreign.set_property("crmbook.book", "another")
    path = shop.folder / "别的.xlsx"
    foreign.save(path)
    before = shop.cells()
    shop.sync()
    assert shop.cells() == before


def test_rule_01_row_ids_that_were_lost_are_found_by_key(shop):
    before = shop.cells()
    for row in range(2, 2 + ROWS):
        shop.main.type("clients", row, row_id=None)
    shop.main.type("clients", 3, phone="13900000000")
    result = shop.sync_one(shop.main)
    assert (result.taken.changed, result.taken.added, result.taken.deleted) == (1, 0, 0)
    assert list(shop.cells()) == list(before)
    assert any(issue.code.startswith("identify.") for issue in result.issues)


@pytest.mark.sample(1)
@pytest.mark.parametrize("hidden", [True, False])
def test_rule_02_sorting_is_no_edit(shop, other, hidden):
    before = shop.cells()
    turned = {row: ROWS + 3 - row for row in range(2, 2 + ROWS)}
    other.put_rows("clients", turned, hidden=hidden)
    result = shop.sync_one(other)
    assert (result.taken.changed, result.taken.added, result.taken.deleted) == (0, 0, 0)
    assert shop.cells() == before
    quiet(shop)


def test_rule_02_renaming_a_key_renames_every_reference(shop, other):
    shop.main.type("clients", 2, client_id="900")
    shop.sync()
    assert [row["client_id"] for row in other.rows("visits").values()] == ["900", "900", "002"]
    assert other.value("care", "client_id", 2) == "900"
    quiet(shop)


# 3, 4: new rows


def test_rule_03_a_copied_row_is_a_new_one(shop, other):
    shop.main.put_rows("clients", {8: 3}, hidden=True)
    shop.main.type("clients", 8, client_id=None, name="新来的")
    shop.sync()
    assert len(shop.cells()) == ROWS + 1
    assert shop.by_key("clients", "name")["007"] == "新来的"
    quiet(shop)


def test_rule_04_new_rows_of_an_open_workbook_wait(shop, other):
    sign = shop.main.lock()
    row = shop.main.add("clients", name="新来的")
    result = shop.sync_one(shop.main)
    assert (result.state, result.taken.provisional) == (SyncState.WAITING, 1)
    assert len(shop.cells()) == ROWS
    shop.main.type("clients", row, name="改了名")
    shop.sync()
    sign.unlink()
    shop.sync()
    assert "改了名" in shop.by_key("clients", "name").values()
    assert len(shop.cells()) == ROWS + 1
    quiet(shop)
    alike(shop.main, other)


def test_rule_04_new_rows_come_in_when_the_workbook_is_closed(shop, other):
    sign = shop.main.lock()
    shop.main.add("clients", name="新来的")
    shop.sync_one(shop.main)
    sign.unlink()
    assert shop.sync_one(shop.main).taken.added == 1
    assert shop.main.value("clients", "client_id", 8) == "007"


@pytest.mark.sample(1)
@pytest.mark.parametrize("cut", ["write_atomically", "mark_written", "commit"])
def test_rule_04_a_row_is_added_once_however_often_the_sync_is_cut_off(shop, monkeypatch, cut):
    shop.main.add("clients", name="新来的", phone="13900000000")
    for _ in range(3):
        with monkeypatch.context() as broken:
            cut_off(broken, cut)
            with pytest.raises(CutOff):
                shop.sync()
    shop.sync()
    assert list(shop.by_key("clients", "name").values()).count("新来的") == 1
    quiet(shop)


def cut_off(monkeypatch, what: str, after: int = 0) -> None:
    """Let the run end at the call of a function, the first or a later one."""
    from crmbook.store import Store
    from crmbook.sync import push

    target = push if what == "write_atomically" else Store
    monkeypatch.setattr(target, what, cut_after(getattr(target, what), after))


# 5: cells


def test_rule_05_edits_of_different_cells_meet(shop, other):
    shop.main.type("clients", 2, phone="13900000000")
    other.type("clients", 2, since=date(2021, 5, 5))
    report = shop.sync()
    assert not any(synced.conflicts for synced in report.workbooks)
    assert shop.main.value("clients", "since", 2) == date(2021, 5, 5)
    assert other.value("clients", "phone", 2) == "13900000000"
    quiet(shop)


def conflict(shop: Shop, other: Sheet) -> None:
    """The same cell is edited twice; the first edit is taken in first."""
    shop.main.type("clients", 2, owner="赵一")
    other.type("clients", 2, owner="钱二")
    shop.sync(shop.main)
    shop.sync(other)


def test_rule_05_a_conflict_keeps_both_values_once(shop, other):
    conflict(shop, other)
    shop.sync()
    [record] = shop.conflicts()
    assert (record.head, record.file) == (("赵一",), ("钱二",))
    assert (record.head_who, record.file_who) == ("客户", "王芳")
    for sheet in (shop.main, other):
        assert sheet.value("clients", "owner", 2) == "赵一"
        [line] = sheet.lines("conflicts")
        assert (line["store_value"], line["copy_value"]) == ("赵一", "钱二")
    quiet(shop)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("choice", "custom", "value"), [(KEPT, None, "赵一"), (COPIED, None, "钱二"), (CUSTOM, "孙三", "孙三")]
)
def test_rule_05_a_conflict_is_settled_in_the_sheet(shop, other, choice, custom, value):
    conflict(shop, other)
    shop.sync()
    other.answer("conflicts", 0, decision=choice, custom_value=custom)
    shop.sync()
    assert shop.conflicts() == []
    assert shop.by_key("clients", "owner")["001"] == value
    assert (shop.main.lines("conflicts"), other.lines("conflicts")) == ([], [])
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.slow
def test_rule_05_settling_does_not_replace_what_nobody_saw(shop, other):
    conflict(shop, other)
    shop.sync()
    shop.main.type("clients", 2, owner="周五")
    shop.sync(shop.main)
    other.answer("conflicts", 0, decision=COPIED)
    shop.sync()
    values = {value for one in shop.conflicts() for value in (*one.head, *one.file)}
    assert shop.by_key("clients", "owner")["001"] == "周五"
    assert "钱二" in values
    quiet(shop)


@pytest.mark.sample(1)
@pytest.mark.parametrize(("choice", "custom", "chosen"), [(COPIED, None, "钱二"), (CUSTOM, "孙三", "孙三")])
def test_rule_05_a_choice_never_overrides_what_was_typed_in_the_cell_since(
    shop, other, choice, custom, chosen
):
    conflict(shop, other)
    shop.sync()
    other.type("clients", 2, owner="周五")
    other.answer("conflicts", 0, decision=choice, custom_value=custom)
    shop.sync()
    assert shop.by_key("clients", "owner")["001"] == "周五"
    [renewed] = shop.conflicts()
    assert (renewed.head, renewed.file) == (("周五",), (chosen,))
    quiet(shop)


@pytest.mark.slow
def test_rule_05_the_conflict_shows_what_the_store_holds_now(shop, other):
    conflict(shop, other)
    shop.sync()
    shop.main.type("clients", 2, owner="周五")
    shop.sync()
    shop.sync()
    [line] = other.lines("conflicts")
    assert (line["store_value"], line["copy_value"]) == ("周五", "钱二")
    assert (line["store_by"], line["copy_by"]) == ("客户", "王芳")
    other.answer("conflicts", 0, decision=COPIED)
    shop.sync()
    assert shop.by_key("clients", "owner")["001"] == "钱二"
    assert shop.conflicts() == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("typed", ["孙三", None])
def test_rule_05_who_types_over_the_cell_of_the_own_conflict_has_settled_it(shop, other, typed):
    conflict(shop, other)
    shop.sync()
    other.type("clients", 2, owner=typed)
    [told] = [params for one in shop.sync().workbooks for code, params in one.notes if "superseded" in code]
    assert (told["key"], told["field"], told["head"], told["file"]) == (
        "001",
        ("负责人",),
        ("赵一",),
        ("钱二",),
    )
    assert shop.by_key("clients", "owner")["001"] == typed
    assert shop.conflicts() == []
    with shop.store() as store:
        [kept] = store.conflicts(store.books()[0].book_id, open_only=False)
    assert (kept.decision, kept.settled_by, kept.head, kept.file) == (
        "superseded", "王芳", ("赵一",), ("钱二",),
    )  # fmt: skip
    assert (shop.main.lines("conflicts"), other.lines("conflicts")) == ([], [])
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.slow
def test_rule_05_a_later_conflict_of_the_same_hand_takes_the_place_of_the_earlier_one(shop, other):
    conflict(shop, other)
    shop.sync()
    shop.main.type("clients", 2, owner="周五")
    other.type("clients", 2, owner="孙三")
    shop.sync()
    assert [(one.head, one.file) for one in shop.conflicts()] == [(("周五",), ("孙三",))]
    quiet(shop)


def test_rule_05_what_others_type_there_settles_nothing_for_the_author(shop, other):
    conflict(shop, other)
    shop.sync()
    other.type("clients", 2, phone="13900000000")
    shop.main.type("clients", 2, owner="周五")
    shop.sync()
    [line] = other.lines("conflicts")
    assert (line["store_value"], line["copy_value"]) == ("周五", "钱二")


def test_rule_05_part_of_a_group_typed_again_settles_what_its_author_had_typed(shop, other):
    shop.main.type("clients", 2, area="浙江", city="杭州")
    other.type("clients", 2, city="南京")
    shop.sync()
    other.type("clients", 2, city="宁波")
    shop.sync()
    assert shop.conflicts() == []
    assert shop.by_key("clients", "area")["001"] == "浙江"
    assert shop.by_key("clients", "city")["001"] == "宁波"


@pytest.mark.slow
def test_rule_05_two_people_settle_one_conflict(shop, other):
    conflict(shop, other)
    shop.sync()
    shop.main.answer("conflicts", 0, decision=KEPT)
    other.answer("conflicts", 0, decision=COPIED)
    report = shop.sync()
    assert shop.by_key("clients", "owner")["001"] in {"赵一", "钱二"}
    late = [
        issue for one in report.workbooks for issue in one.issues if issue.code == "conflict.settled-already"
    ]
    assert len(late) == 1
    quiet(shop)
    alike(shop.main, other)


def test_rule_05_a_group_conflicts_as_one(shop, other):
    shop.main.type("clients", 2, area="浙江", city="杭州")
    other.type("clients", 2, city="南京")
    shop.sync()
    [record] = shop.conflicts()
    assert record.labels == ("area", "city")
    assert {record.head, record.file} == {("浙江", "杭州"), ("江苏", "南京")}


def test_rule_05_policies(shop, other):
    shop.main.type("clients", 2, notes="备注1\n来电", checked_on=date(2024, 1, 1))
    other.type("clients", 2, notes="备注1\n来访", checked_on=date(2024, 2, 1))
    shop.sync()
    row = next(iter(shop.cells().values()))
    assert sorted(row["notes"].split("\n")) == ["备注1", "来电", "来访"]
    assert row["checked_on"] == date(2024, 2, 1)
    assert shop.conflicts() == []
    quiet(shop)


# 6: edit against delete


@pytest.mark.sample(1)
@pytest.mark.parametrize("deleted_first", [True, False])
def test_rule_06_an_edited_row_survives_its_deletion(shop, other, deleted_first):
    shop.main.clear("clients", 4)
    other.type("clients", 4, owner="钱二")
    order = (shop.main, other) if deleted_first else (other, shop.main)
    for sheet in order:
        shop.sync(sheet)
    shop.sync()
    assert shop.by_key("clients", "owner")["003"] == "钱二"
    [record] = [one for one in shop.conflicts() if one.table == "clients"]
    assert (record.head is None, record.file is None) == (deleted_first, not deleted_first)
    quiet(shop)


@pytest.mark.sample(1)
@pytest.mark.parametrize("deleted_first", [True, False])
def test_rule_06_a_row_that_survives_keeps_what_stands_beside_it(shop, other, deleted_first):
    row = next(row for row, cells in other.rows("care").items() if cells["client_id"] == "003")
    other.type("care", row, gift="围巾")
    shop.sync()
    shop.sync()
    before = shop.cells("care")
    shop.main.clear("clients", 4)
    other.type("clients", 4, owner="钱二")
    for sheet in (shop.main, other) if deleted_first else (other, shop.main):
        shop.sync(sheet)
    shop.sync()
    assert shop.by_key("care", "gift")["003"] == "围巾"
    assert shop.cells("care") == before
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.sample(1)
@pytest.mark.parametrize("deleted_first", [True, False])
def test_rule_06_a_renamed_row_that_survives_keeps_what_stands_beside_it(shop, other, deleted_first):
    row = next(row for row, cells in other.rows("care").items() if cells["client_id"] == "002")
    other.type("care", row, gift="围巾")
    shop.sync()
    shop.sync()
    before = shop.cells("care").keys()
    shop.main.clear("clients", 3)
    other.type("clients", 3, client_id="V02")
    for sheet in (shop.main, other) if deleted_first else (other, shop.main):
        shop.sync(sheet)
    shop.sync()
    assert shop.by_key("care", "gift")["V02"] == "围巾"
    assert shop.cells("care").keys() == before
    assert "V02" in {visit["client_id"] for visit in shop.cells("visits").values()}
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.sample(1)
@pytest.mark.parametrize("deleted_first", [True, False])
@pytest.mark.parametrize("choice", [KEPT, COPIED])
def test_rule_06_the_conflict_about_a_row_is_settled(shop, other, deleted_first, choice):
    shop.main.clear("clients", 4)
    other.type("clients", 4, owner="钱二")
    for sheet in (shop.main, other) if deleted_first else (other, shop.main):
        shop.sync(sheet)
    shop.sync()
    lines = shop.main.lines("conflicts")
    for number, line in enumerate(lines):
        if line["sheet"] == "客户":
            shop.main.answer("conflicts", number, decision=choice)
    shop.sync()
    stays = (choice == COPIED) == deleted_first
    assert ("003" in shop.by_key("clients", "name")) is stays
    assert [one for one in shop.conflicts() if one.table == "clients"] == []
    quiet(shop)
    alike(shop.main, other)


@pytest.mark.sample(1)
@pytest.mark.parametrize("whole", [True, False])
def test_rule_06_an_agreed_delete_is_done_everywhere(shop, other, whole):
    shop.main.clear("clients", 7, whole=whole)
    shop.sync()
    assert sorted(shop.by_key("clients", "name")) == ["001", "002", "003", "004", "005"]
    assert len(other.rows("clients")) == ROWS - 1
    assert "006" not in shop.by_key("care", "gift")
    quiet(shop)
    alike(shop.main, other)


# 7: people's own columns


def own_column(sheet: Sheet, title: str, values: dict[int, object]) -> None:
    import openpyxl

    workbook = openpyxl.load_workbook(sheet.path)
    page = workbook[sheet.place("clients").sheet]
    column = next((cell.column for cell in page[1] if cell.value == title), page.max_column + 1)
    page.cell(1, column, title)
    for row, value in values.items():
        page.cell(row, column, value)
    workbook.save(sheet.path)


def test_rule_07_an_own_column_that_somebody_else_adds_later_blanks_nothing(shop, other):
    own_column(shop.main, "生肖", {2: "鼠", 3: "牛"})
    shop.sync()
    shop.sync()
    own_column(other, "生肖", {4: "虎"})
    shop.sync()
    assert sorted(shop.head()[OWN + "生肖"].dropna()) == ["牛", "虎", "鼠"]
    quiet(shop)


# 8: derived cells


def test_rule_08_an_overridden_cell_is_data_until_it_is_emptied(shop, other):
    shop.main.type("clients", 2, limit=77)
    shop.sync()
    assert (other.value("clients", "limit", 2), other.formula("clients", "limit", 2)) == (77, None)
    other.type("clients", 2, limit=None)
    shop.sync()
    assert shop.main.formula("clients", "limit", 2)
    assert shop.main.value("clients", "limit", 2) == 30
    quiet(shop)


def test_rule_08_a_constant_that_equals_what_was_written_is_no_override(shop, other):
    shop.main.type("clients", 2, limit=30)
    shop.sync()
    other.type("clients", 2, name="客户一二三")
    shop.sync()
    assert shop.main.value("clients", "limit", 2) == 50


def test_rule_08_a_formula_in_an_input_cell_counts_by_its_value_until_somebody_else_edits_it(shop, other):
    shop.main.type("visits", 2, amount="=100*5")
    package = Package.open(shop.main.path)
    package.sheet("拜访").set(shop.main.ref("visits", "amount", 2), 500, formula="100*5")
    package.save(shop.main.path)
    shop.sync()
    assert other.value("visits", "amount", 2) == 500
    assert shop.main.formula("visits", "amount", 2) == "100*5"
    other.type("visits", 2, amount=600)
    shop.sync()
    assert (shop.main.value("visits", "amount", 2), shop.main.formula("visits", "amount", 2)) == (600, None)
    quiet(shop)


# 9: bad values


def test_rule_09_a_bad_value_stays_in_its_sheet_and_out_of_the_store(shop, other):
    shop.main.type("clients", 2, since="去年夏天")
    report = shop.sync()
    assert shop.by_key("clients", "since")["001"] == date(2020, 1, 1)
    assert other.value("clients", "since", 2) == date(2020, 1, 1)
    assert shop.main.value("clients", "since", 2) == "去年夏天"
    assert "起始日期" in shop.main.issue_fields()
    assert report.exit_code == 1
    other.type("clients", 2, since=date(2021, 1, 1))
    shop.sync()
    assert shop.main.value("clients", "since", 2) == "去年夏天"
    quiet(shop)


def test_rule_09_putting_a_bad_value_right_is_an_edit_of_the_last_good_one(shop, other):
    shop.main.type("clients", 2, since="去年夏天")
    shop.sync()
    shop.main.type("clients", 2, since=date(2022, 2, 2))
    shop.sync()
    assert other.value("clients", "since", 2) == date(2022, 2, 2)
    assert shop.main.issue_fields() == []
    assert shop.conflicts() == []


def test_rule_09_a_row_deleted_elsewhere_stays_where_a_bad_value_stands(shop, other):
    shop.main.type("clients", 4, since="去年夏天")
    shop.sync()
    other.clear("clients", 4)
    shop.sync()
    assert shop.main.value("clients", "since", 4) == "去年夏天"
    quiet(shop)


def test_rule_09_a_bad_value_typed_while_the_workbook_is_open_is_marked_once_it_is_closed(shop):
    sign = shop.main.lock()
    shop.main.type("clients", 2, since="去年夏天")
    shop.sync_one(shop.main)
    sign.unlink()
    result = shop.sync_one(shop.main)
    assert (result.state, result.exit_code) == (SyncState.CURRENT, 1)
    assert "【起始日期】" in shop.main.value("clients", "issues", 2)


def test_rule_09_a_masked_value_is_never_taken_in(shop, other):
    shop.main.type("clients", 2, phone="138****0000")
    shop.sync()
    assert shop.by_key("clients", "phone")["001"] == "13800000000"
    assert shop.main.value("clients", "phone", 2) == "138****0000"


# 10: held


def emptied(sheet: Sheet) -> None:
    for row in range(2, 2 + ROWS):
        sheet.clear("clients", row)


@pytest.fixture
def held(shop, other) -> Shop:
    emptied(shop.main)
    shop.main.type("visits", 2, memo="改过")
    result = shop.sync_one(shop.main)
    assert (result.state, result.exit_code) == (SyncState.HELD, 3)
    return shop


def test_rule_10_nothing_of_a_held_workbook_is_taken_in(held, other):
    assert len(held.cells()) == ROWS
    assert held.by_key("visits", "memo")["1001"] == "甲"
    assert held.main.value("clients", "name", 2) is None
    assert held.main.lines("issues")[0]["plan"]
    other.type("clients", 2, owner="钱二")
    assert held.sync().exit_code == 3
    assert held.main.value("clients", "name", 2) is None
    before = held.main.data
    assert held.sync().exit_code == 3
    assert held.main.data == before


def test_rule_10_the_question_stands_beside_an_open_workbook_until_it_is_answered(shop):
    sign = shop.main.path.with_name(f"~${shop.main.path.name}")
    sign.write_bytes(b"")
    for row in range(2, ROWS + 2):
        shop.main.clear("clients", row)
    plan = shop.sync_one(shop.main).plan
    beside = question_path(shop.main.path)
    assert plan is not None
    assert f"--accept {plan.id}" in beside.read_text(encoding="utf-8-sig")
    written = beside.stat().st_mtime_ns
    shop.sync_one(shop.main)
    assert beside.stat().st_mtime_ns == written
    sign.unlink()
    shop.main.type("clients", 2, name="新客户")
    shop.sync_one(shop.main)
    assert not beside.exists()  # it stands in the workbook now


def test_rule_10_held_changes_are_confirmed_in_the_sheet(held, other):
    held.main.answer("issues", 0, decision="确认")
    result = held.sync_one(held.main)
    assert (result.state, result.taken.deleted) == (SyncState.CURRENT, ROWS)
    assert held.cells() == {}
    assert held.by_key("visits", "memo")["1001"] == "改过"
    assert not [line for line in held.main.lines("issues") if line.get("plan")]
    held.sync()
    assert other.rows("clients") == {}
    quiet(held)


def test_rule_10_held_changes_are_taken_back_in_the_sheet(held, other):
    held.main.answer("issues", 0, decision="放弃")
    held.sync_one(held.main)
    assert len(held.cells()) == ROWS
    assert held.by_key("visits", "memo")["1001"] == "改过"
    assert len(held.main.rows("clients")) == ROWS
    quiet(held)
    alike(held.main, other)


def test_rule_10_the_line_above_the_question_counts_it(held):
    def line() -> str:
        package = Package.open(held.main.path)
        return str(package.sheet(held.main.place("issues").sheet).cell("A3").value)

    asked = len([one for one in held.main.lines("issues") if one.get("plan")])
    assert asked
    assert line().startswith(f"等待确认的改动 {asked} 项")
    assert "没有发现问题" not in line()
    held.main.answer("issues", 0, decision="放弃")
    held.sync_one(held.main)
    assert line().startswith("没有发现问题")


def test_rule_10_accept_approves_exactly_that_plan(held):
    plan = held.main.lines("issues")[0]["plan"]
    assert held.sync_one(held.main, accept="nonsense").state is SyncState.HELD
    held.main.clear("visits", 3)
    held.main.clear("visits", 2)
    held.main.clear("visits", 4)
    assert held.sync_one(held.main, accept=plan).state is SyncState.HELD
    assert len(held.cells()) == ROWS
    plan = held.sync_one(held.main).plan.id
    assert held.sync_one(held.main, accept=plan).state is SyncState.CURRENT
    assert held.cells() == {}


@pytest.mark.slow
def test_rule_10_what_somebody_else_edited_survives_a_confirmed_mass_delete(held, other):
    other.type("clients", 2, owner="钱二")
    held.sync(other)
    held.main.answer("issues", 0, decision="确认")
    held.sync()
    assert held.by_key("clients", "owner") == {"001": "钱二"}
    assert [one for one in held.conflicts() if one.table == "clients"]
    quiet(held)


# 11, 12: copies


def test_rule_11_an_old_copy_put_back_undoes_nothing(shop, other):
    old = shop.main.data
    shop.main.type("clients", 2, owner="赵一")
    shop.main.add("clients", name="新来的")
    shop.main.clear("visits", 4)
    shop.sync()
    before = shop.cells(), shop.cells("visits")
    shop.main.path.write_bytes(old)
    shop.sync()
    assert (shop.cells(), shop.cells("visits")) == before
    assert shop.conflicts() == []
    quiet(shop)
    alike(shop.main, other)


def test_rule_11_an_old_copy_brings_what_is_new_in_it(shop, other):
    old = shop.main.data
    shop.main.type("clients", 2, owner="赵一")
    shop.main.type("clients", 3, owner="赵一")
    shop.sync()
    shop.main.path.write_bytes(old)
    shop.main.type("clients", 2, owner="钱二")
    shop.main.type("clients", 4, owner="钱二")
    shop.main.clear("clients", 6)
    shop.main.add("clients", name="新来的")
    result = shop.sync_one(shop.main)
    assert result.taken.missing == 1
    assert result.taken.missing_rows == Sample(("客户 005 客户5",))
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"], owners["003"]) == ("赵一", "赵一", "钱二")
    assert [(one.head, one.file) for one in shop.conflicts()] == [(("赵一",), ("钱二",))]
    assert len(shop.cells()) == ROWS + 1
    quiet(shop)
    alike(shop.main, other)


NAMES = [
    "客户-冲突.xlsx",
    "客户-conflict.xlsx",
    "客户-NSConflict-王芳.xlsx",
    "客户 (王芳's conflicted copy 2024-03-01).xlsx",
    "客户.sync-conflict-20240301-101010-ABCDEF.xlsx",
    "客户-DESKTOP-4F7K2.xlsx",
]


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", NAMES)
def test_rule_12_a_conflict_copy_is_merged_and_archived(shop, name):
    copy = shop.copy(shop.main, name)
    shop.main.type("clients", 2, owner="赵一")
    shop.main.add("clients", name="新来的")
    copy.type("clients", 2, owner="钱二")
    copy.type("clients", 3, phone="13900000000")
    copy.add("clients", name="新来的")
    report = shop.sync()
    states = {synced.path.name: synced for synced in report.workbooks}
    assert states[name].state is SyncState.ARCHIVED
    assert not copy.path.exists()
    assert states[name].moved_to.exists()
    assert shop.by_key("clients", "owner")["001"] == "赵一"
    assert [one.file for one in shop.conflicts()] == [("钱二",)]
    assert shop.main.value("clients", "phone", 3) == "13900000000"
    assert list(shop.by_key("clients", "name").values()).count("新来的") == 1
    quiet(shop)


def test_rule_12_a_conflict_copy_that_could_not_be_moved_is_not_merged_twice(shop, monkeypatch):
    copy = shop.copy(shop.main, NAMES[0])
    copy.type("clients", 3, phone="13900000000")
    copy.add("clients", name="新来的")
    with monkeypatch.context() as broken:
        broken.setattr("crmbook.sync.push.archive", lambda *_: (_ for _ in ()).throw(CutOff))
        with pytest.raises(CutOff):
            shop.sync()
    shop.main.type("clients", 3, phone="13700000000")
    shop.sync()
    shop.sync()
    assert len(shop.cells()) == ROWS + 1
    assert not copy.path.exists()
    values = {shop.by_key("clients", "phone")["002"], *(one.file[0] for one in shop.conflicts())}
    assert "13700000000" in values
    quiet(shop)


@pytest.mark.slow
def test_rule_12_a_named_copy_becomes_a_fork(shop, other):
    fork = shop.copy(shop.main, "客户-副本.xlsx")
    fork.type("clients", 3, phone="13900000000")
    fork.add("clients", name="新来的")
    shop.main.type("clients", 2, owner="赵一")
    shop.sync()
    assert fork.path.exists()
    ids = [Package.open(sheet.path).properties["crmbook.workbook"] for sheet in (shop.main, fork, other)]
    assert len(set(ids)) == 3
    assert len(shop.cells()) == ROWS + 1
    shop.sync()
    alike(shop.main, fork, other)
    fork.type("clients", 4, owner="钱二")
    fork.clear("clients", 7)
    shop.sync()
    assert shop.main.value("clients", "owner", 4) == "钱二"
    assert "006" not in shop.by_key("clients", "name")
    quiet(shop)
    alike(shop.main, fork, other)


def test_rule_12_the_workbook_renamed_stays_itself(shop):
    mark = Package.open(shop.main.path).properties["crmbook.workbook"]
    path = shop.folder / "改名.xlsx"
    shop.main.path.rename(path)
    sheet = Sheet(path)
    sheet.type("clients", 2, owner="赵一")
    shop.sync(sheet)
    assert Package.open(path).properties["crmbook.workbook"] == mark
    assert shop.by_key("clients", "owner")["001"] == "赵一"


# 13: absent


def test_rule_13_a_missing_workbook_deletes_nothing(shop, other):
    shop.main.path.unlink()
    other.type("clients", 2, owner="赵一")
    shop.sync()
    assert len(shop.cells()) == ROWS
    with pytest.raises(CrmbookError) as caught:
        shop.sync(shop.main)
    assert caught.value.code == "file.missing"


# 15: cut off


@pytest.mark.sample(1)
@pytest.mark.parametrize("what", ["write_atomically", "mark_written", "commit"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_rule_15_a_run_cut_off_anywhere_is_made_good_by_the_next(shop, other, monkeypatch, what, after):
    shop.main.type("clients", 2, owner="赵一", since="去年")
    shop.main.add("clients", name="新来的")
    other.type("clients", 3, owner="钱二")
    other.clear("clients", 6)
    with monkeypatch.context() as broken:
        cut_off(broken, what, after)
        with contextlib.suppress(CutOff):
            shop.sync()
    shop.main.type("clients", 4, phone="13900000000")
    shop.sync()
    shop.sync()
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"]) == ("赵一", "钱二")
    assert list(shop.by_key("clients", "name").values()).count("新来的") == 1
    assert "005" not in owners
    assert shop.by_key("clients", "phone")["003"] == "13900000000"
    assert shop.conflicts() == []
    assert "【起始日期】" in shop.main.value("clients", "issues", 2)
    quiet(shop)


# 16: one at a time


def test_rule_16_a_second_writer_is_turned_away(shop):
    shop.main.type("clients", 2, owner="赵一")
    before = shop.main.data
    with shop.store() as store, store.lease(store.books()[0].book_id), pytest.raises(BusyError) as caught:
        shop.sync_one(shop.main)
    assert caught.value.code == "store.busy"
    assert shop.main.data == before
    assert shop.sync_one(shop.main).taken.changed == 1


# 17, 18, 19


def test_rule_17_the_same_edits_give_the_same_workbooks(tmp_path):
    results = []
    for name in ("a", "b"):
        shop = Shop(tmp_path / name)
        shop.main.add("clients", name="新来的")
        shop.main.type("clients", 2, since="去年", owner="赵一")
        shop.sync()
        results.append((shop.main.data, shop.cells()))
    assert results[0][1] == results[1][1]
    assert results[0][0] == results[1][0]


def test_rule_18_a_day_later_only_the_day_changes(shop, other):
    shop.sync()
    shop.sync(as_of=date(2024, 3, 2))
    shop.sync(as_of=date(2024, 3, 2))
    before = [sheet.data for sheet in (shop.main, other)]
    shop.sync(as_of=date(2024, 3, 2))
    assert [sheet.data for sheet in (shop.main, other)] == before


def test_rule_19_a_conflict_and_the_history_tell_who(shop):
    fang = shop.check_out("某.xlsx")
    fang.type("clients", 2, owner="钱二")
    shop.sync(fang, who="陈晨")
    with shop.store() as store:
        [*_, last] = store.revisions(store.books()[0].book_id)
    assert last.who == "陈晨"


@pytest.mark.slow
def test_rule_05_the_conflict_names_whoever_typed_what_the_store_holds_now(shop, other):
    conflict(shop, other)
    shop.sync()
    third = shop.check_out("李强.xlsx")
    third.type("clients", 2, owner="周五")
    shop.sync()
    shop.sync()
    for sheet in (shop.main, other):
        [line] = sheet.lines("conflicts")
        assert (line["store_value"], line["store_by"]) == ("周五", "李强")
    [told] = [one for synced in shop.sync().workbooks for one in synced.conflicts]
    assert (told.head, told.head_who, told.file) == (("周五",), "李强", ("钱二",))


# 21: what was not done is told


def test_rule_21_a_dry_run_names_the_people_of_a_conflict_as_sync_does(shop, other):
    other.type("clients", 2, owner="钱二")
    shop.main.type("clients", 2, owner="赵一")
    found = []
    for dry_run in (True, False):
        report = shop.sync(dry_run=dry_run)
        found.append([
            (one.head, one.head_who, one.file, one.file_who)
            for synced in report.workbooks for one in synced.conflicts
        ])  # fmt: skip
    assert found[0] == found[1]
    assert {found[0][0][1], found[0][0][3]} == {"客户", "王芳"}


def test_rule_21_a_dry_run_tells_and_changes_nothing(shop, other):
    shop.main.type("clients", 2, owner="赵一", since="去年")
    before = shop.main.data, shop.cells(), shop.revision()
    report = shop.sync(dry_run=True)
    told = next(synced for synced in report.workbooks if synced.path.name == MAIN)
    assert (told.taken.changed, told.written) == (1, False)
    assert {issue.field_name for issue in told.issues} >= {"since"}
    assert (shop.main.data, shop.cells(), shop.revision()) == before


def test_rule_21_a_workbook_that_cannot_be_read_does_not_keep_the_others_waiting(shop, other):
    other.path.write_bytes(b"no workbook")
    shop.main.type("clients", 2, owner="赵一")
    report = shop.sync()
    assert [path.name for path, _ in report.failures] == [other.path.name]
    assert report.exit_code == 1
    assert shop.by_key("clients", "owner")["001"] == "赵一"

"""批量操作: a line is carried out once and answered beside it, asks first where it is large, and is taken back alone."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any
from unittest import mock

import openpyxl
import pytest

from crmbook.ooxml import Package
from crmbook.schema import column_letters, layout_of
from crmbook.sync import push
from tests.sync.guild import MAIN, Guild, book
from tests.sync.shop import CutOff

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.sync import Report
    from tests.sync.guild import Copy

LINE = 5
"""The first row of the list."""
GRADE = {
    "table": "会员",
    "where": '[@姓名]="王大五"',
    "action": "修改字段",
    "field": "会员·级别",
    "value": "甲",
}


@pytest.fixture
def guild(tmp_path: Path) -> Guild:
    return Guild(tmp_path)


def line(copy: Copy, row: int = LINE) -> dict[str, Any]:
    return copy.lines("bulk_edits")[row]


def codes(report: Report) -> list[str]:
    return [issue.code for one in report.workbooks for issue in one.issues if issue.table == "bulk_edits"]


def told(report: Report) -> list[str]:
    return [code for one in report.workbooks for code, _ in one.notes if code.startswith("bulk.")]


def ask(copy: Copy, row: int = LINE, **cells: Any) -> None:
    copy.type("bulk_edits", row, **{"decision": "执行", **cells})


def test_the_lists_offer_tables_and_fields_and_peoples_own_columns(guild):
    assert [cells["title"] for cells in guild.main.lines("bulk_tables").values()] == ["会员", "拜访"]
    fields = [cells["title"] for cells in guild.main.lines("bulk_fields").values()]
    assert fields == [
        "会员·姓名",
        "会员·电话",
        "会员·邮箱",
        "会员·级别",
        "会员·额度",
        "会员·负责人",
        "拜访·会员编号",
        "拜访·金额",
    ]


def test_a_line_is_carried_out_answered_and_taken_back_alone(guild):
    other = guild.check_out()
    ask(guild.main, **GRADE)
    assert told(guild.sync()) == ["bulk.sheet-told-set"]
    for copy in (guild.main, other):
        assert [copy.rows()[key].get("grade") for key in ("002", "003", "004")] == [None, "甲", "甲"]
    [made] = guild.revisions("bulk")
    done = line(guild.main)
    assert (done["revision"], "decision" in done) == (made.number, False)
    assert done["outcome"].startswith("已修改 2 行")
    other.type("members", other.row_of("001"), limit=9)
    ask(guild.main, decision="撤销")
    assert told(guild.sync()) == ["bulk.sheet-told-undone"]
    assert "grade" not in guild.main.rows()["003"]
    assert guild.main.rows()["001"]["limit"] == 9
    before = guild.main.path.read_bytes()
    guild.sync()
    assert guild.main.path.read_bytes() == before


def test_more_than_a_tenth_is_a_question_first(guild):
    ask(guild.main, table="会员", where="[@额度]>5", action="删除行")
    guild.sync()
    asked = line(guild.main)
    assert "24 行" in asked["outcome"]
    assert "decision" not in asked
    assert len(guild.main.rows()) == 30
    ask(guild.main, decision="确认")
    assert told(guild.sync()) == ["bulk.sheet-told-delete"]
    assert len(guild.main.rows()) == 6
    ask(guild.main, decision="撤销")
    guild.sync()
    assert len(guild.main.rows()) == 30


def test_what_was_not_asked_about_is_asked_again(guild):
    ask(guild.main, table="会员", where="[@额度]>5", action="删除行")
    guild.sync()
    guild.main.type("members", guild.main.row_of("005"), limit=50)
    ask(guild.main, decision="确认")
    guild.sync()
    assert "25 行" in line(guild.main)["outcome"]
    assert not guild.revisions("bulk")


def test_a_condition_may_name_a_column_of_ones_own(guild):
    package = Package.open(guild.main.path)
    sheet = package.sheet("会员")
    place = layout_of(book()).tables["members"]
    letter = column_letters(place.all_columns[-1].index + 1)
    sheet.set(f"{letter}1", "选中")
    for key in ("003", "007"):
        sheet.set(f"{letter}{guild.main.row_of(key)}", "√")
    package.save(guild.main.path)
    ask(guild.main, **{**GRADE, "where": '[@选中]<>""'})
    guild.sync()
    assert [key for key, row in guild.main.rows().items() if row.get("grade")] == ["003", "007"]
    assert "会员·选中" in [cells["title"] for cells in guild.main.lines("bulk_fields").values()]


def test_deleted_rows_come_back(guild):
    ask(guild.main, table="会员", where='[@姓名]="王大五"', action="删除行")
    guild.sync()
    ask(guild.main, LINE + 1, table="会员", where='[@姓名]="王大五"', action="恢复删除的行")
    assert told(guild.sync()) == ["bulk.sheet-told-restore"]
    assert {"003", "004"} <= set(guild.member_ids())


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"field": "会员·没有"}, "history.unknown-field"),
        ({"table": "没有"}, "history.unknown-table"),
        ({"where": '[@姓]="王"'}, "bulk.sheet-condition"),
        ({"where": "[@姓名]=("}, "bulk.sheet-condition"),
        ({"value": "丙丙"}, "bulk.refused"),
        ({"field": "会员·累计"}, "bulk.computed-field"),
        ({"where": None}, "bulk.sheet-lacks"),
        ({"action": None}, "bulk.sheet-lacks"),
        ({"action": "删了"}, "bulk.sheet-choice"),
        ({"decision": "做"}, "bulk.sheet-choice"),
        ({"decision": "撤销"}, "bulk.sheet-undo-what"),
    ],
)
@pytest.mark.sample(4)
def test_a_mistake_is_said_beside_the_line_and_nothing_is_done(guild, cells, code):
    ask(guild.main, **{**GRADE, **cells})
    report = guild.sync()
    found = codes(report)
    assert found == [code], found
    assert line(guild.main)["outcome"]
    assert not guild.revisions("bulk")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"decision": "填写"}, "“填写”不是可以选的，没有执行 → “执行”可以选：执行、确认、撤销"),
        (
            {"action": "删了"},
            "“删了”不是可以选的，没有执行 → “操作”可以选：修改字段、删除行、恢复删除的行、导出成文件",
        ),
    ],
)
def test_a_word_that_is_none_of_a_list_is_answered_with_those_that_are(guild, cells, said):
    ask(guild.main, **{**GRADE, **cells})
    guild.sync()
    assert line(guild.main)["outcome"] == said


def test_a_run_that_ends_before_the_file_is_written_does_it_once(guild):
    ask(guild.main, **GRADE)
    with mock.patch.object(push, "write_atomically", side_effect=CutOff), pytest.raises(CutOff):
        guild.sync()
    assert len(guild.revisions("bulk")) == 1
    guild.main.type("members", guild.main.row_of("003"), grade="乙")
    guild.sync()
    assert len(guild.revisions("bulk")) == 1
    assert line(guild.main)["outcome"].startswith("已修改 2 行")


def test_a_colleagues_edit_of_a_row_that_is_deleted_is_not_lost(guild):
    other = guild.check_out()
    guild.sync()
    ask(guild.main, table="会员", where='[@姓名]="王大五"', action="删除行")
    guild.sync(guild.main)
    other.type("members", other.row_of("003"), grade="甲")
    guild.sync()
    with guild.store() as store:
        [conflict] = store.conflicts(store.books()[0].book_id)
    assert (conflict.key, conflict.labels) == ("003", ("grade",))


def test_the_same_order_in_two_copies_at_once_is_answered_in_both_and_changes_each_row_once(guild):
    other = guild.check_out()
    guild.sync()
    for copy in (guild.main, other):
        ask(copy, **GRADE)
    guild.sync()
    for copy in (guild.main, other):
        assert [copy.rows()[key].get("grade") for key in ("002", "003", "004")] == [None, "甲", "甲"]
        assert "decision" not in line(copy)
        assert line(copy)["outcome"]
    assert len(guild.revisions("bulk")) == 1
    with guild.store() as store:
        assert store.conflicts(store.books()[0].book_id) == []
    before = [copy.path.read_bytes() for copy in (guild.main, other)]
    guild.sync()
    assert [copy.path.read_bytes() for copy in (guild.main, other)] == before


def test_the_same_rows_deleted_by_orders_in_two_copies_are_deleted_once_and_come_back(guild):
    other = guild.check_out()
    guild.sync()
    for copy in (guild.main, other):
        ask(copy, table="会员", where='[@姓名]="王大五"', action="删除行")
    guild.sync()
    for copy in (guild.main, other):
        assert {"003", "004"}.isdisjoint(copy.rows())
        assert "decision" not in line(copy)
    [made] = guild.revisions("bulk")
    carried = next(copy for copy in (guild.main, other) if line(copy).get("revision") == made.number)
    ask(carried, decision="撤销")
    guild.sync()
    for copy in (guild.main, other):
        assert {"003", "004"} <= copy.rows().keys()


def test_who_holds_some_customers_changes_and_sees_these_alone(guild):
    mine = guild.check_out(owner="王芳")
    guild.sync()
    ask(mine, **{**GRADE, "where": 'COUNTIFS(会员[姓名],"会员5")=0'})
    guild.sync()
    ask(mine, decision="确认")
    guild.sync()
    head = guild.head()
    assert set(head["member_id"][head["grade"].notna()]) == {"001", "002", "003"}
    ask(mine, LINE + 1, table="会员", where="TRUE()", action="恢复删除的行")
    assert codes(guild.sync()) == ["bulk.sheet-restore-in-part"]


def test_an_open_workbook_waits_to_be_closed(guild):
    ask(guild.main, **GRADE)
    sign = guild.main.path.with_name(f"~${MAIN}")
    sign.write_bytes(b"")
    guild.sync()
    assert not guild.revisions("bulk")
    sign.unlink()
    guild.sync()
    assert len(guild.revisions("bulk")) == 1


def test_a_dry_run_does_nothing(guild):
    ask(guild.main, **GRADE)
    assert told(guild.sync(dry_run=True)) == ["bulk.sheet-told-set"]
    assert not guild.revisions("bulk")


EXPORT = {"table": "会员", "where": '[@姓名]="王大五"', "action": "导出成文件"}


def exported(guild: Guild, name: str) -> list[list[str]]:
    with (guild.folder / "导出" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_rows_are_exported_into_a_folder_beside_the_workbook(guild):
    ask(guild.main, **EXPORT, value="五.csv")
    ask(guild.main, LINE + 1, **EXPORT, field="会员·姓名")
    report = guild.sync()
    assert (codes(report), told(report)) == ([], ["bulk.sheet-told-export"] * 2)
    header, *rows = exported(guild, "五.csv")
    assert header[:2] == ["会员编号", "姓名"]
    assert [row[:2] for row in rows] == [["003", "王大五"], ["004", "王大五"]]
    done = line(guild.main)
    assert (done["outcome"], "decision" in done, "revision" in done) == (
        "已把 2 行导出到 导出/五.csv",
        False,
        False,
    )
    named = line(guild.main, LINE + 1)["outcome"].partition("导出/")[2]
    assert named == "会员 2024-03-01.xlsx"
    sheet = openpyxl.load_workbook(guild.folder / "导出" / named).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["姓名"], ["王大五"], ["王大五"]]
    assert not guild.revisions("bulk")
    before = guild.main.path.read_bytes()
    guild.sync()
    assert guild.main.path.read_bytes() == before
    assert len(list((guild.folder / "导出").iterdir())) == 2


def test_no_file_is_overwritten_and_none_leaves_the_folder(guild):
    for row, name in enumerate(["五.csv", "五.csv", "../外面/五.csv"]):
        ask(guild.main, LINE + row, **EXPORT, value=name)
    guild.sync()
    assert sorted(path.name for path in (guild.folder / "导出").iterdir()) == [
        "-外面-五.csv", "五 2.csv", "五.csv",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"value": "五.docx"}, "export.unknown-ending"),
        ({"where": ""}, "bulk.sheet-lacks"),
        ({"where": "[@名]=1"}, "bulk.sheet-condition"),
        ({"table": "没有的表"}, "export.unknown-table"),
        ({"field": "没有的字段"}, "export.unknown-field"),
    ],
)
def test_an_export_that_cannot_be_made_is_named_and_waits(guild, cells, code):
    ask(guild.main, **{**EXPORT, **cells})
    assert codes(guild.sync()) == [code]
    assert "decision" in line(guild.main)
    assert not (guild.folder / "导出").exists()


def test_a_dry_run_and_a_condition_that_holds_for_nobody_write_no_file(guild):
    ask(guild.main, **{**EXPORT, "where": '[@姓名]="无此人"'})
    guild.sync()
    assert line(guild.main)["outcome"] == "“会员”里没有符合条件的行，没有导出"
    ask(guild.main, **EXPORT)
    assert told(guild.sync(dry_run=True)) == ["bulk.sheet-told-export"]
    assert not (guild.folder / "导出").exists()


def test_the_copy_of_an_owner_exports_her_own_rows_only(guild):
    mine = guild.check_out(owner="王芳")
    ask(mine, table="会员", where="TRUE()", action="导出成文件", value="我的.csv")
    guild.sync()
    assert [row[0] for row in exported(guild, "我的.csv")[1:]] == ["001", "002", "003"]

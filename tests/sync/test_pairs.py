"""疑似重复: pairs are listed where people decide, an answer is carried out once, and two that differ not at all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.exchange import undo_pair
from crmbook.ooxml import Package
from crmbook.revisions import Hand
from crmbook.schema import load_book
from crmbook.sync import Options, sync_workbooks
from tests import office
from tests.ooxml_lint import lint
from tests.sync.guild import DAY, MAIN, Copy, Guild, begin, book, workspace

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.sync import Report

LEFT, RIGHT, TWO = "合并，留下左边", "合并，留下右边", "不是同一人"
FIRST, SECOND = 5, 6
"""The rows of the two pairs on the page."""


@pytest.fixture
def guild(tmp_path: Path) -> Guild:
    return Guild(tmp_path)


def codes(report: Report, copy: Copy) -> list[str]:
    return [
        issue.code
        for one in report.workbooks
        if one.path == copy.path
        for issue in one.issues
        if issue.table == "duplicates"
    ]


def told(report: Report) -> list[str]:
    return [code for one in report.workbooks for code, _ in one.notes if code.startswith("duplicates.")]


def pairs(copy: Copy) -> list[tuple[Any, ...]]:
    return [
        tuple(line.get(name) for name in ("score", "first", "second"))
        for line in copy.lines("duplicates").values()
    ]


def test_pairs_are_listed_with_what_speaks_for_them(guild):
    assert pairs(guild.main) == [(90, "001 李小四", "002 李小四"), (90, "003 王大五", "004 王大五")]
    line = guild.main.lines("duplicates")[FIRST]
    assert line["reasons"] == "姓名、电话相同"
    assert line["first_facts"] == "电话：13931423845"
    assert not guild.main.is_hidden("duplicates")


def test_merging_moves_references_in_every_copy_as_one_revision(guild):
    other = guild.check_out()
    guild.sync()
    guild.main.type("duplicates", FIRST, decision=RIGHT)
    report = guild.sync()
    assert told(report) == ["duplicates.told-merged"]
    assert "001" not in guild.member_ids()
    assert guild.about("002") == ["1001", "1002", "1003"]
    [revision] = guild.revisions("merge")
    assert revision.who == MAIN.removesuffix(".xlsx")
    for copy in (guild.main, other):
        assert "001" not in copy.rows()
        assert copy.rows("visits")["1001"]["member_id"] == "002"
        assert pairs(copy) == [(90, "003 王大五", "004 王大五")]
    guild.main.type("visits", 5, member_id="001", amount=8)
    guild.sync()
    assert len(guild.about("002")) == 4  # the key that went means the row that stays


def test_a_merge_is_taken_back_and_listed_again(guild):
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.sync()
    with guild.store() as store:
        [record] = store.books()
        undo_pair(store, record, book(), "", Hand(DAY, "王芳"))
    guild.sync()
    assert guild.about("002") == ["1002", "1003"]
    assert len(pairs(guild.main)) == 2


@pytest.mark.parametrize(("take", "limit"), [("取留下的一边", 0.0), ("取另一边", 1.0), ("取较新的", 1.0)])
@pytest.mark.sample(1)
def test_where_both_have_a_value_the_rule_that_was_chosen_takes_it(guild, take, limit):
    guild.main.type("members", guild.main.row_of("002"), email="li@qq.com")
    guild.sync()
    guild.main.type("members", guild.main.row_of("002"), limit=7)
    guild.sync()
    guild.main.type("duplicates", FIRST, decision=LEFT, take=take)
    guild.sync()
    row = guild.main.rows()["001"]
    assert row["limit"] == (7 if limit else 0)
    assert row["email"] == "li@qq.com"


def test_two_are_two_for_ever(guild):
    other = guild.check_out()
    guild.main.type("duplicates", FIRST, decision=TWO)
    assert told(guild.sync()) == ["duplicates.told-two"]
    assert pairs(guild.main) == pairs(other) == [(90, "003 王大五", "004 王大五")]
    guild.main.type("members", guild.main.row_of("001"), email="l@qq.com")
    guild.sync()
    assert len(pairs(guild.main)) == 1
    assert len(guild.revisions("distinct")) == 1


def test_the_same_answer_in_two_copies_is_one(guild):
    other = guild.check_out()
    guild.sync()
    for copy in (guild.main, other):
        copy.type("duplicates", FIRST, decision=LEFT)
    report = guild.sync()
    assert len(guild.revisions("merge")) == 1
    assert told(report) == ["duplicates.told-merged"]
    assert codes(report, other) == []


@pytest.mark.parametrize("answers", [(LEFT, TWO), (LEFT, RIGHT)])
def test_answers_that_differ_are_none_and_both_are_told(guild, answers):
    other = guild.check_out()
    guild.sync()
    for copy, answer in zip((guild.main, other), answers, strict=True):
        copy.type("duplicates", FIRST, decision=answer)
    report = guild.sync()
    assert not guild.revisions("merge", "distinct")
    for copy, answer in zip((guild.main, other), answers, strict=True):
        assert codes(report, copy) == ["duplicates.answers-differ"]
        line = copy.lines("duplicates")[FIRST]
        assert line["decision"] == answer
        assert MAIN in line["outcome"]
        assert other.path.name in line["outcome"]
    other.type("duplicates", FIRST, decision=LEFT)
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.sync()
    assert len(guild.revisions("merge")) == 1


def test_an_answer_after_another_one_is_told_and_changes_nothing(guild):
    other = guild.check_out()
    guild.sync()
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.main.type("duplicates", SECOND, decision=TWO)
    guild.sync(guild.main)
    other.type("duplicates", FIRST, decision=TWO)
    other.type("duplicates", SECOND, decision=RIGHT)
    report = guild.sync()
    assert codes(report, other) == ["duplicates.merged-before", "duplicates.told-apart-before"]
    assert len(guild.revisions("merge")) == len(guild.revisions("distinct")) == 1


@pytest.mark.parametrize("first", ["colleague", "merge"])
def test_a_colleagues_edit_of_the_row_that_goes_reaches_the_row_that_stays(guild, first):
    other = guild.check_out()
    guild.sync()
    other.type("members", other.row_of("002"), grade="甲")
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.sync(*((guild.main, other) if first == "colleague" else (guild.main,)))
    guild.sync()
    assert guild.main.rows()["001"]["grade"] == other.rows()["001"]["grade"] == "甲"
    assert "002" not in guild.member_ids()


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ({"decision": "合"}, "duplicates.choice-unknown", "decision"),
        ({"take": "取较新的"}, "duplicates.take-alone", "take"),
        ({"decision": LEFT, "take": "随便"}, "duplicates.choice-unknown", "take"),
    ],
)
def test_what_is_no_answer_is_said_beside_the_line(guild, typed, code, field):
    guild.main.type("duplicates", FIRST, **typed)
    report = guild.sync()
    assert codes(report, guild.main) == [code]
    assert not guild.revisions("merge", "distinct")
    line = guild.main.lines("duplicates")[FIRST]
    assert line["outcome"]
    assert line[field] == typed[field]
    guild.main.type("duplicates", FIRST, decision=None, take=None)
    assert codes(guild.sync(), guild.main) == []
    assert "outcome" not in guild.main.lines("duplicates")[FIRST]


def test_an_undecided_value_keeps_a_row_from_going(guild):
    other = guild.check_out()
    guild.sync()
    for copy, grade in ((guild.main, "甲"), (other, "乙")):
        copy.type("members", copy.row_of("002"), grade=grade)
    guild.sync()
    guild.main.type("duplicates", FIRST, decision=LEFT)
    assert codes(guild.sync(), guild.main) == ["duplicates.open-conflicts"]
    assert "002" in guild.member_ids()


def test_who_holds_some_customers_answers_for_these_alone(guild):
    mine = guild.check_out(owner="王芳")
    guild.sync()
    assert pairs(mine) == [(90, "001 李小四", "002 李小四")]  # 004 is another's
    ids = dict(zip(guild.head()["member_id"], guild.head().index, strict=True))
    mine.type("duplicates", SECOND, pair=f"{ids['003']}|{ids['004']}", decision=LEFT)
    mine.type("duplicates", FIRST, decision=LEFT)
    guild.sync()
    assert guild.member_ids()[:3] == ["001", "003", "004"]


def test_a_roles_copy_has_no_list(guild):
    desk = guild.check_out(role="desk")
    guild.sync()
    assert "疑似重复" not in {sheet.name for sheet in _package(desk).sheets}


def test_an_open_workbook_is_not_answered_for(guild):
    guild.main.type("duplicates", FIRST, decision=LEFT)
    sign = guild.main.path.with_name(f"~${MAIN}")
    sign.write_bytes(b"")
    guild.sync()
    assert not guild.revisions("merge")
    sign.unlink()
    guild.sync()
    assert len(guild.revisions("merge")) == 1


def test_a_dry_run_says_what_would_be_and_does_nothing(guild):
    guild.main.type("duplicates", FIRST, decision=LEFT)
    assert told(guild.sync(dry_run=True)) == ["duplicates.told-merged"]
    assert not guild.revisions("merge")


def test_rows_are_searched_only_where_people_changed(guild, monkeypatch):
    monkeypatch.setattr("crmbook.sync.pairs.MOST_ROWS", 10)
    guild.main.type("members", guild.main.row_of("005"), phone="13931463440")
    guild.sync()
    assert len(pairs(guild.main)) == 2  # of so many rows what stands there stays
    guild.sync(lists_duplicates=True)
    assert len(pairs(guild.main)) == 3
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.sync()
    assert "002" not in guild.member_ids()
    assert len(pairs(guild.main)) == 2
    before = guild.main.path.read_bytes()
    guild.sync()
    assert guild.main.path.read_bytes() == before


def test_an_edit_elsewhere_leaves_the_list_alone(guild):
    before = guild.main.lines("duplicates")
    guild.main.type("visits", 2, amount=9)
    guild.sync()
    assert guild.main.lines("duplicates") == before


def test_the_page_shows_itself_with_the_first_pair(guild):
    for key in ("002", "004"):
        guild.main.type("members", guild.main.row_of(key), phone=None, name=f"另一位{key}")
    desk = guild.check_out()
    assert desk.is_hidden("duplicates")
    guild.sync()
    assert pairs(guild.main) == []
    desk.type("members", desk.row_of("002"), phone="13931423845")
    guild.sync()
    assert not desk.is_hidden("duplicates")


def test_it_is_the_same_with_a_postgresql_store(tmp_path, server):
    guild = Guild(tmp_path, server)
    guild.main.type("duplicates", FIRST, decision=LEFT)
    guild.main.type("duplicates", SECOND, decision=TWO)
    assert told(guild.sync()) == ["duplicates.told-merged", "duplicates.told-two"]
    assert pairs(guild.main) == []
    assert guild.about("001") == ["1001", "1002", "1003"]


def test_a_filled_book_gets_the_page_at_its_next_sync_and_keeps_its_edits(tmp_path):
    schemas, folder = tmp_path / "schemas", tmp_path / "book"
    folder.mkdir()
    shutil.copytree(workspace(), schemas)
    template = schemas / "templates" / "guild.yaml"
    whole = template.read_text("utf-8")
    template.write_text(
        whole.replace("  - page: duplicates\n", "").replace("hidden: [duplicates]\n", ""), "utf-8"
    )
    begin(folder, load_book("guild", "zh", schemas), schemas)
    copy = Copy(folder / MAIN)
    assert "疑似重复" not in {sheet.name for sheet in _package(copy).sheets}
    copy.type("members", 2, limit=77)
    template.write_text(whole, "utf-8")
    [done] = sync_workbooks([copy.path], Options(DAY, schemas)).workbooks
    assert "migrate.page-added" in {code for code, _ in done.notes}
    assert len(pairs(copy)) == 2
    assert copy.rows()["001"]["limit"] == 77
    assert lint(copy.path.read_bytes()) == []


@pytest.mark.slow
@pytest.mark.office
def test_an_answer_chosen_and_saved_in_libreoffice_is_carried_out(guild):
    cell = guild.main.ref("duplicates", "decision", FIRST)
    office.run_macro_script(
        guild.main.path,
        f'document.Sheets.getByName("疑似重复").getCellRangeByName("{cell}").String = "{RIGHT}"\nsave()\n',
    )
    assert told(guild.sync()) == ["duplicates.told-merged"]
    assert guild.about("002") == ["1001", "1002", "1003"]
    assert pairs(guild.main) == [(90, "003 王大五", "004 王大五")]


def _package(copy: Copy) -> Any:
    return Package.open(copy.path)

"""Marks of rows and the list of issues: what people read."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from crmbook.base.changes import Change, ChangeKind
from crmbook.base.issues import Issue, Severity
from crmbook.base.records import Location
from crmbook.ingest.guard import Finding, Plan
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from crmbook.read.decisions import hold_decision
from crmbook.render.changes import grow_tables, write_changes
from crmbook.render.marks import iter_list, lasting, mark_text, row_of
from tests.books import book_of, built


def issue(code: str = "check.required", field: str = "phone", cell: str = "E2", **params: object) -> Issue:
    place = Location(sheet="客户基本信息", cell=cell)
    return Issue(code, Severity.ERROR, place, "customers", "001", field, "x", params or {"field": "电话"})


def test_a_mark_names_the_field_in_brackets_and_says_each_thing_once():
    twice = [issue(), issue(), issue(field="address")]
    text = mark_text(book_of(), twice)
    assert text.startswith("【电话】")
    assert text.count("【电话】") == 1
    assert "；【地址】" in text
    english = mark_text(book_of(lang="en"), twice)
    assert english.startswith("【Telephone】")
    assert "; 【Address】" in english


def test_a_finding_about_a_whole_row_has_no_brackets():
    assert "【" not in mark_text(book_of(), [issue(field="")])


def test_a_long_mark_is_cut_where_people_stop_reading():
    many = [issue("check.duplicate-key", shared=str(number), rows="3") for number in range(200)]
    text = mark_text(book_of(), many)
    assert len(text) == 1000
    assert text.endswith("…")


@pytest.mark.parametrize(("cell", "row"), [("E2", 2), ("$AB$1048576", 1048576), ("", 0), ("E", 0)])
def test_the_row_of_a_cell(cell, row):
    assert row_of(issue(cell=cell)) == row


def test_only_what_sync_put_right_passes():
    over, wrong = issue("check.typed-over", restored="90"), issue("value.phone-doubtful")
    same_cell = [Change("客户基本信息", "E2", 90, ChangeKind.RESTORED)]
    assert lasting([over, wrong], same_cell) == [wrong]
    assert lasting([over, wrong], []) == [over, wrong]
    assert lasting([over], [Change("客户基本信息", "E2", 90, ChangeKind.COMPUTED)]) == [over]
    assert lasting([over], [Change("客户基本信息", "E3", 90, ChangeKind.RESTORED)]) == [over]


# changes that are held for a person's answer


def held(plan: str) -> Plan:
    findings = [
        Finding("breaker.column-blanked", "customers", label, 12, 20, sheet="客户基本信息", field=title)
        for label, title in (("phone", "电话"), ("own:备注", "备注"))
    ]
    return Plan(plan, tuple(findings))


@dataclass
class Listed:
    """A workbook with its list of issues."""

    data: bytes
    lang: str = "zh"

    def __post_init__(self):
        self.book = book_of(lang=self.lang)
        self.snapshot = read_workbook(self.data, self.book)
        self.package = Package.open(self.data)

    def changes(self, plan=None, issues=()):
        return list(iter_list(self.book, self.snapshot, self.package, issues, plan))

    def shows(self, plan=None, issues=()) -> Listed:
        changes = self.changes(plan, issues)
        grow_tables(self.package, self.snapshot, changes)
        write_changes(self.package, changes)
        return Listed(self.package.to_bytes(), self.lang)

    def answers(self, *texts) -> Listed:
        found = self.snapshot.tables["issues"]
        for row, text in enumerate(texts, found.header_row + 1):
            self.package.sheet(found.sheet).set(f"{found.columns['decision'].letter}{row}", text)
        return Listed(self.package.to_bytes(), self.lang)

    def column(self, name):
        return self.snapshot.tables["issues"].frame[name].tolist()

    def decided(self):
        return hold_decision(self.book, self.snapshot)


def test_lines_of_a_held_plan_come_first_and_carry_its_id():
    listed = Listed(built().data).shows(held("7f3a"), [issue()])
    assert listed.column("plan") == ["7f3a", "7f3a", None]
    assert listed.column("field") == ["电话", "备注", "电话"]
    assert listed.column("number") == [1, 2, 3]
    assert listed.decided() is None
    assert listed.changes(held("7f3a"), [issue()]) == []
    assert listed.shows(None, [issue()]).column("plan") == [None]


@pytest.mark.sample(1)
@pytest.mark.parametrize(("lang", "words"), [("zh", ("确认", "放弃")), ("en", ("Confirm", "Discard"))])
def test_the_answer_is_read_back_in_either_language(lang, words):
    listed = Listed(built(lang=lang).data, lang).shows(held("7f3a"))
    assert listed.answers(words[0]).decided() == ("7f3a", "confirm")
    assert listed.answers(None, words[1]).decided() == ("7f3a", "discard")
    assert listed.answers(words[0], words[1]).decided() is None
    assert listed.answers("？", "？").decided() is None


def test_an_answer_stays_with_its_plan_only():
    answered = Listed(built().data).shows(held("7f3a")).answers("确认")
    assert answered.shows(held("7f3a")).decided() == ("7f3a", "confirm")
    assert answered.shows(held("other")).decided() is None

"""Marks of rows and the list of issues: what people read."""

from __future__ import annotations

import pytest

from crmbook.issues import Issue, Severity
from crmbook.marks import lasting, mark_text, row_of
from crmbook.records import Location
from crmbook.writeback import Change, Kind
from tests.books import book_of


def issue(code: str = "check.required", field: str = "phone", cell: str = "E2", **params: object) -> Issue:
    place = Location(sheet="客户基本信息", cell=cell)
    return Issue(code, Severity.ERROR, place, "customers", "001", field, "x", params or {"field": "电话"})


def test_a_mark_names_the_field_in_brackets_and_says_each_thing_once():
    twice = [issue(), issue(), issue(field="address")]
    text = mark_text(book_of(), twice)
    assert text.startswith("【电话】")
    assert text.count("【电话】") == 1
    assert "；【地址】" in text
    assert mark_text(book_of(lang="en"), twice).startswith("【Telephone】")


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
    same_cell = [Change("客户基本信息", "E2", 90, Kind.RESTORED)]
    assert lasting([over, wrong], same_cell) == [wrong]
    assert lasting([over, wrong], []) == [over, wrong]
    assert lasting([over], [Change("客户基本信息", "E2", 90, Kind.COMPUTED)]) == [over]
    assert lasting([over], [Change("客户基本信息", "E3", 90, Kind.RESTORED)]) == [over]

"""People's own columns that a workbook lacks: appended together, in order, as far as the sheet reaches."""

from __future__ import annotations

import sys
from dataclasses import replace

import pandas as pd
import pytest

from crmbook.ooxml import Package
from crmbook.read import FoundColumn, read_workbook
from crmbook.render import append_own_columns
from tests.books import book_of, empty


@pytest.fixture(scope="module")
def snapshot():
    return read_workbook(empty("lite").data, book_of("lite"))


def appended(snapshot, headers):
    package = Package.open(empty("lite").data)
    frame = pd.DataFrame(columns=[f"own:{header}" for header in headers], dtype=object)
    after = append_own_columns(book_of("lite"), snapshot, package, {"customers": frame})
    return package, after.tables["customers"]


def calls(call):
    """Return how many Python functions are called in a call."""
    count = 0

    def seen(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def test_they_stand_side_by_side_at_the_right_of_the_table_and_none_twice(snapshot):
    package, found = appended(snapshot, ["微信群", "Group", "G roup", "姓名", "车牌"])
    table = package.table(found.table_name)
    assert table.columns[-3:] == ("微信群", "Group", "车牌")
    assert list(found.custom) == list(found.own.columns) == ["微信群", "Group", "车牌"]
    right = table.area.right
    assert [one.index + 1 for one in found.custom.values()] == [right - 2, right - 1, right]


def test_many_cost_one_pass_through_the_workbook(snapshot):
    one = calls(lambda: appended(snapshot, ["列"]))
    assert calls(lambda: appended(snapshot, [f"列{number}" for number in range(16)])) < 2 * one


def test_those_that_fit_are_there_where_the_sheet_ends(snapshot):
    found = snapshot.tables["customers"]
    far = replace(found, custom={"远": FoundColumn(16_382, "远")})
    package, after = appended(replace(snapshot, tables={**snapshot.tables, "customers": far}), ["甲", "乙"])
    assert package.sheet(found.sheet).cell("XFD1").value == "甲"
    assert list(after.custom) == ["远", "甲"]

"""What is missing, doubled or out of place."""

from __future__ import annotations

import pytest

from crmbook.base.issues import Severity, catalogue
from crmbook.schema import Layout
from tests.check.run import LI, ZHANG, customers, run
from tests.check.world import small_book

PLACES = Layout(small_book()).tables


def _drop(field):
    def change(sheets):
        column = PLACES["customers"].columns[field].index
        sheets.pages["客户"].tables.clear()
        sheets.pages["客户"].cells = {
            place: value for place, value in sheets.pages["客户"].cells.items() if place[1] != column
        }

    return change


@pytest.mark.parametrize(
    ("field", "code", "severity"),
    [
        ("customer_id", "check.missing-key-column", Severity.ERROR),
        ("name", "check.missing-column", Severity.ERROR),
        ("gender", "check.missing-column", Severity.WARNING),
        ("total", "check.missing-column", Severity.WARNING),
    ],
)
def test_a_missing_column_is_named(field, code, severity):
    issue = customers({}, {}, change=_drop(field)).issues[0]
    assert (issue.code, issue.severity, issue.field_name) == (code, severity, field)
    assert issue.location.sheet == "客户"


def test_a_missing_sheet_is_named():
    def change(sheets):
        del sheets.pages["反馈"]

    result = run({}, change)
    assert [(issue.code, issue.table) for issue in result.issues] == [("check.missing-table", "feedback")]


def test_a_doubled_header_is_named():
    def change(sheets):
        sheets.pages["客户"].tables.clear()
        sheets.pages["客户"].cells[0, 20] = "姓名"

    assert customers({}, change=change).told() == [("check.duplicate-header", "客户!U1")]


def test_rows_behind_a_gap_are_named():
    def change(sheets):
        sheets.pages["客户"].cells |= {(4, 1): "王五", (6, 1): "赵六"}

    result = run({"customers": [ZHANG, LI]}, change)
    assert result.told() == [("check.rows-below-table", "客户!A5")]
    assert result.issues[0].params == {"count": 2, "last": 3}


def test_rows_below_the_totals_are_named():
    def change(sheets):
        sheets.pages["客户"].totals = True
        sheets.pages["客户"].cells |= {(3, 1): "合计", (4, 1): "王五"}

    result = run({"customers": [ZHANG, LI, {}]}, change)
    assert result.told() == [("check.rows-below-totals", "客户!A5")]
    assert result.issues[0].params == {"count": 1, "last": 3}


def test_an_entry_that_formulas_give_is_missed_in_the_dictionary():
    def change(sheets):
        cells = sheets.pages["数据字典"].cells
        place = next(place for place, value in cells.items() if value == "VIP")
        del cells[place]

    result = customers({}, change=change)
    assert [(issue.code, issue.value) for issue in result.issues] == [("check.missing-entry", "VIP")]


def test_every_finding_says_what_is_wrong_and_how_to_mend_it():
    codes = [code for code in catalogue() if code.startswith("check.")]
    assert codes
    for code in codes:
        assert {"zh", "en", "remedy"} <= catalogue()[code].keys(), code
        assert {"zh", "en"} == catalogue()[code]["remedy"].keys(), code

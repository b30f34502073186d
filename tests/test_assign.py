"""Ids of new rows: they count on, never twice, never over what somebody typed."""

from __future__ import annotations

import datetime as dt

import pytest

from crmbook.assign import assign_ids, assign_row_ids
from crmbook.check import check_cells
from crmbook.read import read_workbook
from crmbook.schema import Layout
from tests.check.sheets import lay_out
from tests.check.world import small_book

BOOK = small_book()
DAY = dt.date(2023, 4, 1)


def assigned(rows):
    """Texts that blank ids of the customers get, by row."""
    snapshot = read_workbook(lay_out({"customers": rows}), BOOK)
    checked = check_cells(BOOK, snapshot, DAY)
    column = Layout(BOOK).tables["customers"].columns["customer_id"].letter
    changes = assign_ids(BOOK, snapshot, checked)
    given = {change.ref.removeprefix(column): change.value for change in changes if change.sheet == "客户"}
    frame = checked.frames["customers"]["customer_id"].tolist()
    return given, frame


@pytest.mark.parametrize(
    ("ids", "given"),
    [
        ([None, None], ["001", "002"]),
        (["007", None, "003", None], ["008", "009"]),
        (["A-1", None], ["001"]),
        (["999", None], ["1000"]),
        (["001"], []),
    ],
)
def test_blank_ids_count_on_from_the_highest(ids, given):
    found, frame = assigned([{"customer_id": text, "name": f"客户{at}"} for at, text in enumerate(ids)])
    assert list(found.values()) == given
    assert None not in frame
    assert len(set(frame)) == len(frame)


def test_hidden_ids_are_new_and_end_in_a_letter():
    known = read_workbook(lay_out({"customers": [{"name": "甲"}, {"name": "乙"}]}), BOOK)
    first = [str(change.value) for change in assign_row_ids(known) if change.sheet == "客户"]
    rows = [{"name": "甲", "row_id": first[0]}, {"name": "乙", "row_id": first[1]}, {"name": "丙"}]
    grown = read_workbook(lay_out({"customers": rows}), BOOK)
    [new] = [str(change.value) for change in assign_row_ids(grown) if change.sheet == "客户"]
    assert new not in first
    assert len(set(first)) == 2
    assert all(text[-1].isalpha() for text in [*first, new])

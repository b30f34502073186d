"""Ids of new rows: they count on, never twice, never over what somebody typed."""

from __future__ import annotations

import datetime as dt

import pytest

from crmbook.check import check_cells
from crmbook.ingest.assign import assign_ids
from crmbook.read import read_workbook
from crmbook.schema import Layout
from tests.check.sheets import lay_out
from tests.check.world import small_book
from tests.ingest.identify.visits import person, visit

BOOK = small_book()
DAY = dt.date(2023, 4, 1)


def assigned(rows):
    """Texts that blank ids of the customers get, by row."""
    snapshot = read_workbook(lay_out({"customers": rows}), BOOK)
    checked = check_cells(BOOK, snapshot, DAY)
    column = Layout(BOOK).tables["customers"].columns["customer_id"].letter
    changes = assign_ids(BOOK, snapshot, checked, DAY)
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


def keyed(rows, known=(), counters=None):
    """Keys of the customers after a store that knows `known` gave them, and the counters."""
    state = visit(list(known)).frames if known else None
    seen = visit(rows, image=state, counters=counters)
    return seen.frames["customers"]["customer_id"].tolist(), seen.counters


@pytest.mark.parametrize(
    ("counters", "given", "counted"),
    [
        ({}, "003", 3),
        ({"key:customers.customer_id": 1}, "003", 3),
        ({"key:customers.customer_id": 57}, "058", 58),
    ],
)
def test_rule_02_numbers_go_on_where_the_store_has_counted_to(counters, given, counted):
    keys, after = keyed([person(0), person(1), {"name": "新"}], [person(0), person(1)], counters)
    assert keys == ["001", "002", given]
    assert after["key:customers.customer_id"] == counted


def test_rule_02_the_number_of_a_customer_who_is_not_in_this_workbook_is_taken():
    known = visit([person(0), person(4)]).frames
    seen = visit([person(0), {"name": "新"}], image={"customers": known["customers"].iloc[:1]}, head=known)
    assert seen.frames["customers"]["customer_id"].tolist() == ["001", "006"]


def test_rule_09_a_refused_key_is_no_blank():
    keys, _ = keyed([person(0), person(1) | {"customer_id": True}], [person(0), person(1)])
    assert keys == ["001", None]


def test_a_workbook_without_blank_keys_leaves_the_counters_alone():
    assert keyed([person(0)], [person(0)], {"key:customers.customer_id": 9})[1] == {
        "key:customers.customer_id": 9
    }


def test_rule_03_of_two_rows_whose_common_key_was_blanked_one_gets_it_back():
    known = [person(0), person(1, customer_id="001")]
    keys, _ = keyed([person(0, customer_id=None), person(1, customer_id=None)], known)
    assert keys == ["001", "002"]

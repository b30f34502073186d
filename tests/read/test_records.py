"""Places and values."""

# ruff: noqa: DTZ001 - a cell knows no time zone

from __future__ import annotations

import datetime as dt

import pytest

from crmbook.base.records import Location, Unreadable, same


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (5, 5.0, True),
        (5, 6, False),
        (1, True, False),
        (0.0, False, False),
        (True, True, True),
        ("a", "a", True),
        ("5", 5, False),
        (None, None, True),
        (None, float("nan"), True),
        (float("nan"), None, True),
        (None, "", False),
        (None, 0, False),
        (dt.date(2023, 1, 5), dt.date(2023, 1, 5), True),
        (dt.date(2023, 1, 5), dt.datetime(2023, 1, 5), False),
        (dt.datetime(2023, 1, 5), dt.datetime(2023, 1, 5), True),
    ],
)
def test_values_are_compared_in_one_way(left, right, verdict):
    assert same(left, right) is verdict
    assert same(right, left) is verdict


def test_places_read_as_people_name_them():
    assert str(Location(file="a.yaml", line=3, column=5)) == "a.yaml:3:5"
    assert str(Location(file="客户.xlsx", sheet="客户基本信息", cell="C2")) == "客户.xlsx 客户基本信息!C2"


def test_an_unreadable_cell_shows_what_it_holds():
    assert str(Unreadable("value.error-cell", "#REF!")) == "#REF!"

"""Working days, forwards and backwards, around holidays: what walking day by day gives."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formula.examples import answer

START = 44_900
"""Monday, 5 December 2022."""
days = st.integers(START, START + 30)


def walk(day: int, distance: int, free: set[int]) -> int:
    step = 1 if distance > 0 else -1
    for _ in range(abs(distance)):
        day += step
        while (day - 1) % 7 in (0, 6) or day in free:
            day += step
    return day


@given(days, st.integers(-25, 25), st.lists(days, max_size=12))
@settings(deadline=None)
def test_so_many_days_around_holidays_of_all_rows(day, distance, free):
    frame = pd.DataFrame({"day": [float(one) for one in free] or [float(START + 1000)]})
    assert answer(f"=WORKDAY({day},{distance},off[day])", off=frame) == [walk(day, distance, set(free))]


@given(st.lists(st.tuples(days, st.integers(-12, 12), st.none() | days), min_size=1, max_size=8))
@settings(deadline=None)
def test_so_many_days_around_a_holiday_of_each_row(rows):
    frame = pd.DataFrame(rows, columns=["day", "far", "off"], dtype="float64")
    expected = [walk(day, far, set() if off is None else {off}) for day, far, off in rows]
    assert answer("=WORKDAY([@day],[@far],[@off])", "plan", plan=frame) == expected


@pytest.mark.parametrize(
    "formula", ["=WORKDAY(44900,1E+9)", "=WORKDAY(-1,1)", "=WORKDAY(2,-5)", "=WORKDAY(2958465,9)"]
)
def test_a_day_outside_the_calendar_is_an_error(formula):
    assert [str(value) for value in answer(formula)] == ["#NUM!"]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=SUMPRODUCT(none[a],none[b])", 0.0),
        ("=PERCENTILE(none[a],0.5)", "#NUM!"),
        ("=VAR(none[a])", "#DIV/0!"),
        ("=STDEV(none[a])", "#DIV/0!"),
        ("=SUMPRODUCT(some[a],some[b])", 10.0),
        ("=ROUND(VAR(some[b]),6)", 0.0),
        ("=SUMPRODUCT(some[bad])", "#N/A"),
    ],
)
def test_columns_without_rows_and_with_few(formula, value):
    none = pd.DataFrame({"a": pd.Series([], dtype="float64"), "b": pd.Series([], dtype="float64")})
    some = pd.DataFrame(
        {"a": [2.0, None, "x"], "b": [5.0, 5.0, 5.0], "bad": ["x", 1.0, "#N/A"]}, dtype=object
    )
    some.loc[2, "bad"] = answer("=NA()")[0]
    found = answer(formula, none=none, some=some)[0]
    assert (str(found) if isinstance(value, str) else found) == value

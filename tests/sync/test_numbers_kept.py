"""Numbers are compared as office programs keep them: saving a workbook again edits nothing."""

# ruff: noqa: DTZ001 - a cell knows no time zone

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmbook.base.records import rounded, same, same_computed
from crmbook.merge import differs, merge_table, rounded_numbers
from crmbook.merge.compare import unequal, unequal_computed
from crmbook.ooxml.values import written_number

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
FRACTIONS = st.one_of(
    st.floats(-1e15, 1e15, allow_nan=False),
    st.builds(lambda top, bottom: top / bottom, st.integers(-(10**9), 10**9), st.integers(1, 10**6)),
)
MANY = settings(max_examples=300, deadline=None, derandomize=True)


def saved(number: float, digits: int) -> float:
    """A number as a program that writes so many digits saves it."""
    return float(f"{number:.{digits}g}")


@given(FRACTIONS)
@example(1 / 3)
@example(9.044889105823875e-09)
@MANY
def test_a_number_that_was_written_is_the_same_when_it_is_saved_again(number):
    written = float(written_number(number))
    for digits in (15, 16, 17):
        assert saved(written, digits) == written
    assert same(written, rounded(number))
    assert same_computed(written, number)


@given(FLOATS)
@MANY
def test_what_is_taken_in_is_what_is_written(number):
    """Two places round, and they agree to the last bit."""
    assert float(written_number(number)) == rounded(number)
    assert rounded(rounded(number)) == rounded(number)


@given(
    st.lists(
        st.one_of(FLOATS, FRACTIONS, st.sampled_from([0.1, 12.34, math.nan, math.inf, -0.0, 1e15, 1e300]))
    )
)
@MANY
def test_a_column_is_rounded_like_single_numbers(numbers):
    column = np.array(numbers, dtype=float)
    assert rounded_numbers(column).tolist() == pytest.approx(
        [rounded(number) for number in numbers], rel=0, abs=0, nan_ok=True
    )


@given(
    st.lists(st.tuples(FRACTIONS, st.sampled_from([0, 1e-17, 1e-16, 3e-15, 1e-13, 1e-11, 1e-3])), min_size=1)
)
@MANY
def test_columns_are_compared_like_single_numbers(pairs):
    left = np.array([number for number, _ in pairs])
    right = np.array([number * (1 + off) for number, off in pairs])
    alike = [same(one, two) for one, two in zip(left.tolist(), right.tolist(), strict=True)]
    computed = [
        a or same_computed(one, two) for a, one, two in zip(alike, left.tolist(), right.tolist(), strict=True)
    ]
    for mine, other in (
        (left, right),
        (right, left),
        (left.astype(object), right),
        (left, right.astype(object)),
    ):
        assert (~unequal(mine, other)).tolist() == alike
        assert (~unequal_computed(mine, other)).tolist() == computed


@pytest.mark.parametrize(
    ("left", "right", "typed", "computed"),
    [
        (1 / 3, 0.333333333333333, True, True),
        (1 / 3, 0.3333333333333333, True, True),
        (1 / 3, 0.333333333333334, False, True),
        (9.044889105823875e-09, 9.04488910582388e-09, True, True),  # LibreOffice rounds the shortest text
        (123456789012.01, 123456789012.02, False, True),
        (100.0, 100.001, False, False),
        (0.0, 5.6e-17, False, True),
        (6222021234567891, 6222021234567890.0, True, True),
        (True, 1.0, False, False),
    ],
)  # fmt: skip
def test_typed_numbers_are_told_apart_more_sharply_than_computed_ones(left, right, typed, computed):
    assert (same(left, right), same(right, left)) == (typed, typed)
    assert (same(left, right) or same_computed(left, right)) is computed


def test_a_whole_number_keeps_all_its_digits():
    assert rounded(6222021234567891.0) == 6222021234567891.0
    assert written_number(6222021234567891) == "6222021234567891"


@pytest.mark.parametrize(("off", "alike"), [(9, True), (999, True), (2000, False)])
def test_moments_are_compared_as_a_serial_number_holds_them(off, alike):
    left = dt.datetime(2024, 5, 6, 7, 8, 9, 500)
    right = left + dt.timedelta(microseconds=off)
    assert same(left, right) is alike
    for dtype in ("datetime64[us]", object):
        one, two = (pd.Series([moment, None], dtype=dtype) for moment in (left, right))
        assert differs(one, two).tolist() == [not alike, False]


@given(FRACTIONS, FRACTIONS, st.sampled_from([15, 16]))
@MANY
def test_a_copy_that_was_only_saved_never_wins_over_an_edit(number, edit, digits):
    base, head = (pd.DataFrame({"amount": [rounded(value)]}, index=["a"]) for value in (number, edit))
    file = pd.DataFrame({"amount": [saved(rounded(number), digits)]}, index=["a"])
    merged = merge_table(base, head, file)
    assert merged.frame["amount"].tolist() == head["amount"].tolist()
    assert not merged.changes
    assert not merged.conflicts

"""Canonical values as columns, and back."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt

import pytest

from crmbook.values import ValueKind, from_series, to_series, to_value


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [
        ("integer", [1, None, -3], "float64"),
        ("money", [1.5, None], "float64"),
        ("date", [dt.date(2023, 1, 5), None, dt.date(1900, 1, 1), dt.date(9999, 12, 31)], "datetime64[us]"),
        ("datetime", [dt.datetime(2023, 1, 5, 14, 30), None], "datetime64[us]"),
        ("text", ["a", None], "object"),
        ("boolean", [True, None, False], "object"),
        ("value", [40.0, "高", None], "object"),
        ("integer", [], "float64"),
    ],
)
def test_a_column_gives_back_the_very_values(kind, values, dtype):
    column = to_series(ValueKind(kind), values)
    assert str(column.dtype) == dtype
    again = from_series(ValueKind(kind), column)
    assert again == values
    assert [type(value) for value in again] == [type(value) for value in values]


def test_what_a_formula_gave_instead_passes_through():
    assert to_value(ValueKind.INTEGER, "text") == "text"
    assert to_value(ValueKind.INTEGER, 1.5) == 1.5

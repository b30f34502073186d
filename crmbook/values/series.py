"""Canonical values as pandas columns, and back.

Computing over whole columns wants arrays: numbers are float64, days and moments as datetime64, everything
else as Python objects. The way back gives the canonical Python values again: a whole number of an integer
field is an int, a day is a date.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.values.parsed import ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.base import Value

_FLOATS = frozenset(
    {ValueKind.INTEGER, ValueKind.NUMBER, ValueKind.MONEY, ValueKind.PERCENT, ValueKind.RATING}
)
_DAYS = frozenset({ValueKind.DATE, ValueKind.DATETIME})
_WHOLE = frozenset({ValueKind.INTEGER, ValueKind.RATING})


def to_series(kind: ValueKind, values: Iterable[Value], index: pd.Index | None = None) -> pd.Series:
    """Return canonical values as a column; a blank is NaN, NaT or None."""
    array: np.ndarray[tuple[int], np.dtype[Any]]
    if isinstance(values, np.ndarray) and values.dtype == object:
        array = _of_array(kind, values)
        return pd.Series(array, index=index, dtype=array.dtype)
    items = list(values)
    if kind in _FLOATS:
        array = np.array([np.nan if item is None else item for item in items], dtype=np.float64)
    elif kind in _DAYS:
        array = np.array(items, dtype="datetime64[us]")
    else:
        array = np.empty(len(items), dtype=object)
        for position, item in enumerate(items):
            array[position] = item
    return pd.Series(array, index=index, dtype=array.dtype)


def _of_array(
    kind: ValueKind, items: np.ndarray[tuple[int], np.dtype[Any]]
) -> np.ndarray[tuple[int], np.dtype[Any]]:
    if kind in _FLOATS:
        return items.astype(np.float64)
    if kind in _DAYS:
        codes, distinct = pd.factorize(items)  # few days are different
        return np.array([*distinct, None], dtype="datetime64[us]")[codes]
    return items.copy()


def from_series(kind: ValueKind, column: pd.Series) -> list[Value]:
    """Return the canonical values of a column.

    A computed column may hold what its field should not: error values and texts stay as they are.
    """
    return [to_value(kind, item) for item in column.tolist()]


def to_value(kind: ValueKind, item: object) -> Value:
    """Return one item of a column as the canonical value of its field."""
    if item is None or item != item:  # noqa: PLR0124 - NaN and NaT
        return None
    if kind is ValueKind.DATE and isinstance(item, dt.datetime):
        return item.date()
    if isinstance(item, pd.Timestamp):
        return item.to_pydatetime()
    if kind in _WHOLE and isinstance(item, float) and item.is_integer():
        return int(item)
    return item  # type: ignore[return-value]  # error values pass through

"""Comparing columns of canonical values, all cells at once: what `crmbook.base.records.same` says of two, of many.

Nearly all cells are equal to the last bit, and nearly all others are far apart: only where two numbers are close are
their digits looked at one by one.
"""

from __future__ import annotations

from datetime import datetime
from operator import is_not
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import INSTANT, rounded, same, same_computed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_arrays_of = getattr(pd.DataFrame, "_iter_column_arrays", None)
"""How pandas itself goes through a frame's columns; asking for each as a Series takes 20 times as long."""

Items = np.ndarray[tuple[int], np.dtype[Any]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def columns_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a frame's columns by label as the arrays that it holds, which nobody can write to."""
    known: Iterable[Any] | None = _arrays_of(frame) if _arrays_of else None
    arrays = known or (column.array for _, column in frame.items())
    return {label: _locked(array) for label, array in zip(frame.columns.tolist(), arrays, strict=True)}


def _locked(array: Any) -> Any:
    if not isinstance(array.dtype, np.dtype):
        return array
    locked = np.asarray(array).view()
    locked.flags.writeable = False
    return locked


def all_cells(frame: pd.DataFrame) -> dict[str, Items]:
    """Return the values of all columns by label, each as `cells_of` gives them."""
    columns = columns_of(frame)
    return {label: array if are_cells(array) else cells_of(frame[label]) for label, array in columns.items()}


def are_cells(array: Any) -> bool:
    """Return whether a column's array is one as `cells_of` gives them."""
    return isinstance(array, np.ndarray) and array.dtype.kind in "fMO"


def share_memory(left: Items, right: Items) -> bool:
    """Return whether two arrays are the same items of the same memory."""
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and left.strides == right.strides
        and left.__array_interface__["data"] == right.__array_interface__["data"]
    )


_CLOSE = 1e-11
"""Numbers that differ by more than this share of them are different in every sense."""
_INEXACT = (int, float, datetime)
_DECIMALS = 1e4
_WHOLE = 1e15


def differs(left: pd.Series, right: pd.Series) -> Mask:
    """Return where two columns of one length hold different values, position by position; their labels are not looked at.

    Blanks are alike however they are written (None, NaN, NaT).
    """
    return unequal(cells_of(left), cells_of(right))


def differs_computed(left: pd.Series, right: pd.Series) -> Mask:
    """Return where two columns of one length hold different computed values; as `differs`."""
    return unequal_computed(cells_of(left), cells_of(right))


def cells_of(column: pd.Series) -> Items:
    """Return a column's values as the merge holds them: floats, moments, and objects for everything else."""
    values = column.to_numpy()
    if values.dtype.kind in "fMO":
        return values
    return np.asarray(column.astype(float if values.dtype.kind in "iu" else object).to_numpy())


def unequal(mine: Items, other: Items) -> Mask:
    """Return where two arrays of `cells_of` hold different values, position by position; numbers as office programs keep them."""
    return _without_same(unequal_bits(mine, other), mine, other, same)


def unequal_computed(mine: Items, other: Items) -> Mask:
    """Return where two arrays of `cells_of` hold different computed values, see `crmbook.base.records.same_computed`."""
    return _without_same(unequal(mine, other), mine, other, same_computed)


def unequal_bits(mine: Items, other: Items) -> Mask:
    """Return where two arrays of `cells_of` hold different values, position by position, numbers to the last bit."""
    if mine is other or share_memory(mine, other):
        return np.zeros(len(mine), dtype=bool)
    if mine.dtype == other.dtype and mine.dtype.kind in "fM":
        return np.asarray((mine != other) & ~(pd.isna(mine) & pd.isna(other)), dtype=bool)
    mine, other = as_objects(mine), as_objects(other)
    result = np.asarray(mine != other, dtype=bool)
    positions = np.flatnonzero(result)
    result[positions] = ~(pd.isna(mine[positions]) & pd.isna(other[positions]))
    if not _are_texts(mine) and not _are_texts(other):
        # `5 == True` for numpy: the few equal pairs of different types are asked one by one.
        positions = np.flatnonzero(~result)
        for position in positions[_types_differ(mine[positions], other[positions])]:
            result[position] = not same(mine[position], other[position])
    return result


def _without_same(unlike: Mask, mine: Items, other: Items, same: Callable[[Any, Any], bool]) -> Mask:
    """Take out of `unlike` the positions whose numbers are the same in the sense of `same`; it is changed."""
    positions = np.flatnonzero(unlike)
    if not len(positions):
        return unlike
    left, right = mine[positions], other[positions]
    if left.dtype.kind == right.dtype.kind == "M":
        unlike[positions] = ~(np.abs(left - right) <= np.timedelta64(INSTANT))
        return unlike
    if left.dtype.kind == right.dtype.kind == "f":
        with np.errstate(invalid="ignore", over="ignore"):
            close = np.abs(left - right) <= _CLOSE * np.maximum(1, np.maximum(np.abs(left), np.abs(right)))
        positions, left, right = positions[close], left[close], right[close]
    if pd.isna(left).all() or pd.isna(right).all():  # new rows: the two are never the same number
        return unlike
    pairs = zip(positions.tolist(), as_objects(left).tolist(), as_objects(right).tolist(), strict=True)
    for position, first, second in pairs:
        if isinstance(first, _INEXACT) and isinstance(second, _INEXACT) and same(first, second):
            unlike[position] = False
    return unlike


def rounded_numbers(numbers: Items) -> Items:
    """Return floats in the 15 digits that office programs keep, see `crmbook.base.records.rounded`; mostly the same array."""
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(numbers * _DECIMALS)
        # Of at most four decimals: then 15 digits say all, and dividing gives the same double again.
        few = (np.abs(whole) < _WHOLE) & (whole / _DECIMALS == numbers)
    positions = np.flatnonzero(~few & np.isfinite(numbers))
    values = numbers[positions].tolist()
    kept = list(map(rounded, values))
    if kept == values:
        return numbers
    numbers = numbers.copy()
    numbers[positions] = kept
    return numbers


def as_objects(cells: Items) -> Items:
    """Return cells as Python values: moments as `datetime`, blanks as they are."""
    if cells.dtype.kind == "M":
        return cells.astype("datetime64[us]").astype(object)
    return cells.astype(object, copy=False)


def plain(cells: Items) -> list[Any]:
    """Return cells as a list of Python values, every blank as None."""
    blank = pd.isna(cells).tolist()
    return [None if empty else value for empty, value in zip(blank, as_objects(cells).tolist(), strict=True)]


def _are_texts(cells: Items) -> bool:
    """Return whether cells hold texts and blanks only; a text equals nothing but a text."""
    return pd.api.types.infer_dtype(cells, skipna=True) in {"string", "empty"}


def _types_differ(mine: Items, other: Items) -> Mask:
    return np.fromiter(map(is_not, map(type, mine), map(type, other)), bool, len(mine))

"""The tables that formulas are computed over: pandas frames, converted to vectors once per column."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.formula.values import ERRORS, ORDINAL_OF_SERIAL_0, PHANTOM, UNIX_SERIAL
from crmbook.formula.vector import Tag, Vector, of_items, text_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmbook.formula.vector import Mask

_ERRORS = np.array(ERRORS, dtype=object)
_MICROSECONDS_A_DAY = 86_400_000_000
_FIRST_TRUE_SERIAL = PHANTOM + 1


class Frames:
    """Frames by table, with their columns' vectors remembered.

    Evaluating several formulas over one `Frames` converts each column once; `put` adds a computed column, so
    that later formulas read it.

    Parameters
    ----------
    frames
        Table → frame; the columns are machine field names.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = frames
        self._vectors: dict[tuple[str, str], Vector] = {}

    def index(self, table: str) -> pd.Index:
        """Return the row labels of a table."""
        return self._frames[table].index

    def vector(self, table: str, field: str) -> Vector:
        """Return a whole column.

        Raises
        ------
        KeyError
            If there is no such table or column.
        """
        key = (table, field)
        if key not in self._vectors:
            self._vectors[key] = from_series(self._frames[table][field]).as_cell()
        return self._vectors[key]

    def put(self, table: str, field: str, values: pd.Series) -> None:
        """Let `values` stand for a column from now on; the frame itself stays as it is."""
        self._vectors[table, field] = from_series(values).as_cell()


def from_series(series: pd.Series) -> Vector:
    """Return the vector of a pandas column; None, NaN, NaT and NA are blank.

    Raises
    ------
    TypeError
        If a cell holds a value of a type that no cell can hold.
    """
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return _from_array(series.to_numpy())
    blank = series.isna().to_numpy()
    if isinstance(dtype, pd.StringDtype):
        words = text_array(series.astype(object).where(~blank, "").tolist())
        return Vector(_tags(blank, Tag.TEXT), np.zeros(len(words)), words)
    return _from_objects(series.astype(object).to_numpy())


def _from_array(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Vector:
    match values.dtype.kind:
        case "f" | "i" | "u":
            numbers = values.astype(np.float64)
            blank = np.isnan(numbers)
            if np.isinf(numbers).any():
                return of_items(numbers.tolist())
            return Vector(_tags(blank, Tag.NUMBER), np.where(blank, 0.0, numbers))
        case "b":
            return Vector(np.full(len(values), Tag.BOOLEAN, np.int8), values.astype(np.float64))
        case "M":
            return _from_dates(values)
    return _from_objects(values)


def _from_dates(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Vector:
    blank = np.isnat(values)
    micros = values.astype("datetime64[us]").astype(np.int64)
    serials = np.where(blank, 0, micros) / _MICROSECONDS_A_DAY + UNIX_SERIAL
    if (~blank & (serials < _FIRST_TRUE_SERIAL)).any():
        return of_items(pd.Series(values).tolist())
    return Vector(_tags(blank, Tag.NUMBER), np.where(blank, 0.0, serials))


def _from_objects(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Vector:
    items: list[Any] = values.tolist()
    if set(map(type, items)) == {str}:
        return Vector(np.full(len(items), Tag.TEXT, np.int8), np.zeros(len(items)), text_array(items))
    blank = np.asarray(pd.isna(values), dtype=bool)
    for position in np.flatnonzero(blank).tolist():
        items[position] = None
    types = set(map(type, items)) - {type(None)}
    read = _READERS.get(types.pop()) if len(types) == 1 else None
    return read(items, blank) if read else of_items(items)


def _read_texts(items: list[Any], blank: Mask) -> Vector:
    words = text_array([item or "" for item in items])
    return Vector(_tags(blank, Tag.TEXT), np.zeros(len(items)), words)


def _read_numbers(items: list[Any], _: Mask) -> Vector:
    numbers = np.array([math.nan if item is None else item for item in items], dtype=np.float64)
    return _from_array(numbers)


def _read_booleans(items: list[Any], blank: Mask) -> Vector:
    return Vector(_tags(blank, Tag.BOOLEAN), np.array([item is True for item in items], dtype=np.float64))


def _read_days(items: list[Any], blank: Mask) -> Vector:
    days = np.array([0 if item is None else item.toordinal() for item in items], dtype=np.float64)
    serials = np.where(blank, _FIRST_TRUE_SERIAL, days - ORDINAL_OF_SERIAL_0)
    if (serials < _FIRST_TRUE_SERIAL).any():
        return of_items(items)
    return Vector(_tags(blank, Tag.NUMBER), np.where(blank, 0.0, serials))


_READERS: dict[type, Callable[[list[Any], Mask], Vector]] = {
    str: _read_texts,
    float: _read_numbers,
    int: _read_numbers,
    bool: _read_booleans,
    dt.date: _read_days,
}
"""Columns that hold, but for blanks, one type of value only."""


def _tags(blank: Mask, tag: int) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.where(blank, Tag.BLANK, tag).astype(np.int8)


def to_series(vector: Vector, index: pd.Index) -> pd.Series:
    """Return a computed vector as a pandas column; a blank is 0, as a workbook shows it."""
    vector = vector.broadcast(len(index))
    if vector.only(Tag.NUMBER, Tag.BLANK):
        return pd.Series(vector.numbers, index=index, dtype=np.float64)
    if vector.only(Tag.TEXT):
        return pd.Series(vector.words(), index=index, dtype=object)
    if vector.only(Tag.BOOLEAN):
        return pd.Series((vector.numbers != 0).astype(object), index=index, dtype=object)
    values = vector.numbers.astype(object)
    for tag, words in ((Tag.TEXT, vector.words()), (Tag.BOOLEAN, vector.numbers != 0)):
        rows = vector.tags == tag
        values[rows] = words[rows]
    failing = vector.tags == Tag.ERROR
    values[failing] = _ERRORS[vector.numbers[failing].astype(np.intp)]
    return pd.Series(values, index=index, dtype=object)

"""The tables that formulas are computed over: pandas frames, converted to vectors once per column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.formula.values import ERRORS
from crmbook.formula.vector import Tag, Vector, of_items, text_array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.formula.vector import Mask

_ERRORS = np.array(ERRORS, dtype=object)
_MICROSECONDS_A_DAY = 86_400_000_000
_UNIX_SERIAL = 25_569
_FIRST_TRUE_SERIAL = 61


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
            return Vector(_tags(blank, Tag.NUMBER), np.where(blank, 0.0, numbers))
        case "b":
            return Vector(np.full(len(values), Tag.BOOLEAN, np.int8), values.astype(np.float64))
        case "M":
            return _from_dates(values)
    return _from_objects(values)


def _from_dates(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Vector:
    blank = np.isnat(values)
    micros = values.astype("datetime64[us]").astype(np.int64)
    serials = np.where(blank, 0, micros) / _MICROSECONDS_A_DAY + _UNIX_SERIAL
    if (~blank & (serials < _FIRST_TRUE_SERIAL)).any():
        return of_items(pd.Series(values).tolist())
    return Vector(_tags(blank, Tag.NUMBER), np.where(blank, 0.0, serials))


def _from_objects(values: np.ndarray[tuple[int], np.dtype[np.generic]]) -> Vector:
    items = values.tolist()
    if {type(item) for item in items} <= {str, type(None)}:
        blank = np.array([item is None for item in items], dtype=bool)
        words = text_array([item or "" for item in items])
        return Vector(_tags(blank, Tag.TEXT), np.zeros(len(items)), words)
    return of_items(items)


def _tags(blank: Mask, tag: Tag) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    return np.where(blank, Tag.BLANK, tag).astype(np.int8)


def to_series(vector: Vector, index: pd.Index) -> pd.Series:
    """Return a computed vector as a pandas column; a blank is 0, as a workbook shows it."""
    vector = vector.broadcast(len(index))
    if vector.only(Tag.NUMBER, Tag.BLANK):
        return pd.Series(vector.numbers, index=index, dtype=np.float64)
    if vector.only(Tag.TEXT):
        return pd.Series(vector.words(), index=index, dtype=object)
    values = vector.numbers.astype(object)
    for tag, words in ((Tag.TEXT, vector.words()), (Tag.BOOLEAN, vector.numbers != 0)):
        rows = vector.tags == tag
        values[rows] = words[rows]
    failing = vector.tags == Tag.ERROR
    values[failing] = _ERRORS[vector.numbers[failing].astype(np.intp)]
    return pd.Series(values, index=index, dtype=object)

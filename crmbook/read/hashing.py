"""A number for every cell, out of its position and its value; their sum identifies the content of a workbook.

Any order of the cells gives the same sum, and a cell that changes is taken off and counted anew. Values that a
spreadsheet holds to be the same thing, such as 1 and 1.0, give the same number; the types a sheet keeps apart, such as
1 and "1", do not.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.formula import to_serial
from crmbook.values import object_array

if TYPE_CHECKING:
    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]

_COLUMNS: Final = np.uint64(1 << 22)
"""Numbers between two columns: a sheet has fewer rows."""
_FORMULAS: Final = np.uint64(1 << 60)
_HELD: Final = np.uint64(1)


class Seed:
    """Where the numbers of a sheet's positions begin.

    Parameters
    ----------
    title
        The sheet's name.
    """

    def __init__(self, title: str) -> None:
        digest = hashlib.sha256(title.encode("utf-8", "replace")).digest()
        self._start = np.uint64(int.from_bytes(digest[:7]))

    def cell_numbers(self, rows: Positions, columns: Positions | int) -> Numbers:
        """(n,) the numbers of cells' positions; rows counted from 1, columns from 0."""
        result: Numbers = (
            self._start + np.asarray(columns).astype(np.uint64) * _COLUMNS + rows.astype(np.uint64)
        )
        return result

    def formulas(self, rows: Positions, column: int) -> int:
        """Return the sum of the formulas in some rows of a column."""
        return total(self.cell_numbers(rows, column) + _FORMULAS, _HELD)


def total(cell_numbers: Numbers, values: Numbers | np.uint64) -> int:
    """Return the sum of cells, given the numbers of their positions and of their values."""
    return int(_mixed(_mixed(cell_numbers) ^ values).sum(dtype=np.uint64))


def _mixed(numbers: Numbers) -> Numbers:
    """Spread numbers over all bits (splitmix64, by Sebastiano Vigna)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def of_values(items: Items) -> Numbers:
    """(n,) a number for each value; none of them may be None.

    Raises
    ------
    ValueError
        If a text holds half a character: no program writes one.
    """
    kinds = list(map(type, items.tolist()))
    if len(set(kinds)) == 1:
        return _of_kind(kinds[0], items)
    # Below its header a column is mostly of one kind.
    others = np.array([position for position, kind in enumerate(kinds) if kind is not kinds[-1]])
    hashes = np.empty(len(items), dtype=np.uint64)
    hashes[others] = of_values(items[others])
    rest = np.delete(np.arange(len(items)), others)
    hashes[rest] = _of_kind(kinds[-1], items[rest])
    return hashes


def of_numbers(numbers: np.ndarray[tuple[int], np.dtype[Any]]) -> Numbers:
    """(n,) a number for each number."""
    return (numbers.astype(np.float64) + 0.0).view(np.uint64)  # one zero


def of_texts(texts: Items, *, distinct: bool = False) -> Numbers:
    """(n,) a number for each text, sooner if they are known to be `distinct`; raises as `of_values` does."""
    found: Numbers = pd.util.hash_array(texts, encoding="utf-8", categorize=not distinct)
    return found


def _of_kind(kind: type, items: Items) -> Numbers:
    if kind is not bool and issubclass(kind, int | float | np.number):
        return of_numbers(items)
    if issubclass(kind, date):
        codes, days = pd.factorize(items)
        return np.array(list(map(_serial, days)), dtype=np.float64).view(np.uint64)[codes]
    if kind is not str:
        return ~of_texts(object_array([f"{kind.__name__} {item!r}" for item in items.tolist()]))
    return of_texts(items)


def _serial(day: date | datetime) -> float:
    try:
        return float(to_serial(day))
    except ValueError:  # before 1900
        return float(day.toordinal() - date.max.toordinal())

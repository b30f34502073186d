"""A column of cells, read at once: what is plainly canonical in arrays, every other content once, however often it occurs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import Unreadable, same
from crmbook.merge import rounded_numbers
from crmbook.values.arrays import object_array
from crmbook.values.grammar import parse_value
from crmbook.values.parsed import Parsed, Surroundings, ValueKind
from crmbook.values.quantity import MAX_INTEGER
from crmbook.values.quick import are_plain, quick_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Value
    from crmbook.values.parsed import Domain

    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

_HERE = Surroundings()
_NUMBERS = frozenset({ValueKind.NUMBER, ValueKind.MONEY, ValueKind.PERCENT})
_WHOLE = frozenset({ValueKind.INTEGER, ValueKind.RATING})
_OF_ONE_TYPE = frozenset({"string", "floating", "date", "boolean"})
"""Kinds of columns, as pandas calls them, in which equal items are the same content."""


@dataclass(slots=True)
class Column:
    """A column of cells, read.

    Attributes
    ----------
    items
        The canonical values, None where a cell is blank or refused.
    findings
        By position in the column, every cell with a problem or a note.
    altered
        Positions of the cells that hold something else than their canonical value, in order.
    """

    items: Items
    findings: dict[int, Parsed] = field(default_factory=dict)
    altered: Positions = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    @property
    def cells(self) -> list[Value]:
        """The canonical values as a list."""
        return self.items.tolist()


def parse_column(
    domain: Domain,
    raws: Sequence[object] | Items,
    around: Surroundings = _HERE,
    parents: Sequence[Value] | Items | None = None,
) -> Column:
    """Read a whole column, each distinct content once.

    Parameters
    ----------
    domain, around
        As for `parse_value`; `around.parent` is taken from `parents` where these are given.
    raws
        The cells from top to bottom.
    parents
        For a dependent enum, the canonical values of the column it hangs on, one for each cell.
    """
    cells = object_array(raws)
    column = Column(np.empty(len(cells), dtype=object))
    rest = np.flatnonzero(cells != None)  # noqa: E711 - of each cell
    if parents is None and domain.kind in _NUMBERS | _WHOLE:
        rest = _take_numbers(domain, cells, rest, column)
    if len(rest):
        _Distinct(domain, around, cells[rest], None if parents is None else object_array(parents)[rest]).put(
            column, rest
        )
    return column


def _take_numbers(domain: Domain, cells: Items, positions: Positions, column: Column) -> Positions:
    """Put the numbers that stand for themselves into the column; return the positions that are left."""
    found = cells[positions]
    if pd.api.types.infer_dtype(found, skipna=False) != "floating":
        return positions
    typed = found.astype(np.float64)
    numbers = rounded_numbers(typed)
    good = (np.abs(numbers) < MAX_INTEGER) & (numbers != 0)
    for limit, below in ((domain.minimum, True), (domain.maximum, False)):
        if isinstance(limit, int | float):
            good &= numbers >= limit if below else numbers <= limit
    if domain.kind in _WHOLE:
        good &= numbers == np.floor(numbers)
        column.items[positions[good]] = numbers[good].astype(np.int64).astype(object)
    else:
        column.items[positions[good]] = (found if numbers is typed else numbers.astype(object))[good]
    left: Positions = positions[~good]
    return left


class _Distinct:
    """The distinct contents of some cells, read."""

    def __init__(self, domain: Domain, around: Surroundings, cells: Items, parents: Items | None) -> None:
        self._codes, first = _grouped(cells, parents)
        self._values = np.empty(len(first), dtype=object)
        self._findings: dict[int, Parsed] = {}
        self._altered: list[int] = []
        if parents is None and are_plain(domain, cells[first].tolist()):
            self._values[:] = cells[first]
            return
        quick = quick_test(domain, around.locale)
        for number, position in enumerate(first.tolist()):
            raw = cells[position]
            if quick is not None and quick(raw):
                self._values[number] = raw
                continue
            inside = around
            if parents is not None:
                parent = parents[position]
                inside = replace(around, parent=parent if isinstance(parent, str) else None)
            self._note(number, raw, parse_value(domain, raw, inside))

    def _note(self, number: int, raw: Any, parsed: Parsed) -> None:
        value: Value = parsed.value
        self._values[number] = value
        if parsed.problem or parsed.note:
            self._findings[number] = parsed
        # What was kept although it was not understood stays as it was typed, to the last character.
        if (
            parsed.problem is None
            and value is not None
            and (isinstance(raw, Unreadable) or not same(raw, value))
        ):
            self._altered.append(number)

    def put(self, column: Column, positions: Positions) -> None:
        """Put the values into a column, at the positions of the cells."""
        column.items[positions] = self._values[self._codes]
        column.altered = positions[np.isin(self._codes, self._altered)] if self._altered else column.altered
        if self._findings:
            at = np.flatnonzero(np.isin(self._codes, list(self._findings)))
            codes = self._codes[at].tolist()
            column.findings = {
                position: self._findings[code]
                for position, code in zip(positions[at].tolist(), codes, strict=True)
            }


def _grouped(cells: Items, parents: Items | None) -> tuple[Positions, Positions]:
    """Return the number of each cell's content, and where each content is first."""
    if pd.api.types.infer_dtype(cells, skipna=False) in _OF_ONE_TYPE:
        codes = pd.factorize(cells)[0]  # NaN, which is equal to nothing, has the code -1
    else:
        known: dict[tuple[object, type], int] = {}
        numbers = [known.setdefault((cell, cell.__class__), len(known)) for cell in cells.tolist()]
        codes = np.array(numbers, dtype=np.intp)
    if parents is not None:
        above = pd.factorize(parents)[0]
        codes = (codes + 1) * (int(above.max()) + 2) + above + 1
    codes, distinct = pd.factorize(codes)
    first = np.empty(len(distinct), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return codes, first

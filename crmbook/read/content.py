"""What all cells of a workbook say, as one short digest: a file that was only saved again is known by it at once.

Every cell that holds something counts with a number that follows from its position and its value, and the digest holds
their sum; so the digest of a workbook in which some cells are written is had from the one that was read, without
reading the workbook again. An office program may store the same values in other bytes, in another order and in other
parts: the digest stays. Formats do not count, and neither does the text of a formula; whether a cell holds one does.

A day counts as the number that is stored. Where there is no certain digest it is empty, and like no other.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from crmbook.ooxml import written_number
from crmbook.read.grid import is_filled
from crmbook.read.hashing import Seed, of_values, total

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.ooxml import Package
    from crmbook.read.grid import Grid
    from crmbook.read.hashing import Items, Numbers
    from crmbook.read.hidden import Hidden
    from crmbook.read.values import Values

_SMALL: Final = 2_000
"""Columns of fewer cells are gathered …"""
_BATCH: Final = 50_000
"""… and counted when there are so many."""
_FIRST_YEAR: Final = 1900
_OWN: Final = "crmbook."
_CHANGING: Final = "crmbook.export"
_SECOND_STAMP: Final = "_crmbook.stamp"


class Written(NamedTuple):
    """A cell that is written: its position (1-based), its value, and whether it holds a formula then; None: as before."""

    sheet: str
    row: int
    column: int
    value: Any
    has_formula: bool | None


class Content:
    """The cells of one workbook, as read."""

    def __init__(self, package: Package, values: Values) -> None:
        self._package = package
        self._values = values
        self._titles = tuple(sheet.name for sheet in package.sheets if sheet.kind == "worksheet")

    @cached_property
    def digest(self) -> str:
        """The digest of the workbook as read."""
        return "" if self._total is None else _spelled(self._package, self._total)

    def after(self, written: Iterable[Written]) -> str:
        """Return the digest of the workbook once the cells are written; its package is as it will be saved."""
        if self._total is None:
            return ""
        last = {(cell.sheet, cell.row, cell.column): cell for cell in written}
        if not {sheet for sheet, _, _ in last} <= set(self._titles):
            return ""
        before, now = _Sum(), _Sum()
        try:
            for cell in last.values():
                self._exchange(cell, before, now)
            after = (self._total + now.total() - before.total()) % (1 << 64)
        except ValueError:
            return ""
        return _spelled(self._package, after)

    def _exchange(self, cell: Written, before: _Sum, now: _Sum) -> None:
        """Count a cell as it was, and as it will be.

        Raises
        ------
        ValueError
            If it holds a day before 1900 then: a sheet has no number for it.
        """
        if isinstance(cell.value, date) and cell.value.year < _FIRST_YEAR:
            raise ValueError(cell.value)
        grid, hidden, seed = self._values.grid(cell.sheet), self._values.hidden(cell.sheet), Seed(cell.sheet)
        row, column = np.array([cell.row]), cell.column - 1
        old = hidden.unreadable.get(column, {}).get(cell.row)
        before.add_value(
            seed.cell_numbers(row, column), grid.value(cell.row - 1, column) if old is None else old
        )
        now.add_value(seed.cell_numbers(row, column), _as_saved(cell.value))
        had = _holds(hidden, column, cell.row)
        if had:
            before.add(seed.formulas(row, column))
        if had if cell.has_formula is None else cell.has_formula:
            now.add(seed.formulas(row, column))

    @cached_property
    def _total(self) -> int | None:
        cells = _Sum()
        try:
            for title in self._titles:
                cells.add_sheet(Seed(title), self._values.grid(title), self._values.hidden(title))
            return cells.total()
        except ValueError:  # half a character: no program writes one
            return None


class _Sum:
    """A sum of cells, small columns gathered and counted together."""

    def __init__(self) -> None:
        self._sum = 0
        self._cell_numbers: list[Numbers] = []
        self._items: list[Items] = []
        self._gathered = 0

    def add(self, cells: int) -> None:
        """Count cells that were counted together."""
        self._sum += cells

    def add_sheet(self, seed: Seed, grid: Grid, hidden: Hidden) -> None:
        if grid.total is None:
            for column, items in grid.iter_columns():
                rows = np.flatnonzero(is_filled(items))
                self._add(seed.cell_numbers(rows + 1, column), items[rows])
        else:
            self.add(grid.total)
        for column, numbers in hidden.formulas.items():
            self.add(seed.formulas(numbers, column))
        for column, found in hidden.unreadable.items():
            for row, item in found.items():
                self.add_value(seed.cell_numbers(np.array([row]), column), item)

    def add_value(self, cell_number: Numbers, value: Any) -> None:
        if value is not None and value != "":
            item = np.empty(1, dtype=object)
            item[0] = value
            self._add(cell_number, item)

    def _add(self, cell_numbers: Numbers, items: Items) -> None:
        if len(items) > _SMALL:
            self._sum += total(cell_numbers, of_values(items))
            return
        self._cell_numbers.append(cell_numbers)
        self._items.append(items)
        self._gathered += len(items)
        if self._gathered > _BATCH:
            self._count()

    def _count(self) -> None:
        if self._items:
            self._sum += total(np.concatenate(self._cell_numbers), of_values(np.concatenate(self._items)))
        self._cell_numbers, self._items, self._gathered = [], [], 0

    def total(self) -> int:
        self._count()
        return self._sum % (1 << 64)


def _as_saved(value: Any) -> Any:
    """Return what is read of a value that is written: a number has 15 digits then."""
    return float(written_number(value)) if isinstance(value, float) and isfinite(value) else value


def _holds(hidden: Hidden, column: int, row: int) -> bool:
    """Return whether a cell holds a formula."""
    rows = hidden.formulas.get(column)
    if rows is None:
        return False
    at = int(np.searchsorted(rows, row))
    return at < len(rows) and int(rows[at]) == row


def _spelled(package: Package, cells: int) -> str:
    """Return the digest of a sum, and of how the cells hang together: sheets, tables, names."""
    parts = [
        [(sheet.name, sheet.kind) for sheet in package.sheets],
        sorted((table.display_name, table.sheet, str(table.area)) for table in package.tables),
        sorted(
            (item.name, str(item.sheet), item.formula)
            for item in package.defined_names
            if item.name.lower() != _SECOND_STAMP  # it says what the properties say
        ),
        sorted(
            (name, str(value))
            for name, value in package.properties.items()
            if name.startswith(_OWN) and name != _CHANGING
        ),
        package.date1904,
        cells,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

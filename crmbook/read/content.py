"""What all cells of a workbook say, as one short digest: a file that was only saved again is known by it at once.

Every cell that holds something counts with a number that follows from its place and its value, and the digest holds
their sum; so the digest of a workbook in which some cells are written is had from the one that was read, without
reading the workbook again. An office program may store the same values in other bytes, in another order and in other
parts: the digest stays. Formats do not count, and neither does the text of a formula; whether a cell holds one does.

A day counts as the number that is stored. Where the digest cannot be told it is empty, and like no other.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from crmbook.formula import to_serial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmbook.ooxml import Package
    from crmbook.read.grid import Grid
    from crmbook.read.hidden import Hidden
    from crmbook.read.values import Values

    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]

_SMALL: Final = 2_000
"""Columns of fewer cells are gathered …"""
_BATCH: Final = 50_000
"""… and counted when there are so many."""
_HELD: Final = np.uint64(1)
_COLUMNS: Final = np.uint64(1 << 22)
"""Numbers between two columns: a sheet has fewer rows."""
_FORMULAS: Final = np.uint64(1 << 60)
_OWN: Final = "crmbook."
_CHANGING: Final = "crmbook.export"


class Written(NamedTuple):
    """A cell that is written: its place (1-based), its value, and whether it holds a formula then; None: as before."""

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
        total = self._total
        return "" if total is None else _spelled(self._package, total)

    def after(self, written: Iterable[Written]) -> str:
        """Return the digest of the workbook once the cells are written; its package is as it will be saved."""
        total = self._total
        if total is None:
            return ""
        last = {(cell.sheet, cell.row, cell.column): cell for cell in written}
        if not {sheet for sheet, _, _ in last} <= set(self._titles):
            return ""
        before, now = _Sum(), _Sum()
        for cell in last.values():
            self._exchange(cell, before, now)
        try:
            total = (total + now.total() - before.total()) % (1 << 64)
        except ValueError:
            return ""
        return _spelled(self._package, total)

    def _exchange(self, cell: Written, before: _Sum, now: _Sum) -> None:
        """Count a cell as it was, and as it will be."""
        grid, hidden = self._values.grid(cell.sheet), self._values.hidden(cell.sheet)
        place = _seed(cell.sheet) + np.uint64(cell.column - 1) * _COLUMNS + np.uint64(cell.row)
        old = hidden.unreadable.get(cell.column - 1, {}).get(cell.row)
        before.add_value(place, grid.value(cell.row - 1, cell.column - 1) if old is None else old)
        now.add_value(place, cell.value)
        had = _holds(hidden, cell.column - 1, cell.row)
        before.add_formula(place, is_there=had)
        now.add_formula(place, is_there=had if cell.has_formula is None else cell.has_formula)

    @cached_property
    def _total(self) -> int | None:
        total = _Sum()
        try:
            for title in self._titles:
                total.add_sheet(_seed(title), self._values.grid(title), self._values.hidden(title))
            return total.total()
        except ValueError:  # half a character, a day before 1900: no program writes them
            return None


class _Sum:
    """A sum of cells, small columns gathered and counted together."""

    def __init__(self) -> None:
        self._sum = 0
        self._places: list[Numbers] = []
        self._items: list[Items] = []
        self._gathered = 0

    def add_sheet(self, seed: np.uint64, grid: Grid, hidden: Hidden) -> None:
        for column, items in grid.iter_columns():
            rows = np.flatnonzero(items != None)  # noqa: E711 - of each item
            start = seed + np.uint64(column) * _COLUMNS + np.uint64(1)
            self._add(start + rows.astype(np.uint64), items[rows])
        for column, numbers in hidden.formulas.items():
            start = seed + np.uint64(column) * _COLUMNS + _FORMULAS
            self._sum += _told(start + numbers.astype(np.uint64), _HELD)
        for column, found in hidden.unreadable.items():
            for row, item in found.items():
                self.add_value(seed + np.uint64(column) * _COLUMNS + np.uint64(row), item)

    def add_value(self, place: np.uint64, value: Any) -> None:
        if value is not None and value != "":
            self._add(np.array([place], dtype=np.uint64), _objects([value]))

    def add_formula(self, place: np.uint64, *, is_there: bool) -> None:
        if is_there:
            self._sum += _told(np.array([place + _FORMULAS], dtype=np.uint64), _HELD)

    def _add(self, places: Numbers, items: Items) -> None:
        if len(items) > _SMALL:
            self._sum += _told(places, _hashes(items))
            return
        self._places.append(places)
        self._items.append(items)
        self._gathered += len(items)
        if self._gathered > _BATCH:
            self._count()

    def _count(self) -> None:
        if self._items:
            self._sum += _told(np.concatenate(self._places), _hashes(np.concatenate(self._items)))
        self._places, self._items, self._gathered = [], [], 0

    def total(self) -> int:
        self._count()
        return self._sum % (1 << 64)


def _holds(hidden: Hidden, column: int, row: int) -> bool:
    """Say whether a cell holds a formula."""
    rows = hidden.formulas.get(column)
    if rows is None:
        return False
    at = int(np.searchsorted(rows, row))
    return at < len(rows) and int(rows[at]) == row


def _spelled(package: Package, total: int) -> str:
    """Return the digest of a sum, and of what tells how the cells hang together: sheets, tables, names."""
    parts = [
        [(sheet.name, sheet.kind) for sheet in package.sheets],
        sorted((table.display_name, table.sheet, str(table.area)) for table in package.tables),
        sorted((item.name, str(item.sheet), item.formula) for item in package.defined_names),
        sorted(
            (name, str(value))
            for name, value in package.properties.items()
            if name.startswith(_OWN) and name != _CHANGING
        ),
        package.date1904,
        total,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _seed(title: str) -> np.uint64:
    """Return where the numbers of a sheet's places begin."""
    return np.uint64(int.from_bytes(hashlib.sha256(title.encode("utf-8", "replace")).digest()[:7]))


def _mixed(numbers: Numbers) -> Numbers:
    """Spread numbers over all bits (splitmix64, by Sebastiano Vigna)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _told(places: Numbers, values: Numbers | np.uint64) -> int:
    """Return the sum of cells, given their places and what their values are told by."""
    return int(_mixed(_mixed(places) ^ values).sum(dtype=np.uint64))


def _hashes(items: Items) -> Numbers:
    """(n,) a number for each value."""
    kinds = list(map(type, items.tolist()))
    if len(set(kinds)) == 1:
        return _hashes_of(kinds[0], items)
    # Below its header a column is mostly of one kind.
    others = np.array([place for place, kind in enumerate(kinds) if kind is not kinds[-1]])
    hashes = np.empty(len(items), dtype=np.uint64)
    hashes[others] = _hashes(items[others])
    rest = np.delete(np.arange(len(items)), others)
    hashes[rest] = _hashes_of(kinds[-1], items[rest])
    return hashes


def _hashes_of(kind: type, items: Items) -> Numbers:
    if kind is not bool and issubclass(kind, int | float | np.number):
        numbers = items.astype(np.float64) + 0.0  # one zero
        return numbers.view(np.uint64)
    if issubclass(kind, date):
        codes, days = pd.factorize(items)
        return np.array(list(_serials(days)), dtype=np.float64).view(np.uint64)[codes]
    if kind is not str:
        return ~_hashes_of(str, _objects([f"{kind.__name__} {item!r}" for item in items.tolist()]))
    found: Numbers = pd.util.hash_array(items, encoding="utf-8")
    return found


def _serials(days: Iterable[date | datetime]) -> Iterator[float]:
    return (float(to_serial(day)) for day in days)


def _objects(items: Sequence[Any]) -> Items:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array

"""Room for new rows: bare rows inside a table first, then the rows directly below it.

A row inside a table is *bare* when nothing of a person's is in it or beside it: nothing typed, no comment, no link, no
colour of its own, no note next to the table. The formulas that an empty table's one row holds do not count. Below
the table a row is free as long as the table's own columns are; the first one that is not ends the room, because a
table has no holes and nothing is moved out of its way. One row stays blank before it: what follows a table without a
gap belongs to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmbook.base import Unreadable
from crmbook.ooxml import MAX_ROW, Area, CellError, Document, parse_area, parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml import Cell, Package, Sheet
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Table

_NOTES = frozenset({"comment", "threadedComment"})
_SAMPLE = 40
"""Rows that show how a column usually looks."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A row for a new one, with what the formulas that are there show, by field."""

    row: int
    formulas: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Room:
    """Finds room in one table.

    Attributes
    ----------
    table
        The schema's table.
    package, snapshot
        The workbook as it stands.
    removed
        Rows of the table that are going to be emptied.
    """

    table: Table
    package: Package
    snapshot: Snapshot
    removed: frozenset[int]

    @cached_property
    def found(self) -> TableSnapshot:
        """The table as read."""
        return self.snapshot.tables[self.table.name]

    @cached_property
    def _sheet(self) -> Sheet:
        return self.package.sheet(self.found.sheet)

    @cached_property
    def _last(self) -> int:
        rows: list[int] = self.found.frame.index[-1:].tolist()
        return max([self.found.header_row, self.found.last_row, *rows])

    def spots(self, count: int) -> list[Spot]:
        """Return up to `count` rows, from the top down; fewer where something is in the way."""
        rows = self.found.frame.index.to_numpy(dtype="int64")
        taken = rows[~np.isin(rows, list(self.removed))]
        others = (*self.found.total_rows, *self.found.heading_rows)
        closed = np.concatenate([taken, np.array(others, dtype="int64")])
        inside = np.setdiff1d(np.arange(self.found.header_row + 1, self._last + 1), closed).tolist()
        below = range(self._last + 1, min(self._last + count + 1, MAX_ROW) + 1)
        sample = taken[:_SAMPLE].tolist() if inside else []
        cells: defaultdict[int, list[Cell]] = defaultdict(list)
        for cell in self._sheet.cells({*inside, *below, *sample}):
            cells[cell.row].append(cell)
        usual = self._usual_styles([cells[row] for row in sample])
        spots = [spot for row in inside if (spot := self._bare(row, cells[row], usual))]
        spots += self._below(below, cells)
        return spots[:count]

    def _bare(self, row: int, cells: Sequence[Cell], usual: Mapping[int, set[int]]) -> Spot | None:
        """Return a row inside the table as a place for a new one, None if it is not bare."""
        if row in self._noted or self._sheet.first_merged(Area(row, self._left, row, self._right)):
            return None
        if any(cell.column in usual and cell.style not in usual[cell.column] for cell in cells):
            return None
        own = [cell for cell in cells if cell.column not in self._others]
        filled = [cell for cell in own if _is_filled(cell)]
        if row in self.removed:
            return None if any(cell.column not in self._columns for cell in filled) else Spot(row)
        return self._spot(row, filled)

    def _below(self, rows: range, cells: Mapping[int, Sequence[Cell]]) -> Iterator[Spot]:
        """Yield the free rows directly below the table, without the one above what is in the way."""
        if self._has_totals:
            return
        free: Spot | None = None
        for row in rows:
            area = Area(row, self._left, row, self._right)
            inside = [cell for cell in cells.get(row, ()) if self._left <= cell.column <= self._right]
            spot = self._spot(row, [cell for cell in inside if _is_filled(cell)])
            if spot is None or self._sheet.first_merged(area) or self._meets_another(area):
                return
            if free is not None:
                yield free
            free = spot
        if free is not None and free.row == MAX_ROW:
            yield free

    def _spot(self, row: int, filled: Sequence[Cell]) -> Spot | None:
        """Return a row whose filled cells are all formulas of ours or leftovers of the service columns."""
        formulas = {}
        for cell in filled:
            name = self._fields.get(cell.column)
            if name and self.table.fields[name].formula and cell.formula is not None:
                formulas[name] = _raw(cell)
            elif cell.column not in self._service:
                return None
        return Spot(row, formulas)

    @cached_property
    def _fields(self) -> dict[int, str]:
        """The fields by column, counted from 1."""
        return {column.index + 1: name for name, column in self.found.columns.items()}

    @cached_property
    def _service(self) -> frozenset[int]:
        return frozenset(column.index + 1 for column in (self.found.issues, self.found.row_id) if column)

    @cached_property
    def _columns(self) -> frozenset[int]:
        return columns_of(self.found)

    @cached_property
    def _left(self) -> int:
        return min(self._columns)

    @cached_property
    def _right(self) -> int:
        return max(self._columns)

    @cached_property
    def _others(self) -> frozenset[int]:
        """Columns of the book's other tables on the same sheet: what is there is no side note."""
        others = [
            table
            for name, table in self.snapshot.tables.items()
            if name != self.table.name and table.sheet == self.found.sheet
        ]
        return frozenset().union(*map(columns_of, others)) - self._columns

    @cached_property
    def _has_totals(self) -> bool:
        return any(
            table.totals_rows for table in self.package.tables if table.display_name == self.found.table_name
        )

    def _meets_another(self, area: Area) -> bool:
        return any(
            table.sheet == self.found.sheet
            and table.display_name != self.found.table_name
            and table.area.meets(area)
            for table in self.package.tables
        )

    def _usual_styles(self, rows: Sequence[Sequence[Cell]]) -> dict[int, set[int]]:
        """Return how the cells of each column may look without having been coloured; nothing for an empty table."""
        seen: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for cells in rows:
            for cell in cells:
                seen[cell.column][cell.style] += 1
        return {
            column: {counted.most_common(1)[0][0], self._sheet.column_style(column) or 0}
            for column, counted in seen.items()
            if column in self._columns
        }

    @cached_property
    def _noted(self) -> frozenset[int]:
        """Rows of the sheet in which somebody left a comment or a link."""
        links = [
            parse_area(item.get("ref") or "")
            for item in self._sheet.frame.root.walk()
            if item.local == "hyperlink" and item.get("ref")
        ]
        linked = [row for area in links if area.bottom - area.top < MAX_ROW // 2
                  for row in range(area.top, area.bottom + 1)]  # fmt: skip
        parts = [
            link.target
            for link in self.package.relationships(self._sheet.info.part).items
            if not link.external and link.kind in {"comments", "threadedComment"}
        ]
        noted = [
            parse_cell(item.get("ref") or "")[0]
            for part in parts
            for item in Document(self.package.parts.read(part), part).root.walk()
            if item.local in _NOTES and item.get("ref")
        ]
        return frozenset([*linked, *noted])


def columns_of(found: TableSnapshot) -> frozenset[int]:
    """Return the columns of a table that crmbook knows, people's own among them, counted from 1."""
    service = [column for column in (found.issues, found.row_id) if column]
    known = [*found.columns.values(), *found.custom.values(), *service]
    return frozenset(column.index + 1 for column in known)


def _is_filled(cell: Cell) -> bool:
    return cell.formula is not None or cell.value not in {None, ""}


def _raw(cell: Cell) -> object:
    """Return what a formula shows, as a snapshot holds it."""
    if isinstance(cell.value, CellError):
        return Unreadable("value.error-cell", str(cell.value))
    return None if cell.value == "" else cell.value

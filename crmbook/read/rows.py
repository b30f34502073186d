"""The rows of one table.

Rows belong to a table down to the end of its ListObject, and further as long as they follow without a gap
(LibreOffice does not extend a table when somebody types below it). A row counts when somebody typed something
into it: formulas that show a value in an otherwise empty row do not make it one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.read.snapshot import TableSnapshot
from crmbook.values.text import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.read.grid import Grid
    from crmbook.read.hidden import Hidden
    from crmbook.read.locate import Columns, Place
    from crmbook.read.snapshot import FoundColumn
    from crmbook.schema import Table

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


class TableCells:
    """The cells below the header of one table, column by column, `Unreadable` ones put in."""

    def __init__(self, grid: Grid, hidden: Hidden, place: Place) -> None:
        self._grid = grid
        self._hidden = hidden
        self.first_row = place.header_row + 1
        # A row of totals ends the table; what stands below it is not part of it.
        self.last_row = place.last_row if place.totals else max(grid.height, place.last_row)
        self.height = max(self.last_row - place.header_row, 0)
        self._known: dict[int, list[object]] = {}

    def column(self, column: FoundColumn) -> list[object]:
        """Return the cells of a column from the first row below the header."""
        if column.index not in self._known:
            values = self._grid.column(column.index, self.first_row - 1, self.last_row)
            for row, cell in self._hidden.unreadable.get(column.index, {}).items():
                if self.first_row <= row <= self.last_row:
                    values[row - self.first_row] = cell
            self._known[column.index] = values
        return self._known[column.index]

    def typed(self, column: FoundColumn, *, derived: bool = False) -> Mask:
        """Return which cells somebody filled; in a derived column those with a formula do not count."""
        filled = np.fromiter((value is not None for value in self.column(column)), bool, self.height)
        if derived:
            filled[[row - self.first_row for row in self.formula_rows(column)]] = False
        return filled

    def formula_rows(self, column: FoundColumn) -> list[int]:
        """Return the rows of the table in which a column holds formulas."""
        rows = self._hidden.formulas.get(column.index, ())
        return [row for row in rows if self.first_row <= row <= self.last_row]


def read_rows(table: Table, place: Place, columns: Columns, cells: TableCells) -> TableSnapshot:
    """Return a table with the rows that somebody filled in."""
    filled = _filled(table, columns, cells)
    rows, stray = _split(np.flatnonzero(filled), place)
    numbers = rows + cells.first_row
    index = pd.Index(numbers, dtype="int64")
    fields = {name: columns.fields[name] for name in table.fields if name in columns.fields}
    wanted = frozenset(numbers.tolist())
    ids = cells.column(columns.row_id) if columns.row_id else [None] * cells.height
    marks = cells.column(columns.issues) if columns.issues else []
    return TableSnapshot(
        name=table.name,
        sheet=place.sheet,
        header_row=place.header_row,
        columns=fields,
        custom=columns.custom,
        issues=columns.issues,
        row_id=columns.row_id,
        frame=_frame(fields, cells, rows, index),
        own=_frame(columns.custom, cells, rows, index),
        row_ids=_objects([tidy(spell(ids[row])) or None for row in rows.tolist()], index),
        marks={row: str(mark) for row, mark in enumerate(marks, cells.first_row) if mark not in {None, ""}},
        formulas={name: wanted.intersection(cells.formula_rows(column)) for name, column in fields.items()},
        duplicates=tuple(columns.duplicates),
        table_name=place.table_name,
        last_row=place.last_row or max(wanted, default=place.header_row),
        stray_rows=tuple(stray),
    )


def _filled(table: Table, columns: Columns, cells: TableCells) -> Mask:
    """Return which rows hold anything that somebody typed."""
    filled = np.zeros(cells.height, dtype=bool)
    for name, column in columns.fields.items():
        if table.fields[name].typed:
            filled |= cells.typed(column, derived=table.fields[name].formula is not None)
    for column in columns.custom.values():
        filled |= cells.typed(column)
    return filled


def _split(rows: Positions, place: Place) -> tuple[Positions, list[int]]:
    """Return the positions of the table's rows, and the row numbers of those behind a gap below it."""
    if not place.last_row:
        return rows, []
    inside = place.last_row - place.header_row
    below = rows[rows >= inside]
    following = below[below - inside == np.arange(len(below))]
    stray: list[int] = (below[len(following) :] + place.header_row + 1).tolist()
    return np.concatenate([rows[rows < inside], following]), stray


def _frame(
    columns: Mapping[str, FoundColumn], cells: TableCells, rows: Positions, index: pd.Index
) -> pd.DataFrame:
    picked = rows.tolist()
    data = {}
    for name, column in columns.items():
        values = cells.column(column)
        data[name] = _objects([values[row] for row in picked], index)
    return pd.DataFrame(data, index=index)


def _objects(values: list[object], index: pd.Index) -> pd.Series:
    array = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        array[place] = value
    return pd.Series(array, index=index, dtype=object)

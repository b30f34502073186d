"""The cells below the header of one table, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmbook.base import Unreadable
from crmbook.ooxml import Area
from crmbook.read.grid import is_filled
from crmbook.read.hidden import unreadable

if TYPE_CHECKING:
    from crmbook.ooxml import Sheet
    from crmbook.read.grid import Grid
    from crmbook.read.hidden import Hidden
    from crmbook.read.locate import TableArea
    from crmbook.read.snapshot import FoundColumn


Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
Items = np.ndarray[tuple[int], np.dtype[Any]]


class TableCells:
    """The cells below the header of one table, column by column, `Unreadable` ones put in."""

    def __init__(self, grid: Grid, hidden: Hidden, area: TableArea, sheet: Sheet) -> None:
        self._grid = grid
        self._hidden = hidden
        self.sheet = sheet
        self.first_row = area.header_row + 1
        self.last_row = area.last_row if area.is_closed else max(grid.height, area.last_row)
        self.height = max(self.last_row - area.header_row, 0)
        self._known: dict[int, Items] = {}
        self._covered = self._find_covered(area)

    def _find_covered(self, table_area: TableArea) -> dict[int, dict[int, Unreadable]]:
        """Return by column the rows whose cell a merged range hides: nobody can see or type what would be there."""
        covered: dict[int, dict[int, Unreadable]] = {}
        whole = Area(
            self.first_row,
            table_area.left + 1,
            max(self.last_row, self.first_row),
            max(table_area.right, table_area.left + 1),
        )
        for area in self.sheet.merged(whole):
            hidden = Unreadable("value.merged-cell", str(area))
            for column in range(max(area.left, whole.left), min(area.right, whole.right) + 1):
                for row in range(max(area.top, whole.top), min(area.bottom, whole.bottom) + 1):
                    if (row, column) != (area.top, area.left):
                        covered.setdefault(column - 1, {})[row] = hidden
        return covered

    def hides(self, column: FoundColumn) -> bool:
        """Return whether merged ranges hide cells of a column."""
        return column.index in self._covered

    @property
    def merged_rows(self) -> frozenset[int]:
        """The rows in which cells are hidden by merged ranges."""
        return frozenset(row for rows in self._covered.values() for row in rows)

    def column(self, column: FoundColumn) -> Items:
        """Return the cells of a column from the first row below the header."""
        if column.index not in self._known:
            values = self._grid.column(column.index, self.first_row - 1, self.first_row - 1 + self.height)
            unreadable = {
                **self._hidden.unreadable.get(column.index, {}),
                **self._covered.get(column.index, {}),
            }
            for row, cell in unreadable.items():
                if self.first_row <= row <= self.last_row:
                    values[row - self.first_row] = cell
            self._known[column.index] = values
        return self._known[column.index]

    def look_for_results(self, column: FoundColumn, rows: Positions) -> None:
        """Put in what is in blank cells of a column whose formula nobody calculated; `rows` as positions.

        Some programs write such a formula with an empty value, others with none; a result that is an empty text differs
        from both in its type.
        """
        values = self.column(column)
        formulas = self.formula_rows(column) - self.first_row
        blank = formulas[np.isin(formulas, rows)]
        blank = blank[~is_filled(values[blank])] + self.first_row
        if not len(blank):
            return
        for cell in self.sheet.cells(rows=set(blank.tolist()), columns={column.index + 1}):
            found = unreadable(cell)
            if found is not None:
                values[cell.row - self.first_row] = found

    def typed(self, column: FoundColumn, *, derived: bool = False) -> Mask:
        """Return which cells somebody filled; in a derived column those with a formula do not count."""
        filled = is_filled(self.column(column))
        filled[[row - self.first_row for row in self._covered.get(column.index, ())]] = False
        if derived:
            filled[self.formula_rows(column) - self.first_row] = False
        return filled

    def space_rows(self, column: FoundColumn) -> frozenset[int]:
        """Return the rows in which a column holds spaces alone."""
        rows = frozenset(row + 1 for row in self._grid.spaces.get(column.index, ()))
        return rows.difference(self.formula_rows(column).tolist()) if rows else rows

    def formula_rows(self, column: FoundColumn) -> Positions:
        """Return the rows of the table in which a column holds formulas."""
        rows = self._hidden.formulas.get(column.index)
        if rows is None:
            return np.empty(0, dtype=np.intp)
        return rows[
            np.searchsorted(rows, self.first_row) : np.searchsorted(rows, self.last_row, side="right")
        ]

"""Rows that only repeat a table's headers: they came along with pasted rows, and are neither records nor deletions.

Such a row has no row id of its own, and every cell that somebody filled in it, two at the least, says what the header
of its column says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.read.grid import is_filled
from crmbook.schema import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.read.locate import Columns
    from crmbook.read.snapshot import FoundColumn
    from crmbook.read.tablecells import Positions, TableCells


def repeated_headers(columns: Columns, cells: TableCells, rows: Positions) -> list[int]:
    """Return which of a table's filled rows repeat its headers; `rows` count from the first row below the header."""
    every = [*columns.fields.values(), *columns.custom.values()]
    every += [column for column in (columns.issues, columns.row_id) if column is not None]
    left = np.asarray(rows)
    for column in (columns.row_id, *every[:1]):  # few rows of a synced table have no id
        if column is not None and len(left):
            values = cells.column(column)[left]
            left = left[~is_filled(values) | np.array([_says(value, column) for value in values], dtype=bool)]
    return [row for row in left.tolist() if _repeats(row, every, cells)]


def _repeats(row: int, columns: list[FoundColumn], cells: TableCells) -> bool:
    filled = list(_filled(row, columns, cells))
    return len(filled) > 1 and all(_says(cells.column(column)[row], column) for column in filled)


def _filled(row: int, columns: list[FoundColumn], cells: TableCells) -> Iterator[FoundColumn]:
    """Yield the columns that somebody filled in a row; what a formula gives there nobody typed."""
    for column in columns:
        is_computed = row + cells.first_row in cells.formula_rows(column)
        if not is_computed and is_filled(cells.column(column)[row : row + 1])[0]:
            yield column


def _says(value: object, column: FoundColumn) -> bool:
    return isinstance(value, str) and folded(value) == folded(column.header)

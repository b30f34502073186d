"""Rows of totals that people write into or below a table: neither records nor deletions.

Such a row has no row id and no key, and either a cell that aggregates its own column above it, or no other text than
合计, 小计, 总计, Total or Subtotal. The row of totals that a ListObject keeps by itself is known without looking.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.read.grid import is_filled
from crmbook.schema.layout import folded
from crmbook.values.text import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.ooxml import Cell
    from crmbook.read.locate import Columns
    from crmbook.read.rows import Positions, TableCells
    from crmbook.read.snapshot import FoundColumn
    from crmbook.schema import Table

_WORDS: Final = frozenset({"合计", "小计", "总计", "total", "totals", "subtotal", "grandtotal"})
_AGGREGATE: Final = re.compile(
    r"\b(?:SUM|SUMIFS?|SUBTOTAL|AGGREGATE|PRODUCT|COUNT|COUNTA|COUNTIFS?|AVERAGE|AVERAGEA|AVERAGEIFS?|MEDIAN|MAX|MIN)\(",
    re.IGNORECASE,
)
_CELL: Final = re.compile(r"(?<![A-Za-z0-9_!'.])\$?([A-Za-z]{1,3})\$?([0-9]{1,7})\b")


def total_rows(table: Table, columns: Columns, cells: TableCells, rows: Positions) -> list[int]:
    """Return which of a table's filled rows are rows of totals; `rows` count from the first row below the header."""
    typed = [
        column
        for name, column in (*columns.fields.items(), *columns.custom.items())
        if name not in table.fields or table.fields[name].typed
    ]
    nameless = _nameless(table, columns, cells, rows)
    formulas = _formulas(cells, typed, {row + cells.first_row for row in nameless})
    headers = {column.index + 1: column.header for column in typed}
    return [
        row
        for row in nameless
        if _says_total([cells.column(column)[row] for column in typed])
        or any(_sums_up(cell, headers[cell.column]) for cell in formulas.get(row + cells.first_row, ()))
    ]


def _nameless(table: Table, columns: Columns, cells: TableCells, rows: Positions) -> list[int]:
    """Return the rows with neither a row id nor a key; a word for totals in the key's place is none."""
    if columns.row_id is not None:
        rows = rows[~is_filled(cells.column(columns.row_id)[rows])]
    key = columns.fields.get(table.key) if table.key_field.typed else None
    if key is None:
        return rows.tolist()
    keys = cells.column(key)[rows].tolist()
    return [
        row for row, found in zip(rows.tolist(), keys, strict=True) if found is None or _word(found) in _WORDS
    ]


def _formulas(cells: TableCells, typed: Sequence[FoundColumn], numbers: set[int]) -> dict[int, list[Cell]]:
    """Return the typed cells that hold formulas in some rows, by row."""
    formulas: dict[int, list[Cell]] = {}
    if numbers and any(not numbers.isdisjoint(cells.formula_rows(column).tolist()) for column in typed):
        for cell in cells.sheet.cells(rows=numbers, columns={column.index + 1 for column in typed}):
            if cell.formula is not None:
                formulas.setdefault(cell.row, []).append(cell)
    return formulas


def _says_total(values: Sequence[object]) -> bool:
    """Return whether a row's texts are words for totals and nothing else."""
    texts = {_word(value) for value in values if isinstance(value, str)}
    return bool(texts) and texts <= _WORDS


def _word(value: object) -> str:
    return folded(tidy(spell(value)).rstrip(":："))


def _sums_up(cell: Cell, header: str) -> bool:
    """Return whether a cell aggregates cells of its own column above it, or the column by its name."""
    formula = cell.formula or ""
    if not _AGGREGATE.search(formula):
        return False
    letters = cell.ref.rstrip("0123456789")
    above = any(found[1].upper() == letters and int(found[2]) < cell.row for found in _CELL.finditer(formula))
    return above or f"[{header}]" in formula

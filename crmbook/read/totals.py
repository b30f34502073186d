"""Rows of totals that people write into, above or below the records of a table: neither records nor deletions.

Such a row has no row id and no key, and either a cell that aggregates its own column in other rows, or no other text
than 合计, 小计, 总计, Total or Subtotal. The row of totals that a ListObject keeps by itself is known without looking.

What a formula refers to on another sheet, or in another table, is not its own column; a number that counts on
(``=MAX(A$2:A9)+1``) is how people number records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.ooxml import EditError, parse_cell
from crmbook.read.grid import is_filled
from crmbook.schema import folded
from crmbook.values import ValueKind, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml import Cell
    from crmbook.read.locate import Columns, TableArea
    from crmbook.read.snapshot import FoundColumn
    from crmbook.read.tablecells import Positions, TableCells
    from crmbook.schema import Table

_WORDS: Final = frozenset({"合计", "小计", "总计", "total", "totals", "subtotal", "subtotals", "grandtotal"})
_AGGREGATE: Final = re.compile(
    r"\b(?:SUM|SUMIFS?|SUBTOTAL|AGGREGATE|PRODUCT|COUNT|COUNTA|COUNTIFS?|AVERAGE|AVERAGEA|AVERAGEIFS?|MEDIAN|MAX|MIN)\(",
    re.IGNORECASE,
)
_NUMBERING: Final = re.compile(r"\s*(?:MAX|COUNTA?)\([^()]*\)\s*\+\s*\d+\s*", re.IGNORECASE)
_COUNT: Final = re.compile(r"\s*(?:SUM|COUNT|COUNTA|SUBTOTAL)\([^()]*\)\s*", re.IGNORECASE)
_TEXT: Final = re.compile(r'"[^"]*"')
_AREA: Final = re.compile(
    r"(?:(?P<sheet>(?<!')'(?:[^']|'')+'|(?<![^\s!'(),;:+\-*/^&=<>{}])[^\s!'(),;:+\-*/^&=<>{}]+)!)?"
    r"(?<![A-Za-z0-9_.'\[])(?P<first>\$?[A-Za-z]{1,3}\$?[0-9]{1,7})(?::(?P<last>\$?[A-Za-z]{1,3}\$?[0-9]{1,7}))?"
    r"(?![A-Za-z0-9_(])"
)
_NUMBERS: Final = frozenset({ValueKind.INTEGER, ValueKind.NUMBER, ValueKind.MONEY, ValueKind.PERCENT})


def total_rows(
    table: Table, columns: Columns, cells: TableCells, rows: Positions, area: TableArea
) -> list[int]:
    """Return which of a table's filled rows are rows of totals; `rows` count from the first row below the header."""
    look = _Look(table, columns, cells, area)
    nameless = look.nameless(rows)
    formulas = look.formulas({row + cells.first_row for row in nameless})
    return [row for row in nameless if look.is_total(row, formulas.get(row + cells.first_row, ()))]


@dataclass(frozen=True, slots=True)
class _Look:
    """The rows of a table, looked at for totals."""

    table: Table
    columns: Columns
    cells: TableCells
    area: TableArea

    @property
    def _typed(self) -> dict[str, FoundColumn]:
        """The columns that people fill, their own ones too."""
        fields = self.table.fields
        named = {name: column for name, column in self.columns.fields.items() if fields[name].typed}
        return {**named, **{f"own:{name}": column for name, column in self.columns.custom.items()}}

    @property
    def _key(self) -> FoundColumn | None:
        return self.columns.fields.get(self.table.key) if self.table.key_field.typed else None

    def nameless(self, rows: Positions) -> list[int]:
        """Return the rows with neither a row id nor a key; a word for totals in the key's cell is none, nor a count."""
        if self.columns.row_id is not None:
            rows = rows[~is_filled(self.cells.column(self.columns.row_id)[rows])]
        if self._key is None:
            return rows.tolist()
        computed = set(self.cells.formula_rows(self._key).tolist())
        keys = self.cells.column(self._key)[rows].tolist()
        return [
            row
            for row, found in zip(rows.tolist(), keys, strict=True)
            if found is None or _word(found) in _WORDS or row + self.cells.first_row in computed
        ]

    def formulas(self, numbers: set[int]) -> Mapping[int, Sequence[Cell]]:
        """Return the typed cells that hold formulas in some rows, by row."""
        found: dict[int, list[Cell]] = {}
        typed = self._typed.values()
        if numbers and any(
            not numbers.isdisjoint(self.cells.formula_rows(column).tolist()) for column in typed
        ):
            indices = {column.index + 1 for column in typed}
            for cell in self.cells.sheet.cells(rows=numbers, columns=indices):
                if cell.formula is not None:
                    found.setdefault(cell.row, []).append(cell)
        return found

    def is_total(self, row: int, formulas: Sequence[Cell]) -> bool:
        """Return whether a nameless row is one of totals."""
        texts = set(self._texts(row))
        says_total = bool(texts) and texts <= _WORDS
        key = next((cell for cell in formulas if self._key and cell.column == self._key.index + 1), None)
        if key is not None and not (_COUNT.fullmatch(key.formula or "") and texts <= _WORDS):
            return False  # a key that is computed is one
        return says_total or any(self._sums_up(cell) for cell in formulas)

    def _texts(self, row: int) -> Iterator[str]:
        """Yield a row's texts as words; an amount that is typed with its unit is a number."""
        for name, column in self._typed.items():
            value = self.cells.column(column)[row]
            inner = self.table.fields.get(name)
            is_number = inner is not None and inner.type in _NUMBERS
            if isinstance(value, str) and not (is_number and any(char.isdigit() for char in value)):
                yield _word(value)

    def _sums_up(self, cell: Cell) -> bool:
        """Return whether a cell aggregates cells of its own column in other rows, or the column by its name."""
        formula = _TEXT.sub('""', cell.formula or "")
        if not _AGGREGATE.search(formula) or _NUMBERING.fullmatch(formula):
            return False
        if any(self._is_own(cell, found) for found in _AREA.finditer(formula)):
            return True
        header = next(column.header for column in self._typed.values() if column.index + 1 == cell.column)
        table = re.escape(self.area.table_name) if self.area.table_name else r"\w+"
        named = rf"(?<![\w.]){table}\[(?:\[#(?!This Row)[^\[\]]*\]\s*[,;]\s*)*\[?{re.escape(header)}\]"
        return bool(re.search(named, formula, re.IGNORECASE))

    def _is_own(self, cell: Cell, found: re.Match[str]) -> bool:
        """Return whether an area lies in a cell's own column above it, or is a range of it below."""
        sheet = (found["sheet"] or self.area.sheet).strip("'").replace("''", "'")
        if sheet != self.area.sheet:
            return False
        try:
            corners = [parse_cell(text) for text in (found["first"], found["last"] or found["first"])]
        except EditError:  # a name that looks like a cell
            return False
        (top, bottom), (left, right) = (sorted(pair) for pair in zip(*corners, strict=True))
        is_elsewhere = bottom < cell.row or (top > cell.row and bottom > top)
        return bool(is_elsewhere and left <= cell.column <= right)


def _word(value: object) -> str:
    return folded(tidy(spell(value)).rstrip(":：")).replace("-", "")

"""The cells of one sheet, read once as they stream by: places, types, values, formulas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.formula_text import check_formula
from tests.ooxml_lint.markup import shorten, text_of, whole
from tests.ooxml_lint.reference import (
    MAX_COLUMN,
    MAX_ROW,
    Range,
    cell_name,
    iter_overlaps,
    parse_cell,
    parse_range,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_TEXT = 32_767
MAX_HEIGHT = 409.5
MAX_ARRAY_CELLS = 1 << 20
ERRORS = frozenset(
    {
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#BUSY!",
        "#EXTERNAL!",
        "#PYTHON!",
    }
)

_NUMBER = re.compile(r"\s*+[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[Ee][+-]?\d{1,3})?\s*\Z")
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?\Z|\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?\Z"
)
_FITS: dict[str, Callable[[str], bool]] = {
    "n": lambda text: not text or _NUMBER.match(text) is not None,
    "b": lambda text: text.strip() in {"0", "1", "true", "false"},
    "e": lambda text: text.strip() in ERRORS,
    "d": lambda text: not text or _DATE.match(text.strip()) is not None,
    "str": lambda _: True,
    "inlineStr": lambda text: not text.strip(),
    "s": lambda text: whole(text) is not None,
}


class Grid:
    """What the checks remember while the rows of a sheet stream by.

    Parameters
    ----------
    book
        The workbook, for its strings, styles and names.
    part
        The sheet's part.
    wanted
        Cells whose text is to be kept (the headers of tables).
    """

    def __init__(self, book: Book, part: str, wanted: set[tuple[int, int]]) -> None:
        self._book = book
        self._part = part
        self._wanted = wanted
        self._row = 0
        self._masters: dict[str, Range] = {}
        self._arrays: list[tuple[Range, str]] = []
        self.texts: dict[tuple[int, int], str] = {}
        self.formula_cells: set[tuple[int, int]] = set()

    def check_row(self, row: Element) -> Iterator[Defect]:
        """Check one row element with all its cells; names of elements are shortened here."""
        for element in row.iter():
            shorten(element)
        yield from self._check_place(row)
        last = 0
        for cell in row:
            if cell.tag != "c":
                if cell.tag != "extLst":
                    yield Defect("lint.element-unknown", self._part, str(cell.tag))
                continue
            column = last + 1
            if (reference := cell.get("r")) is not None:
                place = parse_cell(reference)
                if place is None:
                    yield Defect("lint.cell-reference", self._part, reference)
                    continue
                if place[0] != self._row:
                    yield Defect("lint.cell-row", self._part, reference, {"row": self._row})
                column = place[1]
            if column <= last:
                yield Defect("lint.cell-order", self._part, cell_name(self._row, column))
            last = column
            if column > MAX_COLUMN:
                yield Defect("lint.cell-reference", self._part, cell_name(self._row, column))
            yield from self._check_cell(cell, self._row, column)

    def check_arrays(self) -> Iterator[Defect]:
        """Check that no two array formulas share a cell; call when the last row has gone by."""
        for label, other in iter_overlaps(self._arrays):
            yield Defect("lint.array-range", self._part, label, {"other": other})

    def _check_place(self, row: Element) -> Iterator[Defect]:
        number = whole(row.get("r")) if row.get("r") is not None else self._row + 1
        if number is None or not 1 <= number <= MAX_ROW:
            yield Defect("lint.row-range", self._part, row.get("r", ""))
            return
        if number <= self._row:
            yield Defect("lint.row-order", self._part, str(number))
        self._row = number
        if row.get("s") is not None and not 0 <= (whole(row.get("s")) or 0) < self._book.styles.cell_formats:
            yield Defect("lint.row-style", self._part, str(number), {"style": row.get("s", "")})
        height = row.get("ht")
        if height is not None and not (_NUMBER.match(height) and 0 <= float(height) <= MAX_HEIGHT):
            yield Defect("lint.row-height", self._part, str(number), {"height": height})

    def _check_cell(self, cell: Element, row: int, column: int) -> Iterator[Defect]:
        kind = cell.get("t", "n")
        value = cell.find("v")
        text = (value.text or "") if value is not None else ""
        style = whole(cell.get("s", "0"))
        if style is None or not 0 <= style < self._book.styles.cell_formats:
            yield Defect("lint.cell-style", self._part, cell_name(row, column), {"style": cell.get("s", "")})
        if kind not in _FITS:
            yield Defect("lint.cell-type", self._part, cell_name(row, column), {"type": kind})
        elif value is not None and not _FITS[kind](text):
            yield Defect(
                "lint.cell-value", self._part, cell_name(row, column), {"type": kind, "text": text[:40]}
            )
        elif kind == "s" and value is not None and not 0 <= int(text) < len(self._book.strings):
            yield Defect("lint.string-index", self._part, cell_name(row, column), {"index": text})
        elif kind in {"str", "inlineStr"}:
            yield from self._check_length(cell, text, cell_name(row, column))
        if (formula := cell.find("f")) is not None:
            self.formula_cells.add((row, column))
            yield from self._check_formula(formula, row, column)
        if (row, column) in self._wanted:
            self.texts[row, column] = self._text(cell, kind, text)

    def _check_length(self, cell: Element, text: str, place: str) -> Iterator[Defect]:
        shown = text_of(cell.find("is")) if cell.get("t") == "inlineStr" else text
        if len(shown.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
            yield Defect("lint.text-long", self._part, place, {"length": len(shown), "limit": MAX_TEXT})

    def _check_formula(self, formula: Element, row: int, column: int) -> Iterator[Defect]:
        place, text = cell_name(row, column), formula.text or ""
        kind = formula.get("t", "normal")
        if kind == "shared":
            yield from self._check_shared(formula, row, column, place)
        elif kind == "array":
            yield from self._check_array(formula, row, column, place)
        if text or kind in {"normal", "array"}:
            yield from check_formula(text, self._part, place, self._book.names)

    def _check_shared(self, formula: Element, row: int, column: int, place: str) -> Iterator[Defect]:
        group = formula.get("si", "")
        if formula.get("ref") is not None:
            area = parse_range(formula.get("ref", ""))
            if area is None:
                yield Defect("lint.formula-range", self._part, place, {"range": formula.get("ref", "")})
                return
            if formula.text:
                self._masters[group] = area
        if group not in self._masters:
            yield Defect("lint.shared-master", self._part, place, {"group": group})
        elif not self._masters[group].holds(row, column):
            yield Defect("lint.shared-range", self._part, place, {"group": group})

    def _check_array(self, formula: Element, row: int, column: int, place: str) -> Iterator[Defect]:
        area = parse_range(formula.get("ref", ""))
        if area is None:
            yield Defect("lint.formula-range", self._part, place, {"range": formula.get("ref", "")})
            return
        if (area.top, area.left) != (row, column):
            yield Defect("lint.array-range", self._part, place, {"other": formula.get("ref", "")})
        self._arrays.append((area, place))
        if area.cells <= MAX_ARRAY_CELLS:  # the calculation chain may name every cell of an array
            rows, columns = range(area.top, area.bottom + 1), range(area.left, area.right + 1)
            self.formula_cells.update((row, column) for row in rows for column in columns)

    def _text(self, cell: Element, kind: str, text: str) -> str:
        if kind == "inlineStr":
            return text_of(cell.find("is"))
        index = whole(text)
        if kind == "s" and index is not None and 0 <= index < len(self._book.strings):
            return self._book.strings[index]
        return text

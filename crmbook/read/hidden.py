"""What calamine hides: which cells hold formulas, which show errors, which formulas have no value.

The rows' stored bytes are scanned; only rows that need it are read cell by cell. Nearly every formula of a large
workbook is one of ours in a derived column, so a cell's column is taken from its ``r`` attribute, and rows that
leave it out go the slow way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.ooxml import CellError
from crmbook.records import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml import Cell, Sheet


@dataclass(slots=True)
class Hidden:
    """What a sheet hides from calamine; columns are 0-based, rows 1-based.

    Attributes
    ----------
    formulas
        Column → rows whose cell holds a formula.
    unreadable
        Column → row → what stands there instead of a value.
    """

    formulas: dict[int, set[int]] = field(default_factory=dict)
    unreadable: dict[int, dict[int, Unreadable]] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Note what one cell, read in full, holds."""
        column = cell.column - 1
        if cell.formula is not None:
            self.formulas.setdefault(column, set()).add(cell.row)
        found: Unreadable | None = None
        if isinstance(cell.value, CellError):
            found = Unreadable("value.error-cell", str(cell.value))
        elif cell.formula is not None and cell.kind == "blank":
            found = Unreadable("value.formula-without-value", f"={cell.formula}")
        if found:
            self.unreadable.setdefault(column, {})[cell.row] = found


def find_hidden(sheet: Sheet) -> Hidden:
    """Return what calamine does not tell of a sheet.

    Raises
    ------
    OoxmlError
        If the sheet's markup is malformed.
    """
    hidden = Hidden()
    scan = _Scan(sheet.prefix)
    slow: set[int] = set()
    for number, raw in sheet.rows():
        if b'"e"' in raw or b"'e'" in raw:
            slow.add(number)
        elif scan.open_formula in raw:
            columns = list(scan.columns(raw))
            if None in columns or scan.lacks_a_value(raw):
                slow.add(number)
            else:
                for column in columns:
                    hidden.formulas.setdefault(column or 0, set()).add(number)
    if slow:
        for cell in sheet.cells(rows=slow):
            hidden.add(cell)
    return hidden


class _Scan:
    """The patterns for a sheet whose elements have a given prefix."""

    def __init__(self, prefix: bytes) -> None:
        tag = re.escape(prefix)
        self.open_formula = b"<" + prefix + b"f"
        self._ends = (prefix + b"f></" + prefix + b"c", b"/></" + prefix + b"c", b"> </")
        self._without_value = re.compile(
            rb"<" + tag + rb"f(?:\s[^>]*)?(?:/>|>[^<]*</" + tag + rb"f\s*>)\s*</" + tag + rb"c\s*>"
        )
        self._formula_cell = re.compile(rb"<" + tag + rb"c(\s[^>]*)?>\s*<" + tag + rb"f[\s/>]")
        self._place = re.compile(rb'\sr="([A-Z]{1,3})[0-9]+"')

    def lacks_a_value(self, raw: bytes) -> bool:
        """Say whether the row has a formula cell without a value."""
        return any(end in raw for end in self._ends) and self._without_value.search(raw) is not None

    def columns(self, raw: bytes) -> Iterator[int | None]:
        """Yield the 0-based column of every formula cell, None where the cell does not name it."""
        for match in self._formula_cell.finditer(raw):
            place = self._place.search(match[1] or b"")
            yield _number(place[1]) if place else None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1

"""What calamine hides: which cells hold formulas, which show errors, which formulas have no value.

The rows' stored bytes are scanned; only rows that need it are read cell by cell. Nearly every formula of a large
workbook is one of ours in a derived column, so a cell's column is taken from its ``r`` attribute, and rows that
write it otherwise go the slow way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from crmbook.base import Unreadable
from crmbook.ooxml import CellError
from crmbook.ooxml import number as column_number

if TYPE_CHECKING:
    from crmbook.ooxml import Cell, Sheet

    Rows = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(slots=True)
class Hidden:
    """What a sheet hides from calamine; columns are 0-based, rows 1-based.

    Attributes
    ----------
    formulas
        Column → rows whose cell holds a formula, in order.
    unreadable
        Column → row → what is there instead of a value.
    """

    formulas: dict[int, Rows] = field(default_factory=dict)
    unreadable: dict[int, dict[int, Unreadable]] = field(default_factory=dict)


def find_hidden(sheet: Sheet) -> Hidden:
    """Return what calamine does not report of a sheet.

    Raises
    ------
    OoxmlError
        If the sheet's markup is malformed.
    """
    scan = _Scan(sheet.prefix)
    slow: set[int] = set()
    # Most rows of a table hold formulas in the very same columns.
    alike: dict[tuple[bytes, ...], list[int]] = {}
    for number, raw in sheet.rows():
        if b'"e"' in raw or b"'e'" in raw:
            slow.add(number)
        elif scan.formula in raw:
            columns = scan.columns(raw)
            if columns is None or scan.lacks_a_value(raw):
                slow.add(number)
            else:
                alike.setdefault(columns, []).append(number)
    rows: dict[int, set[int]] = {}
    for columns, numbers in alike.items():
        for letters in columns:
            rows.setdefault(column_number(letters.decode()) - 1, set()).update(numbers)
    hidden = Hidden()
    for cell in add_cells(hidden, sheet, slow):
        rows.setdefault(cell.column - 1, set()).add(cell.row)
    hidden.formulas = {column: np.array(sorted(numbers), dtype=np.intp) for column, numbers in rows.items()}
    return hidden


def add_cells(hidden: Hidden, sheet: Sheet, rows: set[int]) -> list[Cell]:
    """Note what is instead of values in some rows, read cell by cell; return the cells that hold formulas."""
    formulas = []
    for cell in sheet.cells(rows=rows) if rows else ():
        if cell.formula is not None:
            formulas.append(cell)
        found = unreadable(cell)
        if found:
            hidden.unreadable.setdefault(cell.column - 1, {})[cell.row] = found
    return formulas


def unreadable(cell: Cell) -> Unreadable | None:
    """Return what is in a cell instead of a value: an error, a formula that nobody calculated; else None."""
    if isinstance(cell.value, CellError):
        return Unreadable("value.error-cell", str(cell.value))
    if cell.formula is not None and cell.kind == "blank":
        return Unreadable("value.formula-without-value", f"={cell.formula}")
    return None


class _Scan:
    """The patterns for a sheet whose elements have a given prefix."""

    def __init__(self, prefix: bytes) -> None:
        tag, close = re.escape(prefix), b"</" + prefix + b"c"
        self.formula = b"<" + prefix + b"f"
        self._full_end, self._empty_end, self._spaced_end = prefix + b"f>" + close, b"/>" + close, b"> </"
        self._without_value = re.compile(
            rb"<" + tag + rb"f(?:\s[^<>]*)?(?:/>|>[^<]*</" + tag + rb"f\s*>)\s*</" + tag + rb"c\s*>"
        )
        self._column = re.compile(
            rb"<" + tag + rb'c r="([A-Z]{1,3})[0-9]{1,7}"[^<>]*>\s*<' + tag + rb"f[\s/>]"
        )

    def columns(self, raw: bytes) -> tuple[bytes, ...] | None:
        """Return the column letters of all formula cells; None where some cell is written in another way."""
        found = self._column.findall(raw)
        return tuple(found) if len(found) == raw.count(self.formula) else None

    def lacks_a_value(self, raw: bytes) -> bool:
        """Return whether the row has a formula cell without a value."""
        could = self._full_end in raw or self._empty_end in raw or self._spaced_end in raw or b">\n" in raw
        return could and self._without_value.search(raw) is not None

"""A sheet read cell by cell: slower than all else, and sure of what each cell holds.

Sheets come here that neither the arrays nor calamine can be trusted with: calamine refuses a whole workbook for one
error code it does not know, takes an index of a shared string that is no number for the first text, and lays out every
cell up to the last one, so that a single cell in the corner of the sheet costs gigabytes.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.ooxml import CellError
from crmbook.ooxml import number as column_number
from crmbook.read.errors import ReadError
from crmbook.read.grid import Grid
from crmbook.read.hidden import Hidden, unreadable
from crmbook.values import is_blank

if TYPE_CHECKING:
    from crmbook.ooxml import Cell, Sheet

MOST_ITEMS: Final = 64 << 20
"""Places in all columns down to their last filled cell; a sheet that reaches further holds a cell gone astray."""
_SPARSE: Final = 4 << 20
"""Places of a whole rectangle that calamine may lay out whatever it holds …"""
_DENSE: Final = 100
"""… and beyond that for each cell of the sheet."""
_TEXT_INDEX = re.compile(
    rb"\st=[\"']s[\"'](?:(?!\st=)[^<>])*+>\s*<(?:[\w.-]+:)?v(?:\s[^<>]*)?>(?![0-9]{1,9}<)"
)
_ASTRAY = re.compile(rb"\sr=[\"'](?:[A-Za-z]{4}|[A-Za-z]{1,3}[0-9]{7})")
"""Begins a reference to a cell behind the last column, or near the last row and beyond."""
_COLUMN = re.compile(rb"\sr=[\"']([A-Za-z]{1,3})[0-9]")


def must_be_exact(sheet: Sheet) -> bool:
    """Return whether calamine would misread a sheet, or lay out far more than it holds.

    Raises
    ------
    OoxmlError
        If the sheet's markup is malformed.
    """
    last, cells = 0, 0
    columns: set[bytes] = set()
    for block in sheet.body.blocks():
        if _TEXT_INDEX.search(block.data) or _ASTRAY.search(block.data):
            return True
        last = max(last, *block.numbers)
        cells += block.data.count(b"<" + sheet.prefix + b"c ")
        columns.update(_COLUMN.findall(block.data))
    width = max((column_number(letters.decode()) for letters in columns), default=1)
    return is_sparse(last * width, cells)


def is_sparse(decimals: int, cells: int) -> bool:
    """Return whether a rectangle holds far less than it takes to lay it out."""
    return decimals > _SPARSE + _DENSE * cells


def read_exactly(sheet: Sheet) -> tuple[Grid, Hidden]:
    """Return the values of a sheet, and what is in it instead of values.

    Raises
    ------
    ReadError
        ``read.far-cell`` where the sheet reaches too far to be held in memory, ``ooxml.malformed-row`` where a cell
        is in row 0.
    OoxmlError
        If the sheet's markup is malformed.
    """
    values: dict[int, dict[int, Any]] = {}
    formulas: dict[int, list[int]] = {}
    spaces: dict[int, list[int]] = {}
    hidden = Hidden()
    for cell in sheet.cells():
        if cell.row < 1:
            raise ReadError("ooxml.malformed-row", part=sheet.info.part, row=cell.row)
        column = cell.column - 1
        if cell.formula is not None:
            formulas.setdefault(column, []).append(cell.row)
        found = unreadable(cell)
        if found:
            hidden.unreadable.setdefault(column, {})[cell.row] = found
        value = _value(cell)
        if isinstance(value, str) and is_blank(value):
            spaces.setdefault(column, []).append(cell.row - 1)
        elif value is not None:
            values.setdefault(column, {})[cell.row] = value
    hidden.formulas = {
        column: np.array(sorted(set(rows)), dtype=np.intp) for column, rows in formulas.items()
    }
    refuse_far_cells(sheet.title, {column: max(rows) for column, rows in values.items()})
    grid = {column: _laid_out(rows) for column, rows in sorted(values.items())}
    return Grid(grid, max(map(len, grid.values()), default=0), spaces=spaces), hidden


def refuse_far_cells(sheet: str, last_rows: dict[int, int]) -> None:
    """Refuse a sheet whose columns, each down to its last row, take more room than any table needs.

    Raises
    ------
    ReadError
        ``read.far-cell``, naming the last row and how many columns reach down.
    """
    if sum(last_rows.values()) > MOST_ITEMS:
        raise ReadError("read.far-cell", sheet=sheet, row=max(last_rows.values()), columns=len(last_rows))


def _laid_out(rows: dict[int, Any]) -> Any:
    items = np.empty(max(rows), dtype=object)
    for row, value in rows.items():
        items[row - 1] = value
    return items


def _value(cell: Cell) -> object:
    """Return a cell's value as the other readers give it: numbers as floats, an empty text as a blank."""
    value = cell.value
    if isinstance(value, CellError) or value == "":
        return None
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.isoformat()
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

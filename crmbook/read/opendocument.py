"""What calamine does not report of an OpenDocument workbook (.ods): its errors, hidden rows and merged cells."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from crmbook.base import Unreadable
from crmbook.read.biff import SheetDetails, refuse_far_cells
from crmbook.read.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_SORTS: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_VALUE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
_CURRENCY: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}currency"
_CELLS: Final = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_MOST_REPEATED: Final = 10_000
"""Rows that are alike and not shown; more are the empty ones down to the sheet's end."""


def details_of_ods(data: bytes) -> Mapping[str, SheetDetails]:
    """Return what calamine does not report of each sheet, by title.

    Raises
    ------
    ReadError
        ``ooxml.doctype``, ``ooxml.malformed-xml``; ``read.far-cell`` where calamine would lay out more than fits.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(_CONTENT)
    if b"<!DOCTYPE" in content:
        raise ReadError("ooxml.doctype", part=_CONTENT)
    found: dict[str, SheetDetails] = {}
    sheet, row = SheetDetails(), 0
    try:
        for event, element in ET.iterparse(io.BytesIO(content), events=("start", "end")):
            if event == "start" and element.tag == f"{_TABLE}table":
                sheet, row = found.setdefault(element.get(f"{_TABLE}name", ""), SheetDetails()), 0
            elif event == "end" and element.tag == f"{_TABLE}table-row":
                row = _take_row(element, row, sheet)
                element.clear()
    except ET.ParseError as error:
        raise ReadError("ooxml.malformed-xml", part=_CONTENT, reason=str(error)) from error
    refuse_far_cells(found)
    return found


def is_locked(data: bytes) -> bool:
    """Return whether an .ods is protected by a password."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _MANIFEST in archive.namelist() and b"encryption-data" in archive.read(_MANIFEST)


def _take_row(row: ET.Element, before: int, sheet: SheetDetails) -> int:
    """Note what is to be noted of a row, given how many are before it; return how many are up to it."""
    count = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
    numbers = range(before + 1, before + 1 + min(count, _MOST_REPEATED))
    if row.get(f"{_TABLE}visibility", "visible") != "visible":
        sheet.hidden_rows.update(numbers)
    column = 0
    for cell in row:
        if cell.tag in _CELLS:
            width = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            _take_merged(cell, before, column, sheet)
            if len(cell) or cell.get(_VALUE) is not None:
                sheet.height, sheet.width = before + count, max(sheet.width, column + width)
                sheet.cells += count * width
            if currency := cell.get(_CURRENCY):
                for more in range(width):
                    sheet.currencies.setdefault(column + more, {}).update(dict.fromkeys(numbers, currency))
            if cell.get(_SORTS) == "error":
                shown = Unreadable("value.error-cell", "".join(cell.itertext()))
                sheet.errors.update(
                    {(at, column + 1 + more): shown for at in numbers for more in range(width)}
                )
            column += width
    return before + count


def _take_merged(cell: ET.Element, row: int, column: int, sheet: SheetDetails) -> None:
    down = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
    right = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
    if down > 1 or right > 1:
        sheet.merged.append((row, column, row + down - 1, column + right - 1))

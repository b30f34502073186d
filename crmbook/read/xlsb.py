"""What calamine does not report of a binary workbook (.xlsb): its errors and its hidden rows.

A package whose parts are runs of records ([MS-XLSB]): type and length in groups of seven bits, then the body. The
workbook lists its sheets by the id of a relationship.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from typing import TYPE_CHECKING, Final

from crmbook.base import Unreadable
from crmbook.read.biff import ERRORS, SheetDetails, refuse_far_cells
from crmbook.read.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROW, _ERROR, _FORMULA_ERROR, _BUNDLE = 0, 3, 11, 156
_CELLS: Final = range(1, 12)
_NOT_SHOWN: Final = 0x10
_WORKBOOK, _RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_RELATION: Final = re.compile(r"<Relationship\s[^<>]*>")
_ATTRIBUTE: Final = re.compile(r"\b(Id|Target)\s*=\s*[\"']([^\"']*)")


def details_of_xlsb(data: bytes) -> Mapping[str, SheetDetails]:
    """Return what calamine does not report of each sheet, by title; nothing where the file is laid out in another way.

    Raises
    ------
    ReadError
        ``read.far-cell`` where a sheet reaches further than calamine could lay out: it would end the whole process.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not {_WORKBOOK, _RELATIONS} <= names:
            return {}
        parts = _parts(archive.read(_RELATIONS).decode("utf-8", "replace"))
        try:
            titles = dict(_titles(archive.read(_WORKBOOK)))
            found = {
                title: _details(archive.read(part))
                for relation, title in titles.items()
                if (part := parts.get(relation, "")) in names
            }
        except (struct.error, IndexError):
            raise ReadError("read.unreadable", reason="a record ends too early") from None
    refuse_far_cells(found)
    return found


def _parts(relations: str) -> dict[str, str]:
    """Return the name of the part that each relationship of the workbook leads to."""
    found = [dict(_ATTRIBUTE.findall(tag)) for tag in _RELATION.findall(relations)]
    return {
        item.get("Id", ""): posixpath.normpath(posixpath.join("/xl", item.get("Target", "")))[1:]
        for item in found
    }


def _titles(workbook: bytes) -> Iterator[tuple[str, str]]:
    """Yield the relationship and the title of each sheet."""
    for kind, body in _records(workbook):
        if kind == _BUNDLE:
            relation, at = _text(body, 8)
            yield relation, _text(body, at)[0]


def _text(body: bytes, at: int) -> tuple[str, int]:
    """Return the text at a position, and the position behind it."""
    length = struct.unpack_from("<I", body, at)[0]
    end = at + 4 + length * 2
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = _number(part, at, 2)
        length, at = _number(part, at, 4)
        yield kind, part[at : at + length]
        at += length


def _number(part: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of up to so many groups of seven bits, and the position behind it."""
    value = 0
    for group in range(most):
        byte = part[at]
        at += 1
        value |= (byte & 0x7F) << 7 * group
        if byte < 0x80:
            break
    return value, at


def _details(part: bytes) -> SheetDetails:
    found, row = SheetDetails(), 0
    for kind, body in _records(part):
        if kind == _ROW:
            row = struct.unpack_from("<I", body)[0] + 1
            if body[11] & _NOT_SHOWN:
                found.hidden_rows.add(row)
        elif kind in _CELLS:
            column = struct.unpack_from("<I", body)[0] + 1
            found.height, found.width = max(found.height, row), max(found.width, column)
            found.cells += 1
            if kind in {_ERROR, _FORMULA_ERROR}:
                text = ERRORS.get(body[8], "#ERROR")
                found.errors[row, column] = Unreadable("value.error-cell", text)
    return found

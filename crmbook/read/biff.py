"""What calamine does not report of an old workbook (.xls): its errors and its hidden rows.

An .xls is a file system of its own ([MS-CFB]): sectors, a table of which follows which (FAT), a directory. Its stream
``Workbook`` is a run of records ([MS-XLS]), each with its type and length; BOUNDSHEET says where a sheet's begin.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from crmbook.base import Unreadable
from crmbook.ooxml import MAX_COLUMN, MAX_ROW
from crmbook.read.errors import ReadError
from crmbook.read.exact import MOST_ITEMS, is_sparse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FREE: Final = 0xFFFFFFFA
"""From here on a number of a sector means that none follows."""
_ENTRY: Final = 128
_ROOT, _STREAM = 5, 2
_EOF, _FORMULA, _BOUNDSHEET, _DIMENSIONS, _BOOLERR, _ROW = 0x0A, 0x06, 0x85, 0x200, 0x205, 0x208
_CELLS: Final = frozenset({_FORMULA, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, _BOOLERR, 0x27E})
"""The records of cells; each begins with its row and column."""
_SEVERAL: Final = frozenset({0xBD, 0xBE})
"""Of these, the records of several cells in one row."""
_MOST_ROWS, _MOST_COLUMNS = 1 << 16, 1 << 8
_NOT_SHOWN: Final = 0x20
ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
"""By code; other errors are those of newer programs."""


def refuse_far_cells(sheets: Mapping[str, SheetDetails]) -> None:
    """Refuse sheets, by title, that are too large to be laid out for what they hold.

    Raises
    ------
    ReadError
        ``read.far-cell``.
    """
    for title, sheet in sheets.items():
        cells = sheet.height * sheet.width
        is_astray = sheet.height > MAX_ROW or sheet.width > MAX_COLUMN
        if is_astray or cells > MOST_ITEMS or is_sparse(cells, sheet.cells):
            raise ReadError("read.far-cell", sheet=title, row=sheet.height, columns=sheet.width)


@dataclass(slots=True)
class SheetDetails:
    """What calamine does not report of a sheet.

    Attributes
    ----------
    hidden_rows
        1-based.
    errors
        (row, column), 1-based → the error that a cell shows.
    merged
        Ranges of merged cells: (top, left, bottom, right), 0-based and inclusive; of an .ods alone.
    height, width, cells
        Rows and columns that calamine would lay out, and how many cells there are in them.
    currencies
        By column, 0-based, and row, 1-based, the currency of a number; of an .ods alone.
    """

    height: int = 0
    width: int = 0
    cells: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    errors: dict[tuple[int, int], Unreadable] = field(default_factory=dict)
    currencies: dict[int, dict[int, str]] = field(default_factory=dict)


def details_of_xls(data: bytes) -> list[SheetDetails]:
    """Return what calamine does not report of each sheet, in order; nothing where the file is laid out in another way.

    Raises
    ------
    ReadError
        ``read.unreadable`` where a sheet reaches further than one can, ``read.far-cell`` where it holds too little for
        that: laying it out, calamine would end the whole process.
    """
    found = _details_of(data)
    if any(sheet.width > _MOST_COLUMNS or sheet.height > _MOST_ROWS for sheet in found):
        raise ReadError("read.unreadable", reason="a cell stands behind the last row or column")
    refuse_far_cells({str(number): sheet for number, sheet in enumerate(found, 1)})
    return found


def _details_of(data: bytes) -> list[SheetDetails]:
    try:
        stream = _workbook_stream(data)
        starts = [
            struct.unpack_from("<I", body)[0] for kind, body in _records(stream, 0) if kind == _BOUNDSHEET
        ]
        return [_details(stream, start) for start in starts]
    except (struct.error, IndexError, ValueError):
        return []


def is_locked(data: bytes) -> bool:
    """Return whether an .xls is protected by a password: a record FILEPASS is behind the first one."""
    begin = data.find(b"\x09\x08\x10\x00")
    return begin >= 0 and data.startswith(b"\x2f\x00", begin + 4 + 16)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each record of a substream."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _details(stream: bytes, start: int) -> SheetDetails:
    found = SheetDetails()
    for kind, body in _records(stream, start):
        if kind == _ROW:
            if body[12] & _NOT_SHOWN:
                found.hidden_rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == _DIMENSIONS and len(body) >= 14:
            found.height, *columns = struct.unpack_from("<IHH", body, 4)
            found.width = max(found.width, *columns)
        elif kind in _CELLS:
            row, column = struct.unpack_from("<HH", body)
            found.height, found.width = max(found.height, row + 1), max(found.width, column + 1)
            found.cells += max(1, (len(body) - 6) // 6) if kind in _SEVERAL else 1
            code = _error(kind, body) if kind in {_BOOLERR, _FORMULA} else None
            if code is not None:
                text = ERRORS.get(code, "#ERROR")
                found.errors[row + 1, column + 1] = Unreadable("value.error-cell", text)
    return found


def _error(kind: int, body: bytes) -> int | None:
    if kind == _BOOLERR:
        return body[6] if body[7] else None
    return body[8] if body[12:14] == b"\xff\xff" and body[6] == _STREAM else None


def _workbook_stream(data: bytes) -> bytes:
    size, small = (1 << power for power in struct.unpack_from("<HH", data, 30))
    first_directory, cutoff, first_small = (struct.unpack_from("<I", data, at)[0] for at in (48, 56, 60))
    table = _fat(data, size)
    entries = _chain(data, first_directory, table, size)
    root, book = _entry(entries, "Root Entry"), _entry(entries, "Workbook") or _entry(entries, "Book")
    if root is None or book is None:
        raise ValueError
    if book[1] >= cutoff:
        return _chain(data, book[0], table, size)[: book[1]]
    packed = _chain(data, first_small, table, size)
    small_table = struct.unpack(f"<{len(packed) // 4}I", packed)
    sectors = _chain(data, root[0], table, size)
    return _chain(b"\0" * small + sectors, book[0], small_table, small)[: book[1]]


def _fat(data: bytes, size: int) -> tuple[int, ...]:
    """Return which sector follows each one."""
    sectors = list(struct.unpack_from("<109I", data, 76))
    more, rest = struct.unpack_from("<II", data, 68)
    for _ in range(min(rest, len(data) // size)):
        if more >= _FREE:
            break
        *numbers, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        sectors += numbers
    table = b"".join(data[(number + 1) * size : (number + 2) * size] for number in sectors if number < _FREE)
    return struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])


def _chain(data: bytes, sector: int, table: tuple[int, ...], size: int) -> bytes:
    """Return the bytes of a chain of sectors; one that runs in a circle ends."""
    pieces: list[bytes] = []
    while sector < _FREE and len(pieces) <= len(table):
        pieces.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = table[sector]
    return b"".join(pieces)


def _entry(entries: bytes, name: str) -> tuple[int, int] | None:
    """Return first sector and length of what the directory lists under a name."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    for at in range(0, len(entries), _ENTRY):
        if entries[at : at + len(wanted)] == wanted and entries[at + 66] in {_ROOT, _STREAM}:
            first, length = struct.unpack_from("<II", entries, at + 116)
            return first, length
    return None

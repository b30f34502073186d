"""A binary workbook (.xlsb) with one sheet, made record by record: no program at hand writes one ([MS-XLSB] 2.1.4)."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
RELATION = (
    '<Relationship Id="rId1" Target="{}" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}"/>'
)


def record(kind: int, body: bytes = b"") -> bytes:
    """Return a record: its type and length in groups of seven bits, then its body."""
    return varied(kind) + varied(len(body)) + body


def varied(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def sheet(
    rows: Sequence[Sequence[str | float | bytes | None]],
    hidden: Sequence[int] = (),
    far: int = 0,
    column: int = 16383,
) -> bytes:
    """Return the part of a sheet; bytes stand for the code of an error, `far` and `column` place one more cell, from 0."""
    width = max(map(len, rows))
    found = record(129) + record(148, struct.pack("<4I", 0, len(rows) - 1, 0, width - 1)) + record(145)
    for number, cells in enumerate(rows):
        found += record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 * (number + 1 in hidden), 0, 0))
        for at, value in enumerate(cells):
            place = struct.pack("<II", at, 0)
            if isinstance(value, str):
                found += record(6, place + wide(value))
            elif isinstance(value, bytes):
                found += record(3, place + value)
            elif value is not None:
                found += record(5, place + struct.pack("<d", value))
    if far:
        found += record(0, struct.pack("<IIHHBI", far, 0, 300, 0, 0, 0)) + record(
            5, struct.pack("<IId", column, 0, 1.0)
        )
    return found + record(146) + record(130)


def binary_workbook(title: str, rows: Sequence[Sequence[str | float | bytes | None]], **more: Any) -> bytes:
    """Return a workbook with one sheet; see `sheet`."""
    bundle = record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide(title))
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format(RELATION.format("xl/workbook.bin", "officeDocument")),
        "xl/workbook.bin": record(131) + record(143) + bundle + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": RELATIONS.format(RELATION.format("worksheets/sheet1.bin", "worksheet")),
        "xl/worksheets/sheet1.bin": sheet(rows, **more),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()

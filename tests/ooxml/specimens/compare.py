"""What lossless means, as a comparison: every member but the named ones, every row but the edited one, the same."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import openpyxl
import python_calamine

from tests.ooxml.specimens.spans import split_rows
from tests.ooxml_lint import lint
from tests.ooxml_lint.archive import Archive
from tests.ooxml_lint.book import read_book

if TYPE_CHECKING:
    from collections.abc import Collection

DIMENSION = re.compile(rb"<([\w.-]+:)?dimension\b[^>]*?/?>")
BETWEEN = re.compile(rb"\A(?:\s+|<!--.*?-->|<\?.*?\?>)+", re.DOTALL)
EMPTY = re.compile(rb"<((?:[\w.-]+:)?sheetData)\s*/>")

Values = dict[tuple[str, int, int], object]


def raw_members(data: bytes) -> list[tuple[str, tuple[object, ...]]]:
    """Return each member's name with what must not change: packed bytes, method, time, flags, extra, comment."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [(info.filename, _raw(data, info)) for info in package.infolist()]


def _raw(data: bytes, info: zipfile.ZipInfo) -> tuple[object, ...]:
    name, extra = struct.unpack_from("<2H", data, info.header_offset + 26)
    start = info.header_offset + 30 + name + extra
    packed = data[start : start + info.compress_size]
    local_extra = data[start - extra : start]
    about = (info.compress_type, info.date_time, info.flag_bits, info.external_attr, info.create_system)
    return (packed, local_extra, info.extra, info.comment, *about)


def check_members(before: bytes, after: bytes, touched: Collection[str]) -> None:
    """Check that members keep order and bytes, except for those in `touched` (which may also go or come)."""
    old = [item for item in raw_members(before) if item[0].replace("\\", "/") not in touched]
    new = [item for item in raw_members(after) if item[0].replace("\\", "/") not in touched]
    assert [name for name, _ in new] == [name for name, _ in old]
    for (name, was), (_, now) in zip(old, new, strict=True):
        assert now == was, f"{name} changed"
    kept = [name for name, _ in raw_members(before) if name in dict(raw_members(after))]
    assert [name for name, _ in raw_members(after)][: len(kept)] == kept, "order of members changed"


def check_new_defects(before: bytes, after: bytes) -> None:
    """Check that the linter finds nothing in `after` that it did not find in `before`."""
    new = Counter(defect.key for defect in lint(after)) - Counter(defect.key for defect in lint(before))
    assert not new


def check_rows(before: bytes, after: bytes, rows: Collection[int]) -> None:
    """Check that a worksheet part differs in these rows only (and in its ``dimension``)."""
    assert _rest(after, rows) == _rest(before, rows)
    numbers = [span.number for span in split_rows(after) if span.number]
    assert numbers == sorted(set(numbers))


def _rest(data: bytes, rows: Collection[int]) -> bytes:
    rest, touched = b"", False
    for span in split_rows(data):
        if span.number in rows:
            touched = True
        else:
            # What stands between an edited row and the next may be written with the row.
            rest += BETWEEN.sub(b"", span.data) if touched and not span.number else span.data
            touched = touched and not span.number
    return EMPTY.sub(rb"<\1></\1>", DIMENSION.sub(b"<dimension/>", rest))


def sheet_parts(data: bytes) -> dict[str, str]:
    """Return the part of each worksheet by its title, found by the linter's reader and not the package layer's."""
    book = read_book(Archive(data))
    assert book is not None
    return {entry.title: entry.part for entry in book.sheets if entry.part and entry.kind == "worksheet"}


def read_part(data: bytes, name: str) -> bytes:
    """Return one part, however its name is spelt in the zip file."""
    return Archive(data).read(name)


def openpyxl_values(data: bytes, *, formulas: bool = False) -> Values:
    """Return every cell's value as openpyxl reads it: cached values, or formulas."""
    workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=not formulas, keep_links=False)
    return {
        (sheet.title, cell.row, cell.column): _plain(cell.value)
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _plain(value: object) -> object:
    if hasattr(value, "ref") and hasattr(value, "text"):  # an array formula
        return (value.ref, value.text)
    return tuple(vars(value).items()) if hasattr(value, "ref") else value  # a data table


def calamine_values(data: bytes) -> Values:
    """Return every cell's value as calamine reads it."""
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    values: Values = {}
    for meta in workbook.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        top, left = sheet.start or (0, 0)
        for row, cells in enumerate(sheet.to_python(skip_empty_area=True), start=top + 1):
            for column, value in enumerate(cells, start=left + 1):
                if value != "":
                    values[meta.name, row, column] = value
    return values

"""Tables: names, ids, header cells, ranges and filters (ECMA-376 part 1, §18.5).

Excel drops the whole table where one of these is wrong, and the data under it lose filter, format and formulas.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.archive import count_of
from tests.ooxml_lint.conditional_formats import check_differential
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.defined_names import check_name
from tests.ooxml_lint.formula_text import check_formula
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.order import TABLE, check_order
from tests.ooxml_lint.reference import cell_name, iter_overlaps, parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book, TableEntry
    from tests.ooxml_lint.cells import Grid

MAX_HEADER = 255
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def check_tables(book: Book) -> Iterator[Defect]:
    """Check what tables must not share across the workbook: names and ids."""
    names = [item.get("name", "").lower() for item in book.root.iterfind("definedNames/definedName")]
    taken = Counter([*names, *(table.name.lower() for table in book.tables)])
    ids = Counter(table.root.get("id", "") for table in book.tables)
    for table in book.tables:
        yield from check_name(table.name, table.part)
        if taken[table.name.lower()] > 1:
            yield Defect("lint.table-name-duplicate", table.part, table.name)
        if ids[table.root.get("id", "")] > 1 or (whole(table.root.get("id")) or 0) < 1:
            yield Defect("lint.table-id", table.part, table.root.get("id", ""))


def check_sheet_tables(book: Book, part: str, grid: Grid, sheet: Mapping[str, Element]) -> Iterator[Defect]:
    """Check the tables of one sheet against its cells and against each other."""
    listed = sheet.get("tableParts")
    tables = book.tables_of(part)
    items = listed.findall("tablePart") if listed is not None else []
    if listed is not None and count_of(listed) not in {None, len(items)}:
        yield Defect(
            "lint.count", part, "tableParts", {"count": listed.get("count", ""), "found": len(items)}
        )
    if len(items) != len(tables):
        yield Defect("lint.table-part", part, "tableParts", {"listed": len(items), "found": len(tables)})
    for table in tables:
        yield from check_order(table.part, TABLE, [child.tag for child in table.root])
        yield from _check_range(table)
        yield from _check_headers(table, grid)
        yield from _check_columns(book, table)
    areas = [(table.range, table.name) for table in tables if table.range is not None]
    for first, second in iter_overlaps(areas):
        yield Defect("lint.table-overlap", part, first, {"other": second})


def _check_range(table: TableEntry) -> Iterator[Defect]:
    area = table.range
    if area is None:
        yield Defect("lint.table-range", table.part, table.root.get("ref", ""))
        return
    fixed = (whole(table.root.get("headerRowCount", "1")) or 0) + (
        whole(table.root.get("totalsRowCount", "0")) or 0
    )
    if area.bottom - area.top + 1 <= fixed:
        yield Defect("lint.table-rows", table.part, table.root.get("ref", ""))
    item = table.root.find("autoFilter")
    if item is None:
        return
    inner = parse_range(item.get("ref", ""))
    if inner is None or not area.covers(inner) or inner.top != area.top:
        yield Defect("lint.table-filter", table.part, item.get("ref", ""))
        return
    for column in item.iterfind("filterColumn"):
        number = whole(column.get("colId"))
        if number is None or not 0 <= number <= inner.right - inner.left:
            yield Defect("lint.filter-column", table.part, column.get("colId", ""))


def _check_headers(table: TableEntry, grid: Grid) -> Iterator[Defect]:
    for header, times in Counter(unescape(name).lower() for name in table.columns).items():
        if times > 1:
            yield Defect("lint.table-header-duplicate", table.part, header)
    for name in table.columns:
        if not 0 < len(name) <= MAX_HEADER:
            yield Defect("lint.table-header-length", table.part, name)
    if table.range is None or table.root.get("headerRowCount") == "0":
        return
    for offset, name in enumerate(table.columns[: table.range.right - table.range.left + 1]):
        place = (table.range.top, table.range.left + offset)
        shown = grid.texts.get(place)
        if shown is None or _plain(shown) != _plain(name):
            params = {"header": unescape(name), "cell": shown or ""}
            yield Defect("lint.table-header", table.part, cell_name(*place), params)


def _check_columns(book: Book, table: TableEntry) -> Iterator[Defect]:
    columns = table.root.find("tableColumns")
    items = columns.findall("tableColumn") if columns is not None else []
    width = table.range.right - table.range.left + 1 if table.range else len(items)
    count = count_of(columns) if columns is not None else None
    if len(items) != width or count not in {None, width}:
        yield Defect("lint.table-columns", table.part, "tableColumns", {"found": len(items), "width": width})
    for number, times in Counter(item.get("id", "") for item in items).items():
        if times > 1 or (whole(number) or 0) < 1:
            yield Defect("lint.table-column-id", table.part, number)
    for item in items:
        place = item.get("name", "")
        for name in ("dataDxfId", "headerRowDxfId", "totalsRowDxfId"):
            yield from check_differential(book, table.part, place, item.get(name))
        for tag in ("calculatedColumnFormula", "totalsRowFormula"):
            formula = item.find(tag)
            if formula is not None:
                yield from check_formula(formula.text or "", table.part, place, book.names)


def unescape(text: str) -> str:
    """Return the text with ``_xHHHH_`` turned into the character it stands for (§22.9.2.19)."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _plain(text: str) -> str:
    return unescape(text).replace("\r\n", "\n").replace("\r", "\n").strip(" ")

"""Views, columns, filters and the other parts of a sheet that point at cells (ECMA-376 part 1, §18.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.reference import MAX_COLUMN, parse_cell, parse_range, parse_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_WIDTH = 255
MAX_HEADER = 255
ZOOM = range(10, 401)


def check_views(book: Book, part: str, sheet: Mapping[str, Element]) -> Iterator[Defect]:
    """Check that views point at windows and cells that exist."""
    views = sheet.get("sheetViews")
    windows = max(1, len(book.root.findall("bookViews/workbookView")))
    for view in views if views is not None else ():
        number = whole(view.get("workbookViewId", "0"))
        if view.tag == "sheetView" and (number is None or not 0 <= number < windows):
            yield Defect("lint.view-window", part, view.get("workbookViewId", ""))
        if view.get("zoomScale") and whole(view.get("zoomScale")) not in ZOOM:
            yield Defect("lint.view-zoom", part, view.get("zoomScale", ""))
        for element in view.iter():
            for name in ("topLeftCell", "activeCell"):
                if element.get(name) and parse_cell(element.get(name, "")) is None:
                    yield Defect("lint.view-reference", part, element.get(name, ""))
            if element.get("sqref") and parse_ranges(element.get("sqref", "")) is None:
                yield Defect("lint.view-reference", part, element.get("sqref", ""))


def check_columns(book: Book, part: str, sheet: Mapping[str, Element]) -> Iterator[Defect]:
    """Check that column spans ascend without overlap, with widths and styles that exist."""
    last = 0
    columns = sheet.get("cols")
    for item in columns.iterfind("col") if columns is not None else ():
        first, final = whole(item.get("min")) or 0, whole(item.get("max")) or 0
        place = f"{item.get('min', '')}:{item.get('max', '')}"
        if not 1 <= first <= final <= MAX_COLUMN:
            yield Defect("lint.column-range", part, place)
        elif first <= last:
            yield Defect("lint.column-order", part, place)
        last = max(last, final)
        style = whole(item.get("style", "0"))
        if style is None or not 0 <= style < book.styles.cell_formats:
            yield Defect("lint.column-style", part, place, {"style": item.get("style", "")})
        if not _is_width(item.get("width", "8")):
            yield Defect("lint.column-width", part, place, {"width": item.get("width", "")})


def check_ranges(part: str, sheet: Mapping[str, Element]) -> Iterator[Defect]:
    """Check the dimension, the filter, protected ranges, ignored errors, and the length of header and footer."""
    for tag in ("dimension", "autoFilter"):
        item = sheet.get(tag)
        if item is not None and parse_range(item.get("ref", "")) is None:
            yield Defect("lint.reference", part, tag, {"text": item.get("ref", "")})
    for tag, child in (("ignoredErrors", "ignoredError"), ("protectedRanges", "protectedRange")):
        container = sheet.get(tag)
        for item in container.iterfind(child) if container is not None else ():
            if parse_ranges(item.get("sqref", "")) is None:
                yield Defect("lint.reference", part, child, {"text": item.get("sqref", "")})
    headers = sheet.get("headerFooter")
    for item in headers if headers is not None else ():
        if len(item.text or "") > MAX_HEADER:
            yield Defect(
                "lint.header-long", part, item.tag, {"length": len(item.text or ""), "limit": MAX_HEADER}
            )
    yield from _check_filter(part, sheet.get("autoFilter"))


def _check_filter(part: str, item: Element | None) -> Iterator[Defect]:
    area = parse_range(item.get("ref", "")) if item is not None else None
    for column in item.iterfind("filterColumn") if item is not None and area else ():
        number = whole(column.get("colId"))
        if area and (number is None or not 0 <= number <= area.right - area.left):
            yield Defect("lint.filter-column", part, column.get("colId", ""))


def _is_width(text: str) -> bool:
    try:
        return 0 <= float(text) <= MAX_WIDTH
    except ValueError:
        return False

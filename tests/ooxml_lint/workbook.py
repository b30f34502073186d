"""The workbook part: its sheets and their titles, the views, and each sheet's way to a part."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.order import WORKBOOK, check_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ooxml_lint.book import Book

MAX_TITLE = 31
MAX_SHEET_ID = 65_534
FORBIDDEN = frozenset("[]:*?/\\")


def check_workbook(book: Book) -> Iterator[Defect]:
    """Check the list of sheets, their titles and ids, and the views."""
    yield from check_order(book.part, WORKBOOK, [child.tag for child in book.root])
    if not book.sheets:
        yield Defect("lint.no-sheets", book.part)
        return
    if all(item.get("state", "visible") != "visible" for item in book.root.iterfind("sheets/sheet")):
        yield Defect("lint.no-visible-sheet", book.part)
    for entry in book.sheets:
        if entry.part is None:
            yield Defect("lint.sheet-part", book.part, entry.title)
        if entry.sheet_id is None or not 1 <= entry.sheet_id <= MAX_SHEET_ID:
            yield Defect("lint.sheet-id", book.part, entry.title)
        yield from check_title(entry.title, book.part)
    yield from _check_unique(book)
    yield from _check_views(book)


def check_title(title: str, part: str) -> Iterator[Defect]:
    """Check one sheet title against Excel's rules."""
    if not 1 <= len(title.encode("utf-16-le")) // 2 <= MAX_TITLE:
        yield Defect("lint.sheet-name-length", part, title, {"limit": MAX_TITLE})
    for character in sorted(FORBIDDEN.intersection(title)):
        yield Defect("lint.sheet-name-character", part, title, {"character": character})
    if title.startswith("'") or title.endswith("'"):
        yield Defect("lint.sheet-name-character", part, title, {"character": "'"})
    if title.lower() == "history":
        yield Defect("lint.sheet-name-reserved", part, title)


def _check_unique(book: Book) -> Iterator[Defect]:
    for title, times in Counter(entry.title.lower() for entry in book.sheets).items():
        if times > 1:
            yield Defect("lint.sheet-name-duplicate", book.part, title)
    for number, times in Counter(entry.sheet_id for entry in book.sheets).items():
        if times > 1 and number is not None:
            yield Defect("lint.sheet-id", book.part, str(number))
    for part, times in Counter(entry.part for entry in book.sheets).items():
        if times > 1 and part is not None:
            yield Defect("lint.sheet-part", book.part, part)


def _check_views(book: Book) -> Iterator[Defect]:
    for view in book.root.iterfind("bookViews/workbookView"):
        for name in ("activeTab", "firstSheet"):
            number = whole(view.get(name, "0"))
            if number is None or not 0 <= number < len(book.sheets):
                yield Defect("lint.active-tab", book.part, name, {"number": view.get(name, "")})

"""The style sheet: formats that point at fonts, fills and borders which exist."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.order import STYLES, check_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_CELL_FORMATS = 65_490
MAX_FORMAT_CODE = 255
POINTERS = {
    "fontId": "fonts/font",
    "fillId": "fills/fill",
    "borderId": "borders/border",
    "xfId": "cellStyleXfs/xf",
}


def check_styles(book: Book) -> Iterator[Defect]:
    """Check the formats of cells and the number formats."""
    part = next(iter(book.archive.targets(book.part, "styles")), None)
    root = book.archive.root(part) if part else None
    if part is None or root is None:
        return
    yield from check_order(part, STYLES, [child.tag for child in root])
    yield from _check_formats(part, root)
    yield from _check_codes(part, root)


def _check_formats(part: str, root: Element) -> Iterator[Defect]:
    sizes = {name: len(root.findall(path)) for name, path in POINTERS.items()}
    count = len(root.findall("cellXfs/xf"))
    if count > MAX_CELL_FORMATS:
        yield Defect("lint.too-many-styles", part, "cellXfs", {"count": count, "limit": MAX_CELL_FORMATS})
    for group in ("cellStyleXfs", "cellXfs"):
        for position, item in enumerate(root.iterfind(f"{group}/xf")):
            for name, size in sizes.items():
                number = whole(item.get(name, "0"))
                if size and (number is None or not 0 <= number < size):
                    yield Defect("lint.style-pointer", part, f"{group} {position} {name}", {"size": size})


def _check_codes(part: str, root: Element) -> Iterator[Defect]:
    codes = root.findall("numFmts/numFmt")
    for code, times in Counter(item.get("numFmtId", "") for item in codes).items():
        if times > 1 or whole(code) is None:
            yield Defect("lint.number-format", part, code)
    for item in codes:
        if len(item.get("formatCode", "")) > MAX_FORMAT_CODE:
            yield Defect("lint.number-format", part, item.get("numFmtId", ""))

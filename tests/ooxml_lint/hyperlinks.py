"""Hyperlinks of a sheet: how many, where they stand, where they lead (§18.3.1.47)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.reference import parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_LINKS = 65_530
MAX_ADDRESS = 2_079
MAX_TOOLTIP = 255


def check_hyperlinks(book: Book, part: str, container: Element | None) -> Iterator[Defect]:
    """Check the hyperlinks of one sheet; unknown relationship ids are named with the part's markup."""
    items = container.findall("hyperlink") if container is not None else []
    if len(items) > MAX_LINKS:
        yield Defect(
            "lint.too-many-hyperlinks", part, "hyperlinks", {"count": len(items), "limit": MAX_LINKS}
        )
    addresses = {item.id: item.target for item in book.archive.relationships(part)}
    for item in items:
        place = item.get("ref", "")
        if parse_range(place) is None:
            yield Defect("lint.hyperlink-range", part, place)
        if (
            len(addresses.get(item.get("r:id", ""), "")) > MAX_ADDRESS
            or len(item.get("tooltip", "")) > MAX_TOOLTIP
        ):
            yield Defect("lint.hyperlink-long", part, place)
        if item.get("r:id") is None:
            yield from _check_location(book, part, place, item.get("location", ""))


def _check_location(book: Book, part: str, place: str, location: str) -> Iterator[Defect]:
    if not location:
        return  # a link without a target does nothing, and Excel writes such links itself
    sheet, bang, _ = location.removeprefix("#").rpartition("!")
    sheet = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    if bang and "[" not in sheet and sheet.lower() not in book.names.sheets:
        yield Defect("lint.hyperlink-location", part, place, {"location": location})

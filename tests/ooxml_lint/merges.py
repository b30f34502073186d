"""Merged cells: each at least two cells, none sharing a cell with another or with a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.archive import count_of
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.reference import iter_overlaps, parse_range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book


def check_merges(book: Book, part: str, container: Element | None) -> Iterator[Defect]:
    """Check the merged cells of one sheet."""
    if container is None:
        return
    items = container.findall("mergeCell")
    if count_of(container) not in {None, len(items)}:
        yield Defect(
            "lint.count", part, "mergeCells", {"count": container.get("count", ""), "found": len(items)}
        )
    areas = []
    for item in items:
        text = item.get("ref", "")
        area = parse_range(text)
        if area is None or area.cells < 2:
            yield Defect("lint.merge-range", part, text)
        else:
            areas.append((area, text))
    for first, second in iter_overlaps(areas):
        yield Defect("lint.merge-overlap", part, first, {"other": second})
    for table in book.tables_of(part):
        for area, text in areas:
            if table.range is not None and area.overlaps(table.range):
                yield Defect("lint.merge-table", part, text, {"table": table.name})

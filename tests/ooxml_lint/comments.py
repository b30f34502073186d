"""Comments and drawings of a sheet: authors, cells, and the shapes that show them (§18.7)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import MarkupError, iter_events, short, whole
from tests.ooxml_lint.reference import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ooxml_lint.book import Book


def check_comments(book: Book, part: str) -> Iterator[Defect]:
    """Check the comments that one sheet relates to."""
    for name in book.archive.targets(part, "comments"):
        root = book.archive.root(name)
        if root is None:
            continue
        authors = len(root.findall("authors/author"))
        items = root.findall("commentList/comment")
        for reference, times in Counter(item.get("ref", "") for item in items).items():
            if parse_cell(reference) is None:
                yield Defect("lint.comment-reference", name, reference)
            elif times > 1:
                yield Defect("lint.comment-duplicate", name, reference)
        for item in items:
            author = whole(item.get("authorId"))
            if author is None or not 0 <= author < authors:
                yield Defect("lint.comment-author", name, item.get("ref", ""))
        if items and not _has_shapes(book, part):
            yield Defect("lint.comment-shape", part, "legacyDrawing")


def _has_shapes(book: Book, part: str) -> bool:
    try:
        return any(
            short(element.tag) == "legacyDrawing" for _, element in iter_events(book.archive.read(part))
        )
    except MarkupError:
        return True

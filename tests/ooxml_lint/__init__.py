"""The linter: what would make an office program offer a repair, drop something in silence, or refuse a package.

It is the second opinion on everything that crmbook writes, and therefore independent of the package layer:
it unzips with `zipfile`, parses with ElementTree and knows the rules from the standard (ECMA-376) and from
what Excel accepts in practice. A check is a generator of `Defect` values; none of them raises over the content
of a package. Defects that a person's own program left in a file are found as well, so whoever judges an edit
compares the list before with the list after (`Defect.key` stays the same).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ooxml_lint.archive import UNREADABLE, Archive, is_bomb
from tests.ooxml_lint.book import read_book
from tests.ooxml_lint.calc_chain import check_calc_chain
from tests.ooxml_lint.cells import MAX_TEXT
from tests.ooxml_lint.comments import check_comments
from tests.ooxml_lint.content_types import check_content_types, check_relationships
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.defined_names import check_defined_names
from tests.ooxml_lint.members import check_markup, check_members
from tests.ooxml_lint.properties import check_properties
from tests.ooxml_lint.styles import check_styles
from tests.ooxml_lint.tables import check_tables
from tests.ooxml_lint.workbook import check_workbook
from tests.ooxml_lint.worksheet import check_worksheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ooxml_lint.book import Book

__all__ = ["Defect", "lint"]

MOST_OF_A_KIND = 1000


def lint(source: str | Path | bytes) -> list[Defect]:
    """Return the defects of a workbook, in the order of its parts; an empty list means a clean package.

    Of one code in one part only the first thousand are named.

    Parameters
    ----------
    source
        Path of the file, or its bytes.

    Raises
    ------
    OSError
        If the file cannot be read; the content of a file never raises.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        archive = Archive(data)
    except UNREADABLE as error:
        return [Defect("lint.not-a-package", "", "", {"reason": str(error)})]
    if is_bomb(archive):
        return [Defect("lint.too-large", "")]
    return list(_first_of_each(_check(archive)))


def _first_of_each(defects: Iterator[Defect]) -> Iterator[Defect]:
    seen: Counter[tuple[str, str]] = Counter()
    for defect in defects:
        seen[defect.code, defect.part] += 1
        if seen[defect.code, defect.part] <= MOST_OF_A_KIND:
            yield defect


def _check(archive: Archive) -> Iterator[Defect]:
    yield from check_members(archive)
    yield from check_markup(archive)
    yield from check_content_types(archive)
    yield from check_relationships(archive)
    yield from check_properties(archive)
    book = read_book(archive)
    if book is None:
        yield Defect("lint.workbook-missing", "")
        return
    yield from _check_book(book)


def _check_book(book: Book) -> Iterator[Defect]:
    yield from check_workbook(book)
    yield from check_defined_names(book)
    yield from check_styles(book)
    yield from check_tables(book)
    for index, text in enumerate(book.strings):
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
            yield Defect(
                "lint.text-long", "sharedStrings", str(index), {"length": len(text), "limit": MAX_TEXT}
            )
    for entry in book.sheets:
        if entry.part is not None and entry.kind == "worksheet":
            yield from check_worksheet(book, entry.part)
            yield from check_comments(book, entry.part)
    yield from check_calc_chain(book)

"""What a page held when it was written, in a short text, which shows whether a person has changed it since.

Pages that are drawn (使用说明, 总结, 客户画像) hold nothing that people fill but the named cells by which they choose. A
mark is made of what neither sync nor another program's save changes: constant texts and numbers, where formulas are,
which names lead there, how much is drawn. Named cells and the small tables hold what was computed, and do not count.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from crmbook.build.guide import GUIDE
from crmbook.ooxml import parse_sheet_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.ooxml import Package
    from crmbook.schema import Book, Page

_PREFIX: Final = "crmbook.page."
_HIDDEN: Final = "_crmbook."
_THINGS: Final = {
    "drawing": re.compile(rb"</(?:[a-z0-9]{1,9}:)?(?:oneCell|twoCell|absolute)Anchor>"),
    "comments": re.compile(rb"<(?:[a-z0-9]{1,9}:)?comment\s"),
}
"""What ends a chart, picture or shape, and what begins a note, by the kind of part that holds them."""


def is_drawn(book: Book, page: Page) -> bool:
    """Return whether build lays a page out by itself, and no table that people fill is on it."""
    is_laid_out = bool(page.is_dashboard or page.blocks) or page.name == GUIDE
    return is_laid_out and not any(book.tables[name].managed for name in page.tables)


def write_page_marks(package: Package, book: Book, pages: Iterable[str] | None = None) -> None:
    """Write the marks of pages (by default of all that are drawn) into the workbook's properties."""
    titles = {sheet.name for sheet in package.sheets}
    for name in book.pages if pages is None else pages:
        page = book.pages[name]
        if is_drawn(book, page) and page.title in titles:
            package.set_property(_PREFIX + name, page_mark(package, page.title))


def is_as_written(package: Package, name: str, title: str) -> bool:
    """Return whether a page, on the sheet `title`, still holds what it held when it was written.

    A page that was written before marks were made counts as changed.
    """
    return package.properties.get(_PREFIX + name) == page_mark(package, title)


def page_mark(package: Package, title: str) -> str:
    """Return the mark of what is on a sheet."""
    named = {
        (one.name, target[1:])
        for one in package.defined_names
        if one.sheet is None and (target := parse_sheet_cell(one.formula)) and target[0] == title
    }
    computed = {address for _, address in named}
    areas = [table.area for table in package.tables if table.sheet == title]
    said = [
        f"{cell.ref}={'' if cell.formula is not None else cell.value}"
        for cell in package.sheet(title).cells()
        if (cell.value not in {None, ""} or cell.formula is not None)
        and (cell.row, cell.column) not in computed
        and not any(area.holds(cell.row, cell.column) for area in areas)
    ]
    said += sorted(f"{name}@{address}" for name, address in named if not name.startswith(_HIDDEN))
    said += [f"{kind}: {count}" for kind, count in _things(package, title)]
    return hashlib.blake2s("\n".join(said).encode(), digest_size=8).hexdigest()


def _things(package: Package, title: str) -> Iterator[tuple[str, int]]:
    """Yield how many charts, pictures and shapes a sheet has, and how many notes."""
    relationships = package.relationships(package.sheet(title).info.part)
    for kind, pattern in _THINGS.items():
        parts = [item.target for item in relationships.of_kind(kind)]
        yield kind, sum(len(pattern.findall(package.parts.read(part))) for part in parts)

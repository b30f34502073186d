"""One worksheet part: its cells as they stream by, then the furniture around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.cells import Grid
from tests.ooxml_lint.conditional_formats import check_conditional_formats
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.hyperlinks import check_hyperlinks
from tests.ooxml_lint.markup import MarkupError, iter_events, short, shorten
from tests.ooxml_lint.merges import check_merges
from tests.ooxml_lint.order import WORKSHEET, check_order
from tests.ooxml_lint.sheet_layout import check_columns, check_ranges, check_views
from tests.ooxml_lint.tables import check_sheet_tables
from tests.ooxml_lint.validations import check_validations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

_LISTS = {"cols", "mergeCells", "dataValidations", "hyperlinks", "ignoredErrors", "rowBreaks", "colBreaks"}
_MAY_BE_EMPTY = {"rowBreaks", "colBreaks"}


def check_worksheet(book: Book, part: str) -> Iterator[Defect]:
    """Check one worksheet of the book."""
    wanted = {
        (table.range.top, column)
        for table in book.tables_of(part)
        if table.range is not None
        for column in range(table.range.left, table.range.right + 1)
    }
    grid = Grid(book, part, wanted)
    children: list[Element] = []
    try:
        yield from _stream(grid, part, book.archive.read(part), children)
    except MarkupError:
        return  # the check of all parts' markup names it
    yield from grid.check_arrays()
    book.formula_cells[part] = grid.formula_cells
    yield from check_order(part, WORKSHEET, [child.tag for child in children])
    for child in children:
        if child.tag in _LISTS - _MAY_BE_EMPTY and len(child) == 0:
            yield Defect("lint.empty-list", part, child.tag)
    sheet = {child.tag: child for child in children}
    yield from check_views(book, part, sheet)
    yield from check_columns(book, part, sheet)
    yield from check_ranges(part, sheet)
    yield from check_merges(book, part, sheet.get("mergeCells"))
    yield from check_conditional_formats(book, part, children)
    yield from check_validations(book, part, sheet.get("dataValidations"))
    yield from check_hyperlinks(book, part, sheet.get("hyperlinks"))
    yield from check_sheet_tables(book, part, grid, sheet)


def _stream(grid: Grid, part: str, data: bytes, children: list[Element]) -> Iterator[Defect]:
    """Feed the rows to the grid and collect every other child of the root, names shortened."""
    path: list[Element] = []
    for event, element in iter_events(data):
        if event == "start":
            path.append(element)
            continue
        path.pop()
        if len(path) == 2 and short(path[1].tag) == "sheetData":
            if short(element.tag) == "row":
                yield from grid.check_row(element)
            else:
                yield Defect("lint.element-unknown", part, str(element.tag))
            path[1].clear()
        elif len(path) == 1:
            for item in element.iter():
                shorten(item)
            children.append(element)

"""The line above the lists of a page, in workbooks that were written while it was in its first cell alone.

Build lets it run over the columns that a small screen shows, and gives it the height of its words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.build import height_of, is_drawn, lines_of
from crmbook.ooxml import Area, StyleImport, column_width, merge_cells, parse_cell

if TYPE_CHECKING:
    from crmbook.migrate.pattern import Pattern
    from crmbook.ooxml import Package, Sheet
    from crmbook.schema import Book

LINE: Final = "A3"


def fit_lines(book: Book, package: Package, pattern: Pattern) -> None:
    """Merge the cells of each line as build does, where it is still in one and nothing is beside it."""
    titles = {sheet.name for sheet in package.sheets}
    for page in book.pages.values():
        if page.title not in titles or is_drawn(book, page):
            continue
        row, column = parse_cell(LINE)
        areas = pattern.package.sheet(page.title).merged(Area(row, column, row, column))
        if areas and _stands_alone(package.sheet(page.title), areas[0]):
            _merge(package, pattern, page.title, areas[0])


def _stands_alone(sheet: Sheet, area: Area) -> bool:
    cells = [cell for cell in sheet.cells({area.top}) if area.holds(cell.row, cell.column)]
    filled = [cell.column for cell in cells if cell.value not in {None, ""} or cell.formula is not None]
    is_text = all(isinstance(cell.value, str) for cell in cells if cell.column == area.left)
    return filled == [area.left] and is_text and not sheet.merged(area)


def _merge(package: Package, pattern: Pattern, title: str, area: Area) -> None:
    sheet, styles = package.sheet(title), StyleImport(package, pattern.package)
    look = styles.of(pattern.package.sheet(title).cell(LINE).style)
    styles.finish()
    text = str(sheet.cell(LINE).value)
    width = sum(column_width(sheet, one) or 0 for one in range(area.left, area.right + 1))
    sheet.set_height(area.top, height_of(lines_of(text, width)))
    sheet.set(LINE, text, style=look)
    merge_cells(sheet, area)
    sheet.flush()

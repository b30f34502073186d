"""Another theme of the schema, brought into filled workbooks: its accent colour and its font.

What is coloured by the theme is found by building the book's sheets once more with the old theme (see
`crmbook.ooxml.restyling`). What a person gave other looks keeps them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import theme
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import recolour_charts, recolour_tabs, restyle

if TYPE_CHECKING:
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Migration
    from crmbook.ooxml import Package
    from crmbook.read import Placement


def fit_theme(migration: Migration, package: Package, pattern: Pattern, placement: Placement) -> None:
    """Give headers, cells, page tabs and charts the new theme where they have the old one.

    Parameters
    ----------
    pattern
        What build makes of the book with the new theme.
    placement
        Where everything is in the workbook.
    """
    if not migration.of(SchemaChangeKind.THEME_CHANGED):
        return
    book = migration.book
    accent, font = (str(one) for one in migration.old["theme"])
    restyle(package, pattern.themed(accent, font).package, pattern.package)
    colours = {_digits(accent): _digits(book.accent)}
    placed = placement.layout.tables
    titles = {sheet.title for sheet in book.sheets} | {one.sheet for one in placed.values()}
    recolour_tabs(package, titles, colours)
    drawn = {chart.table for page in book.pages.values() for chart in page.charts}
    headers = {(placed[name].sheet, placed[name].header_row) for name in drawn & placed.keys()}
    recolour_charts(package, headers, colours)


def _digits(accent: str | None) -> str:
    return (accent or theme.ACCENT).removeprefix("#").upper()

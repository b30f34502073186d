"""The pattern: a workbook of the new schema without any rows, from which a filled one takes what it lacks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from crmbook.build import Extract, Stamp
from crmbook.ooxml import ColumnLook, Package, StyleImport, find_column
from crmbook.schema import Layout, layout_of

if TYPE_CHECKING:
    from crmbook.ooxml import Element
    from crmbook.schema import Book

_DAY: Final = date(2000, 1, 1)


@lru_cache(maxsize=4)
def _built(whole: Book, shown: Book, owner: str, where: str) -> bytes:
    """Build once what all the workbooks of a folder take from."""
    from crmbook.build import build_workbook  # most syncs migrate nothing: they need not import what builds

    stamp = Stamp("pattern", "pattern", owner=owner, where=where)
    return build_workbook(whole, {}, _DAY, stamp, extract=Extract(shown)).data


@lru_cache(maxsize=8)
def _themed(book: Book, accent: str, font: str) -> Book:
    """Return a book with another theme; the same one each time, so that it is built once."""
    return replace(book, accent=accent or None, font=font or None)


class Pattern:
    """What build makes of a book; built when it is first asked for.

    Parameters
    ----------
    book
        The sheets and fields that the workbook shows.
    whole
        The whole book, where that is only part of it.
    like
        The stamp of the workbook that takes from it: a copy of some customers says so on its pages.
    """

    def __init__(self, book: Book, whole: Book | None = None, like: Stamp | None = None) -> None:
        self._book = book
        self._whole = whole or book
        self._like = like or Stamp("pattern", "pattern")

    @cached_property
    def layout(self) -> Layout:
        """Where everything is in it."""
        return layout_of(self._book)

    @cached_property
    def package(self) -> Package:
        """The workbook."""
        return Package.open(_built(self._whole, self._book, self._like.owner, self._like.where))

    def themed(self, accent: str, font: str) -> Pattern:
        """Return what build makes of the book with another accent colour and font; empty for those of crmbook."""
        shown, whole = _themed(self._book, accent, font), _themed(self._whole, accent, font)
        return Pattern(shown, whole, self._like)

    def header_style(self, table: str, field: str) -> int:
        """Return the format of a field's header."""
        table_layout = self.layout.tables[table]
        return self._style(
            table_layout.sheet, f"{table_layout.columns[field].letter}{table_layout.header_row}"
        )

    def body_style(self, table: str, field: str) -> int:
        """Return the format of a field's cells."""
        table_layout = self.layout.tables[table]
        return self._style(
            table_layout.sheet, f"{table_layout.columns[field].letter}{table_layout.first_row}"
        )

    def issue_style(self, table: str) -> int:
        """Return the format of the cells that list the issues of a row."""
        table_layout = self.layout.tables[table]
        column = table_layout.issues or next(iter(table_layout.columns.values()))
        return self._style(table_layout.sheet, f"{column.letter}{table_layout.first_row}")

    def _style(self, sheet: str, ref: str) -> int:
        return self.package.sheet(sheet).cell(ref).style

    def look(self, package: Package, table: str, field: str) -> ColumnLook:
        """Return how a field's column shall look in another workbook, whose formats are added to."""
        styles = StyleImport(package, self.package)
        body, header = styles.of(self.body_style(table, field)), styles.of(self.header_style(table, field))
        styles.finish()
        table_layout = self.layout.tables[table]
        column = self.column(table_layout.sheet, table_layout.columns[field].index + 1)
        width = float(column.get("width") or 0) if column is not None else 0
        return ColumnLook(width or None, self._book.tables[table].fields[field].hidden, body, header)

    def column(self, sheet: str, number: int) -> Element | None:
        """Return the element that says how wide a column is."""
        return find_column(self.package.sheet(sheet), number)

"""The layout: which field is in which column of which sheet. Build, read and write-back all ask here.

A sheet of a table holds one ListObject from A1: row 1 its header, rows from 2 its data; the columns are the
fields in order, then the issues column, then the hidden row id. A page begins with its title and holds its tables
side by side below, a blank column between; a page with figures or charts keeps its left part free for them, and a page laid out
by parts shows some of its tables there. The dictionary
holds one column per dropdown list (two for a list that depends on another:
the values and what they belong under).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from crmbook.formula import Labels
from crmbook.schema.blocks import BLOCK_COLUMNS, arrange_blocks
from crmbook.schema.names import column_letters
from crmbook.schema.naming import ISSUES_TITLE, ROW_ID_TITLE, cell_name, list_name, table_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.base import Language
    from crmbook.schema.book import Book, Field, Sheet, Table

HEADER_ROW: Final = 1
"""Row of the headers, 1-based."""
FIRST_DATA_ROW: Final = 2
"""First row of data, 1-based."""
PAGE_HEADER_ROW: Final = 4
"""Row of the headers on a page, below its title and help."""
DASHBOARD_COLUMNS: Final = 14
"""Columns that a page with charts keeps free for key figures and charts."""
LAST_ROW: Final = 1_048_576
"""Last row of a sheet."""


@dataclass(frozen=True)
class Column:
    """One column of a table's sheet: a field, or one of the two service columns (`field` is None)."""

    index: int
    """0-based column in the sheet"""
    header: str
    field: Field | None = None

    @property
    def letter(self) -> str:
        """Column letters: 0 → A."""
        return column_letters(self.index)


@dataclass(frozen=True)
class TableLayout:
    """Where a table is.

    Attributes
    ----------
    table
        The table.
    sheet
        Title of the sheet.
    name
        Name of the ListObject.
    columns
        The columns of the fields, by field, in order.
    issues, row_id
        The service columns; None for an unmanaged table.
    last_row
        Last row that is the table's, where other things are below it; else None.
    """

    table: Table
    sheet: str
    name: str
    columns: Mapping[str, Column]
    issues: Column | None
    row_id: Column | None
    header_row: int = HEADER_ROW
    first_row: int = FIRST_DATA_ROW
    last_row: int | None = None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """All columns from left to right, service columns last."""
        return (*self.columns.values(), *(column for column in (self.issues, self.row_id) if column))

    @property
    def headers(self) -> tuple[str, ...]:
        """The texts of the header row."""
        return tuple(column.header for column in self.all_columns)

    def ref(self, rows: int) -> str:
        """Return the area of the ListObject with `rows` data rows (at least one): ``A1:F20``."""
        columns = self.all_columns
        last = self.first_row + max(rows, 1) - 1
        return f"{columns[0].letter}{self.header_row}:{columns[-1].letter}{last}"

    def cell(self, field: str, row: int) -> str:
        """Return the address of a field's cell in data row `row` (0-based): ``B2``."""
        return f"{self.columns[field].letter}{self.first_row + row}"

    def area(self, field: str, rows: int | None = None) -> str:
        """Return a field's data cells as an absolute area with its sheet; to the last row of the sheet by default."""
        letter = self.columns[field].letter
        last = LAST_ROW if rows is None else self.first_row + max(rows, 1) - 1
        return f"{quoted(self.sheet)}!${letter}${self.first_row}:${letter}${last}"

    @cached_property
    def _by_header(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for words in (lambda field: (field.title,), lambda field: field.aliases):
            for name, column in self.columns.items():
                if column.field is not None:
                    for word in words(column.field):
                        known.setdefault(folded(word), name)
        return known

    def field_for(self, header: str) -> str | None:
        """Return the field that a header names: by its title, an alias, or its title in the other language."""
        return self._by_header.get(folded(header))


@dataclass(frozen=True)
class ListLayout:
    """Where a dropdown list is in the dictionary.

    Attributes
    ----------
    name
        Machine name.
    defined_name
        Name that dropdowns point at.
    header, column
        Header and 0-based column of the values.
    parent_header, parent_column
        Header and column of what each value belongs under, for a list that depends on another.
    """

    name: str
    sheet: str
    defined_name: str
    header: str
    column: int
    parent_header: str = ""
    parent_column: int | None = None
    header_row: int = PAGE_HEADER_ROW
    first_row: int = PAGE_HEADER_ROW + 1

    @property
    def letter(self) -> str:
        """Column letters of the values."""
        return column_letters(self.column)

    @property
    def parent_letter(self) -> str:
        """Column letters of the parents; empty for a list that is alone."""
        return "" if self.parent_column is None else column_letters(self.parent_column)


class Layout:
    """The layout of a book.

    Attributes
    ----------
    tables
        Where each table is.
    lists
        Where each visible dropdown list is.
    names
        Defined name of each single cell (``as_of`` → 截止日期).
    dictionary
        Title of the dictionary sheet; empty where the book has none.
    after_lists
        0-based column of the dictionary that is free after the lists.
    """

    def __init__(self, book: Book, dictionary: str = "dictionary") -> None:
        self.book = book
        self.tables: dict[str, TableLayout] = {}
        for sheet in book.sheets:
            self._place_sheet(sheet)
        self.names: dict[str, str] = {name: cell_name(cell.title) for name, cell in book.cells.items()}
        self.dictionary = next((sheet.title for sheet in book.sheets if sheet.name == dictionary), "")
        self.lists: dict[str, ListLayout] = {}
        self.after_lists = self._place_lists()

    def _place_sheet(self, sheet: Sheet) -> None:
        """Arrange the tables of a sheet: those of its parts there, all others side by side."""
        book, page = self.book, sheet.page
        offset, header_row = 0, PAGE_HEADER_ROW if page else HEADER_ROW
        if page and page.blocks:
            offset = BLOCK_COLUMNS
            seeds = {name: len(book.tables[name].seed) for name in sheet.tables}
            for part in arrange_blocks(page, seeds):
                if part.block.table:
                    table = book.tables[part.block.table]
                    placed = _place_table(table, sheet.title, part.column, book.lang, part.first)
                    last = placed.first_row + len(table.seed) - 1
                    self.tables[table.name] = replace(placed, last_row=last)
        elif page and page.is_dashboard:
            offset = DASHBOARD_COLUMNS
        for name in sheet.tables:
            if name not in self.tables:
                placed = _place_table(book.tables[name], sheet.title, offset, book.lang, header_row)
                self.tables[name] = placed
                offset += len(placed.all_columns) + 1

    @property
    def fingerprint(self) -> str:
        """Stable hash of the schema, for the stamp in a workbook."""
        return self.book.fingerprint

    def moved(self, tables: Mapping[str, TableLayout], lists: Mapping[str, ListLayout]) -> Layout:
        """Return the layout of the same book in a workbook whose tables and lists are elsewhere."""
        other = copy(self)
        other.tables, other.lists = dict(tables), dict(lists)
        vars(other).pop("_open_labels", None)  # they say where the tables were
        return other

    def labels(self, rows: Mapping[str, int] | None = None) -> Labels:
        """Return what formulas need to be written into this workbook.

        Parameters
        ----------
        rows
            Data rows of each table, which bound the areas of `Formula.render_a1`; without it, and for tables that
            are missing in it, areas reach to the last row of the sheet.
        """
        return self._labels(rows) if rows else self._open_labels

    @cached_property
    def _open_labels(self) -> Labels:
        return self._labels({})

    def _labels(self, rows: Mapping[str, int]) -> Labels:
        placed = self.tables.items()
        columns = [(name, field, column) for name, table in placed for field, column in table.columns.items()]
        return Labels(
            tables={name: table.name for name, table in placed},
            headers={(name, field): column.header for name, field, column in columns},
            names=self.names,
            letters={(name, field): column.letter for name, field, column in columns},
            areas={
                (name, field): self.tables[name].area(field, rows.get(name)) for name, field, _ in columns
            },
            picked=frozenset(
                (name, field)
                for name, field, column in columns
                if column.field is not None and column.field.to and self.offered(column.field.to)
            ),
        )

    def offered(self, table: str) -> str:
        """Return the field of a table whose values begin with its keys and are what references offer; empty without one."""
        placed = self.tables.get(table)
        return (placed.table.offers or "") if placed and placed.table.offers in placed.columns else ""

    def table_for(self, title: str) -> str | None:
        """Return the table whose sheet has `title`: its own, an alias, or its title in the other language."""
        wanted = folded(title)
        for name, placed in self.tables.items():
            if folded(placed.sheet) == wanted:
                return name
        for name, placed in self.tables.items():
            if wanted in map(folded, placed.table.aliases):
                return name
        return None

    def _place_lists(self) -> int:
        column = 0
        for name, entry in self.book.lists.items() if self.dictionary else ():
            if entry.hidden:
                continue
            defined = list_name(entry.title, self.book.lang)
            parent = self.book.lists[entry.by] if entry.by else None
            self.lists[name] = ListLayout(
                name=name,
                sheet=self.dictionary,
                defined_name=defined,
                header=entry.title,
                column=column,
                parent_header=f"{entry.title}·{parent.title}" if parent else "",
                parent_column=column + 1 if parent else None,
            )
            column += 2 if parent else 1
        return column


@lru_cache(maxsize=16)
def layout_of(book: Book) -> Layout:
    """Return the layout of a book, made once."""
    return Layout(book)


def _place_table(table: Table, sheet: str, offset: int, lang: Language, header_row: int) -> TableLayout:
    columns = {
        name: Column(offset + index, field.title, field)
        for index, (name, field) in enumerate(table.fields.items())
    }
    after = offset + len(columns)
    return TableLayout(
        table=table,
        sheet=sheet,
        name=table_name(table.title),
        columns=columns,
        issues=Column(after, ISSUES_TITLE[lang]) if table.managed else None,
        row_id=Column(after + 1, ROW_ID_TITLE[lang]) if table.managed else None,
        header_row=header_row,
        first_row=header_row + 1,
    )


def quoted(sheet: str) -> str:
    """Return a sheet's title as formulas write it: in apostrophes, those inside doubled."""
    return "'" + sheet.replace("'", "''") + "'"


def folded(header: str) -> str:
    """Return a header as it is compared: without case, blanks and a trailing asterisk."""
    return "".join(header.split()).casefold().rstrip("*＊")

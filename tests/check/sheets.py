"""Small workbooks for tests, laid out as the book says, written with XlsxWriter, then changed as a person would."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import xlsxwriter

from crmbook.schema import Layout
from tests.check.world import small_book

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Formula:
    """A formula cell with its cached value; without one the cell has no `<v>`."""

    text: str
    value: object = ""


@dataclass
class Page:
    """What is put on a sheet: cells by (row, column), 0-based, and tables as (top, left, bottom, right, name, headers)."""

    cells: dict[tuple[int, int], object] = field(default_factory=dict)
    tables: list[tuple[int, int, int, int, str, list[str]]] = field(default_factory=list)
    totals: bool = False  # whether the last row of each table holds totals

    def move(self, top: int, left: int) -> None:
        """Shift everything."""
        self.cells = {(row + top, column + left): value for (row, column), value in self.cells.items()}
        self.tables = [
            (first + top, start + left, last + top, end + left, *rest)
            for first, start, last, end, *rest in self.tables
        ]


@dataclass
class Sheets:
    """A workbook before it is written."""

    pages: dict[str, Page]
    names: dict[str, str] = field(default_factory=dict)
    date1904: bool = False

    def data(self) -> bytes:
        """Return the workbook's bytes."""
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"in_memory": True, "date_1904": self.date1904})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, page in self.pages.items():
            sheet = book.add_worksheet(title)
            for top, left, bottom, right, name, headers in page.tables:
                columns = [{"header": header} for header in headers]
                options = {"name": name, "columns": columns, "total_row": page.totals}
                sheet.add_table(top, left, bottom, right, options)
            for (row, column), value in page.cells.items():
                _write(sheet, row, column, value, day)
        for name, target in self.names.items():
            book.define_name(name, f"={target}")
        book.close()
        return stream.getvalue()


def _write(sheet, row, column, value, day):
    if isinstance(value, Formula):
        sheet.write_formula(row, column, value.text, None, value.value)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write(row, column, value)


def lay_out(
    tables: dict[str, list[dict[str, object]]],
    *,
    lang: str = "zh",
    change: Callable[[Sheets], None] | None = None,
) -> bytes:
    """Return the bytes of a workbook of the small book with these rows; `change` may alter it before."""
    book = small_book(lang)
    layout = Layout(book)
    pages = {sheet.title: Page() for sheet in book.sheets}
    for name, place in layout.tables.items():
        rows = tables.get(name, [dict(seed) for seed in book.tables[name].seed])
        page, left, top = pages[place.sheet], place.all_columns[0].index, place.header_row - 1
        bottom = top + max(len(rows), 1)
        page.tables.append((top, left, bottom, place.all_columns[-1].index, place.name, list(place.headers)))
        for offset, header in enumerate(place.headers):
            page.cells[top, left + offset] = header
        for number, row in enumerate(rows, start=top + 1):
            for key, value in row.items():
                column = place.row_id if key == "row_id" else place.columns[key]
                page.cells[number, column.index] = value
    for name, place in layout.lists.items():
        _lay_out_list(pages[place.sheet], book.lists, name, place)
    sheets = Sheets(pages)
    for index, defined in enumerate(layout.names.values()):
        sheets.names[defined] = f"'{book.sheets[0].title}'!$H${index + 30}"
    if change:
        change(sheets)
    return sheets.data()


def _lay_out_list(page, lists, name, place):
    page.cells[place.header_row - 1, place.column] = place.header
    if place.parent_column is not None:
        page.cells[place.header_row - 1, place.parent_column] = place.parent_header
    for row, value in enumerate(lists[name].values.values(), start=place.first_row - 1):
        page.cells[row, place.column] = value.text
        if place.parent_column is not None:
            page.cells[row, place.parent_column] = lists[lists[name].by].values[value.parent].text

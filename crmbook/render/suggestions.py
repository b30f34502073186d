"""What was entered before, kept current: the lists in the dictionary behind the dropdowns of fields that suggest it.

They hold what the rows of the workbook say. A text that no row ever said is one that somebody put into the list: it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Change, ChangeKind
from crmbook.build import LIST_ROWS, build_names, entered_header, entered_texts
from crmbook.ooxml import reference
from crmbook.schema import PAGE_HEADER_ROW, folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from crmbook.ooxml import Cell, Package, Sheet
    from crmbook.read import Placement
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]


def iter_suggestions(
    book: Book, package: Package, here: Placement, shown: Tables, given: Tables
) -> Iterator[Change]:
    """Yield the changes that let each list hold what was entered.

    Parameters
    ----------
    here
        Where everything is.
    shown, given
        The rows that the workbook is about to show, and those that it was last given.
    """
    names = build_names(book, here.layout)
    columns = {
        field: here.headers.get(folded(entered_header(book, names, field))) for field in names.entered_columns
    }
    placed = {field: column + 1 for field, column in columns.items() if column is not None}
    if not placed:
        return
    sheet, first = package.sheet(here.layout.dictionary), PAGE_HEADER_ROW + 1
    there: dict[int, dict[int, Cell]] = {column: {} for column in placed.values()}
    for cell in sheet.cells(range(first, first + LIST_ROWS), there.keys()):
        there[cell.column][cell.row] = cell
    for field, column in placed.items():
        texts, before = entered_texts(names, field, shown), entered_texts(names, field, given)
        yield from _iter_list(sheet, column, there[column], texts, set(before))


def _iter_list(
    sheet: Sheet, column: int, cells: Mapping[int, Cell], texts: list[str], before: set[str]
) -> Iterator[Change]:
    """Yield the changes of one list, whose column is counted from 1 and holds `cells`, by row."""
    title, first = sheet.title, PAGE_HEADER_ROW + 1
    if any(cell.formula for cell in cells.values()):
        return  # somebody made a list of his own of it
    there = {row: cell.value for row, cell in cells.items() if cell.value not in {None, ""}}
    own = {str(value).strip() for value in there.values()} - before - set(texts)
    wanted = dict(enumerate(sorted([*texts, *own])[:LIST_ROWS], first))
    for row in sorted(there.keys() | wanted.keys()):
        if there.get(row) != wanted.get(row):
            ref = reference(row, column)
            # Below a header a new cell would look like it.
            style = sheet.column_style(column) if row == first and row not in cells else None
            yield Change(title, ref, wanted.get(row), ChangeKind.MARKED, old=there.get(row), style=style)

"""What was entered before, kept current: the lists in the dictionary behind the dropdowns of fields that suggest it.

They hold what the rows of the workbook say. A text that no row ever said is one that somebody put into the list: it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Change, ChangeKind
from crmbook.build import LIST_ROWS, build_names, entered_header, entered_texts
from crmbook.ooxml import CellEdit, reference
from crmbook.read import find_placement
from crmbook.schema import PAGE_HEADER_ROW, folded, layout_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from crmbook.build import Names
    from crmbook.ooxml import Cell, Package, Sheet
    from crmbook.read import Placement, Snapshot
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
    names, placed = _placed(book, here)
    if not placed:
        return
    sheet, first = package.sheet(here.layout.dictionary), PAGE_HEADER_ROW + 1
    there: dict[int, dict[int, Cell]] = {column: {} for column in placed.values()}
    for cell in sheet.cells(range(first, first + LIST_ROWS), there.keys()):
        there[cell.column][cell.row] = cell
    for field, column in placed.items():
        texts, before = entered_texts(names, field, shown), entered_texts(names, field, given)
        yield from _iter_list(sheet, column, there[column], texts, set(before))


def drop_suggestions(
    book: Book, package: Package, snapshot: Snapshot, texts: Mapping[str, Collection[str]]
) -> None:
    """Take texts out of the lists of what was entered, given by field: those of rows that must leave nothing behind."""
    here = find_placement(layout_of(book), snapshot, package)
    _, placed = _placed(book, here)
    for field, column in placed.items():
        wanted, sheet = texts.get(field, ()), package.sheet(here.layout.dictionary)
        rows = range(PAGE_HEADER_ROW + 1, PAGE_HEADER_ROW + 1 + LIST_ROWS)
        for cell in list(sheet.cells(rows, {column})) if wanted else ():
            if isinstance(cell.value, str) and cell.value.strip() in wanted and cell.formula is None:
                sheet.set_at(cell.row, column, CellEdit(None))


def _placed(book: Book, here: Placement) -> tuple[Names, dict[str, int]]:
    """Return the names behind the dropdowns, and by field the column of its list, counted from 1."""
    names = build_names(book, here.layout)
    columns = {
        field: here.headers.get(folded(entered_header(book, names, field))) for field in names.entered_columns
    }
    return names, {field: column + 1 for field, column in columns.items() if column is not None}


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

"""An extract: the part of a computed book that one workbook shows — some sheets and fields.

The figures in it are computed over everything that its role may know, fields that it hides included. So a formula is
live only where the workbook shows all that it reads; every other one is written as the value it has there, and sync
keeps it. A copy of some rows only is a book of these rows, and needs no extract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.schema import Computed, recompute

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from crmbook.build.live import FieldKey
    from crmbook.formula import Formula
    from crmbook.schema import Book


@dataclass(frozen=True)
class Extract:
    """What a workbook shows of a book.

    Attributes
    ----------
    book
        Its sheets and fields, as `crmbook.build.roles.role_book` makes them.
    """

    book: Book

    @cached_property
    def present(self) -> frozenset[FieldKey]:
        """Everything its formulas can read: (table, field), and ("", cell)."""
        fields = {(name, inner) for name, table in self.book.tables.items() for inner in table.fields}
        return frozenset(fields | {("", name) for name in self.book.cells})

    def keeps(self, formula: Formula) -> bool:
        """Return whether a formula gives in the workbook what it gives in the whole book."""
        return reads_only(formula, self.present)

    def live(self, keys: Collection[FieldKey]) -> frozenset[FieldKey]:
        """Return those of the computed fields and cells that stay right as formulas of this workbook."""
        return frozenset(key for key in keys if self.keeps(self.book.formulas[key]))


def reads_only(formula: Formula, present: Collection[FieldKey]) -> bool:
    """Return whether a formula reads nothing but what is present."""
    names = {("", name) for name in formula.names}
    return all(key in present for key in formula.references | names)


def page_book(book: Book, name: str) -> Book:
    """Return the book with one page only, and what is on it; dropdowns have no list any more."""
    sheet = next(sheet for sheet in book.sheets if sheet.page is not None and sheet.name == name)
    cells = {label: replace(cell, offers=None) for label, cell in book.cells.items() if cell.page == name}
    present = {(table, inner) for table in sheet.tables for inner in book.tables[table].fields}
    present |= {("", label) for label in cells}
    return replace(
        book,
        tables={table: book.tables[table] for table in sheet.tables},
        sheets=(sheet,),
        lists={label: replace(known, hidden=True) for label, known in book.lists.items()},
        pages={name: book.pages[name]},
        cells=cells,
        formulas={key: formula for key, formula in book.formulas.items() if key in present},
        order=tuple(key for key in book.order if key in present),
    )


def with_blank_rows(book: Book, part: Computed, as_of: date) -> Computed:
    """Give every table that people fill and that is empty one blank row with what its formulas show there.

    An Excel table cannot be without a row, and what is typed into it first should find its formulas.

    Parameters
    ----------
    book
        The whole book.
    part
        What the workbook holds of it.
    """
    empty = {name for name, table in book.tables.items() if not len(part.frames[name]) and not table.seed}
    if not empty:
        return part
    tables = {name: part.frames[name] for name in book.scope.rule_tables if name in part.frames}
    tables |= dict.fromkeys(empty, pd.DataFrame(index=pd.RangeIndex(1)))
    typed = {name: part.cells[name] for name, cell in book.cells.items() if cell.formula is None}
    blank = recompute(book, tables, as_of, typed)  # type: ignore[arg-type]
    return Computed(
        {name: (blank if name in empty else part).frames[name] for name in part.frames},
        {key: (blank if key[0] in empty else part).results[key] for key in part.results},
        part.cells,
        {key: (blank if key[0] in empty else part).manual[key] for key in part.manual},
        {key: column for key, column in part.replaced.items() if key[0] not in empty},
    )

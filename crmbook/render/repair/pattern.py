"""What build would make: the validations, conditional formats and names of a book, for a layout at hand.

A scratch workbook without any rows is written by the very functions that build uses, and read back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.build import (
    ANSWERS,
    LAST_ROW,
    Blueprint,
    Canvas,
    Extract,
    Writer,
    build_names,
    build_validation,
    explain_list,
    theme,
    write_cell,
    write_rules,
)
from crmbook.ooxml import Package
from crmbook.render.repair.furniture import Pattern
from crmbook.schema import column_letters, column_name, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmbook.build import Strict
    from crmbook.read import Placement
    from crmbook.render.repair.furniture import Cell
    from crmbook.schema import Book

_LETTERS = re.compile(r"\$[A-Z]{1,3}(?=\$[0-9])")


def make_pattern(
    book: Book,
    placement: Placement,
    live: Collection[tuple[str, str]],
    cells: Mapping[str, Cell],
) -> Pattern:
    """Return the furniture of `book` at a placement.

    Parameters
    ----------
    live
        Computed fields, as (table, field), that are live formulas.
    cells
        Where the single cells are that are typed or have colours of their own, by id.
    """
    shown = _present(book, placement)
    layout = placement.layout
    plan = Blueprint(
        book=shown,
        layout=layout,
        labels=layout.labels(),
        names=build_names(shown, layout),
        extract=Extract(shown),
        live=frozenset(live),
        frames={},
        values=dict.fromkeys(book.cells),
        advice={},
        lines={},
        counted="",
        own={},
        writer=Writer(book.font or theme.FONT),
    )
    scratch = _Scratch(plan)
    scratch.write_tables(placement)
    for name, (sheet, row, column) in cells.items():
        cell = book.cells[name]
        write_cell(Canvas(plan, scratch.sheet(sheet), book.pages[cell.page], 0), row - 1, column - 1, cell)
    package = Package.open(plan.writer.close())
    return Pattern(
        validations={title: tuple(package.validations(title)) for title in scratch.sheets},
        formats={title: tuple(package.conditional_formats(title)) for title in scratch.sheets},
        marks=dict(_iter_marks(book, placement)),
        areas=dict(_iter_areas(plan, placement)),
    )


def _present(book: Book, placement: Placement) -> Book:
    """Return the book without the tables and fields that the workbook lacks."""
    tables = {}
    for name, found in placement.fields.items():
        known = book.tables[name].fields
        fields = {
            field: replace(known[field], by=known[field].by if known[field].by in found else None)
            for field in known
            if field in found
        }
        tables[name] = replace(book.tables[name], fields=fields)
    return replace(book, tables=tables)


class _Scratch:
    """The scratch workbook; its sheets bear the titles of the real one's."""

    def __init__(self, plan: Blueprint) -> None:
        self.plan = plan
        self.sheets: dict[str, Strict] = {}

    def sheet(self, title: str) -> Strict:
        if title not in self.sheets:
            self.sheets[title] = self.plan.writer.sheet(title)
        return self.sheets[title]

    def write_tables(self, placement: Placement) -> None:
        for name in self.plan.book.tables:
            self.write_table(name)
        for name in placement.lists:
            known = placement.layout.lists[name]
            explain_list(self.sheet(known.sheet), self.plan.book, known)

    def write_table(self, name: str) -> None:
        table, table_layout = self.plan.book.tables[name], self.plan.layout.tables[name]
        sheet = self.sheet(table_layout.sheet)
        for field in table.fields.values():
            asked = table.managed or field.list in ANSWERS
            options = (
                build_validation(field, table_layout, self.plan.names, self.plan.book.lang) if asked else None
            )
            if options:
                column = table_layout.columns[field.name].index
                sheet.data_validation(table_layout.first_row - 1, column, LAST_ROW, column, options)
        if table.fields:
            write_rules(self.plan, sheet, table)


def _iter_marks(book: Book, placement: Placement) -> Iterator[tuple[str, Cell]]:
    for name, fields in placement.fields.items():
        table_layout = placement.layout.tables[name]
        if book.tables[name].managed:
            for field in fields:
                spot = (table_layout.sheet, table_layout.header_row, table_layout.columns[field].index + 1)
                yield column_name(name, field), spot


def _iter_areas(plan: Blueprint, placement: Placement) -> Iterator[tuple[str, str]]:
    """Yield the names behind dropdowns whose columns are in the workbook, at the columns they have."""
    names = plan.names
    for name, defined in names.lists.items():
        if name in placement.lists:
            yield defined, names.areas[defined]
            if name in names.parents:
                yield names.parents[name], names.areas[names.parents[name]]
    for table, defined in names.keys.items():
        if plan.book.tables[table].key in placement.fields.get(table, ()):
            yield defined, names.areas[defined]
    for (table, field), defined in names.offered.items():
        if field in placement.fields.get(table, ()):
            yield defined, names.areas[defined]
    titles: dict[str, str] = {}
    for (table, field), defined in names.entered.items():
        title = titles.setdefault(defined, plan.book.tables[table].fields[field].title)
        column = placement.headers.get(folded(plan.words("entered", field=title)))
        if column is not None:
            yield defined, _LETTERS.sub("$" + column_letters(column), names.areas[defined])

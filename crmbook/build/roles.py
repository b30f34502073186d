"""Which sheets and fields a role's copy shows, and what of them it may change."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError
from crmbook.build.extract import reads_only
from crmbook.build.rolepage import follows_choice, live_part
from crmbook.formula import Formula

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crmbook.build.live import FieldKey
    from crmbook.schema import Book, Cell, Field, Role, Sheet, Table

    Shown = Mapping[str, Mapping[str, Field]]

SERVICE_TABLES: Final = frozenset({"issues", "conflicts"})
"""Tables in which sync speaks to people; their pages are in every copy."""
SERVICE_PAGES: Final = frozenset({"dictionary"})
"""Pages that other sheets cannot do without: the dropdown lists are there."""


@lru_cache(maxsize=16)
def role_book(book: Book, role: str) -> Book:
    """Return the book with only the sheets and fields that a role sees, besides those where sync speaks.

    Computed fields and cells keep their formulas, those that read what is absent included: the values come from
    the whole book, and a workbook shows them as values (`crmbook.build.extract.reads_only`). What merely judges
    or colours (checks, highlights, reminders) goes where it reads what is absent; of the scoring rules, which a role
    need not see, reminders may read everything, because sync evaluates them over the whole book.

    Raises
    ------
    CrmbookError
        ``scope.unknown-role``.
    """
    if not role:
        return book
    shown = {sheet.name: sheet.fields for sheet in role_of(book, role).sheets}
    locked = {sheet.name: sheet.read_only for sheet in role_of(book, role).sheets}
    sheets = tuple(sheet for sheet in book.sheets if sheet.name in shown or _serves(sheet))
    sheets = _with_live_pages(book, sheets, shown)
    names = [name for sheet in sheets for name in sheet.tables]
    pages = {sheet.page.name: sheet.page for sheet in sheets if sheet.page is not None}
    there = {cell.id for page in pages.values() for cell in page.cells}
    cells = {name: cell for name, cell in book.cells.items() if name in there}
    fields = _without_idle(
        book, {name: _fields(book.tables[name], shown.get(name, ())) for name in names}, cells
    )
    present = _keys(fields, cells)
    rules = book.scope.rule_tables & book.tables.keys()
    ruled = frozenset((name, inner) for name in rules for inner in book.tables[name].fields)
    return replace(
        book,
        tables={
            name: _read_only(
                _table(book.tables[name], fields[name], present, present | ruled), locked.get(name, ())
            )
            for name in names
        },
        sheets=sheets,
        pages=pages,
        cells=cells,
        formulas={key: formula for key, formula in book.formulas.items() if key in present},
        order=tuple(key for key in book.order if key in present),
    )


def _keys(fields: Shown, cells: Collection[str]) -> frozenset[FieldKey]:
    """Return everything that formulas can read: (table, field), and ("", cell)."""
    present = frozenset((name, inner) for name, kept in fields.items() for inner in kept)
    return present | {("", name) for name in cells}


def _without_idle(book: Book, fields: Shown, cells: Mapping[str, Cell]) -> Shown:
    """Leave out hidden helpers that a copy cannot compute, and that nothing reads which is shown there.

    Nobody looks at a helper. As a value it would mention its sources, which the role may not see, to no purpose.
    """
    while True:
        present = _keys(fields, cells)
        formulas = {key: book.formulas[key] for key in present if key in book.formulas}
        helpers = {key for key in formulas if key[0] and fields[key[0]][key[1]].is_helper}
        read = {cell.offers for cell in cells.values() if cell.offers}
        waiting = [formula for key, formula in formulas.items() if key not in helpers]
        waiting += [check.formula for name in fields for check in book.tables[name].checks]
        waiting += [
            light.formula for kept in fields.values() for one in kept.values() for light in one.highlight
        ]
        while waiting:
            more = waiting.pop().references - read
            read |= more
            waiting += [formulas[key] for key in more & helpers]
        idle = {key for key in helpers - read if not reads_only(formulas[key], present)}
        if not idle:
            return fields
        fields = {
            name: {inner: one for inner, one in kept.items() if (name, inner) not in idle}
            for name, kept in fields.items()
        }


def _with_live_pages(
    book: Book, sheets: tuple[Sheet, ...], shown: Mapping[str, tuple[str, ...]]
) -> tuple[Sheet, ...]:
    """Return sheets with pages that follow a choice cut to what they can compute there."""
    present = {
        (name, inner)
        for sheet in sheets
        if sheet.page is None or not follows_choice(sheet.page)
        for name in sheet.tables
        for inner in _fields(book.tables[name], shown.get(name, ()))
    }
    present |= {
        ("", cell.id)
        for sheet in sheets
        if sheet.page is not None and not follows_choice(sheet.page)
        for cell in sheet.page.cells
    }
    found = []
    for sheet in sheets:
        if sheet.page is not None and follows_choice(sheet.page):
            page = live_part(book, sheet.page, present)
            sheet = replace(sheet, page=page, tables=page.tables)  # noqa: PLW2901 - the same sheet
        found.append(sheet)
    return tuple(found)


def role_of(book: Book, name: str) -> Role:
    """Return a role of a book.

    Raises
    ------
    CrmbookError
        ``scope.unknown-role``.
    """
    if name not in book.roles:
        raise CrmbookError("scope.unknown-role", role=name, known=", ".join(book.roles) or "–")
    return book.roles[name]


def _serves(sheet: Sheet) -> bool:
    """Return whether no copy can do without a sheet: the as-of date, the lists, issues and conflicts are there."""
    has_day = sheet.page is not None and any(cell.id == "as_of" for cell in sheet.page.cells)
    return has_day or sheet.name in SERVICE_PAGES or bool(SERVICE_TABLES & set(sheet.tables))


def _fields(table: Table, wanted: tuple[str, ...]) -> dict[str, Field]:
    """Return the fields of a table that are shown; its key always is."""
    return {
        name: inner
        for name, inner in table.fields.items()
        if not wanted or name in wanted or name == table.key
    }


def _table(
    table: Table,
    fields: Mapping[str, Field],
    present: frozenset[tuple[str, str]],
    reminded: frozenset[tuple[str, str]],
) -> Table:
    """Return a table with some of its fields; what judges it reads only what is `present`, reminders `reminded`."""
    return replace(
        table,
        fields={name: _field(inner, fields, present) for name, inner in fields.items()},
        name_field=table.name_field if table.name_field in fields else None,
        offers=table.offers if table.offers in fields else None,
        identity=tuple(names for names in table.identity if set(names) <= fields.keys()),
        checks=tuple(
            replace(check, fields=kept)
            for check in table.checks
            if (kept := tuple(name for name in check.fields if name in fields))
            and reads_only(check.formula, present)
        ),
        reminders=tuple(
            replace(reminder, owner=reminder.owner if reminder.owner in fields else None)
            for reminder in table.reminders
            if all(
                reads_only(part, reminded) if isinstance(part, Formula) else part is None or part in fields
                for part in (reminder.formula, reminder.due, reminder.occurrence)
            )
        ),
    )


def _read_only(table: Table, names: Collection[str]) -> Table:
    """Return a table some of whose fields are for looking only; what else is checked of these is not the role's to mend."""
    fields = {
        name: replace(inner, read_only=True) if name in names else inner
        for name, inner in table.fields.items()
    }
    return replace(table, fields=fields) if names else table


def _field(inner: Field, fields: Mapping[str, Field], present: frozenset[tuple[str, str]]) -> Field:
    required = inner.required_when
    return replace(
        inner,
        by=inner.by if inner.by in fields else None,
        required_when=required if required and reads_only(required, present) else None,
        highlight=tuple(light for light in inner.highlight if reads_only(light.formula, present)),
    )

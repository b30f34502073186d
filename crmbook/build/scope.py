"""What one working copy shows of a book: whose rows (`Scope`), and which sheets and fields (`role_book`).

A scope is decided by customers (or whom else a template names by ``owner_field``): those of one owner, or those for
whom a formula holds; every table that refers to customers shows the rows about them, every other table all of its
rows. It reads typed fields only, never computed ones nor a day, so that a row never leaves a copy because time went by.

A row that is nobody's (a customer without an owner, a row about no customer: an anonymous answer, a prospect of
today) belongs to the copies that hold it already: whoever typed it keeps seeing it, nobody else gets it. So does a row
about a key that customers within and without the scope bear: no key that somebody typed lays rows open.

What is in a scope, the store's rows say, never what a copy types: a copy may hand a customer over by naming another
owner, and cannot get one by naming itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import CrmbookError
from crmbook.build.condition import Condition
from crmbook.build.extract import reads_only
from crmbook.build.rolepage import follows_choice, live_part
from crmbook.formula import Formula

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.schema import Book, Field, Role, Sheet, Table

    Tables = Mapping[str, pd.DataFrame]
    Held = Mapping[str, Collection[str]]

CUSTOMERS: Final = "customers"
SERVICE_TABLES: Final = frozenset({"issues", "conflicts"})
"""Tables in which sync speaks to people; their pages are in every copy."""
SERVICE_PAGES: Final = frozenset({"dictionary"})
"""Pages that other sheets cannot do without: the dropdown lists stand there."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a working copy is for.

    Attributes
    ----------
    owner
        Only the customers of this person.
    where
        Only the customers for whom this Excel formula holds, such as ``=[@地区]="北京"``; fields by header or name.
    role
        Only the sheets and fields of this role.
    """

    owner: str = ""
    where: str = ""
    role: str = ""

    @property
    def narrows(self) -> bool:
        """Return whether it leaves out rows."""
        return bool(self.owner or self.where)


def check_scope(book: Book, scope: Scope) -> None:
    """Refuse a scope that this book cannot have, before anything is built with it.

    Raises
    ------
    CrmbookError
        ``scope.unknown-role``, ``scope.no-customers``, ``scope.no-owner``, ``scope.computed``, ``scope.moves``.
    FormulaError
        If the formula is wrong.
    """
    if scope.role:
        _role(book, scope.role)
    if scope.narrows and book.people not in book.tables:
        raise CrmbookError("scope.no-customers")
    if scope.owner and book.owner not in book.tables[book.people].fields:
        raise CrmbookError("scope.no-owner")
    if scope.where:
        _condition(book, scope.where)


def rows_in_scope(
    book: Book, scope: Scope, tables: Tables, held: Held | None = None
) -> dict[str, pd.Index[str]]:
    """Return the row ids of every table that a working copy of this scope holds, in the order of the tables.

    Parameters
    ----------
    book
        The whole book, not that of a role.
    tables
        State frames: typed fields by name, row ids as the index.
    held
        Row ids by table that the copy holds already, those typed into it since included.

    Raises
    ------
    CrmbookError, FormulaError
        See `check_scope`.
    """
    if not scope.narrows:
        return {name: frame.index for name, frame in tables.items()}
    check_scope(book, scope)
    held = held or {}
    mine = _customers(book, scope, tables, held)
    customers = tables[book.people]
    key = book.tables[book.people].key
    keys, others = (set(customers.loc[rows, key].dropna()) for rows in (mine, ~mine))
    chosen = {name: frame.index for name, frame in tables.items()}
    chosen[book.people] = customers.index[mine.to_numpy()]
    for name, references in _referring(book).items():
        if name in tables:
            frame, known = tables[name], held.get(name, ())
            about = _about(frame, references, keys - others)
            about |= _about(frame, references, keys & others) & frame.index.isin(list(known))
            about |= _nobodys(frame, references, scope, book.owner, known)
            chosen[name] = frame.index[about.to_numpy()]
    return chosen


def tables_in_scope(
    book: Book, scope: Scope, tables: Tables, held: Held | None = None
) -> dict[str, pd.DataFrame]:
    """Return the rows themselves, see `rows_in_scope`; where nothing is left out, the frames that were handed in."""
    if not scope.narrows:
        return dict(tables)
    rows = rows_in_scope(book, scope, tables, held)
    return {
        name: frame if len(rows[name]) == len(frame) else frame.loc[rows[name]]
        for name, frame in tables.items()
    }


def _referring(book: Book) -> dict[str, list[str]]:
    """Return the fields of every other table that refer to customers."""
    found = {
        name: [inner.name for inner in table.references_to(book.people)]
        for name, table in book.tables.items()
    }
    return {name: fields for name, fields in found.items() if fields and name != book.people}


def _customers(book: Book, scope: Scope, tables: Tables, held: Held) -> pd.Series[bool]:
    """Return which customers the scope holds."""
    frame = tables[book.people]
    mine = pd.Series(True, index=frame.index)
    if scope.owner:
        owners = _folded(frame, book.owner)
        mine = owners == fold(scope.owner)
        mine |= (owners == "") & _is_held(book, tables, held)
    if scope.where:
        mine &= _condition(book, scope.where).holds(tables)
    return mine


def _is_held(book: Book, tables: Tables, held: Held) -> pd.Series[bool]:
    """Return which customers the copy holds already: their row, or a row about them."""
    frame = tables[book.people]
    known: set[object] = set()
    for name, references in _referring(book).items():
        if name in tables:
            rows = tables[name].loc[tables[name].index.isin(list(held.get(name, ())))]
            known.update(*(rows[reference].dropna() for reference in references if reference in rows))
    own = frame.index.isin(list(held.get(book.people, ())))
    return pd.Series(own, index=frame.index) | frame[book.tables[book.people].key].isin(list(known))


def _about(frame: pd.DataFrame, references: Iterable[str], keys: Collection[object]) -> pd.Series[bool]:
    """Return which rows are about one of the customers."""
    about = pd.Series(False, index=frame.index)
    for reference in references:
        if reference in frame:
            about |= frame[reference].isin(list(keys))
    return about


def _nobodys(
    frame: pd.DataFrame, references: Iterable[str], scope: Scope, owner: str, held: Collection[str]
) -> pd.Series[bool]:
    """Return which rows about no customer are this copy's: held already, or in the owner's name."""
    blank = pd.Series(True, index=frame.index)
    for reference in references:
        if reference in frame:
            blank &= frame[reference].isna()
    mine = pd.Series(frame.index.isin(list(held)), index=frame.index)
    if scope.owner:
        mine |= _folded(frame, owner) == fold(scope.owner)
    return blank & mine


def owners_of(tables: Tables, people: str = CUSTOMERS, owner: str = "owner") -> list[str]:
    """Return who is in charge of somebody in a state, by name; of whom and by which field, `Book` says."""
    frame = tables.get(people)
    if frame is None or owner not in frame.columns:
        return []
    return sorted({str(name) for name in frame[owner].dropna().tolist()})


def fold(name: object) -> str:
    """Return a person's name as it is compared: without case, width and surrounding blanks."""
    return "" if name is None else unicodedata.normalize("NFKC", str(name)).strip().casefold()


def _folded(frame: pd.DataFrame, name: str) -> pd.Series[str]:
    values = frame[name].tolist() if name in frame else [None] * len(frame)
    known = {value: fold(value) for value in set(values)}
    return pd.Series([known[value] for value in values], index=frame.index, dtype=object)


def _condition(book: Book, text: str) -> Condition:
    """Return a condition over customers, whose answer changes only when somebody changes a row.

    Raises
    ------
    CrmbookError
        ``scope.moves``, ``scope.computed``.
    """
    found = Condition.of(book, text, book.people)
    if found.formula.names or found.formula.volatile:
        raise CrmbookError("scope.moves", where=text)
    for word, shown in sorted(found.formula.references):
        table = book.tables[found.tables[word]]
        inner = table.fields.get(found.fields[word, shown])
        if inner is None or inner.formula is not None or not table.managed:
            raise CrmbookError("scope.computed", where=text, field=shown)
    return found


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
    shown = {sheet.name: sheet.fields for sheet in _role(book, role).sheets}
    sheets = tuple(sheet for sheet in book.sheets if sheet.name in shown or _serves(sheet))
    sheets = _with_live_pages(book, sheets, shown)
    names = [name for sheet in sheets for name in sheet.tables]
    fields = {name: _fields(book.tables[name], shown.get(name, ())) for name in names}
    pages = {sheet.page.name: sheet.page for sheet in sheets if sheet.page is not None}
    there = {cell.id for page in pages.values() for cell in page.cells}
    cells = {name: cell for name, cell in book.cells.items() if name in there}
    present = frozenset((name, inner) for name, kept in fields.items() for inner in kept)
    present |= {("", name) for name in cells}
    rules = book.scope.rule_tables & book.tables.keys()
    ruled = frozenset((name, inner) for name in rules for inner in book.tables[name].fields)
    return replace(
        book,
        tables={name: _table(book.tables[name], fields[name], present, present | ruled) for name in names},
        sheets=sheets,
        pages=pages,
        cells=cells,
        formulas={key: formula for key, formula in book.formulas.items() if key in present},
        order=tuple(key for key in book.order if key in present),
    )


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


def _role(book: Book, name: str) -> Role:
    if name not in book.roles:
        raise CrmbookError("scope.unknown-role", role=name, known=", ".join(book.roles) or "–")
    return book.roles[name]


def _serves(sheet: Sheet) -> bool:
    """Return whether no copy can do without a sheet: the as-of date, the lists, issues and conflicts stand there."""
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


def _field(inner: Field, fields: Mapping[str, Field], present: frozenset[tuple[str, str]]) -> Field:
    required = inner.required_when
    return replace(
        inner,
        by=inner.by if inner.by in fields else None,
        required_when=required if required and reads_only(required, present) else None,
        highlight=tuple(light for light in inner.highlight if reads_only(light.formula, present)),
    )

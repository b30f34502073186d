"""What one working copy shows of a book: whose rows (`Scope`); which sheets and fields, `crmbook.build.roles` says.

A scope is decided by customers (or whom else a template names by ``owner_field``): those of one owner, or those for
whom a formula holds; every table that refers to customers shows the rows about them, one that says whose its rows are
(`owned_by`) those of the copy's owner, every other table all of its rows. It reads typed fields only, never computed ones
nor a day, so that a row never leaves a copy because time went by.

A row that is nobody's (a customer without an owner, a row about no customer: an anonymous answer, a prospect of
today) belongs to the copies that hold it already: whoever typed it keeps seeing it, nobody else gets it. So does a row
about a key that customers within and without the scope bear: no key that somebody typed lays rows open.

What is in a scope, the store's rows say, never what a copy types: a copy may hand a customer over by naming another
owner, and cannot get one by naming itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import CrmbookError, Sample
from crmbook.build.roles import role_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.build.condition import Condition
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]
    Held = Mapping[str, Collection[str]]

CUSTOMERS: Final = "customers"
_NAMED: Final = 12
"""Owners that an error names."""


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
    rows
        By table, formulas of the role: only the rows for which they hold. See `scope_in`.
    """

    owner: str = ""
    where: str = ""
    role: str = ""
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def narrows(self) -> bool:
        """Return whether it leaves out rows."""
        return bool(self.owner or self.where or self.rows)


def scope_in(book: Book, scope: Scope) -> Scope:
    """Return a scope with what the book says of the rows of its role."""
    role = book.roles.get(scope.role)
    return replace(scope, rows=role.rows if role else ())


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
        role_of(book, scope.role)
    for table, text in scope_in(book, scope).rows:
        _condition(book, text, table)
    if (scope.owner or scope.where) and book.people not in book.tables:
        raise CrmbookError("scope.no-customers")
    if scope.owner and book.owner not in book.tables[book.people].fields:
        raise CrmbookError("scope.no-owner")
    if scope.where:
        _condition(book, scope.where)


def refuse_nobody(book: Book, scope: Scope, tables: Tables) -> None:
    """Refuse the copy of somebody who is in charge of nothing: most often the name is written wrong.

    Raises
    ------
    CrmbookError
        ``scope.unknown-owner`` with the names that there are, ``scope.no-owners`` where there are none.
    """
    if not scope.owner:
        return
    frames = [frame[book.owner] for frame in tables.values() if book.owner in frame.columns]
    known = sorted({str(name) for names in frames for name in names.dropna()})
    if fold(scope.owner) in map(fold, known):
        return
    named = Sample(tuple(known[:_NAMED]), max(0, len(known) - _NAMED))
    raise CrmbookError("scope.unknown-owner" if known else "scope.no-owners", owner=scope.owner, known=named)


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
    if book.people not in tables:
        return _rows_of_role(book, scope, tables, {name: frame.index for name, frame in tables.items()})
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
    picks = bool(scope.where) or any(name == book.people for name, _ in scope.rows)
    for name, table in book.tables.items():
        if table.owned_by and name in tables and (scope.owner or picks):
            chosen[name] = _own_rows(scope, tables[name], table.owned_by, held.get(name, ()))
    return _rows_of_role(book, scope, tables, chosen)


def _own_rows(scope: Scope, frame: pd.DataFrame, owner: str, held: Collection[str]) -> pd.Index[str]:
    """Return the rows of a table about no customer that are this copy's: its owner's, and nobody's that it holds.

    What is a whole person's, such as a target, says nothing about the customers that a condition picks: a copy without an
    owner shows only what was typed into it.
    """
    owners = _folded(frame, owner)
    mine = pd.Series(frame.index.isin(list(held)), index=frame.index)
    if scope.owner:
        mine = (mine & (owners == "")) | (owners == fold(scope.owner))
    return frame.index[mine.to_numpy()]


def _rows_of_role(
    book: Book, scope: Scope, tables: Tables, chosen: dict[str, pd.Index[str]]
) -> dict[str, pd.Index[str]]:
    """Return of the chosen rows those that the scope's role sees."""
    for name, text in scope.rows:
        if name in tables and name != book.people:
            holds = _condition(book, text, name).holds(tables)
            chosen[name] = chosen[name][holds.loc[chosen[name]].to_numpy()]
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
    for name, text in scope.rows:
        if name == book.people:
            mine &= _condition(book, text).holds(tables)
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


def _condition(book: Book, text: str, table: str = "") -> Condition:
    """Return a condition over customers, or the rows of another table, whose answer changes only when somebody changes a row.

    Raises
    ------
    CrmbookError
        ``scope.moves``, ``scope.computed``.
    """
    from crmbook.build.condition import (
        Condition,  # what reads formulas: only a copy of a part has one to read
    )

    found = Condition.of(book, text, table or book.people)
    if found.formula.names or found.formula.volatile:
        raise CrmbookError("scope.moves", where=text)
    for word, shown in sorted(found.formula.references):
        named = book.tables[found.tables[word]]
        inner = named.fields.get(found.fields[word, shown])
        if inner is None or inner.formula is not None or not named.managed:
            raise CrmbookError("scope.computed", where=text, field=shown)
    return found

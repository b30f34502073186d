"""The columns of one table in a filled workbook, fitted to the new schema.

Columns that are gone from the schema stay and become their owner's: their header is the old title, their hidden name
goes. Renamed ones get their new header, unless a person had given them one of their own. New ones are inserted behind
the field that precedes them in the schema; where a person has a column of that very title, it is taken over instead.
Nothing is moved: a field that the schema puts elsewhere stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.migrate.conversion import FORMER
from crmbook.migrate.locating import Spot, locate, marks_of
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import (
    NewColumn,
    Renaming,
    drop_defined_names,
    hide_column,
    insert_column,
    letters,
    reference,
    rename,
)
from crmbook.schema import column_name, folded, quoted

if TYPE_CHECKING:
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Described, Migration
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot

COLUMNS: Final = (
    SchemaChangeKind.TABLE_RENAMED,
    SchemaChangeKind.FIELD_ADDED,
    SchemaChangeKind.FIELD_REMOVED,
    SchemaChangeKind.FIELD_RENAMED,
    SchemaChangeKind.FORMULA_CHANGED,
)
"""The changes that columns must be fitted to."""


def fit_columns(migration: Migration, package: Package, pattern: Pattern, name: str) -> None:
    """Fit one table to the new schema.

    Parameters
    ----------
    name
        Machine name of the table in the new schema.
    """
    old = migration.old_tables[name]
    spot = locate(package, old, pattern.layout.tables[name], migration.book.lang)
    if spot is None:
        return
    _Fitting(migration, package, pattern, name, spot).run()


def fit_shown(migration: Migration, package: Package, snapshot: Snapshot) -> None:
    """Hide the columns that the new schema hides and the old one did not, and the other way round.

    What a person hid or showed stays, where the schema says the same as before. A description of former days names
    only the hidden columns that are computed.
    """
    for name, found in snapshot.tables.items():
        for field, old in migration.old_fields(name).items():
            hidden = migration.book.tables[name].fields[field].hidden
            if field in found.columns and old.get("hidden", old["helper"]) != hidden:
                hide_column(package.sheet(found.sheet), found.columns[field].index + 1, hidden=hidden)


class _Fitting:
    """One table while it is fitted."""

    def __init__(
        self, migration: Migration, package: Package, pattern: Pattern, name: str, spot: Spot
    ) -> None:
        self._migration = migration
        self._package = package
        self._pattern = pattern
        self._table = migration.book.tables[name]
        self._old = migration.old_tables[name]
        self._spot = spot
        self._lang = migration.book.lang

    def run(self) -> None:
        kept = self._migration.old_fields(self._table.name)
        displaced = {name for name, old in kept.items() if self._is_displaced(name, old)}
        stays = {name: old for name, old in kept.items() if name not in displaced}
        headers: dict[int, str] = {}
        for old in self._old["fields"]:
            column = self._spot.columns.get(old["name"])
            new = next((name for name, other in kept.items() if other is old), None)
            if column is not None:
                headers[column] = self._header(old, new, column, is_displaced=new in displaced)
        self._set_headers(headers)
        self._rename_marks(stays)
        columns = {name: self._spot.columns.get(old["name"]) for name, old in stays.items()}
        self._spot.columns = {name: column for name, column in columns.items() if column is not None}
        self._insert(set(stays))

    def _is_displaced(self, name: str, old: Described) -> bool:
        """Return whether what people typed makes room for a formula."""
        return self._table.fields[name].derived and not old["derived"]

    def _header(self, old: Described, new: str | None, column: int, *, is_displaced: bool) -> str:
        """Return the header that a column of the old schema shall have."""
        title = str(old["titles"].get(self._lang) or old["name"])
        if new is None:
            return title
        if is_displaced:
            return FORMER[self._lang].format(field=self._table.fields[new].title)
        now = self._spot.headers[column]
        known = {folded(word) for word in (*old["titles"].values(), *old["aliases"])}
        return self._table.fields[new].title if folded(now) in known else now

    def _set_headers(self, headers: dict[int, str]) -> None:
        """Rename headers all at once; a person's column that is in the way gets a name like its own."""
        spot = self._spot
        wanted = {number: text for number, text in headers.items() if spot.headers[number] != text}
        coming = {folded(text) for text in wanted.values()}
        for number, text in spot.headers.items():
            if number not in headers and folded(text) in coming:
                wanted[number] = spot.free_header(f"{text} 2")
        if not wanted:
            return
        if spot.table_name:
            area = self._package.table(spot.table_name).area
            columns = {
                spot.headers[number]: text
                for number, text in wanted.items()
                if area.left <= number <= area.right
            }
            rename(self._package, Renaming(columns={spot.table_name: columns}))
        for number, text in wanted.items():
            self._package.sheet(spot.sheet).set(reference(spot.header_row, number), text)
        spot.headers |= wanted

    def _rename_marks(self, stays: dict[str, Described]) -> None:
        """Let the hidden names say which fields the columns hold now."""
        old_names = {old["name"]: column_name(self._old["name"], old["name"]) for old in self._old["fields"]}
        same = {
            old["name"]
            for name, old in stays.items()
            if column_name(self._table.name, name) == old_names[old["name"]]
        }
        drop_defined_names(self._package, [mark for name, mark in old_names.items() if name not in same])
        for name, old in stays.items():
            column = self._spot.columns.get(old["name"])
            if column is not None and old["name"] not in same and self._table.managed:
                self._mark(name, column)

    def _mark(self, name: str, column: int) -> None:
        target = f"{quoted(self._spot.sheet)}!${letters(column)}${self._spot.header_row}"
        self._package.set_defined_name(column_name(self._table.name, name), target, hidden=True)

    def _insert(self, stays: set[str]) -> None:
        """Insert the new fields, each behind the field that precedes it in the schema."""
        spot, before = self._spot, 0
        there = marks_of(self._package, self._table.name, spot)
        spot.columns |= {
            name: there[name] for name in self._table.fields if name in there and name not in stays
        }
        for name, target in self._table.fields.items():
            if name not in spot.columns and name not in stays:
                own = spot.column_with(target.title)
                if own is not None and not target.derived:
                    spot.columns[name] = own
                else:
                    self._insert_one(name, before, own)
                    spot.columns[name] = before + 1 if before else self._left
                if self._table.managed:
                    self._mark(name, spot.columns[name])
            before = spot.columns.get(name, before)

    @property
    def _left(self) -> int:
        return min(self._spot.headers, default=1)

    def _insert_one(self, name: str, before: int, own: int | None) -> None:
        spot, target = self._spot, self._table.fields[name]
        if own is not None:
            self._set_headers_of_own(own)
        at = before + 1 if before else self._left
        look = self._pattern.look(self._package, self._table.name, name)
        insert_column(self._package, spot.sheet, at, NewColumn(target.title, spot.table_name, look))
        header_cell = reference(spot.header_row, at)
        if self._package.sheet(spot.sheet).cell(header_cell).value != target.title:  # no table lies around it
            self._package.sheet(spot.sheet).set(header_cell, target.title, style=look.header_style)
        spot.shift(at)
        spot.headers[at] = target.title

    def _set_headers_of_own(self, number: int) -> None:
        self._set_headers({number: self._spot.free_header(f"{self._spot.headers[number]} 2")})

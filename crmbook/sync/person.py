"""All that a book's store holds on one person: rows, what they once held, disputed values, and where else the person is named.

The person's rows are the customer's own and those of other tables that refer to it, directly or through one another; of
other customers nothing is reported. A row counts although it was deleted since. Nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbook.base import CrmbookError
from crmbook.build import ANSWERED, row_of_key
from crmbook.exchange import ExportWish, Held, choose
from crmbook.ingest import survivors
from crmbook.revisions import Naming, line_of
from crmbook.schema import Storage, recompute
from crmbook.sync.checkout import left_book
from crmbook.sync.printed import find_customer
from crmbook.values import day_of, spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    import pandas as pd

    from crmbook.base import Language
    from crmbook.exchange import Export
    from crmbook.schema import Book, Table
    from crmbook.store import BookRecord, ChangeRecord, Store

    Rows = dict[str, set[str]]
    Tables = Mapping[str, pd.DataFrame]

_TELLING = 4
"""Characters that a value must have at least to be looked for in other rows' texts."""


def read_person(  # noqa: PLR0913, PLR0917 - where, who, when, and in which words
    store: Store, record: BookRecord, book: Book, customer: str, as_of: date, lang: Language | None = None
) -> Held:
    """Return everything that the store holds on one customer.

    Parameters
    ----------
    customer
        Key, name, or both: ``001 张三``.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed``; ``export.no-customers`` if the book has no table of people; ``card.unknown`` and
        ``card.ambiguous`` about the customer.
    """
    traced = trace_person(store, record, book, customer)
    book, frames, search, tables = traced.book, traced.frames, traced.search, traced.tables
    naming = Naming(book, tables)
    revisions = {one.number: one for one in store.revisions(record.book_id)}
    changes_shown = [one for one in traced.changes if one.row_id in search.rows.get(one.table, ())]
    history = [(revisions[one.revision], line_of(naming, one)) for one in reversed(changes_shown)]
    export = choose(book, recompute(book, frames, as_of), ExportWish(lang=lang), as_of)
    return Held(
        traced.shown,
        _only(export, search.rows),
        history,
        list(_conflicts(store, record.book_id, naming, search.rows)),
        list(_reminders(naming, tables.get(ANSWERED), search.rows)),
        list(search.mentions(naming)),
        _workbooks(store, record.book_id, book.people, search.row_id),
        book.locale.clock,
    )


@dataclass(frozen=True)
class TracedPerson:
    """One person's rows in a book.

    Attributes
    ----------
    shown
        Key with name.
    book
        The book as far as the store has it.
    tables, frames
        The head: all of it, and the tables of the book.
    changes
        Everything that ever changed.
    search
        The rows, and the keys that the person ever had.
    """

    shown: str
    book: Book
    tables: Tables
    frames: Tables
    changes: Sequence[ChangeRecord]
    search: _Search

    @property
    def rows(self) -> Rows:
        """By table, the ids of the person's rows."""
        return self.search.rows

    @property
    def keys(self) -> set[str]:
        """Every key that the person ever had and nobody else has today."""
        return self.search.keys


def trace_person(store: Store, record: BookRecord, book: Book, customer: str) -> TracedPerson:
    """Return the rows of one customer, today's and those that are gone; raises as `read_person` does."""
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    if book.people not in book.tables:
        raise CrmbookError("export.no-customers", template=book.template)
    tables = store.head(record.book_id).tables
    book = left_book(book, tables)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    shown, row_id = _find(book, frames[book.people], customer)
    changes = store.changes(record.book_id)
    merged = {gone for gone, kept in survivors(tables, book.people).items() if kept == row_id}
    search = _Search(book, frames, changes, row_id, merged)
    search.run()
    return TracedPerson(shown, book, tables, frames, changes, search)


def _find(book: Book, frame: pd.DataFrame, customer: str) -> tuple[str, str]:
    """Return key with name, and row id, of the customer who is meant."""
    table = book.tables[book.people]
    names = [table.key, *([table.name_field] if table.name_field in frame else [])]
    known = frame[names].dropna(subset=[table.key])
    people = [[spell(value) if value is not None else "" for value in row] for row in _cells(known)]
    shown = find_customer(people, customer)
    position = [" ".join(one).strip() for one in people].index(shown)
    return shown, str(known.index[position])


def _cells(frame: pd.DataFrame) -> list[list[Any]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


@dataclass
class _Search:
    """Finds the rows of one person.

    Attributes
    ----------
    merged
        Rows that went into the person's.
    keys
        Every key that the person ever had and nobody else has today.
    rows
        By table, the ids of the rows found.
    """

    book: Book
    frames: Tables
    changes: Sequence[ChangeRecord]
    row_id: str
    merged: set[str]
    keys: set[str] = field(default_factory=set)
    rows: Rows = field(default_factory=dict)

    def run(self) -> None:
        """Find the person's rows, then what refers to them, until nothing more is found."""
        people = self.book.people
        self.rows[people] = {self.row_id, *self.merged}
        self.keys = self._keys_of(people, self.rows[people])
        found = {people: self.keys}
        while found:
            found = self._referring(found)

    def _referring(self, found: Mapping[str, set[str]]) -> dict[str, set[str]]:
        """Add the rows that refer to keys just found; return the keys of those that are new."""
        new: dict[str, set[str]] = {}
        for table in self.book.tables.values():
            wanted = {one.name: found[one.to] for one in table.fields.values() if one.to and one.to in found}
            if not wanted or not table.managed or table.name == self.book.people:
                continue
            rows = self._rows_of(table, wanted) - self.rows.get(table.name, set())
            if rows:
                self.rows.setdefault(table.name, set()).update(rows)
                new[table.name] = self._keys_of(table.name, rows)
        return new

    def _rows_of(self, table: Table, wanted: Mapping[str, set[str]]) -> set[str]:
        """Return the rows of a table that refer to the wanted keys, today or when they were deleted: not what became another's."""
        frame, rows = self.frames.get(table.name), set[str]()
        here = set(frame.index) if frame is not None else set()
        for name, keys in wanted.items():
            if frame is not None and name in frame:
                rows |= set(frame.index[frame[name].isin(keys)])
        for record in self.changes:
            is_gone = record.table == table.name and record.kind == "deleted" and record.row_id not in here
            if is_gone and any((record.old or {}).get(name) in keys for name, keys in wanted.items()):
                rows.add(record.row_id)
        return rows

    def _keys_of(self, name: str, rows: set[str]) -> set[str]:
        """Return every key that some rows ever had and no other row has today."""
        key, frame = self.book.tables[name].key, self.frames.get(name)
        others = set[str]()
        found = {
            spell(value)
            for record in self.changes
            if record.table == name and record.row_id in rows
            for label, value in _values(record)
            if label == key and value is not None
        }
        if frame is not None and key in frame:
            mine = frame.index.isin(rows)
            found |= {spell(one) for one in frame.loc[mine, key].dropna()}
            others = {spell(one) for one in frame.loc[~mine, key].dropna()}
        return found - others

    def mentions(self, naming: Naming) -> Iterator[dict[str, str]]:
        """Yield the cells of rows that are not the person's that hold a name, number or address of the person."""
        wanted = self._telling()
        if not wanted:
            return
        for name, frame in self.frames.items():
            table = self.book.tables[name]
            others = frame[~frame.index.isin(self.rows.get(name, ()))] if table.managed else frame.iloc[:0]
            for label in others.columns:
                target = table.fields.get(str(label))
                if target is not None and (target.storage is not Storage.TEXT or target.list or target.to):
                    continue
                for row_id, value in others[label].dropna().items():
                    if isinstance(value, str) and any(one in value for one in wanted):
                        yield {
                            "table": naming.title(name),
                            "key": naming.key(name, str(row_id)),
                            "field": naming.header(name, str(label)),
                            "text": value,
                        }

    def _telling(self) -> set[str]:
        """Return what others may write of the person: name, and every other personal text by which one is known."""
        table = self.book.tables[self.book.people]
        row = self.frames[self.book.people].loc[self.row_id]
        labels = {label for labels in table.identity for label in labels if table.fields[label].personal}
        texts = {spell(row[label]) for label in labels if isinstance(row.get(label), str)}
        called = {text for text in texts if len(text) >= _TELLING}
        name = row.get(table.name_field) if table.name_field else None
        if isinstance(name, str):
            called.add(name)
        return called


def _values(record: ChangeRecord) -> Iterator[tuple[str, Any]]:
    """Yield label and value of everything that a change put in or took away."""
    for side in (record.old, record.new):
        if not record.label:
            yield from (side or {}).items()
        elif side is not None:
            yield record.label, side


def _only(export: Export, rows: Rows) -> Export:
    tables = (
        replace(table, frame=table.frame[table.frame.index.isin(rows.get(table.table.name, ()))])
        for table in export.tables
    )
    return replace(export, tables=tuple(table for table in tables if len(table.frame)))


def _conflicts(store: Store, book_id: str, naming: Naming, rows: Rows) -> Iterator[dict[str, Any]]:
    for one in store.conflicts(book_id, open_only=False):
        if one.row_id not in rows.get(one.table, ()):
            continue
        for position, label in enumerate(one.labels):
            versions = ((name, getattr(one, name)) for name in ("base", "head", "file"))
            yield {
                "number": one.id,
                "table": naming.title(one.table),
                "key": one.key,
                "field": naming.header(one.table, label),
                **{name: _text(cells[position] if cells else None) for name, cells in versions},
                "head_who": one.head_who,
                "file_who": one.file_who,
                "state": one.state,
            }


def _reminders(naming: Naming, answered: pd.DataFrame | None, rows: Rows) -> Iterator[dict[str, Any]]:
    if answered is None:
        return
    labels = [str(label) for label in answered.columns]
    for key, cells in zip(answered.index.tolist(), _cells(answered), strict=True):
        table, _, row_id = row_of_key(str(key)) or ("", "", "")
        if row_id not in rows.get(table, ()):
            continue
        said = {
            naming.header(ANSWERED, label): _text(naming.value(ANSWERED, label, value))
            for label, value in zip(labels, cells, strict=True)
            if value is not None
        }
        yield {"reminder": naming.key(ANSWERED, str(key)), "answer": said}


def _text(value: Any) -> str | None:
    return None if value is None or value != value else spell(day_of(value))  # noqa: PLR0124 - NaN and NaT


def _workbooks(store: Store, book_id: str, people: str, row_id: str) -> list[str]:
    """Return the files that showed the person's row when they were last read or written."""
    found = []
    for record in store.workbooks(book_id):
        image = store.image(book_id, record.workbook_id, record.export)
        frame = image.frames.get(people) if image else None
        if record.path and frame is not None and row_id in frame.index:
            found.append(Path(record.path).name)
    return sorted(found)

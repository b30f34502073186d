"""What changed, in people's words: who changed which cell from what to what, and how two states differ.

The store speaks of machine names and row ids; a `Line` speaks of sheets, headers and visible keys. Lines are data;
the command line turns them into words or JSON.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import pandas as pd

from crmbook.base import OWN, CrmbookError, describe, split_label
from crmbook.build import ANSWERED, REMINDERS, row_of_key
from crmbook.ingest import DISTINCT, MERGED
from crmbook.merge import cells_of, changed_cells, plain
from crmbook.schema import LISTS, folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.schema import Book
    from crmbook.store import ChangeRecord, ConflictRecord, RevisionRecord, Store

    Tables = Mapping[str, pd.DataFrame]

KEPT: Final = 32
"""Revisions that are asked of the store at once, at the most: the older the window, the wider."""

_SAID: Final = {MERGED: "merged", DISTINCT: "distinct"}
"""What the state holds of rows that were merged or declared different, with the word for it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change.

    Attributes
    ----------
    change
        Whether a row came or went, or a cell changed.
    table, label
        Machine names; `label` is empty for a row.
    title, header
        What people call them.
    key
        The row's visible key.
    old, new
        Values; of a row, its values by header.
    """

    change: Literal["added", "changed", "deleted"]
    table: str
    row_id: str
    label: str
    title: str
    header: str
    key: str
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """One revision with those of its lines that were asked for.

    Attributes
    ----------
    workbook
        Name of the file it came from.
    rows
        How many rows came or went in all, by change and title of the table.
    more
        How many of its lines were left out because there are more than were asked for.
    """

    revision: RevisionRecord
    workbook: str
    lines: Sequence[Line]
    rows: Mapping[tuple[str, str], int]
    more: int = 0


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which lines are asked for; a table and a field by title or name.

    Attributes
    ----------
    since
        The oldest revision.
    limit
        Lines at the most, the newest first.
    """

    table: str = ""
    key: str = ""
    field: str = ""
    since: int = 1
    limit: int = 50


@dataclass
class Naming:
    """Gives tables, fields and rows of a book their visible names, and finds them by these."""

    book: Book
    tables: Tables
    _keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def title(self, table: str) -> str:
        """Return what people call a table."""
        if table == LISTS:
            return next((sheet.title for sheet in self.book.sheets if sheet.name == "dictionary"), table)
        if table in _SAID:
            return describe(f"duplicates.{_SAID[table]}", self.book.lang, {})
        table = REMINDERS if table == ANSWERED else table
        return self.book.sheet_of(table).title if table == REMINDERS else self._title(table)

    def _title(self, table: str) -> str:
        return self.book.tables[table].title if table in self.book.tables else table

    def header(self, table: str, label: str) -> str:
        """Return what people call a field, or one of a row that is beside it."""
        other, inner = split_label(table, label)
        if other != table:
            return f"{self.title(other)} · {self.header(other, inner)}"
        if table in _SAID:
            return describe(f"duplicates.label-{label}", self.book.lang, {})
        known = self.book.tables.get(REMINDERS if table == ANSWERED else table)
        return known.header(label) if known else label.removeprefix(OWN)

    def key(self, table: str, row_id: str) -> str:
        """Return the visible key of a row of the head; empty where it has none."""
        if table == LISTS:
            return row_id
        if table == ANSWERED:
            return self._reminder(row_id)
        if table in _SAID:
            return ""
        if table not in self._keys:
            self._keys[table] = self._read_keys(table)
        return self._keys[table].get(row_id, "")

    def _reminder(self, key: str) -> str:
        """Return what a reminder is about: the key of its row, and why somebody is reminded."""
        table, rule, row_id = row_of_key(key) or ("", "", "")
        rules = self.book.tables[table].reminders if table in self.book.tables else ()
        reason = next((one.message for one in rules if one.id == rule), rule)
        return f"{self.key(table, row_id)} {reason}".strip()

    def value(self, table: str, label: str, value: Any) -> Any:
        """Return a value as people chose it: of an answer to a reminder what the dropdown calls it."""
        if table in _SAID and label == "table":
            return self.title(value)
        if table in _SAID and label != "key":
            return next((key for one in self.book.tables if (key := self.key(one, value))), value)
        if table != ANSWERED or label != "decision" or "reminder_decision" not in self.book.lists:
            return value
        found = self.book.lists["reminder_decision"].values.get(value)  # noqa: PD011 - a list of the dictionary
        return found.text if found else value

    def _read_keys(self, table: str) -> dict[str, str]:
        name, frame = self.key_label(table), self.tables.get(table)
        if frame is None or name not in frame:
            return {}
        found = zip(frame.index.tolist(), frame[name].tolist(), strict=True)
        return {row_id: str(key) for row_id, key in found if not pd.isna(key)}

    def key_label(self, table: str) -> str:
        """Return the label of a table's key."""
        if table == MERGED:
            return "key"
        return self.book.tables[table].key if table in self.book.tables else ""

    def find_table(self, words: str) -> str:
        """Return the table that goes by a title or name.

        Raises
        ------
        CrmbookError
            ``history.unknown-table``.
        """
        if REMINDERS in self.book.tables and folded(words) == folded(self.title(REMINDERS)):
            return ANSWERED
        for name, table in self.book.tables.items():
            if folded(words) in {folded(text) for text in (name, *table.titles.values(), *table.aliases)}:
                return name
        known = tuple(table.title for table in self.book.tables.values() if table.managed)
        raise CrmbookError("history.unknown-table", table=words, known=known)

    def find_labels(self, words: str, table: str = "") -> frozenset[str]:
        """Return the labels of the fields that go by a header or name, in one table or in any.

        Raises
        ------
        CrmbookError
            ``history.unknown-field``.
        """
        tables = [self.book.tables[table]] if table else list(self.book.tables.values())
        found = {
            inner.name
            for owner in tables
            for inner in owner.fields.values()
            if folded(words)
            in {folded(text) for text in (inner.name, *inner.titles.values(), *inner.aliases)}
        }
        held = self.tables.values() if not table else [self.tables[table]] if table in self.tables else []
        found |= {OWN + words for frame in held if OWN + words in frame.columns}
        if not found:
            raise CrmbookError("history.unknown-field", field=words)
        return frozenset(found)


def names_of(book: Book, conflicts: Sequence[ConflictRecord]) -> dict[tuple[str, str], str]:
    """Return what people call the tables (with an empty field) and the fields of conflicts, by machine names."""
    naming, names = Naming(book, {}), {}
    for one in conflicts:
        names[one.table, ""] = naming.title(one.table)
        names |= {(one.table, label): naming.header(one.table, label) for label in one.labels}
    return names


def read_history(store: Store, book_id: str, book: Book, wanted: HistoryQuery) -> list[Chapter]:
    """Return the newest changes of a book that are asked for, revision by revision, newest first.

    Raises
    ------
    CrmbookError
        ``history.unknown-table``, ``history.unknown-field``.
    """
    naming = Naming(book, store.head(book_id).tables)
    table = naming.find_table(wanted.table) if wanted.table else ""
    labels = naming.find_labels(wanted.field, table) if wanted.field else frozenset()
    files = {one.workbook_id: Path(one.path).name for one in store.workbooks(book_id)}
    order = {name: position for position, name in enumerate(book.tables)}
    left, chapters = wanted.limit, []
    for revision, records in _newest_first(store, book_id, wanted.since, table):
        records.sort(key=lambda record: order.get(record.table, len(order)))
        entries = [(record, line_of(naming, record)) for record in records]
        lines = [
            line
            for record, line in entries
            if (not labels or record.label in labels)
            and (not wanted.key or wanted.key in {line.key, _own_key(naming, record)})
        ]
        if lines or not (table or labels or wanted.key):
            rows = Counter[tuple[str, str]]((line.change, line.title) for line in lines if not line.label)
            file = files.get(revision.workbook_id, "")
            chapters.append(Chapter(revision, file, lines[:left], rows, max(0, len(lines) - left)))
            left -= len(lines)
        if left <= 0:
            break
    return chapters


def _newest_first(
    store: Store, book_id: str, since: int, table: str
) -> Iterator[tuple[RevisionRecord, list[ChangeRecord]]]:
    """Yield every revision with its records; the store is asked for windows, because each answer walks back to them."""
    revisions = [one for one in store.revisions(book_id) if one.number >= since]
    width = 1
    while revisions:
        window, revisions = revisions[-width:], revisions[:-width]
        found: dict[int, list[ChangeRecord]] = {}
        for record in store.changes(book_id, window[0].number, window[-1].number, table=table or None):
            found.setdefault(record.revision, []).append(record)
        yield from ((one, found.get(one.number, [])) for one in reversed(window))
        width = min(2 * width, KEPT)


def line_of(naming: Naming, record: ChangeRecord) -> Line:
    """Return a change as the store has it in the words of people."""
    table, label = record.table, record.label
    old, new = record.old, record.new
    if not label:
        old, new = (_by_header(naming, table, values) for values in (old, new))
    else:
        old, new = (naming.value(table, label, value) for value in (old, new))
    key = naming.key(table, record.row_id) or _own_key(naming, record)
    header = naming.header(table, label) if label else ""
    return Line(record.kind, table, record.row_id, label, naming.title(table), header, key, old, new)


def _own_key(naming: Naming, record: ChangeRecord) -> str:
    """Return the key that a row came or went with."""
    values = record.new or record.old
    key = (
        values.get(naming.key_label(record.table)) if isinstance(values, dict) and not record.label else None
    )
    return "" if key is None else str(key)


def _by_header(naming: Naming, table: str, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {naming.header(table, label): naming.value(table, label, item) for label, item in values.items()}


def compare_states(book: Book, before: Tables, after: Tables) -> list[Line]:
    """Return how two states of a book differ, table by table: rows that came, rows that went, cells that changed."""
    lines: list[Line] = []
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name, after.get(name)), after.get(name, before.get(name))
        if old is None or new is None:
            continue
        old = old if name in before else old.iloc[:0]
        new = new if name in after else new.iloc[:0]
        lines += _compare(Naming(book, {**before, name: old}), Naming(book, {**after, name: new}), name)
    return lines


def _compare(then: Naming, now: Naming, name: str) -> Iterator[Line]:
    """Yield how a table differs between two states, each with what its rows and values are called."""
    title, (old, new) = now.title(name), (then.tables[name], now.tables[name])
    added, deleted, cells = changed_cells(old, new)
    came, went = _rows(new, added), _rows(old, deleted)
    for row_id in added:
        shown = _by_header(now, name, came[row_id])
        yield Line("added", name, row_id, "", title, "", now.key(name, row_id), None, shown)
    for row_id in deleted:
        shown = _by_header(then, name, went[row_id])
        yield Line("deleted", name, row_id, "", title, "", then.key(name, row_id), shown, None)
    for cell in cells:
        header = now.header(name, cell.label)
        key = now.key(name, cell.row_id) or then.key(name, cell.row_id)
        before, after = (now.value(name, cell.label, value) for value in (cell.old, cell.new))
        yield Line("changed", name, cell.row_id, cell.label, title, header, key, before, after)


def _rows(frame: pd.DataFrame, row_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the filled cells of some rows, by row id and label."""
    rows = frame.loc[list(row_ids)]
    columns = {str(label): plain(cells_of(rows[label])) for label in rows.columns}
    return {
        row_id: {label: items[position] for label, items in columns.items() if items[position] is not None}
        for position, row_id in enumerate(row_ids)
    }

"""Going back: to an earlier revision as a whole, or one deleted row out of the recycle bin.

Nothing is taken out of the past. The state to come back is merged with the head like an edited workbook whose base
is the head, so that the result is a new revision, which can itself be undone; undoing that is the state as it was. The
workbooks take it over at their next sync, merged with what was typed into them meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import CrmbookError
from crmbook.ingest import follow
from crmbook.merge import merge_table
from crmbook.revisions.history import Naming, compare_states
from crmbook.store import Commit, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crmbook.ingest import Note
    from crmbook.revisions.history import Line
    from crmbook.schema import Book
    from crmbook.store import BookRecord, ChangeRecord, State, Store

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of going back.

    Attributes
    ----------
    revision
        The head revision now.
    before
        The one before; the same where there was nothing to do.
    lines
        How the head changed.
    """

    revision: int
    before: int
    lines: Sequence[Line]
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Hand:
    """Who goes back, and the day that counts as today."""

    as_of: date
    who: str = ""


def restore_revision(store: Store, record: BookRecord, book: Book, revision: int, hand: Hand) -> Restored:
    """Let a book be as it was at a revision.

    Raises
    ------
    CrmbookError
        ``store.no-revision``, ``restore.schema-between``, ``restore.schema-changed``.
    BusyError
        ``store.busy``.
    """
    _refuse_other_schema(record, book)
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        if revision < 1:
            raise CrmbookError("store.no-revision", revision=revision, newest=head.revision)
        then = store.state_at(record.book_id, revision)
        _refuse_schema_between(store, record.book_id, revision)
        tables = {name: _merged(head, name, then.get(name)) for name in head.tables}
        step = Step("restore", hand.who, note=str(revision), tables=tables)
        commit = Commit(head.revision, [step])
        number = store.commit(lease, record.book_id, commit)
    return Restored(number, head.revision, compare_states(book, head.tables, tables))


def _merged(head: State, name: str, then: pd.DataFrame | None) -> pd.DataFrame:
    """Return a table as it was, as the merge sees it: an edit of the head."""
    now = head.tables[name]
    return merge_table(now, now, now.iloc[:0] if then is None else then).frame


def restore_row(  # noqa: PLR0913, PLR0917 - the book, the row, the hand
    store: Store, record: BookRecord, book: Book, table: str, key: str, hand: Hand
) -> Restored:
    """Bring a deleted row back out of the recycle bin, with the rows that sync keeps for it and took with it.

    Parameters
    ----------
    table
        Title or name of the table.
    key
        Visible key of the row; of several that bore it, the one deleted last.

    Raises
    ------
    CrmbookError
        ``history.unknown-table``, ``restore.still-there``, ``restore.not-deleted``, ``restore.key-taken``.
    BusyError
        ``store.busy``.
    """
    _refuse_other_schema(record, book)
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        name = Naming(book, head.tables).find_table(table)
        deleted = _find_deleted(store, record.book_id, book, head, (name, key))
        tables = dict(head.tables)
        for one in (deleted, *_dependants(store, record.book_id, book, head, deleted)):
            tables[one.table] = _with_row(tables[one.table], one)
        followed = follow(book, tables, head.tables, head.counters, hand.as_of)
        steps = [
            Step("restore", hand.who, note=f"{name} {key}", tables=tables),
            Step("follow", "crmbook", tables=followed.tables),
        ]
        number = store.commit(lease, record.book_id, Commit(head.revision, steps, followed.counters))
    lines = compare_states(book, head.tables, followed.tables)
    return Restored(number, head.revision, lines, followed.notes)


def _find_deleted(store: Store, book_id: str, book: Book, head: State, row: tuple[str, str]) -> ChangeRecord:
    """Return the last deletion of a row with a key."""
    name, key = row
    label, frame = book.tables[name].key, head.tables[name]
    title = book.tables[name].title
    removed = [
        one
        for one in store.changes(book_id, table=name)
        if one.kind == "deleted" and not one.label and str(one.old.get(label)) == key
    ]
    holder = frame.index[(frame[label].astype(object) == key).to_numpy()].tolist() if label in frame else []
    if holder:
        was_deleted = any(one.row_id not in frame.index for one in removed)
        code = "restore.key-taken" if was_deleted else "restore.still-there"
        raise CrmbookError(code, title=title, key=key)
    removed = [one for one in removed if one.row_id not in frame.index]
    if not removed:
        raise CrmbookError("restore.not-deleted", title=title, key=key)
    return removed[-1]


def _dependants(
    store: Store, book_id: str, book: Book, head: State, parent: ChangeRecord
) -> list[ChangeRecord]:
    """Return the rows that went with their parent from the tables that keep one row for each."""
    key = parent.old.get(book.tables[parent.table].key)
    found = []
    for name, table in book.tables.items():
        if table.one_per != parent.table or name not in head.tables:
            continue
        labels = [inner.name for inner in table.references_to(parent.table)]
        gone = [
            one
            for one in store.changes(book_id, first=parent.revision, table=name)
            if one.kind == "deleted" and not one.label and any(one.old.get(label) == key for label in labels)
        ]
        found += [one for one in gone[-1:] if one.row_id not in head.tables[name].index]
    return found


def _with_row(frame: pd.DataFrame, deleted: ChangeRecord) -> pd.DataFrame:
    """Return a table with a deleted row at its end; values of columns that are no more stay in the past."""
    columns = {label: _appended(frame[label], deleted.old.get(label)) for label in frame.columns}
    return pd.DataFrame(columns, index=pd.Index([*frame.index, deleted.row_id], dtype=object))


def _appended(column: pd.Series, value: Any) -> np.ndarray[tuple[int], np.dtype[Any]]:
    values = column.to_numpy()
    blank = {"M": np.datetime64("NaT", "us"), "f": np.nan}.get(values.dtype.kind)
    cell = np.empty(1, dtype=values.dtype)
    cell[0] = blank if value is None else value
    return np.concatenate([values, cell])


def _refuse_other_schema(record: BookRecord, book: Book) -> None:
    if record.fingerprint and record.fingerprint != book.fingerprint:
        raise CrmbookError("restore.schema-changed", template=book.template)


def _refuse_schema_between(store: Store, book_id: str, revision: int) -> None:
    later = [
        one.number for one in store.revisions(book_id) if one.kind == "migrate" and one.number > revision
    ]
    if later:
        raise CrmbookError("restore.schema-between", revision=revision, migrated=later[0])

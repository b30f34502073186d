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
        tables = with_deleted(store, record.book_id, book, head, name, [deleted])
        returned = rows_beyond(tables, head.tables)
        followed = follow(book, tables, head.tables, head.counters, hand.as_of, returned=returned)
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


def deleted_rows(store: Store, book_id: str, head: State, table: str) -> list[ChangeRecord]:
    """Return the last deletion of each row of a table that is not there any more, oldest first."""
    rows = head.tables[table].index if table in head.tables else pd.Index([])
    gone = [one for one in store.changes(book_id, table=table) if one.kind == "deleted" and not one.label]
    newest = {one.row_id: one for one in gone}
    return sorted((one for one in newest.values() if one.row_id not in rows), key=lambda one: one.revision)


def with_deleted(  # noqa: PLR0913, PLR0917 - the book, and what comes back into it
    store: Store, book_id: str, book: Book, head: State, table: str, deleted: Sequence[ChangeRecord]
) -> dict[str, pd.DataFrame]:
    """Return a head with deleted rows of a table, and with the rows that sync keeps for them and took with them."""
    tables = dict(head.tables)
    tables[table] = _with_rows(tables[table], deleted)
    for name, gone in _dependants(store, book_id, book, head, (table, deleted)).items():
        tables[name] = _with_rows(tables[name], gone)
    return tables


def rows_beyond(tables: Tables, head: Tables) -> dict[str, pd.Index]:
    """Return by table the rows that a state has and the head has not."""
    found = {name: frame.index[~frame.index.isin(head[name].index)] for name, frame in tables.items()}
    return {name: rows for name, rows in found.items() if len(rows)}


def _dependants(
    store: Store, book_id: str, book: Book, head: State, parents: tuple[str, Sequence[ChangeRecord]]
) -> dict[str, list[ChangeRecord]]:
    """Return by table the rows that went with their parents, of the tables that keep one row for each of these."""
    parent, deleted = parents
    since = {one.old.get(book.tables[parent].key): one.revision for one in deleted}
    found: dict[str, list[ChangeRecord]] = {}
    for name, table in book.tables.items():
        if table.one_per != parent or name not in head.tables or not since:
            continue
        labels = [inner.name for inner in table.references_to(parent)]
        newest: dict[str, ChangeRecord] = {}
        for one in store.changes(book_id, first=min(since.values()), table=name):
            if one.kind == "deleted" and not one.label:
                keys = [key for label in labels if (key := one.old.get(label)) in since]
                newest |= {key: one for key in keys if one.revision >= since[key]}
        found[name] = [one for one in newest.values() if one.row_id not in head.tables[name].index]
    return found


def _with_rows(frame: pd.DataFrame, deleted: Sequence[ChangeRecord]) -> pd.DataFrame:
    """Return a table with deleted rows at its end; values of columns that are no more stay in the past."""
    columns = {
        label: _appended(frame[label], [one.old.get(label) for one in deleted]) for label in frame.columns
    }
    return pd.DataFrame(
        columns, index=pd.Index([*frame.index, *(one.row_id for one in deleted)], dtype=object)
    )


def _appended(column: pd.Series, items: Sequence[Any]) -> np.ndarray[tuple[int], np.dtype[Any]]:
    values = column.to_numpy()
    blank = {"M": np.datetime64("NaT", "us"), "f": np.nan}.get(values.dtype.kind)
    cells = np.empty(len(items), dtype=values.dtype)
    for position, item in enumerate(items):
        cells[position] = blank if item is None else item
    return np.concatenate([values, cells])


def _refuse_other_schema(record: BookRecord, book: Book) -> None:
    record.refuse_other_schema(book.fingerprint, book.template, "restore.schema-changed")


def _refuse_schema_between(store: Store, book_id: str, revision: int) -> None:
    later = [
        one.number for one in store.revisions(book_id) if one.kind == "migrate" and one.number > revision
    ]
    if later:
        raise CrmbookError("restore.schema-between", revision=revision, migrated=later[0])

"""Checking out: a working copy is built from the head of a book, entered in the store, then written.

A book begins with its first working copy: the rows it is built with become the head. Every further copy is built
from the head under an id of its own, whole or narrowed to an owner's rows, to those a condition chooses, to a role's
sheets. What the copy holds is its image, so that its first sync finds no change. The order is that of every write: the store
learns of the export, the file appears, the store learns that it is there.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import OWN, BusyError, CrmbookError, digest, silent, write_atomically
from crmbook.build import (
    ANSWERED,
    Extract,
    Scope,
    Stamp,
    build_workbook,
    check_scope,
    list_entries,
    number_of,
    owners_of,
    role_book,
    row_ids,
    scope_in,
    tables_in_scope,
    with_lists,
)
from crmbook.ingest import count_ids, lists_frame
from crmbook.migrate import describe_schema
from crmbook.read import ListEntry
from crmbook.render import with_rows_of_lists
from crmbook.schema import LISTS, seed_frame, table_frame
from crmbook.store import BookRecord, Commit, Export, State, Step, WorkbookRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.base import Progress
    from crmbook.build import Built, Mode
    from crmbook.schema import Book, Table
    from crmbook.store import Lease, Store

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a working copy shall be.

    Attributes
    ----------
    as_of
        The day that counts as today.
    holder
        Whose copy it is.
    is_beside
        Whether the store is the one of the workbook's own folder: then it knows the file by its bare name, and the
        folder may be moved.
    progress
        Takes note of each step of building it.
    coming
        How many rows its tables will hold soon, see `crmbook.build.build_workbook`.
    """

    path: Path
    as_of: date
    scope: Scope = field(default_factory=Scope)
    holder: str = ""
    mode: Mode = "auto"
    is_beside: bool = False
    progress: Progress = silent
    coming: Mapping[str, int] = field(default_factory=dict)

    @property
    def who(self) -> str:
        """The name under which its edits are kept."""
        return self.holder or self.path.stem


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A working copy that was written.

    Attributes
    ----------
    rows
        Rows it holds, of all tables that people fill from the first row on.
    customers
        How many of them are customers.
    owners
        The people whose customers the whole book has, in the order of their names.
    """

    built: Built
    book: Book
    workbook: WorkbookRecord
    rows: int
    customers: int
    owners: Sequence[str]


def start_book(store: Store, record: BookRecord, book: Book, frames: Tables, wish: Wish) -> CheckedOut:
    """Begin a book with `frames` (canonical values by table) as its head, and write its first working copy.

    Parameters
    ----------
    record
        A new record, see `new_record`.

    Raises
    ------
    CrmbookError
        See `check_out`.
    """
    check_scope(book, wish.scope)
    refuse_no_folder(wish.path)
    tables = first_state(book, frames)
    store.add_book(record)
    with store.lease(record.book_id) as lease:
        step = Step("build", wish.who, note=wish.path.name, tables=tables)
        first = Commit(0, [step], counters=counters_of(book, tables))
        head = State(store.commit(lease, record.book_id, first), tables, {})
        made = _check_out(store, lease, record, book, head, wish)
    _retire_replaced(store, made.workbook)
    return made


def new_record(book: Book, example: str = "", workspace: Path | None = None) -> BookRecord:
    """Return the record of a new book; `workspace` changes its schemas, or `example` brings changes of its own."""
    location = str(workspace.absolute()) if workspace else ""
    schema = describe_schema(book)
    return BookRecord(uuid.uuid4().hex, book.template, book.lang, book.fingerprint, example, location, schema)


def check_out(store: Store, record: BookRecord, book: Book, wish: Wish) -> CheckedOut:
    """Write a further working copy of the head of a book.

    Parameters
    ----------
    record
        The book's record.
    book
        Its schema.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed`` if the schema is not the one that the head was stored under; those of
        `crmbook.build.scope.check_scope`, `crmbook.base.file.write_atomically` and the store.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    check_scope(book, wish.scope)
    refuse_no_folder(wish.path)
    with store.lease(record.book_id) as lease:
        made = _check_out(store, lease, record, book, store.head(record.book_id), wish)
    _retire_replaced(store, made.workbook)
    return made


def _retire_replaced(store: Store, made: WorkbookRecord) -> None:
    """Retire the workbooks, of whichever book, that lay where a new one was written: nobody is to look for them."""
    for one in store.books():
        replaced = [
            known
            for known in store.workbooks(one.book_id)
            if known.path == made.path and known.workbook_id != made.workbook_id and known.state != "archived"
        ]
        if not replaced:
            continue
        with suppress(BusyError), store.lease(one.book_id) as lease:
            for known in replaced:
                revision = store.head(one.book_id).revision
                store.commit(lease, one.book_id, Commit(revision, workbook=replace(known, state="archived")))


def _check_out(  # noqa: PLR0913, PLR0917 - the store, the book and the wish
    store: Store, lease: Lease, known: BookRecord, book: Book, head: State, wish: Wish
) -> CheckedOut:
    scope, workbook_id = scope_in(book, wish.scope), uuid.uuid4().hex
    stamp = Stamp(
        known.book_id, workbook_id, 1, example=known.example, store=store.id, holder=wish.holder,
        owner=scope.owner, where=scope.where, role=scope.role,
    )  # fmt: skip
    lists = _left_lists(head.tables[LISTS])
    texts = _texts(lists)
    view = with_lists(with_rows_of_lists(role_book(book, scope.role), texts), lists)
    book = with_rows_of_lists(book, texts)
    # A copy of some rows is a book of these rows: what it computes, suggests and draws comes from them alone.
    tables = tables_in_scope(book, scope, head.tables)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    answers = head.tables.get(ANSWERED)
    built = build_workbook(
        book, frames, wish.as_of, stamp, mode=wish.mode, extract=Extract(view), answers=answers,
        coming=wish.coming, progress=wish.progress,
    )  # fmt: skip
    shown = {name: _shown(view, name, frame) for name, frame in tables.items() if name in view.tables}
    shown[LISTS] = head.tables[LISTS]
    written = digest(built.data)
    # Only built: nobody has judged the rows, so that the first sync looks at all of them, whatever its day.
    record = WorkbookRecord(
        workbook_id, wish.holder, scope.owner, scope.where, scope.role, book.lang, wish.path.name if wish.is_beside else str(wish.path.absolute()),
        pending=1, digest=written, written_revision=head.revision, as_of=wish.as_of.isoformat(), state="built",
    )  # fmt: skip
    export = Export(1, written, shown, _written(view, built, shown))
    store.commit(lease, known.book_id, Commit(head.revision, workbook=record, export=export))
    try:
        write_atomically(wish.path, built.data)
    except CrmbookError:
        store.drop_pending(lease, known.book_id, workbook_id)
        raise
    store.mark_written(lease, known.book_id, workbook_id, 1, written)
    count = sum(len(frame) for name, frame in shown.items() if name != LISTS and not book.tables[name].seed)
    known_as, customers = replace(record, export=1, pending=None), len(tables.get(book.people, ()))
    return CheckedOut(
        built, view, known_as, count, customers, owners_of(head.tables, book.people, book.owner)
    )


def left_book(book: Book, tables: Tables) -> Book:
    """Return a book with the dropdown lists as people left them in a state."""
    lists = _left_lists(tables[LISTS])
    return with_lists(with_rows_of_lists(book, _texts(lists)), lists)


def _texts(lists: Mapping[str, Sequence[tuple[str, str | None]]]) -> dict[str, list[str]]:
    return {name: [text for text, _ in entries] for name, entries in lists.items()}


def refuse_no_folder(path: Path) -> None:
    """Refuse a target whose folder is not there, before a store is made beside it.

    Raises
    ------
    CrmbookError
        ``checkout.no-folder``.
    """
    if not path.absolute().parent.is_dir():
        raise CrmbookError("checkout.no-folder", path=path, folder=path.absolute().parent)


def first_state(book: Book, frames: Tables) -> dict[str, pd.DataFrame]:
    """Return the head that a new book begins with: the rows given, else those of the schema, with new row ids."""
    tables = {
        name: _as_state(table, frames[name] if len(frames.get(name, ())) else seed_frame(book, name))
        for name, table in book.tables.items()
        if table.managed
    }
    lists = list_entries(book)
    entries = {name: [ListEntry(text, of) for text, of in lists[name]] for name in lists}
    return {**tables, LISTS: lists_frame(entries)}


def _as_state(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    complete = table_frame(table, {}, frame.index).assign(
        **{str(name): frame[name] for name in frame.columns if name in table.fields}
    )
    typed = [field.name for field in table.fields.values() if field.typed]
    return complete[typed].set_axis(pd.Index(row_ids(table.name, len(frame)), dtype=object), axis=0)


def counters_of(book: Book, tables: Tables) -> dict[str, int]:
    """Return the count_ids numbers that are in a state: of row ids, and of keys that sync gives."""
    counters: dict[str, int] = {}
    for name, frame in tables.items():
        if name not in book.tables:
            continue
        counters[f"row:{name}"] = max(map(number_of, frame.index), default=-1)
        for inner in book.tables[name].fields.values():
            if inner.type == "id" and inner.name in frame.columns:
                count_ids(inner, frame[inner.name].dropna().tolist(), counters)
    return counters


def _left_lists(entries: pd.DataFrame) -> dict[str, list[tuple[str, str | None]]]:
    """Return the dropdown lists of a state by name."""
    lists: dict[str, list[tuple[str, str | None]]] = {}
    for name, text, of in entries[["list", "text", "of"]].itertuples(index=False):
        lists.setdefault(name, []).append((text, of))
    return lists


def _shown(view: Book, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table's rows that are in the workbook."""
    alone = view.sheet_of(name).page is None
    fields = view.tables[name].fields
    return frame[[label for label in frame.columns if label in fields or (alone and label.startswith(OWN))]]


def _written(view: Book, built: Built, shown: Tables) -> dict[str, pd.DataFrame]:
    """Return what is in computed cells that hold values, by row id: what equals it there is nobody's typing."""
    written = {}
    for name, frame in shown.items():
        table = view.tables.get(name)
        if table is None or not len(frame):
            continue
        labels = [inner.name for inner in table.fields.values() if inner.override]
        columns = {label: built.computed.frames[name][label] for label in labels}
        by_sync = [label for label in table.fields if (name, label) in built.by_sync and label not in columns]
        columns |= {label: built.computed.shown(name, label) for label in by_sync}
        if columns:
            written[name] = pd.DataFrame(columns).loc[frame.index]
    return written

"""The store: what all workbooks of a book agree on, with its past.

A store holds any number of books. Whoever changes a book holds its lease and hands in a `Commit`, which is taken whole
or not at all. Reading needs no lease and sees one state of the store. Frames that a store hands out belong to the
caller; the store keeps the last ones it read or wrote, so that a sync reads nothing twice.
"""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from crmbook.base import (
    FOLDER,
    CrmbookError,
    HeldError,
    close_to_others,
    is_closed,
    make_private,
    make_private_folder,
    owner_of,
)
from crmbook.store import versions
from crmbook.store.engine import Database, parse_location
from crmbook.store.forgetting import Forgetting, tombstones_of
from crmbook.store.lease import Lease, hold
from crmbook.store.maps import Maps
from crmbook.store.records import (
    BookOverview,
    BookRecord,
    Cell,
    ChangeQuery,
    ChangeRecord,
    Commit,
    ConflictRecord,
    Frames,
    Image,
    RevisionRecord,
    State,
    WorkbookRecord,
)
from crmbook.store.rows import book_of, conflict_of, workbook_of
from crmbook.store.tables import BOOK, CONFLICT, EXPORT, WORKBOOK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from sqlalchemy import ColumnElement

    from crmbook.store.rowstore import RowStore


class Store:
    """An open store; a context manager.

    Attributes
    ----------
    id
        The store's own id.
    """

    def __init__(self, database: Database, store_id: str) -> None:
        self._database = database
        self.id = store_id

    @property
    def folder(self) -> Path | None:
        """The folder of a store that is a file; None on a server."""
        return None if self._database.path is None else self._database.path.parent

    @property
    def maps(self) -> Maps:
        """How old lists of its books were mapped."""
        return Maps(self._database)

    @property
    def forgetting(self) -> Forgetting:
        """What takes somebody out of it."""
        return Forgetting(self._database, self._rows)

    @cached_property
    def _rows(self) -> RowStore:
        from crmbook.store.rowstore import RowStore  # pandas comes with it: not before a frame is asked for

        return RowStore(self._database.location)

    @classmethod
    def open(cls, location: str | Path, *, create: bool = True) -> Store:
        """Open the store at a folder or URL; one that is not there is made, unless `create` forbids it.

        Raises
        ------
        HeldError
            ``store.missing`` if it is not there and must not be made; nothing was changed then.
        CrmbookError
            ``store.newer``, ``store.unreadable``, ``store.unreachable``, ``store.read-only``, ``store.bad-url`` …
        """
        url = parse_location(location)
        database = Database(url)
        if database.path is not None:
            # Merely connecting would leave an empty file behind.
            if not create and not database.path.is_file():
                raise HeldError("store.missing", store=database.location)
            _make_private(database.path, database.location)
        return cls(database, versions.prepare(database, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @contextmanager
    def lease(self, book_id: str, seconds: float = 60, led: int | None = None) -> Iterator[Lease]:
        """Hold the right to write to a book.

        Parameters
        ----------
        led
            The number of the leadership under which is written: nothing is once another leads.

        Raises
        ------
        BusyError
            ``store.busy`` if somebody else holds it.
        """
        with hold(self._database, book_id, seconds, led) as lease:
            yield lease

    # Books

    def books(self) -> list[BookRecord]:
        """Return all books."""
        with self._database.read() as connection:
            return [book_of(row) for row in connection.execute(select(BOOK).order_by(BOOK.c.book_id))]

    def book(self, book_id: str) -> BookRecord | None:
        """Return a book, or None where the store has none of that id."""
        with self._database.read() as connection:
            return _book(connection, book_id)

    def overview(self, book_id: str) -> BookOverview:
        """Return a book, its workbooks and its open conflicts."""
        with self._database.read() as connection:
            return BookOverview(
                _book(connection, book_id), _workbooks(connection, book_id), _conflicts(connection, book_id)
            )

    def add_book(self, record: BookRecord) -> None:
        """Add a book without rows.

        Raises
        ------
        CrmbookError
            ``store.book-exists``.
        """
        names = ("book_id", "template", "lang", "fingerprint", "example", "workspace")
        values = {name: getattr(record, name) for name in names}
        row = {**values, "schema": dict(record.schema), "revision": 0, "counters": {}}
        with self._database.write() as connection:
            try:
                connection.execute(insert(BOOK).values(**row))
            except IntegrityError as error:
                raise CrmbookError("store.book-exists", book=record.book_id) from error

    # The head and the past

    def head(self, book_id: str) -> State:
        """Return the newest state of a book.

        Raises
        ------
        CrmbookError
            ``store.no-book``.
        """
        with self._database.read() as connection:
            revision, tables = self._rows.head(connection, book_id)
            counters = connection.execute(
                select(BOOK.c.counters).where(BOOK.c.book_id == book_id)
            ).scalar_one()
            tombstones = tombstones_of(connection, book_id)
        return State(revision, tables, counters, tombstones)

    def state_at(self, book_id: str, revision: int) -> Frames:
        """Return a book as it was at a revision; at 0 there is nothing.

        Raises
        ------
        CrmbookError
            ``store.no-book`` or ``store.no-revision``.
        """
        with self._database.read() as connection:
            return self._rows.state_at(connection, book_id, revision)

    def revisions(self, book_id: str) -> list[RevisionRecord]:
        """Return all revisions of a book, oldest first."""
        with self._database.read() as connection:
            return self._rows.revisions(connection, book_id)

    def changes(  # noqa: PLR0913 - each narrows the answer
        self,
        book_id: str,
        first: int | None = None,
        last: int | None = None,
        *,
        table: str | None = None,
        row_id: str | None = None,
        label: str | None = None,
    ) -> list[ChangeRecord]:
        """Return what the revisions from `first` to `last` changed, oldest first; `label` leaves rows out."""
        with self._database.read() as connection:
            return self._rows.changes(connection, book_id, ChangeQuery(first, last, table, row_id, label))

    def last_change(self, book_id: str, cells: Iterable[Cell]) -> dict[Cell, RevisionRecord]:
        """Return the revision that changed each cell last; cells that never were are left out."""
        with self._database.read() as connection:
            return self._rows.last_change(connection, book_id, cells)

    def former_values(self, book_id: str, table: str, label: str) -> Mapping[Any, str]:
        """Return the values that cells of a column held before, each with the id of the row that had it last."""
        with self._database.read() as connection:
            return self._rows.former_values(connection, book_id, table, label)

    # Workbooks

    def workbooks(self, book_id: str) -> list[WorkbookRecord]:
        """Return all workbooks of a book, in the order of their ids."""
        with self._database.read() as connection:
            return _workbooks(connection, book_id)

    def workbook(self, book_id: str, workbook_id: str) -> WorkbookRecord | None:
        """Return a workbook, or None where the store does not know it."""
        with self._database.read() as connection:
            row = connection.execute(select(WORKBOOK).where(_is(book_id, workbook_id))).one_or_none()
        return None if row is None else workbook_of(row)

    def image(self, book_id: str, workbook_id: str, export: int) -> Image | None:
        """Return what was last ingested from an export of a workbook, or None where the store has none."""
        with self._database.read() as connection:
            return self._rows.image(connection, (book_id, workbook_id, export))

    # Conflicts

    def conflicts(self, book_id: str, *, open_only: bool = True) -> list[ConflictRecord]:
        """Return conflicts in the order of their numbers."""
        with self._database.read() as connection:
            return _conflicts(connection, book_id, open_only=open_only)

    # Writing

    def commit(self, lease: Lease, book_id: str, commit: Commit) -> int:
        """Write a commit, whole or not at all, and return the number of the newest revision.

        Raises
        ------
        BusyError
            ``store.stale`` if the lease went to somebody else, or the head is not at ``commit.revision``;
            ``store.superseded`` if the leadership did.
        """
        with self._writing(lease, book_id) as connection:
            writer = self._rows.write(connection, book_id, commit)
        self._rows.keep(book_id, writer)
        return writer.revision

    def mark_written(
        self, lease: Lease, book_id: str, workbook_id: str, export: int, digest: str | None = None
    ) -> WorkbookRecord:
        """Note that a pending export is in its file; return how the workbook is known now.

        Parameters
        ----------
        digest
            That of the file's bytes; otherwise that of those which were about to be written: nobody knows who has
            edited them since.

        Raises
        ------
        CrmbookError
            ``store.no-export``.
        """
        mine = and_(
            EXPORT.c.book_id == book_id, EXPORT.c.workbook_id == workbook_id, EXPORT.c.export == export
        )
        with self._writing(lease, book_id) as connection:
            row = connection.execute(select(EXPORT.c.revision, EXPORT.c.digest).where(mine)).one_or_none()
            if row is None:
                raise CrmbookError("store.no-export", export=export)
            state = connection.execute(select(WORKBOOK.c.state).where(_is(book_id, workbook_id))).scalar_one()
            digest = digest or row.digest
            connection.execute(update(EXPORT).where(mine).values(state="written", digest=digest))
            values = {
                "export": export, "pending": None, "digest": digest,
                "written_revision": row.revision, "state": _once_written(state),
            }  # fmt: skip
            return _update(connection, _is(book_id, workbook_id), values)

    def as_written(self, book_id: str, record: WorkbookRecord) -> WorkbookRecord:
        """Return how a workbook will be known once its pending export is marked as written; nothing is changed."""
        mine = and_(
            EXPORT.c.book_id == book_id,
            EXPORT.c.workbook_id == record.workbook_id,
            EXPORT.c.export == record.pending,
        )
        with self._database.read() as connection:
            row = connection.execute(select(EXPORT.c.revision, EXPORT.c.digest).where(mine)).one_or_none()
        if row is None or record.pending is None:
            return record
        return dataclasses.replace(
            record,
            export=record.pending,
            pending=None,
            digest=row.digest,
            written_revision=row.revision,
            state=_once_written(record.state),
        )

    def drop_pending(self, lease: Lease, book_id: str, workbook_id: str) -> WorkbookRecord:
        """Forget an export that never reached its file; return how the workbook is known now."""
        workbook = _is(book_id, workbook_id)
        mine = and_(
            EXPORT.c.book_id == book_id, EXPORT.c.workbook_id == workbook_id, EXPORT.c.state == "pending"
        )
        with self._writing(lease, book_id) as connection:
            number = connection.execute(select(WORKBOOK.c.pending).where(workbook)).scalar_one_or_none()
            connection.execute(delete(EXPORT).where(mine, EXPORT.c.export == number))
            return _update(connection, workbook, {"pending": None})

    @contextmanager
    def _writing(self, lease: Lease, book_id: str) -> Iterator[Connection]:
        if lease.book_id != book_id:
            raise ValueError("a lease holds for its own book")
        with self._database.write() as connection:
            lease.confirm(connection)
            yield connection


def _once_written(state: str) -> str:
    """Return the state of a workbook whose pending export is in its file: one that was only built still waits for its sync."""
    return state if state == "built" else "current"


def _is(book_id: str, workbook_id: str) -> ColumnElement[bool]:
    """Return the condition that chooses a workbook."""
    return and_(WORKBOOK.c.book_id == book_id, WORKBOOK.c.workbook_id == workbook_id)


def _book(connection: Connection, book_id: str) -> BookRecord | None:
    row = connection.execute(select(BOOK).where(BOOK.c.book_id == book_id)).one_or_none()
    return None if row is None else book_of(row)


def _workbooks(connection: Connection, book_id: str) -> list[WorkbookRecord]:
    query = select(WORKBOOK).where(WORKBOOK.c.book_id == book_id).order_by(WORKBOOK.c.workbook_id)
    return [workbook_of(row) for row in connection.execute(query)]


def _conflicts(connection: Connection, book_id: str, *, open_only: bool = True) -> list[ConflictRecord]:
    query = select(CONFLICT).where(CONFLICT.c.book_id == book_id).order_by(CONFLICT.c.id)
    query = query.where(CONFLICT.c.state == "open") if open_only else query
    return [conflict_of(row) for row in connection.execute(query)]


def _update(
    connection: Connection, workbook: ColumnElement[bool], values: Mapping[str, Any]
) -> WorkbookRecord:
    """Change the record of one workbook, and return it."""
    connection.execute(update(WORKBOOK).where(workbook).values(**values))
    return workbook_of(connection.execute(select(WORKBOOK).where(workbook)).one())


def _make_private(path: Path, location: str) -> None:
    """Let nobody but its owner read a store; its journal follows the file's rights.

    Raises
    ------
    CrmbookError
        ``store.not-yours``, ``store.read-only``, ``file.no-folder``.
    """
    if is_closed(path):
        raise CrmbookError("store.not-yours", store=location, owner=owner_of(path))
    make_private_folder(path.parent)
    try:
        if path.parent.name == FOLDER:
            close_to_others(path.parent)
        make_private(path)
    except OSError as error:
        raise CrmbookError("store.read-only", store=location, reason=error.strerror or str(error)) from error

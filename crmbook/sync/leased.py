"""One book while its lease is held: its head, its schema, its open conflicts; whatever is stored of it goes through here.

The head is loaded once and carried along in memory; with ``dry_run`` nothing but that memory changes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import CrmbookError, locale_of
from crmbook.merge import differs
from crmbook.migrate import changed_tables, describe_schema, migrate_conflicts, upgrade_state
from crmbook.read import open_book
from crmbook.store import BookRecord, Commit, State, Step
from crmbook.sync.conflictrecords import as_they_stand, in_todays_keys, unstored
from crmbook.sync.unchanged import shows_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from crmbook.base import Options
    from crmbook.build import Stamp
    from crmbook.check import Former
    from crmbook.read import Opened
    from crmbook.schema import Book
    from crmbook.store import Cell, ConflictRecord, Export, Lease, RevisionRecord, Store, WorkbookRecord


_SYNCED: Final = frozenset({"current", "held", "waiting"})
"""States of a workbook that a sync has looked at."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a `LeasedBook` holds at one moment, see there."""

    head: State | None
    record: BookRecord | None
    revision: int
    open_conflicts: Sequence[ConflictRecord]


class LeasedBook:
    """A book that nobody else may write.

    Parameters
    ----------
    store, lease
        An open store, and the lease of the book in it.

    Attributes
    ----------
    record
        What the store holds of the book itself; None as long as it is not entered.
    is_stored
        Whether the store has it: a dry run enters a book in memory alone.
    revision
        The number of the head.
    open_conflicts
        Those of the whole book, oldest first.
    days
        The as-of dates that its workbooks show, as far as it is known.
    was_synced
        Whether any of them was ever synced.
    """

    def __init__(self, store: Store, lease: Lease, book_id: str, options: Options) -> None:
        self.store, self.lease, self.book_id = store, lease, book_id
        self._options = options
        self._schemas: dict[tuple[str, ...], Book] = {}
        self._passed: list[Mapping[str, pd.DataFrame]] = []
        self._unstored: dict[Cell, RevisionRecord] = {}
        self._resting = 0
        self._read()

    def _read(self) -> None:
        self._head: State | None = None
        self._begun: State | None = None
        known = self.store.overview(self.book_id)
        self.record, self.open_conflicts = known.book, known.conflicts
        self.revision = self.record.revision if self.record else 0
        self._workbooks = {record.workbook_id: record for record in known.workbooks}
        self.days, self.was_synced = known.days, known.was_synced
        self.is_stored = known.book is not None

    @property
    def head(self) -> State:
        """The head; after each commit the new one."""
        if self._head is None:
            self._head = State(0, {}, {}) if self.record is None else self.store.head(self.book_id)
            self._begun = self._begun or self._head
        return self._head

    @property
    def begun(self) -> State:
        """The head as it was when the book was leased."""
        return self._begun or self.head

    @property
    def listed(self) -> list[int]:
        """The numbers of the open conflicts, which every workbook lists."""
        return [one.id for one in self.open_conflicts]

    @property
    def workbooks(self) -> Mapping[str, WorkbookRecord]:
        """What the store holds of each workbook, by its id."""
        return self._workbooks

    def memory(self) -> Memory:
        """Return what `recall` brings back."""
        return Memory(self._head, self.record, self.revision, self.open_conflicts)

    def recall(self, before: Memory) -> None:
        """Bring back what is true of the book: what the store holds; in a dry run, which commits nothing, what was.

        Raises
        ------
        CrmbookError
            If the store cannot be read.
        """
        if not self._options.dry_run:
            return self._read()
        self._head, self.record = before.head, before.record
        self.revision, self.open_conflicts = before.revision, before.open_conflicts
        return None

    # its schema

    def schema_of(self, opened: Opened) -> Book:
        """Return the book of a workbook's template and language, loaded once."""
        stamp, known = opened.stamp, self.record
        key = (stamp.template, stamp.lang, stamp.example)
        if key not in self._schemas:
            workspace = Path(known.workspace) if known and known.workspace else None
            self._schemas[key] = open_book(opened, self._options.workspace, workspace)
        return self._schemas[key]

    def zone_of(self, opened: Opened) -> str:
        """Return the book's time zone as its schema says now; as it said before where that cannot be read."""
        with suppress(CrmbookError):  # which the sync of each workbook reports
            return self.schema_of(opened).locale.zone
        return self.record.zone if self.record else locale_of(opened.stamp.lang).zone

    def follow_schema(self, book: Book) -> None:
        """Bring the state to the present schema, as a revision of its own."""
        record = self.record
        if record is None or record.fingerprint == book.fingerprint:
            return
        record, head, migration = upgrade_state(record, book, self.head)
        steps = (
            [Step("migrate", "crmbook", tables=changed_tables(self.head.tables, head.tables))]
            if migration
            else []
        )
        known = self.store.conflicts(self.book_id, open_only=False) if migration else []
        moved = migrate_conflicts(migration, known) if migration else []
        commit = Commit(self.head.revision, steps=steps, counters=head.counters, moved=moved, book=record)
        self.commit(commit, head.tables)
        self.record = record
        self._resting += sum(one.state == "resting" for one in moved)
        if self._options.dry_run:
            now = {one.id: one for one in (*self.open_conflicts, *moved)}
            self.open_conflicts = [one for one in now.values() if one.state == "open"]

    def take_resting(self) -> int:
        """Return how many conflicts came to rest since this was asked: it is reported once."""
        count, self._resting = self._resting, 0
        return count

    def enter(self, stamp: Stamp, book: Book) -> None:
        """Enter a book that the store does not know: it was built elsewhere, or its store was lost."""
        if self.record is not None:
            return
        workspace = str(self._options.workspace.absolute()) if self._options.workspace else ""
        record = BookRecord(
            self.book_id, stamp.template, stamp.lang, book.fingerprint, stamp.example, workspace, describe_schema(book)
        )  # fmt: skip
        if not self._options.dry_run:
            self.store.add_book(record)
            self.is_stored = True
        self.record = record

    # storing

    def commit(self, commit: Commit, tables: Mapping[str, pd.DataFrame]) -> None:
        """Commit, and carry the new head on in memory."""
        revision = commit.revision
        if self._options.dry_run:
            self._passed.append(self.head.tables)
            self._unstored |= unstored(commit.steps, self.head.tables)
        else:
            revision = self._store(commit)
            self.open_conflicts = self.store.conflicts(self.book_id)
        counters = {**self.head.counters, **commit.counters}
        self._head = State(revision, dict(tables), counters, self.head.tombstones)
        self.revision = revision

    def note(self, record: WorkbookRecord, export: Export | None = None) -> None:
        """Enter what changed about a workbook alone, and what is about to be written to its file."""
        if not self._options.dry_run and self.record is not None:
            self._store(Commit(self.revision, workbook=record, export=export))

    def _store(self, commit: Commit) -> int:
        if commit.workbook is not None and commit.workbook.state in _SYNCED:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            commit = replace(commit, workbook=replace(commit.workbook, synced=at))
        revision = self.store.commit(self.lease, self.book_id, commit)
        if commit.workbook is not None:
            self._workbooks[commit.workbook.workbook_id] = commit.workbook
        return revision

    def mark_written(self, record: WorkbookRecord, export: int, digest: str | None = None) -> WorkbookRecord:
        """Note that an export is in its file; return how the workbook is known then. See `Store.mark_written`."""
        if self._options.dry_run:
            return self.store.as_written(self.book_id, record)
        known = self.store.mark_written(self.lease, self.book_id, record.workbook_id, export, digest)
        self._workbooks[known.workbook_id] = known
        return known

    def drop_pending(self, record: WorkbookRecord) -> WorkbookRecord:
        """Forget an export that never reached its file; return how the workbook is known then."""
        if record.pending is not None and not self._options.dry_run:
            known = self.store.drop_pending(self.lease, self.book_id, record.workbook_id)
            self._workbooks[known.workbook_id] = known
        return replace(record, pending=None)

    def shows_all(self, record: WorkbookRecord) -> bool:
        """Return whether a workbook shows the newest state and every open conflict."""
        return shows_all(record, self.revision, self.open_conflicts)

    # its conflicts, and what it held

    def in_todays_keys(self, book: Book, conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
        """Return conflicts whose references follow their rows."""
        then = partial(self.store.state_at, self.book_id)
        return [in_todays_keys(book, one, then, self.head.tables) for one in conflicts]

    def as_they_stand(self, book: Book) -> list[ConflictRecord]:
        """Return the open conflicts in today's keys, with what the head holds by now and who put it there."""
        known = self.in_todays_keys(book, self.open_conflicts)
        return as_they_stand(known, self.head.tables, self.last_change)

    def last_change(self, cells: Sequence[Cell]) -> Mapping[Cell, RevisionRecord]:
        """Return who changed cells last, in a dry run by what it took in itself."""
        stored = self.store.last_change(self.book_id, cells)
        return {**stored, **{cell: self._unstored[cell] for cell in cells if cell in self._unstored}}

    def former_values(self, stored: Former, table: str, label: str) -> Mapping[Any, str]:
        """Return what cells of a column held before, in the store and in what a dry run has passed through since."""
        found = dict(stored(table, label))
        for then, now in pairwise([*self._passed, self.head.tables]):
            before, after = then.get(table), now.get(table)
            if before is None or label not in before.columns or before is after:
                continue
            column = before[label]
            kept = None if after is None or label not in after.columns else after[label].reindex(column.index)
            changed = column.notna().to_numpy() if kept is None else differs(column, kept)
            found |= {value: row for row, value in column[changed].dropna().items()}
        return found

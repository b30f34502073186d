"""Workbook → head: finds out what a file is and what it is compared with, merges it, and commits what it brought."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from crmbook.base import BusyError, HeldError, digest, is_open, read_bytes, refuse_open
from crmbook.build import role_book
from crmbook.ingest import Forgotten, Note, names_nobody, take_in
from crmbook.migrate import plan_upgrade, put_back, restore_workbook, upgrade_workbook
from crmbook.read import LoadedFile, WorkingCopy, open_workbook
from crmbook.render import repair
from crmbook.store import Commit, Image, locate
from crmbook.sync.backups import backup_path
from crmbook.sync.conflictrecords import agreed, as_record, cell_of, superseded, untold
from crmbook.sync.copies import CopyKind
from crmbook.sync.pulled import Pulled, Unchanged, scope_of
from crmbook.sync.question import take_away
from crmbook.sync.returning import without_forgotten
from crmbook.sync.unchanged import stands
from crmbook.sync.unresolved import unresolved_columns, unresolved_elsewhere
from crmbook.sync.unstamped import open_any
from crmbook.sync.untold import is_said_once, taken_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmbook.base import Options
    from crmbook.ingest import Base
    from crmbook.migrate import Migration
    from crmbook.read import Opened
    from crmbook.store import ConflictRecord, WorkbookRecord
    from crmbook.sync.leased import LeasedBook
    from crmbook.sync.lineage import Lineage
    from crmbook.sync.unresolved import Columns


class Pull:
    """Takes workbooks into one book."""

    def __init__(self, leased: LeasedBook, lineage: Lineage, options: Options) -> None:
        self._leased, self._lineage, self._options = leased, lineage, options
        self._unfinished: set[Path] = set()
        self._unresolved: dict[str, Columns] = {}

    def receive(self, opened: Opened) -> Pulled | Unchanged:
        """Take in one workbook, unless another store has it."""
        self.refuse_another_store(opened)
        return self.ingest(opened)

    def refuse_another_store(self, opened: Opened) -> None:
        """Hold a workbook that was last synced with another store, until somebody says that this one takes over.

        Raises
        ------
        HeldError
            ``sync.another-store``.
        """
        if not self._options.adopt_store and self._lineage.is_from_elsewhere(opened):
            location = locate(opened.path.parent, self._options.store)
            raise HeldError("sync.another-store", path=opened.path, store=location)

    def homes(
        self, copies: Sequence[Opened], known: Mapping[str, WorkbookRecord], here: set[Path]
    ) -> list[Opened]:
        """Return the workbooks of conflict copies that come without them.

        Rows that both hold and nobody has taken in yet are known again in the copy only once the workbook is in.
        """
        paths = dict.fromkeys(self._lineage.home(known[one.stamp.workbook_id]) for one in copies)
        found = []
        for path in [path for path in paths if path not in here]:
            with suppress(Exception):  # what is wrong with it is reported where it is synced itself
                found.append(open_workbook(path, read_bytes(path)))
        return found

    def ingest(self, opened: Opened) -> Pulled | Unchanged:
        """Take in one workbook and commit what it brought."""
        record = self._settle_pending(opened)
        role = self._lineage.role(opened, record)
        known = record if role is CopyKind.WORKBOOK else None
        if known is not None and self._is_known(opened, known):
            return Unchanged(opened, known)
        copy = self._checked_out(opened, record)
        forgotten = Forgotten(self._leased.head.tombstones)
        returned = 0
        if forgotten:
            opened, returned = without_forgotten(copy, forgotten, self._leased.head, self._options)
            copy = copy if opened is copy.opened else self._checked_out(opened, record)
        if known is not None and not returned and self._says_the_same(copy, known):
            if not repair(copy.view, opened.package, copy.snapshot):
                self._leased.note(replace(known, digest=opened.digest))
                return Unchanged(opened, known)
            copy = replace(copy, opened=open_workbook(opened.path, opened.data))
        pulled = self._merged(copy, role, record)
        if returned:
            note = Note("forget.returned", "", "", {"rows": returned})
            pulled = replace(pulled, intake=replace(pulled.intake, notes=[note, *pulled.intake.notes]))
        return pulled if pulled.intake.plan is not None else self._commit_intake(pulled)

    def _checked_out(self, opened: Opened, record: WorkbookRecord | None) -> WorkingCopy:
        """Return a file with the book and what of it the file shows, by the present schema."""
        book = self._leased.schema_of(opened)
        # What the store knows counts, not the stamp.
        shown = record.role if record is not None else opened.stamp.role
        self._leased.follow_schema(book)
        return WorkingCopy(opened, book, role_book(book, shown) if shown else book)

    def _merged(self, copy: WorkingCopy, role: CopyKind, known: WorkbookRecord | None) -> Pulled:
        """Return a workbook with what a merge makes of it; nothing of that is stored yet."""
        opened, leased = copy.opened, self._leased
        base = self._lineage.base(opened, known, role)
        home = self._lineage.home(known) if known is not None and role is CopyKind.CONFLICT_COPY else None
        named, record = self._lineage.identified(opened, role, known)
        # An export of a copy that never reached its file: a copy that has it carries the copy's own id.
        record = self._leased.drop_pending(record) if role is not CopyKind.WORKBOOK else record
        copy = copy if copy.opened is named else replace(copy, opened=named)
        upgrade = None if leased.record is None else plan_upgrade(copy, leased.record)
        if upgrade:
            self._options.progress("progress.migrating", name=opened.path.name)
        copy, migration = (copy, None) if leased.record is None else upgrade_workbook(copy, leased.record)
        copy, restored = restore_workbook(copy)
        base = self._in_sight(copy, base, upgrade, record)
        records = leased.workbooks.values()
        elsewhere = unresolved_elsewhere(copy.book, records, self._unresolved, record.workbook_id)
        base = replace(base, twins=partial(self._lineage.twins, opened.stamp, upgrade), unresolved=elsewhere)
        intake = take_in(copy, leased.head, base, self._options.as_of)
        self._unresolved[record.workbook_id] = unresolved_columns(copy.book, intake.unknown)
        if intake.discarded is not None and (whole := put_back(copy, intake.discarded)) is not copy:
            copy, base = whole, replace(base, discarded=intake.discarded)
            intake = take_in(copy, leased.head, base, self._options.as_of)
        if any(intake.identity.new.values()):
            if home is not None:
                self._refuse_unfinished(home)
            if base.is_open:
                self._unfinished.add(named.path)
        whose = opened.stamp.workbook_id if role is CopyKind.CONFLICT_COPY else record.workbook_id
        return Pulled(
            copy,
            role,
            record,
            base,
            intake,
            whose,
            migration,
            restored=restored,
            resting=leased.take_resting(),
        )

    def _in_sight(
        self, copy: WorkingCopy, base: Base, upgrade: Migration | None, record: WorkbookRecord
    ) -> Base:
        """Return what a file is compared with as far as the file can show it."""
        if base.image is not None:
            image = self._lineage.as_shown(copy, base.image, upgrade, self._leased.head.tables)
            base = replace(base, image=image, hidden=self._lineage.hidden(base.image, upgrade))
        if self._options.dry_run:
            base = replace(base, former=partial(self._leased.former_values, base.former))
        conflicts = self._leased.in_todays_keys(copy.book, base.conflicts)
        return replace(base, scope=scope_of(copy.book, record), conflicts=conflicts)

    def is_out_of_date(self, pulled: Pulled) -> bool:
        """Return whether another workbook brought since what an ingested workbook lacked.

        A row that a name may mean which meant nobody, or the answer who a row is.
        """
        return self._may_mean_more(pulled) or self._is_answered(pulled)

    def _is_answered(self, pulled: Pulled) -> bool:
        """Return whether somebody has said since who a row is about which it asked."""
        still_open = {(one.table, one.row_id) for one in self._leased.open_conflicts}
        asked = {(table, one.row_id) for table, one in pulled.intake.questions}
        return not (self._options.dry_run or pulled.intake.plan is not None or asked <= still_open)

    def _may_mean_more(self, pulled: Pulled) -> bool:
        """Return whether the head got rows since that may be meant by what was typed there."""
        intake = pulled.intake
        is_merged = pulled.role is CopyKind.WORKBOOK and intake.plan is None
        return is_merged and names_nobody(intake, intake.followed, self._leased.head.tables)

    def _refuse_unfinished(self, home: Path) -> None:
        """Let the new rows of a copy wait for the workbook, whose own they may be: it gets them once it is closed.

        Raises
        ------
        BusyError
            ``file.open`` or ``file.changed``, naming the workbook.
        """
        refuse_open(home)
        if home in self._unfinished:  # it has been closed since it was read
            raise BusyError("file.changed", path=home)

    # exports under way

    def _settle_pending(self, opened: Opened) -> WorkbookRecord | None:
        """Return what the store holds of a workbook, after an export that was under way: its stamp shows whether it got there."""
        record = self._leased.workbooks.get(opened.stamp.workbook_id)
        if record is None or record.pending is None:
            return record
        if opened.stamp.export == record.pending:
            settled = self._leased.mark_written(record, record.pending)
            if not self._options.dry_run:
                self._take_late(opened.path, record)
            return settled if self._options.dry_run else self._leased.workbooks[record.workbook_id]
        is_workbook = self._lineage.role(opened, record) is CopyKind.WORKBOOK
        return self._leased.drop_pending(record) if is_workbook else record

    def _take_late(self, path: Path, record: WorkbookRecord) -> None:
        """Take in what was saved in the instant before a run replaced the file and died."""
        keep = backup_path(path, record.workbook_id, record.export)
        if keep.exists() and digest(kept := read_bytes(keep)) != record.digest:
            self.ingest(open_any(LoadedFile(path, kept), self._options))

    # whether anything is new

    def _is_known(self, opened: Opened, record: WorkbookRecord) -> bool:
        """Return whether the file is the very one that was written or read last, and still shows the head."""
        return (
            self._leased.record is not None
            and stands(record, opened.digest, self._lineage.spelled(opened.path), self._options)
            and self._leased.shows_all(record)
            and self._leased.schema_of(opened).fingerprint == opened.stamp.fingerprint
        )

    def _says_the_same(self, copy: WorkingCopy, record: WorkbookRecord) -> bool:
        """Return whether a file whose bytes are new holds what was read or written last, and that is all there is."""
        opened = copy.opened
        return (
            record.content != ""
            and not opened.known_by
            and record.state == "current"
            and stands(record, record.digest, self._lineage.spelled(opened.path), self._options)
            and self._leased.shows_all(record)
            and (opened.stamp.export, opened.stamp.store) == (record.export, self._leased.store.id)
            and copy.book.fingerprint == opened.stamp.fingerprint
            and not is_open(opened.path)
            and copy.snapshot.content is not None
            and copy.snapshot.content.digest == record.content
            and not any(found.foreign for found in copy.snapshot.tables.values())
        )

    # storing

    def _commit_intake(self, pulled: Pulled) -> Pulled:
        """Commit what a workbook brought, and what follows from it, as one transaction."""
        intake, who = pulled.intake, self.who(pulled)
        self._leased.enter(pulled.opened.stamp, pulled.copy.book)
        kind: Literal["adopt", "sync"] = "sync" if self._leased.head.revision else "adopt"
        steps = intake.steps(kind, who, pulled.record.workbook_id)
        conflicts = self._new_conflicts(pulled, who)
        settled = [(one.conflict, one.choice, who) for one in intake.settlements]
        numbers = {number for number, _, _ in settled}
        known = self._leased.in_todays_keys(pulled.copy.book, self._leased.open_conflicts)
        ended = agreed(known, intake, numbers, pulled.record.workbook_id)
        numbers |= {number for number, _, _ in ended}
        left = [] if pulled.base.is_old else [one for one in known if one.id not in numbers]
        typed_over = superseded(left, intake, conflicts, pulled.record.workbook_id, who)
        pulled = _with_untold(replace(pulled, conflicts=conflicts, typed_over=typed_over))
        settled += [*ended, *((one.id, "superseded", who) for one in typed_over)]
        commit = Commit(
            revision=self._leased.head.revision, steps=steps, counters=intake.counters, workbook=pulled.record,
            image=Image(
                self._lineage.number(pulled.opened.stamp), dict(intake.file), journal=intake.journal, written=intake.written
            ),
            conflicts=conflicts, settled=settled,
        )  # fmt: skip
        self._leased.commit(commit, intake.followed)
        if not self._options.dry_run:
            take_away(pulled.opened.path)  # a question that was there is answered
        return pulled

    def _new_conflicts(self, pulled: Pulled, who: str) -> list[ConflictRecord]:
        settled = {one.conflict for one in pulled.intake.settlements}
        known = self._leased.in_todays_keys(pulled.copy.book, self._leased.open_conflicts)
        found = untold(pulled.intake, [one for one in known if one.id not in settled])
        book, intake = pulled.copy.book, pulled.intake
        cells = [
            cell_of(book, intake, table, one, label) for table, one in found for label in one.labels or ("",)
        ]
        last = self._leased.last_change(cells) if found else {}
        drafts = [as_record(pulled.copy.book, pulled.intake, table, one, last) for table, one in found]
        # Who a row of a drive's copy is, only that copy asks.
        asked = {(table, one.row_id) for table, one in intake.questions}
        return [
            replace(
                draft, file_who=who,
                workbook_id=pulled.record.workbook_id if (draft.table, draft.row_id) in asked else pulled.workbook_id,
            )
            for draft in drafts
        ]  # fmt: skip

    def who(self, pulled: Pulled) -> str:
        """Return under whose name the edits of a workbook are kept."""
        return pulled.record.holder or self._options.who or pulled.opened.path.stem


def _with_untold(pulled: Pulled) -> Pulled:
    """Return a workbook with what its merge gave in its record, where no later sync finds that again."""
    before, is_copy = pulled.record.untold, pulled.role is CopyKind.CONFLICT_COPY
    if before is None and not is_copy and not is_said_once(pulled.taken, pulled.notes):
        return pulled
    untold = taken_to_json(pulled.taken, pulled.notes, before)
    return replace(pulled, record=replace(pulled.record, untold=untold), is_resumed=before is not None)

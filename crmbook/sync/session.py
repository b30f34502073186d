"""One book while its lease is held: what the store knows of each workbook, and what it shall know next.

A `Visit` is one workbook between being read and being written. The head is loaded once and carried along in
memory; with ``dry_run`` nothing but that memory changes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from crmbook.base import (
    BusyError,
    CrmbookError,
    DeniedError,
    HeldError,
    Location,
    as_coded,
    digest,
    ends_run,
    is_open,
    read_bytes,
    refuse_open,
    write_atomically,
)
from crmbook.build import Scope, role_book, tables_in_scope
from crmbook.ingest import as_shown, listed_for, names_nobody, part_of, take_in
from crmbook.merge import differs
from crmbook.migrate import (
    changed_tables,
    describe_schema,
    plan_upgrade,
    put_back,
    restore_workbook,
    upgrade_state,
    upgrade_workbook,
)
from crmbook.ooxml import OoxmlError
from crmbook.read import ReadError, WorkingCopy, open_book, open_workbook
from crmbook.render import Wanted, append_own_columns, render, render_hold, repair
from crmbook.revisions import names_of
from crmbook.store import BookRecord, Commit, Export, Image, Step, WorkbookRecord, locate, own_place
from crmbook.store import State as Head
from crmbook.sync.backups import backup_path, prune
from crmbook.sync.conflictrecords import (
    agreed,
    as_record,
    as_they_stand,
    cell_of,
    in_todays_keys,
    unstored,
    untold,
)
from crmbook.sync.copies import Role, archive
from crmbook.sync.lineage import Lineage
from crmbook.sync.outcome import State, Synced, about
from crmbook.sync.question import ask, take_away
from crmbook.sync.unstamped import open_any
from crmbook.sync.untouched import missing_workbooks, shows_all, stands, told_before
from crmbook.sync.visit import Unchanged, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Options
    from crmbook.check import Former
    from crmbook.ingest import Plan
    from crmbook.migrate import Migration
    from crmbook.read import Opened
    from crmbook.render import Rendered
    from crmbook.schema import Book
    from crmbook.store import Cell, ConflictRecord, Lease, RevisionRecord, Store

Result = TypeVar("Result")


@dataclass(slots=True)
class Outcome:
    """What came of the workbooks of one book.

    Attributes
    ----------
    unwritten
        What was taken in from workbooks that could not be written then; each stands among the failures.
    missing
        Where workbooks of the book lay, beside these, that are no longer there.
    retired
        Those of them that are not asked for again.
    ended
        Why nothing more was tried, if so.
    """

    synced: list[Synced] = field(default_factory=list)
    failures: list[tuple[Path, CrmbookError]] = field(default_factory=list)
    unwritten: list[Synced] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    retired: list[Path] = field(default_factory=list)
    ended: CrmbookError | None = None


class Session:
    """The work on one book.

    Parameters
    ----------
    store, lease
        An open store, and the lease of the book in it.
    folder
        The folder whose own store this is: its workbooks are remembered by name, so that it can be moved as a whole.
    """

    def __init__(
        self, store: Store, lease: Lease, book_id: str, options: Options, folder: Path | None = None
    ) -> None:
        self.store, self.lease, self.book_id, self.options = store, lease, book_id, options
        self._lineage = Lineage(store, book_id, options, folder)
        self._books: dict[tuple[str, ...], Book] = {}
        self._unfinished: set[Path] = set()
        self._passed: list[Mapping[str, pd.DataFrame]] = []
        self._unstored: dict[Cell, RevisionRecord] = {}
        self._read_book()

    @cached_property
    def head(self) -> Head:
        """The head; after each commit the new one."""
        return Head(0, {}, {}) if self._record is None else self.store.head(self.book_id)

    def run(self, group: Sequence[Opened], attempts: int) -> Outcome:
        """Take in all workbooks, then write each; what goes wrong with one of them is its own failure."""
        outcome, visits = Outcome(), []
        known = {record.workbook_id: record for record in self.store.workbooks(self.book_id)}
        roles: dict[Path, Role] = {}
        for one in group:
            role = partial(self._lineage.role, one, known.get(one.mark.workbook_id))
            if (found := self._attempt(one.path, outcome, role)) is not None:
                roles[one.path] = found
        group = [one for one in group if one.path in roles]
        copies = [one for one in group if roles[one.path] is Role.CONFLICT_COPY]
        group = [*group, *self._homes(copies, known, {one.path for one in group})]
        # The workbooks themselves come before the copies that were made of them.
        for opened in sorted(group, key=lambda one: roles.get(one.path, Role.WORKBOOK) is not Role.WORKBOOK):
            visit = self._attempt(opened.path, outcome, partial(self._receive, opened))
            if visit is not None:
                visits.append(visit)
        for visit in list(self._tried_again(visits, outcome)):
            leave = partial(self._leave_patiently, visit, attempts)
            synced = self._attempt(visit.opened.path, outcome, leave)
            if synced is not None:
                outcome.synced.append(synced)
            elif isinstance(visit, Visit) and visit.intake.plan is None and not self.options.dry_run:
                outcome.unwritten.append(self._told(visit))
        if outcome.ended is None:
            outcome.missing, outcome.retired = self._missing(group)
        return outcome

    def _missing(self, group: Sequence[Opened]) -> tuple[list[Path], list[Path]]:
        """Return where workbooks of the book lay, in the folders of these, that are no longer there, and which are retired.

        These are not asked for again; one that comes back is a workbook as before.
        """
        here = {
            one.mark.workbook_id for one in group
        }  # a renamed one; a dry run does not note where it lies now
        known = [one for one in self.store.workbooks(self.book_id) if one.workbook_id not in here]
        folders = sorted({one.path.parent for one in group})
        gone = [path for folder in folders for path in missing_workbooks(known, folder, self._lineage.folder)]
        for record in known:
            if (place := self._lineage.home(record)) in gone and place.name in self.options.retired:
                self._note(replace(record, state="archived"))
        retired = [path for path in gone if path.name in self.options.retired]
        return [path for path in gone if path not in retired], retired

    def _attempt(self, path: Path, outcome: Outcome, step: Callable[[], Result]) -> Result | None:
        """Do a step with one workbook; whatever goes wrong is its failure, and the book is as the store holds it."""
        if outcome.ended is not None:
            outcome.failures.append((path, outcome.ended))
            return None
        before = self._remembered()
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the defect that one workbook brings to light befalls no other
            coded = as_coded(error, self.store.folder or own_place(path.parent), path)
            outcome.failures.append((path, coded))
            if ends_run(coded):
                outcome.ended = coded
            else:
                self._recall(before, outcome)
        return None

    def _remembered(self) -> dict[str, Any]:
        """Return what is kept in memory of the book."""
        names = ("head", "_record", "_revision", "_open_conflicts")
        return {name: self.__dict__[name] for name in names if name in self.__dict__}

    def _recall(self, before: Mapping[str, Any], outcome: Outcome) -> None:
        """Bring back what is true of the book: what the store holds; in a dry run, which commits nothing, what was."""
        self.__dict__.pop("head", None)
        if self.options.dry_run:
            self.__dict__.update(before)
            return
        try:
            self._read_book()
        except CrmbookError as error:
            outcome.ended = error

    def _read_book(self) -> None:
        self._record = self.store.book(self.book_id)
        self._revision = self._record.revision if self._record else 0
        self._open_conflicts = list(self.store.conflicts(self.book_id))

    # taking in

    def _receive(self, opened: Opened) -> Visit | Unchanged:
        self.refuse_another_store(opened)
        return self.visit(opened)

    def refuse_another_store(self, opened: Opened) -> None:
        """Hold a workbook that was last synced with another store, until somebody says that this one takes over.

        Raises
        ------
        HeldError
            ``sync.another-store``.
        """
        if not self.options.adopt_store and self._lineage.is_from_elsewhere(opened):
            place = locate(opened.path.parent, self.options.store)
            raise HeldError("sync.another-store", path=opened.path, place=place)

    def _homes(
        self, copies: Sequence[Opened], known: Mapping[str, WorkbookRecord], here: set[Path]
    ) -> list[Opened]:
        """Return the workbooks of conflict copies that come without them.

        Rows that both hold and nobody has taken in yet are known again in the copy only once the workbook is in.
        """
        paths = dict.fromkeys(self._lineage.home(known[one.mark.workbook_id]) for one in copies)
        found = []
        for path in [path for path in paths if path not in here]:
            with suppress(Exception):  # what is wrong with it is told where it is synced itself
                found.append(open_workbook(path, read_bytes(path)))
        return found

    def visit(self, opened: Opened) -> Visit | Unchanged:
        """Take in one workbook and commit what it brought."""
        record = self._settle_pending(opened, self.store.workbook(self.book_id, opened.mark.workbook_id))
        role = self._lineage.role(opened, record)
        if record is not None and role is Role.WORKBOOK and self._is_known(opened, record):
            return Unchanged(opened, record)
        book = self._book(opened)
        shown = (
            record.role if record is not None else opened.mark.role
        )  # what the store knows counts, not the stamp
        view = role_book(book, shown) if shown else book
        self._upgrade(book)
        copy = WorkingCopy(opened, book, view)
        if record is not None and role is Role.WORKBOOK and self._says_the_same(copy, record):
            if not repair(view, opened.package, copy.snapshot):
                self._note(replace(record, digest=opened.digest))
                return Unchanged(opened, record)
            opened = open_workbook(opened.path, opened.data)
        base = self._lineage.base(opened, record, role)
        home = self._lineage.home(record) if record is not None and role is Role.CONFLICT_COPY else None
        original = opened.mark.workbook_id
        opened, record = self._lineage.identified(opened, role, record)
        record = self._without_pending(record) if role is not Role.WORKBOOK else record
        copy = copy if copy.opened is opened else replace(copy, opened=opened)
        upgrade = None if self._record is None else plan_upgrade(copy, self._record)
        copy, migration = self._upgraded(copy)
        copy, restored = restore_workbook(copy)
        if base.image is not None:
            image = self._lineage.as_shown(copy, base.image, upgrade, self.head.tables)
            hidden = self._lineage.hidden(base.image, upgrade)
            base = replace(base, image=image, hidden=hidden)
        conflicts = self._in_todays_keys(book, base.conflicts)
        base = replace(base, scope=scope_of(record), conflicts=conflicts)
        if self.options.dry_run:
            base = replace(base, former=partial(self._former_values, base.former))
        intake = take_in(copy, self.head, base, self.options.as_of)
        if intake.discarded is not None and (whole := put_back(copy, intake.discarded)) is not copy:
            copy, base = whole, replace(base, discarded=intake.discarded)
            intake = take_in(copy, self.head, base, self.options.as_of)
        if any(intake.identity.new.values()):
            if home is not None:
                self._refuse_unfinished(home)
            if base.is_open:
                self._unfinished.add(opened.path)
        is_whose = original if role is Role.CONFLICT_COPY else record.workbook_id
        visit = Visit(copy, role, record, base, intake, is_whose, migration, restored=restored)
        return visit if visit.intake.plan is not None else self._commit_intake(visit)

    def _tried_again(
        self, visits: Sequence[Visit | Unchanged], outcome: Outcome
    ) -> Iterator[Visit | Unchanged]:
        """Yield visits, anew where another workbook brought since what was missing.

        A row that a name may mean which meant nobody, or the answer who a row is.
        """
        for visit in visits:
            if isinstance(visit, Visit) and (self._may_mean_more(visit) or self._is_answered(visit)):
                again = self._attempt(visit.opened.path, outcome, partial(self.visit, visit.opened))
                if again is not None:
                    yield again
            else:
                yield visit

    def _is_answered(self, visit: Visit) -> bool:
        """Return whether somebody has said, since a visit, who a row is about which it asked."""
        still_open = {(one.table, one.row_id) for one in self._open_conflicts}
        asked = {(table, one.row_id) for table, one in visit.intake.questions}
        return not (self.options.dry_run or visit.intake.plan is not None or asked <= still_open)

    def _may_mean_more(self, visit: Visit) -> bool:
        """Return whether the head got rows, since a visit, that may be meant by what was typed there."""
        intake = visit.intake
        is_merged = visit.role is Role.WORKBOOK and intake.plan is None
        return is_merged and names_nobody(intake, intake.followed, self.head.tables)

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

    def _settle_pending(self, opened: Opened, record: WorkbookRecord | None) -> WorkbookRecord | None:
        """Find out whether an export that was under way got into the file; its stamp tells."""
        if record is None or record.pending is None:
            return record
        dry_run = self.options.dry_run
        if opened.mark.export == record.pending:
            settled = self.store.as_written(self.book_id, record)
            if not dry_run:
                self.store.mark_written(self.lease, self.book_id, record.workbook_id, record.pending)
            self._take_late(opened.path, record)
        elif self._lineage.role(opened, record) is Role.WORKBOOK:
            settled = replace(record, pending=None)
            if not dry_run:
                self.store.drop_pending(self.lease, self.book_id, record.workbook_id)
        else:
            return record
        return settled if dry_run else self.store.workbook(self.book_id, record.workbook_id)

    def _without_pending(self, record: WorkbookRecord) -> WorkbookRecord:
        """Forget an export that never reached its file: a copy that has it carries the copy's own id."""
        if record.pending is not None and not self.options.dry_run:
            self.store.drop_pending(self.lease, self.book_id, record.workbook_id)
        return replace(record, pending=None)

    def _take_late(self, path: Path, record: WorkbookRecord) -> None:
        """Take in what was saved in the instant before a run replaced the file and died."""
        keep = backup_path(path, record.workbook_id, record.export)
        if keep.exists() and digest(kept := read_bytes(keep)) != record.digest:
            self.visit(open_any(path, kept, self.options))

    def _is_known(self, opened: Opened, record: WorkbookRecord) -> bool:
        """Say whether the file is the very one that was written or read last, and still shows the head."""
        return (
            self._record is not None
            and stands(record, opened.digest, self._lineage.spelled(opened.path), self.options)
            and self._shows_all(record)
            and self._book(opened).fingerprint == opened.mark.fingerprint
        )

    def _says_the_same(self, copy: WorkingCopy, record: WorkbookRecord) -> bool:
        """Say whether a file whose bytes are new holds what was read or written last, and that is all there is."""
        opened = copy.opened
        return (
            record.content != ""
            and not opened.known_by
            and record.state == "current"
            and stands(record, record.digest, self._lineage.spelled(opened.path), self.options)
            and self._shows_all(record)
            and (opened.mark.export, opened.mark.store) == (record.export, self.store.id)
            and copy.book.fingerprint == opened.mark.fingerprint
            and not is_open(opened.path)
            and copy.snapshot.content is not None
            and copy.snapshot.content.digest == record.content
            and not any(found.foreign for found in copy.snapshot.tables.values())
        )

    def _shows_all(self, record: WorkbookRecord) -> bool:
        """Say whether a workbook shows the newest state and every open conflict."""
        return shows_all(record, self._revision, self._open_conflicts)

    def _in_todays_keys(self, book: Book, conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
        """Return conflicts whose references follow their rows."""
        then = partial(self.store.state_at, self.book_id)
        return [in_todays_keys(book, one, then, self.head.tables) for one in conflicts]

    @property
    def _listed(self) -> list[int]:
        return [one.id for one in self._open_conflicts]

    def _book(self, opened: Opened) -> Book:
        """Return the book of a workbook's template and language, loaded once."""
        mark, known = opened.mark, self._record
        key = (mark.template, mark.lang, mark.example)
        if key not in self._books:
            workspace = Path(known.workspace) if known and known.workspace else None
            self._books[key] = open_book(opened, self.options.workspace, workspace)
        return self._books[key]

    def _upgrade(self, book: Book) -> None:
        """Bring the state to the schema as it stands now, as a revision of its own."""
        record = self._record
        if record is None or record.fingerprint == book.fingerprint:
            return
        record, head, migration = upgrade_state(record, book, self.head)
        steps = (
            [Step("migrate", "crmbook", tables=changed_tables(self.head.tables, head.tables))]
            if migration
            else []
        )
        commit = Commit(self.head.revision, steps=steps, counters=head.counters, book=record)
        self._commit(commit, head.tables)
        self._record = record

    def _upgraded(self, copy: WorkingCopy) -> tuple[WorkingCopy, Migration | None]:
        return (copy, None) if self._record is None else upgrade_workbook(copy, self._record)

    def _commit_intake(self, visit: Visit) -> Visit:
        """Commit what a workbook brought, and what follows from it, as one transaction."""
        intake, record, who = visit.intake, visit.record, self._who(visit)
        self._enter_book(visit)
        kind: Literal["adopt", "sync"] = "sync" if self.head.revision else "adopt"
        steps = intake.steps(kind, who, record.workbook_id)
        conflicts = self._new_conflicts(visit, who)
        settled = [(one.conflict, one.choice, who) for one in intake.settlements]
        numbers = {number for number, _, _ in settled}
        settled += agreed(
            self._in_todays_keys(visit.copy.book, self._open_conflicts), intake, numbers, record.workbook_id
        )
        commit = Commit(
            revision=self.head.revision, steps=steps, counters=intake.counters, workbook=record,
            image=Image(
                self._lineage.number(visit.opened.mark), dict(intake.file), journal=intake.journal, written=intake.written
            ),
            conflicts=conflicts, settled=settled,
        )  # fmt: skip
        self._commit(commit, intake.followed)
        if not self.options.dry_run:
            take_away(visit.opened.path)  # a question that stood there is answered
        return replace(visit, conflicts=conflicts)

    def _new_conflicts(self, visit: Visit, who: str) -> list[ConflictRecord]:
        settled = {one.conflict for one in visit.intake.settlements}
        known = self._in_todays_keys(visit.copy.book, self._open_conflicts)
        found = untold(visit.intake, [one for one in known if one.id not in settled])
        book, intake = visit.copy.book, visit.intake
        cells = [
            cell_of(book, intake, table, one, label) for table, one in found for label in one.labels or ("",)
        ]
        last = self._last_change(cells) if found else {}
        drafts = [as_record(visit.copy.book, visit.intake, table, one, last) for table, one in found]
        # Who a row of a drive's copy is, only that copy asks.
        asked = {(table, one.row_id) for table, one in intake.questions}
        return [
            replace(
                draft, file_who=who,
                workbook_id=visit.record.workbook_id if (draft.table, draft.row_id) in asked else visit.workbook_id,
            )
            for draft in drafts
        ]  # fmt: skip

    def _as_they_stand(self, book: Book) -> list[ConflictRecord]:
        """Return the open conflicts in today's keys, with what the head holds by now and who put it there."""
        known = self._in_todays_keys(book, self._open_conflicts)
        return as_they_stand(known, self.head.tables, self._last_change)

    def _last_change(self, cells: Sequence[Cell]) -> Mapping[Cell, RevisionRecord]:
        """Return who changed cells last, in a dry run by what it took in itself."""
        stored = self.store.last_change(self.book_id, cells)
        return {**stored, **{cell: self._unstored[cell] for cell in cells if cell in self._unstored}}

    def _enter_book(self, visit: Visit) -> None:
        """Enter a book that the store does not know: it was built elsewhere, or its store was lost."""
        if self._record is not None:
            return
        mark, book = visit.opened.mark, visit.copy.book
        workspace = str(self.options.workspace.absolute()) if self.options.workspace else ""
        record = BookRecord(
            self.book_id, mark.template, mark.lang, book.fingerprint, mark.example, workspace, describe_schema(book)
        )  # fmt: skip
        if not self.options.dry_run:
            self.store.add_book(record)
        self._record = record

    def _commit(self, commit: Commit, tables: Mapping[str, pd.DataFrame]) -> None:
        """Commit, and carry the new head on in memory."""
        revision = commit.revision
        if not self.options.dry_run:
            revision = self.store.commit(self.lease, self.book_id, commit)
            self._open_conflicts = list(self.store.conflicts(self.book_id))
        else:
            self._passed.append(self.head.tables)
            self._unstored |= unstored(commit.steps, self.head.tables)
        counters = {**self.head.counters, **commit.counters}
        self.__dict__["head"] = Head(revision, dict(tables), counters)
        self._revision = revision

    def _former_values(self, stored: Former, table: str, label: str) -> Mapping[Any, str]:
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

    def _who(self, visit: Visit) -> str:
        return visit.record.holder or self.options.who or visit.opened.path.stem

    # writing

    def _leave_patiently(self, visit: Visit | Unchanged, attempts: int) -> Synced:
        """Write a workbook; where somebody saved it meanwhile, take that in first."""
        for _ in range(attempts - 1):
            try:
                return self.leave(visit)
            except BusyError as error:
                if error.code != "file.changed":
                    raise
            path = visit.opened.path
            visit = self.visit(open_any(path, read_bytes(path), self.options))
        return self.leave(visit)

    def leave(self, visit: Visit | Unchanged) -> Synced:
        """Bring the file of a visit up to date, as far as it may be written."""
        opened = visit.opened
        if isinstance(visit, Unchanged) and not self._shows_all(visit.record):
            visit = self.visit(opened)  # another workbook brought something
        if isinstance(visit, Unchanged):
            told = told_before(visit.record, about(opened.path, self.options), self._open_conflicts)
            return self._as_they_stand_now(opened, told) if told.conflicts else told
        told = self._told(visit)
        if visit.intake.plan is not None:
            return self._hold(visit, visit.intake.plan, told)
        if visit.role is Role.CONFLICT_COPY and visit.intake.questions:
            return told  # it stays until somebody has said who its rows are
        if visit.role is Role.CONFLICT_COPY:
            moved = None if self.options.dry_run else archive(opened)
            return replace(told, state=State.ARCHIVED, moved_to=moved)
        if visit.base.is_open or is_open(opened.path):
            return self._wait(visit, told)
        return self._export(visit, told)

    def _as_they_stand_now(self, opened: Opened, told: Synced) -> Synced:
        """Return what is told of a workbook again, its conflicts with what the head holds by now.

        Of a copy that shows a part of the book they are told as they were: what came since may be out of its sight.
        """
        book, ids, mark = self._book(opened), {one.id for one in told.conflicts}, opened.mark
        known = self._open_conflicts if mark.owner or mark.where or mark.role else self._as_they_stand(book)
        conflicts = [one for one in known if one.id in ids]
        return replace(told, conflicts=conflicts, names=names_of(book, conflicts))

    def _told(self, visit: Visit) -> Synced:
        """Return what is told of what a workbook brought."""
        intake = visit.intake
        known = self._as_they_stand(visit.copy.book)
        mine = [one for one in known if one.workbook_id == visit.workbook_id]
        conflicts = self._as_known(visit, visit.conflicts if self.options.dry_run else mine)
        told = about(visit.opened.path, self.options)
        return replace(
            told, rows=intake.rows, issues=intake.issues, conflicts=conflicts, names=names_of(visit.copy.book, conflicts),
            taken=visit.taken, notes=[*told.notes, *visit.notes], plan=intake.plan,
        )  # fmt: skip

    def _as_known(self, visit: Visit, conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
        """Return conflicts as whoever holds a workbook may know them."""
        view, scope = visit.copy.view, scope_of(visit.record)
        held = {name: frame.index for name, frame in visit.intake.file.items()}
        mine = tables_in_scope(visit.copy.book, scope, self.head.tables, held)
        told = [as_shown(view, one) for one in conflicts]
        seen = {id(one) for one in listed_for(view, scope, told, mine)}
        return [one if id(one) in seen else one.without_head() for one in told]

    def _wait(self, visit: Visit, told: Synced) -> Synced:
        self._note(replace(visit.record, state="waiting"))
        return replace(told, state=State.WAITING)

    def _note(self, record: WorkbookRecord) -> None:
        """Enter what changed about a workbook alone."""
        if not self.options.dry_run and self._record is not None:
            self.store.commit(self.lease, self.book_id, Commit(self._revision, workbook=record))

    def _hold(self, visit: Visit, plan: Plan, told: Synced) -> Synced:
        """Put the question into the workbook, where it can be written, and remember that it was asked."""
        path, written = visit.opened.path, False
        # A workbook whose schema changed is not touched before it is written as a whole.
        data = visit.opened.data if visit.migration else render_hold(visit.opened, visit.intake, plan)
        if data != visit.opened.data and not self.options.dry_run and not is_open(path):
            with suppress(DeniedError):  # then it stands beside the file, unless that may not be either
                self._ask_inside(visit, data)
                written = True
        if not self.options.dry_run:
            take_away(path) if written else ask(path, plan, visit.copy.book.lang)
        told_digest = digest(data) if written else visit.opened.digest
        asked = replace(visit.record, state="held", plan=plan.to_json(), digest=told_digest)
        self._note(replace(asked, listed=self._listed))
        return replace(told, state=State.HELD, written=written)

    def _ask_inside(self, visit: Visit, data: bytes) -> None:
        """Put a workbook with the question inside in its place; what was saved in that instant goes back.

        Raises
        ------
        BusyError
            ``file.changed``: the question must be put into what was saved.
        """
        path = visit.opened.path
        late = self._replace_file(visit, data, held=True)
        if late is not None:
            write_atomically(path, late, digest(data))
            raise BusyError("file.changed", path=path)

    def _export(self, visit: Visit, told: Synced) -> Synced:
        wanted = self._wanted(visit)
        try:
            grown = self._with_own_columns(visit, wanted)
            renew = grown is not visit or self._must_renew(visit)
            rendered = render(visit.opened, grown.intake, wanted, renew=renew)
        except OoxmlError as error:
            raise ReadError(error.code, Location(file=str(visit.opened.path)), **error.params) from error
        told = replace(
            told, changes=rendered.changes, issues=rendered.issues,
            notes=[*told.notes, *((note.code, {"sheet": note.sheet, "count": note.count}) for note in rendered.restored)],
        )  # fmt: skip
        if self.options.dry_run:
            return replace(told, written=False)
        shows = replace(
            visit.record, digest=visit.opened.digest, written_revision=self.head.revision,
            as_of=self.options.as_of.isoformat(),
            state="current", content=rendered.content, findings=[issue.to_json() for issue in rendered.issues], listed=self._listed,
        )  # fmt: skip
        if rendered.data == visit.opened.data:
            self._note(shows)
            return told
        self._write(visit, wanted, rendered, shows)
        return replace(told, written=True)

    def _with_own_columns(self, visit: Visit, wanted: Wanted) -> Visit:
        """Give a workbook the own columns that others brought; never a role's copy, which shows chosen fields only."""
        if visit.record.role:
            return visit
        intake, package = visit.intake, visit.opened.package
        snapshot = append_own_columns(intake.book, intake.snapshot, package, wanted.tables)
        return (
            visit
            if snapshot is intake.snapshot
            else replace(visit, intake=replace(intake, snapshot=snapshot))
        )

    def _must_renew(self, visit: Visit) -> bool:
        """Say whether the file must get a new stamp: it brought something, so it must differ from older copies."""
        intake = visit.intake
        brought = intake.count("changes") + intake.count("added") + intake.count("deleted")
        known = visit.base.image is not None and not visit.base.is_old
        fresh = not known or visit.role is Role.FORK or visit.migration is not None
        # It brought that in an earlier run which ended before the file was written.
        before = visit.base.image is not None and bool(visit.base.image.seen)
        unnamed = bool(visit.opened.known_by) or any(note.is_back for note in visit.restored)
        return bool(brought) or fresh or before or unnamed or bool(intake.settlements)

    def _wanted(self, visit: Visit) -> Wanted:
        record, tables, view = visit.record, self.head.tables, visit.copy.view
        scope, file = scope_of(record), visit.intake.file
        held = {name: frame.index for name, frame in file.items()}
        mine = tables_in_scope(visit.copy.book, scope, tables, held)
        listed = listed_for(view, scope, self._as_they_stand(visit.copy.book), mine)
        conflicts = [as_shown(view, one) for one in listed]
        # A store that was put back from a backup may know fewer exports than there are: no number is given twice.
        number = max(record.export, visit.opened.mark.export) + 1
        mark = replace(
            visit.opened.mark, export=number, workbook_id=record.workbook_id, store=self.store.id,
            book_id=self.book_id,
        )  # fmt: skip
        whole = (visit.copy.book, mine) if scope.role else None
        part = part_of(visit.copy.book, mine, {}) if scope.narrows else None
        return Wanted(mine, conflicts, mark, self.options.as_of, whole, part)

    def _write(self, visit: Visit, wanted: Wanted, rendered: Rendered, shows: WorkbookRecord) -> None:
        """Commit the export as pending, replace the file, mark the export as written."""
        number, told = wanted.mark.export, digest(rendered.data)
        export = Export(number, told, dict(rendered.shown), rendered.written)
        waiting = replace(shows, pending=number, state="waiting")
        pending = Commit(self.head.revision, workbook=waiting, export=export)
        self.store.commit(self.lease, self.book_id, pending)
        replaced = self._replace_file(visit, rendered.data)
        self.store.mark_written(self.lease, self.book_id, visit.record.workbook_id, number, told)
        if replaced is not None:
            # Saved in the instant before it was replaced: those bytes come in as an old copy.
            self.leave(self.visit(open_any(visit.opened.path, replaced, self.options)))

    def _replace_file(self, visit: Visit, data: bytes, *, held: bool = False) -> bytes | None:
        """Replace the file and keep what it held; return that where it was not what had been read."""
        path = visit.opened.path
        refuse_open(path)
        keep = backup_path(path, visit.record.workbook_id, visit.record.export, held=held)
        write_atomically(path, data, visit.opened.digest, keep)
        kept = read_bytes(keep)
        prune(keep)
        return None if digest(kept) == visit.opened.digest else kept


def scope_of(record: WorkbookRecord) -> Scope:
    """Return what a workbook is for."""
    return Scope(record.owner, record.where, record.role)

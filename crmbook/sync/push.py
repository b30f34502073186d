"""Head → workbook: renders what a workbook lacks, and replaces its file so that a crash leaves the old one or the new."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import (
    BusyError,
    DeniedError,
    Location,
    digest,
    is_open,
    read_bytes,
    refuse_open,
    write_atomically,
)
from crmbook.build import tables_in_scope
from crmbook.ingest import as_shown, listed_for, part_of
from crmbook.ooxml import OoxmlError
from crmbook.read import LoadedFile, ReadError
from crmbook.render import Wanted, append_own_columns, render, render_hold
from crmbook.revisions import names_of
from crmbook.store import Export
from crmbook.sync.backups import backup_path, prune
from crmbook.sync.copies import Role, archive
from crmbook.sync.outcome import State, Synced, about
from crmbook.sync.question import ask, take_away
from crmbook.sync.unstamped import open_any
from crmbook.sync.untouched import told_before
from crmbook.sync.visit import Unchanged, Visit, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Options
    from crmbook.ingest import Plan
    from crmbook.read import Opened
    from crmbook.render import Rendered
    from crmbook.store import ConflictRecord, WorkbookRecord
    from crmbook.sync.leased import LeasedBook
    from crmbook.sync.pull import Pull


class Push:
    """Brings the files of workbooks up to date with one book.

    Parameters
    ----------
    pull
        Takes in first what somebody saved meanwhile.
    """

    def __init__(self, leased: LeasedBook, pull: Pull, options: Options) -> None:
        self._leased, self._pull, self._options = leased, pull, options

    def leave_patiently(self, visit: Visit | Unchanged, attempts: int) -> Synced:
        """Write a workbook; where somebody saved it meanwhile, take that in first."""
        for _ in range(attempts - 1):
            try:
                return self.leave(visit)
            except BusyError as error:
                if error.code != "file.changed":
                    raise
            path = visit.opened.path
            visit = self._pull.visit(open_any(LoadedFile.read(path), self._options))
        return self.leave(visit)

    def leave(self, visit: Visit | Unchanged) -> Synced:
        """Bring the file of a visit up to date, as far as it may be written."""
        opened = visit.opened
        if isinstance(visit, Unchanged) and not self._leased.shows_all(visit.record):
            visit = self._pull.visit(opened)  # another workbook brought something
        if isinstance(visit, Unchanged):
            told = told_before(visit.record, about(opened.path, self._options), self._leased.open_conflicts)
            return self._as_they_stand_now(opened, told) if told.conflicts else told
        told = self.told(visit)
        if visit.intake.plan is not None:
            return self._hold(visit, visit.intake.plan, told)
        if visit.role is Role.CONFLICT_COPY and visit.intake.questions:
            return told  # it stays until somebody has said who its rows are
        if visit.role is Role.CONFLICT_COPY:
            moved = None if self._options.dry_run else archive(opened)
            return replace(told, state=State.ARCHIVED, moved_to=moved)
        if visit.base.is_open or is_open(opened.path):
            return self._wait(visit, told)
        return self._export(visit, told)

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
        if self._options.dry_run:
            return replace(told, written=False)
        shows = replace(
            visit.record, digest=visit.opened.digest, written_revision=self._leased.head.revision,
            as_of=self._options.as_of.isoformat(),
            state="current", content=rendered.content, findings=[issue.to_json() for issue in rendered.issues], listed=self._leased.listed,
        )  # fmt: skip
        if rendered.data == visit.opened.data:
            self._leased.note(shows)
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
        """Return whether the file must get a new stamp: it brought something, so it must differ from older copies."""
        intake = visit.intake
        brought = intake.count("changes") + intake.count("added") + intake.count("deleted")
        known = visit.base.image is not None and not visit.base.is_old
        fresh = not known or visit.role is Role.FORK or visit.migration is not None
        # It brought that in an earlier run which ended before the file was written.
        before = visit.base.image is not None and bool(visit.base.image.seen)
        unnamed = bool(visit.opened.known_by) or any(note.is_back for note in visit.restored)
        return bool(brought) or fresh or before or unnamed or bool(intake.settlements)

    def _wanted(self, visit: Visit) -> Wanted:
        record, tables, view = visit.record, self._leased.head.tables, visit.copy.view
        scope, file = scope_of(record), visit.intake.file
        held = {name: frame.index for name, frame in file.items()}
        mine = tables_in_scope(visit.copy.book, scope, tables, held)
        listed = listed_for(view, scope, self._leased.as_they_stand(visit.copy.book), mine)
        conflicts = [as_shown(view, one) for one in listed]
        # A store that was put back from a backup may know fewer exports than there are: no number is given twice.
        number = max(record.export, visit.opened.mark.export) + 1
        mark = replace(
            visit.opened.mark, export=number, workbook_id=record.workbook_id, store=self._leased.store.id,
            book_id=self._leased.book_id,
        )  # fmt: skip
        whole = (visit.copy.book, mine) if scope.role else None
        part = part_of(visit.copy.book, mine, {}) if scope.narrows else None
        return Wanted(mine, conflicts, mark, self._options.as_of, whole, part)

    # replacing the file

    def _write(self, visit: Visit, wanted: Wanted, rendered: Rendered, shows: WorkbookRecord) -> None:
        """Commit the export as pending, replace the file, mark the export as written."""
        number, told = wanted.mark.export, digest(rendered.data)
        export = Export(number, told, dict(rendered.shown), rendered.written)
        waiting = replace(shows, pending=number, state="waiting")
        self._leased.note(waiting, export)
        replaced = self._replace_file(visit, rendered.data)
        self._leased.mark_written(visit.record, number, told)
        if replaced is not None:
            # Saved in the instant before it was replaced: those bytes come in as an old copy.
            self.leave(self._pull.visit(open_any(LoadedFile(visit.opened.path, replaced), self._options)))

    def _replace_file(self, visit: Visit, data: bytes, *, held: bool = False) -> bytes | None:
        """Replace the file and keep what it held; return that where it was not what had been read."""
        path = visit.opened.path
        refuse_open(path)
        keep = backup_path(path, visit.record.workbook_id, visit.record.export, held=held)
        write_atomically(path, data, visit.opened.digest, keep)
        kept = read_bytes(keep)
        prune(keep)
        return None if digest(kept) == visit.opened.digest else kept

    # where it is not written

    def _wait(self, visit: Visit, told: Synced) -> Synced:
        self._leased.note(replace(visit.record, state="waiting"))
        return replace(told, state=State.WAITING)

    def _hold(self, visit: Visit, plan: Plan, told: Synced) -> Synced:
        """Put the question into the workbook, where it can be written, and remember that it was asked."""
        path, written = visit.opened.path, False
        # A workbook whose schema changed is not touched before it is written as a whole.
        data = visit.opened.data if visit.migration else render_hold(visit.opened, visit.intake, plan)
        if data != visit.opened.data and not self._options.dry_run and not is_open(path):
            with suppress(DeniedError):  # then it stands beside the file, unless that may not be either
                self._ask_inside(visit, data)
                written = True
        if not self._options.dry_run:
            take_away(path) if written else ask(path, plan, visit.copy.book.lang)
        told_digest = digest(data) if written else visit.opened.digest
        asked = replace(visit.record, state="held", plan=plan.to_json(), digest=told_digest)
        self._leased.note(replace(asked, listed=self._leased.listed))
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

    # what is told of it

    def told(self, visit: Visit) -> Synced:
        """Return what is told of what a workbook brought."""
        intake = visit.intake
        known = self._leased.as_they_stand(visit.copy.book)
        mine = [one for one in known if one.workbook_id == visit.workbook_id]
        conflicts = self._as_known(visit, visit.conflicts if self._options.dry_run else mine)
        told = about(visit.opened.path, self._options)
        return replace(
            told, rows=intake.rows, issues=intake.issues, conflicts=conflicts, names=names_of(visit.copy.book, conflicts),
            taken=visit.taken, notes=[*told.notes, *visit.notes], plan=intake.plan,
        )  # fmt: skip

    def _as_known(self, visit: Visit, conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
        """Return conflicts as whoever holds a workbook may know them."""
        view, scope = visit.copy.view, scope_of(visit.record)
        held = {name: frame.index for name, frame in visit.intake.file.items()}
        mine = tables_in_scope(visit.copy.book, scope, self._leased.head.tables, held)
        told = [as_shown(view, one) for one in conflicts]
        seen = {id(one) for one in listed_for(view, scope, told, mine)}
        return [one if id(one) in seen else one.without_head() for one in told]

    def _as_they_stand_now(self, opened: Opened, told: Synced) -> Synced:
        """Return what is told of a workbook again, its conflicts with what the head holds by now.

        Of a copy that shows a part of the book they are told as they were: what came since may be out of its sight.
        """
        book, ids, mark = self._leased.schema_of(opened), {one.id for one in told.conflicts}, opened.mark
        known = (
            self._leased.open_conflicts
            if mark.owner or mark.where or mark.role
            else self._leased.as_they_stand(book)
        )
        conflicts = [one for one in known if one.id in ids]
        return replace(told, conflicts=conflicts, names=names_of(book, conflicts))

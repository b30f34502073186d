"""Head → workbook: renders what a workbook lacks, and replaces its file so that a crash leaves the old one or the new."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.base import (
    BusyError,
    DeniedError,
    Issue,
    Location,
    digest,
    is_open,
    read_bytes,
    refuse_open,
    write_atomically,
)
from crmbook.build import DUPLICATES, tables_in_scope
from crmbook.check import once_each
from crmbook.ingest import as_shown, listed_for, part_of
from crmbook.ooxml import OoxmlError
from crmbook.read import LoadedFile, ReadError
from crmbook.render import Wanted, append_own_columns, is_passing, passing_issues, render, render_hold
from crmbook.revisions import names_of
from crmbook.store import Export
from crmbook.sync.backups import backup_path, prune
from crmbook.sync.copies import CopyKind, archive, place_in_archive
from crmbook.sync.outcome import Synced, SyncState, about
from crmbook.sync.pulled import Pulled, Unchanged, scope_of
from crmbook.sync.question import ask, take_away
from crmbook.sync.quiet import note_quiet
from crmbook.sync.unchanged import stored_report
from crmbook.sync.unstamped import open_any
from crmbook.sync.untold import taken_from_json, to_json, with_late

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmbook.base import Options
    from crmbook.ingest import Plan
    from crmbook.read import Opened
    from crmbook.render import Rendered
    from crmbook.store import ConflictRecord, WorkbookRecord
    from crmbook.sync.bulkdesk import BulkDesk
    from crmbook.sync.leased import LeasedBook
    from crmbook.sync.pairs import PairDesk
    from crmbook.sync.pull import Pull


class Push:
    """Brings the files of workbooks up to date with one book.

    Parameters
    ----------
    pull
        Takes in first what somebody saved meanwhile.
    desks
        Know which rows may be one, and what became of edits in bulk.

    Attributes
    ----------
    reported
        The ids of the workbooks that were reported, and of the drives' copies.
    """

    def __init__(
        self, leased: LeasedBook, pull: Pull, desks: tuple[PairDesk, BulkDesk], options: Options
    ) -> None:
        self._leased, self._pull, self._options = leased, pull, options
        self._pairs, self._bulk = desks
        self._looked_twice: set[Path] = set()
        self.reported: list[str] = []
        self._late: set[str] = set()

    def write_patiently(self, pulled: Pulled | Unchanged, attempts: int) -> Synced:
        """Write a workbook; where somebody saved it meanwhile, take that in first."""
        for _ in range(attempts - 1):
            try:
                return self.write(pulled)
            except BusyError as error:
                if error.code != "file.changed":
                    raise
            path = pulled.opened.path
            pulled = self._pull.ingest(open_any(LoadedFile.read(path), self._options))
        return self.write(pulled)

    def write(self, pulled: Pulled | Unchanged) -> Synced:
        """Bring the file of a workbook up to date, as far as it may be written."""
        synced = self._write(pulled)
        if synced.state is not SyncState.HELD and pulled.record.workbook_id not in self._late:
            self.reported.append(pulled.record.workbook_id)
        return synced

    def _write(self, pulled: Pulled | Unchanged) -> Synced:
        opened = pulled.opened
        if isinstance(pulled, Unchanged) and not self._leased.shows_all(pulled.record):
            pulled = self._pull.ingest(opened)  # another workbook brought something
        if isinstance(pulled, Unchanged):
            if self._options.notes_quiet and not self._options.dry_run:
                note_quiet(opened.path.parent, [pulled.record.workbook_id])
            synced = stored_report(
                pulled.record, about(opened.path, self._options), self._leased.open_conflicts
            )
            synced = self._as_they_stand_now(opened, synced) if synced.conflicts else synced
            return self._with_earlier(synced, pulled.record.untold)
        synced = self.summarise(pulled)
        if pulled.intake.plan is not None:
            return self._hold(pulled, pulled.intake.plan, synced)
        if pulled.role is CopyKind.CONFLICT_COPY:
            # One that asks stays until somebody has said who its rows are.
            return synced if pulled.intake.questions else self._put_away(pulled, synced)
        if pulled.base.is_open or is_open(opened.path):
            return self._wait(pulled, synced)
        return self._export(pulled, synced)

    def _export(self, pulled: Pulled, synced: Synced) -> Synced:
        wanted = self._wanted(pulled)
        try:
            grown = self._with_own_columns(pulled, wanted)
            renew = grown is not pulled or self._must_renew(pulled)
            is_older = pulled.migration is not None
            rendered = render(pulled.opened, grown.intake, wanted, renew=renew, is_older=is_older)
        except OoxmlError as error:
            raise ReadError(error.code, Location(file=str(pulled.opened.path)), **error.params) from error
        synced = replace(
            synced, changes=rendered.changes, issues=rendered.issues, overrides=rendered.overrides,
            notes=[*synced.notes, *((note.code, {"sheet": note.sheet, "count": note.count}) for note in rendered.restored)],
        )  # fmt: skip
        synced = with_late(self._with_listed(synced, grown, wanted), pulled.record.untold)
        if self._options.dry_run:
            return replace(synced, written=False)
        passing = [issue for issue in synced.issues if is_passing(issue)]
        is_untold = bool(passing) or pulled.record.untold is not None
        shows = replace(
            pulled.record, untold=to_json(synced, passing) if is_untold else None, digest=pulled.opened.digest, written_revision=self._leased.head.revision,
            # What is understood only now is still to be taken in: for no day does the workbook show the head.
            as_of="" if rendered.is_understood else self._options.as_of.isoformat(),
            state="current", content=rendered.content, findings=[issue.to_json() for issue in rendered.standing], listed=self._leased.listed,
            overrides=[one.to_json() for one in rendered.overrides],
        )  # fmt: skip
        if rendered.data == pulled.opened.data and not rendered.is_understood:
            self._leased.note(shows)
            return synced
        self._write_file(pulled, wanted, rendered, shows)
        synced = replace(synced, written=True)
        return self._with_understood(pulled, synced) if rendered.is_understood else synced

    def _with_listed(self, synced: Synced, pulled: Pulled, wanted: Wanted) -> Synced:
        """Say where the rows are listed that may be one, if that was asked for; a role's copy may have no such sheet."""
        if not self._options.lists_duplicates or wanted.pairs.lines is None:
            return synced
        sheet = pulled.intake.snapshot.tables[DUPLICATES].sheet
        return replace(
            synced,
            notes=[*synced.notes, ("duplicates.listed", {"sheet": sheet, "count": wanted.pairs.count})],
        )

    def _with_understood(self, pulled: Pulled, synced: Synced) -> Synced:
        """Take in what could be understood only when the workbook held what others brought; return the whole report.

        Once: what is understood only by that waits for the next sync.
        """
        path = pulled.opened.path
        if path in self._looked_twice:
            return synced
        self._looked_twice.add(path)
        is_resumed = self._leased.workbooks[pulled.record.workbook_id].untold is not None
        again = self.write(self._pull.ingest(open_any(LoadedFile.read(path), self._options)))
        return replace(
            again,
            written=True,
            changes=[*synced.changes, *again.changes],
            taken=again.taken if is_resumed else synced.taken + again.taken,
            notes=[*synced.notes, *(note for note in again.notes if note not in synced.notes)],
        )

    def _with_own_columns(self, pulled: Pulled, wanted: Wanted) -> Pulled:
        """Give a workbook the own columns that others brought; never a role's copy, which shows chosen fields only."""
        if pulled.record.role:
            return pulled
        intake, package = pulled.intake, pulled.opened.package
        snapshot = append_own_columns(intake.book, intake.snapshot, package, wanted.tables)
        return (
            pulled
            if snapshot is intake.snapshot
            else replace(pulled, intake=replace(intake, snapshot=snapshot))
        )

    def _must_renew(self, pulled: Pulled) -> bool:
        """Return whether the file must get a new stamp: it brought something, so it must differ from older copies."""
        intake = pulled.intake
        brought = intake.count("changes") + intake.count("added") + intake.count("deleted")
        known = pulled.base.image is not None and not pulled.base.is_old
        fresh = not known or pulled.role is CopyKind.FORK or pulled.migration is not None
        # It brought that in an earlier run which ended before the file was written.
        before = pulled.base.image is not None and bool(pulled.base.image.seen)
        unnamed = bool(pulled.opened.known_by) or any(note.is_back for note in pulled.restored)
        return bool(brought) or fresh or before or unnamed or bool(intake.settlements)

    def _wanted(self, pulled: Pulled) -> Wanted:
        record, tables, view = pulled.record, self._leased.head.tables, pulled.copy.view
        scope, file = scope_of(pulled.copy.book, record), pulled.intake.file
        held = {name: frame.index for name, frame in file.items()}
        mine = tables_in_scope(pulled.copy.book, scope, tables, held)
        listed = listed_for(view, scope, self._leased.as_they_stand(pulled.copy.book), mine)
        conflicts = [as_shown(view, one) for one in listed]
        # A store that was put back from a backup may know fewer exports than there are: no number is given twice.
        number = max(record.export, pulled.opened.stamp.export) + 1
        stamp = replace(
            pulled.opened.stamp, export=number, workbook_id=record.workbook_id, store=self._leased.store.id,
            book_id=self._leased.book_id,
        )  # fmt: skip
        whole = (pulled.copy.book, mine) if scope.role else None
        part = part_of(pulled.copy.book, scope, mine, {}) if scope.narrows else None
        pairs = self._pairs.page(pulled, mine)
        bulk = self._bulk.page(pulled)
        return Wanted(mine, conflicts, stamp, self._options.as_of, whole, part, pairs, bulk)

    # replacing the file

    def _write_file(self, pulled: Pulled, wanted: Wanted, rendered: Rendered, shows: WorkbookRecord) -> None:
        """Commit the export as pending, replace the file, mark the export as written."""
        number, written = wanted.stamp.export, digest(rendered.data)
        export = Export(number, written, dict(rendered.shown), rendered.written)
        waiting = replace(shows, pending=number, state="waiting")
        self._leased.note(waiting, export)
        replaced = self._replace_file(pulled, rendered.data)
        self._leased.mark_written(pulled.record, number, written)
        if replaced is not None:
            self._late.add(pulled.record.workbook_id)  # what it brought is reported by the next sync
            # Saved in the instant before it was replaced: those bytes come in as an old copy.
            self.write(self._pull.ingest(open_any(LoadedFile(pulled.opened.path, replaced), self._options)))

    def _replace_file(self, pulled: Pulled, data: bytes, *, held: bool = False) -> bytes | None:
        """Replace the file and keep what it held; return that where it was not what had been read."""
        path = pulled.opened.path
        refuse_open(path)
        keep = backup_path(path, pulled.record.workbook_id, pulled.record.export, held=held)
        write_atomically(path, data, pulled.opened.digest, keep)
        kept = read_bytes(keep)
        prune(keep)
        return None if digest(kept) == pulled.opened.digest else kept

    # where it is not written

    def _put_away(self, pulled: Pulled, synced: Synced) -> Synced:
        """Move a drive's copy away; what there is to report of it is stored before."""
        synced = replace(
            synced, state=SyncState.ARCHIVED, issues=[*synced.issues, *self._left_behind(pulled)]
        )
        if self._options.dry_run:
            return synced
        target = place_in_archive(pulled.opened)
        self._leased.note(replace(pulled.record, untold=to_json(synced, synced.issues, target.name)))
        archive(pulled.opened, target)
        return replace(synced, moved_to=target)

    def _wait(self, pulled: Pulled, synced: Synced) -> Synced:
        """Leave a workbook that is open as it is; what in it is no value is named now, and again once it is written."""
        self._leased.note(replace(pulled.record, state="waiting"))
        refused = once_each(pulled.intake.checked.refusals)
        return replace(synced, state=SyncState.WAITING, issues=[*synced.issues, *refused])

    def _hold(self, pulled: Pulled, plan: Plan, synced: Synced) -> Synced:
        """Put the question into the workbook, where it can be written, and remember that it was asked."""
        path, written = pulled.opened.path, False
        # A workbook whose schema changed is not touched before it is written as a whole.
        data = pulled.opened.data if pulled.migration else render_hold(pulled.opened, pulled.intake, plan)
        if data != pulled.opened.data and not self._options.dry_run and not is_open(path):
            with suppress(DeniedError):  # then it is beside the file, unless that may not be either
                self._ask_inside(pulled, data)
                written = True
        if not self._options.dry_run:
            take_away(path) if written else ask(path, plan, pulled.copy.book.lang)
        kept_digest = digest(data) if written else pulled.opened.digest
        asked = replace(pulled.record, state="held", plan=plan.to_json(), digest=kept_digest)
        self._leased.note(replace(asked, listed=self._leased.listed))
        return replace(synced, state=SyncState.HELD, written=written)

    def _ask_inside(self, pulled: Pulled, data: bytes) -> None:
        """Put a workbook with the question inside in its place; what was saved in that instant goes back.

        Raises
        ------
        BusyError
            ``file.changed``: the question must be put into what was saved.
        """
        path = pulled.opened.path
        late = self._replace_file(pulled, data, held=True)
        if late is not None:
            write_atomically(path, late, digest(data))
            raise BusyError("file.changed", path=path)

    # reporting

    def summarise(self, pulled: Pulled) -> Synced:
        """Return the report of what a workbook brought."""
        intake = pulled.intake
        known = self._leased.as_they_stand(pulled.copy.book)
        mine = [one for one in known if one.workbook_id == pulled.workbook_id]
        conflicts = self._as_known(pulled, pulled.conflicts if self._options.dry_run else mine)
        synced = about(pulled.opened.path, self._options)
        taken, notes = pulled.taken, pulled.notes
        if pulled.is_resumed and pulled.record.untold is not None:
            taken, notes = taken_from_json(pulled.record.untold)
        return replace(
            synced, rows=intake.rows, issues=intake.issues, conflicts=conflicts, names=names_of(pulled.copy.book, conflicts),
            taken=taken, notes=[*synced.notes, *notes], plan=intake.plan, shown_day=pulled.record.as_of if pulled.record.was_synced else "",
        )  # fmt: skip

    def _with_earlier(self, synced: Synced, untold: Mapping[str, Any] | None) -> Synced:
        """Return the report of an unchanged workbook with what an earlier run did to it that ended before its report."""
        if untold is None:
            return synced
        taken, notes = taken_from_json(untold)
        return with_late(replace(synced, taken=taken, notes=[*synced.notes, *notes]), untold)

    def _left_behind(self, pulled: Pulled) -> list[Issue]:
        """Return the findings about what no sync will meet again once a drive's copy is put away.

        What is no value there, was typed over a formula, or was understood in another form than it was typed: it is
        nowhere else, but for what the workbook holds too.
        """
        home = self._leased.workbooks.get(pulled.workbook_id)
        reported = [_mistake(Issue.from_json(finding)) for finding in (home.findings if home else ())]
        reported += map(_mistake, pulled.intake.issues)
        found = [*pulled.intake.checked.refusals]
        found += passing_issues(pulled.opened.package, pulled.intake, self._wanted(pulled))
        return [one for one in once_each(found) if _mistake(one) not in reported]

    def _as_known(self, pulled: Pulled, conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
        """Return conflicts as whoever holds a workbook may know them."""
        view, scope = pulled.copy.view, scope_of(pulled.copy.book, pulled.record)
        held = {name: frame.index for name, frame in pulled.intake.file.items()}
        mine = tables_in_scope(pulled.copy.book, scope, self._leased.head.tables, held)
        shown = [as_shown(view, one) for one in conflicts]
        seen = {id(one) for one in listed_for(view, scope, shown, mine)}
        return [one if id(one) in seen else one.without_head() for one in shown]

    def _as_they_stand_now(self, opened: Opened, synced: Synced) -> Synced:
        """Return a stored report, its conflicts with what the head holds by now.

        Of a copy that shows a part of the book they are reported as they were: what came since may be out of its sight.
        """
        book, ids, stamp = self._leased.schema_of(opened), {one.id for one in synced.conflicts}, opened.stamp
        known = (
            self._leased.open_conflicts
            if stamp.owner or stamp.where or stamp.role
            else self._leased.as_they_stand(book)
        )
        conflicts = [one for one in known if one.id in ids]
        return replace(synced, conflicts=conflicts, names=names_of(book, conflicts))


def _mistake(issue: Issue) -> tuple[str, str, str, str, str, int]:
    """Return by what a finding is known again in another file of the same workbook."""
    return issue.code, issue.table, issue.row_key, issue.field_name, issue.value, issue.count

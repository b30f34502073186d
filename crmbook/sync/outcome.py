"""What a sync did, as data: one `Synced` per workbook, together a `Report`. The command line turns it into words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Sample, live_lock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.base import Change, ChangeKind, CrmbookError, Issue, Options, Override
    from crmbook.ingest import Plan
    from crmbook.store import ConflictRecord, WorkbookRecord

_CLEAN, _PROBLEMS, _FAILED, _HELD, _BUSY = range(5)
_WORST_FIRST: Final = (_FAILED, _HELD, _BUSY, _PROBLEMS, _CLEAN)
_PUT_BACK: Final = "furniture."
_BEYOND_REPAIR: Final = "furniture.gone-"


def _is_housekeeping(code: str) -> bool:
    """Return whether a note is about what a repair put back."""
    return code.startswith(_PUT_BACK) and not code.startswith(_BEYOND_REPAIR)


class SyncState(StrEnum):
    """The state of a workbook after a sync."""

    CURRENT = "current"  # it shows the head
    UNCHANGED = "unchanged"  # it did so before, nothing was read
    WAITING = "waiting"  # its edits are in; it is open elsewhere and will be written later
    HELD = "held"  # a person has to confirm first; nothing of it was taken in
    ARCHIVED = "archived"  # a drive's conflict copy: taken in, and moved away


@dataclass(frozen=True, slots=True)
class Taken:
    """How much a sync took from a workbook, in cells and rows.

    Attributes
    ----------
    ignored
        Values of an old copy that had been taken in before.
    missing
        Rows that are missing from an old copy and were not deleted for that.
    provisional
        New rows that wait for the workbook to be closed.
    missing_rows
        The first few of the missing rows, by sheet, key and name.
    """

    changed: int = 0
    added: int = 0
    deleted: int = 0
    ignored: int = 0
    missing: int = 0
    provisional: int = 0
    missing_rows: Sample = field(default_factory=Sample)

    def __add__(self, other: Taken) -> Taken:
        """Return what was taken in two steps; what is missing or waits is so after the second."""
        return replace(
            other, changed=self.changed + other.changed, added=self.added + other.added,
            deleted=self.deleted + other.deleted, ignored=self.ignored + other.ignored,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found in one workbook and did to it.

    Attributes
    ----------
    changes
        Every cell that was written.
    issues
        Every finding.
    overrides
        Every value that was typed over a formula, now or earlier, and is still there.
    conflicts
        The open conflicts that its edits made, now or earlier.
    notes
        What followed by itself (rows opened, ids renamed, furniture restored …): message codes with their params.
    written
        Whether the file was replaced.
    moved_to
        Where an archived copy lies now.
    names
        What people call the tables and fields of its conflicts, by machine names; tables with an empty field.
    open_by, lock
        Who holds it open, and by which lock file.
    shown_day
        The as-of date that it showed before, as ISO text; empty where it showed none.
    """

    path: Path
    as_of: date
    rows: int = 0
    changes: Sequence[Change] = ()
    issues: Sequence[Issue] = ()
    overrides: Sequence[Override] = ()
    written: bool = False
    state: SyncState = SyncState.CURRENT
    taken: Taken = field(default_factory=Taken)
    conflicts: Sequence[ConflictRecord] = ()
    plan: Plan | None = None
    notes: Sequence[tuple[str, Mapping[str, Any]]] = ()
    moved_to: Path | None = None
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    open_by: str = ""
    lock: str = ""
    shown_day: str = ""

    def count(self, *kinds: ChangeKind) -> int:
        """Return how many cells changed for one of the reasons."""
        return sum(change.kind in kinds for change in self.changes)

    @property
    def special_notes(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """The notes without those about what a repair put back without anybody's loss."""
        return [note for note in self.notes if not _is_housekeeping(note[0])]

    @property
    def has_changed(self) -> bool:
        """Return whether its file was replaced or moved, or something was taken in from it."""
        taken = self.taken
        return (
            self.written or self.moved_to is not None or bool(taken.changed or taken.added or taken.deleted)
        )

    @property
    def exit_code(self) -> int:
        """0 clean, 1 problems to look at, 3 held, 4 busy."""
        if self.state is SyncState.HELD:
            return _HELD
        if self.state is SyncState.WAITING:
            return _BUSY
        return _PROBLEMS if self.issues or self.conflicts else _CLEAN


def about(path: Path, options: Options) -> Synced:
    """Return what is reported of any workbook: who holds it open, and a day that has not come yet."""
    notes = [("sync.day-ahead", {"as_of": options.as_of.isoformat()})] if options.is_day_ahead else []
    lock = live_lock(path)
    if lock is None:
        return Synced(path, options.as_of, notes=notes)
    return Synced(path, options.as_of, notes=notes, open_by=lock.holder, lock=lock.path.name)


@dataclass(frozen=True, slots=True)
class Report:
    """What a sync of several workbooks did.

    Attributes
    ----------
    failures
        Those that could not be read or written.
    unwritten
        What was taken in from some of these before their files could not be written.
    missing
        Where workbooks of these books lay that are no longer there.
    dry_run
        Whether it only looked.
    retired
        Where workbooks lay that are not asked for again.
    told_gone
        Those of the missing that were reported before.
    untold
        The workbooks, by store, book and ids, of which only this report says what was done: it is reported again until
        it is acknowledged.
    gone
        The missing, by store and book, that it reports first: until it is acknowledged.
    """

    workbooks: Sequence[Synced]
    failures: Sequence[tuple[Path, CrmbookError]] = ()
    unwritten: Sequence[Synced] = ()
    missing: Sequence[Path] = ()
    dry_run: bool = False
    retired: Sequence[Path] = ()
    told_gone: Sequence[Path] = ()
    untold: Sequence[tuple[str | Path, str, Sequence[str]]] = ()
    gone: Sequence[tuple[str | Path, str, Sequence[WorkbookRecord]]] = ()

    @property
    def newly_missing(self) -> list[Path]:
        """Return the missing that were not reported yet."""
        return [path for path in self.missing if path not in self.told_gone]

    @property
    def has_changed(self) -> bool:
        """Return whether anything was written or taken in."""
        return not self.dry_run and any(one.has_changed for one in (*self.workbooks, *self.unwritten))

    @property
    def exit_code(self) -> int:
        """The gravest of the workbooks' exit codes, that of a failure first; 2 only where nothing was changed."""
        codes = {synced.exit_code for synced in self.workbooks}
        codes |= {error.exit_code for _, error in self.failures}
        codes |= {_PROBLEMS} if self.newly_missing else set()
        if _FAILED in codes and self.has_changed:
            codes = codes - {_FAILED} | {_PROBLEMS}
        return next((code for code in _WORST_FIRST if code in codes), _CLEAN)

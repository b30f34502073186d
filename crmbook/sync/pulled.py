"""A workbook that was taken in and is not written yet, with what its report will say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbook.base import Sample
from crmbook.build import Scope, scope_in
from crmbook.ingest import name_rows
from crmbook.revisions import names_of
from crmbook.sync.outcome import Taken
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.ingest import Base, Intake
    from crmbook.migrate import Migration
    from crmbook.read import Opened, WorkingCopy
    from crmbook.render import RepairNote
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord, WorkbookRecord
    from crmbook.sync.copies import CopyKind


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A workbook in which nothing is new: its bytes are those that were read or written last."""

    opened: Opened
    record: WorkbookRecord


@dataclass(frozen=True, slots=True)
class Pulled:
    """A workbook that was taken in and waits to be written.

    Attributes
    ----------
    copy
        The file as read, a copy of a workbook with the id it is known by; the book, and what of it the file shows.
    record
        What the store holds of the workbook.
    workbook_id
        Whose its conflicts are: its own, of a drive's conflict copy those of the workbook, which lives on.
    migration
        What a changed schema changed in it, in memory so far.
    conflicts
        Those that its edits made.
    typed_over
        Those that ended because their author typed something else there.
    restored
        Tables and row ids that a program had dropped, and that are back, in memory so far.
    is_resumed
        Whether an earlier run took something from it and ended before its report was read; the record says what.
    resting
        How many open conflicts of the book are about what a changed schema no longer has; reported with one workbook of it.
    """

    copy: WorkingCopy
    role: CopyKind
    record: WorkbookRecord
    base: Base
    intake: Intake
    workbook_id: str
    migration: Migration | None = None
    conflicts: Sequence[ConflictRecord] = ()
    typed_over: Sequence[ConflictRecord] = ()
    restored: Sequence[RepairNote] = ()
    is_resumed: bool = False
    resting: int = 0

    @property
    def opened(self) -> Opened:
        """The file as read."""
        return self.copy.opened

    @property
    def taken(self) -> Taken:
        """How much was taken from it."""
        intake, is_open, is_old = self.intake, self.base.is_open, self.base.is_old
        waiting = sum(map(len, intake.identity.new.values())) if is_open else 0
        missing = {name: one.missing for name, one in intake.results.items() if one.missing} if is_old else {}
        return Taken(
            intake.count("changes"), intake.count("added"), intake.count("deleted"), intake.ignored,
            sum(map(len, missing.values())), waiting,
            name_rows(self.copy.view, self.base.rows or {}, missing) if missing else Sample(),
        )  # fmt: skip

    @property
    def notes(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What is reported besides its issues: a changed schema, what followed from its edits."""
        known_by = self.opened.known_by
        notes: list[tuple[str, Mapping[str, Any]]] = [(known_by, {})] if known_by else []
        notes += [(note.code, {"sheet": note.sheet, "count": note.count}) for note in self.restored]
        twins = self.intake.identity.twins
        if count := sum(map(len, twins.values())):
            records = name_rows(self.copy.view, self.intake.file, twins)
            notes.append(("identify.twins", {"count": count, "records": records}))
        notes += map(self._typed_over, self.typed_over)
        if self.migration:
            notes += [(change.code, change.params) for change in self.migration.changes if change.is_seen]
        if self.resting:
            notes.append(("conflict.resting", {"count": self.resting}))
        return notes + [(note.code, note.params) for note in self.intake.notes]

    def _typed_over(self, record: ConflictRecord) -> tuple[str, Mapping[str, Any]]:
        """Return the report of a conflict that ended because its author typed something else there."""
        names = names_of(self.copy.book, [record])
        sides = {name: tuple(map(spell, getattr(record, name))) for name in ("head", "file")}
        fields = tuple(names[record.table, label] for label in record.labels)
        title = names[record.table, ""]
        return "conflict.superseded", {"title": title, "key": record.key, "field": fields, **sides}


def scope_of(book: Book, record: WorkbookRecord) -> Scope:
    """Return what a workbook of a book is for."""
    return scope_in(book, Scope(record.owner, record.where, record.role))

"""What a workbook brought, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from crmbook.check import no_former
from crmbook.store import Step

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Issue
    from crmbook.check import Checked, Former
    from crmbook.ingest.follow_up import Note
    from crmbook.ingest.guard import Plan
    from crmbook.ingest.identify import Identity
    from crmbook.ingest.settle import Settlement
    from crmbook.merge import Conflict, Merged
    from crmbook.read import Snapshot
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]
    Unknown = Mapping[tuple[str, str], Collection[str]]
    Edits = Mapping[str, Mapping[str, tuple[Any, Any]]]


@dataclass(frozen=True)
class Intake:
    """What a workbook brought.

    Attributes
    ----------
    snapshot, checked, identity
        The workbook as read, judged, and its rows recognised.
    file
        Its rows as state frames; what the next image will hold.
    head
        The state before it came.
    unknown
        Cells, by (table, label), that hold something but no value.
    settled
        The state once its edits are in, without answers to reminders.
    merged
        The state with these as well, and with what they write.
    followed
        The state once everything that follows from them is in as well: ids, opened stages, rows per customer.
    questions
        Who rows are that were cleared and used again, each with its table; they wait until somebody says.
    plan
        Why it is held; then `merged` and `followed` are the head as it was.
    discarded
        What was taken back because a person said so.
    accepted
        What was let through because a person said so by its id.
    written
        What was in computed cells that hold values after they were last written.
    given
        What the workbook was last given: nobody typed what still means that, however another program stores it.
    is_known
        Whether that is known; else it is taken to be the state before it came.
    former
        By table and label, the ids of the rows that had a value before.
    """

    book: Book
    snapshot: Snapshot
    checked: Checked
    identity: Identity
    file: Tables
    unknown: Unknown
    head: Tables
    settled: Tables
    merged: Tables
    followed: Tables
    counters: Mapping[str, int]
    results: Mapping[str, Merged] = field(default_factory=dict)
    settlements: Sequence[Settlement] = ()
    renewed: Sequence[tuple[str, Conflict]] = ()
    questions: Sequence[tuple[str, Conflict]] = ()
    notes: Sequence[Note] = ()
    issues: Sequence[Issue] = ()
    plan: Plan | None = None
    discarded: Plan | None = None
    accepted: Plan | None = None
    written: Tables = field(default_factory=dict)
    given: Tables = field(default_factory=dict)
    is_known: bool = True
    former: Former = no_former

    @property
    def conflicts(self) -> list[tuple[str, Conflict]]:
        """The conflicts that its edits made, each with its table."""
        found = [(name, conflict) for name, result in self.results.items() for conflict in result.conflicts]
        return [*found, *self.renewed, *self.questions]

    @property
    def rows(self) -> int:
        """Rows of all tables that people fill."""
        return self.checked.rows

    @property
    def journal(self) -> dict[str, list[str]]:
        """Ids, by table, of the rows whose id is not in the file yet."""
        found = {
            name: [ids[row] for row in self.identity.blank.get(name, ()) if ids[row] in self.file[name].index]
            for name, ids in self.identity.ids.items()
        }
        return {name: rows for name, rows in found.items() if rows}

    def steps(self, kind: Literal["adopt", "sync"], who: str, workbook_id: str) -> list[Step]:
        """Return what changes the head, each step by whoever is behind it."""
        merged = {
            name: result.frame
            for name, result in self.results.items()
            if _is_changed(result, self.head.get(name))
        }
        settled = {
            name: frame for name, frame in self.settled.items() if frame is not self._before_settling(name)
        }
        answered = {name: frame for name, frame in self.merged.items() if frame is not self.settled.get(name)}
        followed = {
            name: frame for name, frame in self.followed.items() if frame is not self.merged.get(name)
        }
        steps = [
            Step(kind, who, workbook_id, tables=merged),
            Step("settle", who, workbook_id, tables=settled),
            Step("answer", who, workbook_id, tables=answered),
            Step("follow", "crmbook", workbook_id, tables=followed),
        ]
        return [step for step in steps if step.tables]

    def _before_settling(self, name: str) -> pd.DataFrame | None:
        return self.results[name].frame if name in self.results else self.head.get(name)

    def count(self, what: str) -> int:
        """Return how many cells ``changes``, or rows ``added``, ``deleted`` or ``missing``, the merge counted."""
        return sum(len(getattr(result, what)) for result in self.results.values())

    @property
    def ignored(self) -> int:
        """Values of an old copy that had been taken in before."""
        return sum(result.ignored for result in self.results.values())


def _is_changed(result: Merged, head: pd.DataFrame | None) -> bool:
    """Return whether a merge gave another table than the head's."""
    if head is None:
        return True
    return bool(result.changes or result.added or result.deleted) or len(result.frame.columns) != len(
        head.columns
    )

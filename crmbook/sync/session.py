"""The work on the workbooks of one book: all are taken in before the first is written; none keeps another from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from crmbook.base import CrmbookError, as_coded, ends_run
from crmbook.store import private_location
from crmbook.sync.bulkdesk import BulkDesk
from crmbook.sync.copies import CopyKind, archive_beside
from crmbook.sync.lineage import Lineage
from crmbook.sync.pairs import PairDesk
from crmbook.sync.pull import Pull
from crmbook.sync.pulled import Pulled, Unchanged
from crmbook.sync.push import Push
from crmbook.sync.unchanged import missing_workbooks
from crmbook.sync.untold import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from crmbook.base import Options
    from crmbook.read import Opened
    from crmbook.store import WorkbookRecord
    from crmbook.sync.leased import LeasedBook, Memory
    from crmbook.sync.outcome import Synced

Result = TypeVar("Result")


@dataclass(slots=True)
class Outcome:
    """What came of the workbooks of one book.

    Attributes
    ----------
    unwritten
        What was taken in from workbooks that could not be written then; each is among the failures.
    missing
        Where workbooks of the book lay, beside these, that are no longer there.
    told_gone
        Those of them that were reported before.
    gone
        The other ones: noted as reported once the report of it was read.
    retired
        Those of them that are not asked for again.
    untold
        The ids of workbooks, and of copies that are put away, of which only this report says what was done.
    ended
        Why nothing more was tried, if so.
    has_accepted
        Whether the plan that a person accepted by its id was found in one of them.
    """

    synced: list[Synced] = field(default_factory=list)
    failures: list[tuple[Path, CrmbookError]] = field(default_factory=list)
    unwritten: list[Synced] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    told_gone: list[Path] = field(default_factory=list)
    gone: list[WorkbookRecord] = field(default_factory=list)
    retired: list[Path] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    ended: CrmbookError | None = None
    has_accepted: bool = False


class Session:
    """The work on one book.

    Parameters
    ----------
    folder
        The folder whose own store the book's is: its workbooks are remembered by name, so that it can be moved as a whole.
    """

    def __init__(self, leased: LeasedBook, options: Options, folder: Path | None = None) -> None:
        self._options, self._leased = options, leased
        self._lineage = Lineage(leased, options, folder)
        self.pull = Pull(leased, self._lineage, options)
        self._pairs = PairDesk(leased, self.pull, options)
        self._bulk = BulkDesk(leased, self.pull, options)
        self._push = Push(leased, self.pull, (self._pairs, self._bulk), options)

    def run(self, group: Sequence[Opened], attempts: int) -> Outcome:
        """Take in all workbooks, then write each; what goes wrong with one of them is its own failure."""
        outcome = Outcome()
        group = self._in_order(group, outcome)
        pulled_all: list[Pulled | Unchanged | None] = []
        steps, progress = 2 * len(group), self._options.progress
        for number, one in enumerate(group):
            progress("progress.reading", number, steps, name=one.path.name)
            pulled_all.append(self._attempt(one.path, outcome, partial(self.pull.receive, one)))
        pulled_all = [self._renewed(pulled, outcome) for pulled in pulled_all if pulled is not None]
        pulled_all = self._carried_out(pulled_all, outcome)
        for number, pulled in enumerate(pulled for pulled in pulled_all if pulled is not None):
            path, done = pulled.opened.path, len(group) + number
            progress("progress.writing", done, steps, name=path.name)
            outcome.has_accepted |= isinstance(pulled, Pulled) and pulled.intake.accepted is not None
            write = partial(self._push.write_patiently, pulled, attempts)
            synced = self._attempt(path, outcome, write)
            if synced is not None:
                outcome.synced.append(synced)
                progress("progress.written", done + 1, steps, name=path.name)
            elif isinstance(pulled, Pulled) and pulled.intake.plan is None and not self._options.dry_run:
                outcome.unwritten.append(self._push.summarise(pulled))
        if outcome.ended is None:
            self._find_missing(group, outcome)
            self._tell_late(group, outcome)
        return outcome

    def preview(
        self, group: Sequence[Opened], outcome: Outcome
    ) -> Iterator[tuple[Mapping[str, pd.DataFrame], Pulled | Unchanged]]:
        """Yield what each workbook brings, with the state before it; what fails goes into `outcome`, nothing is written."""
        for one in self._in_order(group, outcome):
            before = self._leased.head.tables
            pulled = self._attempt(one.path, outcome, partial(self.pull.receive, one))
            if pulled is not None:
                yield before, pulled

    def _in_order(self, group: Sequence[Opened], outcome: Outcome) -> list[Opened]:
        """Return the workbooks themselves before the copies that were made of them, with those that copies need."""
        known = self._leased.workbooks
        roles: dict[Path, CopyKind] = {}
        for one in group:
            role = partial(self._lineage.role, one, known.get(one.stamp.workbook_id))
            if (found := self._attempt(one.path, outcome, role)) is not None:
                roles[one.path] = found
        group = [one for one in group if one.path in roles]
        copies = [one for one in group if roles[one.path] is CopyKind.CONFLICT_COPY]
        group = [*group, *self.pull.homes(copies, known, {one.path for one in group})]
        return sorted(group, key=lambda one: roles.get(one.path, CopyKind.WORKBOOK) is not CopyKind.WORKBOOK)

    def _renewed(self, pulled: Pulled | Unchanged, outcome: Outcome) -> Pulled | Unchanged | None:
        """Ingest a workbook anew where another brought since what it lacked; None where that failed."""
        if isinstance(pulled, Pulled) and self.pull.is_out_of_date(pulled):
            return self._attempt(pulled.opened.path, outcome, partial(self.pull.ingest, pulled.opened))
        return pulled

    def _carried_out(
        self, pulled_all: Sequence[Pulled | Unchanged | None], outcome: Outcome
    ) -> list[Pulled | Unchanged | None]:
        """Carry out what people asked for on pages, now that all workbooks are in; a defect in that keeps none from being written."""
        paths = [pulled.opened.path for pulled in pulled_all if pulled is not None]
        if not paths:
            return []
        for desk in (self._pairs, self._bulk):
            done = self._attempt(paths[0], outcome, partial(desk.carry_out, pulled_all))
            pulled_all = pulled_all if done is None else done
        return list(pulled_all)

    def _find_missing(self, group: Sequence[Opened], outcome: Outcome) -> None:
        """Find out where workbooks of the book lay, in the folders of these, that are no longer there, and which are retired.

        These are not asked for again; one that comes back is a workbook as before.
        """
        # A dry run does not note where a renamed one lies now.
        here = {one.stamp.workbook_id for one in group}
        known = [one for one in self._leased.workbooks.values() if one.workbook_id not in here]
        folders = sorted({one.path.parent for one in group})
        gone = [path for folder in folders for path in missing_workbooks(known, folder, self._lineage.folder)]
        for record in known:
            location = self._lineage.home(record)
            if location not in gone or not record.path:
                continue
            if location.name in self._options.retired:
                self._leased.note(replace(record, state="archived"))
            elif record.state == "gone":
                outcome.told_gone.append(location)
            elif self._options.tells_gone and not self._options.dry_run:
                outcome.gone.append(record)
        outcome.retired = [path for path in gone if path.name in self._options.retired]
        outcome.missing = [path for path in gone if path not in outcome.retired]

    def _tell_late(self, group: Sequence[Opened], outcome: Outcome) -> None:
        """Report what earlier runs found in copies and put away, where they ended before their report was read."""
        here, reported = {one.path.parent for one in group}, self._push.reported
        if self._options.dry_run:
            return
        known = self._leased.workbooks
        outcome.untold = [one for one in reported if one in known and known[one].untold is not None]
        for record in self._leased.workbooks.values():
            path = self._lineage.home(record)
            if record.untold is None or record.state != "archived":
                continue  # a workbook says it when it is synced
            if record.workbook_id in reported or path.parent not in here:
                continue
            synced = from_json(record.untold, path, archive_beside(path), self._options.as_of)
            if synced is not None:
                outcome.synced.append(synced)
                outcome.untold.append(record.workbook_id)

    def _attempt(self, path: Path, outcome: Outcome, step: Callable[[], Result]) -> Result | None:
        """Do a step with one workbook; whatever goes wrong is its failure, and the book is as the store holds it."""
        if outcome.ended is not None:
            outcome.failures.append((path, outcome.ended))
            return None
        before = self._leased.memory()
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - the defect that one workbook brings to light befalls no other
            coded = as_coded(error, self._leased.store.folder or private_location(path.parent), path)
            outcome.failures.append((path, coded))
            outcome.ended = coded if ends_run(coded) else self._recall(before)
        return None

    def _recall(self, before: Memory) -> CrmbookError | None:
        """Bring back what is true of the book; return what keeps it from that."""
        try:
            self._leased.recall(before)
        except CrmbookError as error:
            return error
        return None

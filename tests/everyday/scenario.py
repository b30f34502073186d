"""One scenario: two people work in two workbooks of a book, a program saves one of them, and sync goes three rounds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any

from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests.everyday.bases import MANY, OWNERS, REGION, ROWS, base
from tests.everyday.hands import Emptied, Entered, Hands, Tokens
from tests.everyday.lots import Lots, ordered
from tests.everyday.oracle import Oracle, tables_of
from tests.everyday.programs import save_as_excel, save_in_libreoffice, save_in_openpyxl
from tests.everyday.shown import Shown, in_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crmbook.sync.outcome import Report
    from tests.everyday.bases import Base
    from tests.everyday.hands import Act
    from tests.everyday.oracle import Tables

PROGRAMS = ("libreoffice", "openpyxl", "excel")


@dataclass(frozen=True, order=True)
class Task:
    """What two people do in one table: `mine` in the copy, `other` in the colleague's whole workbook."""

    table: str
    mine: str
    other: str

    def __str__(self) -> str:
        return f"{self.table}:{self.mine}/{self.other}"


@dataclass(frozen=True, order=True)
class Scenario:
    """One day: a template, the kind of copy, the program that saves it, and what is done in which tables.

    One that `is_packed` is played in a book of many rows, and may name a table several times: each task has rows of its
    own there (`tests.everyday.lots`), the same whatever else is done that day.
    """

    template: str
    kind: str
    program: str
    tasks: tuple[Task, ...]
    is_packed: bool = False

    def __str__(self) -> str:
        world = [self.template, self.kind, self.program, *(["packed"] if self.is_packed else [])]
        return " ".join(["-".join(world), *map(str, self.tasks)])

    @property
    def work(self) -> tuple[tuple[str, str], ...]:
        """What is done in the copy, by table."""
        return tuple(dict.fromkeys((task.table, task.mine) for task in self.tasks if task.mine != "nothing"))

    def only(self, tasks: Iterable[Task]) -> Scenario:
        """Return the same day with some of its tasks."""
        return replace(self, tasks=tuple(tasks))

    @classmethod
    def of(cls, name: str) -> Scenario:
        """Return the scenario that `str` names."""
        first, *tasks = name.split(" ")
        template, kind, program, *packed = first.split("-")
        made = []
        for task in tasks:
            table, edits = task.split(":")
            made.append(Task(table, *edits.split("/")))
        return cls(template, kind, program, tuple(made), is_packed=bool(packed))


class FaultError(AssertionError):
    """A scenario in which something happened that never may."""


@dataclass
class Draft:
    """The copy as somebody left it who worked in it; many days begin with it, each with another colleague's work.

    Attributes
    ----------
    path
        The copy, unsaved by any program yet.
    acts
        What was done in it.
    near
        By table: the row in which something was done.
    lots
        The rows of a packed day.
    failed
        Tables and edits that were not possible.
    saved
        By program: what it made of the copy.
    """

    base: Base
    path: Path
    acts: list[Act]
    tokens: Tokens
    near: dict[str, str] = field(default_factory=dict)
    lots: Lots = field(default_factory=Lots)
    failed: list[tuple[str, str]] = field(default_factory=list)
    saved: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def make(cls, scenario: Scenario, root: Path, path: Path) -> Draft:
        """Let somebody do the work of a scenario in its copy."""
        rows = MANY if scenario.is_packed else ROWS
        made = base(scenario.template, scenario.kind, root, rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made.copy, path)
        seed = f"{scenario.template} {scenario.kind} {scenario.work}"
        hands = Hands(path, made.view(made.copy), Random(seed), Tokens())
        draft = cls(made, path, hands.acts, hands.tokens)
        if scenario.is_packed:
            draft.lots = Lots.of(made, hands)
        work = ordered(scenario.work, lambda one: one) if scenario.is_packed else scenario.work
        for table, edit in work:
            before = len(hands.acts)
            if not hands.do(edit, table, draft.lots.take(hands, table, edit)):
                draft.failed.append((table, edit))
            draft.near[table] = next((act.row for act in hands.acts[before:] if act.row), "")
        if scenario.work:
            hands.save()
        return draft

    def save(self, program: str) -> Path:
        """Return the copy as a program saves it."""
        if program not in self.saved:
            target = self.path.with_name(f"{self.path.stem}-{program}.xlsx")
            if program == "libreoffice":
                save_in_libreoffice([self.path], target.with_suffix(""))[0].rename(target)
            else:
                shutil.copyfile(self.path, target)
                {"openpyxl": save_in_openpyxl, "excel": save_as_excel}[program](target)
            self.saved[program] = target
        return self.saved[program]


@dataclass
class Day:
    """A scenario on the way: the book in a folder of its own, and by workbook what was done in it."""

    scenario: Scenario
    base: Base
    acts: dict[Path, list[Act]]
    failed: list[Task] = field(default_factory=list)

    @classmethod
    def begin(cls, scenario: Scenario, draft: Draft, folder: Path) -> Day:
        """Copy the book with the copy that somebody worked in, and let the colleague do hers."""
        made = draft.base.moved(folder)
        shutil.copyfile(draft.save(scenario.program), made.copy)
        random, tokens = Random(str(scenario)), Tokens(draft.tokens.count)
        hands = Hands(made.whole, made.view(made.whole), random, tokens)
        failed = [task for task in scenario.tasks if (task.table, task.mine) in draft.failed]
        for task in _others(scenario):
            if task.table not in hands.tables:
                continue
            if scenario.is_packed:
                near = draft.lots.meet(hands, task, PROGRAMS.index(scenario.program))
            else:
                near = [draft.near.get(task.table, "")] if random.random() < 0.5 else []
            if not hands.do(task.other, task.table, near):
                failed.append(task)
        if any(task.other != "nothing" for task in scenario.tasks):
            hands.save()
        own = [replace(act, cells={**act.cells}) if isinstance(act, Entered) else act for act in draft.acts]
        return cls(scenario, made, {made.copy: own, made.whole: hands.acts}, failed)

    def judge(self) -> None:
        """Sync until all is at rest, and judge what became of the day's work.

        Raises
        ------
        FaultError
            Naming everything that must not be.
        """
        oracle = Oracle(self.base.book, self._head())
        oracle.did(chain(*self.acts.values()))
        faults: list[str] = []
        first = self._sync()
        faults += self._held_for_nothing(first)
        reports = [first]
        self._ask(oracle, reports)
        reports += [self._sync() for _ in range(2)]
        self._ask(oracle, reports)
        faults += oracle.faults
        faults += self._unlike(reports[-1])
        before = {path: path.read_bytes() for path in self.acts}
        self._sync()
        faults += [
            f"a third round writes {path.name}" for path in self.acts if path.read_bytes() != before[path]
        ]
        if faults:
            raise FaultError("\n".join([str(self.scenario), *faults]))

    def _sync(self) -> Report:
        report = sync_workbooks([*self.acts], Options(self.base.as_of))
        if report.failures:
            told = [f"{path.name}: {error.code} {error}" for path, error in report.failures]
            raise FaultError("\n".join([str(self.scenario), *told]))
        return report

    def _head(self) -> Tables:
        with Store.open(locate(self.base.folder)) as store:
            return tables_of(store.head(store.books()[0].book_id).tables)

    def _conflicts(self) -> Sequence[Any]:
        with Store.open(locate(self.base.folder)) as store:
            return store.conflicts(store.books()[0].book_id)

    def _ask(self, oracle: Oracle, reports: Sequence[Report]) -> None:
        held = [act for path in self._held(reports[-1]) for act in self.acts[path]]
        issues = [issue for report in reports for synced in report.workbooks for issue in synced.issues]
        oracle.judge(self._head(), self._conflicts(), issues, held)

    def _held(self, report: Report) -> set[Path]:
        return {synced.path for synced in report.workbooks if synced.state is SyncState.HELD}

    def _held_for_nothing(self, report: Report) -> list[str]:
        """Return what is held though no table was emptied."""
        emptied = {
            act.table
            for path in self._held(report)
            for act in self.acts[path]
            if isinstance(act, Emptied) and act.last
        }
        return [
            f"{synced.path.name} is held: {finding.code} {finding.sheet} {finding.field} {finding.count} of {finding.of}"
            for synced in report.workbooks if synced.plan is not None
            for finding in synced.plan.findings if finding.table not in emptied
        ]  # fmt: skip

    def _unlike(self, report: Report) -> list[str]:
        """Return where the workbooks differ from the head."""
        head, conflicts, held = self._head(), self._conflicts(), self._held(report)
        faults = []
        for synced in report.workbooks:
            if synced.path in held:
                continue
            shown = Shown.of(self.base.view(synced.path), synced.path, synced.issues, conflicts)
            scope = self._inside(head) if synced.path == self.base.copy else None
            faults += [f"{synced.path.name}: {one}" for one in shown.faults(head, scope)]
        return faults

    def _inside(self, head: Tables) -> dict[str, set[str]] | None:
        """Return the rows that the copy must show, by table, where it shows not all."""
        if self.scenario.kind == "owner":
            return in_scope(self.base.book, head, "owner", OWNERS[0])
        return in_scope(self.base.book, head, "region", REGION) if self.scenario.kind == "where" else None


def _others(scenario: Scenario) -> Iterator[Task]:
    """Yield what the colleague does, in order: whoever sorts a table does so once, whatever it meets."""
    if not scenario.is_packed:
        yield from scenario.tasks
        return
    sorted_: set[str] = set()
    for task in ordered(scenario.tasks, lambda task: (task.table, task.other)):
        if task.other != "sort" or task.table not in sorted_:
            yield task
        sorted_ |= {task.table} if task.other == "sort" else set()


def play(scenario: Scenario, draft: Draft, folder: Path) -> list[Task]:
    """Play a scenario from its beginning to its end; see `Day.judge`. Return what of it was not possible."""
    day = Day.begin(scenario, draft, folder)
    day.judge()
    return day.failed


def save_all(scenarios: Sequence[Scenario], root: Path, folder: Path) -> list[Draft]:
    """Make the drafts of scenarios; LibreOffice saves the copies of all of them at one start."""
    drafts = [
        Draft.make(scenario, root, folder / f"{number}.xlsx") for number, scenario in enumerate(scenarios)
    ]
    saved = save_in_libreoffice([draft.path for draft in drafts], folder / "libreoffice")
    for draft, path in zip(drafts, saved, strict=True):
        draft.saved["libreoffice"] = path
    return drafts

"""One scenario: two people work in two workbooks of a book, a program saves one of them, and sync goes three rounds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from crmbook.store import Store, locate
from crmbook.sync import Options, State, sync_workbooks
from tests.everyday.bases import OWNERS, REGION, base
from tests.everyday.hands import Emptied, Hands, Tokens
from tests.everyday.oracle import Oracle, tables_of
from tests.everyday.programs import save_as_excel, save_in_libreoffice, save_in_openpyxl
from tests.everyday.shown import Shown, in_scope

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.outcome import Report
    from tests.everyday.bases import Base
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
    """One day: a template, the kind of copy, the program that saves it, and what is done in which tables."""

    template: str
    kind: str
    program: str
    tasks: tuple[Task, ...]

    def __str__(self) -> str:
        return " ".join([f"{self.template}-{self.kind}-{self.program}", *map(str, self.tasks)])

    @classmethod
    def of(cls, name: str) -> Scenario:
        """Return the scenario that `str` names."""
        first, *tasks = name.split(" ")
        template, kind, program = first.split("-")
        made = []
        for task in tasks:
            table, edits = task.split(":")
            made.append(Task(table, *edits.split("/")))
        return cls(template, kind, program, tuple(made))


class FaultError(AssertionError):
    """A scenario in which something happened that never may."""


@dataclass
class Day:
    """A scenario on the way: the book in a folder of its own, and what both people did."""

    scenario: Scenario
    base: Base
    mine: Hands
    other: Hands

    @classmethod
    def begin(cls, scenario: Scenario, root: Path, folder: Path) -> Day:
        """Copy the book and let both people do their work."""
        made = base(scenario.template, scenario.kind, root).moved(folder)
        random, tokens = Random(str(scenario)), Tokens()
        hands = [Hands(path, made.view(path), random, tokens) for path in (made.copy, made.whole)]
        day = cls(scenario, made, *hands)
        for task in scenario.tasks:
            day._do(task, random)
        for one in hands:
            if one.acts or any("sort" in (task.mine, task.other) for task in scenario.tasks):
                one.save()
        return day

    def _do(self, task: Task, random: Random) -> None:
        near = ""
        if task.table in self.mine.tables:
            before = len(self.mine.acts)
            self.mine.do(task.mine, task.table)
            near = next((act.row for act in self.mine.acts[before:] if act.row), "")
        if task.table in self.other.tables:
            self.other.do(task.other, task.table, near if random.random() < 0.5 else "")

    def save(self, saved: Path | None = None) -> None:
        """Save the copy in the scenario's program; `saved` is what LibreOffice made of it, where that is known."""
        path = self.base.copy
        if self.scenario.program == "libreoffice":
            saved = saved or save_in_libreoffice([path], path.parent / "saved")[0]
            shutil.copyfile(saved, path)
        elif self.scenario.program == "openpyxl":
            save_in_openpyxl(path)
        else:
            save_as_excel(path)

    def judge(self) -> None:
        """Sync until all is at rest, and judge what became of the day's work.

        Raises
        ------
        FaultError
            Naming everything that must not be.
        """
        oracle = Oracle(self.base.book, self._head(), [*self.mine.acts, *self.other.acts])
        faults: list[str] = []
        first = self._sync()
        faults += self._held_for_nothing(first)
        reports = [first]
        self._ask(oracle, reports)
        reports += [self._sync() for _ in range(2)]
        self._ask(oracle, reports)
        faults += oracle.faults
        faults += self._unlike(reports[-1])
        before = {path: path.read_bytes() for path in self._paths}
        self._sync()
        faults += [
            f"a third round writes {path.name}" for path in self._paths if path.read_bytes() != before[path]
        ]
        if faults:
            raise FaultError("\n".join([str(self.scenario), *faults]))

    @property
    def _paths(self) -> list[Path]:
        return [self.base.copy, self.base.whole]

    def _sync(self) -> Report:
        report = sync_workbooks(self._paths, Options(self.base.as_of))
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
        held = [act for hands in self._held(reports[-1]) for act in hands.acts]
        issues = [issue for report in reports for synced in report.workbooks for issue in synced.issues]
        oracle.judge(self._head(), self._conflicts(), issues, held)

    def _held(self, report: Report) -> list[Hands]:
        held = {synced.path for synced in report.workbooks if synced.state is State.HELD}
        return [hands for hands in (self.mine, self.other) if hands.path in held]

    def _held_for_nothing(self, report: Report) -> list[str]:
        """Return what is held though no table was emptied."""
        emptied = {
            act.table
            for hands in self._held(report)
            for act in hands.acts
            if isinstance(act, Emptied) and act.last
        }
        return [
            f"{synced.path.name} is held: {finding.code} {finding.sheet} {finding.field} {finding.count} of {finding.of}"
            for synced in report.workbooks if synced.plan is not None
            for finding in synced.plan.findings if finding.table not in emptied
        ]  # fmt: skip

    def _unlike(self, report: Report) -> list[str]:
        """Return where the workbooks differ from the head."""
        head, conflicts, held = self._head(), self._conflicts(), {hands.path for hands in self._held(report)}
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


def play(scenario: Scenario, root: Path, folder: Path, saved: Path | None = None) -> None:
    """Play a scenario from its beginning to its end; see `Day.judge`."""
    day = Day.begin(scenario, root, folder)
    day.save(saved)
    day.judge()

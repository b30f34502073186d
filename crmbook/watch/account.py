"""What a watcher knows of each workbook, and what of a report is worth a line: what is new, once.

A workbook that fails, waits or is held is reported when that begins and when it ends, however often it is tried in
between. What a sync did not apply is always reported, and so is what it took in.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crmbook.base import (
    BusyError,
    DeniedError,
    OpenError,
    Severity,
    advise,
    describe,
    spoken,
    worst_first,
    written_down,
)
from crmbook.sync import SyncState
from crmbook.watch.status import FAILED, UNWRITTEN, Said, WorkbookStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from crmbook.base import CrmbookError, Language
    from crmbook.sync import Report, Synced, Taken
    from crmbook.watch.status import WatcherStatus

_LONG = timedelta(days=1)
_KINDS = 3
"""Kinds of errors of one sync that are reported."""
_NOTES = 20
"""How many notes of one sync are reported."""
_LASTING = frozenset({SyncState.WAITING, SyncState.HELD, FAILED, UNWRITTEN})


class Account:
    """The workbooks of a folder as they were when each was synced last.

    Parameters
    ----------
    before
        What an earlier watcher put down: since when workbooks wait.
    """

    def __init__(self, lang: Language, before: WatcherStatus | None = None) -> None:
        self._lang: Language = lang
        self._known = {one.name: one for one in before.workbooks} if before else {}
        self._told: set[object] = set()

    def workbooks(self) -> tuple[WorkbookStatus, ...]:
        """Return the state of each workbook, by name."""
        return tuple(self._known[name] for name in sorted(self._known))

    def keep(self, paths: Iterable[Path]) -> None:
        """Forget the workbooks that are not among these."""
        names = {written_down(path.name) for path in paths}
        self._known = {name: one for name, one in self._known.items() if name in names}

    def left_open(self, moment: datetime) -> dict[str, str]:
        """Return who has which workbooks open that have waited for a whole day to be written, by name."""
        waiting = [one for one in self._known.values() if one.state == SyncState.WAITING and one.since]
        return {
            one.name: one.open_by for one in waiting if moment - datetime.fromisoformat(one.since) >= _LONG
        }

    def take(self, report: Report, moment: datetime, books: Mapping[Path, str]) -> list[Said]:
        """Take in what a sync did to workbooks of these `books`, and return what is reported of it."""
        at = moment.isoformat(timespec="seconds")
        lines: list[Said] = []
        for synced in report.workbooks:
            lines += self._take_synced(synced, at, books.get(synced.path, ""))
        taken_in = {one.path: one.taken for one in report.unwritten}
        for path, taken in taken_in.items():
            lines += [Said(code, {"name": path.name, **params}) for code, params in _iter_taken(taken)]
        for path, error in report.failures:
            lines += self._take_failure(path, error, at, is_in=path in taken_in)
        self._told |= {one.params.get("name") for one in lines}
        return lines

    def iter_rest(self, report: Report) -> Iterator[Said]:
        """Yield one line for each workbook of a round of which nothing was reported, one for all where that is true of all."""
        silent = [one for one in report.workbooks if one.path.name not in self._told]
        same = [one for one in silent if one.state in {SyncState.CURRENT, SyncState.UNCHANGED}]
        if len(same) == len(report.workbooks) > 1 and not report.failures:
            as_of = max(one.as_of for one in same).isoformat()
            yield Said("watch.all-unchanged", {"count": len(same), "as_of": as_of})
        else:
            for one in same:
                yield Said("watch.unchanged", {"name": one.path.name, "as_of": one.as_of.isoformat()})
        for one in silent:
            yield from (
                Said(code, {"name": one.path.name, **params})
                for code, params in _iter_states(one, None, self._lang)
            )
        for path, error in report.failures:
            if (name := written_down(path.name)) not in self._told:
                problem, remedy = in_words(error, self._lang)
                code = "watch.busy" if isinstance(error, BusyError) else "watch.failed"
                yield Said(code, {"name": name, "problem": problem, "remedy": remedy})
        for path in report.newly_missing:
            yield Said("cli.missing-workbook", {"path": path, "name": path.name})

    def _take_synced(self, synced: Synced, at: str, book: str) -> list[Said]:
        name, before = synced.path.name, self._known.get(synced.path.name)
        lines = [
            Said(code, {"name": name, **params}) for code, params in _iter_lines(synced, before, self._lang)
        ]
        if synced.state is SyncState.ARCHIVED:
            self._known.pop(name, None)
            return lines
        errors = sum(issue.severity is Severity.ERROR for issue in synced.issues)
        state = SyncState.CURRENT if synced.state is SyncState.UNCHANGED else synced.state
        since, is_waiting = _since(before, str(state), at), state is SyncState.WAITING
        self._known[name] = WorkbookStatus(
            name, str(state), book, synced=at, since=since, waits=since if is_waiting else "", open_by=synced.open_by if is_waiting else "",
            errors=errors, warnings=len(synced.issues) - errors, conflicts=len(synced.conflicts),
        )  # fmt: skip
        return lines

    def _take_failure(self, path: Path, error: CrmbookError, at: str, *, is_in: bool) -> list[Said]:
        name = written_down(path.name)
        before = self._known.get(name, WorkbookStatus(name, FAILED))
        if isinstance(error, BusyError) and before.error is not None and not is_in:
            return []  # nobody could try it: its state is as before
        found = Said(error.code, {param: _plain(value) for param, value in error.params.items()})
        state = _state_after(error, before.state, is_in=is_in)
        since = _since(before, state, at)
        open_by = str(error.params.get("holder", "")) if state == SyncState.WAITING else ""
        waits = since if state == SyncState.WAITING else before.waits
        self._known[name] = dataclasses.replace(
            before, state=state, since=since, waits=waits, open_by=open_by, error=found
        )
        if before.error is not None and before.error.code == found.code and before.state == state:
            return []
        problem, remedy = in_words(error, self._lang)
        code = {UNWRITTEN: "watch.unwritten"}.get(state, "watch.failed")
        if isinstance(error, BusyError):
            code = "watch.busy"
        return [Said(code, {"name": name, "problem": problem, "remedy": remedy})]


def _state_after(error: CrmbookError, before: str, *, is_in: bool) -> str:
    """Return the state of a workbook after an error.

    Parameters
    ----------
    is_in
        Whether what it brought was taken in before.
    """
    if isinstance(error, OpenError):
        return SyncState.WAITING
    if isinstance(error, BusyError):
        return before
    return UNWRITTEN if is_in or isinstance(error, DeniedError) else FAILED


def in_words(error: CrmbookError, lang: Language) -> tuple[str, str]:
    """Return what an error says, and how to put it right; of several problems the first."""
    for problem in getattr(error, "problems", ()):
        return str(problem.line(lang)), ""
    return describe(error.code, lang, error.params), advise(error.code, lang, error.params)


def _iter_lines(
    synced: Synced, before: WorkbookStatus | None, lang: Language
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is worth reporting of one workbook."""
    taken = synced.taken
    if before is not None and before.state == FAILED:
        yield "watch.mended", {}
    if before is not None and before.state == UNWRITTEN:
        yield "watch.writable", {}
    yield from (lines := list(_iter_taken(taken)))
    is_new_day = synced.written and synced.shown_day not in {"", synced.as_of.isoformat()}
    if is_new_day:
        yield "watch.new-day", {"before": synced.shown_day, "as_of": synced.as_of.isoformat()}
    elif not lines and synced.written and synced.state is SyncState.CURRENT:
        yield "watch.refreshed", {}
    for kind in ("ignored", "missing"):
        if count := getattr(taken, kind):
            rows = spoken({"rows": taken.missing_rows}, lang)  # what is reported goes into the log as well
            yield f"watch.{kind}", {"count": count, **(rows if kind == "missing" else {})}
    for code, params in synced.special_notes[:_NOTES]:
        yield "watch.note", {"text": describe(code, lang, params)}
    if len(synced.notes) > len(synced.special_notes):
        yield "watch.put-back", {}
    yield from _iter_errors(synced, before, lang)
    yield from _iter_states(synced, before, lang)


def _iter_taken(taken: Taken) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how much was taken in, if anything was."""
    if taken.changed or taken.added or taken.deleted:
        yield "watch.taken", {"changed": taken.changed, "added": taken.added, "deleted": taken.deleted}


def _iter_states(
    synced: Synced, before: WorkbookStatus | None, lang: Language
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what somebody has to do, or to wait for, where that is new."""
    state = before.state if before else ""
    if synced.conflicts and (before is None or before.conflicts != len(synced.conflicts)):
        yield "watch.conflicts", {"count": len(synced.conflicts)}
    if synced.state is SyncState.WAITING and state != SyncState.WAITING:
        if synced.open_by:
            yield "watch.waiting", {"holder": synced.open_by}
        else:  # it was opened in this very moment
            yield "watch.waiting-unnamed", {}
    if synced.state is SyncState.HELD and state != SyncState.HELD:
        yield "watch.held", {"plan": synced.plan.id if synced.plan else ""}
    if synced.state is SyncState.ARCHIVED:
        lesser = [issue for issue in synced.issues if issue.severity is not Severity.ERROR]
        for issue in lesser[:_NOTES]:  # it is in no list of issues
            yield "watch.left-behind", {"place": str(issue.location), "problem": issue.text(lang)}
        yield "watch.archived", {"moved_to": str(synced.moved_to)}


def _iter_errors(
    synced: Synced, before: WorkbookStatus | None, lang: Language
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the first kinds of a workbook's errors, where there are more than before."""
    errors = [issue for issue in synced.issues if issue.severity is Severity.ERROR]
    if len(errors) <= (before.errors if before else 0):
        return
    kinds = worst_first(errors)
    for kind in kinds[:_KINDS]:
        line, remedy = kind.line(lang), kind.issue.remedy(lang)
        text = describe("watch.issue", lang, {"line": line, "remedy": remedy}) if remedy else line
        yield "watch.note", {"text": text}
    if len(kinds) > _KINDS:
        yield "watch.more-errors", {"count": len(kinds) - _KINDS}


def _since(before: WorkbookStatus | None, state: str, at: str) -> str:
    """Return since when a workbook is in a state that lasts."""
    if state not in _LASTING:
        return ""
    if before and state == SyncState.WAITING and before.waits:
        return before.waits
    return before.since if before and before.state == state and before.since else at


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)

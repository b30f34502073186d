"""What of a folder waits for a person, the gravest first: what it is, in words, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import (
    CrmbookError,
    Severity,
    advise,
    catalogue,
    describe,
    stale_locks,
    stale_warning,
    worst_first,
)
from crmbook.notify import NOBODY, read_unsent
from crmbook.watch.dropped import Dropped
from crmbook.watch.overview import Condition
from crmbook.watch.status import home

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmbook.base import Issue, Language
    from crmbook.notify import Unsent
    from crmbook.watch.overview import Overview, Seen

_HELD, _CARE, _CALM = 3, 1, 0
_UNSYNCED: Final = frozenset([Condition.CHANGED, Condition.BEHIND, Condition.NEW])
_BROKEN: Final = {Condition.FAILED: "status.failed", Condition.UNWRITTEN: "status.unwritten"}
_KINDS: Final = 5
"""Kinds of issues that are listed; the sheet of issues has all."""
_SETTINGS: Final = "watch.yaml"
_LOCKS: Final = "watch.stale-lock"
"""What a watcher notes of locks; they are looked at anew instead."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One kind of several things that wait for a person."""

    problem: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person.

    Attributes
    ----------
    exit_code
        3 where a workbook is held, 1 where somebody should act, 0 where time will do.
    details
        Where it is several things, a line for each kind of them.
    """

    code: str
    problem: str
    remedy: str = ""
    workbook: str = ""
    exit_code: int = _CARE
    details: tuple[Detail, ...] = ()


def list_needs(overview: Overview, lang: Language) -> list[Need]:
    """Return what waits for a person in a folder, the gravest first."""
    found = [
        *_iter_workbooks(overview, lang),
        *_iter_watcher(overview, lang),
        *_iter_folder(overview, lang),
        *_iter_previews(overview.folder, lang),
        *_iter_settings(overview.folder, lang),
        *(_undelivered(one, lang) for one in read_unsent(home(overview.folder) / "outbox")),
    ]
    return sorted(found, key=lambda need: -need.exit_code)


def exit_code(needs: list[Need]) -> int:
    """Return 3 where a workbook is held, 1 where something needs somebody, else 0."""
    return max((need.exit_code for need in needs), default=_CALM)


def _need(code: str, lang: Language, exit_code: int = _CARE, **params: Any) -> Need:
    workbook = str(params.get("name", ""))
    return Need(code, describe(code, lang, params), advise(code, lang, params), workbook, exit_code)


def _told(code: str, params: Mapping[str, Any], lang: Language) -> tuple[str, str]:
    """Return the words of a message that another process noted, perhaps of another version."""
    if code not in catalogue():
        return code, ""
    try:
        return describe(code, lang, params), advise(code, lang, params)
    except (KeyError, AttributeError, IndexError):
        return code, ""


def _iter_workbooks(overview: Overview, lang: Language) -> Iterator[Need]:
    for seen in overview.workbooks:
        yield from _iter_workbook(seen, overview.folder, lang)
    if overview.conflicts:
        yield _need("status.other-conflicts", lang, count=overview.conflicts)
    warnings = sum(seen.warnings for seen in overview.workbooks)
    if warnings:
        found = [issue for seen in overview.workbooks for issue in seen.issues]
        details = _details(found, Severity.WARNING, lang)
        yield replace(_need("status.warnings", lang, count=warnings), details=details)
    unsynced = [seen for seen in overview.workbooks if seen.condition in _UNSYNCED and not seen.open_by]
    if unsynced and overview.life not in {"watching", "silent", "standby"}:
        names = tuple(seen.name for seen in unsynced)
        yield _need("status.unsynced", lang, names=names, folder=overview.folder)


def _iter_workbook(seen: Seen, folder: Path, lang: Language) -> Iterator[Need]:
    if seen.condition is Condition.HELD:
        path = Path(folder, seen.name)
        yield _need("status.held", lang, _HELD, name=seen.name, plan=seen.plan, path=path)
    if seen.condition in _BROKEN and seen.problem is not None:
        problem, remedy = _told(seen.problem.code, seen.problem.params, lang)
        words = describe(_BROKEN[seen.condition], lang, {"name": seen.name, "problem": problem})
        yield Need(seen.problem.code, words, remedy, seen.name)
    if seen.condition is Condition.MISSING:
        yield _need("status.missing-workbook", lang, name=seen.name, folder=folder)
    if seen.conflicts:
        yield _need("status.conflicts", lang, name=seen.name, count=seen.conflicts)
    if seen.errors:
        errors = _need("status.errors", lang, name=seen.name, count=seen.errors)
        yield replace(errors, details=_details(seen.issues, Severity.ERROR, lang))
    if seen.condition is Condition.WAITING:
        yield _need("status.waiting", lang, _CALM, name=seen.name, holder=seen.open_by)


def _details(issues: Iterable[Issue], severity: Severity, lang: Language) -> tuple[Detail, ...]:
    """Return a line for each of the first kinds of issues, as sync lists them; what several copies share is said once."""
    alike = {(issue.code, str(issue.location), issue.text(lang)): issue for issue in issues}
    kinds = worst_first(issue for issue in alike.values() if issue.severity is severity)
    return tuple(Detail(kind.line(lang), kind.issue.remedy(lang)) for kind in kinds[:_KINDS])


def _iter_watcher(overview: Overview, lang: Language) -> Iterator[Need]:
    status = overview.status
    if status is not None and overview.life in {"lost", "silent"}:
        params: dict[str, Any] = {"pid": status.pid, "host": status.host, "folder": overview.folder}
        yield _need(f"status.watcher-{overview.life}", lang, **params)


def _iter_folder(overview: Overview, lang: Language) -> Iterator[Need]:
    for lock in stale_locks(overview.folder):
        code, params = stale_warning(lock)
        yield Need(code, describe(code, lang, params), advise(code, lang, params), lock.workbook.name)
    if overview.status is not None and overview.life in {"watching", "silent"}:
        for warning in overview.status.warnings:
            if warning.code != _LOCKS:
                yield Need(warning.code, *_told(warning.code, warning.params, lang), exit_code=_CALM)


def _iter_previews(folder: Path, lang: Language) -> Iterator[Need]:
    """Yield the previews of dropped lists that nobody has answered."""
    for path in Dropped(folder).waiting():
        yield _need("status.preview-waits", lang, preview=path.relative_to(folder).as_posix())


def _iter_settings(folder: Path, lang: Language) -> Iterator[Need]:
    """Yield that the settings of notices have mistakes: a watcher goes on without them."""
    if not (folder / _SETTINGS).exists():
        return
    from crmbook.notify import load_settings  # most folders have none, and its import takes long

    try:
        load_settings(folder)
    except CrmbookError as error:
        problems = [problem.line(lang) for problem in getattr(error, "problems", ())]
        text = "\n  ".join(problems) or describe(error.code, lang, error.params)
        yield Need(error.code, text, advise(error.code, lang, error.params) if not problems else "")


def _undelivered(unsent: Unsent, lang: Language) -> Need:
    if unsent.target == NOBODY:
        return _need("status.unaddressed", lang, _CALM, count=unsent.count)
    if unsent.state == "gathering":
        return _need("status.gathering", lang, _CALM, count=unsent.count, target=unsent.target)
    code, params = unsent.reason
    reason = _told(code, params, lang)[0] if code else "–"
    name = "status.given-up" if unsent.state == "failed" else "status.undelivered"
    return _need(name, lang, count=unsent.count, target=unsent.target, reason=reason)

"""What a sync did, in words and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbook.base import ChangeKind, describe, spoken, titled
from crmbook.cli.console import count_levels, issue_json, say, say_failures, say_issues
from crmbook.cli.overridden import overrides_json, say_overrides
from crmbook.sync import SyncState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.base import Change, CrmbookError, Language, Options
    from crmbook.ingest import Plan
    from crmbook.store import ConflictRecord
    from crmbook.sync import Report, Synced

SHOWN = 20


def say_report(report: Report, lang: Language, *, verbose: bool = False) -> None:
    """Say in words what a sync found, the gravest first, then what it did to each workbook.

    Copies of one book of which the same is to be said share its lines.

    Parameters
    ----------
    verbose
        Whether every issue and every value typed over a formula is listed, and what was only put right behind people's backs.
    """
    if report.failures:
        say_failures(report.failures, lang)
    values = [*report.workbooks, *report.unwritten]
    alike: dict[object, list[Synced]] = {}
    for synced in sorted(values, key=lambda one: not has_errors(one)):
        alike.setdefault(_found(synced, lang), []).append(synced)
    for same in alike.values():
        if len(values) > 1 and _has_found(same[0]):
            say("cli.workbook", lang, name=[one.path.name for one in same])
        _say_found(same[0], lang, verbose=verbose)
    for synced in report.workbooks:
        say_done(synced, lang, verbose=verbose)
    for synced in report.unwritten:
        say("cli.unwritten", lang, path=shown_path(synced.path), done=_done(synced, lang))
    for missing in report.newly_missing:
        say("cli.missing-workbook", lang, path=shown_path(missing), name=missing.name)
    for retired in report.retired:
        say("cli.retired-workbook", lang, path=shown_path(retired))


def has_errors(synced: Synced) -> bool:
    """Return whether a workbook waits for somebody: it is held, has conflicts or errors."""
    return synced.plan is not None or bool(synced.conflicts) or count_levels(synced.issues)[0] > 0


def _has_found(synced: Synced) -> bool:
    return bool(synced.plan or synced.conflicts or synced.issues or synced.overrides)


def _found(synced: Synced, lang: Language) -> object:
    """Return what is equal for workbooks of which the same is to be said."""
    issues = tuple((issue.code, str(issue.location), issue.text(lang)) for issue in synced.issues)
    overrides = tuple((one.sheet, one.cell, str(one.value)) for one in synced.overrides)
    own = synced.path if synced.plan or synced.conflicts else None
    return own, issues, overrides


def _say_found(synced: Synced, lang: Language, *, verbose: bool) -> None:
    """Print what was found in a workbook: what waits for an answer, what is wrong, what differs from a formula."""
    if synced.plan is not None:
        say_plan(synced.plan, lang)
    if synced.conflicts:
        say_conflicts(synced.conflicts, synced.names, lang)
    say_issues(synced.issues, lang, verbose=verbose)
    say_overrides(synced.overrides, lang, verbose=verbose)


def say_done(synced: Synced, lang: Language, *, verbose: bool = False) -> None:
    """Say in one sentence what was done to a workbook, then what followed from it."""
    values = {"path": shown_path(synced.path), "lock": synced.lock, "holder": synced.open_by}
    moved_to = shown_path(synced.moved_to) if synced.moved_to else ""
    say(f"cli.synced-{_state(synced)}", lang, **values, moved_to=moved_to, done=_done(synced, lang))
    taken = synced.taken
    for name in ("ignored", "missing", "provisional"):
        count = getattr(taken, name)
        if count:
            say(f"cli.{name}", lang, count=count, rows=taken.missing_rows)
    notes = synced.notes if verbose else synced.special_notes
    for code, params in notes[:SHOWN]:
        say("cli.note", lang, text=describe(code, lang, params))
    if len(notes) > SHOWN:
        say("cli.more-notes", lang, count=len(notes) - SHOWN)
    stored = _stored_again(synced.changes)
    if stored and verbose:
        say("cli.stored-again", lang, count=stored)


def _done(synced: Synced, lang: Language) -> str:
    """Return what was done to a workbook, in words; empty where nothing was, and nothing needs mending."""
    errors, warnings = count_levels(synced.issues)
    taken = synced.taken
    counts = {
        "changed": taken.changed, "added": taken.added, "deleted": taken.deleted,
        "corrected": _count(synced, "corrected"), "assigned": _count(synced, "assigned"),
        "restored": _count(synced, "restored"),
        "computed": _count(synced, "computed") - _stored_again(synced.changes),
        "conflicts": len(synced.conflicts), "errors": errors, "warnings": warnings,
    }  # fmt: skip
    parts = [describe(f"cli.done-{name}", lang, {"count": count}) for name, count in counts.items() if count]
    return titled("", _listed(parts, lang), lang) if parts else ""


def _listed(parts: Sequence[str], lang: Language) -> str:
    return ("，" if lang == "zh" else ", ").join(parts)


def shown_path(path: Path) -> str:
    """Return a path as people would type it: from the working folder, where it lies there."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _count(synced: Synced, *kinds: str) -> int:
    """Return how many cells changed for one of the reasons that `crmbook.render.changes.Kind` names."""
    return sum(str(change.kind) in kinds for change in synced.changes)


def _stored_again(changes: Sequence[Change]) -> int:
    """Return how many formulas only got back the values that another program had not stored with them.

    Some libraries leave an empty value, which also stands for an empty text. It counts as none where no formula of
    the workbook had a value, and there are many.
    """
    computed = [one for one in changes if one.kind is ChangeKind.COMPUTED and one.keeps_formula]
    bare = len([one for one in computed if getattr(one.old, "code", "") == "value.formula-without-value"])
    empty = sum(one.old is None for one in computed)
    has_none = bare + empty == len(computed)
    return bare + empty if has_none and (bare or empty > SHOWN) else bare


def _state(synced: Synced) -> str:
    """Return the state of a workbook, as message codes name it."""
    if synced.state is SyncState.CURRENT:
        would = synced.changes and not synced.written  # a dry run
        return "written" if synced.written else "would-write" if would else "unchanged"
    if synced.state is SyncState.WAITING and not synced.open_by:  # it was opened in this very moment
        return "waiting-unnamed"
    return str(synced.state)


def say_conflicts(
    conflicts: Sequence[ConflictRecord], names: Mapping[tuple[str, str], str], lang: Language
) -> None:
    """Print which cells of a workbook two people changed; both values are on the sheet of conflicts.

    Parameters
    ----------
    names
        What people call tables and fields, see `crmbook.sync.outcome.Synced`.
    """
    for one in conflicts[:SHOWN]:
        fields = tuple(names.get((one.table, label), label) for label in one.labels)
        title = names.get((one.table, ""), one.table)
        values = {"head": _side(one.head, lang), "file": _side(one.file, lang)}
        who = {"head_who": one.head_who or "–", "file_who": one.file_who or "–"}
        say("cli.conflict", lang, title=title, key=one.key, field=fields, **values, **who)
    say("cli.conflicts", lang, count=len(conflicts))


def _side(values: Sequence[Any] | None, lang: Language) -> str:
    """Return one side of a conflict: its values, or that it deleted the row."""
    if values is None:
        return describe("cli.row-deleted", lang, {})
    from crmbook.cli.lines import shown

    return " / ".join(shown(value, lang) for value in values)


def say_plan(plan: Plan, lang: Language) -> None:
    """Say why a workbook is held, and how to let it through."""
    for finding in plan.findings:
        say("cli.note", lang, text=finding.text(lang))
    say("cli.held", lang, plan=plan.id)


def report_json(report: Report, options: Options, lang: Language) -> dict[str, Any]:
    """Return what a sync did as JSON data."""
    return {
        "as_of": max((one.as_of for one in report.workbooks), default=options.as_of).isoformat(),
        "dry_run": options.dry_run,
        "workbooks": [synced_json(synced, lang) for synced in report.workbooks],
        "failures": [failure_json(path, error, lang) for path, error in report.failures],
        "missing": [str(path) for path in report.missing],
        "unwritten": [synced_json(synced, lang) for synced in report.unwritten],
    }


def synced_json(synced: Synced, lang: Language) -> dict[str, Any]:
    """Return what a sync found in one workbook, and did to it, as JSON data."""
    taken = synced.taken
    changes = [
        {
            "sheet": change.sheet,
            "cell": change.ref,
            "reason": str(change.kind),
            "old": change.old,
            "new": change.value,
        }
        for change in synced.changes
    ]
    return {
        "file": str(synced.path),
        "state": str(synced.state),
        "written": synced.written,
        "moved_to": str(synced.moved_to) if synced.moved_to else None,
        "rows": synced.rows,
        "taken": {name: getattr(taken, name) for name in _TAKEN},
        "missing_rows": list(taken.missing_rows.items),
        "conflicts": [conflict_json(one) for one in synced.conflicts],
        "plan": plan_json(synced.plan, lang),
        "notes": [
            {"code": code, "text": describe(code, lang, params)} | dict(spoken(params, lang))
            for code, params in synced.notes
        ],
        "changes": changes,
        "issues": [issue_json(issue, lang) for issue in synced.issues],
        "overrides": overrides_json(synced.overrides),
    }


_TAKEN = ("changed", "added", "deleted", "ignored", "missing", "provisional")


def plan_json(plan: Plan | None, lang: Language) -> dict[str, Any] | None:
    """Return why a workbook is held as JSON data."""
    if plan is None:
        return None
    findings = [
        {
            "code": one.code, "table": one.table, "field": one.label, "count": one.count, "of": one.of,
            "problem": one.text(lang),
        }
        for one in plan.findings
    ]  # fmt: skip
    return {"id": plan.id, "findings": findings}


def conflict_json(record: ConflictRecord) -> dict[str, Any]:
    """Return a conflict as JSON data; a side that deleted the row is null."""
    names = ("table", "key", "labels", "base", "head", "file", "head_who", "file_who", "head_at")
    return {name: getattr(record, name) for name in names}


def failure_json(path: Path, error: CrmbookError, lang: Language) -> dict[str, Any]:
    """Return a workbook that could not be synced as JSON data."""
    first = next((one.line(lang) for one in getattr(error, "problems", ())), "")
    values = first or describe(error.code, lang, error.params)
    return {"file": str(path), "code": error.code, "problem": values}

"""What only one report of a workbook says, kept in the store until somebody has read it: no later sync finds it again.

What was typed over a formula is put right, what followed from an edit has followed, a drive's conflict copy is merged and
moved away: all within one run, and that run may be killed before a person has read its report. So what the merge gave
is stored with it, in one transaction, and what is wrong in the file before it is written or moved; whichever sync comes
next reports it, unless it was acknowledged.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crmbook.base import Issue, Sample
from crmbook.sync.outcome import Synced, SyncState, Taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    Notes = Sequence[tuple[str, Mapping[str, Any]]]


def taken_to_json(taken: Taken, notes: Notes, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a merge gave, with what an earlier run gave that was cut off, as JSON data."""
    issues = [] if before is None else before["issues"]
    if before is not None:
        earlier = _taken(before)
        rows = taken.missing_rows if taken.missing else earlier.missing_rows
        missing = taken.missing or earlier.missing
        # What the earlier run took in this one meets again, and ignores.
        taken = replace(earlier + taken, ignored=earlier.ignored, missing=missing, missing_rows=rows)
        known = _notes(before)
        notes = [*known, *(note for note in notes if _kept(note) not in [_kept(one) for one in known])]
    kept = {name: value for name, value in asdict(taken).items() if name != "missing_rows"}
    return {
        "taken": kept | {"missing_rows": _kept(taken.missing_rows)}, "notes": _kept(notes), "issues": issues,
    }  # fmt: skip


def is_said_once(taken: Taken, notes: Notes) -> bool:
    """Return whether a merge gave more than edits, which are in the book: what is not said now is said nowhere."""
    return bool(notes or taken.ignored or taken.missing)


def with_late(synced: Synced, untold: Mapping[str, Any] | None) -> Synced:
    """Return the report of a workbook with findings of an earlier run that was cut off."""
    late = [] if untold is None else [Issue.from_json(issue) for issue in untold["issues"]]
    known = {(one.code, one.location, one.value) for one in synced.issues}
    more = [one for one in late if (one.code, one.location, one.value) not in known]
    return replace(synced, issues=[*synced.issues, *more]) if more else synced


def taken_from_json(untold: Mapping[str, Any]) -> tuple[Taken, list[tuple[str, Mapping[str, Any]]]]:
    """Return what merges gave, in this run and in one that was cut off."""
    return _taken(untold), _notes(untold)


def to_json(synced: Synced, issues: Iterable[Issue], archived: str = "") -> dict[str, Any]:
    """Return what only this report of a workbook says, as JSON data.

    Parameters
    ----------
    archived
        The name under which a copy is about to be moved away.
    """
    merged = taken_to_json(synced.taken, synced.notes, None)
    found = [issue.to_json() for issue in issues]
    return merged | {"rows": synced.rows, "issues": found, "archived": archived}


def from_json(untold: Mapping[str, Any], path: Path, archive: Path, as_of: date) -> Synced | None:
    """Return the report of a copy that lay at `path`; None while it lies there still, and will be met again."""
    name = untold.get("archived", "")
    target = archive / name if name and (archive / name).exists() else None
    if target is None and path.exists():
        return None
    issues = [Issue.from_json(issue) for issue in untold["issues"]]
    state = SyncState.ARCHIVED if target else SyncState.UNCHANGED
    taken, notes = taken_from_json(untold)
    rows = untold.get("rows", 0)
    return Synced(path, as_of, rows, issues=issues, state=state, moved_to=target, taken=taken, notes=notes)


def _taken(untold: Mapping[str, Any]) -> Taken:
    kept = dict(untold["taken"])
    return Taken(**kept | {"missing_rows": _revived(kept["missing_rows"])})


def _notes(untold: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (code, {name: _revived(value) for name, value in params.items()}) for code, params in untold["notes"]
    ]


def _kept(value: Any) -> Any:
    """Return a message's value as JSON keeps it."""
    if isinstance(value, Sample):
        return {"items": list(value.items), "more": value.more}
    if hasattr(value, "zh") and hasattr(value, "en"):
        return {"zh": str(value.zh), "en": str(value.en)}
    if isinstance(value, dict):
        return {name: _kept(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_kept(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _revived(value: Any) -> Any:
    if isinstance(value, dict):
        is_sample = value.keys() == {"items", "more"}
        return Sample(tuple(value["items"]), value["more"]) if is_sample else SimpleNamespace(**value)
    return tuple(value) if isinstance(value, list) else value

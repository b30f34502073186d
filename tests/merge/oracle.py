"""The merge once more, slowly: one cell after the other, on dicts, written from the rules and not from the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmbook.merge.policies import UNSETTLED, append, union

Row = dict[str, Any]
ABSENT = object()


def alike(one: Any, two: Any) -> bool:
    """A truth value is no number; nothing else of the same looks differs here."""
    return isinstance(one, bool) == isinstance(two, bool) and one == two


@dataclass
class Version:
    """A table: its labels, and its rows by id, each with a value for every label."""

    labels: list[str]
    rows: dict[str, Row]


@dataclass
class Result:
    rows: dict[str, Row] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    changes: dict[tuple[str, str], tuple[Any, Any]] = field(default_factory=dict)
    added: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    conflicts: set[tuple[str, tuple[str, ...], Any, Any, Any]] = field(default_factory=set)
    ignored: int = 0


@dataclass
class Case:
    base: Version | None
    head: Version
    file: Version
    policies: dict[str, str]
    groups: dict[str, tuple[str, ...]]
    unknown: dict[str, set[str]]
    seen: list[Version]
    keep_missing: bool

    def is_seen(self, row: str, label: str, value: Any) -> bool:
        return any(
            row in state.rows and label in state.labels and alike(state.rows[row][label], value)
            for state in self.seen
        )

    def base_row(self, row: str) -> Row | None:
        """The row as its editor last saw it: in the base, else in the newest older state that had it."""
        for state in [self.base, *reversed(self.seen)]:
            if state is not None and row in state.rows:
                return state.rows[row]
        return None

    def is_typed_twice(self, row: str) -> bool:
        """Its export did not show the row, but it was taken in since: the file's may be the older one."""
        return self.base_row(row) is not None and (self.base is None or row not in self.base.rows)


def judge(case: Case) -> Result:
    result = Result()
    for row in [*case.head.rows, *(row for row in case.file.rows if row not in case.head.rows)]:
        in_head, in_file = row in case.head.rows, row in case.file.rows
        if in_head and in_file:
            _both(case, row, result)
        elif in_head:
            _only_head(case, row, result)
        else:
            _only_file(case, row, result)
    _columns(case, result)
    return result


def _edit(case: Case, row: str, label: str, before: Any, head: Any, result: Result) -> Any:
    """The value that the file's editor put into a cell, or ABSENT where nothing was edited."""
    value = case.file.rows[row][label]
    if alike(value, before) or row in case.unknown.get(label, ()):
        return ABSENT
    if value is None and case.is_typed_twice(row):
        return ABSENT
    if case.base_row(row) is not None and case.is_seen(row, label, value):
        result.ignored += not alike(value, head)
        return ABSENT
    return value


def _both(case: Case, row: str, result: Result) -> None:
    head = case.head.rows[row]
    base = case.base_row(row)
    out = dict(head)
    for unit in _units(case):
        edits = {}
        for label in unit:
            before = head.get(label) if base is None else base.get(label)
            edits[label] = _edit(case, row, label, before, head.get(label), result)
        if all(value is ABSENT for value in edits.values()):
            continue
        nobody_had_it = [label not in case.head.labels and not _in_base(case, label) for label in unit]
        if base is None:
            moved = not all(nobody_had_it)
        else:
            moved = not all(alike(head.get(label), base.get(label)) for label in unit)
            if case.is_typed_twice(row):
                moved |= any(base.get(label) is not None for label in unit)
        original = head if base is None else base
        theirs = tuple(original.get(label) if edits[label] is ABSENT else edits[label] for label in unit)
        ours = tuple(head.get(label) for label in unit)
        # What a row held before it was typed twice, nobody knows: both typed over a blank.
        known = tuple(None if base is None or case.is_typed_twice(row) else base.get(label) for label in unit)
        if not moved:
            out.update({label: value for label, value in edits.items() if value is not ABSENT})
        elif not all(map(alike, theirs, ours)):
            merged = UNSETTLED
            if len(unit) == 1 and base is not None:
                merged = _policy(case, unit[0], known[0], ours[0], theirs[0])
            if merged is not UNSETTLED:
                out[unit[0]] = merged
            else:
                result.conflicts.add((row, unit, None if base is None else known, ours, theirs))
    for label, value in out.items():
        if not alike(value, head.get(label)):
            result.changes[row, label] = (head.get(label), value)
    result.rows[row] = out


def _in_base(case: Case, label: str) -> bool:
    versions = [case.base] if case.base is not None else []
    versions += [state for state in case.seen if any(_from_seen(case, row, state) for row in state.rows)]
    return any(label in version.labels for version in versions)


def _from_seen(case: Case, row: str, state: Version) -> bool:
    return (
        row in case.file.rows
        and (case.base is None or row not in case.base.rows)
        and next(s for s in reversed(case.seen) if row in s.rows) is state
    )


def _units(case: Case) -> list[tuple[str, ...]]:
    grouped = {label: unit for unit in case.groups.values() for label in unit}
    units = []
    for label in case.file.labels:
        unit = tuple(name for name in grouped.get(label, (label,)) if name in case.file.labels)
        if unit not in units:
            units.append(unit)
    return units


def _policy(case: Case, label: str, base: Any, head: Any, file: Any) -> Any:
    policy = case.policies.get(label)
    if policy == "latest" and not case.seen:
        return file
    if policy in {"max", "min"} and head is not None and file is not None:
        return max(head, file) if policy == "max" else min(head, file)
    if policy in {"append", "union"}:
        return {"append": append, "union": union}[policy](base, head, file)
    return UNSETTLED


def _only_head(case: Case, row: str, result: Result) -> None:
    head = case.head.rows[row]
    if case.base is not None and row in case.base.rows:
        base = case.base.rows[row]
        moved = tuple(label for label in case.head.labels if not alike(head[label], base.get(label)))
        if any(row not in state.rows for state in case.seen):
            result.ignored += 1
        elif case.keep_missing:
            result.missing.add(row)
        elif not moved:
            result.deleted.add(row)
            return
        else:
            before, ours = tuple(base.get(label) for label in moved), tuple(head[label] for label in moved)
            result.conflicts.add((row, moved, before, ours, None))
    result.rows[row] = dict(head)


def _only_file(case: Case, row: str, result: Result) -> None:
    base = case.base_row(row)
    edits = {
        label: _edit(case, row, label, None if base is None else base.get(label), None, result)
        for label in case.file.labels
    }
    made = {label: value for label, value in edits.items() if value is not ABSENT}
    if base is not None and not made:
        result.ignored += case.base is None or row not in case.base.rows
        return
    if base is not None:
        labels = tuple(label for label in case.file.labels if label in made)
        before, theirs = tuple(base.get(label) for label in labels), tuple(made[label] for label in labels)
        result.conflicts.add((row, labels, before, None, theirs))
    result.added.add(row)
    result.rows[row] = {**(base or {}), **made}


def _columns(case: Case, result: Result) -> None:
    known = case.base.labels if case.base is not None else []
    result.labels = list(case.head.labels)
    for label in case.file.labels:
        if label in case.head.labels:
            continue
        filled = any(row.get(label) is not None for row in result.rows.values())
        touched = any(changed == label for _, changed in result.changes)
        if label not in known or filled or touched:
            result.labels.append(label)
    result.rows = {
        row: {label: cells.get(label) for label in result.labels} for row, cells in result.rows.items()
    }

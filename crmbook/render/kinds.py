"""Many issues of one kind in one column make one line of the list; each row keeps its own mark."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.base import describe, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.base import Issue, Language

_MANY: Final = 5
"""Issues of a kind from which they share a line."""
_NAMED: Final = 3
"""Values and further cells that a line names."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A line's issue, and those like it that stand in the same line."""

    issue: Issue
    others: tuple[Issue, ...] = ()

    def value(self, lang: Language) -> str:
        """Return the first values that were typed."""
        values = list(dict.fromkeys(one.value for one in (self.issue, *self.others) if one.value))
        named = (*values[:_NAMED], *(["…"] if len(values) > _NAMED else []))
        return str(spoken({"values": named}, lang)["values"])

    def text(self, lang: Language) -> str:
        """Return what is wrong, in words, and where else."""
        problem = self.issue.text(lang)
        if not self.others:
            return problem
        cells = [one.location.cell for one in self.others]
        named = (*cells[:_NAMED], *(["…"] if len(cells) > _NAMED else []))
        count = sum(one.count for one in self.others)
        return describe("issue.of-a-kind", lang, {"problem": problem, "count": count, "cells": named})


def kinds_of(issues: Sequence[Issue]) -> list[Kind]:
    """Return the lines of the list, in the order of the first issue of each."""
    counts = Counter(map(_kind, issues))
    lines: dict[object, list[Issue]] = {}
    for place, issue in enumerate(issues):
        kind = _kind(issue)
        lines.setdefault(kind if issue.table and counts[kind] >= _MANY else place, []).append(issue)
    return [Kind(alike[0], tuple(alike[1:])) for alike in lines.values()]


def single(issues: Iterable[Issue]) -> list[Kind]:
    """Return a line for each issue."""
    return [Kind(issue) for issue in issues]


def _kind(issue: Issue) -> tuple[object, ...]:
    return issue.code, issue.severity, issue.table, issue.field_name, issue.params.get("rule")

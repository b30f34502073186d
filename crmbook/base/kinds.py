"""Issues of one kind in one column make one line, wherever issues are listed; each row keeps its own mark.

The page of a workbook, the terminal, `crmbook status` and the watch all group them here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.base.issues import Severity, describe, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.base.issues import Issue, Language

MANY: Final = 5
"""Issues of a kind from which they share a line of a page, where each has a link to its row."""
_NAMED: Final = 3
"""Values and further cells that a line names."""


@dataclass(frozen=True, slots=True)
class IssueKind:
    """A line's issue, and those like it that are in the same line."""

    issue: Issue
    others: tuple[Issue, ...] = ()

    @property
    def count(self) -> int:
        """Return how many cells are of this kind."""
        return sum(one.count for one in (self.issue, *self.others))

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

    def line(self, lang: Language) -> str:
        """Return the kind as one line of a report: how bad it is, where, and what is wrong."""
        level = describe(f"issue.level-{self.issue.severity}", lang, {})
        parts = {"level": level, "place": self.issue.location, "problem": self.text(lang)}
        return describe("issue.line" if str(self.issue.location) else "issue.line-without-place", lang, parts)


def worst_first(issues: Iterable[Issue]) -> list[IssueKind]:
    """Return a line for each kind of issue, errors before warnings, as a report on a terminal lists them."""
    ordered = sorted(issues, key=lambda issue: issue.severity is not Severity.ERROR)
    return kinds_of(ordered, 2)


def kinds_of(issues: Sequence[Issue], least: int = MANY) -> list[IssueKind]:
    """Return the lines of a list, in the order of the first issue of each.

    Parameters
    ----------
    least
        How many issues of a kind share a line; fewer have a line each.
    """
    counts = Counter(map(_kind, issues))
    lines: dict[object, list[Issue]] = {}
    for position, issue in enumerate(issues):
        kind = _kind(issue)
        lines.setdefault(kind if issue.table and counts[kind] >= least else position, []).append(issue)
    return [IssueKind(alike[0], tuple(alike[1:])) for alike in lines.values()]


def single(issues: Iterable[Issue]) -> list[IssueKind]:
    """Return a line for each issue."""
    return [IssueKind(issue) for issue in issues]


def _kind(issue: Issue) -> tuple[object, ...]:
    return issue.code, issue.severity, issue.table, issue.field_name, issue.params.get("rule")

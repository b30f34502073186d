"""One mistake is one finding, however many cells repeat it.

A key that was typed wrongly once is missing wherever it is referred to, a word that the list does not have is filled
down a column: the cells that share a value share the reason and the remedy. Every row keeps its own mark; lists and
reports name the mistake once, with the number of its cells and the first few of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.base import Issue, Location

_NAMED = 3  # cells that are named, the first included
_REFERENCES = frozenset(
    {
        "check.reference-ambiguous",
        "check.reference-by-name",
        "check.reference-gone",
        "check.reference-to-new",
        "check.unknown-reference",
        "check.unknown-reference-near",
    }
)
_OF_THE_COLUMN = frozenset({"value.date-from-serial"})
"""What a program did to a whole column: it dropped the number format, and each value reports it in its own words."""


def once_each(issues: Iterable[Issue]) -> list[Issue]:
    """Return findings in their order, those that repeat a mistake gathered into the first of them."""
    gathered: dict[object, list[Issue]] = {}
    for position, issue in enumerate(issues):
        gathered.setdefault(_mistake(issue) or position, []).append(issue)
    return [_together(alike) if len(alike) > 1 else alike[0] for alike in gathered.values()]


def _mistake(issue: Issue) -> tuple[object, ...] | None:
    """Return what findings about one mistake have in common; None where each stands for itself.

    Rules, duplicates and required cells are about their row, not about the value that is there.
    """
    if not issue.value or not issue.location.cell:
        return None
    if issue.code in _REFERENCES:  # one missing key, from whichever columns it is referred to
        params = {name: value for name, value in issue.params.items() if name != "field"}
        return (issue.code, issue.severity, issue.value, repr(params))
    if issue.code in _OF_THE_COLUMN:
        return (issue.code, issue.severity, issue.table, issue.field_name)
    if issue.code.startswith("value."):
        return (issue.code, issue.severity, issue.value, repr(issue.params), issue.table, issue.field_name)
    return None


def _together(alike: Sequence[Issue]) -> Issue:
    first = alike[0]
    named = tuple(_beside(first.location, issue.location) for issue in alike[:_NAMED])
    return replace(first, count=len(alike), cells=named)


def _beside(first: Location, other: Location) -> str:
    """Return a cell as it is named where the sheet of the first is known."""
    return other.cell if other.sheet == first.sheet else f"{other.sheet}!{other.cell}"

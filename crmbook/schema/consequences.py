"""Leaves out of a list of schema problems those that only follow from others.

A file that cannot be read, or a misspelled name, takes away names that other files use: that these are missing is not
reported beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.schema.source import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.schema.problem import Problem

NAMES: Final = frozenset({
    "schema.unknown-table", "schema.unknown-field", "schema.unknown-list", "schema.unknown-value", "schema.unknown-page",
    "schema.unknown-sheet", "schema.unknown-cell", "schema.unknown-chart", "schema.unknown-constant", "schema.unknown-template",
    "formula.unknown-table", "formula.unknown-field", "formula.unknown-name", "formula.unknown-constant",
    "formula.unknown-band", "formula.unknown-parameter", "formula.bare-field",
})  # fmt: skip
"""What is said of a name that is not there."""
_MISSED: Final = frozenset({"schema.unknown-table", "schema.unknown-page", "schema.unknown-sheet"})
_ABSENT: Final = frozenset({"schema.absent-table", "schema.absent-field", "schema.absent-name"})


def without_consequences(problems: Iterable[Problem], lost: frozenset[str]) -> list[Problem]:
    """Return the problems without what only follows from others.

    A name is missing that is in a file that was lost, or that was meant by a sheet of the template and misspelled there; a day
    that does not exist is of the wrong type besides.
    """
    problems = list(problems)
    days = {one.location for one in problems if one.code == "schema.no-such-day"}
    meant = frozenset(one.suggestion for one in problems if one.code in _MISSED and one.suggestion)
    sheets = meant - {one.suggestion for one in problems if one.code == "schema.unknown-sheet"}
    return [
        one
        for one in problems
        if not (one.code in NAMES and _named(one) & lost)
        and not (one.code in _ABSENT and _named(one) & meant)
        and not (one.code == "schema.unknown-sheet" and one.value in sheets)
        and not (one.code == "schema.wrong-type" and one.location in days)
    ]


def _named(found: Problem) -> frozenset[str]:
    given = (found.value, *(found.params.get(name, "") for name in ("table", "field", "word")))
    return frozenset().union(*(words_of(str(text)) for text in given))

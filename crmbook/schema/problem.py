"""Mistakes in a schema: each a `Problem` with a location in a file, gathered into one `SchemaError`.

Loading does not stop at the first mistake: whoever edits a YAML file gets all of them, with file, line and
column, the offending text and the nearest valid name.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, Issue, Language, Severity, describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.base import Location


_SHOWN: Final = 40
"""Valid names that a remedy lists at most."""


class Problem(Issue):
    """One mistake in a YAML file."""

    __slots__ = ()

    @property
    def suggestion(self) -> str:
        """The nearest valid name, or an empty text."""
        return str(self.params.get("suggestion") or "")

    def text(self, lang: Language) -> str:
        """Return what is wrong, in words; what was expected instead is named in `lang` too."""
        expected = self.params.get("expected")
        if not isinstance(expected, tuple):
            return super().text(lang)
        words = [describe(f"schema.expects-{kind}", lang, {}) for kind in expected]
        joined = ("或" if lang == "zh" else " or ").join(words)
        return describe(self.code, lang, {"value": self.value, "expected": joined})

    def remedy(self, lang: Language) -> str:
        """Return how to put it right: the nearest name first, then the general advice."""
        hint = (
            describe("schema.did-you-mean", lang, {"suggestion": self.suggestion}) if self.suggestion else ""
        )
        return " ".join(filter(None, [hint, super().remedy(lang)]))

    def line(self, lang: Language) -> str:
        """Return the whole problem as one line, ``file:line:column: what. remedy``."""
        location = str(self.location)
        stop = "。" if lang == "zh" else ". "
        text = f"{self.text(lang)}{stop}{self.remedy(lang)}".rstrip()
        return f"{location}: {text}" if location else text


class SchemaError(CrmbookError):
    """The schema has mistakes; `problems` lists all of them in the order of the files, of one `template` or of all."""

    def __init__(self, problems: Iterable[Problem], template: str = "") -> None:
        self.problems = sorted_problems(problems)
        self.template = template
        first = self.problems[0]
        super().__init__("schema.invalid", first.location, count=len(self.problems), first=str(first.code))

    def __str__(self) -> str:
        return "\n".join(f"{problem.line('en')} [{problem.code}]" for problem in self.problems)


def problem(
    code: str, location: Location, value: object = "", known: Iterable[str] | None = None, **params: object
) -> Problem:
    """Return the problem `code` at `location`.

    Parameters
    ----------
    value
        The offending text.
    known
        The names that would be valid here; the nearest becomes the suggestion.
    """
    if known is not None:
        names = tuple(known)
        shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        params = {"suggestion": nearest(str(value), names), "valid": shown or "–", **params}
    return Problem(code, Severity.ERROR, location, value=str(value), params=params)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the name of `known` that `name` most likely means, or an empty text.

    A name that differs only in case, blanks, hyphens or underscores counts as equal.
    """
    by_folded = {_fold(candidate): candidate for candidate in sorted(known)}
    folded = _fold(name)
    if folded in by_folded:
        return by_folded[folded]
    close = difflib.get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def sorted_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return `problems` by file, line and column, each location and code once."""
    unique = {(item.location, item.code, item.value): item for item in problems}
    return tuple(sorted(unique.values(), key=_order))


def _order(item: Problem) -> tuple[str, int, int, str]:
    location = item.location
    return location.file, location.line or 0, location.column or 0, item.code


def _fold(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")

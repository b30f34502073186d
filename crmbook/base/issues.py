"""Findings in people's data, and the one place where a code becomes words.

An `Issue` says what is wrong, where, with which value, and (through its code) how to mend it. Checks return
issues, they never raise them. The words of every issue and error are in ``crmbook/base/messages/*.toml``, one
table per code::

    ["value.not-a-date"]
    zh = "“{value}”不是日期"
    en = "“{value}” is not a date"
    remedy.zh = "请写成 2023-01-05 这样的日期"
    remedy.en = "Write a date such as 2023-01-05"
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from crmbook.base.catalogue import catalogue
from crmbook.base.records import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Language = Literal["zh", "en"]


class Severity(StrEnum):
    """An error keeps the value out of the store; a warning only points at it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    Attributes
    ----------
    code
        Stable code, a key of the message catalogue.
    severity
        Whether the value is refused or only pointed at.
    location
        Sheet and cell, or file, line and column.
    table, row_key, field_name
        Machine names of the location, where it lies in a table.
    value
        What was typed, as text.
    params
        Further values for the message's placeholders.
    count, cells
        How many cells hold the same mistake, where the finding is about several, and the first few of them.
    """

    code: str
    severity: Severity
    location: Location
    table: str = ""
    row_key: str = ""
    field_name: str = ""
    value: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    count: int = 1
    cells: tuple[str, ...] = ()

    def text(self, lang: Language) -> str:
        """Return what is wrong, in words; of several cells how many there are, and the first of them."""
        problem = describe(self.code, lang, self._values())
        if self.count == 1:
            return problem
        code = "issue.in-cells" if self.count == len(self.cells) else "issue.in-many-cells"
        return describe(code, lang, {"problem": problem, "count": self.count, "cells": self.cells})

    def remedy(self, lang: Language) -> str:
        """Return how to put it right, in words; empty where the message says it all. A rule may say it itself."""
        own = getattr(self.params.get("remedy"), lang, "")
        return str(own) or advise(self.code, lang, self._values())

    def to_json(self) -> dict[str, object]:
        """Return the finding as JSON data, from which `from_json` makes it again."""
        location = {"file": self.location.file, "sheet": self.location.sheet, "cell": self.location.cell}
        own = {name: getattr(self, name) for name in ("code", "table", "row_key", "field_name", "value")}
        params = {name: _plain(value) for name, value in self.params.items()}
        several = {"count": self.count, "cells": list(self.cells)} if self.count > 1 else {}
        return {**own, "severity": str(self.severity), "location": location, "params": params, **several}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Issue:
        """Return the finding that `to_json` wrote down."""
        own = {name: data[name] for name in ("code", "table", "row_key", "field_name", "value")}
        params = {name: _revived(value) for name, value in data["params"].items()}
        location = Location(**data["location"])
        several = {"count": data.get("count", 1), "cells": tuple(data.get("cells", ()))}
        return cls(severity=Severity(data["severity"]), location=location, params=params, **own, **several)

    def _values(self) -> dict[str, object]:
        return {"value": self.value, "field": self.field_name, **self.params}


def _plain(value: object) -> object:
    """Return a message's value as JSON keeps it; words in two languages stay apart."""
    if hasattr(value, "zh") and hasattr(value, "en"):
        return {"zh": str(value.zh), "en": str(value.en)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value)


def _revived(value: object) -> object:
    return SimpleNamespace(**value) if isinstance(value, dict) else value


def describe(code: str, lang: Language, params: Mapping[str, object]) -> str:
    """Return the words of `code` in `lang`, its placeholders filled from `params`.

    Raises
    ------
    KeyError
        If the catalogue has no such code, or a placeholder has no value.
    """
    return str(catalogue()[code][lang]).format_map(spoken(params, lang))


def advise(code: str, lang: Language, params: Mapping[str, object]) -> str:
    """Return the remedy of `code` in `lang`, or an empty text."""
    remedy = catalogue()[code].get("remedy")
    return str(remedy[lang]).format_map(spoken(params, lang)) if isinstance(remedy, dict) else ""


def joined(items: Iterable[object], lang: Language) -> str:
    """Return several words as a language lists them; a last ``…`` follows without a sign between.

    Where one of them has the usual sign in it, as ``1,5`` of a book with decimal commas has, the next stronger one parts them.
    """
    words = [str(item) for item in items]
    rest = words.pop() if words[-1:] == ["…"] else ""
    usual, strong = ("、", "；") if lang == "zh" else (", ", "; ")
    sign = strong if len(words) > 1 and any(usual.strip() in word for word in words) else usual
    return sign.join(words) + rest


def titled(title: object, text: object, lang: Language) -> str:
    """Return a text behind what it is about, parted as a language parts them."""
    return f"{title}：{text}" if lang == "zh" else f"{title}: {text}"


def spoken(params: Mapping[str, object], lang: Language) -> Mapping[str, object]:
    """Return a message's values as its placeholders take them: those that are several in one text each, counts with nouns."""
    return {name: _spoken(value, lang) for name, value in params.items()}


@dataclass(frozen=True, slots=True)
class Sample:
    """The first of several words, for a message's placeholder.

    Attributes
    ----------
    more
        How many others there are.
    """

    items: tuple[str, ...] = ()
    more: int = 0


def _spoken(value: object, lang: Language) -> object:
    if isinstance(value, Sample):
        rest = describe("issue.and-more", lang, {"count": value.more}) if value.more else ""
        return joined(value.items, lang) + rest
    if isinstance(value, tuple | list):
        return joined(value, lang)
    return _Count(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _Count(int):
    """A number that brings its noun into agreement: ``{count:row|rows}`` is ``1 row``, ``2 rows``."""

    def __format__(self, spec: str) -> str:
        one, bar, several = spec.partition("|")
        if not bar:
            return super().__format__(spec)
        return f"{int(self)} {one if self == 1 else several}"

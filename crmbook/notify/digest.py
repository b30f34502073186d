"""A message in words: what is there, for whom, and where to put it right.

A message is a subject, an opening and paragraphs that can be left out from the end, so that it fits into what a robot
takes; what was left out is counted. Everything people typed is in it as plain text on one line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe, joined, moment_in
from crmbook.build import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmbook.base import Language
    from crmbook.notify.notification import Notification

VERSION: Final = 1
"""Of the JSON format."""
_ORDER: Final = ("held", "conflict", "preview", "day", "failure", "trial")
_ENUMERATION: Final = {"zh": "，", "en": ", "}
_NAMED: Final = {"zh": ("：", "；"), "en": ("=", "; ")}
_ILLEGAL: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Digest:
    """One message in words.

    Attributes
    ----------
    id
        Of the message: the same at every attempt.
    paragraphs
        Each with the number of notifications it reports.
    """

    id: str
    subject: str
    opening: str
    paragraphs: Sequence[tuple[str, int]]
    closing: str
    lang: Language
    notifications: Sequence[Notification]

    def text(self, fits: Callable[[str], bool] = lambda _: True) -> str:
        """Return the text, without as many of the last paragraphs as it must leave out to fit."""
        whole = self._text(len(self.paragraphs))
        if fits(whole):
            return whole
        longest, most = 0, len(self.paragraphs)
        while most - longest > 1:
            kept = (longest + most) // 2
            longest, most = (kept, most) if fits(self._text(kept)) else (longest, kept)
        return self._text(longest)

    def _text(self, kept: int) -> str:
        left = sum(count for _, count in self.paragraphs[kept:])
        parts = [self.opening, *(text for text, _ in self.paragraphs[:kept])]
        parts += [describe("notice.left-out", self.lang, {"count": left})] if left else []
        return "\n\n".join(filter(None, [*parts, self.closing]))

    def to_json(self) -> dict[str, Any]:
        """Return the message as data: what a webhook of the format ``json`` gets."""
        return {
            "version": VERSION,
            "id": self.id,
            "lang": self.lang,
            "subject": self.subject,
            "text": self.text(),
            "matters": [_notification_json(one, self.lang) for one in self.notifications],
        }


def compose(number: str, notifications: Sequence[Notification], lang: Language, name: str = "") -> Digest:
    """Return the message that mentions `notifications`.

    Parameters
    ----------
    number
        Id of the message.
    name
        Whom it is for, where that is one person.
    """
    ordered = sorted(
        notifications, key=lambda one: (_ORDER.index(one.kind), one.facts["workbook"], one.owner)
    )
    params = [
        replace(one, owner="") if fold(one.owner) == fold(name) else one for one in ordered
    ]  # "of yours" is clear
    paragraphs = []
    for (kind, _), group in groupby(params, key=lambda one: (one.kind, one.facts["workbook"])):
        paragraphs += _WRITERS[kind](list(group), lang)
    opening = describe("notice.hello", lang, {"name": tidied(name)}) if name else ""
    closing = describe("notice.closing", lang, {})
    return Digest(number, _subject(ordered, lang), opening, paragraphs, closing, lang, ordered)


def tidied(text: object) -> str:
    """Return what people typed on one line, without what could pretend to be more than text."""
    return _ILLEGAL.sub(" ", str(text)).strip()


def _subject(notifications: Sequence[Notification], lang: Language) -> str:
    counted = [(kind, sum(_amount(one) for one in notifications if one.kind == kind)) for kind in _ORDER]
    parts = [describe(f"notice.subject-{kind}", lang, {"count": count}) for kind, count in counted if count]
    workbooks = {one.facts["workbook"] for one in notifications}
    first = tidied(next(iter(workbooks), ""))
    where = first if len(workbooks) == 1 else describe("notice.workbooks", lang, {"count": len(workbooks)})
    return describe("notice.subject", lang, {"where": where, "what": _ENUMERATION[lang].join(parts)})


def _amount(one: Notification) -> int:
    """Return how much a notification counts in the subject: of a day's, what is due."""
    return int(one.facts["count"]) if one.kind == "day" else 1


def _conflicts(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    """Return the paragraphs on the conflicts that are settled in one workbook: how, then each of them."""
    facts = group[0].facts
    how = {
        "workbook": tidied(facts["workbook"]), "page": tidied(facts["settle"]), "column": tidied(facts["column"]),
        "choices": joined(map(tidied, facts["choices"]), lang), "count": len(group),
    }  # fmt: skip
    paragraphs = [(describe("notice.conflicts", lang, how), 0)]
    return paragraphs + [(_conflict(one, number, lang), 1) for number, one in enumerate(group, 1)]


def _conflict(one: Notification, number: int, lang: Language) -> str:
    facts = one.facts
    who = tidied(facts["customer"])
    record = (
        describe("notice.named", lang, {"name": who, "key": tidied(facts["key"])})
        if who
        else tidied(facts["key"])
    )
    fields = describe("notice.row", lang, {}) if facts["whole"] else " / ".join(map(tidied, facts["fields"]))
    where = {"number": number, "sheet": tidied(facts["sheet"]), "record": record, "field": fields}
    lines = [describe("notice.conflict", lang, where)]
    if one.owner:
        lines[0] += describe("notice.owner", lang, {"name": tidied(one.owner)})
    for side in ("head", "file"):
        params = {
            "value": _side(facts, side, lang),
            "by": _by(facts, side, lang),
            "from": tidied(facts["from"]),
        }
        lines.append("   " + describe(f"notice.{side}", lang, params))
    return "\n".join(lines)


def _side(facts: Mapping[str, Any], side: str, lang: Language) -> str:
    values = facts[side]
    if values is None:
        return describe("notice.deleted", lang, {})
    shown = [tidied(value) or describe("notice.blank", lang, {}) for value in values]
    if facts["whole"]:
        mark, joint = _NAMED[lang]
        return joint.join(
            f"{tidied(name)}{mark}{value}" for name, value in zip(facts["fields"], shown, strict=True)
        )
    return " / ".join(shown)


def _by(facts: Mapping[str, Any], side: str, lang: Language) -> str:
    """Return who typed a value and when, in brackets, as far as it is known."""
    who, moment = tidied(facts[f"{side}_who"]), _moment(facts.get("clock", ""), facts[f"{side}_at"])
    params = _ENUMERATION[lang].join(filter(None, [who, moment]))
    return describe("notice.by", lang, {"who": params}) if params else ""


def _moment(clock: str, text: str) -> str:
    """Return the time of day on the book's clock, else at the desk where the watch runs."""
    moment = moment_in(clock, text)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _held(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    return [(_hold(one, lang), 1) for one in group]


def _hold(one: Notification, lang: Language) -> str:
    facts = one.facts
    confirm, discard = (*map(tidied, facts["choices"]), "", "")[:2]
    params = {
        "workbook": tidied(facts["workbook"]), "page": tidied(facts["settle"]), "column": tidied(facts["column"]),
        "confirm": confirm, "discard": discard,
    }  # fmt: skip
    stop = "。" if lang == "zh" else ". "
    findings = [
        "   - " + stop.join(filter(None, [tidied(finding[lang]), tidied(remedy[lang])]))
        for finding, remedy in zip(facts["findings"], facts["remedies"], strict=True)
    ]
    return "\n".join(
        [describe("notice.held", lang, params), *findings, describe("notice.held-how", lang, params)]
    )


def _previews(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    names = [tidied(one.facts["workbook"]) for one in group]
    return [(describe("notice.preview", lang, {"preview": name}), 1) for name in names]


def _days(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    return [(_day(one, lang), 1) for one in group]


def _day(one: Notification, lang: Language) -> str:
    """Return how much is due for a person, the most urgent of it, and where to answer."""
    facts = one.facts
    params = {"day": facts["day"], "count": facts["count"], "late": facts["late"], "owner": tidied(one.owner)}
    lines = [describe("notice.day-of" if one.owner else "notice.day", lang, params)]
    for number, each in enumerate(facts["first"], 1):
        words = {name: tidied(value) for name, value in each.items()} | {"number": number}
        words["customer"] = words["customer"] or "–"
        words["due"] = describe("notice.day-due", lang, words) if words["due"] else ""
        lines.append("   " + describe("notice.day-line", lang, words))
    where = {"workbook": tidied(facts["workbook"]), "page": tidied(facts["page"])}
    return "\n".join([*lines, *([describe("notice.day-how", lang, where)] if facts["page"] else [])])


def _failures(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    return [(_failure(one, lang), 1) for one in group]


def _failure(one: Notification, lang: Language) -> str:
    facts = one.facts
    remedy = tidied(facts["remedy"][lang])
    params = {"workbook": tidied(facts["workbook"]), "problem": tidied(facts["problem"][lang])}
    code = "notice.unwritten" if facts.get("taken_in") else "notice.failure"
    return "\n".join(filter(None, [describe(code, lang, params), f"   → {remedy}" if remedy else ""]))


def _trials(group: Sequence[Notification], lang: Language) -> list[tuple[str, int]]:
    return [(describe("notice.trial", lang, {}), len(group))]


_WRITERS: Final[Mapping[str, Callable[[Sequence[Notification], Language], list[tuple[str, int]]]]] = {
    "conflict": _conflicts,
    "held": _held,
    "preview": _previews,
    "day": _days,
    "failure": _failures,
    "trial": _trials,
}


def _notification_json(one: Notification, lang: Language) -> dict[str, Any]:
    """Return a notification as data: words that are in both languages in the one of the message."""
    facts = {name: _in(value, lang) for name, value in one.facts.items()}
    return {"kind": one.kind, "owner": one.owner, "holder": one.holder, **facts}


def _in(value: Any, lang: Language) -> Any:
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return value[lang]
    return [_in(item, lang) for item in value] if isinstance(value, list) else value

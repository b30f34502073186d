"""Cells that hold entries of a list: one, several, or a truth value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.values.choices import truth
from crmbook.values.parsed import BLANK, Domain, Parsed, Surroundings, refuse, remark
from crmbook.values.place import is_place
from crmbook.values.text import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.values.choices import Choice, Choices

_SEPARATORS = re.compile(r"[、，,;；\n]+")
_WEAK_SEPARATORS = re.compile(r"[、，,;；/|\n]+")
_SHOWN = 8


def parse_boolean(raw: object) -> Parsed:
    """Read a truth value."""
    if isinstance(raw, bool):
        return Parsed(raw)
    text = tidy(spell(raw))
    if not text:
        return BLANK
    meaning = truth(text)
    return refuse("value.not-yes-or-no") if meaning is None else Parsed(meaning)


def parse_choice(domain: Domain, raw: object, around: Surroundings) -> Parsed:
    """Read an entry of a list; a place also with its rank (广东省) or without."""
    text = tidy(spell(raw))
    if not text or domain.choices is None:
        return Parsed(text or None)
    found = domain.choices.find(text)
    fitting = _under(found, around.parent)
    if not fitting and domain.places:
        named = [entry for entry in domain.choices.entries if is_place(entry.label, text)]
        found, fitting = found or tuple(named), _under(named, around.parent)
    if not found:
        return _unknown(domain.choices, text, around.parent)
    if not fitting:
        return refuse(
            "value.not-of-parent", parent=around.parent, belongs=tuple(str(entry.of) for entry in found)
        )
    labels = {entry.label for entry in fitting}
    return (
        Parsed(labels.pop())
        if len(labels) == 1
        else refuse("value.choice-doubtful", choices=_show(sorted(labels)))
    )


def _under(entries: Iterable[Choice], parent: str | None) -> list[Choice]:
    return [entry for entry in entries if parent is None or entry.of in {None, parent}]


def parse_choices(domain: Domain, raw: object) -> Parsed:
    """Read several entries, separated by ``、 , ;`` or, where no label contains it, ``/``."""
    text = tidy(spell(raw))
    if not text or domain.choices is None:
        return Parsed(text or None)
    whole = domain.choices.find(text)
    if whole:
        return Parsed(whole[0].label)
    labels: list[str] = []
    for part in _parts(domain.choices, text):
        found = domain.choices.find(part)
        if not found:
            return _unknown(domain.choices, part, None)
        labels.append(found[0].label)
    distinct = list(dict.fromkeys(labels))
    value = "、".join(distinct) or None
    return Parsed(value) if len(distinct) == len(labels) else remark(value, "value.choice-twice")


def _parts(choices: Choices, text: str) -> list[str]:
    for separators in (_SEPARATORS, _WEAK_SEPARATORS):
        parts = [part.strip() for part in separators.split(text) if part.strip()]
        if all(choices.find(part) for part in parts):
            break
    return parts


def _unknown(choices: Choices, text: str, parent: str | None) -> Parsed:
    nearest = choices.nearest(text, parent)
    if nearest:
        return refuse("value.not-in-list-near", entry=text, nearest=nearest)
    return refuse("value.not-in-list", entry=text, choices=_show(entry.label for entry in choices.of(parent)))


def _show(labels: Iterable[str]) -> tuple[str, ...]:
    listed = list(labels)
    return (*listed[:_SHOWN], *(["…"] if len(listed) > _SHOWN else []))

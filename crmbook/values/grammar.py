"""The one normaliser: from what a cell holds or a person types to the canonical value, and back.

Canonical values are str, int, float, bool, date, datetime and None; they alone are stored, compared, merged
and computed with. `parse_value` and `format_value` are pure; ``parse(format(v)) = v`` for every canonical
value, and no content of a cell makes them raise.
"""

from __future__ import annotations

from dataclasses import replace

from crmbook.base import Severity, Unreadable, Value
from crmbook.values.chosen import parse_boolean, parse_choice, parse_choices
from crmbook.values.codes import parse_code
from crmbook.values.contact import parse_email, parse_url
from crmbook.values.days import format_day, parse_day
from crmbook.values.limits import judge_limits
from crmbook.values.parsed import BLANK, Domain, Parsed, Surroundings, ValueKind, refuse
from crmbook.values.phones import parse_phone
from crmbook.values.quantity import format_quantity, parse_quantity
from crmbook.values.text import spell, tidy
from crmbook.values.words import format_text, parse_either, parse_id, parse_text

_HERE = Surroundings()
_QUANTITIES = frozenset(
    {ValueKind.INTEGER, ValueKind.NUMBER, ValueKind.MONEY, ValueKind.PERCENT, ValueKind.RATING}
)
_DAYS = frozenset({ValueKind.DATE, ValueKind.DATETIME})
_CHOICES = frozenset({ValueKind.ENUM, ValueKind.DEPENDENT_ENUM, ValueKind.REGION})
_HARD = _QUANTITIES | _DAYS | {ValueKind.BOOLEAN}
"""Kinds whose values are no text: a bad text cannot be kept there, not even with a warning."""


def parse_value(domain: Domain, raw: object, around: Surroundings = _HERE) -> Parsed:
    """Read one cell.

    Parameters
    ----------
    domain
        What the field may hold.
    raw
        The cell as read (text, number, truth value, day, None, `Unreadable`) or what somebody typed.
    around
        The day that counts as today, the workbook's date system, the value a dependent enum hangs on.
    """
    if raw is None:
        return BLANK
    if isinstance(raw, Unreadable):
        return refuse(raw.code)
    raw = _unwrap(raw)
    if raw != raw:  # noqa: PLR0124 - NaN and NaT
        return BLANK
    if domain.personal and isinstance(raw, str) and "*" in raw:
        return refuse("value.masked")
    parsed = judge_limits(domain, _dispatch(domain, raw, around))
    if domain.lenient and parsed.refused and domain.kind not in _HARD and parsed.problem != "value.masked":
        typed = spell(raw)
        return replace(parsed, value=typed if tidy(typed) else None, severity=Severity.WARNING)
    return parsed


def _unwrap(raw: object) -> object:
    """Turn a NumPy scalar into the Python value it stands for."""
    item = getattr(raw, "item", None)
    return item() if callable(item) and not isinstance(raw, str) else raw


def _read_text_kinds(domain: Domain, raw: object, around: Surroundings) -> Parsed:
    """Read the kinds whose canonical value is text with a form of its own."""
    match domain.kind:
        case ValueKind.ID | ValueKind.REF:
            return parse_id(raw)
        case ValueKind.PHONE:
            return parse_phone(raw, around.locale)
        case ValueKind.EMAIL:
            return parse_email(raw)
        case ValueKind.URL:
            return parse_url(raw)
        case ValueKind.NATIONAL_ID | ValueKind.COMPANY_CODE:
            return parse_code(domain.kind, raw, around)
        case ValueKind.VALUE:
            return parse_either(domain, raw)
        case _:
            return parse_text(domain, raw)


def _dispatch(domain: Domain, raw: object, around: Surroundings) -> Parsed:
    """Hand a cell to the grammar of its kind."""
    if domain.kind in _QUANTITIES:
        return parse_quantity(domain, raw, around.locale)
    if domain.kind in _DAYS:
        return parse_day(domain, raw, around)
    if domain.kind in _CHOICES:
        return parse_choice(domain, raw, around)
    if domain.kind is ValueKind.MULTI_ENUM:
        return parse_choices(domain, raw)
    if domain.kind is ValueKind.BOOLEAN:
        return parse_boolean(raw)
    return _read_text_kinds(domain, raw, around)


def format_value(domain: Domain, value: Value, lang: str = "zh") -> str:
    """Return the text that a person would type for a canonical value, and that reads back as it."""
    if value is None:
        return ""
    if domain.kind in _QUANTITIES:
        return format_quantity(domain, value)
    if domain.kind in _DAYS:
        return format_day(domain, value)
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("No", "Yes")}["en" if lang == "en" else "zh"][value]
    return format_text(value)

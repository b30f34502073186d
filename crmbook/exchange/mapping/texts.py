"""Cells taken apart or put into a form that the grammar of typed cells reads; nothing that they say is lost.

Each function takes one cell. What it does not understand it gives back as it stood: the check of typed cells will
say what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import Domain, narrow, parse_value, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.values import Surroundings

_OPENING, _CLOSING = re.compile(r"[(（〔【\[]"), re.compile(r"[)）〕】\]]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff·]{1,3}(?:[^\S\n]+[\u4e00-\u9fff·]{1,3})+")
_LONGEST_NAME: Final = 4
_BETWEEN_EMAILS: Final = re.compile(r"[;,，；、|/\s]+")
_SHORT_DAY: Final = re.compile(
    r"(?P<year>[0-9]{2})(?P<mark>[-/.年])(?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?"
)
_YEAR_FIRST: Final = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}.*", re.DOTALL
)
_MONTH_AND_DAY: Final = re.compile(r"\s*+([0-9]{1,2}+)\s*+月\s*+([0-9]{1,2}+)\s*+[日号號]?+\s*+")
_DAY_FIRST: Final = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}.*", re.DOTALL)
_CENTURY, _PIVOT = 2000, 50
_BEFORE: Final = 10
"""Years by which a short day may lie before all whole days of its column."""
_PLAIN: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?", re.ASCII)
_ABOUT: Final = re.compile(
    r"^(?:约|大约|共|共计|合计|总计|大概|近|ca\.?|approx\.?)|(?:左右|上下)$", re.IGNORECASE
)


def split_emails(raw: Any) -> tuple[Any, ...]:
    """Return the e-mail addresses of a cell."""
    parts = [part for part in _BETWEEN_EMAILS.split(narrow(spell(raw))) if part]
    return tuple(parts) if len(parts) > 1 and all("@" in part for part in parts) else (raw,)


def split_bracket(raw: Any) -> tuple[Any, str]:
    """Return a cell without what stands in brackets at its end, and that: ``张三(离职)`` → 张三, 离职."""
    text = spell(raw).strip() if isinstance(raw, str) else ""
    *before, inside = _OPENING.split(text[:-1])
    if not any(before) or not inside or not _CLOSING.fullmatch(text[-1:]) or _CLOSING.search(inside):
        return raw, ""
    return text[: -len(inside) - 2].rstrip(), inside.strip()


def squeeze_name(raw: Any) -> Any:
    """Return a Chinese name without the blanks that align it: ``王  芳`` → 王芳; 孙七 经理 and two lines stay."""
    if not isinstance(raw, str):
        return raw
    parts = raw.split()
    aligned = len(parts) > 1 and min(map(len, parts)) == 1 and sum(map(len, parts)) <= _LONGEST_NAME
    return "".join(parts) if aligned and _HAN.fullmatch(raw.strip()) else raw.strip()


def join_name(given: Any, family: Any) -> str | None:
    """Return a whole name: Zhang San from San and Zhang, 张三 from 三 and 张."""
    one, two = tidy(spell(given)), tidy(spell(family))
    if not one or not two:
        return one or two or None
    return f"{one} {two}" if f"{one}{two}".isascii() or not _is_han(one + two) else f"{two}{one}"


def _is_han(text: str) -> bool:
    return all("\u4e00" <= sign <= "\u9fff" for sign in text)


def are_year_first(raws: Iterable[Any]) -> bool:
    """Return whether short days such as ``15/03/18`` have their year in front, as the whole days of a column show.

    They must be days of about the same years when read so: beside days of 2020, ``30/12/18`` is not one of 2030.
    """
    texts = [narrow(raw) for raw in raws if isinstance(raw, str)]
    days = [raw.year for raw in raws if isinstance(raw, dt.date)]
    years = [int(found["year"]) for text in texts if (found := _YEAR_FIRST.fullmatch(text))] + days
    short = [
        _day_of(found) for text in texts if (found := _SHORT_DAY.fullmatch(text)) and found["mark"] != "年"
    ]
    if not years or any(_DAY_FIRST.fullmatch(text) for text in texts):
        return False
    earliest, latest = min(years) - _BEFORE, max(years) + 1
    return all(day is not None and earliest <= day.year <= latest for day in short)


def doubt_birthday(raw: Any) -> Any:
    """Return a birthday without a year as no day, so that the check names it: ``5月6日`` is not one of last year."""
    found = _MONTH_AND_DAY.fullmatch(narrow(raw)) if isinstance(raw, str) else None
    return f"{found[1]}/{found[2]}" if found else raw


def whole_year(raw: Any) -> Any:
    """Return a day with a short year in front with its century, as a day: ``15/03/18`` → 2015-03-18."""
    found = _SHORT_DAY.fullmatch(narrow(raw)) if isinstance(raw, str) else None
    return (_day_of(found) if found else None) or raw


def _day_of(found: re.Match[str]) -> dt.date | None:
    year = int(found["year"])
    try:
        return dt.date(
            year + (_CENTURY if year < _PIVOT else _CENTURY - 100), int(found["month"]), int(found["day"])
        )
    except ValueError:
        return None


def read_number(raw: Any, domain: Domain, around: Surroundings) -> float | None:
    """Return the number that a cell says, ``约 1.2万元`` too; None where it says none."""
    if isinstance(raw, str) and _PLAIN.fullmatch(raw):  # nearly all amounts of a long list
        return float(raw)
    parsed = parse_value(domain, raw, around)
    if parsed.refused and isinstance(raw, str):
        parsed = parse_value(domain, _ABOUT.sub("", narrow(raw).strip()).strip(), around)
    number = parsed.value
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None

"""Days of a list as the grammar of typed cells reads them: what one cell leaves open, the others of its column may say.

A short year is in front where it is so in whole days beside it, and they are days of about the same years. ``12/1/1990`` is
a day of December where the certain days of its column have the month in front, ``3/14/1985`` and the like.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import in_digits, narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_YEAR_LAST: Final = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<mark>[-/.])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4}|[0-9]{2})(?P<rest>[ T].*)?",
    re.DOTALL,
)
_MONTHS: Final = 12
_ENOUGH: Final = 0.1
"""Of the days with their year at the end: as many must show which number is the month, and none may contradict."""


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
    found = _MONTH_AND_DAY.fullmatch(in_digits(narrow(raw))) if isinstance(raw, str) else None
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


def year_last_order(raws: Iterable[Any]) -> str:
    """Return what is in front in days such as ``12/1/1990``, as others of a column show: ``mdy``, ``dmy``, "" for unknown."""
    found = [
        shape for raw in raws if isinstance(raw, str) and (shape := _YEAR_LAST.fullmatch(narrow(raw).strip()))
    ]
    whole = [(int(one["one"]), int(one["two"])) for one in found if len(one["year"]) > len("90")]
    months, days = (
        sum(two > _MONTHS >= one for one, two in whole),
        sum(one > _MONTHS >= two for one, two in whole),
    )
    if bool(months) == bool(days) or max(months, days) < _ENOUGH * len(found):
        return ""
    return "mdy" if months else "dmy"


def years_of(raws: Iterable[Any]) -> range:
    """Return the years in which the days of a column may lie, as those with whole years do."""
    years = [raw.year for raw in raws if isinstance(raw, dt.date)]
    for raw in raws:
        shape = _YEAR_LAST.fullmatch(narrow(raw).strip()) if isinstance(raw, str) else None
        years += [int(shape["year"])] if shape and len(shape["year"]) > len("90") else []
    return range(min(years) - _BEFORE, max(years) + 2) if years else range(0)


def in_order(raw: Any, order: str, years: range) -> Any:
    """Return a day that does not say which number is its month with the year in front; any other cell as it stands.

    Parameters
    ----------
    order
        See `year_last_order`.
    years
        The years in which a day with a short one may lie.
    """
    shape = _YEAR_LAST.fullmatch(narrow(raw).strip()) if isinstance(raw, str) else None
    if shape is None:
        return raw
    one, two, year = int(shape["one"]), int(shape["two"]), int(shape["year"])
    month, day = (one, two) if order == "mdy" else (two, one)
    if len(shape["year"]) == len("90"):
        year += _CENTURY if year < _PIVOT else _CENTURY - 100
        if year not in years:
            return raw
    elif max(one, two) > _MONTHS or one == two:
        return raw  # it says so itself
    if not 0 < month <= _MONTHS:
        return raw
    return f"{year}-{month:02}-{day:02}{shape['rest'] or ''}"


_NUMERALS: Final = frozenset("〇零一二三四五六七八九十")


def has_digit(text: str) -> bool:
    """Return whether a text has a digit or a Chinese numeral: one without says no day."""
    return any(map(str.isdigit, text)) or any(sign in _NUMERALS for sign in text)

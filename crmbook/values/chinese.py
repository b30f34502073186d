"""Days of the Chinese calendar, as people type them into a date field: known by their words, and refused by name.

::

    农历八月十五  八月十五  腊月廿三  闰四月初一  农历8-15  8月15日(农历)       no year: nobody can say which day is meant
    农历1990年八月十五  1990年八月十五  1990-08-15(阴历)                       the Gregorian day is shown, for a person to confirm

``八月十五日`` is a day of the Gregorian calendar, as is every other date in whose words nothing says the contrary.
"""

from __future__ import annotations

import re
from typing import Final

from crmbook.values.numerals import read_digits, read_numeral
from crmbook.values.parsed import Parsed, refuse

_NAMED: Final = re.compile(r"\(?(?:农历|阴历|旧历|夏历)\)?:?\s?")
_SPELLED: Final = re.compile(
    r"(?:(?P<year>[0-9]{4}|[〇零一二三四五六七八九]{4})年\s?)?(?P<leap>闰)?(?P<month>[正冬腊]|[0-9]{1,2}|[一二三四五六七八九十]{1,2})月\s?"
    r"(?P<day>初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?P<end>[日号])?"
)
_DIGITS: Final = re.compile(
    r"(?:(?P<year>[0-9]{4})(?P<mark>[-/.]))?(?P<leap>闰)?(?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})"
)
_MONTHS: Final = {"正": 1, "冬": 11, "腊": 12}


def read_chinese_day(text: str) -> Parsed | None:
    """Return the refusal of a day of the Chinese calendar; None for any other text."""
    bare = _NAMED.sub("", text, count=1)
    is_named = bare != text
    shape = _SPELLED.fullmatch(bare) or (_DIGITS.fullmatch(bare) if is_named else None)
    if shape is None:
        return refuse("value.chinese-date") if is_named else None
    if not is_named and not _speaks_chinese(shape):
        return None
    month = _MONTHS.get(shape["month"]) or _number(shape["month"])
    day = _number(shape["day"].removeprefix("初").replace("廿", "二十"))
    year = read_digits(shape["year"]) if shape["year"] else None
    if year is None:
        return refuse("value.chinese-date")
    from crmbook.formula import day_of_chinese

    found = day_of_chinese(int(year), month, day, leap=bool(shape["leap"]))
    if found is None:
        return refuse("value.no-such-chinese-date")
    return refuse("value.chinese-date-of", day=found.isoformat())


def _speaks_chinese(shape: re.Match[str]) -> bool:
    """Return whether the words of a day are those of the Chinese calendar: 闰, 腊月, 初五, 廿三, or 八月十五 without 日."""
    month, day = shape["month"], shape["day"]
    if shape["leap"] or month in _MONTHS or day[0] in "初廿":
        return True
    return not (shape["end"] or month.isdigit() or day.isdigit())


def _number(text: str) -> int:
    return int(text) if text.isdigit() else int(read_numeral(text) or 0)

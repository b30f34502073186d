"""The Chinese calendar: ours, as office programs have no such functions. A workbook carries what sync computed.

A birthday is on the day of the month on which somebody was born, every year: who was born in a leap month has it in the month
of the same number that is none, which each year has once; who was born on the 30th has it on the 29th where the month has no
more days. Days before 1900 and after 2100 are ``#NUM!``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crmbook.formula.chinese import END, Month, find_month, next_birthday
from crmbook.formula.coerce import as_numbers, as_texts
from crmbook.formula.functions.registry import ours
from crmbook.formula.values import PHANTOM, CellError
from crmbook.formula.vector import align, error_codes, fail_where, of_numbers, of_texts, overlay

if TYPE_CHECKING:
    from crmbook.formula.vector import Mask, Numbers, Vector

_MONTHS: Final = "正二三四五六七八九十冬腊"
_DIGITS: Final = "一二三四五六七八九十"


@ours("CHINESE_BIRTHDAY", "birth_date from_date")
def chinese_birthday(birth: Vector, start: Vector) -> Vector:
    """Return the first birthday by the Chinese calendar, from a day on, of who was born on a date.

    >>> =CHINESE_BIRTHDAY(DATE(1990, 10, 3), DATE(2023, 1, 1))
    45198
    >>> =CHINESE_BIRTHDAY(DATE(1990, 10, 3), DATE(2023, 9, 30))
    45552
    >>> =CHINESE_BIRTHDAY(-1, DATE(2023, 1, 1))
    #NUM!
    """
    born, since = align(as_numbers(birth), as_numbers(start))
    known, errors = _known(born.numbers) & _known(since.numbers), error_codes(born, since)
    result = np.zeros(born.size)
    for row in np.flatnonzero(known if errors is None else known & (errors == 0)).tolist():
        result[row] = next_birthday(int(born.numbers[row]), int(since.numbers[row]))
    return overlay(fail_where(of_numbers(result), ~known, CellError.NUM), errors)


@ours("CHINESE_DATE", "serial_number pattern")
def chinese_date(serial: Vector, pattern: Vector) -> Vector:
    """Return a date by the Chinese calendar, written as a pattern says.

    ``{month}`` and ``{day}`` are Chinese words, ``{m}`` and ``{d}`` numbers; a leap month is marked.

    >>> =CHINESE_DATE(DATE(2023, 9, 29), "{month}{day}")
    "八月十五"
    >>> =CHINESE_DATE(DATE(2023, 3, 22), "{month}{day}")
    "闰二月初一"
    >>> =CHINESE_DATE(DATE(2023, 3, 22), "day {d} of month {m}")
    "day 1 of month leap 2"
    """
    days, patterns = align(as_numbers(serial), as_texts(pattern))
    known, errors, words = _known(days.numbers), error_codes(days, patterns), patterns.words()
    texts = [""] * days.size
    for row in np.flatnonzero(known if errors is None else known & (errors == 0)).tolist():
        texts[row] = _spelled(*find_month(int(days.numbers[row])), words[row])
    return overlay(fail_where(of_texts(texts), ~known, CellError.NUM), errors)


def _known(serials: Numbers) -> Mask:
    known: Mask = (serials >= 1) & (serials < END) & (np.floor(serials) != PHANTOM)
    return known


def _spelled(month: Month, day: int, pattern: str) -> str:
    words = {
        "{month}": ("闰" if month.leap else "") + _MONTHS[month.number - 1] + "月",
        "{day}": _day_word(day),
        "{m}": ("leap " if month.leap else "") + str(month.number),
        "{d}": str(day),
    }
    for mark, word in words.items():
        pattern = pattern.replace(mark, word)
    return pattern


def _day_word(day: int) -> str:
    tens, ones = divmod(day - 1, 10)
    if ones == len(_DIGITS) - 1:
        return ("初十", "二十", "三十")[tens]
    return "初十廿"[tens] + _DIGITS[ones]

"""The months of the Chinese calendar, as serial numbers of their days.

A Chinese year is called by the Gregorian one it begins in. Most have twelve months, some a thirteenth: a leap month that has
the number of the one before it. A month has 29 or 30 days. Days before 1900 and after 2100 are not known.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from crmbook.formula.values import PHANTOM, to_date

if TYPE_CHECKING:
    import datetime as dt

END: Final = 73_416
"""The serial of the first day of 2101."""
_JULIAN: Final = 2_415_019
"""The Julian day of serial 0, counted back from days after the 29 February 1900 that workbooks have."""
_FIRST_YEAR: Final = 1899
_FIRST_DAY: Final = 2_414_696
"""The Julian day on which that year begins."""
_DIGITS: Final = 5
_LEAP: Final = 13
_LENGTHS: Final = (
    "00ad5116d20075200ea50b64a0064b00a9b095560056a00b5905752007520db2500b2500a4b0b4ab"
    "002ad0056b04b6900da90fd9200e9200d250ba4d00a56002b6095b5006d400ea905e9200e920cd26"
    "0052b00a570b2b600b5a006d406ec9007490f69300a930052b0ca5b00aad0056a09b5500ba400b49"
    "05a9300a950f52d0053600aad0b5aa005b200da507d4a00d4a10a9500a97005560cab500ad5006d2"
    "08ea500ea50064a06c9700a9b0f55a0056a00b690b75200b5200b250964b00a4b114ab002ad0056d"
    "0cb6900da900d9209d2500d2515a4d00a56002b60c5b5006d500ea90be9200e9200d2606a5600a57"
    "114d60035a006d50b6c900749006930952b0052b00a5b0555a0056a0fb5500ba400b490ba9300a95"
    "0052d08aad00ab5135aa005d200da50dd4a00d4a00c950952e0055600ab5055b2006d20cea500725"
    "0064b0ac9700cab0055a06ad600b691775200b5200b250da4b00a4b004ab0a55b005ad00b6a05b52"
    "00d920fd2500d2500a550b4ad004b6005b506daa00ec911e9200e9200d260ca5600a57004d6086d5"
    "007550074906e93006930f52b0052b00a5b0b55a0056a00b650974a00b4a11a9500a950052d0caad"
    "00ab5005aa08ba500da500d4a07c9500c960f94e0055600ab50b5b2006d200ea508e4a0068b10c97"
    "004ab0055b0cad600b6a007520972500b4500a8b0549b004ab0e95b"
)
"""Each year in five hexadecimal digits: a bit for each month that has 30 days, the first month lowest, and from the 13th bit on
the number of the month that is followed by a leap month. Computing this from the sun and the moon takes a fifth of a
second; a test holds it to a library that does."""


class Month(NamedTuple):
    """A month: number, whether it is a leap month, serial of its first day, days."""

    number: int
    leap: bool
    first: int
    length: int


def find_month(serial: int) -> tuple[Month, int]:
    """Return the month that a day from 1900 on is in, and which day of it that is."""
    year = _year(serial)
    months = _months(year) if serial >= _months(year)[0].first else _months(year - 1)
    month = months[bisect_right([one.first for one in months], serial) - 1]
    return month, serial - month.first + 1


def next_birthday(born: int, start: int) -> int:
    """Return the first day from `start` on which whoever was born on a day has a birthday.

    Every year has one: of a leap month in the month of the same number that is none, of a 30th on the last day.
    """
    (number, *_), day = find_month(born)
    for year in range(_year(start) - 1, _year(start) + 1):
        birthday = _day_of(_months(year), number, day)
        if birthday >= start:
            return birthday
    return _day_of(_months(_year(start) + 1), number, day)


def day_of_chinese(year: int, month: int, day: int, *, leap: bool) -> dt.date | None:
    """Return the Gregorian day of a date of the Chinese calendar; None where there is no such day."""
    if not 1900 <= year < 2100:
        return None
    found = next((one for one in _months(year) if one.number == month and one.leap == leap), None)
    return to_date(float(found.first + day - 1)) if found and 1 <= day <= found.length else None


def _day_of(months: tuple[Month, ...], number: int, day: int) -> int:
    month = next(one for one in months if one.number == number and not one.leap)
    return month.first + min(day, month.length) - 1


def _year(serial: int) -> int:
    return to_date(float(serial)).year


def _months(year: int) -> tuple[Month, ...]:
    return _calendar()[year]


@cache
def _calendar() -> dict[int, tuple[Month, ...]]:
    """Return the months of every year."""
    years: dict[int, tuple[Month, ...]] = {}
    julian = _FIRST_DAY
    for place in range(0, len(_LENGTHS), _DIGITS):
        packed = int(_LENGTHS[place : place + _DIGITS], 16)
        leap = packed >> _LEAP
        months = []
        for position in range(13 if leap else 12):
            is_leap = 0 < leap == position
            number = position + (0 if 0 < leap <= position else 1)
            length = 29 + (packed >> position & 1)
            months.append(Month(number, is_leap, _serial(julian), length))
            julian += length
        years[_FIRST_YEAR + place // _DIGITS] = tuple(months)
    return years


def _serial(julian: int) -> int:
    serial = julian - _JULIAN
    return serial if serial > PHANTOM else serial - 1

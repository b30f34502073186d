"""The months of the Chinese calendar, as serial numbers of their days.

A Chinese year is called by the Gregorian one it begins in. Most have twelve months, some a thirteenth: a leap month that has
the number of the one before it. A month has 29 or 30 days. Days before 1900 and after 2100 are not known.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from crmbook.formula.serials import to_days
from crmbook.formula.values import PHANTOM, to_date

if TYPE_CHECKING:
    import datetime as dt

END: Final = 73_416
"""The serial of the first day of 2101."""
_JULIAN: Final = 2_415_019
"""The Julian day of serial 0, counted back from days after the 29 February 1900 that workbooks have."""
_YEARS_KEPT: Final = 256


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
    return int(to_days(np.array([float(serial)])).years[0])


@lru_cache(maxsize=_YEARS_KEPT)
def _months(year: int) -> tuple[Month, ...]:
    from lunar_python import LunarYear

    found = [month for month in LunarYear.fromYear(year).getMonths() if month.getYear() == year]
    return tuple(
        Month(abs(one.getMonth()), one.isLeap(), _serial(int(one.getFirstJulianDay())), one.getDayCount())
        for one in found
    )


def _serial(julian: int) -> int:
    serial = julian - _JULIAN
    return serial if serial > PHANTOM else serial - 1

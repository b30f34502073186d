"""Dates: serial numbers in Excel's calendar of 1900.

Fractions of a day are cut off. A date before 1900 or after 9999 is ``#NUM!``. The name ``as_of`` is the day as
of which a book is computed; ``TODAY()`` is kept for people's own schemas, no shipped formula calls it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.coerce import as_numbers, as_texts
from crmbook.formula.functions.registry import excel
from crmbook.formula.serials import month_length, month_start, to_days, valid
from crmbook.formula.values import MAX_SERIAL, CellError
from crmbook.formula.vector import (
    Area,
    Indices,
    Numbers,
    Tag,
    Vector,
    align,
    error_codes,
    fail_where,
    of_numbers,
    overlay,
)
from crmbook.formula.workdays import count_workdays, is_workday, move, move_around

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS = ("Y", "M", "D", "YM", "MD", "YD")
_FIRST_DAYS = {1: 0, 2: 1, 3: 1, 11: 1, 12: 2, 13: 3, 14: 4, 15: 5, 16: 6, 17: 0}
_LIMIT = 2.0**31
_SECONDS = 86_400


@excel("TODAY", volatile=True)
def today(day: Vector) -> Vector:
    """Return the day of computing, which is passed in, never read from the clock.

    >>> =TODAY()=as_of
    TRUE
    """
    return day


@excel("DATE", "year month day")
def date(year: Vector, month: Vector, day: Vector) -> Vector:
    """Return the serial number of a date. Months and days beyond their range count on; years below 1900 count from 1900.

    >>> =DATE(2023, 1, 31)
    44957
    >>> =DATE(2023, 13, 0)
    45291
    >>> =DATE(1900, 2, 29)
    60
    """
    years, months, days = align(as_numbers(year), as_numbers(month), as_numbers(day))
    whole = [
        np.clip(np.trunc(part.numbers), -_LIMIT, _LIMIT).astype(np.int64) for part in (years, months, days)
    ]
    century = np.where((whole[0] >= 0) & (whole[0] < 1900), whole[0] + 1900, whole[0])
    count = century * 12 + whole[1]
    outside = (count < 0) | (count > 12 * 10_000) | (whole[0] < 0)
    serials = month_start(np.where(outside, 1900, century), np.where(outside, 1, whole[1])) + whole[2] - 1
    outside |= ~valid(serials.astype(np.float64))
    result = fail_where(of_numbers(np.where(outside, 0, serials)), outside, CellError.NUM)
    return overlay(result, error_codes(years, months, days))


@excel("YEAR", "serial_number")
def year(serial: Vector) -> Vector:
    """Return the year of a date.

    >>> =YEAR("2023-05-06")
    2023
    >>> =YEAR(-1)
    #NUM!
    """
    return _part(serial, _years)


@excel("MONTH", "serial_number")
def month(serial: Vector) -> Vector:
    """Return the month of a date, 1 to 12.

    >>> =MONTH("2023-05-06")
    5
    """
    return _part(serial, _months)


@excel("DAY", "serial_number")
def day(serial: Vector) -> Vector:
    """Return the day of the month of a date.

    >>> =DAY("2023-05-06")
    6
    """
    return _part(serial, _days_of_month)


def _years(serials: Numbers) -> Indices:
    return to_days(serials).years


def _months(serials: Numbers) -> Indices:
    return to_days(serials).months


def _days_of_month(serials: Numbers) -> Indices:
    return to_days(serials).days


def _part(serial: Vector, function: Callable[[Numbers], Indices]) -> Vector:
    value = as_numbers(serial)
    result = fail_where(of_numbers(function(value.numbers)), ~valid(value.numbers), CellError.NUM)
    return overlay(result, error_codes(value))


@excel("DATEDIF", "start_date end_date unit")
def datedif(start: Vector, end: Vector, unit: Vector) -> Vector:
    """Return the distance of two dates in whole years (``Y``), months (``M``) or days (``D``).

    ``YM`` leaves out the years, ``MD`` years and months, ``YD`` the years. ``#NUM!`` if the end lies before the
    start, or the unit is another.

    >>> =DATEDIF("2020-02-29", "2023-02-28", "Y")
    2
    >>> =DATEDIF("2023-01-31", "2023-03-01", "M")
    1
    >>> =DATEDIF("2023-01-20", "2023-03-01", "MD")
    9
    >>> =DATEDIF("2023-03-01", "2023-01-20", "D")
    #NUM!
    """
    first, last, units = align(as_numbers(start), as_numbers(end), as_texts(unit))
    words = np.array([word.upper() for word in units.words()], dtype=object)
    result = np.zeros(first.size)
    begin, finish = np.floor(first.numbers), np.floor(last.numbers)
    for name in _UNITS:
        rows = np.flatnonzero(words == name)
        if rows.size:
            result[rows] = _distance(name, begin[rows], finish[rows])
    wrong = ~np.isin(words, _UNITS) | (begin > finish) | ~valid(begin) | ~valid(finish)
    return overlay(
        fail_where(of_numbers(result), wrong.astype(bool), CellError.NUM), error_codes(first, last, units)
    )


def _distance(unit: str, start: Numbers, end: Numbers) -> Numbers:
    first, last = to_days(start), to_days(end)
    months = (last.years - first.years) * 12 + last.months - first.months - (last.days < first.days)
    match unit:
        case "Y":
            return (months // 12).astype(np.float64)
        case "M":
            return months.astype(np.float64)
        case "YM":
            return (months % 12).astype(np.float64)
        case "MD":
            before = month_start(last.years, last.months - 1) + first.days - 1
            return np.where(last.days >= first.days, last.days - first.days, end - before)
        case "YD":
            turned = (last.months * 32 + last.days) < (first.months * 32 + first.days)
            anniversary = month_start(first.years + turned, last.months) + last.days - 1
            return anniversary - start
    return end - start


@excel("EDATE", "start_date months")
def edate(start: Vector, months: Vector) -> Vector:
    """Return the same day some months later or earlier, or the last day of that month if it is shorter.

    >>> =EDATE(DATE(2023, 1, 31), 1)
    44985
    >>> =EDATE(DATE(2023, 4, 1), -12)
    44652
    """
    return _shift(start, months, np.minimum)


@excel("EOMONTH", "start_date months")
def eomonth(start: Vector, months: Vector) -> Vector:
    """Return the last day of the month some months later or earlier.

    >>> =EOMONTH(DATE(2024, 1, 15), 1)
    45351
    """
    return _shift(start, months, lambda _, length: length)


def _shift(start: Vector, months: Vector, day_in_month: Callable[[Indices, Indices], Indices]) -> Vector:
    first, count = align(as_numbers(start), as_numbers(months))
    days = to_days(first.numbers)
    target = days.months + np.clip(np.trunc(count.numbers), -_LIMIT, _LIMIT).astype(np.int64)
    outside = (days.years * 12 + target < 1900 * 12 + 1) | (days.years * 12 + target > 9999 * 12 + 12)
    target = np.where(outside, 1, target)
    serials = month_start(days.years, target) + day_in_month(days.days, month_length(days.years, target)) - 1
    wrong = outside | ~valid(first.numbers)
    return overlay(fail_where(of_numbers(serials), wrong, CellError.NUM), error_codes(first, count))


@excel("DAYS", "end_date start_date", future=True)
def days(end: Vector, start: Vector) -> Vector:
    """Return the number of days from one date to another.

    >>> =DAYS("2023-03-01", "2023-02-01")
    28
    """
    last, first = as_numbers(end), as_numbers(start)
    outside = ~valid(last.numbers) | ~valid(first.numbers)
    result = of_numbers(np.floor(last.numbers) - np.floor(first.numbers))
    return overlay(fail_where(result, outside, CellError.NUM), error_codes(last, first))


@excel("WEEKDAY", "serial_number return_type?")
def weekday(serial: Vector, return_type: Vector | None = None) -> Vector:
    """Return the day of the week: 1 is Sunday; with type 2 Monday, with 3 Monday is 0; 11 to 17 begin Monday to Sunday.

    >>> =WEEKDAY(DATE(2023, 1, 1))
    1
    >>> =WEEKDAY(DATE(2023, 1, 1), 2)
    7
    >>> =WEEKDAY(DATE(2023, 1, 1), 4)
    #NUM!
    """
    value = as_numbers(serial)
    kind = as_numbers(of_numbers([1.0]) if return_type is None else return_type)
    types = np.trunc(kind.numbers)
    first = np.array([_FIRST_DAYS.get(int(one), -1) for one in types.tolist()])
    number = (np.floor(value.numbers) - 1 - first) % 7 + np.where(types == 3, 0, 1)
    wrong = ~valid(value.numbers) | (first < 0)
    return overlay(fail_where(of_numbers(number), wrong, CellError.NUM), error_codes(value, kind))


@excel("WEEKNUM", "serial_number return_type?")
def weeknum(serial: Vector, return_type: Vector | None = None) -> Vector:
    """Return the week of the year; the first has 1 January in it, and weeks begin on Sunday.

    With type 2 they begin on Monday, 11 to 17 on Monday to Sunday; 21 is the week of ISO 8601.

    >>> =WEEKNUM(DATE(2023, 1, 8))
    2
    >>> =WEEKNUM(DATE(2023, 1, 8), 2)
    2
    >>> =WEEKNUM(DATE(2023, 1, 1), 21)
    52
    """
    value, kind = align(
        as_numbers(serial), as_numbers(of_numbers([1.0]) if return_type is None else return_type)
    )
    types = np.trunc(kind.numbers)
    iso, first = types == 21, np.array([_FIRST_DAYS.get(int(one), -1) for one in types.tolist()])
    day = np.where(valid(value.numbers), np.floor(value.numbers), 1)
    day = np.where(iso, day - (day - 2) % 7 + 3, day)  # the Thursday of the week says which year it is of
    begin = month_start(to_days(day).years, np.ones(len(day), dtype=np.int64))
    lead = np.where(iso, 0, (begin - 1 - first) % 7)
    wrong = ~valid(value.numbers) | ~(iso | (types == 1) | (types == 2) | ((types >= 11) & (types <= 17)))
    result = of_numbers((day - begin + lead) // 7 + 1)
    return overlay(fail_where(result, wrong, CellError.NUM), error_codes(value, kind))


@excel("TIME", "hour minute second")
def time(hour: Vector, minute: Vector, second: Vector) -> Vector:
    """Return a time of day as a share of the day; what exceeds a day is left out, below 0 it is ``#NUM!``.

    >>> =TIME(12, 0, 0)
    0.5
    >>> =TIME(25, 30, 0)*24
    1.5
    >>> =TIME(0, -1, 0)
    #NUM!
    """
    parts = align(as_numbers(hour), as_numbers(minute), as_numbers(second))
    hours, minutes, seconds = (np.trunc(part.numbers) for part in parts)
    total = hours * 3600 + minutes * 60 + seconds
    result = of_numbers(np.mod(total, _SECONDS) / _SECONDS)
    return overlay(fail_where(result, total < 0, CellError.NUM), error_codes(*parts))


@excel("HOUR", "serial_number")
def hour(serial: Vector) -> Vector:
    """Return the hour of a moment, 0 to 23; the moment is rounded to whole seconds, as by `MINUTE` and `SECOND`.

    >>> =HOUR(0.75)
    18
    >>> =HOUR("9:30")
    9
    """
    return _clock(serial, lambda seconds: seconds // 3600)


@excel("MINUTE", "serial_number")
def minute(serial: Vector) -> Vector:
    """Return the minute of a moment, 0 to 59.

    >>> =MINUTE("9:30")
    30
    """
    return _clock(serial, lambda seconds: seconds // 60 % 60)


@excel("SECOND", "serial_number")
def second(serial: Vector) -> Vector:
    """Return the second of a moment, 0 to 59.

    >>> =SECOND(TIME(9, 30, 15))
    15
    """
    return _clock(serial, lambda seconds: seconds % 60)


def _clock(serial: Vector, part: Callable[[Numbers], Numbers]) -> Vector:
    value = as_numbers(serial)
    seconds = np.mod(np.rint((value.numbers - np.floor(value.numbers)) * _SECONDS), _SECONDS)
    result = fail_where(of_numbers(part(seconds)), ~valid(value.numbers), CellError.NUM)
    return overlay(result, error_codes(value))


@excel("WORKDAY", "start_date days holidays*?")
def workday(start: Vector, count: Vector, holidays: Vector | Area | None = None) -> Vector:
    """Return the day so many working days, Monday to Friday without holidays, after a date, or before it.

    >>> =WORKDAY(DATE(2023, 1, 6), 1)
    44935
    >>> =WORKDAY(DATE(2023, 1, 6), 2, {44935})
    44937
    >>> =WORKDAY(DATE(2023, 1, 9), -1)
    44932
    """
    first, steps = align(as_numbers(start), as_numbers(count))
    distance = np.trunc(steps.numbers)
    known = valid(first.numbers) & (np.abs(distance) < MAX_SERIAL)
    day = np.where(known, np.floor(first.numbers), 1).astype(np.int64)
    distance = np.where(known, distance, 0.0)
    free = as_numbers(holidays.flat() if isinstance(holidays, Area) else holidays or of_numbers([]))
    if isinstance(holidays, Vector):
        found = move_around(day, distance, np.floor(free.numbers), holidays.tags != Tag.BLANK)
    else:
        found = move(day, distance, np.floor(free.numbers))
    wrong = ~known | ~valid(found)
    result = fail_where(of_numbers(np.where(wrong, 0, found)), wrong, CellError.NUM)
    return overlay(overlay(result, _codes(free, holidays)), error_codes(first, steps))


@excel("NETWORKDAYS", "start_date end_date holidays*?")
def networkdays(start: Vector, end: Vector, holidays: Vector | Area | None = None) -> Vector:
    """Return the number of days from Monday to Friday between two dates, both included, without holidays.

    Negative if the end lies before the start.

    >>> =NETWORKDAYS(DATE(2023, 1, 1), DATE(2023, 1, 31))
    22
    >>> =NETWORKDAYS(DATE(2023, 1, 1), DATE(2023, 1, 31), {44928,44929})
    20
    >>> =NETWORKDAYS(DATE(2023, 1, 31), DATE(2023, 1, 1))
    -22
    """
    first, last = align(as_numbers(start), as_numbers(end))
    free = as_numbers(holidays.flat() if isinstance(holidays, Area) else holidays or of_numbers([]))
    begin, finish = np.floor(first.numbers).astype(np.int64), np.floor(last.numbers).astype(np.int64)
    low, high = np.minimum(begin, finish), np.maximum(begin, finish)
    working = count_workdays(high) - count_workdays(low - 1)
    if isinstance(holidays, Vector):
        off = np.floor(free.numbers)
        working = working - ((off >= low) & (off <= high) & is_workday(off) & (holidays.tags != Tag.BLANK))
    else:
        off = np.unique(np.floor(free.numbers[is_workday(np.floor(free.numbers))]))
        working = working - (np.searchsorted(off, high, "right") - np.searchsorted(off, low, "left"))
    result = of_numbers(np.where(begin <= finish, working, -working))
    wrong = ~valid(first.numbers) | ~valid(last.numbers)
    result = overlay(
        fail_where(result, np.broadcast_to(wrong, result.tags.shape), CellError.NUM), _codes(free, holidays)
    )
    return overlay(result, error_codes(first, last))


def _codes(free: Vector, holidays: Vector | Area | None) -> np.ndarray[tuple[int], np.dtype[np.int8]] | None:
    """Return the errors among the holidays: one for all rows if they are a range."""
    codes = error_codes(free)
    if codes is None or isinstance(holidays, Vector):
        return codes
    return codes[codes > 0][:1]

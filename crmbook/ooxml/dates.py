"""Date serials: days since the end of 1899, or since 1904-01-01, as spreadsheets count them.

The 1900 system believes in a 29 February 1900 (serial 60), so that serials below 61 lie one day off; ISO/IEC
29500-1, 18.17.4.1. Serial 0 shows as 1900-01-00 and is no date.
"""

from __future__ import annotations

import datetime as dt

from crmbook.ooxml.errors import EditError

_EPOCH_1900 = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - serials know no time zone
_EPOCH_1904 = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_LAST = 2_958_466
_DAY = 86_400_000_000


def serial(value: dt.date, *, date1904: bool) -> int | float:
    """Return the serial of a date (a whole number) or datetime.

    Raises
    ------
    EditError
        ``ooxml.date-out-of-range`` before 1900-01-01 (1904-01-01); ``ooxml.date-with-zone``.
    """
    moment = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001
    if moment.tzinfo is not None:
        raise EditError("ooxml.date-with-zone", value=str(value))
    ticks = (moment - (_EPOCH_1904 if date1904 else _EPOCH_1900)) // dt.timedelta(microseconds=1)
    if not date1904 and ticks < 61 * _DAY:
        ticks -= _DAY
    if ticks < (0 if date1904 else _DAY):
        raise EditError("ooxml.date-out-of-range", value=str(value))
    days, rest = divmod(ticks, _DAY)
    return days + rest / _DAY if rest else days


def date(number: float, *, date1904: bool) -> dt.date | dt.datetime | None:
    """Return what a serial shows: a date where it is whole, else a datetime to the millisecond.

    None where it shows no date: below 1, serial 60 of the 1900 system, beyond the year 9999.
    """
    if not (0 if date1904 else 1) <= number < _LAST - (1462 if date1904 else 0):
        return None
    if not date1904:
        if 60 <= number < 61:
            return None
        number += number < 60
    milliseconds = round(number * 86_400_000)
    try:
        moment = (_EPOCH_1904 if date1904 else _EPOCH_1900) + dt.timedelta(milliseconds=milliseconds)
    except OverflowError:  # the last half millisecond of the year 9999 rounds up
        return None
    return moment if milliseconds % 86_400_000 else moment.date()


def from_iso(text: str) -> dt.date | dt.datetime | None:
    """Return the value of a ``t="d"`` cell, None if it is no ISO 8601 date."""
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.date() if len(text.strip()) <= 10 else moment

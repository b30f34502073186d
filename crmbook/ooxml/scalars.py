"""Values that are neither text nor plain numbers, as the file stores them: dates and error values.

Sources: ECMA-376 part 1, 18.17.4.1 (serial dates) and 18.17.3 (error values).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crmbook.ooxml.errors import EditError

ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})
"""Error values of ECMA-376 part 1, 18.17.3; newer ones are stored as one of these with rich-value metadata."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value, such as ``#N/A``, as the value of a cell.

    Raises
    ------
    EditError
        ``ooxml.unknown-error-value`` for a text that is none.
    """

    text: str

    def __post_init__(self) -> None:
        if self.text not in ERRORS:
            raise EditError("ooxml.unknown-error-value", value=self.text)

    def __str__(self) -> str:
        return self.text


_DAY = timedelta(days=1)
_EPOCHS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}  # noqa: DTZ001 - sheets know no time zones
_FIRST = {False: date(1900, 1, 1), True: date(1904, 1, 1)}
_MARCH_1900 = date(1900, 3, 1)


def serial(value: date, *, date1904: bool = False) -> float:
    """Return the serial number of a date (a whole number) or datetime (days and a fraction).

    In the 1900 system the days before March 1900 count one less, because that system has a 29 February 1900.

    Raises
    ------
    EditError
        ``ooxml.date-too-early`` before the first day of the date system; ``ooxml.time-zone`` for a datetime with one.
    """
    day = value.date() if isinstance(value, datetime) else value
    if day < _FIRST[date1904]:
        raise EditError("ooxml.date-too-early", value=value.isoformat(), first=_FIRST[date1904].isoformat())
    leap = 0 if date1904 or day >= _MARCH_1900 else 1
    if not isinstance(value, datetime):
        return value.toordinal() - _EPOCHS[date1904].toordinal() - leap
    if value.tzinfo is not None:
        raise EditError("ooxml.time-zone", value=value.isoformat())
    return (value - _EPOCHS[date1904]) / _DAY - leap

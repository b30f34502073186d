"""The values a cell can hold, one at a time: kinds, error values, date serials, numbers as text and back.

Excel knows five types of value: number, text, logical, error, and the empty cell. Dates are numbers: the count
of days since the last of December 1899, in a calendar that contains a 29 February 1900 which never was (kept
from Lotus 1-2-3), so that serial 60 is that day and serial 61 is 1 March 1900.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from enum import Enum, StrEnum

MAX_SERIAL = 2_958_465
"""31 December 9999, the last date Excel knows."""

PHANTOM = 60
"""29 February 1900, which serials count and calendars do not."""
UNIX_SERIAL = 25_569
"""1 January 1970."""
DAYS_1904 = 1_462
"""How many days later a workbook begins to count that counts from 1904."""
ORDINAL_OF_SERIAL_0 = dt.date(1899, 12, 30).toordinal()
"""Of serials from 1 March 1900 on."""
_SIGNIFICANT_DIGITS = 15
_LONGEST_PLAIN = 20
_LONGEST_NUMBER = 300


class Kind(StrEnum):
    """What a field or name holds, as far as it is known before the data is seen."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    BOOLEAN = "boolean"
    ANY = "any"


class CellError(Enum):
    """An error value, as a cell shows it. ``number`` is what ``ERROR.TYPE`` gives."""

    NULL = "#NULL!"
    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"
    REF = "#REF!"
    NAME = "#NAME?"
    NUM = "#NUM!"
    NA = "#N/A"

    @property
    def number(self) -> int:
        """1 for ``#NULL!`` … 7 for ``#N/A``."""
        return _NUMBERS[self]

    def __str__(self) -> str:
        return self.value

    __repr__ = __str__


_NUMBERS = {error: number for number, error in enumerate(CellError, start=1)}
ERRORS = (None, *CellError)
"""Error values by their number."""


def to_serial(day: dt.date | dt.datetime) -> float:
    """Return the serial number of a date or moment (1 January 1900 is 1).

    Raises
    ------
    ValueError
        If `day` lies before 1900.
    """
    serial = day.toordinal() - ORDINAL_OF_SERIAL_0
    serial -= serial <= PHANTOM
    if serial < 1:
        raise ValueError(day)
    if isinstance(day, dt.datetime):
        seconds = day.hour * 3600 + day.minute * 60 + day.second + day.microsecond / 1e6
        return serial + seconds / 86400
    return float(serial)


def to_date(serial: float) -> dt.date:
    """Return the calendar date of a serial number; the day that never was (60) becomes 1 March 1900.

    Raises
    ------
    ValueError
        If the serial is below 1 or after the year 9999.
    """
    days = math.floor(serial)
    if not 1 <= days <= MAX_SERIAL:
        raise ValueError(serial)
    return dt.date.fromordinal(days + ORDINAL_OF_SERIAL_0 + (days <= PHANTOM))


ALL_DIGITS = 1e15
"""Whole numbers below it are spelled with all their digits."""


def number_text(number: float) -> str:
    """Return a number as the operator ``&`` writes it.

    15 significant digits; plain unless that takes more than 20 characters, then with an exponent of at least
    two digits.

    >>> number_text(0.1 + 0.2), number_text(-5.0), number_text(1e20), number_text(1.5e-12)
    ('0.3', '-5', '1E+20', '0.0000000000015')
    """
    if number == 0:
        return "0"
    if number.is_integer() and abs(number) < ALL_DIGITS:
        return str(int(number))
    short = f"{number:.{_SIGNIFICANT_DIGITS}g}"
    if "e" not in short:
        return short
    mantissa, exponent = f"{abs(number):.{_SIGNIFICANT_DIGITS - 1}e}".split("e")
    digits, power = mantissa.replace(".", "").rstrip("0"), int(exponent)
    sign = "-" if number < 0 else ""
    plain = format(Decimal(f"{digits[0]}.{digits[1:] or 0}E{power}").normalize(), "f")
    if len(plain) <= _LONGEST_PLAIN:
        return sign + plain
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{sign}{digits[0]}{fraction}E{'-' if power < 0 else '+'}{abs(power):02d}"


_LATE_SIGNS = str.maketrans({sign: f"`{chr(position)}" for position, sign in enumerate("{|}~", start=1)})


def sort_key(text: str) -> str:
    """Return what texts are ordered by: regardless of case, all signs before the letters, accents last of all.

    >>> sort_key("~") < sort_key("A") < sort_key("b")
    True
    >>> sort_key("E") < sort_key("é") < sort_key("ez") < sort_key("f")
    True
    """
    lower = text.lower()
    if text.isascii():
        return lower.translate(_LATE_SIGNS)
    letters = (letter for letter in unicodedata.normalize("NFD", lower) if not unicodedata.combining(letter))
    return f"{''.join(letters).translate(_LATE_SIGNS)}\0{lower}"


_NUMBER = re.compile(
    r"""(?P<sign>[-+]?)\s*+(?P<currency>[¥￥$€£]?)\s*+(?P<inner>[-+]?)
        (?P<digits>\d{1,3}(?:,\d{3})++(?:\.\d*+)?|\d++(?:\.\d*+)?|\.\d++)
        (?P<exponent>[eE][-+]?\d{1,3})?\s*+(?P<percent>%?)""",
    re.VERBOSE | re.ASCII,
)
_DATE = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?", re.ASCII
)
_CHINESE_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日()", re.ASCII)
_TIME = re.compile(r"(\d{1,4}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*([AaPp][Mm])?", re.ASCII)


def text_number(text: str) -> float | None:
    """Return the number that Excel reads in a text, or None.

    Numbers may carry thousands separators, a currency sign, a percent sign, an exponent, or be in
    parentheses (negative); dates are read where year, month and day are in this order; times as 9:30.
    """
    text = text.strip(" ")
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < _LONGEST_NUMBER else None
    if not text or not text.isascii() or not text[0].isdigit():
        return _odd_number(text) if text else None
    try:
        plain = text.replace("_", "x")
        value = float(plain)
    except ValueError:
        return _odd_number(text)
    return value if math.isfinite(value) else None


def _odd_number(text: str) -> float | None:
    if text.startswith("(") and text.endswith(")"):
        inner = _NUMBER.fullmatch(text[1:-1].strip())
        return -_plain(inner) if inner and not inner["sign"] and not inner["inner"] else None
    if match := _NUMBER.fullmatch(text):
        return _plain(match) if not (match["sign"] and match["inner"]) else None
    return _moment(text)


def _plain(match: re.Match[str]) -> float:
    value = float(match["digits"].replace(",", "") + (match["exponent"] or ""))
    if match["percent"]:
        value = float(Decimal(repr(value)) / 100)
    return -value if "-" in (match["sign"], match["inner"]) else value


def _moment(text: str) -> float | None:
    if match := _DATE.fullmatch(text):
        year, month, day, clock = int(match[1]), int(match[3]), int(match[4]), match[5]
    elif match := _CHINESE_DATE.fullmatch(text):
        year, month, day, clock = int(match[1]), int(match[2]), int(match[3]), match[4]
    else:
        return _clock(text)
    try:
        serial = to_serial(dt.date(year, month, day))
    except ValueError:
        return None
    fraction = _clock(clock) if clock else 0.0
    return None if fraction is None else serial + fraction


def _clock(text: str) -> float | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3] or 0)
    if minutes > 59 or seconds >= 60 or (match[4] and not 1 <= hours <= 12):
        return None
    if match[4]:
        hours = hours % 12 + (12 if match[4].lower() == "pm" else 0)
    return (hours * 3600 + minutes * 60 + seconds) / 86400

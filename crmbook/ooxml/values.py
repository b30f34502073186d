"""What a cell can hold, in Python's terms, and how it is written.

A number is written as the shortest text of the 15 digits that office programs keep: with all 17, a cell would change
as soon as LibreOffice saves it. A whole number keeps every digit, and no ``.0``. Text goes through the shared strings; a date is a serial, whose look is the cell's style.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from crmbook.ooxml import dates, text
from crmbook.ooxml.errors import EditError

_KEPT = Context(prec=15, rounding=ROUND_HALF_UP)

ERRORS = frozenset(
    [
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#UNKNOWN!",
        "#EXTERNAL!",
    ]
)


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value; ``str()`` of it is what the cell shows, e.g. ``#N/A``."""

    code: str

    def __str__(self) -> str:
        return self.code


CellValue = None | str | int | float | bool | dt.date | dt.datetime | CellError


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with its cached value, for `append_rows`; the text has no leading ``=``."""

    text: str
    value: CellValue = None


CellContent = CellValue | Formula


def checked(value: object) -> CellValue:
    """Return `value` as one of the kinds a cell can hold.

    Numbers of other libraries become int or float, their error values `CellError`, and their missing dates
    (NaT) None.

    Raises
    ------
    EditError
        ``ooxml.unsupported-value``, ``ooxml.not-finite``, ``ooxml.illegal-character``, ``ooxml.text-too-long``,
        ``ooxml.date-with-zone``, ``ooxml.date-out-of-range``.
    """
    if value is None or isinstance(value, bool | CellError):
        return value
    if isinstance(value, str):
        return text.check(str(value))
    if isinstance(value, dt.date):
        return None if value != value else value  # noqa: PLR0124 - NaT is the date unequal to itself
    if isinstance(value, numbers.Integral):
        return _finite(int(value))
    if isinstance(value, numbers.Real | Decimal):
        return _finite(float(value))
    shown = getattr(value, "value", str(value))
    if isinstance(shown, str) and shown in ERRORS:
        return CellError(shown)
    raise EditError("ooxml.unsupported-value", type=type(value).__name__)


def _finite(value: float) -> float:
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        raise EditError("ooxml.not-finite", value=str(value)[:20])
    return value


def written_number(value: float) -> str:
    """Return how a cell holds a finite number."""
    return kept_digits(exact_number(value))


def exact_number(value: float) -> str:
    """Return the shortest text that reads back as the same number."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**17 else exact_number(float(value))
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))


def kept_digits(text: str) -> str:
    """Return the shortest text of a float with what is beyond 15 digits rounded off, half away from zero."""
    if len(text) <= _KEPT.prec:
        return text
    number = float(text)
    return text if number.is_integer() else repr(float(_KEPT.create_decimal(text)))


def written(value: CellValue, *, date1904: bool) -> tuple[str, str]:
    """Return the type attribute and stored text of a value other than None and str.

    Raises
    ------
    EditError
        As `dates.serial` does.
    """
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, CellError):
        return "e", value.code
    if isinstance(value, dt.date):
        return "", written_number(dates.serial(value, date1904=date1904))
    if isinstance(value, int | float):
        return "", written_number(value)
    raise EditError("ooxml.unsupported-value", type=type(value).__name__)

"""Places and values: the vocabulary that every later stage speaks.

A `Location` is a place a person can go to: a cell of a sheet, or a line of a file. A `Value` is what a cell
means once `crmbook.values` has read it; `same` is the one place where two of them are compared. An
`Unreadable` is what a cell holds that is not a value: it is never the same as a blank.

Numbers are compared as office programs keep them. A double has 17 digits, LibreOffice saves 15 and openpyxl 16:
compared exactly, a workbook that was only saved again would be full of edits that nobody made. What people type is
therefore the same where it is the same after rounding to 15 digits; what is computed, where it differs by no more than
adding up in another order explains.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, TypeGuard

Value = str | int | float | bool | dt.date | dt.datetime | None

OWN: Final = "own:"
"""Begins the label of a column that people added themselves, in frames that hold it beside the schema's fields."""


def dependent_label(table: str, label: str) -> str:
    """Return the label, among those of a row, of a cell in a row of another table that lives and dies with it."""
    return f"{table}.{label}"


def split_label(table: str, label: str) -> tuple[str, str]:
    """Return the table and the label of a cell that is under `label` among those of a row of `table`."""
    if label.startswith(OWN) or "." not in label:
        return table, label
    other, _, inner = label.partition(".")
    return other, inner


_KEPT: Final = Context(prec=15, rounding=ROUND_HALF_UP)
"""How LibreOffice rounds: the shortest text that reads back as the number, to 15 digits, half away from zero."""
_PRECISION: Final = 1e-12
INSTANT: Final = dt.timedelta(milliseconds=1)
"""Moments that are no further apart are one: they are read to the millisecond, and 15 digits of a serial are 9 µs."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where something was found; unused parts stay empty.

    Attributes
    ----------
    file
        Path or workbook name as the person gave it.
    line, column
        1-based position in a text file.
    sheet, cell
        Sheet title and A1 reference in a workbook.
    """

    file: str = ""
    line: int | None = None
    column: int | None = None
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        inside = "!".join(part for part in (self.sheet, self.cell) if part)
        return " ".join(part for part in (position, inside) if part)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell whose content is not a value: an error, or a formula that nobody has calculated.

    Attributes
    ----------
    code
        Message code that says why.
    text
        What the cell shows or holds: ``"#REF!"``, ``"=A1+1"``.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return self.text


def same(left: Value, right: Value) -> bool:
    """Return whether two canonical values are one and the same.

    A number is the number it is, whole or not (``5`` and ``5.0``), in the 15 digits that office programs keep; a
    truth value is not a number; a day is not the midnight it begins with; NaN counts as the blank it stands for. A
    moment is a number of days in a workbook, and so loses a few microseconds.
    """
    if left is None or left != left:  # noqa: PLR0124 - NaN is the value that differs from itself
        return right is None or right != right  # noqa: PLR0124
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dt.datetime) != isinstance(right, dt.datetime):
        return False
    if left == right:
        return True
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        return left.tzinfo is right.tzinfo and abs(left - right) <= INSTANT
    return _is_number(left) and _is_number(right) and _kept(left) == _kept(right)


def same_computed(left: object, right: object) -> bool:
    """Return whether two numbers are one computed value: programs add in different orders, and the last digits differ.

    The absolute part is for what cancels out: ``0.1+0.2-0.3`` is nothing in one program and 5.6e-17 in another.
    """
    if not (_is_number(left) and _is_number(right)):
        return False
    return math.isclose(left, right, rel_tol=_PRECISION, abs_tol=_PRECISION)


def rounded(number: float) -> float:
    """Return a number in the 15 digits that office programs keep.

    A whole number stays: whoever has 16 digits there means a card or an account, not a quantity.
    """
    if not math.isfinite(number) or number.is_integer():
        return number
    return float(_kept(number))


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kept(number: float) -> Decimal:
    """Return what a workbook keeps of a number."""
    return _KEPT.create_decimal(number if isinstance(number, int) else float.__repr__(number))

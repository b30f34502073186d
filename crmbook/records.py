"""Places and values: the vocabulary that every later stage speaks.

A `Location` is a place a person can go to: a cell of a sheet, or a line of a file. A `Value` is what a cell
means once `crmbook.values` has read it; `same` is the one place where two of them are compared. An
`Unreadable` stands where a cell holds something, but not a value: it is never the same as a blank.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

Value = str | int | float | bool | dt.date | dt.datetime | None

OWN: Final = "own:"
"""Begins the label of a column that people added themselves, in frames that hold it beside the schema's fields."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands; unused parts stay empty.

    Attributes
    ----------
    file
        Path or workbook name as the person gave it.
    line, column
        1-based place in a text file.
    sheet, cell
        Sheet title and A1 reference in a workbook.
    """

    file: str = ""
    line: int | None = None
    column: int | None = None
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        inside = "!".join(part for part in (self.sheet, self.cell) if part)
        return " ".join(part for part in (place, inside) if part)


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
    """Say whether two canonical values are one and the same.

    A number is the number it is, whole or not (``5`` and ``5.0``); a truth value is not a number; a day is
    not the midnight it begins with; NaN counts as the blank it stands for.
    """
    if left is None or left != left:  # noqa: PLR0124 - NaN is the value that differs from itself
        return right is None or right != right  # noqa: PLR0124
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, dt.datetime) != isinstance(right, dt.datetime):
        return False
    return left == right

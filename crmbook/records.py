"""Places and values: the vocabulary that every later stage speaks.

A `Location` is a place a person can go to: a cell of a sheet, or a line of a file.
"""

from __future__ import annotations

from dataclasses import dataclass


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

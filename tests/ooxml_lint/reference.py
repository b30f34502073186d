"""Cell references and ranges in A1 notation, inside the grid of 1,048,576 rows and 16,384 columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_ROW = 1_048_576
MAX_COLUMN = 16_384

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})\Z")
_ROWS = re.compile(r"\$?([1-9][0-9]{0,6}):\$?([1-9][0-9]{0,6})\Z")


class Range(NamedTuple):
    """A rectangle of cells; rows and columns are counted from 1 and the ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def overlaps(self, other: Range) -> bool:
        """Return whether both share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def holds(self, row: int, column: int) -> bool:
        """Return whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def covers(self, other: Range) -> bool:
        """Return whether all of `other` lies inside."""
        return self.holds(other.top, other.left) and self.holds(other.bottom, other.right)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return B7 for row 7, column 2."""
    return f"{column_letters(column)}{row}"


def parse_cell(text: str) -> tuple[int, int] | None:
    """Return row and column of ``B7`` or ``$B$7``, or None where it is no cell of the grid."""
    match = _CELL.match(text)
    if match is None:
        return None
    column, row = column_number(match[1]), int(match[2])
    return (row, column) if row <= MAX_ROW and column <= MAX_COLUMN else None


def parse_range(text: str) -> Range | None:
    """Return the rectangle of ``A1``, ``A1:B2``, ``A:C`` or ``1:3``, or None where it is none."""
    if match := _COLUMNS.match(text):
        return _ordered(1, column_number(match[1]), MAX_ROW, column_number(match[2]))
    if match := _ROWS.match(text):
        return _ordered(int(match[1]), 1, int(match[2]), MAX_COLUMN)
    first, _, last = text.partition(":")
    start, end = parse_cell(first), parse_cell(last or first)
    if start is None or end is None or text.endswith(":"):
        return None
    return _ordered(*start, *end)


def parse_ranges(text: str) -> list[Range] | None:
    """Return the rectangles of a blank-separated list (``sqref``), or None where one is wrong or none stands."""
    found = [parse_range(item) for item in text.split()]
    ranges = [item for item in found if item is not None]
    return ranges if ranges and len(ranges) == len(found) else None


def iter_overlaps(ranges: Iterable[tuple[Range, str]]) -> Iterator[tuple[str, str]]:
    """Yield the labels of each two rectangles that share a cell, sweeping from top to bottom."""
    open_ranges: list[tuple[Range, str]] = []
    for area, label in sorted(ranges):
        open_ranges = [item for item in open_ranges if item[0].bottom >= area.top]
        for other, other_label in open_ranges:
            if area.overlaps(other):
                yield label, other_label
        open_ranges.append((area, label))


def _ordered(top: int, left: int, bottom: int, right: int) -> Range | None:
    inside = 1 <= top <= bottom <= MAX_ROW and 1 <= left <= right <= MAX_COLUMN
    return Range(top, left, bottom, right) if inside else None

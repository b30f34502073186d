"""A1 references: cells and rectangles, in numbers counted from 1.

Sheets have 1,048,576 rows and 16,384 columns (``XFD``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from crmbook.ooxml.errors import EditError

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")
_SHEET_CELL = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Za-z]{1,3}\$?[0-9]{1,7})")
_WHOLE = re.compile(r"\$?([A-Za-z]{1,3}|[1-9][0-9]{0,6}):\$?([A-Za-z]{1,3}|[1-9][0-9]{0,6})\Z")


class Area(NamedTuple):
    """A rectangle of cells, its edges included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Return whether a cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def __str__(self) -> str:
        first = reference(self.top, self.left)
        last = reference(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"

    @property
    def is_cell(self) -> bool:
        """Return whether the rectangle is one cell."""
        return self.top == self.bottom and self.left == self.right

    def meets(self, other: Area) -> bool:
        """Return whether the rectangles have a cell in common."""
        rows = self.top <= other.bottom and other.top <= self.bottom
        return rows and self.left <= other.right and other.left <= self.right

    def union(self, other: Area) -> Area:
        """Return the smallest rectangle around both."""
        top, left = min(self.top, other.top), min(self.left, other.left)
        return Area(top, left, max(self.bottom, other.bottom), max(self.right, other.right))

    def minus(self, other: Area) -> list[Area]:
        """Return what is left of the rectangle without `other`: at most four rectangles."""
        if not self.meets(other):
            return [self]
        top, bottom = max(self.top, other.top), min(self.bottom, other.bottom)
        pieces = [
            Area(self.top, self.left, top - 1, self.right),
            Area(top, self.left, bottom, other.left - 1),
            Area(top, other.right + 1, bottom, self.right),
            Area(bottom + 1, self.left, self.bottom, self.right),
        ]
        return [piece for piece in pieces if piece.top <= piece.bottom and piece.left <= piece.right]


@lru_cache(maxsize=1024)
def letters(column: int) -> str:
    """Return the letters of a column: 1 → ``A``, 16384 → ``XFD``."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@lru_cache(maxsize=1024)
def number(column: str) -> int:
    """Return the number of a column from its letters: ``A`` → 1."""
    total = 0
    for letter in column.upper():
        total = total * 26 + ord(letter) - 64
    return total


def reference(row: int, column: int) -> str:
    """Return the A1 reference of a cell."""
    return f"{letters(column)}{row}"


def parse_cell(ref: str) -> tuple[int, int]:
    """Return ``(row, column)`` of an A1 reference, dollar signs allowed.

    Raises
    ------
    EditError
        ``ooxml.bad-reference``.
    """
    match = _CELL.match(ref)
    row, column = (int(match[2]), number(match[1])) if match else (0, 0)
    if not match or row > MAX_ROW or column > MAX_COLUMN:
        raise EditError("ooxml.bad-reference", ref=ref)
    return row, column


def parse_sheet_cell(formula: str) -> tuple[str, int, int] | None:
    """Return the sheet, row and column of the one cell that a defined name stands for, None where it is no cell."""
    match = _SHEET_CELL.fullmatch(formula)
    if match is None:
        return None
    try:
        return ((match[1] or match[2]).replace("''", "'"), *parse_cell(match[3]))
    except EditError:
        return None


def parse_area(ref: str) -> Area:
    """Return the rectangle of ``A1``, ``A1:C5``, ``A:C`` or ``1:5``.

    Raises
    ------
    EditError
        ``ooxml.bad-reference``.
    """
    first, _, last = ref.partition(":")
    whole = _WHOLE.match(ref)
    if whole and whole[1].isdigit() == whole[2].isdigit():
        if whole[1].isdigit():
            return Area(int(whole[1]), 1, int(whole[2]), MAX_COLUMN)
        return Area(1, number(whole[1]), MAX_ROW, number(whole[2]))
    top, left = parse_cell(first)
    bottom, right = parse_cell(last) if last else (top, left)
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def parse_areas(sqref: str) -> list[Area]:
    """Return the rectangles of a space-separated list; those that are no references are left out."""
    areas = []
    for ref in sqref.split():
        try:
            areas.append(parse_area(ref))
        except EditError:
            continue
    return areas

"""The values of a sheet by row and column: the one home of calamine.

calamine reads values fast and says little: what is blank, an error or ``=""`` all comes as ``""``, a day follows
the number format, numbers are floats. It leaves out empty rows and columns before the first filled cell, so that
its rows must be shifted by its `start`.
"""

from __future__ import annotations

import io
from functools import cached_property
from typing import TYPE_CHECKING

from python_calamine import CalamineError, CalamineWorkbook

from crmbook.read.snapshot import ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Grid:
    """One sheet's values; rows and columns are 0-based, and all is blank beyond the last filled cell."""

    def __init__(self, rows: Sequence[Sequence[object]], start: tuple[int, int]) -> None:
        self._rows = rows
        self._top, self._left = start

    @property
    def height(self) -> int:
        """Number of rows down to the last filled one."""
        return self._top + len(self._rows)

    @cached_property
    def width(self) -> int:
        """Number of columns up to the last filled one."""
        return self._left + max(map(len, self._rows), default=0)

    def value(self, row: int, column: int) -> object:
        """Return one value, None where the cell is blank."""
        if row < self._top or column < self._left:
            return None
        line = self._rows[row - self._top] if row < self.height else ()
        value = line[column - self._left] if column - self._left < len(line) else None
        return None if value == "" else value

    def row(self, row: int, left: int, right: int) -> list[object]:
        """Return the values of a row from column `left` to before `right`."""
        return [self.value(row, column) for column in range(left, right)]

    def column(self, column: int, top: int, bottom: int) -> list[object]:
        """Return the values of a column from row `top` to before `bottom`."""
        if column < self._left:
            return [None] * (bottom - top)
        place = column - self._left
        lines = self._rows[max(top - self._top, 0) : max(bottom - self._top, 0)]
        values = [line[place] if place < len(line) else None for line in lines]
        values = [None if value == "" else value for value in values]
        before = min(max(self._top - top, 0), bottom - top)
        return [None] * before + values + [None] * (bottom - top - before - len(values))


class Values:
    """The values of a whole workbook, sheet by sheet, each read once.

    Raises
    ------
    ReadError
        ``read.unreadable`` if calamine cannot read the workbook.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except (CalamineError, OSError, ValueError) as error:
            raise ReadError("read.unreadable", reason=str(error)) from error
        self._grids: dict[str, Grid] = {}

    def grid(self, sheet: str) -> Grid:
        """Return a sheet's values; an empty grid for a sheet without cells, such as a chart sheet."""
        if sheet not in self._grids:
            self._grids[sheet] = self._read(sheet)
        return self._grids[sheet]

    def _read(self, sheet: str) -> Grid:
        if sheet not in self._workbook.sheet_names:
            return Grid((), (0, 0))
        try:
            found = self._workbook.get_sheet_by_name(sheet)
            return Grid(found.to_python(skip_empty_area=True), found.start or (0, 0))
        except (CalamineError, OSError, ValueError) as error:
            raise ReadError("read.unreadable", reason=str(error)) from error

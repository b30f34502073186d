"""The values of a sheet by row and column, and how calamine gives them.

calamine reads values fast and says little: what is blank, an error or ``=""`` all comes as ``""``, a day follows
the number format, numbers are floats. It leaves out empty rows and columns before the first filled cell, so that
its rows must be shifted by its `start`.
"""

from __future__ import annotations

import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook

from crmbook.read.errors import ReadError
from crmbook.values import is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Items = np.ndarray[tuple[int], np.dtype[Any]]


class Grid:
    """One sheet's values by column; rows and columns are 0-based, and all is blank beyond the last filled cell.

    Parameters
    ----------
    columns
        The values of each column that holds any, from the first row on, None for a blank; a column may end with its
        own last filled cell.
    height
        The number of rows down to the last filled one.
    total
        The sum of the filled cells' numbers (`crmbook.read.hashing`), where it was counted while they were read.
    spaces
        By column, the rows (from 0) of cells that hold nothing that can be seen: blank, though something is there.
    """

    def __init__(
        self,
        columns: Mapping[int, Items],
        height: int,
        total: int | None = None,
        spaces: Mapping[int, Sequence[int]] | None = None,
    ) -> None:
        self._columns = columns
        self.height = height
        self.total = total
        self.spaces = spaces or {}

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[object]], start: tuple[int, int]) -> Grid:
        """Return the grid of rows that begin at `start`, as calamine gives them: a text without a sign is a blank."""
        top, left = start
        columns: dict[int, Items] = {}
        spaces: dict[int, Sequence[int]] = {}
        for position, column in enumerate(zip(*rows, strict=True)):
            items = np.empty(top + len(rows), dtype=object)
            items[top:] = [None if value.__class__ is str and is_blank(value) else value for value in column]
            columns[left + position] = items
            found = [at for at, value in enumerate(column, top) if value and items[at] is None]
            if found:
                spaces[left + position] = found
        return cls(columns, top + len(rows) if rows else 0, spaces=spaces)

    @cached_property
    def width(self) -> int:
        """Number of columns up to the last filled one."""
        return max(self._columns, default=-1) + 1

    def iter_columns(self) -> Iterator[tuple[int, Items]]:
        """Yield each column that holds anything, with its values from the first row on."""
        yield from self._columns.items()

    def value(self, row: int, column: int) -> object:
        """Return one value, None where the cell is blank."""
        items = self._columns.get(column)
        return None if items is None or row >= len(items) else items[row]

    def row(self, row: int, left: int, right: int) -> list[object]:
        """Return the values of a row from column `left` to before `right`."""
        return [self.value(row, column) for column in range(left, right)]

    def column(self, column: int, top: int, bottom: int) -> Items:
        """Return the values of a column from row `top` to before `bottom`; a copy."""
        items = np.empty(bottom - top, dtype=object)
        known = self._columns.get(column)
        if known is not None and top < len(known):
            part = known[top:bottom]
            items[: len(part)] = part
        return items


def is_filled(items: Items) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which items are not None."""
    filled: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.asarray(items != None, dtype=bool)  # noqa: E711 - of each item
    return filled


class Calamine:
    """The values of a whole workbook as calamine gives them; the workbook is opened when it is first needed."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @cached_property
    def _workbook(self) -> CalamineWorkbook:
        try:
            return CalamineWorkbook.from_filelike(io.BytesIO(self._data))
        except (CalamineError, OSError, ValueError) as error:
            raise ReadError("read.unreadable", reason=str(error)) from error

    def grid(self, sheet: str) -> Grid:
        """Return a sheet's values; an empty grid for a sheet without cells, such as a chart sheet.

        Raises
        ------
        ReadError
            ``read.unreadable`` if calamine cannot read the workbook.
        """
        if sheet not in self._workbook.sheet_names:
            return Grid({}, 0)
        try:
            found = self._workbook.get_sheet_by_name(sheet)
            return Grid.of_rows(found.to_python(skip_empty_area=True), found.start or (0, 0))
        except (CalamineError, OSError, ValueError) as error:
            raise ReadError("read.unreadable", reason=str(error)) from error

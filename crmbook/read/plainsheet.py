"""Sheets as office programs write them, read column by column in arrays: many times what reading cells one by one does.

The values are those that calamine gives, to the last bit; a sheet that is written in any other way than the plain one
(`crmbook.read.tags`) is left to calamine.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from python_calamine import CalamineError

from crmbook.read.calendar import Calendar
from crmbook.read.exact import refuse_far_cells
from crmbook.read.grid import Grid, is_filled
from crmbook.read.hashing import Seed, of_numbers, of_texts, of_values, total
from crmbook.read.hidden import Hidden, add_cells
from crmbook.read.sheetcells import NotPlainError, read_cells
from crmbook.values import is_blank, object_array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.ooxml import Package
    from crmbook.read.hashing import Numbers
    from crmbook.read.sheetcells import Floats, Rows, SheetCells

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]

_STRINGS: Final = "xl/sharedStrings.xml"


class PlainReader:
    """Reads the plain sheets of one package."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._calendar: Calendar | None = None
        self.spaces: list[int] = []
        """Shared strings of spaces alone, known once `texts` are."""

    def read(self, title: str) -> tuple[Grid, Hidden] | None:
        """Return what is in a sheet and what calamine would hide of it; None where the sheet is not plain."""
        sheet = self._package.sheet(title)
        cells = None if sheet.is_changed else read_cells(sheet.body)
        return None if cells is None else self.shown(title, cells)

    def shown(self, title: str, cells: SheetCells) -> tuple[Grid, Hidden] | None:
        """Return the same, given the cells of the sheet."""
        sheet = self._package.sheet(title)
        sheet.body.passed(cells.passed)
        try:
            grid = self._grid(cells, title, Seed(title))
        except NotPlainError:
            return None
        sheet.has_all_texts = True
        hidden = Hidden(formulas={column: rows.astype(np.intp) for column, rows in cells.formulas.items()})
        add_cells(hidden, sheet, set(cells.slow))
        return grid, hidden

    def _grid(self, cells: SheetCells, title: str, seed: Seed) -> Grid:
        columns, count = {}, 0
        spaces = {}
        heights = {column: cells.last_row(column) for column in cells.columns}
        refuse_far_cells(title, heights)
        for column, height in heights.items():
            known = _Column(self, height, partial(seed.cell_numbers, columns=column))
            if column in cells.shared:
                known.put_shared(*cells.shared[column])
            if column in cells.numbers:
                known.put_numbers(*cells.numbers[column])
            if column in cells.others:
                known.put_others(*cells.others[column])
            columns[column] = known.items
            count += known.total
            if known.spaces:
                spaces[column] = sorted(known.spaces)
        return Grid(columns, cells.height, count, spaces)

    @property
    def calendar(self) -> Calendar:
        """What numbers are under the styles of the package."""
        if self._calendar is None:
            try:
                self._calendar = Calendar(self._package)
            except (
                CalamineError
            ) as error:  # the styles are broken: calamine says of the workbook itself what it is
                raise NotPlainError from error
        return self._calendar

    @cached_property
    def texts(self) -> Items:
        """The shared strings as calamine gives them; those in which nothing can be seen are blank."""
        texts = self._package.trimmed_texts(_STRINGS)
        if texts is None:
            raise NotPlainError
        self.spaces = [number for number, text in enumerate(texts) if text and is_blank(text)]
        items = object_array([text or None for text in texts])
        items[self.spaces] = None
        return items

    @cached_property
    def text_numbers(self) -> Numbers:
        """The number of each shared string, for the sum of cells."""
        return of_texts(object_array([text or "" for text in self.texts.tolist()]), distinct=True)

    @cached_property
    def filled_texts(self) -> Mask:
        """Which shared strings are no blanks."""
        return is_filled(self.texts)


class _Column:
    """The values of one column, and their sum.

    Parameters
    ----------
    height
        How many rows it has.
    cell_numbers
        Returns the numbers of some rows' positions.
    """

    def __init__(self, reader: PlainReader, height: int, cell_numbers: Callable[[Rows], Numbers]) -> None:
        self._reader = reader
        self._places = cell_numbers
        self.items: Items = np.empty(height, dtype=object)
        self.total = 0
        self.spaces: list[int] = []

    def _count(self, rows: Rows, numbers: Numbers) -> None:
        """Add cells to the sum, given the numbers of their values."""
        self.total += total(self._places(rows), numbers)

    def put_shared(self, rows: Rows, indexes: Rows) -> None:
        """Put the shared strings of some numbers into rows."""
        reader = self._reader
        if int(indexes.max(initial=0)) >= len(reader.texts):
            raise NotPlainError
        self.items[rows - 1] = reader.texts[indexes]
        if reader.spaces:
            self.spaces += (rows[np.isin(indexes, reader.spaces)] - 1).tolist()
        filled = reader.filled_texts[indexes]
        self._count(rows[filled], reader.text_numbers[indexes[filled]])

    def put_numbers(self, rows: Rows, numbers: Floats, styles: Rows) -> None:
        """Put numbers into rows, as they are shown under their formats."""
        self.items[rows - 1] = numbers.astype(object)
        counted = of_numbers(numbers)
        distinct, codes = np.unique(styles, return_inverse=True)
        sorts = self._reader.calendar.sorts(distinct.tolist())
        for sort in {sort for sort in sorts if sort is not None}:
            mine = np.flatnonzero(np.array([known is sort for known in sorts])[codes])
            self.items[rows[mine] - 1], counted[mine] = self._reader.calendar.shown(sort, numbers[mine])
        self._count(rows, counted)

    def put_others(self, rows: Rows, values: Sequence[Any]) -> None:
        """Put values into rows."""
        items = object_array(values)
        spaces = [at for at, item in enumerate(values) if item.__class__ is str and is_blank(item)]
        if spaces:
            items[spaces] = None
            self.spaces += (rows[spaces] - 1).tolist()
        self.items[rows - 1] = items
        filled = is_filled(items)
        if filled.any():
            self._count(rows[filled], of_values(items[filled]))

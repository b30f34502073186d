"""What is in the sheets of a workbook: read in arrays where a sheet is plain, else by calamine, else cell by cell."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from crmbook.read.apart import Apart
from crmbook.read.errors import ReadError
from crmbook.read.exact import must_be_exact, read_exactly
from crmbook.read.grid import Calamine, Grid
from crmbook.read.hidden import Hidden, find_hidden
from crmbook.read.plainsheet import PlainReader

if TYPE_CHECKING:
    from crmbook.base import Companion
    from crmbook.ooxml import Package


_BEFORE = (1900, 2, 28)


def _may_show_day_that_never_was(grid: Grid) -> bool:
    """Return whether a day may be 29 February 1900: calamine takes it for the one before."""
    return any(
        item.__class__ in {date, datetime} and (item.year, item.month, item.day) == _BEFORE
        for _, items in grid.iter_columns()
        for item in items.tolist()
    )


class Values:
    """The values of a workbook sheet by sheet, each read once.

    Parameters
    ----------
    package, data
        The workbook, and its bytes.
    plain
        Whether plain sheets may be read in arrays; what is found is the same.
    companion
        A second process that reads some of the sheets, see `crmbook.read.apart`.
    """

    def __init__(
        self, package: Package, data: bytes, *, plain: bool = True, companion: Companion | None = None
    ) -> None:
        self._package = package
        self._calamine = Calamine(data)
        self._plain = PlainReader(package) if plain else None
        self._apart = Apart(package, companion if plain else None)
        self._worksheets = [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]
        self._grids: dict[str, Grid] = {}
        self._hidden: dict[str, Hidden] = {}

    def grid(self, sheet: str) -> Grid:
        """Return a sheet's values; an empty grid for one that is not there or has no cells."""
        if sheet not in self._grids:
            self._read(sheet)
        return self._grids[sheet]

    def hidden(self, sheet: str) -> Hidden:
        """Return what calamine does not report of a sheet."""
        if sheet not in self._grids:
            self._read(sheet)
        return self._hidden.setdefault(sheet, Hidden())

    def _read(self, sheet: str) -> None:
        if sheet not in self._worksheets:
            self._grids[sheet] = Grid({}, 0)
            return
        found = self._plainly(self._plain, sheet) if self._plain else None
        if found is None:
            found = self._by_calamine(sheet) or read_exactly(self._package.sheet(sheet))
        self._grids[sheet], self._hidden[sheet] = found

    def _by_calamine(self, title: str) -> tuple[Grid, Hidden] | None:
        """Return a sheet as calamine reads it; None where it cannot, or would get it wrong."""
        sheet = self._package.sheet(title)
        if must_be_exact(sheet):
            return None
        try:
            grid = self._calamine.grid(title)
        except ReadError:
            return None
        if not self._package.date1904 and _may_show_day_that_never_was(grid):
            return None
        return grid, find_hidden(sheet)

    def _plainly(self, reader: PlainReader, sheet: str) -> tuple[Grid, Hidden] | None:
        """Return a sheet if it is plain: of one that is read apart, what came of it."""
        if self._apart.has(sheet):
            for other in self._worksheets:  # so as not to be idle until it comes
                if other not in self._grids and not self._apart.has(other):
                    self._read(other)
            cells = self._apart.take(sheet)
            if cells is not None:
                return reader.shown(sheet, cells)
        return reader.read(sheet)

"""From the bytes of a workbook to a `Snapshot`: open, find the tables, read their rows, lists and single cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import Location
from crmbook.build import by_sync_property
from crmbook.ooxml import OoxmlError, Package
from crmbook.read.content import Content
from crmbook.read.errors import ReadError
from crmbook.read.locate import Locator
from crmbook.read.rows import read_rows
from crmbook.read.snapshot import ListEntry, Snapshot
from crmbook.read.tablecells import TableCells
from crmbook.read.values import Values
from crmbook.schema import Layout, folded, layout_of
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from crmbook.base import Companion
    from crmbook.read.grid import Grid
    from crmbook.read.locate import TableArea
    from crmbook.read.snapshot import TableSnapshot
    from crmbook.schema import Book, Table


def read_workbook(
    source: Path | str | bytes | Package,
    book: Book,
    layout: Layout | None = None,
    companion: Companion | None = None,
) -> Snapshot:
    """Read a workbook of `book`.

    Parameters
    ----------
    source
        Path of the workbook, its bytes, or the package that was opened from them: what was found once is then not
        looked for again.
    book, layout
        The schema it was built from; the layout is made from the book where it is not at hand.
    companion
        A second process that reads the same bytes, see `crmbook.read.apart`.

    Raises
    ------
    ReadError
        If the file is no workbook (``ooxml.…``, ``read.unreadable``), or none of this book's tables is in it
        (``read.foreign-workbook``).
    """
    location = Location(file=str(source) if isinstance(source, Path | str) else "")
    try:
        package = source if isinstance(source, Package) else Package.open(source)
        values = Values(package, package.to_bytes(), companion=companion)
        return _Reading(book, layout or layout_of(book), package, values).snapshot()
    except OoxmlError as error:
        raise ReadError(error.code, location, **error.params) from error
    except ReadError as error:
        raise ReadError(error.code, location, **error.params) from error


class _Reading:
    """One workbook while it is read; sheets are looked into once."""

    def __init__(self, book: Book, layout: Layout, package: Package, values: Values) -> None:
        self.book = book
        self.layout = layout
        self.package = package
        self.values = values
        self.locator = Locator(layout, package, values)

    def snapshot(self) -> Snapshot:
        areas = {name: area for name in self.layout.tables if (area := self.locator.area(name))}
        tables = {name: self._table(self.book.tables[name], area) for name, area in areas.items()}
        managed = [name for name in self.layout.tables if self.book.tables[name].managed]
        if not any(tables[name].columns for name in managed if name in tables):
            raise ReadError("read.foreign-workbook", title=self.book.title)
        return Snapshot(
            tables=tables,
            missing=tuple(name for name in managed if name not in tables),
            cells=self._cells(),
            lists=self._lists(),
            properties=self.package.properties,
            date1904=self.package.date1904,
            content=Content(self.package, self.values),
        )

    def _table(self, table: Table, area: TableArea) -> TableSnapshot:
        if row := self.locator.headers_astray(table.name, area):
            raise ReadError("read.headers-astray", sheet=area.sheet, row=row, table_row=area.header_row)
        columns = self.locator.columns(table.name, area)
        cells = TableCells(
            self.values.grid(area.sheet),
            self.values.hidden(area.sheet),
            area,
            self.package.sheet(area.sheet),
        )
        by_sync = str(self.package.properties.get(by_sync_property(table.name), "")).split(",")
        return read_rows(table, area, columns, cells, frozenset(by_sync))

    def _cells(self) -> dict[str, object]:
        typed = {name for name, cell in self.book.cells.items() if cell.formula is None}
        found: dict[str, object] = {}
        for name, sheet, row, column in self.locator.cell_places():
            if name in typed:
                unreadable = self.values.hidden(sheet).unreadable.get(column, {}).get(row + 1)
                found[name] = unreadable or self.values.grid(sheet).value(row, column)
        return found

    def _lists(self) -> dict[str, tuple[ListEntry, ...]]:
        """Return the lists of the dictionary whose header is still in its header row."""
        lists: dict[str, tuple[ListEntry, ...]] = {}
        grid = self.values.grid(self.layout.dictionary)
        for name, area in self.layout.lists.items():
            headers = grid.row(area.header_row - 1, 0, grid.width)
            found = {folded(_word(header)): index for index, header in reversed(list(enumerate(headers)))}
            column = found.get(folded(area.header))
            if column is not None:
                parent = found.get(folded(area.parent_header)) if area.parent_header else None
                lists[name] = _entries(grid, area.first_row - 1, column, parent)
        return lists


def _entries(grid: Grid, top: int, column: int, parent: int | None) -> tuple[ListEntry, ...]:
    texts = grid.column(column, top, grid.height).tolist()
    parents = grid.column(parent, top, grid.height).tolist() if parent is not None else [None] * len(texts)
    return tuple(
        ListEntry(_word(text), _word(of) or None)
        for text, of in zip(texts, parents, strict=True)
        if text is not None and _word(text)
    )


def _word(value: object) -> str:
    return tidy(spell(value))

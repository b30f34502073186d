"""Finding the tables in a workbook, and the fields in a table.

A table is found by the name of its ListObject, else by the title of its sheet. A field is found by its exact
header, else by a hidden defined name on the header cell, else by an alias (the header in the other language
among them). So columns may be moved, inserted, hidden and renamed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crmbook.ooxml import parse_sheet_cell
from crmbook.read.snapshot import FoundBy, FoundColumn
from crmbook.schema import ISSUES_TITLE, ROW_ID_TITLE, folded, table_name
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmbook.ooxml import DefinedName, Package
    from crmbook.ooxml import Table as ListObject
    from crmbook.read.values import Values
    from crmbook.schema import Layout, TableLayout

PRIVATE = "_"
"""What the header of a column begins with that its workbook keeps to itself: it is neither read nor written."""
_SEARCHED_ROWS = 20
COLUMN_NAME = re.compile(r"_crmbook\.([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")


def column_name(table: str, name: str) -> str:
    """Return the hidden defined name that marks the header cell of a field."""
    return f"_crmbook.{table}.{name}"


@dataclass(slots=True)
class TableArea:
    """Where a table is in a workbook; rows are 1-based, columns 0-based.

    Attributes
    ----------
    header_row, left, right
        Row of the headers, first column, and the column behind the last.
    last_row
        Last row of the ListObject, 0 where the table has none.
    totals
        Whether the ListObject ends with a row of totals, which `last_row` leaves out.
    is_closed
        Whether other things are below `last_row`, so that no row there is the table's.
    """

    sheet: str
    header_row: int
    left: int
    right: int
    last_row: int = 0
    totals: bool = False
    table_name: str = ""
    is_closed: bool = False


@dataclass(slots=True)
class Columns:
    """The columns of a table that was found."""

    fields: dict[str, FoundColumn] = field(default_factory=dict)
    custom: dict[str, FoundColumn] = field(default_factory=dict)
    issues: FoundColumn | None = None
    row_id: FoundColumn | None = None
    duplicates: list[FoundColumn] = field(default_factory=list)


class Locator:
    """Finds tables, columns and single cells of a book in one workbook."""

    def __init__(self, layout: Layout, package: Package, values: Values) -> None:
        self.layout = layout
        self.values = values
        self._objects = {folded(item.display_name): item for item in package.tables if item.header_rows}
        self._titles = [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]
        self._names = tuple(package.defined_names)
        self._marks = dict(_iter_marks(self._names))

    def area(self, name: str) -> TableArea | None:
        """Return where a table is, None if the workbook does not have it."""
        placed = self.layout.tables[name]
        names = {placed.name, *(table_name(title) for title in placed.table.titles.values())}
        for known in names:
            found = self._objects.get(folded(known))
            if found is not None:
                return replace(self._place_object(found), is_closed=placed.last_row is not None)
        for title in self._titles:
            if folded(title) == folded(placed.sheet) or self.layout.table_for(title) == name:
                return self._at_home(placed, title) or self._search(placed, title)
        return None

    def _at_home(self, placed: TableLayout, title: str) -> TableArea | None:
        """Return where a page's table is that has lost its ListObject, if its headers are where build put them.

        Tables on one page may have the same headers, and no gap between them.
        """
        columns = list(placed.columns.values())
        left, right = columns[0].index, columns[-1].index + 1
        headers = self.values.grid(title).row(placed.header_row - 1, left, right)
        if placed.table.managed or [_text(value) for value in headers] != [one.header for one in columns]:
            return None
        last = placed.last_row
        return TableArea(title, placed.header_row, left, right, last or 0, is_closed=last is not None)

    def _place_object(self, item: ListObject) -> TableArea:
        area = item.area
        taken = [
            other.area for other in self._objects.values() if other is not item and other.sheet == item.sheet
        ]
        grid, right = self.values.grid(item.sheet), area.right
        # Columns that somebody filled in beside the table belong to it, up to the next gap or table.
        while (
            right < grid.width
            and grid.value(area.top - 1, right) is not None
            and not any(other.left <= right + 1 <= other.right for other in taken)
        ):
            right += 1
        last = area.bottom - item.totals_rows
        return TableArea(
            item.sheet, area.top, area.left - 1, right, last, bool(item.totals_rows), item.display_name
        )

    def _search(self, placed: TableLayout, title: str) -> TableArea | None:
        """Find the header row of a table that has lost its ListObject: the one that knows most headers."""
        grid = self.values.grid(title)
        best, area = 0, None
        for row in range(min(grid.height, _SEARCHED_ROWS)):
            for left, right in _runs(grid.row(row, 0, grid.width), gaps=placed.header_row == 1):
                headers = [_text(value) for value in grid.row(row, left, right)]
                known = sum(placed.field_for(header) is not None for header in headers)
                if known > best:
                    best, area = known, TableArea(title, row + 1, left, right)
        return area if best >= min(2, len(placed.columns)) else None

    def columns(self, name: str, area: TableArea) -> Columns:
        """Return which column holds which field."""
        placed = self.layout.tables[name]
        grid = self.values.grid(area.sheet)
        headers = grid.row(area.header_row - 1, area.left, area.right)
        waiting = [
            FoundColumn(area.left + offset, _text(value))
            for offset, value in enumerate(headers)
            if _text(value)
        ]
        columns = Columns()
        waiting = [column for column in waiting if not _take_service(columns, column)]
        exact = {folded(column.header): key for key, column in placed.columns.items()}
        marks = {index: key for (table, key), (sheet, row, index) in self._marks.items()
                 if (table, sheet, row) == (name, area.sheet, area.header_row) and key in placed.columns}  # fmt: skip
        waiting = _take(
            columns, waiting, {column.index: exact.get(folded(column.header)) for column in waiting}, "header"
        )
        waiting = _take(columns, waiting, marks, "name")
        aliases = {column.index: placed.field_for(column.header) for column in waiting}
        _sort_out(columns, _take(columns, waiting, aliases, "alias"), exact)
        return columns

    def headers_astray(self, name: str, area: TableArea) -> int:
        """Return the row of a table's headers if its ListObject ends up beside them, 0 if it does not.

        A program that inserts rows and leaves the ranges of tables as they were makes such files.
        """
        placed = self.layout.tables[name]
        here = self.values.grid(area.sheet).row(area.header_row - 1, area.left, area.right)
        if not area.table_name or any(placed.field_for(_text(value)) for value in here):
            return 0
        found = self._search(placed, area.sheet)
        return found.header_row if found is not None else 0

    def cell_places(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield id, sheet, row and column (0-based) of each single cell that a defined name still points at."""
        ids = {folded(defined): name for name, defined in self.layout.names.items()}
        for item in self._names:
            target = parse_sheet_cell(item.formula)
            if folded(item.name) in ids and target:
                sheet, row, column = target
                yield ids[folded(item.name)], sheet, row - 1, column - 1


def _iter_marks(names: Iterable[DefinedName]) -> Iterator[tuple[tuple[str, str], tuple[str, int, int]]]:
    """Yield (table, field) and the header cell that its defined name points at."""
    for item in names:
        mark, target = COLUMN_NAME.fullmatch(item.name.lower()), parse_sheet_cell(item.formula)
        if mark and target:
            sheet, row, column = target
            yield (mark[1], mark[2]), (sheet, row, column - 1)


def _text(value: object) -> str:
    return tidy(spell(value))


def _runs(values: list[object], *, gaps: bool) -> Iterator[tuple[int, int]]:
    """Yield the runs of filled cells in a row; the whole row as one where `gaps` are allowed."""
    if gaps:
        yield 0, len(values)
        return
    start = None
    for index, value in enumerate([*values, None]):
        if value is not None and start is None:
            start = index
        elif value is None and start is not None:
            yield start, index
            start = None


def _take_service(columns: Columns, column: FoundColumn) -> bool:
    header = folded(column.header)
    if columns.issues is None and header in map(folded, ISSUES_TITLE.values()):
        columns.issues = column
    elif columns.row_id is None and header in map(folded, ROW_ID_TITLE.values()):
        columns.row_id = column
    else:
        return False
    return True


def _take(
    columns: Columns, waiting: list[FoundColumn], known: Mapping[int, str | None], found_by: FoundBy
) -> list[FoundColumn]:
    """Give the columns whose field is `known` to their fields; return the others."""
    left = []
    for column in waiting:
        name = known.get(column.index)
        if name is None or name in columns.fields:
            left.append(column)
        else:
            columns.fields[name] = replace(column, found_by=found_by)
    return left


def _sort_out(columns: Columns, left: list[FoundColumn], exact: Mapping[str, str]) -> None:
    """Tell people's own columns from headers that occur twice."""
    for column in left:
        if column.header.startswith(PRIVATE):
            continue
        if folded(column.header) in exact or column.header in columns.custom:
            columns.duplicates.append(column)
        else:
            columns.custom[column.header] = column

"""Filling a table from columns of data: the bulk writer that building a workbook is made of.

The workbook is a skeleton: the table has its header and one *template row*, whose cells hold the columns'
formats. The rows of data replace that row, streamed into the packed sheet; the table, its filter, the dimension,
validations and conditional formats then reach down to the last of them. If a value is refused, nothing has changed.

Where other things are beside the table, in the rows that it is to have, its cells are set one by one instead.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmbook.ooxml import growth
from crmbook.ooxml.cells import RowMarkup
from crmbook.ooxml.columns import plain_values
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.refs import MAX_ROW, Area, letters, parse_area, reference
from crmbook.ooxml.rows import RowCell, RowWriter
from crmbook.ooxml.rowsplice import CellEdit
from crmbook.ooxml.textindex import TextIndex
from crmbook.ooxml.values import checked
from crmbook.ooxml.xml import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.columns import ColumnFill
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.spreadsheet import Spreadsheet
    from crmbook.ooxml.tables import Table

_NUMBER = re.compile(r'(?<!\s)\s++r="[0-9]*+"')


def fill(
    package: Spreadsheet,
    table_name: str,
    columns: Sequence[ColumnFill],
    count: int,
    heights: Sequence[float | None] = (),
) -> None:
    """Replace the template row of a table by `count` rows; without rows the template row stays.

    Parameters
    ----------
    table_name
        Display name of a table with a header, one row and no totals.
    columns
        Every column of the table, in order, each with `count` values.
    heights
        The height of each row in points, None for that of every row, where the rows have the sheet's lines to themselves;
        office programs may change it. Empty where all are alike.

    Raises
    ------
    MissingError
        ``ooxml.missing-table``.
    EditError
        ``ooxml.table-not-empty``, ``ooxml.column-count``, ``ooxml.column-length``, ``ooxml.table-has-totals``,
        ``ooxml.sheet-full``, ``ooxml.rows-in-the-way``, ``ooxml.formula-too-long``, or why a value cannot be stored
        (see `values.checked`), with its ``cell``.
    """
    table = package.table(table_name)
    _refuse_unfit(table, columns, count)
    if count == 0:
        return
    columns = [replace(column, formula=checked_formula(column.formula)) for column in columns]
    sheet = package.sheet(table.sheet)
    target = _Target(table.area, count, heights)
    _refuse_in_the_way(package, table, target)
    template = _template_row(sheet, target)
    with _all_or_nothing(package, table, sheet):
        growth.resize(package, table, target.grown)
        if template is not None:
            _write_rows(package, sheet, template, columns, target)
        else:
            for row, column, edit in _edits(columns, target):
                sheet.set_at(row, column, edit)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the rows go: the table as it is, the number of its template row, how many rows it gets, and how high they are."""

    table: Area
    count: int
    heights: Sequence[float | None]

    @property
    def first(self) -> int:
        """Number of the first row, the template row."""
        return self.table.bottom

    @property
    def last(self) -> int:
        """Number of the last row."""
        return self.first + self.count - 1

    @property
    def grown(self) -> Area:
        """The table with all its rows."""
        return self.table._replace(bottom=self.last)

    @property
    def rows(self) -> Area:
        """The rows of the table."""
        return self.table._replace(top=self.first, bottom=self.last)

    @property
    def added(self) -> Area:
        """The rows below the template row."""
        return self.rows._replace(top=self.first + 1)


def _refuse_unfit(table: Table, columns: Sequence[ColumnFill], count: int) -> None:
    area, name = table.area, table.display_name
    width = area.right - area.left + 1
    if table.totals_rows:
        raise EditError("ooxml.table-has-totals", table=name)
    if area.bottom != area.top + table.header_rows:
        raise EditError(
            "ooxml.table-not-empty", table=name, rows=area.bottom - area.top + 1 - table.header_rows
        )
    if len(columns) != width:
        raise EditError("ooxml.column-count", table=name, found=len(columns), expected=width)
    for header, column in zip(table.columns, columns, strict=True):
        if len(column.values) != count:
            raise EditError("ooxml.column-length", column=header, found=len(column.values), rows=count)
    if area.bottom + count - 1 > MAX_ROW:
        raise EditError("ooxml.sheet-full", sheet=table.sheet)


def _refuse_in_the_way(package: Spreadsheet, table: Table, target: _Target) -> None:
    """Refuse rows that would run into merged cells, or below the first into other cells or another table."""
    sheet, added = package.sheet(table.sheet), target.added
    found = sheet.first_merged(target.rows)
    if not found and target.count > 1:
        others = (
            other.area for other in package.tables if other.sheet == table.sheet and other.part != table.part
        )
        met = next((reference(area.top, area.left) for area in others if area.meets(added)), None)
        found = sheet.first_filled(added) or met
    if found:
        raise EditError("ooxml.rows-in-the-way", table=table.display_name, sheet=table.sheet, ref=found)


def _template_row(sheet: Sheet, target: _Target) -> RowMarkup | None:
    """Return the template row; None where it, or a row to come, is shared with other cells of the sheet."""
    template = RowMarkup(b"", b"", 0, is_empty_tag=True, cells=())
    for number, raw in sheet.rows():
        if target.first < number <= target.last:
            return None
        if number == target.first:
            template = RowMarkup.parse(raw, number, sheet.prefix, sheet.info.part)
    columns = range(target.table.left, target.table.right + 1)
    is_shared = sheet.prefix or any(cell.column not in columns for cell in template.cells)
    return None if is_shared else template


def _write_rows(
    package: Spreadsheet,
    sheet: Sheet,
    template: RowMarkup,
    columns: Sequence[ColumnFill],
    target: _Target,
) -> None:
    strings = TextIndex(lambda: package.shared_strings)
    cells = []
    lost = False
    for number, column in enumerate(columns, target.table.left):
        cell = template.find(number)
        cells.append(RowCell(letters(number), _style(sheet, template, column, number), column))
        lost = lost or (column.formula is None and cell is not None and cell.has_formula)
    attributes = _NUMBER.sub("", template.attributes.decode()).strip()
    writer = RowWriter(
        cells, strings.of, attributes=attributes, heights=target.heights, date1904=package.date1904
    )
    rows = _with_rows(sheet, target.first, writer.chunks(target.first, target.count))
    try:
        sheet.replace_rows(rows, _dimension(sheet, target))
    except BaseException:
        strings.forget()
        raise
    strings.store()
    gone = sum(cell.type == "s" for cell in template.cells)
    if gone:
        package.shared_strings.uses(-gone)
    if lost:
        package.drop_calculation_chain()


def _style(sheet: Sheet, template: RowMarkup, column: ColumnFill, number: int) -> int:
    """Return the format of a column's cells: its own, else the template cell's, its row's or its sheet column's."""
    cell = template.find(number)
    candidates = (column.style, cell.style if cell else None, template.style, sheet.column_style(number))
    return next((style for style in candidates if style is not None), 0)


def _with_rows(sheet: Sheet, first: int, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the rows of `sheet` with row `first` replaced by `chunks`."""
    for number, raw in sheet.body.rows():
        if number >= first:
            yield from chunks
        if number != first:
            yield raw
    yield from chunks


def _dimension(sheet: Sheet, target: _Target) -> Area | None:
    """Return the area that the sheet states as used, with the new rows in it; None where it states none."""
    stated = sheet.frame.root.find("dimension")
    return parse_area(stated.get("ref") or "A1").union(target.grown) if stated else None


def _edits(columns: Sequence[ColumnFill], target: _Target) -> list[tuple[int, int, CellEdit]]:
    """Return row, column and edit of every cell, all of them checked."""
    edits = []
    for number, column in enumerate(columns, target.table.left):
        for row, value in enumerate(plain_values(column.values, 0, target.count)[0], target.first):
            shown = "" if value is None and column.formula is not None else value
            try:
                edits.append((row, number, CellEdit(checked(shown), column.formula, column.style)))
            except EditError as error:
                raise EditError(error.code, **error.params, cell=reference(row, number)) from error
    return edits


@contextmanager
def _all_or_nothing(package: Spreadsheet, table: Table, sheet: Sheet) -> Iterator[None]:
    """Put table and frame back as they were if the rows cannot be written."""
    head, tail, part = sheet.head, sheet.tail, package.parts.read(table.part)
    try:
        yield
    except BaseException:
        package.replace_part(table.part, part)
        edge = len(sheet.head)
        sheet.edit_frame([Edit(0, edge, head), Edit(edge, edge + len(sheet.tail), tail)])
        raise

"""The rows of one table.

Rows belong to a table down to the end of its ListObject, and further as long as they follow without a gap
(LibreOffice does not extend a table when somebody types below it). Behind a gap of a few rows they still do where
they are records by their look: people leave a line blank to part what they enter. A note below the table is none. A
row of totals ends the table; what is below it is no part of it, but is not forgotten: a row that was in the table
before is not deleted by that. A row counts when somebody typed something into it: formulas that show a value in an
otherwise empty row do not make it one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.base import Unreadable
from crmbook.read.grid import is_filled
from crmbook.read.headings import repeated_headers
from crmbook.read.snapshot import TableSnapshot
from crmbook.read.totals import total_rows
from crmbook.schema import folded
from crmbook.values import object_array, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.read.locate import Columns, TableArea
    from crmbook.read.snapshot import FoundColumn
    from crmbook.read.tablecells import Items, Mask, Positions, TableCells
    from crmbook.schema import Table


_GAP: Final = 10
"""Blank rows below a table behind which a record is still looked for."""


def read_rows(
    table: Table, area: TableArea, columns: Columns, cells: TableCells, by_sync: frozenset[str] = frozenset()
) -> TableSnapshot:
    """Return a table with the rows that somebody filled in; values that sync writes into `by_sync` fill none."""
    rows, below = _found(table, area, columns, cells, by_sync)
    totals = total_rows(table, columns, cells, rows, area) if table.managed else []
    headings = repeated_headers(columns, cells, rows) if table.managed else []
    rows = rows[~np.isin(rows, [*totals, *headings])]
    inputs = [found for name, found in columns.fields.items() if table.fields[name].formula is None]
    for column in (*inputs, *columns.custom.values()):
        cells.look_for_results(column, rows)
    numbers = rows + cells.first_row
    index = pd.Index(numbers, dtype="int64")
    fields = {name: columns.fields[name] for name in table.fields if name in columns.fields}
    wanted, outside = frozenset(numbers.tolist()), (below + cells.first_row).tolist()
    return TableSnapshot(
        name=table.name,
        sheet=area.sheet,
        header_row=area.header_row,
        columns=fields,
        custom=columns.custom,
        issues=columns.issues,
        row_id=columns.row_id,
        frame=_frame(fields, cells, rows, index),
        own=_frame(columns.custom, cells, rows, index),
        row_ids=_series(_row_ids(columns, cells, rows), index),
        marks=_marks(columns, cells, area, wanted.union(outside)),
        formulas={key: _within(numbers, wanted, cells.formula_rows(one)) for key, one in fields.items()},
        spaces={
            name: spaces & wanted
            for name, column in fields.items()
            if (spaces := cells.space_rows(column)) & wanted
        },
        total_rows=tuple(row + cells.first_row for row in totals),
        heading_rows=tuple(row + cells.first_row for row in headings),
        merged_rows=cells.merged_rows,
        hides_ids=columns.row_id is not None and cells.hides(columns.row_id),
        duplicates=tuple(columns.duplicates),
        table_name=area.table_name,
        last_row=area.last_row or max(wanted, default=area.header_row),
        has_totals=area.totals,
        stray_rows=tuple(outside),
        stray_ids=tuple(text for text in _row_ids(columns, cells, below) if text),
    )


def _found(
    table: Table, area: TableArea, columns: Columns, cells: TableCells, by_sync: frozenset[str]
) -> tuple[Positions, Positions]:
    """Return the rows of a table, those typed below it included, and what else is below."""
    rows, below = _split(np.flatnonzero(_filled(table, columns, cells, by_sync)), area)
    if not len(below) or area.totals:
        return rows, below
    last = max(area.last_row - cells.first_row, int(rows[-1]) if len(rows) else -1)
    parted = _parted(last, below, _records(table, columns, cells, below))
    return np.concatenate([rows, below[:parted]]), below[parted:]


def _row_ids(columns: Columns, cells: TableCells, rows: Positions) -> Items:
    """Return the texts of the hidden row ids at some positions."""
    ids: list[Any] = cells.column(columns.row_id)[rows].tolist() if columns.row_id else [None] * len(rows)
    if set(map(type, ids)) == {str}:
        whole = "".join(ids)
        if whole.isascii() and whole.isalnum() and all(ids):  # nothing to tidy, as nearly always
            return object_array(ids)
    texts = ["" if isinstance(item, Unreadable) else tidy(spell(item)) for item in ids]
    return object_array([text or None for text in texts])


def _filled(table: Table, columns: Columns, cells: TableCells, by_sync: frozenset[str]) -> Mask:
    """Return which rows hold anything that somebody typed."""
    filled = np.zeros(cells.height, dtype=bool)
    for name, column in columns.fields.items():
        if table.fields[name].typed and name not in by_sync:
            filled |= cells.typed(column, derived=table.fields[name].formula is not None)
    for column in columns.custom.values():
        filled |= cells.typed(column)
    if columns.row_id is not None and cells.merged_rows:  # all that is left of a row may be hidden
        hidden = np.array(sorted(cells.merged_rows), dtype=np.intp) - cells.first_row
        filled[hidden] |= cells.typed(columns.row_id)[hidden]
    return filled


def _split(rows: Positions, area: TableArea) -> tuple[Positions, Positions]:
    """Return the positions of the table's rows, and of those behind a gap or a row of totals below it."""
    if not area.last_row:
        return rows, rows[:0]
    inside = area.last_row - area.header_row
    if area.totals:
        return rows[rows < inside], rows[rows > inside]
    below = rows[rows >= inside]
    following = below[below - inside == np.arange(len(below))]
    return np.concatenate([rows[rows < inside], following]), below[len(following) :]


def _records(table: Table, columns: Columns, cells: TableCells, rows: Positions) -> Mask:
    """Return which of some filled rows are records by their look: all that is required, more than one cell, no header."""
    count, full = np.zeros(len(rows), dtype=int), np.ones(len(rows), dtype=bool)
    for name, column in columns.fields.items():
        inner = table.fields[name]
        if not inner.typed:
            continue
        typed = cells.typed(column, derived=inner.formula is not None)[rows]
        count += typed
        if inner.required and inner.formula is None and inner.type != "id":
            full &= typed
        title = folded(column.header)
        full &= [folded(spell(value)) != title for value in cells.column(column)[rows].tolist()]
    return full & (count > 1)


def _parted(last: int, below: Positions, are_records: Mask) -> int:
    """Return how many of the rows `below` the row `last` belong to its table: block by block, each nothing but records."""
    parted = 0
    for block in np.split(np.arange(len(below)), np.flatnonzero(np.diff(below) > 1) + 1):
        if below[block[0]] - last - 1 > _GAP or not are_records[block].all():
            break
        last, parted = int(below[block[-1]]), int(block[-1]) + 1
    return parted


def _marks(columns: Columns, cells: TableCells, area: TableArea, rows: frozenset[int]) -> dict[int, str]:
    """Return the texts of the issues column by row: of the rows of the ListObject and of those in `rows`."""
    if columns.issues is None:
        return {}
    column = cells.column(columns.issues)
    filled = np.flatnonzero(is_filled(column))
    texts = {int(at) + cells.first_row: str(column[at]) for at in filled}
    return {
        row: text for row, text in texts.items() if row <= area.last_row or row in rows or not area.last_row
    }


def _within(numbers: Positions, wanted: frozenset[int], rows: Positions) -> frozenset[int]:
    """Return those of `rows` that are wanted; mostly all of the wanted ones hold a formula, or none."""
    if np.array_equal(rows, numbers):
        return wanted
    return wanted.intersection(rows.tolist()) if len(rows) else frozenset()


def _frame(
    columns: Mapping[str, FoundColumn], cells: TableCells, rows: Positions, index: pd.Index
) -> pd.DataFrame:
    data = {name: _series(cells.column(column)[rows], index) for name, column in columns.items()}
    return pd.DataFrame(data, index=index)


def _series(values: Items, index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index, dtype=object)

"""Tables that a program dropped, and columns of row ids: made anew over the cells that still stand there.

Formulas call tables by name, and rows are known by their ids: without either a workbook could not be brought up to
date. What stands in the way (a header twice, or none over a filled column) is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.furniture.note import Note
from crmbook.ooxml.insertion import insert_column
from crmbook.ooxml.newcolumn import ColumnLook, NewColumn
from crmbook.ooxml.newtable import add_table
from crmbook.ooxml.refs import Area, reference
from crmbook.schema.layout import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Layout, TableLayout


def restore_tables(package: Package, snapshot: Snapshot, layout: Layout) -> list[Note]:
    """Give a workbook back the tables, and the columns of row ids, that it has lost; it must be read anew then."""
    return [note for note in _iter_restored(package, snapshot, layout) if note.count]


def _iter_restored(package: Package, snapshot: Snapshot, layout: Layout) -> Iterator[Note]:
    taken = {table.display_name.casefold() for table in package.tables}
    for name, found in snapshot.tables.items():
        known = layout.tables[name]
        if not found.table_name and known.name.casefold() not in taken:
            yield Note("furniture.tables", found.sheet, int(_restore(package, found, known)))
        elif found.table_name and known.row_id and found.row_id is None:
            area = package.table(found.table_name).area
            look = ColumnLook(hidden=True)
            insert_column(
                package, found.sheet, area.right + 1, NewColumn(known.row_id.header, found.table_name, look)
            )
            yield Note("furniture.lost-row-ids", found.sheet, 1)


def _restore(package: Package, found: TableSnapshot, known: TableLayout) -> bool:
    """Make a table of the cells in which it was found; return whether that could be done."""
    headers = _headers(package, found)
    left = min(headers, default=0)
    if not headers or sorted(headers) != list(range(left, left + len(headers))):
        return False
    service = [(known.issues, found.issues), (known.row_id, found.row_id)]
    wanted = [column.header for column, there in service if column is not None and there is None]
    if any(other.sheet == found.sheet for other in package.tables) and wanted:
        return False  # the columns beside it may be another table's
    row, texts = found.header_row, [*headers.values(), *wanted]
    beside = [
        package.sheet(found.sheet).cell(reference(row, left + place)).value for place in range(len(texts))
    ]
    if any(beside[len(headers) :]) or len({folded(text) for text in texts}) < len(texts):
        return False
    last = max(found.last_row, row + 1, *found.frame.index)
    add_table(package, found.sheet, known.name, Area(row, left, int(last), left + len(texts) - 1), texts)
    return True


def _headers(package: Package, found: TableSnapshot) -> dict[int, str]:
    """Return the headers of a table by column, counted from 1, as its cells hold them."""
    service = [column for column in (found.issues, found.row_id) if column is not None]
    columns = [*found.columns.values(), *found.custom.values(), *found.duplicates, *service]
    sheet = package.sheet(found.sheet)
    held = {
        column.index + 1: sheet.cell(reference(found.header_row, column.index + 1)).value
        for column in columns
    }
    texts = {column.index + 1: column.header for column in columns}
    return {
        number: str(value) if isinstance(value, str) else texts[number]
        for number, value in sorted(held.items())
    }

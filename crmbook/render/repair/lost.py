"""What a program dropped that a workbook needs before it is read: tables, columns of row ids, names of single cells.

Formulas call tables by name, and rows are known by their ids: without either a workbook could not be brought up to
date. Tables and columns are made anew over the cells that are still there. What is in the way (a header twice,
or none over a filled column) is left as it is and reported: formulas that would name such a table become values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import describe
from crmbook.build import FIELD_COLUMNS
from crmbook.ooxml import Area, ColumnLook, NewColumn, add_table, insert_column, reference, splice
from crmbook.render.repair.looks import restore_looks
from crmbook.render.repair.note import RepairNote, gathered
from crmbook.render.repair.singles import repair_singles
from crmbook.schema import Layout, folded, layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, TableLayout


def restore_lost(whole: Book, book: Book, package: Package, snapshot: Snapshot) -> list[RepairNote]:
    """Give a workbook back what it has lost; it must be read anew where anything is back.

    Parameters
    ----------
    whole, book
        The whole book, and the part of it that the workbook shows.
    """
    notes = [*_iter_tables(package, snapshot, layout_of(book)), *_iter_field_table(book, package)]
    notes.append(RepairNote("furniture.names", count=repair_singles(book, package)))
    is_rewritten = any(note.count and note.is_back for note in notes)
    notes += restore_looks(whole, book, package, snapshot, is_rewritten=is_rewritten)
    return sorted(gathered(notes), key=lambda note: note.is_back)


def _iter_tables(package: Package, snapshot: Snapshot, layout: Layout) -> Iterator[RepairNote]:
    taken = {table.display_name.casefold() for table in package.tables}
    lost = {layout.tables[name].name for name, found in snapshot.tables.items() if not found.table_name}
    _drop_names(package, lost)
    for name, found in snapshot.tables.items():
        known = layout.tables[name]
        if not found.table_name:
            is_back = known.name.casefold() not in taken and _restore(package, found, known)
            yield RepairNote("furniture.tables" if is_back else "furniture.gone-table", found.sheet)
        elif found.table_name and known.row_id and found.row_id is None:
            area = package.table(found.table_name).area
            look = ColumnLook(hidden=True)
            insert_column(
                package, found.sheet, area.right + 1, NewColumn(known.row_id.header, found.table_name, look)
            )
            yield RepairNote("furniture.lost-row-ids", found.sheet, 1)


def _drop_names(package: Package, lost: set[str]) -> None:
    """Drop defined names that a program made of names of tables it does not know: a table's name is nobody else's."""
    workbook, folded_names = package.workbook, {name.casefold() for name in lost}
    holder = workbook.root.find("definedNames")
    astray = [
        item
        for item in (holder.all("definedName") if holder else ())
        if (item.get("name") or "").casefold() in folded_names
    ]
    if astray:
        package.replace_part(workbook.part, splice(workbook.data, [item.remove() for item in astray]))


def _iter_field_table(book: Book, package: Package) -> Iterator[RepairNote]:
    """Make the table of the dictionary that explains all fields anew, where its cells are still there."""
    name, layout = describe("workbook.field-table", book.lang, {}), layout_of(book)
    titles = {sheet.name for sheet in package.sheets if sheet.kind == "worksheet"}
    row = next((known.header_row for known in layout.lists.values()), 0)
    if layout.dictionary not in titles or name in {table.display_name for table in package.tables} or not row:
        return
    page = next(page for page in book.pages.values() if page.title == layout.dictionary)
    headers = [page.labels[label] for label in FIELD_COLUMNS]
    cells = list(package.sheet(layout.dictionary).cells())
    texts = {cell.column: cell.value for cell in cells if cell.row == row}
    left = next(
        (at for at in texts if [texts.get(at + position) for position in range(len(headers))] == headers), 0
    )
    filled = {cell.row for cell in cells if cell.column == left and cell.row > row and cell.value}
    last = row
    while last + 1 in filled:
        last += 1
    if left and last > row:
        _drop_names(package, {name})
        area = Area(row, left, last, left + len(headers) - 1)
        add_table(package, layout.dictionary, name, area, headers)
        yield RepairNote("furniture.tables", layout.dictionary)


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
        package.sheet(found.sheet).cell(reference(row, left + position)).value
        for position in range(len(texts))
    ]
    if any(beside[len(headers) :]) or len({folded(text) for text in texts}) < len(texts):
        return False
    last = max(found.last_row, row + 1, *found.frame.index)
    area = Area(row, left, int(last), left + len(texts) - 1)
    if any(other.sheet == found.sheet and other.area.meets(area) for other in package.tables):
        return False  # the headers are those of another table
    add_table(package, found.sheet, known.name, area, texts)
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

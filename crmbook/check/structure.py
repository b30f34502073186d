"""What is missing from a workbook, or is where it does not count: sheets, columns, rows, list entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Issue, Location, Severity
from crmbook.schema import Layout, layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Table


def iter_structure_issues(book: Book, snapshot: Snapshot) -> Iterator[Issue]:
    """Yield what is missing, doubled or out of place."""
    layout = layout_of(book)
    for name in snapshot.missing:
        table_layout = layout.tables[name]
        code, location = "check.missing-table", Location(sheet=table_layout.sheet)
        yield Issue(
            code,
            Severity.ERROR,
            location,
            name,
            params={"table": table_layout.table.title, "sheet": table_layout.sheet},
        )
    for name, found in snapshot.tables.items():
        if book.tables[name].managed:
            yield from _iter_missing_columns(book.tables[name], found)
            yield from _iter_stray(found)
            yield from _iter_no_records(found)
    yield from _iter_missing_entries(book, layout, snapshot)


def _iter_missing_columns(table: Table, found: TableSnapshot) -> Iterator[Issue]:
    for target in table.fields.values():
        if target.name in found.columns:
            continue
        needed = target.name == table.key or (target.required and target.typed)
        code = (
            "check.missing-key-column"
            if target.name == table.key and target.typed
            else "check.missing-column"
        )
        severity = Severity.ERROR if needed and target.typed else Severity.WARNING
        location = Location(sheet=found.sheet, cell=f"A{found.header_row}")
        yield Issue(code, severity, location, found.name, "", target.name, params={"field": target.title})
    for column in found.duplicates:
        location = Location(sheet=found.sheet, cell=f"{column.letter}{found.header_row}")
        yield Issue("check.duplicate-header", Severity.ERROR, location, found.name, value=column.header)


def _iter_no_records(found: TableSnapshot) -> Iterator[Issue]:
    """Yield the rows within a table that are no records."""
    kinds = {"check.row-of-totals": found.total_rows, "check.row-of-headers": found.heading_rows}
    for code, rows in kinds.items():
        for row in rows:
            location = Location(sheet=found.sheet, cell=f"A{row}")
            yield Issue(code, Severity.WARNING, location, found.name, params={"row": row})


def _iter_stray(found: TableSnapshot) -> Iterator[Issue]:
    if found.stray_rows:
        location = Location(sheet=found.sheet, cell=f"A{found.stray_rows[0]}")
        params = {"count": len(found.stray_rows), "last": found.last_row}
        code = "check.rows-below-totals" if found.has_totals else "check.rows-below-table"
        yield Issue(code, Severity.WARNING, location, found.name, params=params)


def _iter_missing_entries(book: Book, layout: Layout, snapshot: Snapshot) -> Iterator[Issue]:
    """Yield the entries of fixed lists that somebody took out of the dictionary: formulas still give them."""
    for name, entries in snapshot.lists.items():
        known, table_layout = book.lists[name], layout.lists[name]
        present = {entry.text for entry in entries}
        gone = [text for text in known.texts if text not in present] if known.fixed else []
        for text in gone:
            location = Location(
                sheet=table_layout.sheet, cell=f"{table_layout.letter}{table_layout.header_row}"
            )
            yield Issue(
                "check.missing-entry", Severity.WARNING, location, value=text, params={"list": known.title}
            )

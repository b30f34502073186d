"""People's own columns that a workbook lacks: appended at the right of their table, blank until its rows are placed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import OWN
from crmbook.ooxml import ColumnLook, NewColumn, OoxmlError, insert_columns, reference
from crmbook.read import FoundColumn
from crmbook.schema import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book

_WIDTH: Final = 14.0


def append_own_columns(
    book: Book, snapshot: Snapshot, package: Package, tables: Mapping[str, pd.DataFrame]
) -> Snapshot:
    """Give every table that has its sheet to itself the own columns of `tables`; return the workbook as it is then.

    A header that the table has already, however it is spelled, is not added; where the package layer refuses to
    insert a column, the workbook goes without.
    """
    found = dict(snapshot.tables)
    for name, there in snapshot.tables.items():
        if name not in tables or not there.table_name or book.sheet_of(name).page is not None:
            continue
        headers = _lacking(there, tables[name])
        if headers:
            found[name] = _with_blanks(_with_columns(package, there, headers))
    if all(found[name] is table for name, table in snapshot.tables.items()):
        return snapshot
    return replace(snapshot, tables=found, content=None)


def _lacking(found: TableSnapshot, frame: pd.DataFrame) -> list[str]:
    """Return the headers of the own columns that a table lacks, each once however it is spelled."""
    taken = _headers(found)
    headers = []
    for label in map(str, frame.columns):
        header = label.removeprefix(OWN)
        if header != label and folded(header) not in taken:
            taken.add(folded(header))
            headers.append(header)
    return headers


def _headers(found: TableSnapshot) -> set[str]:
    """Return the headers of a table as they are compared."""
    service = [column for column in (found.issues, found.row_id) if column]
    columns = [*found.columns.values(), *found.custom.values(), *found.duplicates, *service]
    return {folded(column.header) for column in columns}


def _with_columns(package: Package, found: TableSnapshot, headers: Sequence[str]) -> TableSnapshot:
    """Append columns, hundreds at a time: each pass goes through the whole workbook.

    What cannot be appended together may be in parts: up to the last column of a sheet, or all but a header that the
    office programs take for another one.
    """
    area = package.table(found.table_name).area
    first = package.sheet(found.sheet).cell(reference(area.top, area.left))
    look = ColumnLook(_WIDTH, header_style=first.style)
    beside = [column.index + 1 for column in found.custom.values() if column.index + 1 > area.right]
    at = max([area.right, *beside]) + 1
    try:
        new = [NewColumn(header, found.table_name, look) for header in headers]
        insert_columns(package, found.sheet, at, new)
    except OoxmlError:
        middle = len(headers) // 2
        for part in (headers[:middle], headers[middle:]) if middle else ():
            found = _with_columns(package, found, part)
        return found
    for number, header in enumerate(headers, at):
        cell = reference(area.top, number)
        if package.sheet(found.sheet).cell(cell).value != header:  # no table lies around it
            package.sheet(found.sheet).set(cell, header, style=first.style)
    added = {header: FoundColumn(number - 1, header) for number, header in enumerate(headers, at)}
    return replace(found, custom={**found.custom, **added})


def _with_blanks(found: TableSnapshot) -> TableSnapshot:
    """Return a table whose added columns are blank, all of them at once: pandas warns of hundreds put in one by one."""
    added = [header for header in found.custom if header not in found.own.columns]
    if not added:
        return found
    blank = pd.DataFrame(dict.fromkeys(added), index=found.own.index, columns=added, dtype=object)
    return replace(found, own=pd.concat([found.own, blank.where(blank.notna(), None)], axis=1))

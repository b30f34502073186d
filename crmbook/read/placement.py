"""The layout as it is in a workbook now: where people moved, renamed and inserted columns, it follows them.

Whatever build derives from a layout (names, validations, conditional formats, formulas) comes out right for the
workbook at hand when it is derived from this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmbook.ooxml import parse_sheet_cell
from crmbook.schema import Column, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ooxml import DefinedName, Package
    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Layout, ListLayout, TableLayout


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everything of a book is in one workbook.

    Attributes
    ----------
    layout
        The layout, moved to where the columns are; fields that were not found are left out of it.
    fields
        By table that was found, its fields that were found.
    absent
        Fields, as (table, field), that the workbook lacks, or whose table it does not know by name: formulas that read
        them are not written.
    lists
        Dropdown lists whose columns were found.
    headers
        0-based columns of the dictionary by folded header.
    """

    layout: Layout
    fields: Mapping[str, tuple[str, ...]]
    absent: frozenset[tuple[str, str]]
    lists: frozenset[str]
    headers: Mapping[str, int]


def find_placement(layout: Layout, snapshot: Snapshot, package: Package) -> Placement:
    """Return where the book of `layout` is in a workbook."""
    headers = _dictionary_headers(layout, package)
    fields = {name: tuple(snapshot.tables[name].columns) for name in layout.tables if name in snapshot.tables}
    tables = {
        name: _moved_table(known, snapshot.tables[name]) if name in fields else known
        for name, known in layout.tables.items()
    }
    lists = {name: _moved_list(known, headers) for name, known in layout.lists.items()}
    return Placement(
        layout=layout.moved(tables, lists),
        fields=fields,
        absent=frozenset(
            (name, field)
            for name, known in layout.tables.items()
            for field in known.columns
            if field not in fields.get(name, ()) or not snapshot.tables[name].table_name
        ),
        lists=frozenset(
            name
            for name, known in layout.lists.items()
            if {folded(known.header), folded(known.parent_header or known.header)} <= headers.keys()
        ),
        headers=headers,
    )


def _moved_table(known: TableLayout, found: TableSnapshot) -> TableLayout:
    columns = {
        name: Column(found.columns[name].index, found.columns[name].header, column.field)
        for name, column in known.columns.items()
        if name in found.columns
    }
    columns.setdefault(known.table.key, known.columns[known.table.key])  # names of other tables speak of it
    return replace(
        known,
        sheet=found.sheet,
        name=found.table_name or known.name,
        columns=dict(sorted(columns.items(), key=lambda item: item[1].index)),
        issues=Column(found.issues.index, found.issues.header) if found.issues else None,
        row_id=Column(found.row_id.index, found.row_id.header) if found.row_id else None,
        header_row=found.header_row,
        first_row=found.header_row + 1,
        last_row=None if known.last_row is None else known.last_row + found.header_row - known.header_row,
    )


def _moved_list(known: ListLayout, headers: Mapping[str, int]) -> ListLayout:
    return replace(
        known,
        column=headers.get(folded(known.header), known.column),
        parent_column=headers.get(folded(known.parent_header), known.parent_column),
    )


def _dictionary_headers(layout: Layout, package: Package) -> dict[str, int]:
    """Return the columns of the dictionary's header row by folded header; of equal ones the first."""
    if not any(sheet.name == layout.dictionary and sheet.kind == "worksheet" for sheet in package.sheets):
        return {}
    row = next((known.header_row for known in layout.lists.values()), 0)
    cells = list(package.sheet(layout.dictionary).cells(rows={row}))
    return {folded(cell.value): cell.column - 1 for cell in reversed(cells) if isinstance(cell.value, str)}


def target_of(defined: DefinedName) -> tuple[str, int, int] | None:
    """Return sheet, row and column (counted from 1) of the one cell a name stands for, None if it is no cell."""
    return parse_sheet_cell(defined.formula)

"""The dropdown lists in the dictionary: entries that others added or took away, each list within its own column.

People's order is kept and new entries go below. The values of a list that depends on another are together by what
they belong under, and no list has gaps: the names behind the dropdowns count on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import Change, ChangeKind
from crmbook.read import ListEntry
from crmbook.schema import column_letters, folded, layout_of
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml import Package
    from crmbook.read import Snapshot
    from crmbook.schema import Book, ListLayout

    Lists = Mapping[str, tuple[ListEntry, ...]]
    Columns = Mapping[int, Mapping[int, Any]]


def place_lists(
    book: Book, snapshot: Snapshot, package: Package, target: pd.DataFrame
) -> tuple[list[Change], Lists]:
    """Return the changes of the dictionary's lists, and the lists as they will be.

    A list that the target does not know is left as it is.
    """
    layout = layout_of(book)
    wanted = {str(name): _entries(rows) for name, rows in target.groupby("list", sort=False)}
    known = [name for name in layout.lists if name in wanted and name in snapshot.lists]
    if not known:
        return [], snapshot.lists
    layouts = [layout.lists[name] for name in known]
    columns = _columns(package, layout.dictionary, layouts)
    changes, lists = list[Change](), dict(snapshot.lists)
    for name in known:
        lists[name] = arranged(snapshot.lists[name], wanted[name], by=bool(layout.lists[name].parent_header))
        changes += _list_changes(layout.lists[name], columns, lists[name])
    return changes, lists


def arranged(present: Sequence[ListEntry], wanted: Sequence[ListEntry], *, by: bool) -> tuple[ListEntry, ...]:
    """Return the entries of a list in the order that they should have."""
    left = list(wanted)
    entries = [entry for known in present if (entry := _taken(known, present, left))]
    entries += left
    if by:
        order = list(dict.fromkeys(entry.of for entry in entries))
        entries.sort(key=lambda entry: order.index(entry.of))
    return tuple(entries)


def _taken(known: ListEntry, present: Sequence[ListEntry], left: list[ListEntry]) -> ListEntry | None:
    """Return what an entry that is there becomes, None if it goes, and take that off what is `left` to place.

    A text that is there once and is wanted once is one entry, whatever it belongs under.
    """
    if known in left:
        left.remove(known)
        return known
    alike = [entry for entry in left if entry.text == known.text]
    if len(alike) == 1 and [entry.text for entry in present].count(known.text) == 1:
        left.remove(alike[0])
        return alike[0]
    return None


def _entries(rows: pd.DataFrame) -> list[ListEntry]:
    pairs = zip(rows["text"], rows["of"], strict=True)
    return [ListEntry(str(text), None if pd.isna(of) or of == "" else str(of)) for text, of in pairs]


def _columns(package: Package, title: str, layouts: Sequence[ListLayout]) -> Columns:
    """Return what is in the columns of some lists: row → value by column, counted from 1.

    Other columns are not read: that of everything ever entered in a field may be as long as a table.
    """
    sheet = package.sheet(title)
    headers = {
        folded(header)
        for list_layout in layouts
        for header in (list_layout.header, list_layout.parent_header)
        if header
    }
    tops = sheet.cells(rows={list_layout.header_row for list_layout in layouts})
    numbers = {cell.column for cell in tops if folded(_word(cell.value)) in headers}
    columns: dict[int, dict[int, Any]] = {}
    for cell in sheet.cells(columns=numbers):
        if cell.value not in {None, ""}:
            columns.setdefault(cell.column, {})[cell.row] = cell.value
    return columns


def _list_changes(
    list_layout: ListLayout, columns: Columns, entries: Sequence[ListEntry]
) -> Iterator[Change]:
    yield from _column_changes(list_layout, list_layout.header, columns, [entry.text for entry in entries])
    if list_layout.parent_header:
        yield from _column_changes(
            list_layout, list_layout.parent_header, columns, [entry.of for entry in entries]
        )


def _column_changes(
    list_layout: ListLayout, header: str, columns: Columns, texts: Sequence[str | None]
) -> Iterator[Change]:
    column = next(
        (
            number
            for number, cells in sorted(columns.items())
            if folded(_word(cells.get(list_layout.header_row))) == folded(header)
        ),
        None,
    )
    if column is None:
        return
    cells = columns[column]
    filled = {list_layout.first_row + offset: text for offset, text in enumerate(texts)}
    below = (row for row in cells if row >= list_layout.first_row and row not in filled)
    for row, text in [*filled.items(), *((row, None) for row in sorted(below))]:
        if _word(cells.get(row)) != (text or ""):
            ref = f"{column_letters(column - 1)}{row}"
            yield Change(list_layout.sheet, ref, text, ChangeKind.MERGED, old=cells.get(row))


def _word(value: object) -> str:
    return tidy(spell(value))

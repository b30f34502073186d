"""Tables on pages that have one row for each entry of a dropdown list: which rows they have in a workbook.

They follow the list as people left it in the dictionary: an entry that was added has its row, in the order of the list,
one that was renamed or taken away has none any more. Where people wrote something into columns of their own beside the
rows, every row stays where it is, and new entries come below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.ooxml import growth
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml import Package
    from crmbook.read import ListEntry, Snapshot, TableSnapshot
    from crmbook.schema import Book, Table


def follows_list(table: Table) -> bool:
    """Return whether a table has a row for each entry of a list, and nothing of it is in the store."""
    return table.each_of is not None and not table.managed


def with_rows_of_lists(
    book: Book, lists: Mapping[str, Sequence[str]], snapshot: Snapshot | None = None
) -> Book:
    """Return the book whose tables that follow a list have a row for each of its entries.

    Parameters
    ----------
    lists
        The texts of the entries, by list; a list that is missing stays as the schema has it.
    snapshot
        The workbook, whose rows may have something written beside them.
    """
    changed = {}
    for name, table in book.tables.items():
        if table.each_of is None or not follows_list(table) or table.each_of not in lists:
            continue
        shipped = [value.text for value in book.lists[table.each_of].values.values()]
        texts = list(dict.fromkeys(lists[table.each_of]))
        if book.lists[table.each_of].fixed:  # formulas produce its entries, whatever people do to the list
            texts += [text for text in shipped if text not in texts]
        found = snapshot.tables.get(name) if snapshot else None
        if found is not None and found.own.notna().to_numpy().any():
            present = list(dict.fromkeys(_present(table, found)))
            texts = [*present, *(text for text in texts if text not in present)]
        if texts != [row.get(table.key) for row in table.seed[: len(shipped)]]:
            rows = ({table.key: text} for text in texts)
            changed[name] = replace(table, seed=(*rows, *table.seed[len(shipped) :]))
    return replace(book, tables={**book.tables, **changed}) if changed else book


def texts_of(entries: Mapping[str, Sequence[ListEntry]]) -> dict[str, list[str]]:
    """Return the texts of lists' entries."""
    return {name: [entry.text for entry in found] for name, found in entries.items()}


def fit_to_lists(book: Book, package: Package, snapshot: Snapshot) -> None:
    """Let the tables that follow a list, and the charts that draw them, end with the list's last entry."""
    for name, found in snapshot.tables.items():
        table = next((one for one in package.tables if one.display_name == found.table_name), None)
        if table is None or not follows_list(book.tables[name]):
            continue
        bottom = found.header_row + max(len(book.tables[name].seed), 1)
        if bottom != table.area.bottom:
            growth.redraw(package, table, bottom)
            growth.resize(package, table, table.area._replace(bottom=bottom))


def _present(table: Table, found: TableSnapshot) -> Iterator[str]:
    if table.key in found.columns:
        for value in found.frame[table.key].tolist():
            text = tidy(spell(value)) if value is not None else ""
            if text:
                yield text

"""Columns of a role's copy that the role saw once and does not see any more.

They are nobody's own: what is in them is the book's, and was typed by nobody there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.schema import folded

if TYPE_CHECKING:
    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Book, Table


def without_unseen(whole: Book, view: Book, snapshot: Snapshot) -> Snapshot:
    """Return a workbook without the columns of fields that the whole book has and its role does not see."""
    tables = {
        name: _without(found, whole.tables[name], view.tables[name])
        if name in whole.tables and name in view.tables
        else found
        for name, found in snapshot.tables.items()
    }
    return replace(snapshot, tables=tables)


def _without(found: TableSnapshot, whole: Table, view: Table) -> TableSnapshot:
    hidden = [one for name, one in whole.fields.items() if name not in view.fields]
    titles = {folded(title) for one in hidden for title in one.titles.values()}
    unseen = [header for header in found.custom if folded(header) in titles]
    if not unseen:
        return found
    custom = {header: column for header, column in found.custom.items() if header not in unseen}
    return replace(found, custom=custom, own=found.own.drop(columns=unseen, errors="ignore"))

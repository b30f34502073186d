"""Tables that have one row per row of another, such as the analyses of every customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.ingest.follow_up.keys import new_keys
from crmbook.ingest.forgotten import stand_in_row
from crmbook.merge import differs

if TYPE_CHECKING:
    from crmbook.ingest.follow_up.state import Progress
    from crmbook.schema import Field, Table


def keep_one_per_parent(progress: Progress) -> None:
    """Add the rows that are missing, and take away those whose parent was deleted.

    A row that somebody deletes comes back as long as its parent is there. One whose reference never meant a parent
    stays: somebody mistyped it, and what is beside it is theirs. So does one whose reference was put there together
    with the deletion: what somebody types anew is not deleted by the way.
    """
    for table in progress.book.tables.values():
        parent = progress.book.tables.get(table.one_per or "")
        reference = next((inner for inner in table.references_to(table.one_per or "") if inner.typed), None)
        if parent is not None and reference is not None and table.managed and parent.name in progress.tables:
            _remove_orphans(progress, table, reference, parent)
            _add_missing(progress, table, reference, parent)


def _remove_orphans(progress: Progress, table: Table, reference: Field, parent: Table) -> None:
    now, earlier = progress.keys(parent.name), progress.earlier_column(parent.name, parent.key)
    if now.index.equals(earlier.index):
        return
    deleted = earlier[~earlier.index.isin(now.index)].dropna()
    gone = set(deleted.tolist()) - set(now.dropna().tolist())
    if gone:
        named = progress.column(table.name, reference.name)
        before = progress.earlier_column(table.name, reference.name).reindex(named.index)
        rows = named.isin(list(gone)).to_numpy() & ~differs(named, before)
        if rows.any():
            progress.remove(table.name, rows)
            progress.note("removed", table.name, count=int(np.count_nonzero(rows)), parent=parent.title)


def _add_missing(progress: Progress, table: Table, reference: Field, parent: Table) -> None:
    keys = progress.keys(parent.name).drop(index=stand_in_row(parent.name), errors="ignore")
    keys = keys.dropna().drop_duplicates()
    missing = keys[~keys.isin(progress.column(table.name, reference.name).dropna())].tolist()
    if missing:
        own = {table.key: new_keys(progress, table, len(missing))} if table.key_field.type == "id" else {}
        progress.add(table.name, {reference.name: missing, **own})
        progress.note("added", table.name, count=len(missing), parent=parent.title)

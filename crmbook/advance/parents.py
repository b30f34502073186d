"""Tables that have one row per row of another, such as the analyses of every customer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from crmbook.advance.keys import new_keys
from crmbook.merge import with_seen_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.advance.state import Progress
    from crmbook.merge import Merged
    from crmbook.schema import Book, Field, Table

    Tables = Mapping[str, pd.DataFrame]


def with_children(book: Book, results: Mapping[str, Merged], known: Tables) -> dict[str, Merged]:
    """Return merged tables in which a row that came back has its rows in such tables back as well.

    Somebody deleted it, somebody else had edited it, and it survives: what stood beside it went with it only.

    Parameters
    ----------
    known
        What the workbook is known to have held.
    """
    found = dict(results)
    for table in book.tables.values():
        parent = book.tables.get(table.one_per or "")
        reference = next((inner for inner in table.references_to(table.one_per or "") if inner.typed), None)
        if (
            parent is None
            or reference is None
            or not {parent.name, table.name} <= found.keys() & known.keys()
        ):
            continue
        back, rows = found[parent.name], known[table.name]
        keys = back.frame.loc[list(back.added), parent.key].dropna().tolist() if back.added else []
        if not keys or reference.name not in rows.columns:
            continue
        result = found[table.name]
        lost = rows.index[rows[reference.name].isin(keys) & ~rows.index.isin(result.frame.index)]
        if len(lost):
            frame = with_seen_rows(result.frame, [rows], lost)
            found[table.name] = replace(result, frame=frame, added=(*result.added, *lost.tolist()))
    return found


def keep_one_per_parent(progress: Progress) -> None:
    """Add the rows that are missing, and take away those whose parent was deleted.

    A row that somebody deletes comes back as long as its parent is there. One whose reference never meant a parent
    stays: somebody mistyped it, and what stands beside it is theirs.
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
        rows = progress.column(table.name, reference.name).isin(list(gone)).to_numpy()
        if rows.any():
            progress.remove(table.name, rows)
            progress.note("removed", table.name, count=int(np.count_nonzero(rows)), parent=parent.title)


def _add_missing(progress: Progress, table: Table, reference: Field, parent: Table) -> None:
    keys = progress.keys(parent.name).dropna().drop_duplicates()
    missing = keys[~keys.isin(progress.column(table.name, reference.name).dropna())].tolist()
    if missing:
        own = {table.key: new_keys(progress, table, len(missing))} if table.key_field.type == "id" else {}
        progress.add(table.name, {reference.name: missing, **own})
        progress.note("added", table.name, count=len(missing), parent=parent.title)

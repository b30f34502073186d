"""What the references of a workbook may mean: its own rows, those that only the whole book has, and former keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.check.references import Directory, listed, with_names

if TYPE_CHECKING:
    from crmbook.check.checked import Checked
    from crmbook.check.known import Known
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Table


def make_directories(book: Book, snapshot: Snapshot, checked: Checked, known: Known) -> dict[str, Directory]:
    """Return what can be referred to, by table."""
    directories = {
        name: _directory(book.tables[name], snapshot.tables[name].row_ids, checked, known)
        for name in checked.frames
    }
    for name, table in known.book.tables.items() if known.book else ():
        frame = known.tables.get(name)
        if name not in directories and frame is not None and table.key in frame.columns:
            directories[name] = Directory(table, frame, former=partial(_former, table, known))
    return directories


def _directory(table: Table, row_ids: pd.Series, checked: Checked, known: Known) -> Directory:
    """Return the directory of a table that the workbook shows.

    A row that has another key in the book than here, because somebody renamed it in another workbook or in this one,
    is still one row: it is known by both keys and bears its name once. So is a row whose key was emptied here, though
    another workbook may have deleted it since.
    """
    frame, others = with_names(table, checked.frames[table.name]), known.tables.get(table.name)
    others = None if others is None else with_names(table, others)
    labels = list(dict.fromkeys(label for label in (table.key, table.name_field) if label))
    former = partial(_former, table, known, frame, row_ids)
    if others is None or not set(labels) <= set(others.columns):
        return Directory(table, frame, former=former)
    here = set(listed(frame[table.key]))
    more = others.loc[[key not in here for key in listed(others[table.key])], labels]
    is_here = more.index.isin(row_ids.dropna())
    aliases = frozenset(more.loc[is_here, table.key].dropna()) | _emptied(table, frame, row_ids, known)
    if len(more):
        checked.leans_on_others = True
    if not is_here.all():
        frame = pd.concat([frame[labels], more[~is_here]])
    return Directory(table, frame, aliases, former, others)


def _emptied(table: Table, frame: pd.DataFrame, row_ids: pd.Series, known: Known) -> frozenset[str]:
    """Return the keys that rows of the workbook had, and get back, whose cell is blank now."""
    held = known.held.get(table.name)
    blank = frame.index[frame[table.key].isna()]
    if held is None or table.key not in held.columns or not len(blank):
        return frozenset()
    ids = row_ids.reindex(blank).dropna()
    return frozenset(held[table.key].reindex(ids.to_numpy()).dropna())


def _former(
    table: Table, known: Known, frame: pd.DataFrame | None = None, row_ids: pd.Series | None = None
) -> dict[str, str]:
    """Return the keys that rows had before, each with the one that its row has now."""
    rows = known.former(table.name, table.key)
    if not rows:
        return {}
    now: dict[str, str | None] = {}
    if frame is not None and row_ids is not None:
        now |= dict(zip(row_ids.reindex(frame.index).tolist(), listed(frame[table.key]), strict=True))
    others = known.tables.get(table.name)
    if others is not None and table.key in others.columns:
        now |= dict(zip(others.index.tolist(), listed(others[table.key]), strict=True))
    return {old: key for old, row in rows.items() if (key := now.get(row))}

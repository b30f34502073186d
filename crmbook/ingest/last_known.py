"""The last known value in place of a cell that cannot be read, and the last known row in place of one that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.merge import with_seen_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from crmbook.read import Snapshot
    from crmbook.store import Image

    Tables = Mapping[str, pd.DataFrame]
    Unknown = Mapping[tuple[str, str], Collection[str]]


def with_stray(file: Tables, snapshot: Snapshot, shown: Tables) -> dict[str, pd.DataFrame]:
    """Let rows that were moved away below their table, or vanished under a merge, stand for what was last known of them."""
    tables = dict(file)
    for name, found in snapshot.tables.items():
        if name in file and name in shown and (found.stray_ids or found.hides_ids):
            known = shown[name].index
            missing = known[~known.isin(file[name].index)]
            moved = missing if found.hides_ids else missing[missing.isin(found.stray_ids)]
            tables[name] = with_seen_rows(file[name], [shown[name]], moved)
    return tables


def with_known(file: Tables, unknown: Unknown, image: Image | None) -> dict[str, pd.DataFrame]:
    """Let a cell that holds no value stand for what was last known of it, so that mending it is an edit of that."""
    tables = dict(file)
    for (name, label), rows in unknown.items():
        known = image.frames.get(name) if image else None
        if known is None or label not in known.columns or name not in tables or label not in tables[name]:
            continue
        column = tables[name][label].copy()
        mended = [row for row in rows if row in known.index and row in column.index]
        column.loc[mended] = known[label].loc[mended]
        tables[name] = tables[name].assign(**{label: column})
    return tables

"""The difference of two versions of a table, as rows and cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.merge.aligned import Aligned
from crmbook.merge.compare import plain, unequal
from crmbook.merge.result import CellChange

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.merge.compare import Items

    Columns = Mapping[str, tuple[Items, Items, Items]]


def changed_cells(
    old: pd.DataFrame, new: pd.DataFrame
) -> tuple[tuple[str, ...], tuple[str, ...], list[CellChange]]:
    """Return what leads from `old` to `new`: added rows, deleted rows and the changed cells of rows in both.

    Added rows and cells come in the order of `new`, deleted rows in that of `old`. A column that one of the two
    lacks counts as blank there.
    """
    before = Aligned(old, new.index)
    added = tuple(new.index[~before.present].tolist())
    deleted = tuple(old.index[~Aligned(new, old.index).present].tolist())
    labels = [*new.columns, *(label for label in old.columns if label not in new.columns)]
    after = Aligned(new, new.index)
    columns: dict[str, tuple[Items, Items, Items]] = {}
    for label in labels:
        left, right = before.cells(label), after.cells(label)
        positions = np.flatnonzero(unequal(left, right) & before.present)
        if len(positions):
            columns[label] = (positions, left[positions], right[positions])
    return added, deleted, listed(new.index, columns)


def is_undone(shown: pd.DataFrame, latest: pd.DataFrame, file: pd.DataFrame) -> bool:
    """Return whether a file takes anything back that led from `shown` to `latest`: a cell, a new or a deleted row."""
    added = latest.index[~Aligned(shown, latest.index).present]
    deleted = shown.index[~Aligned(latest, shown.index).present]
    if not Aligned(file, added).present.all() or Aligned(file, deleted).present.any():
        return True
    rows = latest.index[Aligned(shown, latest.index).present & Aligned(file, latest.index).present]
    before, after, now = Aligned(shown, rows), Aligned(latest, rows), Aligned(file, rows)
    return any(
        bool(
            (
                unequal(after.cells(label), before.cells(label))
                & ~unequal(now.cells(label), before.cells(label))
            ).any()
        )
        for label in latest.columns
        if label in file.columns
    )


def listed(index: pd.Index, columns: Columns) -> list[CellChange]:
    """Return changed cells row by row, from the positions, old and new values of each column's."""
    if not columns:
        return []
    labels = list(columns)
    positions = np.concatenate([found[0] for found in columns.values()])
    which = np.repeat(np.arange(len(labels)), [len(found[0]) for found in columns.values()])
    old = [value for found in columns.values() for value in plain(found[1])]
    new = [value for found in columns.values() for value in plain(found[2])]
    ids = index[positions].tolist()
    return [
        CellChange(ids[at], labels[which[at]], old[at], new[at])
        for at in np.lexsort((which, positions)).tolist()
    ]

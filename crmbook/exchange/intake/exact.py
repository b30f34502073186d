"""Rows of an export that come back: each is the row that bears its key, or a new one.

An export holds every row once. Two customers who share a telephone and a name were two, and stay so.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmbook.exchange.intake.match import Match
from crmbook.exchange.intake.signs import spelled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pandas as pd

    from crmbook.exchange.intake.cells import Cells
    from crmbook.schema import Table


def match_keys(table: Table, head: pd.DataFrame, cells: Cells, ids: Sequence[str]) -> dict[int, Match]:
    """Return which row each row of an export is.

    Parameters
    ----------
    head
        The table's state.
    ids
        Ids for new rows, as many as the export has rows.
    """
    known = _by_key(table, head)
    lacking = _lacking(table, cells)
    free, found, met = iter(ids), dict[int, Match](), set[str]()
    for row, key in zip(cells.frame.index.tolist(), _keys(table, cells.frame), strict=True):
        row_id = known.get(key or "")
        if row_id is not None and row_id not in met:
            met.add(row_id)
            found[row] = Match("known", row_id, (table.key,))
        else:
            found[row] = Match("unfit") if row in lacking else Match("new", next(free))
    return found


def _lacking(table: Table, cells: Cells) -> set[int]:
    """Return the rows of which a cell that none can do without was no value, such as a masked name."""
    needed = [label for label, target in table.fields.items() if target.to and target.required]
    needed += [table.name_field] if table.name_field else []
    return {row for label in needed for row in cells.refused.get(label, ())}


def _by_key(table: Table, head: pd.DataFrame) -> dict[str, Any]:
    pairs = zip(_keys(table, head), head.index.tolist(), strict=True)
    return {key: row_id for key, row_id in reversed(list(pairs)) if key is not None}


def _keys(table: Table, frame: pd.DataFrame) -> Sequence[str | None]:
    """Return what tells rows apart; where the key is computed, the first field that people fill, counted."""
    label = table.key
    if table.key_field.derived:
        label = next((name for name, target in table.fields.items() if target.typed), label)
    if label not in frame.columns:
        return [None] * len(frame)
    texts = spelled(frame[label])
    if label == table.key:
        return texts
    counts = Counter[str]()
    counts_by_row = []
    for text in texts:
        counts[text or ""] += 1
        counts_by_row.append(f"{text} {counts[text or '']}")
    return counts_by_row

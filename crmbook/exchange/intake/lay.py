"""The lines of a list laid over the rows of one table, and the result merged into its state as edits of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build import number_of
from crmbook.exchange.intake.policies import Rows
from crmbook.ingest import count_ids, next_ids
from crmbook.merge import merge_table
from crmbook.values import ValueKind, to_series, to_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.exchange.intake.match import Match
    from crmbook.exchange.mapping.model import Policy
    from crmbook.ingest import Counting
    from crmbook.schema import Table

    Changes = Mapping[str, tuple[Any, Any]]


def lay(  # noqa: PLR0913, PLR0917 - a list, a table, and what becomes of cells that are filled
    table: Table,
    head: pd.DataFrame,
    frame: pd.DataFrame,
    matches: Mapping[int, Match],
    policies: Mapping[str, Policy],
    said: Mapping[int, Mapping[str, Any]],
) -> tuple[Rows, dict[int, Changes]]:
    """Lay the lines of a list over the rows that they are; return these, and what changed by row of the list.

    Parameters
    ----------
    head
        The table's state.
    frame
        Canonical cells of the list, by row of the source.
    said
        By line and label, the value that a cell gets whatever is there.
    """
    labels = [str(label) for label in frame.columns]
    rows = Rows(table, labels, policies)
    lines = dict(zip(frame.index.tolist(), _lines(table, frame, labels), strict=True))
    known = dict.fromkeys(match.row_id for match in matches.values() if match.verdict == "known")
    standing = head.reindex(index=[row for row in known if row in head.index], columns=labels)
    before = dict(zip(standing.index.tolist(), _lines(table, standing, labels), strict=True))
    changes: dict[int, Changes] = {}
    for row, match in matches.items():
        if match.verdict == "new":
            rows.begin(match.row_id, lines[row], is_new=True)
    for row, match in matches.items():
        if match.verdict == "known":
            if match.row_id not in rows.cells:
                rows.begin(match.row_id, before[match.row_id], is_new=False)
            changes[row] = rows.lay(row, match.row_id, lines[row], said.get(row, {}))
    return rows, changes


def number(
    table: Table,
    head: pd.DataFrame,
    rows: Rows,
    new: Sequence[str],
    counting: Counting,
) -> None:
    """Give new rows the keys that they lack; the counters count on."""
    if not new:
        return
    counting.counters[f"row:{table.name}"] = max(map(number_of, new))
    target = table.key_field
    if target.type != "id":
        return
    standing = head[target.name].dropna()
    if target.name not in rows.labels:
        keys = dict(zip(standing.index.tolist(), standing.tolist(), strict=True))
        rows.widen(target.name, keys)
    position = rows.labels.index(target.name)
    held = [*standing.tolist(), *(key for row in new if (key := rows.cells[row][position]) is not None)]
    blank = [row for row in new if rows.cells[row][position] is None]
    count_ids(target, held, counting.counters)
    for row, key in zip(blank, next_ids(target, len(blank), held, counting), strict=True):
        rows.cells[row][position] = key


def merged(table: Table, head: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """Return a table's state with rows that a list was laid over, as edits of it; a new column comes if it holds anything."""
    if not rows.cells:
        return head
    index = pd.Index(list(rows.cells), dtype=object)
    columns = {
        label: _column(table, label, [line[position] for line in rows.cells.values()], index)
        for position, label in enumerate(rows.labels)
    }
    shown = {label: one for label, one in columns.items() if label in head.columns or one.notna().any()}
    return merge_table(head, head, pd.DataFrame(shown, index=index), keep_missing=True).frame


def _lines(table: Table, frame: pd.DataFrame, labels: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the canonical values of a frame row by row, None for a blank."""
    columns = [_items(table, label, frame[label]) for label in labels]
    return list(zip(*columns, strict=True)) if columns else [()] * len(frame)


def _items(table: Table, label: str, column: pd.Series) -> list[Any]:
    target = table.fields.get(label)
    if target is None:
        return [None if item is None or item != item else item for item in column.tolist()]  # noqa: PLR0124 - NaN
    kind = ValueKind(target.type)
    return [to_value(kind, item) for item in column.tolist()]


def _column(table: Table, label: str, values: Sequence[Any], index: pd.Index) -> pd.Series:
    target = table.fields.get(label)
    if target is None:
        return pd.Series(list(values), index=index, dtype=object)
    return to_series(ValueKind(target.type), values, index)

"""Lists of which every line is a new row for certain, such as next month's orders: taken column by column.

What `crmbook.exchange.intake.match` and `crmbook.exchange.intake.lay` do line by line comes to the same there; half a
million lines take a fraction of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build import number_of
from crmbook.exchange.intake.match import Match
from crmbook.exchange.intake.signs import spelled
from crmbook.ingest import count_ids, next_ids
from crmbook.merge import merge_table
from crmbook.values import ValueKind, to_series

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.ingest import Counting
    from crmbook.schema import Table


def are_new(table: Table, head: pd.DataFrame, frame: pd.DataFrame, external: str) -> bool:
    """Return whether each line bears an identifier of its own in another program, which no row of the book has.

    A table whose rows are known by other values too, such as a telephone, is none of these.
    """
    if table.identity or external not in frame.columns:
        return False
    if table.key in frame.columns and frame[table.key].notna().any():
        return False
    texts = spelled(frame[external])
    known = set(texts)
    if None in known or len(known) < len(texts):
        return False
    return external not in head.columns or known.isdisjoint(spelled(head[external]))


def match_new(frame: pd.DataFrame, ids: Sequence[str], unfit: Collection[int]) -> dict[int, Match]:
    """Return lines as new rows, but for those at positions that say too little."""
    free = iter(ids)
    return {
        row: Match("unfit") if position in unfit else Match("new", next(free))
        for position, row in enumerate(frame.index.tolist())
    }


def laid_new(
    table: Table,
    head: pd.DataFrame,
    frame: pd.DataFrame,
    matches: Mapping[int, Match],
    counting: Counting,
) -> pd.DataFrame:
    """Return a table's state with new rows and their keys; the counters count on."""
    new = {row: match.row_id for row, match in matches.items() if match.verdict == "new"}
    if not new:
        return head
    lines = frame if len(new) == len(frame) else frame.loc[list(new)]
    rows = lines.set_axis(pd.Index(list(new.values()), dtype=object), axis=0)
    counting.counters[f"row:{table.name}"] = number_of(next(reversed(new.values())))  # ids are given in order
    columns = {str(label): _as_kept(table, str(label), rows[label]) for label in rows.columns}
    if table.key_field.type == "id":
        columns[table.key] = _with_keys(table, head, rows, counting)
    shown = {label: one for label, one in columns.items() if label in head.columns or one.notna().any()}
    return merge_table(head, head, pd.DataFrame(shown, index=rows.index), keep_missing=True).frame


def _as_kept(table: Table, label: str, column: pd.Series) -> pd.Series:
    """Return a column as a state holds it: of people's own ones None for a blank."""
    return column if label in table.fields else column.astype(object).where(column.notna(), None)


def _with_keys(table: Table, head: pd.DataFrame, rows: pd.DataFrame, counting: Counting) -> pd.Series:
    """Return the keys of new rows: those that the list gives, the next free ones for the others."""
    target = table.key_field
    kind = ValueKind(target.type)
    held: list[Any] = head[target.name].dropna().tolist()
    if target.name not in rows.columns:
        return to_series(kind, next_ids(target, len(rows), held, counting), rows.index)
    given = rows[target.name]
    held += given.dropna().tolist()
    count_ids(target, held, counting.counters)
    blank = given.isna()
    free = iter(next_ids(target, int(blank.sum()), held, counting))
    keys = [next(free) if is_blank else key for key, is_blank in zip(given, blank, strict=True)]
    return to_series(kind, keys, rows.index)

"""What the state holds of rows that were merged or declared different: two frames of its own beside the tables.

`MERGED` has a row for each row that went into another one, under its id: its table, its key, and the row that stays. A row
that is in its table again counts no more: its merging was undone, or it came out of the bin. `DISTINCT` has a row for each
pair of which somebody said that it is two. Both are parts of the state like any other, so that a revision brings them and
undoing it takes them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crmbook.schema import Table

    Tables = Mapping[str, pd.DataFrame]
    Former = Callable[[str, str], Mapping[Any, str]]

MERGED: Final = "_merged"
DISTINCT: Final = "_distinct"
_BETWEEN: Final = "|"


@dataclass(frozen=True, slots=True)
class Gone:
    """A row that went into another one.

    Attributes
    ----------
    key
        Its key when it went.
    kept
        The id of the row that stays.
    """

    table: str
    row_id: str
    key: str
    kept: str


def with_merged(tables: Tables, gone: Iterable[Gone]) -> dict[str, pd.DataFrame]:
    """Return a state that also knows that some rows went into others."""
    rows = {one.row_id: (one.table, one.key, one.kept) for one in gone}
    return {**tables, MERGED: _added(tables.get(MERGED), ("table", "key", "kept"), rows)}


def with_distinct(tables: Tables, table: str, first: str, second: str) -> dict[str, pd.DataFrame]:
    """Return a state that also knows that two rows are not the same."""
    one, other = sorted((first, second))
    rows = {f"{one}{_BETWEEN}{other}": (table, one, other)}
    return {**tables, DISTINCT: _added(tables.get(DISTINCT), ("table", "first", "second"), rows)}


def distinct_pairs(tables: Tables, table: str) -> set[frozenset[str]]:
    """Return the pairs of a table's rows of which somebody said that they are two."""
    frame = tables.get(DISTINCT)
    if frame is None:
        return set()
    mine = frame[frame["table"] == table]
    return {frozenset(pair) for pair in zip(mine["first"].tolist(), mine["second"].tolist(), strict=True)}


def survivors(tables: Tables, table: str) -> dict[str, str]:
    """Return the rows that went into others and are not back, each with the one that stays today."""
    frame, rows = tables.get(MERGED), tables.get(table)
    if frame is None or rows is None:
        return {}
    mine = frame[(frame["table"] == table) & ~frame.index.isin(rows.index)]
    kept = dict(zip(mine.index.tolist(), mine["kept"].tolist(), strict=True))
    found = {}
    for row_id in kept:
        last, seen = row_id, set[str]()
        while last in kept and last not in seen:
            seen.add(last)
            last = kept[last]
        if last in rows.index:
            found[row_id] = last
    return found


def aliases(tables: Tables, table: Table) -> dict[str, str]:
    """Return the keys of rows that went into others, each with the key of the one that stays; none that a row has today."""
    stays = survivors(tables, table.name)
    if not stays:
        return {}
    keys, gone = tables[table.name][table.key], tables[MERGED]["key"]
    now = set(keys.dropna().tolist())
    return {
        old: new
        for row_id, kept in stays.items()
        if (old := gone[row_id]) and old not in now and isinstance(new := keys[kept], str)
    }


def merged_keys(tables: Tables) -> Former:
    """Return what the keys of rows that went into others mean, where nobody knows what rows were called before."""
    return following(partial(_gone, tables), tables)


def _gone(tables: Tables, table: str, _label: str) -> Mapping[Any, str]:
    mine = tables[MERGED][tables[MERGED]["table"] == table] if MERGED in tables else None
    return {} if mine is None else dict(zip(mine["key"].tolist(), mine.index.tolist(), strict=True))


def following(former: Former, tables: Tables) -> Former:
    """Return what rows had a value before, where those that went into others stand for the ones that stay."""
    return partial(_following, former, tables) if MERGED in tables else former


def _following(former: Former, tables: Tables, table: str, label: str) -> Mapping[Any, str]:
    found, stays = former(table, label), survivors(tables, table)
    return {value: stays.get(row, row) for value, row in found.items()} if stays else found


def _added(
    frame: pd.DataFrame | None, labels: Sequence[str], rows: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    index = pd.Index(list(rows), dtype=object)
    new = pd.DataFrame([list(row) for row in rows.values()], index=index, columns=list(labels), dtype=object)
    return new if frame is None else pd.concat([frame[~frame.index.isin(index)], new])

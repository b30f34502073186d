"""The sample of the standard book as a merged state, and edits to it as a merge would leave them."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build.identity import row_ids
from crmbook.check import check_cells
from crmbook.ingest.follow_up import Followed, follow
from crmbook.ingest.identify import identify, state_frames
from crmbook.merge import differs
from crmbook.read import read_workbook
from crmbook.schema.recompute import recompute
from tests.books import book_of, built

if TYPE_CHECKING:
    from collections.abc import Mapping

    Tables = dict[str, pd.DataFrame]

DAY = dt.date(2023, 4, 1)
BOOK = book_of()
STAGES = ("prospects", "evaluation", "followups", "relationships", "maintenance", "recovery")


@cache
def _sample(template: str, example: str) -> tuple[Tables, dict[str, int]]:
    book = book_of(template, example=example)
    snapshot = read_workbook(built(example, template).data, book)
    checked = check_cells(book, snapshot, DAY)
    identity = identify(book, snapshot, checked, None, {}, {}, {})
    frames, _ = state_frames(book, snapshot, checked, identity)
    return frames, identity.counters


def state(template: str = "standard", example: str = "sample") -> Tables:
    return dict(_sample(template, example)[0])


def blank() -> Tables:
    """The sample's tables without any customer; scoring rules stay."""
    return {
        name: frame if name in ("bands", "parameters", "_lists") else frame.iloc[:0]
        for name, frame in state().items()
    }


def typed(tables: Mapping[str, pd.DataFrame], table: str, row: str, **values: Any) -> Tables:
    """Return the state after somebody typed into one row."""
    frame = tables[table].copy()
    for label, value in values.items():
        frame.loc[row, label] = value
    return {**tables, table: frame}


def entered(tables: Mapping[str, pd.DataFrame], table: str, *rows: Mapping[str, Any]) -> Tables:
    """Return the state after somebody entered new rows; their ids begin at 900."""
    frame = tables[table]
    first = 900 + sum(len(text) > 7 for text in frame.index)
    index = pd.Index(row_ids(table, len(rows), first), dtype=object)
    data = {
        label: pd.Series([row.get(label) for row in rows], index=index, dtype=object).astype(
            frame[label].dtype
        )
        for label in frame
    }
    added = pd.DataFrame(data, index=index)
    return {**tables, table: pd.concat([frame, added]) if len(frame) else added}


def gone(tables: Mapping[str, pd.DataFrame], table: str, *rows: str) -> Tables:
    return {**tables, table: tables[table].drop(index=list(rows))}


def complete(
    tables: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame], **counters: int
) -> Followed:
    return follow(BOOK, tables, before, counters or {"row:customers": 99}, DAY)


def row_of(tables: Mapping[str, pd.DataFrame], table: str, key: str) -> str:
    frame = tables[table]
    [row] = frame.index[frame[BOOK.tables[table].key] == key]
    return str(row)


def keys(tables: Mapping[str, pd.DataFrame], table: str) -> list[str]:
    column: list[str] = tables[table][BOOK.tables[table].key].tolist()
    return column


STAGE = {name: entry.text for name, entry in BOOK.lists["stage"].values.items()}  # noqa: PD011 - a list's entries


def stage(tables: Mapping[str, pd.DataFrame], key: str) -> str:
    """Return the stage that a customer's row shows."""
    known = {name: frame for name, frame in tables.items() if name in BOOK.tables}
    frame = recompute(BOOK, known, DAY).frames["customers"]
    [text] = frame.loc[frame["customer_id"] == key, "current_stage"]
    return str(text)


def same(left: Mapping[str, pd.DataFrame], right: Mapping[str, pd.DataFrame]) -> bool:
    return left.keys() == right.keys() and all(
        frame.index.equals(right[name].index)
        and not any(differs(frame[label], right[name][label]).any() for label in frame)
        for name, frame in left.items()
    )

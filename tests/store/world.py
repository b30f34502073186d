"""A small book for the store: frames as every stage passes them on, and what it takes to commit them."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.store import BookRecord, Commit, Frames, Image, Step, Store, WorkbookRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORKBOOK = WorkbookRecord("w1", holder="王芳", path="客户.xlsx")
DAY = dt.date(2023, 1, 5)
MOMENT = dt.datetime(2023, 1, 5, 14, 30, 0, 250)


def a_book(book_id: str = "b", **fields: Any) -> BookRecord:
    return BookRecord(book_id, "crm", "zh", "f1", schema={"customers": {"name": "text"}}, **fields)


def frame(ids: Sequence[str], **columns: Sequence[Any]) -> pd.DataFrame:
    """A table: numbers, days and moments where a whole column is one, objects otherwise."""
    index = pd.Index(list(ids), dtype=object)
    typed = {}
    for label, items in columns.items():
        values = column(items)
        typed[label] = pd.Series(
            values, index=index, dtype=values.dtype
        )  # pandas would read texts into its own dtype
    return pd.DataFrame(typed, index=index)


def column(items: Sequence[Any]) -> np.ndarray:
    filled = [item for item in items if item is not None]
    if filled and all(type(item) in {int, float} for item in filled):
        return np.array([np.nan if item is None else item for item in items], dtype=np.float64)
    if filled and all(isinstance(item, dt.date) for item in filled):
        return np.array(items, dtype="datetime64[us]")
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


def customers() -> pd.DataFrame:
    return frame(
        ["c1a", "c2b", "c3c"],
        name=["张三", "李四", None],
        amount=[500, None, 0.1],
        since=[DAY, None, dt.date(9999, 12, 31)],
        called=[MOMENT, None, dt.datetime(1900, 1, 1)],
        **{"own:备注": [True, "x", DAY]},
    )


def commit(store: Store, *steps: Mapping[str, pd.DataFrame | None], **parts: Any) -> int:
    """Commit some steps on top of the head."""
    head = store.head("b")
    with store.lease("b") as lease:
        return store.commit(
            lease,
            "b",
            Commit(head.revision, [Step("sync", "王芳", "w1", tables=tables) for tables in steps], **parts),
        )


def image(frames: Frames, export: int = 1, **fields: Any) -> dict[str, Any]:
    """What a commit takes to keep what the workbook held."""
    return {"workbook": WORKBOOK, "image": Image(export, frames, **fields)}


def assert_same(left: Mapping[str, pd.DataFrame], right: Mapping[str, pd.DataFrame]) -> None:
    """Both hold the same tables: labels, kinds, rows, order and every value."""
    assert sorted(left) == sorted(right)
    for name, mine in left.items():
        pd.testing.assert_frame_equal(canonical(mine), canonical(right[name]), check_exact=True)
        for place in range(mine.shape[1]):
            types = [[type(item) for item in side.iloc[:, place]] for side in (mine, right[name])]
            assert types[0] == types[1], (name, mine.columns[place])


def canonical(table: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    table.index = pd.Index(table.index, dtype=object)
    table.columns = pd.Index(table.columns, dtype=object)
    return table

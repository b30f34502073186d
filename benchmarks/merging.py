"""Merging what two people made of a table of 100,000 rows and 15 columns, against daff.

Each changed 1 % of the rows in three columns, 50 rows were changed by both; nobody added or deleted rows, which
takes daff five times as long. We get the three versions as the frames that the store and the reader hand to the
merge, daff as lists of texts, which is what it makes of CSV files; both merge in memory.
"""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import cells
from benchmarks.contest import Contest, Entrant, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    Columns = list[list[Any]]

ROWS = 100_000
COMMON = 50
KEY, NAME, CITY, AMOUNT, DAY = (
    cells.HEADERS.index(header) for header in ("客户ID", "姓名", "城市", "金额", "登记日期")
)


def versions(rows: int = ROWS) -> tuple[Columns, Columns, Columns]:
    """Return base, head and file, each a list of columns; both people work at the same rows only where they differ."""
    base = cells.columns(rows)
    places = random.Random(2).sample(range(rows), rows // 50 + COMMON)
    both = places[:COMMON]
    mine, yours = places[COMMON::2], places[COMMON + 1 :: 2]
    return base, _edited(base, [*both, *mine], "甲", 11), _edited(base, [*both, *yours], "乙", 22)


def _edited(base: Columns, places: list[int], who: str, seed: int) -> Columns:
    columns = [list(column) for column in base]
    for place in places:
        columns[NAME][place] = f"{who}{columns[NAME][place]}"
        columns[AMOUNT][place] += seed
        columns[DAY][place] += timedelta(days=3000 + seed)
    return columns


def ours(_folder: Path) -> Callable[[], object]:
    return partial(_merge, *map(as_frame, versions()))


def as_frame(columns: Columns) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    index = pd.Index([f"{key}r" for key in columns[KEY]], dtype=object)
    series = {}
    for header, values in zip(cells.HEADERS, columns, strict=True):
        text = isinstance(values[0], str)
        dtype = object if text else "datetime64[us]" if header in cells.DATES else np.float64
        # Each version reads its own bytes, so no text is one object in two of them.
        items = [value.encode().decode() for value in values] if text else values
        series[header] = pd.Series(np.array(items, dtype=dtype), index=index, dtype=dtype)
    return pd.DataFrame(series, index=index)


def _merge(base: pd.DataFrame, head: pd.DataFrame, file: pd.DataFrame) -> Any:
    from crmbook.merge import merge_table

    return merge_table(base, head, file)


def daff(_folder: Path) -> Callable[[], object]:
    return partial(_merge_daff, *map(as_texts, versions()))


def as_texts(columns: Columns) -> list[list[str]]:
    return [list(cells.HEADERS), *(list(map(str, row)) for row in zip(*columns, strict=True))]


def _merge_daff(base: list[list[str]], head: list[list[str]], file: list[list[str]]) -> int:
    """Merge into `head`; return the number of conflicts."""
    from daff import CompareFlags, Merger, PythonTableView

    tables = [PythonTableView(rows) for rows in (base, head, file)]
    return Merger(*tables, CompareFlags()).apply()


def same(_folder: Path) -> Callable[[], None]:
    return _compare


def _compare() -> None:
    """Raise unless both come to the same rows; where two edits met, daff writes a marker that names both."""
    made = versions()
    merged = _merge(*map(as_frame, made))
    base, head, file = map(as_texts, made)
    conflicts = _merge_daff(base, head, file)
    if conflicts != len(merged.conflicts):
        raise AssertionError(f"not the same conflicts: {len(merged.conflicts)} {conflicts}")
    theirs = {row[KEY]: row for row in head[1:]}
    rows = [_texts(row) for row in merged.frame.itertuples(index=False)]
    if len(rows) != len(theirs):
        raise AssertionError(f"not the same number of rows: {len(rows)} {len(theirs)}")
    for row in rows:
        for mine, other in zip(row, theirs[row[KEY]], strict=True):
            if mine != other and f"))) {mine} /// " not in other:
                raise AssertionError(f"not the same cells: {row} {theirs[row[KEY]]}")


def _texts(row: tuple[Any, ...]) -> list[str]:
    """Return a row as daff holds it: days without a time, whole numbers of such columns without a point."""
    whole = {"数量", "次数", "评分"}
    return [
        str(value.date()) if header in cells.DATES else str(int(value)) if header in whole else str(value)
        for header, value in zip(cells.HEADERS, row, strict=True)
    ]


CONTEST = Contest(
    name="merging",
    work="merge two people's edits of 100,000 × 15",
    ours=Entrant("crmbook", "benchmarks.merging:ours"),
    peers=(Peer("daff", "benchmarks.merging:daff", target=20),),
    same="benchmarks.merging:same",
    rounds=5,
)

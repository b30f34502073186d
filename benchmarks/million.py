"""Writing a million rows of 15 columns in little memory.

The table is one of transactions: an id that is different in every row, the customer's id (100,000 customers) and
five more texts that repeat, numbers as NumPy arrays, as data frames hold them. The peak counts the data, NumPy and
the interpreter too.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import writing
from benchmarks.contest import Contest, Entrant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 1_000_000


def ours(folder: Path) -> Callable[[], None]:
    import numpy as np

    made = np.random.default_rng(1)
    customers = np.array([f"C{number:07d}" for number in range(100_000)], dtype=object)

    def texts(stock: list[str]) -> list[str]:
        return np.array(stock, dtype=object)[made.integers(0, len(stock), ROWS)].tolist()

    def days() -> object:
        return np.datetime64("2020-01-01", "D") + made.integers(0, 2000, ROWS)

    data = [
        [f"T{row:08d}" for row in range(ROWS)],
        texts(customers.tolist()),
        *(texts([f"{kind}{number}" for number in range(count)]) for kind, count in _STOCKS.items()),
        *(made.integers(0, 1000, ROWS) for _ in range(2)),
        *(made.uniform(0, 10_000, ROWS).round(2) for _ in range(2)),
        made.random(ROWS),
        days(),
        days(),
        made.integers(1, 6, ROWS),
    ]
    return partial(writing.write, folder / "million.xlsx", data)


_STOCKS = {"姓名": 5000, "城市": 300, "商品": 2000, "付款方式": 5, "备注": 5000}

CONTEST = Contest(
    name="million",
    work="write a table of 1,000,000 × 15",
    ours=Entrant("crmbook", "benchmarks.million:ours"),
    rounds=1,
    memory=600,
)

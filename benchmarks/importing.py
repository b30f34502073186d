"""Importing half a million transactions from a CSV file into a book of 10,000 customers, against pandas into SQLite.

Ours is what ``crmbook import --yes`` does between the file and the store: the file is sniffed and read, its columns are
mapped, every cell is checked, each customer's id looked up, each row matched with those that are there, and all is kept
as one revision. pandas reads the same file, days as days, and writes it into a table of a new SQLite database.
"""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import scale
from benchmarks.contest import Contest, Entrant, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS, CUSTOMERS = 500_000, 10_000
_HEADERS = ("订单号", "客户ID", "交易日期", "交易金额", "购买商品", "付款方式", "数量")
_PRODUCTS = [f"商品{number}" for number in range(2000)]
_PAYMENTS = ("信用卡", "支付宝", "微信支付", "现金")


def listed(folder: Path, rows: int) -> Path:
    """Return a CSV file of transactions, written unless it is there."""
    path = folder / f"transactions-{rows}.csv"
    if not path.exists():
        dice = random.Random(1)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADERS)
            writer.writerows(_line(number, dice) for number in range(rows))
    return path


def _line(number: int, dice: random.Random) -> tuple[object, ...]:
    day = date(2020, 1, 1) + timedelta(days=dice.randrange(2000))
    amount = f"{dice.randrange(100, 1_000_000) / 100:.2f}"
    customer = f"{dice.randrange(CUSTOMERS) + 1:06}"
    return (
        f"D{number:09}", customer, day, amount, dice.choice(_PRODUCTS), dice.choice(_PAYMENTS), dice.randrange(1, 9)
    )  # fmt: skip


def ours(folder: Path, rows: int = ROWS) -> Callable[[], object]:
    """Return our import; the book with its customers is made before."""
    import shutil

    store = folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    return partial(_import, listed(folder, rows), store, _begin(store))


def _begin(place: Path) -> str:
    """Keep a book of customers alone, and return its id."""
    from crmbook.schema import load_book
    from crmbook.store import Commit, Step, Store
    from crmbook.sync.checkout import counters_of, first_state, new_record

    book = load_book("standard", "zh")
    record = new_record(book)
    tables = first_state(book, {"customers": scale.frames(book, CUSTOMERS, 1)["customers"]})
    with Store.open(place) as store:
        store.add_book(record)
        with store.lease(record.book_id) as lease:
            step = Step("build", "", tables=tables)
            store.commit(lease, record.book_id, Commit(0, [step], counters_of(book, tables)))
    return record.book_id


def _import(path: Path, place: Path, book_id: str) -> int:
    from crmbook.exchange import ListWish, Target, open_lots, plan_lot, take_in
    from crmbook.schema import load_book
    from crmbook.store import Store

    book = load_book("standard", "zh")
    with Store.open(place) as store:
        [lot] = open_lots(path, book, (), ListWish())
        planned = plan_lot(Target(book, store.head(book_id), date(2026, 1, 1)), lot, ListWish())
        return take_in(store, store.book(book_id), book, planned.plan, "", lot.note.to_text())


def pandas(folder: Path, rows: int = ROWS) -> Callable[[], object]:
    """Return what pandas does."""
    database = folder / "pandas.sqlite"
    database.unlink(missing_ok=True)
    return partial(_to_sql, listed(folder, rows), database)


def _to_sql(path: Path, database: Path) -> None:
    import sqlite3

    import pandas as pd

    frame = pd.read_csv(path, dtype={"订单号": str, "客户ID": str}, parse_dates=["交易日期"])
    with sqlite3.connect(database) as connection:
        frame.to_sql("transactions", connection, index=False)


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless the store and the database hold the same purchases."""
    import sqlite3

    import pandas as pd

    from crmbook.store import Store

    with Store.open(folder / "store") as store:
        mine = store.head(store.books()[0].book_id).tables["transactions"]
    with sqlite3.connect(folder / "pandas.sqlite") as connection:
        theirs = pd.read_sql("SELECT * FROM transactions", connection, parse_dates=["交易日期"])
    labels = {
        "own:订单号": "订单号",
        "customer_id": "客户ID",
        "date": "交易日期",
        "amount": "交易金额",
        "quantity": "数量",
    }
    mine = mine[list(labels)].rename(columns=labels).sort_values("订单号").reset_index(drop=True)
    theirs = theirs[list(labels.values())].sort_values("订单号").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)


CONTEST = Contest(
    name="importing",
    work="import 500,000 transactions from CSV",
    ours=Entrant("crmbook", "benchmarks.importing:ours"),
    peers=(Peer("pandas read_csv + to_sql", "benchmarks.importing:pandas", target=1 / 3),),
    same="benchmarks.importing:same",
    memory=1536,
)

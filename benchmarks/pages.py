"""What the pages of the day cost: the same rows in a book of the standard template, and in one without them.

The plain book lacks 跟进提醒, 客户关系管理总结 and 客户画像, and the hidden columns of other sheets that serve only these. Both are built
as ``crmbook build`` does, synced once, edited in one row of a hundred, and kept in the temporary folder. The first contest is the sync of
these edits, the second how long LibreOffice takes to load the synced book: the program runs already when the clock starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Contest, Entrant, Peer, Took
from benchmarks.recomputing import answer_of, started
from benchmarks.scale import AS_OF, PER_CUSTOMER, frames
from benchmarks.syncing import BOOK, EDITED, customers, edit, sync

if TYPE_CHECKING:
    from collections.abc import Callable

TENTH = 10
PLAIN = "without_pages"
TEMPLATE = """\
template: without_pages
title: {zh: 没有总览页, en: Without pages}
extends: standard
drop: [reminders, summary, card]
overrides:
  customers: {fields: {choice: null, deal_stage: null, period_sales: null, period_weight: null, owner_position: null, next_lunar_birthday: null}}
  transactions: {fields: {order_key: null, previous_purchase: null, next_purchase: null, day_share: null, product_sales: null, product_weight: null}}
  interactions: {fields: {order_key: null}}
  feedback: {fields: {order_key: null}}
  preferences: {fields: {order_key: null}}
  surveys: {fields: {order_key: null}}
  campaigns: {fields: {period_sales: null, period_weight: null}}
  tasks: {fields: {owner_position: null}}
  targets: {fields: {period_target: null, reached: null, owner_position: null}}
"""


def count() -> int:
    """Return how many customers the books have: a tenth of the large shop's."""
    return customers() // TENTH


def kept() -> Path:
    """Return the folder that holds both books, made by the first who asks, in a process of its own."""
    from crmbook.schema.sources import sources_digest  # a changed schema makes another book

    schema = sources_digest("standard", "zh", None)[:8]
    folder = Path(tempfile.gettempdir(), f"crmbook-benchmark-pages-{count()}-{schema}")
    if not (folder / PLAIN / EDITED).exists():
        shutil.rmtree(folder, ignore_errors=True)
        for template in ("standard", PLAIN):
            command = [sys.executable, "-m", "benchmarks.pages", template, str(folder / template)]
            subprocess.run(command, check=True)
    return folder


def make(template: str, folder: Path) -> None:
    """Build a book into a folder with its store, sync it once, and make its edited state."""
    from crmbook.schema import load_book
    from crmbook.store import Store, private_location
    from crmbook.sync.checkout import Wish, new_record, start_book

    shop = folder / "shop"
    (shop / "templates").mkdir(parents=True)
    (shop / "templates" / f"{PLAIN}.yaml").write_text(TEMPLATE, encoding="utf-8")
    book = load_book(template, "zh", shop)
    rows = frames(book, count(), PER_CUSTOMER)
    with Store.open(private_location(shop)) as store:
        start_book(
            store, new_record(book, workspace=shop), book, rows, Wish(shop / BOOK, AS_OF, is_beside=True)
        )
    sync(shop / BOOK)
    edit(shop / BOOK, folder / EDITED, book)


def _edited(template: str, folder: Path) -> Callable[[], None]:
    shop = folder / template
    shutil.rmtree(shop, ignore_errors=True)
    shutil.copytree(kept() / template / "shop", shop)
    shutil.copyfile(kept() / template / EDITED, shop / BOOK)
    os.sync()  # what was copied is on disk before the clock starts
    return partial(sync, shop / BOOK)


def synced_with(folder: Path) -> Callable[[], None]:
    return _edited("standard", folder)


def synced_without(folder: Path) -> Callable[[], None]:
    return _edited(PLAIN, folder)


def _loaded(template: str, _folder: Path) -> Callable[[], Took]:
    job = {
        "profile": tempfile.mkdtemp(prefix="crmbook-office-"),
        "file": str(kept() / template / "shop" / BOOK),
        "areas": {},
        "load": True,
    }
    return partial(_load, started(job))


def _load(process: subprocess.Popen[str]) -> Took:
    assert process.stdin is not None
    process.stdin.write(f"{os.devnull}\n")
    process.stdin.flush()
    took: dict[str, Any] = answer_of(process)
    process.wait()
    return Took(**took)


def loaded_with(folder: Path) -> Callable[[], Took]:
    return _loaded("standard", folder)


def loaded_without(folder: Path) -> Callable[[], Took]:
    return _loaded(PLAIN, folder)


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless both books hold the same customers and transactions after their sync."""
    from crmbook.store import Store, private_location

    heads = []
    for template in ("standard", PLAIN):
        with Store.open(private_location(folder / template)) as store:
            (book,) = store.books()
            heads.append(store.head(book.book_id).tables)
    for name, fields in (
        ("customers", ["name", "notes", "opportunity"]),
        ("transactions", ["amount", "quantity"]),
    ):
        one, other = (head[name][fields].reset_index(drop=True) for head in heads)
        if not one.equals(other):
            raise AssertionError(f"not the same {name}")


def contests() -> tuple[Contest, ...]:
    """Return the contests, for books of the size that the environment says."""
    size = f"{count():,} customers + {count() * PER_CUSTOMER:,} transactions"
    return (
        Contest(
            name="pages-sync",
            work=f"sync a book with the pages of the day, 1 % of the rows edited, {size}",
            ours=Entrant("crmbook sync", "benchmarks.pages:synced_with"),
            peers=(Peer("the same book without them", "benchmarks.pages:synced_without", target=1 / 1.3),),
            same="benchmarks.pages:same",
            prepare=kept,
        ),
        Contest(
            name="pages-load",
            work=f"LibreOffice loads a book with the pages of the day, {size}",
            ours=Entrant("LibreOffice", "benchmarks.pages:loaded_with"),
            peers=(Peer("the same book without them", "benchmarks.pages:loaded_without", most=2.0),),
            prepare=kept,
        ),
    )


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))

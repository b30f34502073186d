"""`crmbook sync` of a large shop's workbook, start-up and all, against plain reading and against openpyxl.

The book of `benchmarks.scale` is built once and kept in the temporary folder; every turn gets a fresh copy of it with
its store. Three things may have happened to the workbook since its last sync: nothing; an office program saved it
again without an edit; one customer and one transaction of a hundred were edited. Everybody runs as a program of its
own, so that starting Python and importing count. The office program's save is imitated, because no office program
here opens a workbook of this size in reasonable time: the shared strings stand in reverse order and every cell that
refers to them is renumbered, each part is packed anew at another level, in another order.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import Contest, Entrant, Peer
from benchmarks.scale import AS_OF, CUSTOMERS, PER_CUSTOMER

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.schema import Book

FACTOR = "CRMBOOK_BENCHMARK_SCALE"
BOOK, RESAVED, EDITED = "book.xlsx", "resaved.xlsx", "edited.xlsx"
EVERY = 100
_CELL = re.compile(rb'( t="s"[^>]*><v>)(\d+)(</v>)')
_STRING = re.compile(rb"<si>.*?</si>|<si/>", re.DOTALL)


def customers() -> int:
    """Return how many customers the book has: the factor of the environment shrinks it."""
    return round(CUSTOMERS * float(os.environ.get(FACTOR, "1")))


def kept() -> Path:
    """Return the folder that holds the book of this size, made by the first who asks, in a process of its own."""
    from crmbook.schema.sources import sources_digest  # a changed schema makes another book

    schema = sources_digest("standard", "zh", None)[:8]
    folder = Path(tempfile.gettempdir(), f"crmbook-benchmark-{customers()}-{schema}")
    if not (folder / EDITED).exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "benchmarks.syncing", "make", str(folder)], check=True)
    return folder


def make(folder: Path) -> None:
    """Build the book into a folder with its store, sync it once, and make its edited and re-saved states."""
    from benchmarks.scale import frames
    from crmbook.schema import load_book
    from crmbook.store import Store, private_location
    from crmbook.sync.checkout import Wish, new_record, start_book

    shop = folder / "shop"
    shop.mkdir(parents=True)
    book = load_book("standard", "zh")
    with Store.open(private_location(shop)) as store:
        wish = Wish(shop / BOOK, AS_OF, is_beside=True)
        start_book(store, new_record(book), book, frames(book, customers(), PER_CUSTOMER), wish)
    sync(shop / BOOK)
    _save_again(shop / BOOK, folder / RESAVED)
    edit(shop / BOOK, folder / EDITED, book)


def _save_again(source: Path, target: Path) -> None:
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as new,
    ):
        strings = old.read("xl/sharedStrings.xml")
        items = _STRING.findall(strings)
        last = len(items) - 1
        reverse = b"".join(reversed(items))
        for name in reversed(old.namelist()):
            content = old.read(name)
            if name == "xl/sharedStrings.xml":
                first = strings.index(items[0])
                content = strings[:first] + reverse + strings[first + len(reverse) :]
            elif name.startswith("xl/worksheets/"):
                content = _CELL.sub(lambda cell: b"%b%d%b" % (cell[1], last - int(cell[2]), cell[3]), content)
            new.writestr(name, content)


def edit(source: Path, target: Path, book: Book) -> None:
    """Write a copy of a workbook in which one customer and one transaction of a hundred were edited."""
    from crmbook.ooxml import Package
    from crmbook.read import read_workbook

    package = Package.open(source)
    snapshot = read_workbook(package, book)
    people, sales = snapshot.tables["customers"], snapshot.tables["transactions"]
    sheet = package.sheet(people.sheet)
    for row in people.frame.index[::EVERY]:
        sheet.set(f"{people.columns['notes'].letter}{row}", f"第{row}行：已回访")
        sheet.set(f"{people.columns['opportunity'].letter}{row}", float(row))
    sheet = package.sheet(sales.sheet)
    for row, price in sales.frame["unit_price"].iloc[::EVERY].items():
        sheet.set(f"{sales.columns['quantity'].letter}{row}", 7.0)
        sheet.set(f"{sales.columns['amount'].letter}{row}", round(price * 7, 2))
    package.save(target)


def sync(path: Path) -> None:
    """Run the command on a workbook."""
    command = [sys.executable, "-m", "crmbook", "sync", str(path), "--as-of", AS_OF.isoformat()]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in {0, 1}:  # 1: there are findings to look at
        raise AssertionError(f"sync ended with exit code {done.returncode}")


def _ours(state: str, folder: Path) -> Callable[[], None]:
    shop = folder / "shop"
    shutil.rmtree(shop, ignore_errors=True)
    shutil.copytree(kept() / "shop", shop)
    if state != BOOK:
        shutil.copyfile(kept() / state, shop / BOOK)
    os.sync()  # what was copied is on disk before the clock starts
    return partial(sync, shop / BOOK)


def unchanged(folder: Path) -> Callable[[], None]:
    return _ours(BOOK, folder)


def saved_again(folder: Path) -> Callable[[], None]:
    return _ours(RESAVED, folder)


def edited(folder: Path) -> Callable[[], None]:
    return _ours(EDITED, folder)


def calamine(_folder: Path) -> Callable[[], object]:
    return _apart("read", kept() / EDITED)


def openpyxl(folder: Path) -> Callable[[], object]:
    return _apart("load", kept() / EDITED, folder / "openpyxl.xlsx")


def _apart(*words: object) -> Callable[[], object]:
    command = [sys.executable, "-m", "benchmarks.syncing", *map(str, words)]
    return partial(subprocess.run, command, check=True)


def read(path: Path) -> None:
    """Read every sheet as plain values."""
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_path(path)
    for name in workbook.sheet_names:
        workbook.get_sheet_by_name(name).to_python()


def load(path: Path, target: Path) -> None:
    """Load the workbook and save it."""
    from openpyxl import load_workbook

    load_workbook(path).save(target)


def same_unchanged(folder: Path) -> Callable[[], None]:
    return partial(_expect, folder, 0, 0)


def same_edited(folder: Path) -> Callable[[], None]:
    return partial(_expect, folder, 1, -(-customers() // EVERY))


def _expect(folder: Path, revisions: int, people: int) -> None:
    """Raise unless the last turn made as many revisions as it should, and took every edited customer in."""
    from crmbook.store import Store, private_location

    def last(shop: Path) -> tuple[int, int]:
        with Store.open(private_location(shop)) as store:
            (book,) = store.books()
            head = store.head(book.book_id)
        notes = head.tables["customers"]["notes"].dropna()
        return head.revision, int(notes.str.endswith("已回访").sum())

    before, after = last(kept() / "shop"), last(folder / "shop")
    if after != (before[0] + revisions, people):
        raise AssertionError(f"revision and edited customers were {before}, are {after}")


def contests() -> tuple[Contest, ...]:
    """Return the contests, for a book of the size that the environment says."""
    size = f"{customers():,} customers + {customers() * PER_CUSTOMER:,} transactions"
    reading = "benchmarks.syncing:calamine"
    kinds = (
        ("unchanged", "sync an unchanged workbook", 10.0, "same_unchanged"),
        ("saved_again", "sync it saved again without an edit", 1 / 2, "same_unchanged"),
        ("edited", "sync it with 1 % of the rows edited", 1 / 3, "same_edited"),
    )
    return (
        *(
            Contest(
                name=f"sync-{name.replace('_', '-')}",
                work=f"{work}, {size}",
                ours=Entrant("crmbook sync", f"benchmarks.syncing:{name}"),
                peers=(Peer("python-calamine, plain reading", reading, target=target),),
                same=f"benchmarks.syncing:{check}",
                prepare=kept,
            )
            for name, work, target, check in kinds
        ),
        Contest(
            name="sync-openpyxl",
            work=f"sync it with 1 % of the rows edited, {size}",
            ours=Entrant("crmbook sync", "benchmarks.syncing:edited"),
            peers=(Peer("openpyxl load + save", "benchmarks.syncing:openpyxl", target=10),),
            same="benchmarks.syncing:same_edited",
            rounds=1,
            prepare=kept,
        ),
    )


if __name__ == "__main__":
    {"make": make, "read": read, "load": load}[sys.argv[1]](*map(Path, sys.argv[2:]))

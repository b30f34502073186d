"""What people mean to do, and an account of what they did, kept by somebody who knows nothing of syncing.

A *wish* is one thing that somebody does to a workbook: type into a cell, add a note, enter a client, empty a row. It
is data, so that it can be carried out with our own hands or in an office program. Whoever carried it out says what
stood there before (``saw``); once the workbook is saved, the account notes it. Every value is typed once only.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

from tests.sync.oracle import Oracle
from tests.sync.shop import Sheet, plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from random import Random

    from tests.sync.shop import Shop

Wish = dict[str, Any]
KINDS = ("cell",) * 7 + ("note",) * 2 + ("client",) + ("blank",)
TEXTS = ("owner", "city", "phone")
"""Fields that any program shows as they were typed."""
FEWEST = 4
"""So many clients stay, however many rows people empty."""


class Account:
    """What was typed and saved; several people's threads write to it.

    Parameters
    ----------
    diary
        A file for all of it, line by line: for whoever must find out what happened.
    """

    def __init__(self, shop: Shop, diary: Path) -> None:
        self.shop, self._diary = shop, diary
        self.oracle = Oracle({row["name"]: row for row in shop.cells().values()})
        self.names = sorted(self.oracle.head)
        self.kinds: Counter[str] = Counter()
        self._numbers = count(1)
        self._mutex = Lock()

    def plan(self, random: Random, many: int, labels: Iterable[str] = TEXTS) -> list[Wish]:
        """Return what somebody will do next."""
        return [self._wish(random, random.choice(KINDS), tuple(labels)) for _ in range(many)]

    def _wish(self, random: Random, kind: str, labels: tuple[str, ...]) -> Wish:
        number, name = next(self._numbers), random.choice(self.names)
        label = random.choice(labels)
        if kind == "client":
            return {"kind": kind, "name": f"新{number}", "label": "owner", "new": f"人{number}"}
        if kind == "note":
            return {"kind": kind, "name": name, "label": "notes", "new": f"记{number:04d}"}
        made: dict[str, Any] = {
            "owner": f"人{number}", "city": f"城{number}", "phone": f"139{number:08d}",
            "since": date(2001, 1, 1) + timedelta(number),
        }  # fmt: skip
        return {"kind": kind, "name": name, "label": label, "new": None if kind == "blank" else made[label]}

    def saved(self, done: Iterable[Wish], path: Path) -> None:
        """Note what was carried out and saved in a workbook."""
        with self._mutex, self._diary.open("a", encoding="utf-8") as diary:
            for wish in done:
                self._note(wish)
                print(datetime.now().astimezone().strftime("%H:%M:%S.%f"), path.name, wish, file=diary)

    def _note(self, wish: Wish) -> None:
        name, kind = wish["name"], wish["kind"]
        self.kinds[kind] += 1
        if kind == "client":
            self.oracle.entered(name, owner=wish["new"])
            self.names.append(name)
        elif kind == "note":
            self.oracle.notes[wish["new"]] = name
        elif kind == "empty":
            self.oracle.emptied(name, wish["saw"])
        else:
            self.oracle.typed(name, wish["label"], wish["saw"], wish["new"])

    def judge(self) -> None:
        """Raise unless everything that was typed stands in the head or in a conflict, and nothing else does."""
        values = {
            plain_day(value)
            for record in self.shop.conflicts()
            for side in (record.head, record.file)
            for value in side or ()
        }
        print(self._diary.read_text(encoding="utf-8"))
        self.oracle.judge(self.shop.cells().values(), values, {})


def plain_day(value: Any) -> Any:
    """Return a value with a moment at midnight as a day."""
    return value.date() if isinstance(value, datetime) else plain(value)


def rows_of(sheet: Sheet) -> dict[str, tuple[int, dict[str, Any]]]:
    """Return the clients that a workbook shows, by name, with their row."""
    return {
        cells["name"]: (row, {label: plain_day(value) for label, value in cells.items()})
        for row, cells in sheet.rows("clients").items()
        if cells.get("name")
    }


def carry_out(sheet: Sheet, wishes: Iterable[Wish]) -> list[Wish]:
    """Do with our own hands what can be done in this workbook; return that, with what stood there before."""
    done = []
    for wish in wishes:
        rows = rows_of(sheet)
        if wish["kind"] == "client":
            sheet.add("clients", name=wish["name"], owner=wish["new"])
            done.append(wish)
        elif wish["name"] in rows:
            row, seen = rows[wish["name"]]
            done += _change(sheet, row, seen, wish)
    return done


def _change(sheet: Sheet, row: int, seen: dict[str, Any], wish: Wish) -> list[Wish]:
    saw, new = seen.get(wish["label"]), wish["new"]
    if wish["kind"] == "empty":
        if len(rows_of(sheet)) <= FEWEST:
            return []
        sheet.clear("clients", row)
        return [{**wish, "saw": seen}]
    if saw == new:
        return []
    typed = f"{saw or ''}\n{new}".strip() if wish["kind"] == "note" else new
    sheet.type("clients", row, **{wish["label"]: typed})
    return [{**wish, "saw": saw}]

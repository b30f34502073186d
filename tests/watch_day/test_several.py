"""Several people edit at once while a watcher of the folder is at work; every cell is one person's own.

Each has a workbook and opens it again and again: in a program that shows a lock, or in one that shows none and puts what
it opened, with all that was typed, over whatever was written meanwhile. However the saves and the watcher's own writes
fall: nobody conflicts with anybody, least of all with themselves, and in the end each cell holds what was typed last.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from crmbook.base.errors import CrmbookError
from tests.cli.run import ROOT
from tests.sync.shop import MAIN, Sheet, Shop, workspace
from tests.watch.watching import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The command line has no word for how soon the other workbooks are refreshed: half a minute would be long here.
_WATCH = """
import sys
from pathlib import Path
from crmbook.watch.setup import Setup
from crmbook.watch.watcher import Watcher
setup = Setup(Path(sys.argv[1]), lang="en", quiet=0.2, calm=0.5, patience=2.0, workspace=Path(sys.argv[2]))
sys.exit(Watcher(setup, lambda line: print(line, flush=True)).run())
"""
NAMES = (MAIN, "王芳.xlsx", "李强.xlsx")
FIELDS = ("name", "phone", "city")
SESSIONS = 12
RUNS = [0, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(1, 20))]


class Person:
    """Somebody with a workbook; a column of each row is theirs."""

    def __init__(self, sheet: Sheet, field: str, random: Random) -> None:
        self.sheet, self.field, self.random = sheet, field, random
        self.typed: dict[int, str] = {}
        self._opened: bytes | None = None
        self._lock: Path | None = None
        self._number = 0

    @property
    def is_editing(self) -> bool:
        return self._opened is not None

    def open(self, *, shows: bool) -> None:
        if shows:
            self._lock = self.sheet.lock()
        until(self._is_there)
        self._opened = self.sheet.data

    def _is_there(self) -> bool:
        try:
            return bool(self.sheet.data)
        except OSError:  # it is being replaced
            return False

    def save(self) -> None:
        """Type into a row, and put all that the program holds in the workbook's place."""
        assert self._opened is not None
        row, self._number = self.random.randrange(2, 8), self._number + 1
        self.typed[row] = (
            f"139{self._number:04}{row:04}" if self.field == "phone" else f"{self.field}{self._number}"
        )
        beside = Sheet(self.sheet.path.with_name(f"{self._number:08X}"))
        beside.path.write_bytes(self._opened)
        beside.type("clients", row, **{self.field: self.typed[row]})
        self._opened = beside.data
        beside.path.replace(self.sheet.path)

    def close(self) -> None:
        self._opened = None
        if self._lock is not None:
            self._lock.unlink()
            self._lock = None


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path / "shop")
    for name in NAMES[1:]:
        shop.check_out(name)
    for _ in range(2):
        shop.sync()
    return shop


@pytest.fixture
def said(shop, tmp_path) -> Iterator[Path]:
    """A watcher at work, and the file of what it says."""
    said, env = tmp_path / "said", os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _WATCH, str(shop.folder), str(workspace())]
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env)
    try:
        until(lambda: "Watching" in said.read_text(encoding="utf-8"))
        yield said
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def play(people: list[Person], random: Random, modes: tuple[bool, ...]) -> None:
    left = SESSIONS
    while left or any(person.is_editing for person in people):
        person = random.choice(people)
        if person.is_editing:
            person.close() if random.random() < 0.35 else person.save()
        elif left:
            person.open(shows=random.choice(modes))
            person.save()
            left -= 1
        time.sleep(random.choice([0.02, 0.1, 0.5]))


def lacks(shop: Shop, people: list[Person]) -> list[str]:
    """What some workbook does not show of what was typed last."""
    found = []
    for name in NAMES:
        try:
            rows = Sheet(shop.folder / name).rows("clients", *FIELDS)
        except (CrmbookError, OSError):  # it is being replaced
            return [name]
        found += [
            f"{name} {person.field}{row}: {rows[row][person.field]} for {text}"
            for person in people for row, text in person.typed.items() if str(rows[row][person.field]) != text
        ]  # fmt: skip
    return found


@pytest.mark.slow
@pytest.mark.parametrize("modes", [(True,), (False,), (True, False)], ids=["locks", "no locks", "both"])
@pytest.mark.parametrize("seed", RUNS)
def test_each_cell_ends_as_its_one_editor_typed_it_last(shop, said, seed, modes):
    random = Random(f"{seed} {modes}")
    people = [
        Person(Sheet(shop.folder / name), field, random) for name, field in zip(NAMES, FIELDS, strict=True)
    ]
    play(people, random, modes)
    until(lambda: not lacks(shop, people), lambda: (lacks(shop, people), said.read_text(encoding="utf-8")))
    with shop.store() as store:
        assert store.conflicts(store.books()[0].book_id, open_only=False) == []
    assert "changed by two people" not in said.read_text(encoding="utf-8")
    assert {path.name for path in shop.folder.iterdir()} == {*NAMES, ".crmbook"}

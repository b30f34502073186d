"""People who work in the folder: some with our own hands, saving as office programs do, one at LibreOffice.

Each workbook has one person at a time in it, as an office program's lock has it; what is typed at the same time
elsewhere goes into another workbook, or into a copy that a drive makes.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING

from tests.sync.oracle import CELLS
from tests.sync.shop import Sheet
from tests.watch_day.account import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tests.office import OfficeSession
    from tests.watch_day.account import Account, Wish

_HERE = Path(__file__).parent
_HANDS = (_HERE.parent / "office_sessions" / "hands.py").read_text(encoding="utf-8")
_TYPING = (_HERE / "office_typing.py").read_text(encoding="utf-8")


# How programs save


def save_in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def save_by_renaming(path: Path, data: bytes) -> None:
    """As LibreOffice and WPS do: beside it, then over it."""
    beside = path.with_name("lu8k2f.tmp")
    beside.write_bytes(data)
    beside.replace(path)


def save_by_deleting(path: Path, data: bytes) -> None:
    """As Excel does: beside it under a name of eight digits, the old one away, the new one to its place."""
    beside, old = path.with_name("5F3A9C10"), path.with_name("7D21E0B4.tmp")
    beside.write_bytes(data)
    path.rename(old)
    beside.rename(path)
    old.unlink()


def save_slowly(path: Path, data: bytes) -> None:
    """As a slow download arrives."""
    third = len(data) // 3
    with path.open("wb") as file:
        for part in (data[:third], data[third : 2 * third], data[2 * third :]):
            file.write(part)
            file.flush()
            time.sleep(0.3)


def save_as_drives_do(path: Path, data: bytes) -> None:
    beside = path.with_name(f".~{path.stem}.part")
    beside.write_bytes(data)
    beside.replace(path)


SAVES = (save_in_place, save_by_renaming, save_by_deleting)
LOCKS = ("~${}", ".~{}", ".~lock.{}#")
COPIES = (
    "{}-冲突-{}.xlsx",
    "{}-NSConflict-李强-{}.xlsx",
    "{} (王芳's conflicted copy 2024-03-{:02d}).xlsx",
    "{}.sync-conflict-20240301-{:06d}-ABCDEFG.xlsx",
)


@dataclass
class Office:
    """The folder as its people know it: the workbooks, who is in which, and when everybody goes home.

    Attributes
    ----------
    copies
        Bytes of every conflict copy that was dropped, by name.
    """

    workbooks: tuple[Path, ...]
    account: Account
    scratch: Path
    home: Event = field(default_factory=Event)
    copies: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._taken = {path: Lock() for path in self.workbooks}

    @contextmanager
    def sits_at(self, random: Random) -> Iterator[Path]:
        """Let somebody have a workbook to herself."""
        path = random.choice(self.workbooks)
        with self._taken[path]:
            yield path

    def pause(self, random: Random, longest: float) -> None:
        self.home.wait(random.uniform(0.1, longest))

    def edited(self, path: Path, wishes: list[Wish]) -> tuple[bytes, list[Wish]]:
        """Return a workbook as it is once somebody typed into it, and what was typed; the file stays as it is."""
        sheet = Sheet(self.scratch / f"{time.monotonic_ns()}.xlsx")
        shutil.copyfile(path, sheet.path)
        done = carry_out(sheet, wishes)
        return sheet.data, done


def work_by_hand(office: Office, random: Random) -> int:
    """Open a workbook, type, save, perhaps again, close it, until it is time to go home; return the number of saves."""
    saves = 0
    while not office.home.is_set():
        with office.sits_at(random) as path, locked(path, random):
            for _ in range(random.choice((1, 1, 2))):
                wishes = office.account.plan(random, random.randint(1, 3), CELLS)
                if random.random() < 0.04:
                    wishes.append({**wishes[0], "kind": "empty", "name": random.choice(office.account.names)})
                data, done = office.edited(path, wishes)
                random.choice(SAVES)(path, data)
                office.account.saved(done, path)
                saves += 1
                office.pause(random, 1.5)
        office.pause(random, 2)
    return saves


@contextmanager
def locked(path: Path, random: Random) -> Iterator[None]:
    """Hold a workbook open, by the sign that one of the office programs leaves."""
    sign = path.with_name(random.choice(LOCKS).format(path.name))
    sign.write_bytes(b"\x06office" if sign.name.startswith("~") else b"")
    try:
        yield
    finally:
        sign.unlink()


def work_at_office(office: Office, random: Random, program: OfficeSession) -> int:
    """Do the same at LibreOffice."""
    saves = 0
    while not office.home.is_set():
        with office.sits_at(random) as path:
            plan = [
                office.account.plan(random, random.randint(1, 3)) for _ in range(random.choice((1, 1, 2)))
            ]
            for done in program.run(path, _script(Sheet(path), plan, random.uniform(0.2, 2.5))):
                office.account.saved(done, path)
                saves += 1
        office.pause(random, 1.5)
    return saves


def _script(sheet: Sheet, wishes: list[list[Wish]], pause: float) -> str:
    place = sheet.place("clients")
    letters = {name: column.letter for name, column in place.columns.items()}
    given = {
        "WISHES": wishes, "TITLE": place.sheet, "LETTERS": letters, "FIRST": place.first_row, "PAUSE": pause,
    }  # fmt: skip
    lines = [f"{name} = json.loads({json.dumps(value)!r})" for name, value in given.items()]
    return "\n".join(["import json", _HANDS, *lines, _TYPING])


def drop_copy(office: Office, random: Random) -> None:
    """Let a drive keep both of two versions: a copy by its naming, in which somebody typed."""
    path = random.choice(office.workbooks)
    number = len(office.copies) + 1
    target = path.with_name(random.choice(COPIES).format(path.stem, number))
    while True:
        try:
            data, done = office.edited(path, office.account.plan(random, 2, CELLS))
            break
        except (OSError, ValueError):  # the very instant of a save
            time.sleep(0.05)
    save: Callable[[Path, bytes], None] = random.choice((save_slowly, save_as_drives_do))
    office.copies[target.name] = data
    office.account.saved(done, target)
    save(target, data)

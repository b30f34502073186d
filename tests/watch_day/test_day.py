"""A day at the folder, in a minute: everybody works, the process dies and is stopped; then all go home.

Longer with ``CRMBOOK_WATCH_DAY`` (seconds), otherwise with ``CRMBOOK_WATCH_SEED``.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from random import Random
from typing import TYPE_CHECKING

import pytest

from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from crmbook.watch.times import local_now
from tests.office import OfficeSession
from tests.ooxml_lint import lint
from tests.sync.oracle import CELLS
from tests.sync.shop import MAIN, OTHER, Sheet, Shop
from tests.watch_day.account import Account, plain_day, rows_of
from tests.watch_day.people import Office, drop_copy, locked, work_at_office, work_by_hand
from tests.watch_day.process import Watching

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.deep,
    pytest.mark.office,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

SECONDS = float(os.environ.get("CRMBOOK_WATCH_DAY", "70"))
SEED = int(os.environ.get("CRMBOOK_WATCH_SEED", "5"))
EVENTS = ("copy", "kill", "lock", "copy", "stop", "lock", "copy", "kill", "copy", "stop", "lock", "kill")
"""What happens besides, every few seconds, in an order that the seed makes."""
EVERY = 3.5
QUIET = 180.0
"""Seconds after which a folder that nobody touches is at rest, at the latest."""


@pytest.fixture
def shop(tmp_path) -> Shop:
    made = Shop(tmp_path / "folder")
    made.check_out(OTHER)
    made.check_out("李强.xlsx")
    made.sync()
    return made


@pytest.fixture
def watching(shop, tmp_path) -> Iterator[Watching]:
    process = Watching(shop.folder, tmp_path / "said.txt", "--lang", "zh")
    yield process
    process.close()


def test_a_day(shop, watching, tmp_path):
    (scratch := tmp_path / "scratch").mkdir()
    office = Office(tuple(shop.paths()), Account(shop, tmp_path / "account.txt"), scratch)
    watching.start()
    with OfficeSession() as program, ThreadPoolExecutor() as threads:
        people = [
            threads.submit(work_by_hand, office, Random(f"{SEED} by hand")),
            threads.submit(work_at_office, office, Random(f"{SEED} at LibreOffice"), program),
        ]
        try:
            let_things_happen(office, watching, Random(f"{SEED} events"))
        finally:
            office.home.set()
        saves = [person.result() for person in people]
    wait_for_rest(shop, watching)
    watching.stop()
    print(f"{saves} saves, {office.account.kinds}, {len(office.copies)} copies")

    office.account.judge()
    assert_all_show_the_head(shop)
    assert_nothing_is_left_over(shop, office)
    assert_at_rest(shop)
    assert min(saves) >= SECONDS / 15
    assert len(office.copies) >= SECONDS / 40


def let_things_happen(office: Office, watching: Watching, random: Random) -> None:
    """Until the day is over: drop copies, hold workbooks open, kill the process, stop it, start it again."""
    end, events = time.monotonic() + SECONDS, []
    while time.monotonic() < end:
        time.sleep(random.uniform(0.5, 1.5) * EVERY)
        if not events:
            events = random.sample(EVENTS, len(EVENTS))
        match events.pop():
            case "copy":
                drop_copy(office, random)
            case "lock":
                with office.sits_at(random) as path, locked(path, random):
                    time.sleep(random.uniform(1, 4))
            case "kill":
                watching.kill()
                restart(watching, random)
            case "stop":
                watching.stop()
                restart(watching, random)


def restart(watching: Watching, random: Random) -> None:
    time.sleep(random.choice((0, 0.5, 3)))
    watching.start()


def wait_for_rest(shop: Shop, watching: Watching) -> None:
    """Wait until the store says that every workbook shows the head, and the copies are gone."""
    end = time.monotonic() + QUIET
    while missing := unrest(shop):
        assert time.monotonic() < end, f"{missing}\n{watching.told()}"
        time.sleep(0.5)


def unrest(shop: Shop) -> list[str]:
    """Return what is not yet as it shall be."""
    with shop.store() as store:
        [book] = store.books()
        records = {record.path: record for record in store.workbooks(book.book_id)}
    found = []
    for path in shop.paths():
        record = records.get(path.name)
        if record is None or record.state != "current" or record.pending is not None:
            found.append(f"{path.name}: {record.state if record else 'unknown'}")
        elif record.written_revision != book.revision:
            found.append(f"{path.name} shows {record.written_revision}, the head is at {book.revision}")
        elif record.digest != sha256(path.read_bytes()).hexdigest():
            found.append(f"{path.name} holds what was not taken in")
    return found


def assert_all_show_the_head(shop: Shop) -> None:
    labels = (*CELLS, "client_id", "notes", "area")
    head = {row["name"]: {label: row.get(label) for label in labels} for row in shop.cells().values()}
    assert head
    for path in shop.paths():
        shown = {
            name: {label: plain_day(cells.get(label)) for label in labels}
            for name, (_, cells) in rows_of(Sheet(path)).items()
        }
        assert shown == head, path.name


def assert_nothing_is_left_over(shop: Shop, office: Office) -> None:
    """The folder holds its workbooks, the archive each copy once as it was dropped, and no other file is left."""
    assert {path.name for path in shop.folder.iterdir()} == {".crmbook", MAIN, OTHER, "李强.xlsx"}
    archive = shop.folder / ".crmbook" / "archive"
    assert {path.name: path.read_bytes() for path in archive.iterdir()} == office.copies
    left = {path.name for path in (shop.folder / ".crmbook").rglob("*") if path.is_file()}
    assert not {name for name in left if name.endswith((".tmp", "-journal", ".part", ".held.txt"))}


def assert_at_rest(shop: Shop) -> None:
    """A further sync by hand finds nothing to do and changes no byte."""
    before = {path: path.read_bytes() for path in shop.paths()}
    now = local_now()
    report = sync_workbooks(list(before), Options(now.date(), now=now))
    assert [one.state for one in report.workbooks] == [SyncState.UNCHANGED] * len(before)
    assert {path: path.read_bytes() for path in before} == before
    assert [lint(data) for data in before.values()] == [[]] * len(before)

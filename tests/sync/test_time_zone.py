"""``locale: zone:`` decides which day is today in a book, the times that it shows, and the watcher's rounds."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crmbook.base import day_of_book, moment_in
from crmbook.schema import load_book
from crmbook.store import Store, locate
from crmbook.sync.outcome import SyncState
from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.status import read_status
from crmbook.watch.times import Times
from tests.cli.run import run
from tests.folders import write_files
from tests.sync.shop import FILES, Sheet
from tests.watch.watching import Watching

EVENING = datetime(2024, 3, 1, 20, tzinfo=UTC)
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
"""The second of March there, and the first: 14 hours before and 11 behind."""
TOMORROW, TODAY = date(2024, 3, 2), date(2024, 3, 1)


def say_zone(folder, zone):
    text = f"locale: {{zone: {zone}}}\n" if zone else "locale: {}\n"
    (folder / "schemas" / "home.yaml").write_text(text, encoding="utf-8")


def synced(folder, *names, now=EVENING):
    return sync_workbooks([folder / name for name in names or ("a.xlsx",)], Options(now.date(), now=now))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """An English book at home in the west, built and synced on an evening."""
    folder = write_files(tmp_path_factory.mktemp("zone"), FILES)
    say_zone(folder, WEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmbook.cli.build.clock", lambda: EVENING.astimezone(ZoneInfo(EAST)))
        assert run("build", "-o", folder / "a.xlsx", "-t", "shop", "--lang", "zh").exit_code == 0
        with Store.open(locate(folder)) as store:
            [built] = store.workbooks(store.books()[0].book_id)
    assert built.as_of == TODAY.isoformat()
    synced(folder)
    return folder


@pytest.fixture
def folder(model, tmp_path):
    return shutil.copytree(model, tmp_path / "shop")


def test_the_day_is_that_of_the_zone(folder):
    for _ in range(2):
        (again,) = synced(folder, now=EVENING.astimezone(ZoneInfo(EAST))).workbooks
        assert (again.state, again.as_of) == (SyncState.UNCHANGED, TODAY)
    later = EVENING.replace(day=2)
    assert synced(folder, now=later).workbooks[0].as_of == TOMORROW


def test_another_zone_counts_at_once(folder):
    say_zone(folder, EAST)
    assert synced(folder).workbooks[0].as_of == TOMORROW
    assert synced(folder).workbooks[0].state == SyncState.UNCHANGED
    with Store.open(locate(folder)) as store:
        assert store.books()[0].zone == EAST


def test_without_one_the_language_decides_as_ever(folder):
    fingerprint = load_book("shop", "zh", folder).fingerprint
    say_zone(folder, "")
    bare = load_book("shop", "zh", folder)
    (folder / "schemas" / "home.yaml").unlink()
    assert load_book("shop", "zh", folder).fingerprint == bare.fingerprint != fingerprint
    assert (bare.locale.zone, bare.locale.clock) == ("Asia/Shanghai", "")
    synced(folder)
    with Store.open(locate(folder)) as store:
        [record] = store.books()
    assert (record.zone, record.clock) == ("Asia/Shanghai", "")
    assert day_of_book(record.zone, EVENING) == TOMORROW


def test_times_are_those_of_the_zone(folder):
    """In the workbook and in the history; what the machine's clock shows is another time."""
    sheet, other = Sheet(folder / "a.xlsx"), Sheet(folder / "b.xlsx")
    sheet.type("clients", 2, name="甲")
    synced(folder)
    assert run("build", "-o", other.path).exit_code == 0
    synced(folder, "a.xlsx", "b.xlsx")
    sheet.type("clients", 2, name="乙")
    other.type("clients", 2, name="丙")
    synced(folder, "a.xlsx", "b.xlsx")
    with Store.open(locate(folder)) as store:
        [book] = store.books()
        [conflict] = store.conflicts(book.book_id)
        last = store.revisions(book.book_id)[-1]
    there = ZoneInfo(WEST)
    [line] = sheet.lines("conflicts")
    shown = datetime.fromisoformat(conflict.file_at).astimezone(there).replace(tzinfo=None, microsecond=0)
    assert abs((line["copy_at"] - shown).total_seconds()) < 1
    told = run("history", folder / "a.xlsx").output
    assert f"{datetime.fromisoformat(last.at).astimezone(there):%Y-%m-%d %H:%M}" in told


@pytest.mark.parametrize(
    ("clock", "text", "shown"),
    [
        (EAST, "2024-03-01T20:00:00+00:00", "2024-03-02T10:00:00"),
        (WEST, "2024-03-01T20:00:00+00:00", "2024-03-01T09:00:00"),
        (WEST, "2024-03-01T20:00:00", "2024-03-01T20:00:00"),
        (WEST, "the other day", None),
    ],
)
def test_a_stored_moment_on_a_clock(clock, text, shown):
    moment = moment_in(clock, text)
    assert (moment.isoformat() if moment else None) == shown


@pytest.mark.slow
def test_the_watcher_keeps_the_hours_of_the_zone(folder):
    with Watching(folder, times=Times(at=[time(8, 30)])) as watching:
        watching.until(lambda: (status := read_status(folder)) and status.next_run.endswith("T08:30-11:00"))
        assert watching.said("08:30")
        say_zone(folder, EAST)
        Sheet(folder / "a.xlsx").type("clients", 2, name="丁")

        with Store.open(watching.place) as store:
            watching.until(lambda: store.books()[0].zone == EAST)
        watching.watcher._saves.wake()
        watching.until(lambda: read_status(folder).next_run.endswith("T08:30+14:00"))

"""A watcher at work while programs save in their own ways: each save is synced once, and closes are written back."""

from __future__ import annotations

import shutil
import threading
import time
from typing import TYPE_CHECKING, Self

import pytest

from crmbook.store import Store, private_location
from crmbook.watch import watcher as watching
from crmbook.watch.setup import Setup
from crmbook.watch.watcher import Watcher
from tests.desk import NAME, Desk, settled
from tests.watch.patterns import NO_SAVES, QUIET, SAVES

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.sync.outcome import Report

HELD = {"LibreOffice"}
"""Held open for longer than it takes to count as saved."""


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("origin")
    settled(folder)
    return folder


class Watched:
    """A folder with a watcher at work, and what it syncs."""

    def __init__(self, folder: Path, monkeypatch, *, poll: bool) -> None:
        self.path, self.syncs, self.begun = folder / NAME, [], 0
        real = watching.try_sync

        def recorded(paths, options):
            self.begun += 1
            report = real(paths, options)
            self.syncs.append(report)
            return report

        monkeypatch.setattr(watching, "try_sync", recorded)
        self.watcher = Watcher(Setup(folder, poll=poll, quiet=QUIET), lambda line: None)
        self.thread = threading.Thread(target=self.watcher.run)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watcher.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def rest(self, least: int) -> list[Report]:
        """Wait for so many syncs, and a while longer; return what was synced since the last time."""
        end = time.monotonic() + 60
        while len(self.syncs) < least and time.monotonic() < end:
            time.sleep(0.05)
        seen = -1
        while seen != self.begun or self.begun != len(self.syncs):
            seen = self.begun
            time.sleep(6 * QUIET)
        syncs, self.syncs, self.begun = self.syncs, [], 0
        return syncs

    def revision(self) -> int:
        with Store.open(private_location(self.path.parent)) as store:
            (book,) = store.books()
            return book.revision


def edited(path: Path, text: str) -> bytes:
    """Return the workbook as somebody saves it who typed a text."""
    aside = path.parent.parent / "typed.xlsx"
    shutil.copyfile(path, aside)
    desk = Desk(aside)
    desk.type("customers", desk.place("customers").first_row, name=text)
    return aside.read_bytes()


def play(steps) -> None:
    for pause in steps:
        time.sleep(pause)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("poll", "saves", "no_saves"),
    [
        (False, ["Excel", "WPS", "LibreOffice", "in place", "Syncthing"], ["saved unchanged", "undone"]),
        (True, ["Excel 97", "LibreOffice", "drive that deletes"], ["touched"]),
    ],
    ids=["native", "polling"],
)
def test_each_save_is_synced_once(origin, tmp_path, monkeypatch, poll, saves, no_saves):
    folder = tmp_path / "客户"
    shutil.copytree(origin, folder)
    with Watched(folder, monkeypatch, poll=poll) as watched:
        watched.rest(1)
        for number, pattern in enumerate(saves):
            revision = watched.revision()
            play(SAVES[pattern](watched.path, edited(watched.path, f"客户{number}")))
            syncs = watched.rest(1)
            taken = [one for report in syncs for one in report.workbooks if one.taken.changed]
            assert len(taken) == 1, pattern
            assert len(syncs) <= 1 + (pattern in HELD), pattern  # one for the save, one for the close
            assert watched.revision() == revision + 1, pattern
            desk = Desk(watched.path)
            assert desk.value("customers", "name", desk.place("customers").first_row) == f"客户{number}"
        for pattern in no_saves:
            data = watched.path.read_bytes()
            play(NO_SAVES[pattern](watched.path, edited(watched.path, "无")))
            assert watched.rest(0) == [], pattern
            assert watched.path.read_bytes() == data
    assert sorted(path.name for path in folder.iterdir()) == [".crmbook", NAME]

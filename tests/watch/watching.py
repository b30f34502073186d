"""A watcher at work on a real folder, in a thread of this process, with short times; and what a test asks of it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.setup import Setup
from crmbook.watch.status import read_status
from crmbook.watch.times import local_now
from crmbook.watch.watcher import Watcher
from tests.sync.shop import MAIN, Shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmbook.store import WorkbookRecord
    from crmbook.watch.status import WorkbookStatus

PATIENCE = 90.0
"""Seconds: the machine may have much else to do."""


class Wall:
    """A clock on the wall that a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def until(condition: Callable[[], Any], told: Callable[[], object] = lambda: "") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited too long: {told()}"
        time.sleep(0.05)


def synced_shop(folder: Path) -> Path:
    """Begin a shop in a folder, with its workbook as ``a.xlsx``, synced today."""
    shop = Shop(folder)
    (folder / MAIN).rename(folder / "a.xlsx")
    sync_workbooks(shop.paths(), Options(local_now().date()))
    return folder


class Watching:
    """A watcher of `folder`; a context manager."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.folder, self.lines, self.wall, self.rc = folder, [], Wall(), None
        self.failure: BaseException | None = None
        setup = Setup(folder, **{"lang": "en", "quiet": 0.2, "calm": 0.3, "patience": 3.0} | changes)
        self.watcher = Watcher(setup, self.lines.append, now=self.wall)
        self.place = locate(folder, setup.store)
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.rc = self.watcher.run()
        except BaseException as error:  # noqa: BLE001 - a test shows it
            self.failure = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watcher.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.failure is not None:
            raise self.failure

    def until(self, condition: Callable[[], Any]) -> None:
        until(condition, lambda: self.lines)
        assert self._thread.is_alive()

    def said(self, text: str) -> int:
        """How many lines hold a text."""
        return sum(text in line for line in self.lines)

    def stands(self, name: str) -> WorkbookStatus | None:
        """How a workbook stands as `status` reads it."""
        status = read_status(self.folder)
        return next((one for one in status.workbooks if one.name == name), None) if status else None

    def state(self, name: str) -> str:
        one = self.stands(name)
        return one.state if one else ""

    def settled(self) -> bool:
        """Return whether every workbook shows the head."""
        revision, there = known(self.folder, self.place)
        return bool(there) and all(
            one.state == "current" and one.written_revision == revision for one in there
        )


def known(folder: Path, place: str | Path | None = None) -> tuple[int, list[WorkbookRecord]]:
    """The newest revision of a folder's book, and the workbooks that are there as the store knows them."""
    with Store.open(place or locate(folder)) as store:
        book = store.books()[0]
        records = store.workbooks(book.book_id)
    return book.revision, [one for one in records if (folder / one.path).exists()]


def strays(folder: Path) -> list[str]:
    """Files that should not be there."""
    return [one.name for one in folder.iterdir() if one.suffix != ".xlsx" and one.name != ".crmbook"]

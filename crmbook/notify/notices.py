"""Telling people: what a sync left for them to decide goes into the outbox, and from there to whom it concerns.

::

    sync → tell (reads what is there, enters what is new) → outbox → one thread for each server → mail, robots

`tell` talks to no server. What it enters is what the store holds, so a run that died between a sync and `tell`
left nothing untold, and nothing is reported twice. A conflict goes to the owner of the customer's row; where that is nobody
with an address, to the holder of the workbook; else to everybody under `notices`.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from crmbook.base import (
    BusyError,
    CrmbookError,
    DeniedError,
    OpenError,
    describe,
    make_private_folder,
    private_mode,
)
from crmbook.notify.conversation import Conversation, Undelivered
from crmbook.notify.morning import day_of, iter_due
from crmbook.notify.notification import DAY, FAILURE, PREVIEW, Notification
from crmbook.notify.notifications import BookNotifications, Wording, books_of, failure
from crmbook.notify.outbox import NOBODY, Message, Outbox, Unsent, read_unsent
from crmbook.notify.recipients import Recipients
from crmbook.notify.sender import Line, Target, Work
from crmbook.store import Store, exists
from crmbook.sync import SyncState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.notify.settings import Settings
    from crmbook.sync import Report

FOLDER: Final = "outbox"
STAYS: Final = 600.0
"""Seconds that a failure must last before anybody is notified: most end by themselves."""
BUSY_STAYS: Final = 3600.0
"""Seconds that another sync may be at work."""
FIRST_PAUSE: Final = 30.0
_LOCK: Final = "sending.lock"
_LEFT_OPEN: Final = "notice.left-open"
_LEFT_OPEN_UNNAMED: Final = "notice.left-open-unnamed"


def _silent(code: str, **params: object) -> None:
    """Log nothing."""


class Notices:
    """The notices of one watched folder.

    Parameters
    ----------
    home
        Where the outbox lies, in a folder of its own.
    clock
        Seconds since the epoch.
    log
        Takes message codes with their params, from any thread; no param holds a secret.
    first_pause, stays
        Seconds until a second attempt, and until a failure is reported.
    """

    def __init__(  # noqa: PLR0913 - the last ones are for tests and for a log
        self,
        settings: Settings,
        home: Path,
        lang: Language,
        *,
        clock: Callable[[], float] = time.time,
        log: Callable[..., None] = _silent,
        first_pause: float = FIRST_PAUSE,
        stays: float = STAYS,
    ) -> None:
        self.settings, self.lang, self.clock, self.log = settings, lang, clock, log
        self.first_pause, self.stays = first_pause, stays
        self.folder = home / FOLDER
        self.recipients = Recipients(settings)
        self._outbox: Outbox | None = None
        self._lock: FileLock | None = None
        self._lines: list[Line] = []
        self._looked: set[str | Path] = set()
        self._greeted: dict[str, date] = {}
        self._pending = 0

    @property
    def pending(self) -> int:
        """How many notices have not arrived yet, those that were given up left out; as last known, where nobody can look."""
        with suppress(CrmbookError):
            waiting = [one for one in self.unsent() if one.state != "failed" and one.target != NOBODY]
            self._pending = sum(one.count for one in waiting)
        return self._pending

    def unsent(self) -> list[Unsent]:
        """Return what has not arrived."""
        return self._outbox.unsent() if self._outbox is not None else read_unsent(self.folder)

    def start(self) -> None:
        """Begin to send: what an earlier run left first. Where another process sends already, this one does not."""
        if not self.settings.tells or self._lines or not self._take():
            return
        outbox = self._open()
        if outbox is None or not self._address(outbox):
            self._let_go()
            return
        targets = self.recipients.targets
        work = Work(outbox, self.lang, self.clock, self.first_pause, self.log)
        servers: dict[str, list[Target]] = {}
        for one in targets.values():
            servers.setdefault(one.server, []).append(one)
        self._lines = [Line(work, group) for group in servers.values()]
        for line in self._lines:
            line.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End within about `timeout` seconds; what is not sent by then stays in the outbox."""
        until = time.monotonic() + timeout
        for line in self._lines:
            line.stop()
        for line in self._lines:
            line.join(max(until - time.monotonic(), 0.0))
        self._lines = []
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None
        self._let_go()

    def flush(self, timeout: float = 30.0) -> bool:
        """Send what has gathered without waiting for the digest's time; say whether everything was tried in time."""
        until = time.monotonic() + timeout
        for line in self._lines:
            line.ring(hurry=True)
        return all(line.wait_idle(max(until - time.monotonic(), 0.0)) for line in self._lines)

    def notify(self, report: Report, location: str | Path, workspace: Path | None = None) -> None:
        """Enter what is new since the last time: conflicts, held workbooks, failures that stay. It never raises.

        Parameters
        ----------
        location
            The store that the workbooks were synced with, as `crmbook.store.locate` gives it.
        workspace
            A folder with changes to the schemas that the person gave.
        """
        if not self.settings.tells:
            return
        outbox = self._open()
        if outbox is None:
            return
        try:
            self._enter_failures(outbox, report)
            self._enter_standing(outbox, report, location, workspace)
        except CrmbookError as error:  # the store says it again the next time
            self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
        except Exception as error:  # noqa: BLE001 - what cannot be reported must not keep workbooks from being synced
            reason = describe("notice.defect", self.lang, {"reason": f"{type(error).__name__}: {error}"})
            self.log("notice.not-entered", reason=reason)
        self.start()
        for line in self._lines:
            line.ring()

    def remind(self, folder: Path, left_open: Mapping[str, str]) -> None:
        """Enter workbooks that somebody has had open for so long that it looks forgotten; it never raises.

        Parameters
        ----------
        left_open
            Who has them open, by their names.
        """
        if not left_open or not self.settings.tells or (outbox := self._open()) is None:
            return
        found = [
            failure(folder / name, error, is_in=True)
            for name, holder in left_open.items()
            for error in [OpenError(_LEFT_OPEN, holder=holder) if holder else OpenError(_LEFT_OPEN_UNNAMED)]
        ]
        try:
            known, now = outbox.known(FAILURE), self.clock()
            new = [one for one in found if (one.key, one.mark) not in known]
            outbox.enter([(one, now + self.settings.interval, self.recipients.of(one)) for one in new], now)
        except CrmbookError as error:  # it is said again at the next beat
            self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
        for line in self._lines:
            line.ring()

    def ask(self, folder: Path, waiting: Collection[Path]) -> None:
        """Enter the previews of dropped lists that wait for an answer, and end those that do no more; it never raises."""
        if not self.settings.tells or (outbox := self._open()) is None:
            return
        found = {f"{PREVIEW}{path}": path.relative_to(folder).as_posix() for path in waiting}
        try:
            known, now = {key for key, _ in outbox.known(PREVIEW)}, self.clock()
            outbox.end(key for key in known if key not in found)
            new = [
                Notification("preview", key, "", facts={"workbook": name})
                for key, name in found.items()
                if key not in known
            ]
            outbox.enter([(one, now + self.settings.interval, self.recipients.of(one)) for one in new], now)
        except CrmbookError as error:  # it is said again once another preview comes
            self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
        self.start()
        for line in self._lines:
            line.ring()

    def greet(self, store: Store, book_id: str, now: datetime, folder: Path, workspace: Path | None) -> None:
        """Enter what is due today in a book, once a day, where the settings ask for it; it never raises."""
        if not (self.settings.tells and self.settings.daily) or (outbox := self._open()) is None:
            return
        wording = Wording(folder, workspace, hides=self.settings.personal == "hidden")
        try:
            record = store.book(book_id)
            if record is None or self._greeted.get(book_id) == (day := day_of(store, record, now)):
                return
            known = outbox.known(f"{DAY}{book_id}/")
            if day.isoformat() not in {mark for _, mark in known}:
                due = self.clock() + self.settings.interval
                found = [*iter_due(store, record, day, wording)]
                outbox.enter([(one, due, self.recipients.of(one)) for one in found], self.clock())
            self._greeted[book_id] = day
        except CrmbookError as error:  # the next sync says it again
            self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
        self.start()
        for line in self._lines:
            line.ring()

    def _enter_failures(self, outbox: Outbox, report: Report) -> None:
        """Enter workbooks that could not be synced; reported once they stay so."""
        known, now = outbox.known(FAILURE), self.clock()
        taken_in = {one.path for one in report.unwritten}
        found = {
            path: (failure(path, error, is_in=path in taken_in or isinstance(error, DeniedError)), error)
            for path, error in report.failures if not isinstance(error, OpenError)  # which is no failure
        }  # fmt: skip
        synced = {f"{FAILURE}{one.path}": one.state for one in report.workbooks}
        outbox.end(
            key for key, mark in known
            if key in synced and (synced[key] is not SyncState.WAITING or mark not in {_LEFT_OPEN, _LEFT_OPEN_UNNAMED})
        )  # fmt: skip
        new, failing = [], {key for key, _ in known}
        for one, error in found.values():
            if isinstance(error, BusyError) and one.key in failing:
                continue  # nobody could try it: what was wrong goes on, and so does its time
            if (one.key, one.mark) not in known:
                stays = BUSY_STAYS if isinstance(error, BusyError) else self.stays
                new.append((one, now + max(stays, self.settings.interval), self.recipients.of(one)))
        if new:
            outbox.enter(new, now)

    def _enter_standing(
        self, outbox: Outbox, report: Report, location: str | Path, workspace: Path | None
    ) -> None:
        """Enter the conflicts and held workbooks of the books that were synced, and end what is no more."""
        is_quiet = not any(one.conflicts or one.state is SyncState.HELD for one in report.workbooks)
        if location in self._looked and is_quiet and not outbox.known():
            return  # nothing was open, and nothing came
        paths = [one.path for one in report.workbooks]
        if not paths or not exists(location):
            return
        wording = Wording(paths[0].parent, workspace, hides=self.settings.personal == "hidden")
        with Store.open(location) as store:
            for record, workbooks in books_of(store, location, paths):
                self._enter_book(outbox, BookNotifications(store, record, workbooks, wording))
        self._looked.add(location)

    def _enter_book(self, outbox: Outbox, book: BookNotifications) -> None:
        standing, known, now = book.standing(), outbox.known(book.prefix()), self.clock()
        stands = {*standing.conflicts, *standing.held}
        kept = {key for key, _ in stands}
        over = [key for key, _ in known if key not in kept]
        if over:
            outbox.end(over)
        if stands <= known:
            return
        due = now + self.settings.interval
        new = list(book.iter_notifications(standing, known))
        outbox.enter([(one, due, self.recipients.of(one)) for one in new], now)

    def _address(self, outbox: Outbox) -> bool:
        """Send what waits where the settings of today send it; return whether the outbox could be written."""
        targets = self.recipients.targets
        try:
            outbox.address_anew(self.recipients.of, {key: one.settings for key, one in targets.items()})
        except CrmbookError as error:  # another start comes; until then nobody sends, and nothing is lost
            self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
            return False
        return True

    def _open(self) -> Outbox | None:
        if self._outbox is None:
            try:
                self._outbox = Outbox(self.folder)
            except CrmbookError as error:
                self.log("notice.not-entered", reason=describe(error.code, self.lang, error.params))
                return None
            if self._outbox.is_new:
                self.log("notice.outbox-damaged", path=self._outbox.path)
        return self._outbox

    def _take(self) -> bool:
        """Take the right to send; only one process has it."""
        try:
            make_private_folder(self.folder)
            lock = FileLock(
                self.folder / _LOCK, timeout=0, thread_local=False, mode=private_mode(self.folder)
            )
            lock.acquire()
        except (Timeout, OSError, CrmbookError):
            return False
        self._lock = lock
        return True

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial message to one target; `problem` is empty where it arrived."""

    target: str
    problem: str


def try_settings(settings: Settings, lang: Language) -> list[Tried]:
    """Send a trial message to every address, now, and say what came of each."""
    tried = []
    for one in Recipients(settings).targets.values():
        facts = {"workbook": describe("notice.trial-workbook", lang, {})}
        message = Message(
            f"trial-{time.time_ns():x}", one.key, [Notification("trial", "trial", "", facts=facts)]
        )
        try:
            one.send(message, lang, Conversation(), time.time)
        except (Undelivered, CrmbookError) as error:
            tried.append(Tried(one.key, describe(error.code, lang, error.params)))
        else:
            tried.append(Tried(one.key, ""))
    return tried

"""Who reports what a watcher does: lines for the screen and the log, notices for people, the standing for `status`.

Before it was opened it only says its lines: one on standby writes nothing that belongs to the watcher that leads. Nor
does it write into a folder that holds nothing of crmbook's: that may be the bare place where a drive is mounted later.
Another folder may appear at the path, and the settings may change or get a mistake while it watches: it goes on
with those of the folder that is there, and where they have mistakes says so and keeps to the last that had none.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import UNKNOWN, CrmbookError, boot, describe, stale_locks, start_of, steady
from crmbook.notify import FILE, Notices, Settings, load_settings
from crmbook.store import private_location
from crmbook.watch.account import Account, in_words
from crmbook.watch.coediting import may_be_coedited
from crmbook.watch.folder import identity_of, sign_of
from crmbook.watch.log import Log
from crmbook.watch.status import Said, WatcherStatus, home, leave_standby, read_status, write_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from crmbook.store import Store
    from crmbook.sync import Report
    from crmbook.watch.calendars import Wanted
    from crmbook.watch.setup import Setup

_FAREWELL: Final = 5.0
"""Seconds for notices on their way when a watcher ends; the rest goes out when the next one begins."""


class Reporter:
    """All that one watcher reports.

    Parameters
    ----------
    say
        Takes every line that a person may want to read.
    now
        The moment, with its time zone.
    """

    def __init__(self, setup: Setup, say: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._setup, self._say, self._now = setup, say, now
        self._folder = setup.folder
        self._settings = Settings()
        self._settings_sign: object = None
        self._home: tuple[int, int] | None = None
        self._started = now()
        self._account = Account(setup.lang, read_status(setup.folder))
        self._log: Log | None = None
        self._notices: Notices | None = None
        self._asked: tuple[Path, ...] | None = None
        self._is_there = True
        self._mistake: Said | None = None
        self._stumbled = ""
        self._missed: set[tuple[str, str]] = set()
        self._troubles: tuple[str, ...] = ()
        self._warnings: dict[str, Said] = {}

    @property
    def is_open(self) -> bool:
        """Return whether it writes down what it reports."""
        return self._log is not None

    @property
    def calendars(self) -> Wanted:
        """Return whose calendars the folder's settings ask for."""
        return self._settings.calendars

    def open(self) -> None:
        """Begin to write down what is reported, and to send notices: only one watcher of a folder does."""
        setup = self._setup
        self._log = Log(home(self._folder), setup.lang, setup.json_log, self._say, may=self._may_write)
        self.mind_settings()
        self._begin_notices()
        for line in self._warnings.values():
            self.log(line.code, **line.params)

    def _begin_notices(self) -> None:
        """Send notices by the settings of now."""
        if self._log is None:
            return
        if self._notices is not None:
            self._notices.stop(_FAREWELL)
        self._asked = None
        self._notices = Notices(self._settings, home(self._folder), self._setup.lang, log=self._log.write)
        if self._may_write():
            self._notices.start()

    def mind_settings(self) -> None:
        """Take in the settings of the folder that is there, if they have changed; one on standby needs none."""
        setup = self._setup
        if not self.is_open:
            return
        path = setup.settings or self._folder / FILE
        sign = (identity_of(self._folder), sign_of(path))
        if sign == self._settings_sign:
            return
        is_first, self._settings_sign = self._settings_sign is None, sign
        try:
            settings = load_settings(self._folder, setup.settings)
        except CrmbookError as error:
            problem, _ = in_words(error, setup.lang)
            code = "watch.settings-kept" if self._settings.tells else "watch.settings-none"
            self._mistake = Said(code, {"problem": problem})
            self.log(code, problem=problem)
            return
        self._mistake = None
        if settings != self._settings:
            self._settings = settings
            if not is_first:
                self.log("watch.settings-read", path=str(path))
                self._begin_notices()

    def move(self) -> None:
        """Begin anew in another folder that has appeared at the path."""
        self._account = Account(self._setup.lang, read_status(self._folder))
        self._warnings = {}
        if self.is_open:
            self.close()
            self.open()

    def close(self, *, flush: float = 0.0) -> None:
        """End; notices that are on their way get a moment, all that wait get `flush` seconds."""
        if self._notices is not None:
            if flush:
                self._notices.flush(flush)
            self._notices.stop(_FAREWELL)
        self._notices = self._log = None

    def log(self, code: str, **params: Any) -> None:
        """Report the message `code`; while the folder is away nothing is written where it was."""
        if self._log is not None and self._is_there:
            self._log.write(code, **params)
        else:
            self._say(describe(code, self._setup.lang, params))

    def report(self, report: Report, books: Mapping[Path, str]) -> None:
        """Report what a sync did to workbooks of these `books`, and give notice of what it left for people to decide."""
        for line in self._account.take(report, self._now(), books):
            self.log(line.code, **line.params)
        if self._notices is not None:
            self._notices.notify(report, self._setup.location, self._setup.workspace)

    def ask(self, waiting: Sequence[Path] | None) -> None:
        """Give notice of the previews of dropped lists that wait for an answer, once they are others than before."""
        if self._notices is not None and waiting is not None and self._asked != tuple(waiting):
            self._asked = tuple(waiting)
            self._notices.ask(self._folder, waiting)

    def greet(self, store: Store, book: str) -> None:
        """Report what is due today in a book that was just synced, once a day, where the settings ask for it."""
        if self._notices is not None:
            self._notices.greet(store, book, self._now(), self._folder, self._setup.workspace)

    def sum_up(self, report: Report) -> None:
        """Say at the end of a single round what no line of it said: which workbooks are as before, or are gone.

        It is said and not logged: a round every few minutes must not fill the log with nothing.
        """
        lines = [*self._account.iter_rest(report)]
        for line in lines:
            self._say(describe(line.code, self._setup.lang, line.params))

    def mind(self, is_there: bool) -> None:
        """Report that the folder went away, or came back."""
        self._is_there = is_there
        self.log("watch.folder-back" if is_there else "watch.folder-gone", path=str(self._folder))

    def keep(self, paths: Sequence[Path]) -> None:
        """Forget the workbooks that are not among these; write down nothing where there never were any."""
        self._account.keep(paths)
        is_home = bool(paths) or private_location(self._folder).is_dir()
        was_home, self._home = self._home, identity_of(self._folder) if is_home else None
        if self._home is not None and was_home is None and self._notices is not None:
            self._notices.start()

    def _may_write(self) -> bool:
        """Return whether the folder at the path is the one that holds something of crmbook's, seen at this moment."""
        return self._home is not None and identity_of(self._folder) == self._home

    def warn(self) -> None:
        """Report what people should know of the folder, when that begins."""
        found: dict[str, Said] = {}
        for lock in stale_locks(self._folder):
            line = {"name": lock.workbook.name, "lock": lock.path.name, "holder": lock.holder}
            found[f"{lock.path.name} {lock.since}"] = Said("watch.stale-lock", line)
        if may_be_coedited(self._folder):
            found["co-editing"] = Said("watch.co-editing")
        if self._mistake is not None and self._setup.settings is not None:  # `status` reads the folder's own
            found[self._mistake.code] = self._mistake
        for key, one in found.items():
            if one is not self._mistake and key not in self._warnings and self.is_open:
                self.log(one.code, **one.params)
        self._warnings = found

    def trouble(self, errors: Sequence[CrmbookError]) -> None:
        """Report when a store cannot be used, and when it can be again; once each."""
        codes = tuple(sorted({error.code for error in errors}))
        if codes == self._troubles:
            return
        for error in errors:
            problem, remedy = in_words(error, self._setup.lang)
            self.log("watch.store-lost", problem=problem, remedy=remedy)
        if not codes:
            self.log("watch.store-back")
        self._troubles = codes

    def miss_calendars(self, errors: Sequence[CrmbookError]) -> None:
        """Report which calendars could not be written; once each."""
        line = {in_words(error, self._setup.lang) for error in errors}
        for problem, remedy in sorted(line - self._missed):
            self.log("watch.no-calendar", problem=problem, remedy=remedy)
        self._missed = line

    def stumble(self, error: CrmbookError) -> None:
        """Report that the watcher itself failed at something; the same not again and again."""
        problem, _ = in_words(error, self._setup.lang)
        if problem != self._stumbled:
            self._stumbled = problem
            self.log("watch.stumbled", problem=problem)

    def put_down(self, role: Any, *, behind: str = "", polls: bool = False, next_run: str = "") -> None:
        """Put down the state of the folder."""
        if not (self._is_there and self._may_write()):
            return
        if self._notices is not None and role == "watching":
            self._notices.start()  # unless it sends already: the outbox may have been out of reach
        if self._notices is not None:
            self._notices.remind(self._folder, self._account.left_open(self._now()))
        if role != "standby":
            leave_standby(self._folder)
        status = WatcherStatus(
            str(self._folder), os.getpid(), socket.gethostname(), self._started.isoformat(timespec="seconds"),
            self._now().isoformat(timespec="seconds"), role, behind, polls, next_run,
            self._notices.pending if self._notices else 0, self._account.workbooks(), tuple(self._warnings.values()),
            start_of(os.getpid()) or UNKNOWN, boot(), steady(),
        )  # fmt: skip
        with suppress(CrmbookError):  # a full disk ends no watch
            write_status(self._folder, status)

"""Who tells what a watcher does: lines for the screen and the log, notices for people, the standing for `status`.

Before it was opened it only says its lines: one on standby writes nothing that belongs to the watcher that leads.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import UNKNOWN, boot, start_of, steady
from crmbook.errors import CrmbookError
from crmbook.issues import describe
from crmbook.locks import stale_locks
from crmbook.store import own_place
from crmbook.watch.account import Account, in_words
from crmbook.watch.coediting import may_be_coedited
from crmbook.watch.log import Log
from crmbook.watch.notices import Notices
from crmbook.watch.settings import load_settings
from crmbook.watch.standing import Standing, Told, home, leave_standby, read_standing, write_standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from crmbook.outcome import Report
    from crmbook.watch.setup import Setup

_FAREWELL: Final = 5.0
"""Seconds for notices on their way when a watcher ends; the rest goes out when the next one begins."""


class Herald:
    """All that one watcher tells.

    Parameters
    ----------
    say
        Takes every line that a person may want to read.
    now
        The moment, with its time zone.

    Raises
    ------
    SettingsError
        If the folder's settings have mistakes.
    """

    def __init__(self, setup: Setup, say: Callable[[str], None], now: Callable[[], datetime]) -> None:
        self._setup, self._say, self._now = setup, say, now
        self._folder = setup.folder
        self._settings = load_settings(setup.folder, setup.settings)
        self._started = now()
        self._account = Account(setup.lang, read_standing(setup.folder))
        self._log: Log | None = None
        self._notices: Notices | None = None
        self._is_there = True
        self._stumbled = ""
        self._troubles: tuple[str, ...] = ()
        self._warnings: dict[str, Told] = {}

    @property
    def is_open(self) -> bool:
        """Whether it writes down what it tells."""
        return self._log is not None

    def open(self) -> None:
        """Begin to write down what is told, and to send notices: only one watcher of a folder does."""
        setup, place = self._setup, home(self._folder)
        self._log = Log(place, setup.lang, setup.json_log, self._say)
        self._notices = Notices(self._settings, place, setup.lang, log=self._log.write)
        self._notices.start()
        for told in self._warnings.values():
            self.tell(told.code, **told.params)

    def close(self, *, flush: float = 0.0) -> None:
        """End; notices that are on their way get a moment, all that wait get `flush` seconds."""
        if self._notices is not None:
            if flush:
                self._notices.flush(flush)
            self._notices.stop(_FAREWELL)
        self._notices = self._log = None

    def tell(self, code: str, **params: Any) -> None:
        """Tell the message `code`; while the folder is away nothing is written where it was."""
        if self._log is not None and self._is_there:
            self._log.write(code, **params)
        else:
            self._say(describe(code, self._setup.lang, params))

    def report(self, report: Report, books: Mapping[Path, str]) -> None:
        """Tell what a sync did to workbooks of these `books`, and give notice of what it left for people to decide."""
        for told in self._account.take(report, self._now(), books):
            self.tell(told.code, **told.params)
        if self._notices is not None:
            self._notices.tell(report, self._setup.place, self._setup.workspace)

    def mind(self, is_there: bool) -> None:
        """Tell that the folder went away, or came back."""
        self._is_there = is_there
        self.tell("watch.folder-back" if is_there else "watch.folder-gone", path=str(self._folder))

    def keep(self, paths: Sequence[Path]) -> None:
        """Forget the workbooks that are not among these."""
        self._account.keep(paths)

    def warn(self) -> None:
        """Tell what people should know of the folder, when that begins."""
        found: dict[str, Told] = {}
        for lock in stale_locks(self._folder):
            told = {"name": lock.workbook.name, "lock": lock.path.name, "holder": lock.holder}
            found[f"{lock.path.name} {lock.since}"] = Told("watch.stale-lock", told)
        if may_be_coedited(self._folder):
            found["co-editing"] = Told("watch.co-editing")
        for key, one in found.items():
            if key not in self._warnings and self.is_open:
                self.tell(one.code, **one.params)
        self._warnings = found

    def trouble(self, errors: Sequence[CrmbookError]) -> None:
        """Tell when a store cannot be used, and when it can be again; once each."""
        codes = tuple(sorted({error.code for error in errors}))
        if codes == self._troubles:
            return
        for error in errors:
            problem, remedy = in_words(error, self._setup.lang)
            self.tell("watch.store-lost", problem=problem, remedy=remedy)
        if not codes:
            self.tell("watch.store-back")
        self._troubles = codes

    def stumble(self, error: CrmbookError) -> None:
        """Tell that the watcher itself failed at something; the same not again and again."""
        problem, _ = in_words(error, self._setup.lang)
        if problem != self._stumbled:
            self._stumbled = problem
            self.tell("watch.stumbled", problem=problem)

    def put_down(self, role: Any, *, behind: str = "", polls: bool = False, next_run: str = "") -> None:
        """Put down how the folder stands."""
        if not self._is_there:
            return
        if self._notices is not None and role == "watching":
            self._notices.start()  # unless it sends already: the outbox may have been out of reach
        if role != "standby":
            leave_standby(self._folder)
        if not own_place(self._folder).is_dir():
            return  # nothing was synced here yet, or it is the bare place where a drive was mounted
        standing = Standing(
            str(self._folder), os.getpid(), socket.gethostname(), self._started.isoformat(timespec="seconds"),
            self._now().isoformat(timespec="seconds"), role, behind, polls, next_run,
            self._notices.pending if self._notices else 0, self._account.workbooks(), tuple(self._warnings.values()),
            start_of(os.getpid()) or UNKNOWN, boot(), steady(),
        )  # fmt: skip
        with suppress(CrmbookError):  # a full disk ends no watch
            write_standing(self._folder, standing)

"""A folder that keeps itself right: one thread that waits for saves and times, syncs what is due, and tells of it.

::

    news of the folder → who leads → what is due → sync → told, put down → wait

Nothing but being asked ends it: a workbook that cannot be synced, a store or folder that is gone, a sync by hand at the
same time are told once and tried again. The clock says when something is synced; the store alone what comes of it.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbook.errors import BusyError, CrmbookError
from crmbook.file import is_open
from crmbook.issues import describe
from crmbook.locks import stale_locks
from crmbook.options import Options
from crmbook.outcome import Report, State
from crmbook.store import locate, own_place
from crmbook.watch.account import Account, in_words
from crmbook.watch.batch import CALM, PATIENCE, Batch
from crmbook.watch.coediting import may_be_coedited
from crmbook.watch.lead import Lead
from crmbook.watch.log import Log
from crmbook.watch.saves import Saves
from crmbook.watch.shelf import Shelf
from crmbook.watch.standing import BEAT, Standing, Told, home, leave_standby, read_standing, write_standing
from crmbook.watch.stopping import stopping
from crmbook.watch.times import Times, local_now
from crmbook.watch.trial import is_passing, try_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from crmbook.issues import Language
    from crmbook.outcome import Synced
    from crmbook.watch.saves import News

_SOON = 15.0
"""Seconds after which a workbook that was busy is tried again, at the longest."""
_HOME = 3.0
"""Seconds to wait for a workbook that is just not there, before another file with its id is taken for it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a person wants a folder watched.

    Attributes
    ----------
    quiet
        Seconds without a change after which a file counts as saved.
    calm, patience
        See `crmbook.watch.batch.Batch`.
    json_log
        A file for the log besides its own.
    settings
        The file that says whom to tell; otherwise the folder's own.
    workspace, store, who
        See `crmbook.options.Options`.
    """

    folder: Path
    times: Times = field(default_factory=Times)
    lang: Language = "zh"
    poll: bool | None = None
    quiet: float = 1.0
    calm: float = CALM
    patience: float = PATIENCE
    json_log: Path | None = None
    settings: Path | None = None
    workspace: Path | None = None
    store: str | None = None
    who: str = ""


class Watcher:
    """One watcher of one folder.

    Parameters
    ----------
    say
        Takes every line that a person may want to read.
    now, clock
        The moment with its time zone, and seconds that only go forward.
    """

    def __init__(
        self,
        setup: Setup,
        say: Callable[[str], None],
        *,
        now: Callable[[], datetime] = local_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._setup, self._say, self._now, self._clock = setup, say, now, clock
        self._folder = setup.folder.resolve()
        self._saves = Saves(self._folder, poll=setup.poll, quiet=setup.quiet)
        self._shelf = Shelf(self._folder)
        self._batch = Batch(setup.calm, setup.patience)
        self._lead = Lead(locate(self._folder, setup.store))
        self._account = Account(setup.lang, read_standing(self._folder))
        self._log: Log | None = None
        self._started = self._checked = now()
        self._next_run = setup.times.after(self._checked)
        self._stopping = False
        self._is_there = True
        self._troubles: tuple[str, ...] = ()
        self._warnings: tuple[Told, ...] = ()
        self._behind = ""
        self._beaten = float("-inf")
        self._looked = float("-inf")
        self._patient: set[Path] = set()

    def stop(self) -> None:
        """Finish the workbook under way, then end; from any thread or signal handler."""
        self._stopping = True
        self._saves.wake()

    def run(self) -> int:
        """Watch until asked to stop; return the exit code."""
        with stopping(self.stop):
            self._saves.start()
            try:
                while not self._stopping:
                    self._turn(self._saves.wait(self._wait()))
            finally:
                self._saves.stop()
                self._end()
        return 0

    def run_once(self) -> Report:
        """Sync every workbook that is led once, and return what came of it.

        Raises
        ------
        CrmbookError
            ``watch.no-workbooks``.
        """
        self._batch = Batch(0, 0)
        with stopping(self.stop):
            paths = self._saves.workbooks()
            if not paths:
                raise CrmbookError("watch.no-workbooks", path=self._folder)
            try:
                return self._run_once(paths)
            finally:
                self._end()

    def _run_once(self, paths: Sequence[Path]) -> Report:
        self._look(paths)
        errors = self._lead.turn().errors
        self._open()
        mine = [path for path in paths if self._is_mine(path)]
        done: dict[Path, Synced] = {}
        failed: dict[Path, CrmbookError] = {}
        if errors:
            failed = {path: errors[0] for path in paths if path not in mine}
        self._batch.save(mine, self._clock())
        for _ in range(3 * len(paths)):  # others may bring news without end
            report = self._work()
            if report is None or self._stopping:
                break
            done |= {
                one.path: one
                for one in report.workbooks
                if one.state is not State.UNCHANGED or one.path not in done
            }
            failed |= dict(report.failures)
            failed = {
                path: error
                for path, error in failed.items()
                if path not in {one.path for one in report.workbooks}
            }
        return Report([done[path] for path in sorted(done) if path not in failed], sorted(failed.items()))

    # one turn

    def _turn(self, news: News) -> None:
        if self._stopping:
            return
        self._hear(news)
        if self._is_there:
            self._follow_lead()
            self._mind_the_time()
            self._work()
        self._beat()

    def _wait(self) -> float:
        """Return how long there is nothing to do but to listen."""
        if not self._is_there:
            return BEAT
        due = self._batch.wait(self._clock())
        seconds = (self._next_run - self._now()).total_seconds()
        return max(0.0, min(BEAT, seconds, self._lead.wait(), BEAT if due is None else due))

    def _hear(self, news: News) -> None:
        """Take in what happened in the folder."""
        if news.is_there != self._is_there:
            self._is_there = news.is_there
            self._tell("watch.folder-back" if news.is_there else "watch.folder-gone", path=str(self._folder))
        if not news.is_there:
            return
        fresh = {*news.saved, *news.closed}
        if fresh or news.gone or self._clock() >= self._looked + BEAT:
            self._look(self._saves.workbooks())
        for path in list(fresh):
            fresh |= set(self._shelf.twins(path))
        self._batch.save(sorted(path for path in fresh if self._is_mine(path)), self._clock())
        self._batch.forget(news.gone)

    def _look(self, paths: Sequence[Path]) -> None:
        """Take in which workbooks there are, what they lack, what a person should know of them."""
        self._looked = self._clock()
        self._shelf.look(paths)
        self._account.keep(paths)
        self._lead.want(self._shelf.books)
        self._refresh()
        self._warn()

    def _refresh(self) -> None:
        """Take note of which workbooks show too little."""
        outdated: list[Path] = []
        for book in sorted(self._lead.books):
            store = self._lead.store(book)
            with suppress(CrmbookError):  # a lost store shows when its lease is renewed
                outdated += self._shelf.outdated(store, book) if store else []
        self._batch.refresh(outdated, self._clock())

    def _is_mine(self, path: Path) -> bool:
        """Say whether to sync a workbook: its book is led here, or it cannot be read, which people shall be told."""
        book = self._shelf.book(path)
        return book in self._lead.books if book else not self._behind

    def _follow_lead(self) -> None:
        """Find out which books are led, and begin with those that are from now on."""
        turn = self._lead.turn()
        behind = self._lead.behind
        if behind != self._behind:
            if behind:
                self._tell("watch.standing-by", holder=behind)
            else:
                self._tell("watch.leading", folder=str(self._folder))
                leave_standby(self._folder)
            self._behind = behind
        if not behind:
            self._open()
        if turn.gained:
            self._batch.round(path for path in self._shelf.paths if self._shelf.book(path) in turn.gained)
        self._tell_troubles([error for error in turn.errors if not isinstance(error, BusyError)])

    def _tell_troubles(self, errors: Sequence[CrmbookError]) -> None:
        """Tell when a store cannot be used, and when it can be again; once each."""
        codes = tuple(sorted({error.code for error in errors}))
        if codes == self._troubles:
            return
        for error in errors:
            problem, remedy = in_words(error, self._setup.lang)
            self._tell("watch.store-lost", problem=problem, remedy=remedy)
        if not codes:
            self._tell("watch.store-back")
        self._troubles = codes

    def _mind_the_time(self) -> None:
        """Begin a round when it is time for one, also when the machine slept through that time."""
        now = self._now()
        if self._next_run <= now:
            self._tell("watch.round", count=len(self._shelf.paths))
            self._batch.round(path for path in self._shelf.paths if self._is_mine(path) and not is_open(path))
        if self._next_run <= now or now < self._checked:  # or somebody has set the clock back
            self._next_run = self._setup.times.after(now)
        self._checked = now

    # syncing

    def _work(self) -> Report | None:
        """Sync what is due; None where nothing is."""
        taken = self._batch.take(self._clock())
        if not taken:
            return None
        ready = [path for path in taken if path.exists() and self._is_at_home(path)]
        options = Options(self._now().date(), self._setup.workspace, self._setup.store, who=self._setup.who)
        report = try_sync(ready, options) if ready else Report([])
        self._note(report)
        self._refresh()
        self._beaten = float("-inf")
        return report

    def _is_at_home(self, path: Path) -> bool:
        """Say whether a file may be synced: the workbook whose copy it may be is not just being replaced."""
        store = self._lead.store(self._shelf.book(path))
        with suppress(CrmbookError):
            if store and path not in self._patient and self._shelf.lost_home(store, path):
                self._patient.add(path)
                self._batch.later(path, self._clock(), first=_HOME)
                return False
        self._patient.discard(path)
        return True

    def _note(self, report: Report) -> None:
        """Put down and tell what a sync did, and see to what it could not do."""
        for told in self._account.take(report, self._now()):
            self._tell(told.code, **told.params)
        for synced in report.workbooks:
            self._batch.done(synced.path)
            if synced.written:
                self._tell_saves(synced.path)
        for path, error in report.failures:
            if isinstance(error, BusyError):
                self._batch.later(path, self._clock(), longest=_SOON)
            elif is_passing(error):
                self._batch.later(path, self._clock())
            elif error.code == "file.missing":
                self._batch.forget([path])
            else:
                self._batch.bar(path)

    def _tell_saves(self, path: Path) -> None:
        """Let what was just written be no news; what somebody saved since then is."""
        store = self._lead.store(self._shelf.book(path))
        with suppress(CrmbookError):
            record = self._shelf.record(store, path) if store else None
            if record is not None and record.digest:
                self._saves.told(path, record.digest)

    # telling

    def _tell(self, code: str, **params: Any) -> None:
        if self._log is not None:
            self._log.write(code, **params)
        else:
            self._say(describe(code, self._setup.lang, params))

    def _open(self) -> None:
        """Begin to write down what is done: only one watcher of a folder does."""
        if self._log is not None:
            return
        setup = self._setup
        self._log = Log(home(self._folder), setup.lang, setup.json_log, self._say)
        self._tell("watch.started", folder=str(self._folder), next=self._next_run.strftime("%m-%d %H:%M"))
        if self._saves.polls:
            self._tell("watch.polling")

    def _warn(self) -> None:
        """Tell of what people should know of the folder, when it begins."""
        warnings = [Told("watch.stale-lock", {"name": lock.workbook.name, "lock": lock.path.name, "holder": lock.holder})
                    for lock in stale_locks(self._folder)]  # fmt: skip
        if may_be_coedited(self._folder):
            warnings.append(Told("watch.co-editing", {}))
        for told in warnings:
            if told not in self._warnings and not self._behind:
                self._tell(told.code, **told.params)
        self._warnings = tuple(warnings)

    def _beat(self) -> None:
        """Put down how the folder stands."""
        if self._clock() < self._beaten + BEAT:
            return
        self._beaten = self._clock()
        self._put_down("standby" if self._behind else "watching")

    def _put_down(self, role: Any) -> None:
        if not self._is_there or not (self._shelf.paths or own_place(self._folder).is_dir()):
            return  # the bare place where a drive was mounted takes nothing
        standing = Standing(
            str(self._folder), os.getpid(), socket.gethostname(), self._started.isoformat(timespec="seconds"),
            self._now().isoformat(timespec="seconds"), role, self._behind, self._saves.polls,
            self._next_run.isoformat(timespec="minutes"), 0, self._account.workbooks(), self._warnings,
        )  # fmt: skip
        with suppress(CrmbookError):  # a full disk ends no watch
            write_standing(self._folder, standing)

    def _end(self) -> None:
        """Give everything back."""
        if self._behind:
            leave_standby(self._folder)
        elif self._log is not None:
            self._tell("watch.stopped")
            self._put_down("stopped")
        self._lead.release()

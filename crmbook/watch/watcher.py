"""A folder that keeps itself right: one thread that waits for saves and times, syncs what is due, and reports it.

::

    news of the folder → who leads → what is due → sync → report, put down → wait

Nothing but being asked ends it: a workbook that cannot be synced, a store or folder that is gone, a sync by hand at the
same time are reported once and tried again. The clock says when something is synced; the store alone what comes of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from crmbook.base import BusyError, CrmbookError, OpenError, as_coded, is_open
from crmbook.store import private_location
from crmbook.sync import Report, acknowledge, is_ours
from crmbook.watch.batch import Batch
from crmbook.watch.calendars import Calendars
from crmbook.watch.catalog import Catalog
from crmbook.watch.folder import identity_of
from crmbook.watch.imports import Imports
from crmbook.watch.leader import Leader
from crmbook.watch.reporter import Reporter
from crmbook.watch.saves import News, Saves
from crmbook.watch.status import BEAT
from crmbook.watch.stopping import stopping
from crmbook.watch.times import Clock, local_now
from crmbook.watch.trial import is_passing, try_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from crmbook.sync import Synced
    from crmbook.watch.setup import Setup

_SOON: Final = 15.0
_OPEN: Final = 60.0
"""Seconds after which a workbook is tried again, at the longest: while another syncs, while it is open."""
_HOME: Final = 3.0
"""Seconds to wait for a workbook that is just not there, before another file with its id is taken for it."""
_REST: Final = 5.0
"""Seconds of rest after something that nobody foresaw."""
_FLUSH: Final = 20.0
"""Seconds for the notices of a single round."""


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
        self._setup = setup = replace(setup, folder=setup.folder.absolute())
        self._now, self._clock = Clock(now), clock
        self._reporter = Reporter(setup, say, now)
        remembers = partial(is_ours, location=setup.location)
        self._saves = Saves(setup.folder, poll=setup.poll, quiet=setup.quiet, remembers=remembers)
        self._catalog = Catalog(setup.folder)
        self._calendars = Calendars(setup.folder, setup.workspace)
        self._batch = Batch(setup.calm, setup.patience)
        self._imports = Imports(setup, self._reporter.log)
        self._leader = Leader(setup.location)
        self._checked = now()
        self._next_run = setup.times.after(self._checked)
        self._stopping = self._is_round = False
        self._is_there = True
        self._identity: tuple[int, int] | None = None
        self._behind = ""
        self._beaten = self._looked = float("-inf")
        self._patient: set[Path] = set()
        self._under_way: list[Path] = []

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
                    self._turn()
                self._reporter.log("watch.stopped")
            finally:
                self._saves.stop()
                self._end()
        return 0

    # one turn

    def _turn(self) -> None:
        """Wait for something to do, and do it."""
        news = News()
        try:
            news = self._saves.wait(self._wait())
            if not self._stopping:
                self._act(news)
        except Exception as error:  # noqa: BLE001 - a watch outlives what nobody foresaw
            self._batch.save([*news.saved, *news.closed], self._clock())
            for path in self._under_way:
                self._batch.later(path, self._clock())
            self._reporter.stumble(as_coded(error, private_location(self._setup.folder)))
            self._rest()

    def _rest(self, seconds: float = _REST) -> None:
        """Do nothing for a while, unless asked to stop."""
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.1)

    def _act(self, news: News) -> None:
        self._hear(news)
        if self._is_there:
            self._follow_lead()
            self._mind_the_time()
            if self._work() is None:
                self._import()
        if self._clock() >= self._beaten + BEAT:
            self._put_down("standby" if self._behind else "watching")

    def _wait(self) -> float:
        """Return how long there is nothing to do but to listen."""
        if not self._is_there:
            return BEAT
        due = self._batch.wait(self._clock())
        seconds = (self._next_run - self._now()).total_seconds()
        beat = self._beaten + BEAT - self._clock()
        drops = self._imports.wait()
        return max(0.0, min(beat, seconds, drops, self._leader.wait(), BEAT if due is None else due))

    def _hear(self, news: News) -> None:
        """Take in what happened in the folder."""
        if news.is_there != self._is_there:
            self._is_there = news.is_there
            self._reporter.mind(news.is_there)
        if not news.is_there:
            return
        fresh = {*news.saved, *news.closed}
        if fresh or news.gone:
            self._beaten = float("-inf")
        if fresh or news.gone or self._clock() >= self._looked + BEAT:
            self._look(self._saves.workbooks())
        for path in [*fresh]:
            fresh |= set(self._catalog.twins(path))
        self._batch.save(sorted(path for path in fresh if self._is_mine(path)), self._clock())
        self._batch.forget(news.gone)

    def _look(self, paths: Sequence[Path]) -> None:
        """Take in which workbooks there are, what they lack, what a person should know of them."""
        self._looked = self._clock()
        self._follow_folder()
        self._catalog.look(paths)
        self._reporter.keep(paths)
        self._reporter.mind_settings()
        self._reporter.warn()
        self._patient &= set(paths)
        self._leader.want(self._catalog.books, self._catalog.stored_books)
        self._refresh()

    def _follow_folder(self) -> None:
        """Let go of all that belongs to the folder that was at the path before, where another one has come."""
        identity = identity_of(self._setup.folder)
        if identity != self._identity and self._identity is not None:
            self._leader.move(self._setup.location)
            self._imports = Imports(self._setup, self._reporter.log)
            self._reporter.move()
        self._identity = identity

    def _refresh(self) -> None:
        """Take note of which workbooks show too little."""
        outdated: list[Path] = []
        for book in sorted(self._leader.books):
            store = self._leader.store(book)
            with suppress(CrmbookError):  # a lost store shows when its lease is renewed
                outdated += self._catalog.outdated(store, book) if store else []
        self._batch.refresh(outdated, self._clock())

    def _is_mine(self, path: Path) -> bool:
        """Return whether to sync a workbook: its book is led here, or it cannot be read, which people shall know."""
        book = self._catalog.book(path)
        return book in self._leader.books if book else not self._behind

    def _follow_lead(self) -> None:
        """Find out which books are led, and begin with those that are from now on."""
        turn, was_behind = self._leader.turn(), self._behind
        self._now.follow(self._leader.clocks)
        self._behind = self._leader.behind
        if turn.lost:
            self._reporter.log("watch.lost-lead")
        if self._behind and self._behind != was_behind:
            self._reporter.close()
            self._reporter.log("watch.standing-by", holder=self._behind)
            self._beaten = float("-inf")
        if not self._behind and not self._reporter.is_open:
            self._open("watch.leading" if was_behind else "watch.started")
        self._batch.forget([path for path in self._catalog.paths if self._catalog.book(path) in turn.lost])
        self._batch.round(path for path in self._catalog.paths if self._catalog.book(path) in turn.gained)
        self._reporter.trouble([error for error in turn.errors if not isinstance(error, BusyError)])

    def _open(self, code: str) -> None:
        self._reporter.open()
        first = self._setup.times.after(self._now())
        self._reporter.log(code, folder=str(self._setup.folder), next=f"{first:%m-%d %H:%M}")
        if self._saves.why_polls:
            self._reporter.log(f"watch.polling-{self._saves.why_polls}")
        self._beaten = float("-inf")

    def _mind_the_time(self) -> None:
        """Begin a round when it is time for one, also after a sleep; go by a clock that somebody, or the books, have set."""
        now = self._now()
        if self._next_run <= now:
            due = [path for path in self._catalog.paths if self._is_mine(path) and not is_open(path)]
            self._reporter.log("watch.round", count=len(due))
            self._batch.round(due)
        if self._next_run <= now or now < self._checked or now.tzinfo != self._checked.tzinfo:
            self._next_run = self._setup.times.after(now)
        self._checked = now

    # syncing

    def _work(self) -> Report | None:
        """Sync what is due; None where nothing is."""
        self._under_way = self._batch.take(self._clock())
        if not self._under_way:
            return None
        ready = [path for path in self._under_way if path.exists() and self._is_at_home(path)]
        options = self._setup.options(self._now(), self._leader.numbers)
        options = replace(options, tells_gone=self._is_round, acknowledges=True)
        report = try_sync(ready, options) if ready else Report([])
        self._follow_up(report)
        self._under_way = []
        books = {path: self._catalog.book(path) for path in ready}
        self._reporter.report(report, books)
        acknowledge(report, options)
        self._write_calendars(sorted({book for book in books.values() if book}))
        self._refresh()
        self._beaten = float("-inf")
        return report

    def _write_calendars(self, books: Sequence[str]) -> None:
        """Bring the calendars of books that were just synced up to date, and report what is due, as the settings ask."""
        errors: list[CrmbookError] = []
        for book in books:
            store = self._leader.store(book)
            if store is not None and self._reporter.calendars:
                errors += self._calendars.write(store, book, self._reporter.calendars, self._now())
            if store is not None:
                self._reporter.greet(store, book)
        self._reporter.miss_calendars(errors)

    def _import(self, *, waits: bool = False) -> bool:
        """See to the lists that were dropped into the folder; return whether any came into the book."""
        books = self._catalog.books
        see_to = self._imports.work_all if waits else self._imports.work
        has_changed = see_to(self._leader.only(books), len(books), self._now())
        self._reporter.ask(self._imports.waiting)
        if not has_changed:
            return False
        self._refresh()
        self._beaten = float("-inf")
        return True

    def _is_at_home(self, path: Path) -> bool:
        """Return whether a file may be synced: the workbook whose copy it may be is not just being replaced."""
        store = self._leader.store(self._catalog.book(path))
        with suppress(CrmbookError):
            if store and path not in self._patient and self._catalog.lost_home(store, path):
                self._patient.add(path)
                self._batch.later(path, self._clock(), first=_HOME)
                return False
        self._patient.discard(path)
        return True

    def _follow_up(self, report: Report) -> None:
        """See to it that what was written is no news, and that what failed comes again."""
        for synced in report.workbooks:
            self._batch.done(synced.path)
            self._saves.tried(synced.path, failed=False)
            if synced.written:
                self._expect(synced.path)
        if any(error.code.startswith("store.") for _, error in report.failures):
            self._leader.doubt()
        for path, error in report.failures:
            if isinstance(error, BusyError):
                self._batch.later(
                    path, self._clock(), longest=_OPEN if isinstance(error, OpenError) else _SOON
                )
            elif is_passing(error):
                self._batch.later(path, self._clock())
            elif error.code == "file.missing":
                self._batch.forget([path])
            else:
                self._batch.bar(path)
                self._saves.tried(path, failed=True)

    def _expect(self, path: Path) -> None:
        """Let what was just written be no news; what somebody saved since then is."""
        store = self._leader.store(self._catalog.book(path))
        with suppress(CrmbookError):
            record = self._catalog.record(store, path) if store else None
            if record is not None and record.digest:
                self._saves.note_synced(path, record.digest)

    # a single round

    def run_once(self) -> Report:
        """Sync every workbook once, unless another watcher does, and return what came of it.

        Raises
        ------
        BusyError
            ``watch.watched`` if another watcher is at work.
        CrmbookError
            ``watch.no-workbooks``; if the store cannot be used.
        """
        self._batch, self._is_round = Batch(0, 0), True
        with stopping(self.stop):
            try:
                report = self._round(self._saves.workbooks())
                self._reporter.sum_up(report)
                return report
            finally:
                self._end(flush=_FLUSH)

    def _round(self, paths: Sequence[Path]) -> Report:
        if not paths:
            raise CrmbookError("watch.no-workbooks", path=self._setup.folder)
        self._look(paths)
        errors = self._leader.turn().errors
        mine = [path for path in paths if self._is_mine(path)]
        if errors and not mine:
            if self._leader.behind:
                raise BusyError("watch.watched", holder=self._leader.behind, path=self._setup.folder)
            raise errors[0]
        self._reporter.open()
        self._batch.save(mine, self._clock())
        synced: dict[Path, Synced] = {}
        unwritten: list[Synced] = []
        missing: dict[Path, None] = {}
        newly: set[Path] = set()
        failed = {path: errors[0] for path in paths if path not in mine} if errors else {}
        for _ in range(3 * len(paths)):  # others may bring news without end
            report = self._work()
            if report is None and self._patient and not self._stopping:
                self._rest(_HOME)  # a renamed workbook, unless the one of its old name comes back
                continue
            if report is None and not self._stopping and self._import(waits=True):
                continue
            if report is None or self._stopping:
                break
            for one in report.workbooks:
                synced[one.path] = one
                failed.pop(one.path, None)
            failed |= dict(report.failures)
            unwritten += report.unwritten
            newly |= {*report.newly_missing}
            missing = dict.fromkeys(report.missing)  # the latest knows where a renamed workbook lies now
        done = [one for path, one in synced.items() if path not in failed]
        gone = [path for path in missing if not path.exists()]
        told_gone = [path for path in gone if path not in newly]
        return Report(done, [*failed.items()], unwritten, gone, told_gone=told_gone)

    # putting down

    def _put_down(self, role: str) -> None:
        self._beaten = self._clock()
        self._reporter.put_down(
            role, behind=self._behind, polls=self._saves.polls,
            next_run="" if role == "stopped" else self._next_run.isoformat(timespec="minutes"),
        )  # fmt: skip

    def _end(self, *, flush: float = 0.0) -> None:
        """Give everything back."""
        if self._reporter.is_open:
            self._put_down("stopped")
        self._reporter.close(flush=flush)
        self._leader.release()

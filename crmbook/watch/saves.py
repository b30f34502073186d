"""From file events to saves: what in a folder should be synced now.

One thread waits here for news and then acts on it; the system's notices only leave names behind and wake it. What a
name is worth is found out by looking: by `crmbook.watch.settling`, from looks at the folder. Where notices cannot be
had, or not be trusted (network shares hear nothing of what other machines write), looks alone do it. Either way the
folder is looked at every half minute, so that a notice that got lost is a delay and no lost save.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.store import is_network
from crmbook.watch.folder import Listener, identity_of, look_at, read_content, sign_of
from crmbook.watch.settling import SettledFiles, Settling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmbook.watch.folder import Look, Sign

_IDLE: Final = 30.0
_POLL: Final = 1.0
_SHARE: Final = 20
"""A look at a slow share is followed by a rest this many times as long."""
_PULSE: Final = 5
"""After this many times the quiet time, it is felt whether the folder is still there."""
_SLICE: Final = 0.5 if os.name == "nt" else 3600.0
"""How long the thread sleeps at a stretch: on Windows, a signal does not interrupt a sleeping one."""


@dataclass(frozen=True)
class News:
    """What happened to the workbooks of a folder.

    Attributes
    ----------
    saved
        Those that hold something else than was reported or heard last.
    closed
        Those that an office program let go of.
    gone
        Those that are no longer there.
    is_there
        Whether the folder can be read.
    """

    saved: tuple[Path, ...] = ()
    closed: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    is_there: bool = True


class Saves:
    """The saves in one folder; its subfolders are not looked at.

    All but `wake` belong to one thread.

    Parameters
    ----------
    poll
        Whether to look again and again instead of listening; by default on the network only.
    quiet
        Seconds without a change after which a file counts as saved.
    patience
        Seconds after which also a file is reported that cannot be read or is not whole.
    remembers
        Whether a file is crmbook's that bears no stamp, or cannot be read.

    Attributes
    ----------
    why_polls
        Why it looks again and again: ``asked``, ``network``, or ``limit`` where the system had no watch to give;
        empty where it listens.
    """

    def __init__(  # noqa: PLR0913 - the last ones are for tests
        self,
        folder: Path,
        *,
        poll: bool | None = None,
        quiet: float = 1.0,
        patience: float = 30.0,
        remembers: Callable[[Path], bool] = lambda _path: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder.absolute()
        self.why_polls = "asked" if poll else ""
        self._chooses = poll is None
        self._settling = Settling(
            quiet=quiet,
            patience=patience,
            read=lambda name, known: read_content(self.folder / name, known),
            sign=lambda name: sign_of(self.folder / name),
            remembers=lambda name: remembers(self.folder / name),
        )
        self._clock, self._remembers = clock, remembers
        self._pause = min(quiet, _POLL)
        self._listener = Listener(self.folder, self._hear)
        self._heard: dict[str, float] = {}
        self._lock = threading.Lock()
        # A signal may interrupt the very thread that waits: nothing but this queue's `put` bears that.
        self._bell: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._identity: tuple[int, int] | None = None
        self._is_on = False
        self._is_there = True
        self._next = float("-inf")

    @property
    def polls(self) -> bool:
        """Return whether it looks again and again, instead of listening."""
        return bool(self.why_polls)

    def start(self) -> None:
        """Begin to listen; every workbook that is there counts as saved until something else is reported."""
        self._is_on = True
        self._listen()

    def stop(self) -> None:
        """Listen no longer, and let a waiting thread go."""
        self._is_on = False
        self._listener.close()
        self.wake()

    def wake(self) -> None:
        """Let `wait` return at once; from any thread or signal handler."""
        self._bell.put(True)

    def wait(self, timeout: float | None) -> News:
        """Return the news as soon as there is any, else when woken, else when the time is over."""
        end = float("inf") if timeout is None else self._clock() + timeout
        woken = False
        while True:
            was_there, settled = self._is_there, self._turn()
            now = self._clock()
            if any(settled) or was_there != self._is_there or now >= end or woken:
                return self._news(settled)
            due = self._due() + self._pause / 20  # what is due at almost the same time comes along
            woken = self._sleep(min(due, end, now + _PULSE * self._pause) - now)
            self._feel()

    def note_synced(self, path: Path, digest: str | None = None) -> None:
        """Take in that what a workbook holds is known: found there again, it is no news.

        Parameters
        ----------
        digest
            The SHA-256 of what is known. Without it the file is taken as it stands, and a save of the last instant,
            after it was read or written, with it.
        """
        here = self.folder / path.name
        sign = sign_of(here)
        if digest is None and (content := read_content(here)) is not None:
            digest = content.digest
        if sign is not None and digest is not None:
            self._settling.note_synced(path.name, digest, sign, self._clock())

    def tried(self, path: Path, *, failed: bool) -> None:
        """Take in how a sync of a workbook ended: where it failed, what comes next is news though it were known."""
        self._settling.tried(path.name, failed=failed)

    def workbooks(self) -> list[Path]:
        """Return the workbooks of crmbook's in the folder as it is now."""
        look = look_at(self.folder)
        signs = look.workbooks if look else {}
        return sorted(self.folder / name for name, sign in signs.items() if self._is_ours(name, sign))

    def _is_ours(self, name: str, sign: Sign) -> bool:
        known = self._settling.is_ours(name, sign)
        if known is None:
            content = read_content(self.folder / name)
            return bool(content and content.ours) or self._remembers(self.folder / name)
        return known

    # one turn: what was heard, a look if it is time for one, what has come to rest

    def _turn(self) -> SettledFiles:
        with self._lock:
            heard, self._heard = self._heard, {}
        for name, when in heard.items():
            if name:
                self._settling.touch(name, when)
            else:
                self._settling.doubt_all(when)
                self._next = float("-inf")
        now = self._clock()
        if now < self._due():
            return SettledFiles([], [], [])
        look = self._look()
        if look is None:
            self._settling.away()
            return SettledFiles([], [], [])
        self._settling.look(look, now)
        return self._settling.settle(now)

    def _feel(self) -> None:
        """Look at once if the folder went, or another is at its path: no system reports that reliably."""
        if self._is_there and identity_of(self.folder) != self._identity:
            self._next = float("-inf")

    def _look(self) -> Look | None:
        """Look at the folder, and listen to the one that is now at its path."""
        began = self._clock()
        look = look_at(self.folder)
        if (
            look is not None
            and look.identity != self._identity
            and not look.workbooks
            and self._settling.has_workbooks
        ):
            look = None  # the bare place where a drive was mounted
        self._is_there = look is not None
        if look is None:
            self._listener.close()
        elif look.identity != self._identity or not (self.polls or self._listener.hear(look.identity)):
            self._listen()
            look = look_at(self.folder) or look  # what happened before is not heard of
        now = self._clock()
        listens = self._is_there and not self.polls
        self._next = now + (_IDLE if listens else min(max(self._pause, (now - began) * _SHARE), _IDLE))
        return look

    def _due(self) -> float:
        return min(self._next, self._settling.due()) if self._is_there else self._next

    def _sleep(self, seconds: float) -> bool:
        """Sleep until a time, or until something is heard; say whether `wake` was called."""
        woken = False
        with suppress(queue.Empty):
            woken = self._bell.get(timeout=max(0.0, min(seconds, _SLICE)))
            while True:
                woken |= self._bell.get_nowait()
        return woken

    def _news(self, settled: SettledFiles) -> News:
        saved, closed, gone = (tuple(self.folder / name for name in sorted(names)) for names in settled)
        return News(saved, closed, gone, self._is_there)

    # listening

    def _listen(self) -> None:
        """Listen to the folder that is now at the path, or find that it must be polled."""
        self._listener.close()
        self._identity = identity_of(self.folder)
        if self._chooses:
            self.why_polls = "network" if is_network(self.folder) else ""
        if self._is_on and not self.polls:
            try:
                self._listener.open()
            except (OSError, RuntimeError):  # no watch, or no thread, to be had
                if self.folder.is_dir():
                    self.why_polls = "limit"
        self._settling.coarse = self.polls

    def _hear(self, name: str) -> None:
        """Leave a name behind, in the thread of the notices."""
        with self._lock:
            first = not self._heard
            self._heard[name] = self._clock()
        if first:
            self._bell.put(False)

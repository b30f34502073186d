"""When a workbook counts as saved, closed or gone: once nothing has happened to it for a while.

Office programs, editors and drives write in many ways: in one go or in pieces, beside the file and renamed into its
place, with the old one deleted in between. What they have in common is the end: the file holds something else than
before and stays as it is. So nothing is concluded from single events; they only say where to look, and when again.
Without any event the looks alone find everything, later.

The clock is handed in with every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from crmbook.watch.names import FileKind, fold, kind_of, locks_of, spell

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.watch.folder import FileContent, Look, Sign

_AGAIN: Final = 3.0
"""Some file systems count time in steps of two seconds: two saves within one step look alike from outside."""


class SettledFiles(NamedTuple):
    """The names of the workbooks to which something has happened and no longer does."""

    saved: list[str]
    closed: list[str]
    gone: list[str]


@dataclass(slots=True)
class _Entry:
    """What is known of one workbook.

    Attributes
    ----------
    sign
        What the last look showed.
    since
        When it last changed.
    seen
        Whether a look has come after that.
    open
        Whether its content may be news.
    known
        The content that was reported last.
    failed
        The content that was known when a sync failed on what it read, be it that or half a file.
    doubt
        Since when it waits for the rest of a file, or for the right to read it.
    retry, again
        When it is read next, if it is in doubt; when once more, if time stamps are not to be trusted.
    refused
        As what it was reported that could not be read.
    missing
        Since when it is not there.
    """

    sign: Sign
    since: float
    seen: bool = True
    open: bool = True
    known: str | None = None
    failed: str | None = None
    ours: bool | None = None
    doubt: float | None = None
    retry: float = 0.0
    again: float | None = None
    refused: Sign | None = None
    missing: float | None = None

    def change(self, now: float) -> None:
        self.since, self.open, self.doubt, self.retry = now, True, None, 0.0


class Settling:
    """The workbooks of one folder, each on its way from a change to a save.

    Parameters
    ----------
    quiet
        Seconds without a change after which a file counts as saved, a workbook as closed, a missing one as gone.
    patience
        Seconds after which a file that cannot be read, or is no whole zip file, is reported as it is.
    read
        What a file of a name holds, given the content that is known; None where it cannot be read.
    sign
        The sign of a file of a name, None where it is not there.
    remembers
        Whether a file of a name that bears no stamp, or cannot be read, is crmbook's all the same.

    Attributes
    ----------
    coarse
        Whether there are looks only, and no events: then a file is read once more a little later.
    """

    def __init__(
        self,
        *,
        quiet: float,
        patience: float,
        read: Callable[[str, str | None], FileContent | None],
        sign: Callable[[str], Sign | None],
        remembers: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        self.quiet, self.patience, self.coarse = quiet, patience, False
        self._read, self._sign, self._remembers = read, sign, remembers
        self._entries: dict[str, _Entry] = {}
        self._unknown: dict[str, float] = {}  # touched, but never seen so far
        self._locks: dict[str, float] = {}  # when each was there last, or was first seen to be away
        self._held: frozenset[str] = frozenset()  # those the last look showed, unless touched since

    @property
    def has_workbooks(self) -> bool:
        """Return whether any workbook is known to be there."""
        return any(entry.missing is None for entry in self._entries.values())

    def __len__(self) -> int:
        """How much is remembered."""
        return len(self._entries) + len(self._unknown) + len(self._locks)

    def touch(self, name: str, now: float) -> None:
        """Take in that something happened to a workbook or a lock."""
        if kind_of(name) is FileKind.LOCK:
            lock = fold(name)
            self._locks[lock] = now  # also when it was deleted: so it was there until now
            self._held -= {lock}
            return
        folded = fold(name)  # a notice may spell it otherwise than the folder does
        touched = [entry for known, entry in self._entries.items() if fold(known) == folded]
        if not touched:
            self._unknown[folded] = now
        for entry in touched:
            entry.change(now)
            entry.seen = False

    def doubt_all(self, now: float) -> None:
        """Take in that events may have been lost: every content may be news."""
        for entry in self._entries.values():
            if not entry.open:  # one doubt after the other puts nothing off
                entry.change(now)

    def look(self, look: Look, now: float) -> None:
        """Take in what the folder holds."""
        for name, sign in look.workbooks.items():
            entry = self._entries.get(name)
            if entry is None:
                self._entries[name] = _Entry(sign, self._unknown.get(fold(name), now))
                continue
            if entry.sign.written != sign.written and entry.seen:
                entry.change(now)
            entry.open |= entry.sign != sign
            entry.sign, entry.seen, entry.missing = sign, True, None
            if entry.again is not None and now >= entry.again:
                entry.again, entry.open = None, True
        for name, entry in self._entries.items():
            if name not in look.workbooks and entry.missing is None:
                entry.missing = now
        self._unknown.clear()
        self._locks |= dict.fromkeys(look.locks | self._held, now)
        self._held = look.locks

    def away(self) -> None:
        """Take in that the folder is not there: nothing in it is missing for that."""
        for entry in self._entries.values():
            entry.missing = None
        self._unknown.clear()

    def due(self) -> float:
        """Return when to look next."""
        times = [time + self.quiet / 2 for time in self._unknown.values()]
        times += [last + self.quiet for lock, last in self._locks.items() if lock not in self._held]
        for entry in self._entries.values():
            if entry.missing is not None:
                times.append(entry.missing + self.quiet)
            elif entry.open:
                times.append(max(entry.since + self.quiet / (1 if entry.seen else 2), entry.retry))
            elif entry.again is not None:
                times.append(entry.again)
        return min(times, default=float("inf"))

    def settle(self, now: float) -> SettledFiles:
        """Return what has come to rest, once; to be called right after a look."""
        return SettledFiles(
            [name for name, entry in self._entries.items() if self._is_saved(name, entry, now)],
            self._closed(now),
            self._gone(now),
        )

    def _is_saved(self, name: str, entry: _Entry, now: float) -> bool:
        if not entry.open or entry.missing is not None or now < max(entry.since + self.quiet, entry.retry):
            return False
        if (lifted := self._lifted(name)) is not None:  # it is being closed: one piece of news, not two
            entry.retry = lifted + self.quiet
        if now < entry.retry:
            return False
        content = self._read(name, entry.known)
        sign = self._sign(name)
        if sign is None or sign.written != entry.sign.written:  # it changed under our eyes
            entry.change(now)
            entry.sign = sign or entry.sign
            return False
        if (content is None or not content.whole) and self._waits(entry, now):
            return False
        if content is None:
            return self._is_refused(name, entry, now)
        return self._is_news(name, entry, content, now)

    def _lifted(self, name: str) -> float | None:
        """Return since when a workbook's lock is away, None where none was there or one still is."""
        mine = locks_of(name) & self._locks.keys() if self._locks else frozenset()
        return None if mine & self._held else max((self._locks[lock] for lock in mine), default=None)

    def _is_news(self, name: str, entry: _Entry, content: FileContent, now: float) -> bool:
        """Return whether a content is another one than the last, and remember it."""
        entry.open, entry.doubt, entry.refused = False, None, None
        if content.digest == entry.known:
            return False
        entry.known = content.digest
        entry.again = now + _AGAIN if self.coarse else None
        # One that was ours and lost its stamp is reported, too.
        entry.ours = entry.ours or content.ours or self._remembers(name)
        return entry.ours

    def _is_refused(self, name: str, entry: _Entry, now: float) -> bool:
        """Return whether it is news that a file cannot be read; it is tried on and on."""
        entry.retry = now + self.patience
        if not entry.ours and not self._remembers(name):
            return False
        before, entry.refused = entry.refused, entry.sign
        return before != entry.sign

    def _waits(self, entry: _Entry, now: float) -> bool:
        """Return whether a file in doubt is given more time."""
        if entry.doubt is None:
            entry.doubt = now
        entry.retry = min(now + max(self.quiet, (now - entry.doubt) / 2), entry.doubt + self.patience)
        return now < entry.doubt + self.patience

    def _closed(self, now: float) -> list[str]:
        """Return the workbooks whose last lock went, and stayed away."""
        lifted = {
            lock for lock, last in self._locks.items() if lock not in self._held and now >= last + self.quiet
        }
        for lock in lifted:
            del self._locks[lock]
        if not lifted:
            return []
        closed = []
        for name, entry in self._entries.items():
            mine = locks_of(name)
            if mine & lifted and not mine & self._locks.keys():
                entry.retry = min(entry.retry, now)  # what its holder did not let be read can be read now
                closed.append(name)
        return [name for name in closed if self._entries[name].ours]

    def _gone(self, now: float) -> list[str]:
        """Return the workbooks that stayed away, and forget them."""
        left = [
            name
            for name, entry in self._entries.items()
            if entry.missing is not None and now >= entry.missing + self.quiet
        ]
        return [name for name in left if self._entries.pop(name).ours]

    # what others know of a workbook

    def note_synced(self, name: str, digest: str, sign: Sign, now: float) -> None:
        """Take in that a content is known: found there again, it is no news."""
        names = [known for known in self._entries if spell(known) == spell(name)]
        entry = self._entries[names[0]] if names else self._entries.setdefault(name, _Entry(sign, now))
        entry.known, entry.ours = digest, True

    def tried(self, name: str, *, failed: bool) -> None:
        """Take in how a sync of a workbook ended: where it failed, what comes next is news though it were known.

        The sync may have read half of a save whose whole is what was there before. A content on which two syncs failed,
        one after the other, is no news a third time.
        """
        entry = self._entries.get(name)
        if entry is None:
            return
        if not failed:
            entry.failed = None
        elif entry.known != entry.failed:
            entry.failed, entry.known = entry.known, None

    def is_ours(self, name: str, sign: Sign) -> bool | None:
        """Return whether a workbook is crmbook's, None where that is not known of the file as it is."""
        entry = self._entries.get(name)
        return entry.ours if entry is not None and not entry.open and entry.sign == sign else None

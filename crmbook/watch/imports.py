"""Lists that are dropped into a watched folder: answered with a preview, or taken in at once, then put away.

::

    a file comes to rest → a list: taken in where nothing is left to decide, else its preview is written beside it
                         → a preview, or failed rows, that somebody has saved since: carried out
                         → what cannot be taken: a text beside it says why

Here is when a file is seen to, and what follows where that fails; what is done with it is in `crmbook.watch.listfile`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import CrmbookError, as_coded
from crmbook.exchange import is_preview
from crmbook.read import find_book
from crmbook.store import private_location
from crmbook.watch.account import in_words
from crmbook.watch.dropped import Dropped
from crmbook.watch.drops import Drops
from crmbook.watch.listfile import Into, ListFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmbook.watch.folder import Sign
    from crmbook.watch.leader import Lead
    from crmbook.watch.setup import Setup

_AGAIN: Final = 10.0
"""Seconds after which a file is tried again that something passing kept from being taken."""
_PATIENCE: Final = 30.0
"""Seconds that a single round waits for files that are being written."""


class Imports:
    """The drop folders of one watched folder.

    Parameters
    ----------
    log
        Takes message codes with their params.
    """

    def __init__(
        self, setup: Setup, log: Callable[..., None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._setup, self._tell, self._clock = setup, log, clock
        self._pause = min(setup.quiet, 2.0)
        self._drops = Drops(setup.folder, 2 * setup.quiet)
        self._dropped: Dropped | None = None
        self._known: dict[Path, Sign] = {}
        self._again: dict[Path, float] = {}
        self._next = float("-inf")
        self._told: tuple[str, str] | None = None

    @property
    def waiting(self) -> list[Path] | None:
        """The previews that wait to be answered; None before anything was looked at."""
        return self._dropped.waiting() if self._dropped is not None else None

    def wait(self) -> float:
        """Return in how many seconds to look again."""
        return max(0.0, self._next - self._clock())

    def work(self, lead: Lead | None, books: int, now: datetime) -> bool:
        """See to the files that have come to rest; return whether anything may have come into the book.

        Parameters
        ----------
        lead
            None where this watcher does not lead the folder's book, or the folder has several.
        books
            How many it has.
        """
        at = self._clock()
        if at < self._next:
            return False
        self._next = at + self._pause
        due = [path for path in self._drops.at_rest(at) if self._is_due(path, at)]
        if due and lead is None and books > 1:
            self._once("watch.import-which-book", "")
        if not due or lead is None:
            return False
        due.sort(key=lambda path: not is_preview(path))  # an answer before the list that it is about
        seen = [self._see_to(path, lead, now) for path in due]
        return any(seen)

    def work_all(self, lead: Lead | None, books: int, now: datetime) -> bool:
        """See to all files there are, and wait a while for those that were written to just now."""
        until = self._clock() + _PATIENCE
        has_changed = self.work(lead, books, now)
        while self._drops.is_moving(self._clock()) and self._clock() < until:
            time.sleep(self.wait())
            has_changed |= self.work(lead, books, now)
        return has_changed

    def _is_due(self, path: Path, at: float) -> bool:
        """Return whether a file is new, has changed, or lost the preview that answered it."""
        if path in self._again:
            return at >= self._again[path]
        if path not in self._known or self._known[path] != self._drops.sign(path):
            return True
        return any(not one.exists() for one in (self._dropped.waits_for(path) if self._dropped else ()))

    def _see_to(self, path: Path, lead: Lead, now: datetime) -> bool:
        """See to one file; what goes wrong with it is reported, and keeps nobody from the others."""
        sign = self._drops.sign(path)
        self._again.pop(path, None)
        try:
            file = self._open(path, lead, now)
            if sign is not None:
                self._known[path] = sign
            return file.take()
        except Exception as error:  # noqa: BLE001 - nothing ends the watch
            coded = as_coded(error, private_location(self._setup.folder))
            self._known.pop(path, None)
            self._again[path] = self._clock() + _AGAIN
            if path.exists():
                self._once("watch.import-later", path.name, problem=in_words(coded, self._setup.lang)[0])
            return False

    def _open(self, path: Path, lead: Lead, now: datetime) -> ListFile:
        """Return a file with the book that it goes into."""
        if self._dropped is None:
            self._dropped = Dropped(self._setup.folder)
        record = lead.store.book(lead.book_id)
        if record is None:
            raise CrmbookError("store.no-book", book=lead.book_id)
        known = Path(record.workspace) if record.workspace else None
        book = find_book(record, self._setup.folder, self._setup.workspace, known)
        into = Into(lead, record, book, now, self._setup.who, self._setup.lang)
        return ListFile(path, into, self._dropped, self._tell)

    def _once(self, code: str, name: str, **params: Any) -> None:
        """Report something, and not the same again and again."""
        if self._told != (code, name):
            self._told = (code, name)
            self._tell(code, name=name, **params)

"""Which watcher leads: of each book the one that holds its lease in the store; any other stands by and asks again.

The lease is one of its own, beside that of a sync: syncs by hand go on while somebody watches. Its guard is free the
moment its holder dies, so that one on standby leads within seconds; where a whole machine vanished, when the lease's
time has run out. A lease that cannot be renewed is given back and taken anew: nobody leads on an old title, and what one
who has lost the lead without knowing wants to commit is refused by its number.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from crmbook.base import BusyError, CrmbookError
from crmbook.store import Store, leadership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from crmbook.store import Lease

SECONDS: Final = 300.0
"""A lease's time: longer than the largest sync between two renewals."""
_RENEW: Final = 20.0
"""How often a leader makes sure that it still leads."""
_ASK: Final = 2.0
"""How often one on standby asks."""
_LONGEST: Final = 60.0
"""How long to leave a store alone that cannot be reached."""


@dataclass(slots=True)
class _Held:
    """A book that is led: everything that has to be given back, and when its lease is renewed."""

    stack: ExitStack
    store: Store
    lease: Lease
    renew: float


@dataclass(slots=True)
class _Wanted:
    """A book that is not led yet: why, and when to ask again."""

    again: float = float("-inf")
    tries: int = 0
    error: CrmbookError | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What changed: books that are led from now on, and no longer; stores that cannot be used."""

    gained: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    errors: tuple[CrmbookError, ...] = ()


class Lead(NamedTuple):
    """A book that is led: its open store, and the number under which is written."""

    store: Store
    book_id: str
    number: int


class Leader:
    """The leases of the books in one folder.

    Parameters
    ----------
    location
        Where the store is.
    """

    def __init__(
        self, location: str | Path, *, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.location = location
        self._seconds, self._clock = seconds, clock
        self._held: dict[str, _Held] = {}
        self._wanted: dict[str, _Wanted] = {}
        self._stored: frozenset[str] = frozenset()

    def want(self, books: Iterable[str], stored: Iterable[str] = ()) -> None:
        """Take note of which books there are; one that is led stays so while its lease can be renewed.

        Parameters
        ----------
        stored
            Books all of whose workbooks were written by a store: none is begun for them.
        """
        known, self._stored = set(books), frozenset(stored)
        self._wanted = {
            book: self._wanted.get(book, _Wanted()) for book in sorted(known) if book not in self._held
        }

    def turn(self) -> Turn:
        """Renew what is held, ask for what is not, as far as it is time for it."""
        now = self._clock()
        lost, errors = set(), []
        for book, held in list(self._held.items()):
            if now >= held.renew and (error := self._renew(book, held)) is not None:
                lost.add(book)
                errors.append(error)
        gained = {
            book
            for book, wanted in list(self._wanted.items())
            if now >= wanted.again and self._take(book, wanted)
        }
        errors += [wanted.error for wanted in self._wanted.values() if wanted.error is not None]
        return Turn(frozenset(gained), frozenset(lost - gained), tuple(errors))

    def store(self, book: str) -> Store | None:
        """Return the open store of a book that is led, None for another."""
        held = self._held.get(book)
        return held.store if held else None

    def only(self, books: frozenset[str]) -> Lead | None:
        """Return the one of some books, None where it is not led here or they are several."""
        book = next(iter(books)) if len(books) == 1 else ""
        held = self._held.get(book)
        return Lead(held.store, book, held.lease.token) if held else None

    @property
    def books(self) -> frozenset[str]:
        """The books that are led."""
        return frozenset(self._held)

    @property
    def clocks(self) -> set[str]:
        """The time zones that the schemas of the led books say, as far as they can be asked."""
        found = set()
        for book, held in self._held.items():
            with suppress(CrmbookError):  # a lost store shows when its lease is renewed
                record = held.store.book(book)
                found |= {record.clock} if record else set()
        return found

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each leadership, by the book's id; see `crmbook.store.lease`."""
        return {book: held.lease.token for book, held in self._held.items()}

    def doubt(self) -> None:
        """Find out at the next turn whether what is led still is: the store has refused something."""
        for held in self._held.values():
            held.renew = float("-inf")

    @property
    def behind(self) -> str:
        """Who leads where nothing is led here; empty where nobody else does."""
        if self._held:
            return ""
        errors = [one.error for one in self._wanted.values() if isinstance(one.error, BusyError)]
        return next((str(one.params["holder"]) for one in errors if one and "holder" in one.params), "")

    def wait(self) -> float:
        """Return in how many seconds there is something to do."""
        moments = [held.renew for held in self._held.values()]
        moments += [wanted.again for wanted in self._wanted.values()]
        return max(0.0, min(moments, default=float("inf")) - self._clock())

    def release(self) -> None:
        """Give all leases back."""
        for book in list(self._held):
            self._drop(book)

    def move(self, location: str | Path) -> None:
        """Give all leases back, and lead in another store from now on."""
        self.release()
        self.location = location

    def _renew(self, book: str, held: _Held) -> CrmbookError | None:
        try:
            held.lease.renew()
        except CrmbookError as error:
            self._drop(book)
            self._wanted[book] = _Wanted(self._clock())
            return error
        held.renew = self._clock() + _RENEW
        return None

    def _take(self, book: str, wanted: _Wanted) -> bool:
        stack = ExitStack()
        try:
            store = stack.enter_context(Store.open(self.location, create=book not in self._stored))
            lease = stack.enter_context(store.lease(leadership(book), self._seconds))
        except CrmbookError as error:
            stack.close()
            wanted.tries += 1
            busy = isinstance(error, BusyError)
            wanted.again = self._clock() + (_ASK if busy else min(_ASK * 2 ** min(wanted.tries, 9), _LONGEST))
            wanted.error = error
            return False
        self._held[book] = _Held(stack, store, lease, self._clock() + _RENEW)
        self._wanted.pop(book, None)
        return True

    def _drop(self, book: str) -> None:
        held = self._held.pop(book)
        with suppress(CrmbookError, OSError):  # a store that is gone takes its leases along
            held.stack.close()

"""One writer at a time: a row that says who writes, and a guard that the system takes back when its holder dies.

The *row* carries a number that rises with every holder; whoever commits must hold the newest number, so that one
who slept while another took over finds out before a byte changes. A watcher's *leadership* of a book is a lease of its
own: a sync that it starts hands in the number of that lease as well, and no commit of it counts once another leads.

Each holder keeps a *guard* under its number (a lock on a file beside a SQLite store, an advisory lock on a server). It
says whether that very holder still lives: where it is free, the lease is taken at once, however much of its time is left;
where it is held, only once that time has run out. One who slept keeps no guard but that of its old number, so that it
cannot take the lease back from whoever has it now. The time goes by the clock that all holders share, on one machine by
the steady one: it decides how long one waits, never what is stored.
"""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from crmbook.base import BusyError, CrmbookError, steady
from crmbook.store.guard import guards_of
from crmbook.store.tables import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.store.engine import Database
    from crmbook.store.guard import Guards


def leadership(book_id: str) -> str:
    """Return under which id the lease of a book's watcher is kept, beside that of a sync."""
    return f"watch {book_id}"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one book.

    Attributes
    ----------
    led
        The number of the leadership that it was taken under; None where nobody needs to lead.
    """

    database: Database
    book_id: str
    token: int
    seconds: float
    guards: Guards
    led: int | None = None

    def renew(self) -> None:
        """Begin the lease's time anew.

        Raises
        ------
        BusyError
            ``store.stale`` if somebody else has taken it meanwhile.
        """
        if not self.guards.keep(self.token):
            raise BusyError("store.stale", store=self.database.location)
        with self.database.write() as connection:
            self.confirm(connection)

    def confirm(self, connection: Connection) -> None:
        """Hold the lease until the end of a transaction, with its time begun anew.

        Raises
        ------
        BusyError
            ``store.stale``, see `renew`; ``store.superseded`` if another watcher leads the book by now.
        """
        until = _now(connection) + self.seconds
        mine = (LEASE.c.book_id == self.book_id) & (LEASE.c.token == self.token)
        if connection.execute(update(LEASE).where(mine).values(until=until)).rowcount != 1:
            raise BusyError("store.stale", store=self.database.location)
        if self.led is None:
            return
        leads = select(LEASE).where(LEASE.c.book_id == leadership(self.book_id)).with_for_update(read=True)
        row = connection.execute(leads).one_or_none()
        if row is None or row.token != self.led:
            holder = row.holder if row else "?"
            raise BusyError("store.superseded", store=self.database.location, holder=holder)


@contextmanager
def hold(database: Database, book_id: str, seconds: float, led: int | None = None) -> Iterator[Lease]:
    """Take the lease of a book, and give it back.

    Raises
    ------
    BusyError
        ``store.busy``, naming the holder.
    """
    with guards_of(database, book_id) as guards:
        with database.write() as connection:
            token = _take(connection, database, book_id, seconds, guards)
        try:
            yield Lease(database, book_id, token, seconds, guards, led)
        finally:
            with suppress(CrmbookError), database.write() as connection:  # the guard goes in any case
                mine = (LEASE.c.book_id == book_id) & (LEASE.c.token == token)
                connection.execute(update(LEASE).where(mine).values(until=0.0))


def _take(connection: Connection, database: Database, book_id: str, seconds: float, guards: Guards) -> int:
    """Become the next holder, and return its number: whose guard is held before anybody can read the number."""
    mine = LEASE.c.book_id == book_id
    query = select(LEASE).where(mine).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        with suppress(IntegrityError), connection.begin_nested():  # another may do so at this moment
            connection.execute(insert(LEASE).values(book_id=book_id, token=0, holder="", until=0.0))
        row = connection.execute(query).one()
    now = _now(connection)
    if row.until > now and not guards.is_free(row.token):
        raise BusyError("store.busy", store=database.location, holder=row.holder)
    token = int(row.token) + 1
    while not guards.take(token):  # of a store that has forgotten its leases, whose holders live on
        token += 1
    values = {"token": token, "holder": _holder(), "until": now + seconds}
    connection.execute(update(LEASE).where(mine).values(**values))
    return token


def _now(connection: Connection) -> float:
    """Return the time of the one clock that all holders share."""
    if connection.dialect.name == "sqlite":
        return steady()
    return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _holder() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        user = ""
    return f"{user}@{socket.gethostname()} ({os.getpid()})"

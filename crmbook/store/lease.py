"""One writer at a time: a row that says who writes, and a guard that the system takes back when its holder dies.

The *row* carries a number that rises with every holder; whoever commits must hold the newest number, so that one
who slept while another took over finds out before a byte changes. The *guard* (a lock on a file beside a SQLite store,
an advisory lock on a server) says whether the last holder still lives: where it is free, the lease is taken at once,
however much of its time is left; where it is held, only once that time has run out. The clock thus decides how long one waits,
never what is stored.
"""

from __future__ import annotations

import getpass
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import Connection, insert, select, text, update

from crmbook.access import PRIVATE
from crmbook.errors import BusyError, CrmbookError
from crmbook.store.tables import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.store.engine import Database


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one book."""

    database: Database
    book_id: str
    token: int
    seconds: float

    def renew(self) -> None:
        """Begin the lease's time anew.

        Raises
        ------
        BusyError
            ``store.stale`` if somebody else has taken it meanwhile.
        """
        with self.database.write() as connection:
            self.confirm(connection)

    def confirm(self, connection: Connection) -> None:
        """Hold the lease until the end of a transaction, with its time begun anew.

        Raises
        ------
        BusyError
            ``store.stale``, see `renew`.
        """
        until = _now(connection) + self.seconds
        mine = (LEASE.c.book_id == self.book_id) & (LEASE.c.token == self.token)
        if connection.execute(update(LEASE).where(mine).values(until=until)).rowcount != 1:
            raise BusyError("store.stale", place=self.database.place)


@contextmanager
def hold(database: Database, book_id: str, seconds: float) -> Iterator[Lease]:
    """Take the lease of a book, and give it back.

    Raises
    ------
    BusyError
        ``store.busy``, naming the holder.
    """
    with _guard(database, book_id) as alone:
        with database.write() as connection:
            lease = Lease(
                database, book_id, _take(connection, database, book_id, seconds, alone=alone), seconds
            )
        try:
            yield lease
        finally:
            with suppress(CrmbookError), database.write() as connection:  # the guard goes in any case
                mine = (LEASE.c.book_id == book_id) & (LEASE.c.token == lease.token)
                connection.execute(update(LEASE).where(mine).values(until=0.0))


def _take(connection: Connection, database: Database, book_id: str, seconds: float, *, alone: bool) -> int:
    now = _now(connection)
    row = connection.execute(select(LEASE).where(LEASE.c.book_id == book_id).with_for_update()).one_or_none()
    values = {"holder": _holder(), "until": now + seconds}
    if row is None:
        connection.execute(insert(LEASE).values(book_id=book_id, token=1, **values))
        return 1
    if not alone and row.until > now:
        raise BusyError("store.busy", place=database.place, holder=row.holder)
    token = int(row.token) + 1
    connection.execute(update(LEASE).where(LEASE.c.book_id == book_id).values(token=token, **values))
    return token


@contextmanager
def _guard(database: Database, book_id: str) -> Iterator[bool]:
    """Hold the guard of a book, if it is free, and say whether it was."""
    number = int.from_bytes(blake2b(book_id.encode("utf-8", "replace"), digest_size=4).digest(), signed=True)
    if database.path is None:
        query = text("SELECT pg_try_advisory_lock(hashtext(current_schema()), :number)")
        options = {"isolation_level": "AUTOCOMMIT"}
        with database.translated(), database.engine.connect().execution_options(**options) as connection:
            free = connection.execute(query, {"number": number}).scalar_one()
            yield bool(free)  # the server frees it with the connection, in whatever way that ends
        return
    lock = FileLock(database.path.with_name(f"{database.path.name}.{number & 0xFFFF:04x}.lock"), mode=PRIVATE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise CrmbookError(
            "store.read-only", place=database.place, reason=error.strerror or str(error)
        ) from error
    try:
        yield True
    finally:
        lock.release()


def _now(connection: Connection) -> float:
    """Return the time of the one clock that all holders share."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())


def _holder() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        user = ""
    return f"{user}@{socket.gethostname()} ({os.getpid()})"

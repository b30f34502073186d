"""Guards: whether the holder of a number still lives, as the system itself knows it.

A guard is held from before its number can be read until its holder lets it go or dies, whatever kills it. Beside a SQLite
store it is a lock on a file that is there only as long; on a server an advisory lock, which goes with its connection.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crmbook.base import CrmbookError, private_mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from crmbook.store.engine import Database


class Guards(Protocol):
    """The guards of one lease's numbers, of which a holder keeps its own."""

    def is_free(self, number: int) -> bool:
        """Return whether nobody who lives holds the guard of a number."""

    def take(self, number: int) -> bool:
        """Hold the guard of a number, unless somebody else does; return whether it is held now."""

    def keep(self, number: int) -> bool:
        """Hold the guard on, anew where a server has lost it; return whether it is held."""


@contextmanager
def guards_of(database: Database, book_id: str) -> Iterator[Guards]:
    """Open the guards of a book's lease; what is held is let go at the end."""
    if database.path is not None:
        files = _Files(database.path, book_id, database.location)
        try:
            yield files
        finally:
            files.close()
        return
    server = _Server(database, book_id)
    try:
        yield server
    finally:
        server.close()


class _Files:
    """Guards beside a store that is a file."""

    def __init__(self, database: Path, book_id: str, location: str) -> None:
        key = blake2b(book_id.encode("utf-8", "replace"), digest_size=4).hexdigest()
        self._stem, self._location = database.with_name(f"{database.name}.{key}"), location
        self._held: FileLock | None = None

    def is_free(self, number: int) -> bool:
        if not self._path(number).exists():
            return True  # who held it let it go, and took the file along
        lock = self._acquire(number)
        if lock is not None:
            _let_go(lock)
        return lock is not None

    def take(self, number: int) -> bool:
        self._held = self._acquire(number)
        return self._held is not None

    def keep(self, number: int) -> bool:  # noqa: ARG002 - the system takes a lock from nobody who lives
        return self._held is not None

    def close(self) -> None:
        if self._held is not None:
            _let_go(self._held)
            self._held = None

    def _path(self, number: int) -> Path:
        return self._stem.with_name(f"{self._stem.name}.{number}.lock")

    def _acquire(self, number: int) -> FileLock | None:
        path = self._path(number)
        lock = FileLock(path, mode=private_mode(path.parent), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        except OSError as error:
            raise CrmbookError(
                "store.read-only", store=self._location, reason=error.strerror or str(error)
            ) from error
        return lock


def _let_go(lock: FileLock) -> None:
    """Release a lock, and take its file away first: whoever opened that before finds it free, as it is."""
    with suppress(OSError):  # Windows removes no open file
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


class _Server:
    """Guards on a server, on a connection of their own: they go with it, in whatever way it ends."""

    def __init__(self, database: Database, book_id: str) -> None:
        self._database, self._book_id = database, book_id
        self._connection: Connection | None = self._connect()

    def is_free(self, number: int) -> bool:
        free = self._ask("pg_try_advisory_lock", number)
        if free:
            self._ask("pg_advisory_unlock", number)
        return free

    def take(self, number: int) -> bool:
        return self._ask("pg_try_advisory_lock", number)

    def keep(self, number: int) -> bool:
        try:
            if self._connection is not None:
                self._connection.execute(text("SELECT 1"))
                return True
        except DBAPIError:  # the server was started anew: nobody's guard is held there any more
            self.close()
        self._connection = self._connect()
        return self.take(number)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):  # the server may be gone
                connection.close()

    def _connect(self) -> Connection:
        with self._database.translated():
            return self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def _ask(self, function: str, number: int) -> bool:
        key = f"{self._book_id}\n{number}".encode("utf-8", "replace")
        folded_key = int.from_bytes(blake2b(key, digest_size=4).digest(), signed=True)
        query = text(f"SELECT {function}(hashtext(current_schema()), :told)")
        with self._database.translated():
            if self._connection is None:
                self._connection = self._connect()
            return bool(self._connection.execute(query, {"told": folded_key}).scalar_one())

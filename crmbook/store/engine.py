"""The way to the database, and its errors in our own words.

SQLite keeps a rollback journal, not a write-ahead log: the store is then one file whenever nobody writes, which a
person may copy, and which is safe on folders where shared memory is not. ``synchronous=EXTRA`` makes a commit outlast
a power cut, because a workbook is replaced in reliance on it. Transactions that write begin with BEGIN IMMEDIATE, so
that two of them never find out late that they met.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from crmbook.base import BusyError, CrmbookError, without_passwords

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAIT: Final = 10
"""Seconds to wait for another's transaction."""
_VACUUM_WAIT: Final = 60
"""Seconds to wait until nobody uses a table of a server any more."""
_FULL: Final = {sqlite3.SQLITE_FULL}
_READ_ONLY: Final = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_AUTH,
}
_LOCKED: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED: Final = {
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_SCHEMA,
}


class Database:
    """An engine, the location it stands for, and transactions whose errors are ours.

    Attributes
    ----------
    location
        Path or URL without its password, for messages.
    path
        The file of a SQLite store; None on a server.
    """

    def __init__(self, url: URL) -> None:
        local = url.get_backend_name() == "sqlite"
        self.path: Path | None = Path(url.database or "") if local else None
        self.location = (
            str(self.path) if local else without_passwords(url.render_as_string(hide_password=True))
        )
        self.engine = _make_engine(url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads, and sees one state of the store."""
        options = {} if self.path is not None else {"isolation_level": "REPEATABLE READ"}
        with self.translated(), self.engine.connect().execution_options(**options) as connection:
            connection.info["begin"] = "BEGIN"
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes: all of it is kept, or nothing."""
        with self.translated(), self.engine.connect() as connection:
            connection.info["begin"] = "BEGIN IMMEDIATE"
            with connection.begin():
                yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise the database's errors as ours."""
        try:
            yield
        except DBAPIError as error:
            raise translate(error, self.location) from error

    def vacuum(self) -> str:
        """Write the database anew without the room of deleted rows; return why it refuses, empty where it was done.

        A server's statistics name values of the columns: they are made anew, too. One that lets only a table's owner do it
        skips the others with a warning.
        """
        options = {} if self.path is not None else {"isolation_level": "AUTOCOMMIT"}
        with self.translated(), self.engine.connect().execution_options(**options) as connection:
            connection.info["begin"] = "SELECT 1"  # SQLite refuses to run it inside a transaction
            try:
                if self.path is not None:
                    for command in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM"):
                        connection.exec_driver_sql(command)
                    return ""
                return _vacuum_tables(connection)
            except DBAPIError as error:
                return " ".join(str(error.orig).split())

    def close(self) -> None:
        """Let the connections go."""
        self.engine.dispose()


def _vacuum_tables(connection: Connection) -> str:
    """Vacuum the store's tables on a server; return its first warning."""
    warnings: list[str] = []
    raw: Any = connection.connection.driver_connection
    raw.add_notice_handler(
        lambda notice: (
            warnings.append(notice.message_primary) if notice.severity_nonlocalized == "WARNING" else None
        )
    )
    names = [name for name in inspect(connection).get_table_names() if name.startswith("crmbook_")]
    connection.exec_driver_sql(f"SET lock_timeout = {_VACUUM_WAIT * 1000}")
    for name in names:
        connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {name}")
    return warnings[0] if warnings else ""


def parse_location(location: str | Path) -> URL:
    """Return the URL of a store: of ``store.db`` in a folder, or of a server.

    Raises
    ------
    CrmbookError
        ``store.bad-url``.
    """
    text = str(location)
    if isinstance(location, Path) or "://" not in text:
        return URL.create("sqlite", database=str((Path(text) / "store").with_suffix(".db")))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise CrmbookError("store.bad-url", url=text) from error
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "postgresql+psycopg"} or (
        url.drivername == "sqlite" and not url.database
    ):
        raise CrmbookError("store.bad-url", url=url.render_as_string(hide_password=True))
    return url


def translate(error: DBAPIError, location: str) -> CrmbookError:
    """Return what a database's error means for a person."""
    reason = " ".join(str(error.orig).split())
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code in _LOCKED:
            return BusyError("store.locked", store=location)
        name = next(
            (
                name
                for codes, name in (
                    (_FULL, "store.full"),
                    (_READ_ONLY, "store.read-only"),
                    (_DAMAGED, "store.unreadable"),
                )
                if code in codes
            ),
            "store.failed",
        )
        return CrmbookError(name, store=location, reason=reason)
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if error.connection_invalidated or not state or state.startswith(("08", "28", "3D", "57P")):
        return CrmbookError("store.unreachable", store=location, reason=reason)
    if state in {"40001", "40P01", "55P03"}:
        return BusyError("store.locked", store=location)
    names = {"53100": "store.full", "25006": "store.read-only", "42501": "store.read-only"}
    return CrmbookError(names.get(state, "store.failed"), store=location, reason=reason)


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return _server_engine(url)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _WAIT})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        for pragma in ("foreign_keys=ON", "synchronous=EXTRA", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.info["begin"])

    return engine


def _server_engine(url: URL) -> Engine:
    options: dict[str, Any] = {"connect_timeout": str(_WAIT)}
    try:
        return create_engine(url, poolclass=NullPool, connect_args=options)
    except (ImportError, NoSuchModuleError) as error:
        raise CrmbookError("store.no-driver", store=url.render_as_string(hide_password=True)) from error

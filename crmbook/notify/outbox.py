"""The outbox: what is to be reported, kept on the disk until it is reported.

::

    notification (what is) ─ delivery (to whom) ─ message (what is on its way)

One SQLite file. A notification is entered, with one delivery for each target, before `enter` returns; it leaves when its cause
is over and no message carries it. Of a target at most one message is on its way: its notifications are fixed when it is
composed and it keeps its id at every attempt, so that whoever gets it twice can tell. What comes meanwhile gathers for
the next one. Thus an outbox is never larger than what is there, however long a server is down, and a process that dies
anywhere leaves every delivery either waiting or done; one whose answer was under way is sent again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import CrmbookError, make_private, make_private_folder
from crmbook.notify.notification import Notification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

FILE: Final = "outbox.sqlite"
NOBODY: Final = ""
"""The target of a notification that nobody has an address for."""
_FORMAT: Final = 1
_FARTHEST: Final = 3601.0
"""Seconds that an attempt is put off at the most: one farther away was put off by a clock that was wrong."""
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS matter (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, mark TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
  holder TEXT NOT NULL, facts TEXT NOT NULL, at REAL NOT NULL, due REAL NOT NULL, over INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS standing ON matter (key) WHERE over = 0;
CREATE TABLE IF NOT EXISTS delivery (
  matter INTEGER NOT NULL, target TEXT NOT NULL, message TEXT, state TEXT NOT NULL DEFAULT 'waiting',
  PRIMARY KEY (matter, target)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
  id TEXT PRIMARY KEY, target TEXT NOT NULL, at REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting', reason TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL DEFAULT '');
"""
_COLUMNS: Final = "kind, key, mark, owner, holder, facts"
_GATHERED: Final = (
    "FROM delivery JOIN matter ON matter.id = delivery.matter WHERE target = :target AND message IS NULL "
    "AND state = 'waiting'"
)


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to one target at once.

    Attributes
    ----------
    id
        The same at every attempt.
    attempts
        How often it was tried.
    """

    id: str
    target: str
    notifications: Sequence[Notification]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Unsent:
    """What one target has not got.

    Attributes
    ----------
    state
        Gathering for the next message; waiting for another attempt; given up.
    count
        Of notifications.
    since
        Seconds since the epoch when the first of them was found.
    reason
        Message code and params of the last failure; empty before any.
    """

    target: str
    state: Literal["gathering", "waiting", "failed"]
    count: int
    since: float
    attempts: int = 0
    reason: tuple[str, Mapping[str, Any]] = field(default=("", {}))


class Outbox:
    """The outbox in a folder; one object serves several threads.

    Raises
    ------
    CrmbookError
        ``notice.outbox`` if the folder or disk takes no file.
    """

    def __init__(self, folder: Path) -> None:
        make_private_folder(folder)
        self.path = folder / FILE
        self.is_new = False
        """Whether what was there could not be read, and was put aside."""
        self._lock = threading.RLock()
        self._connection = self._open()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def known(self, prefix: str = "") -> set[tuple[str, str]]:
        """Return key and mark of what was entered and is open, of those keys that begin with `prefix`."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT key, mark FROM matter WHERE over = 0 AND substr(key, 1, ?) = ?", (len(prefix), prefix)
            )
            return set(found)

    def enter(self, notifications: Iterable[tuple[Notification, float, Iterable[str]]], now: float) -> None:
        """Enter what is new: each notification, when it is due, and its targets. Durable when this returns."""
        entered = list(notifications)
        with self._writing() as connection:
            self._end(connection, [notification.key for notification, _, _ in entered])
            for notification, due, targets in entered:
                values = (*_row(notification), now, due)
                number = connection.execute(
                    "INSERT INTO matter (kind, key, mark, owner, holder, facts, at, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    values,
                ).lastrowid
                _address(connection, number, targets)

    def end(self, keys: Iterable[str]) -> None:
        """Take note that notifications are over: what no message carries yet is not sent any more."""
        with self._writing() as connection:
            self._end(connection, keys)

    def address_anew(self, of: Callable[[Notification], Iterable[str]], targets: Mapping[str, str]) -> None:
        """Send what waits where the settings of today send it.

        Parameters
        ----------
        targets
            The settings of every target, as a fingerprint: a message that was given up is tried again where they changed.
        """
        with self._writing() as connection:
            connection.execute(
                "UPDATE message SET due = 0 WHERE state = 'waiting'"
            )  # what was wrong may be right now
            for number, target, settings, state in connection.execute(
                "SELECT id, target, settings, state FROM message"
            ).fetchall():
                if target not in targets:
                    connection.execute(
                        "UPDATE delivery SET message = NULL, state = 'waiting' WHERE message = ?", (number,)
                    )
                    connection.execute("DELETE FROM message WHERE id = ?", (number,))
                elif state == "failed" and settings != targets[target]:
                    connection.execute(
                        "UPDATE message SET state = 'waiting', due = 0 WHERE id = ?", (number,)
                    )
                    connection.execute("UPDATE delivery SET state = 'waiting' WHERE message = ?", (number,))
            found = connection.execute(
                f"SELECT DISTINCT matter.id, {_COLUMNS} FROM matter JOIN delivery ON matter.id = delivery.matter "  # noqa: S608
                "WHERE message IS NULL AND state = 'waiting'"
            ).fetchall()
            for number, *row in found:
                connection.execute(
                    "DELETE FROM delivery WHERE matter = ? AND message IS NULL AND state = 'waiting'",
                    (number,),
                )
                _address(connection, number, of(_notification(row)))
            _sweep(connection)

    def next(self, target: str, now: float, *, hurry: bool = False) -> tuple[Message | None, float]:
        """Return the message that is due for a target, else when to ask again (infinite if nothing waits).

        Parameters
        ----------
        hurry
            Do not gather any longer.
        """
        with self._writing() as connection:
            found = connection.execute(
                "SELECT id, due, attempts FROM message WHERE target = ? AND state = 'waiting' ORDER BY rowid",
                (target,),
            ).fetchone()
            if found is not None:
                number, due, attempts = found
                if now < due <= now + _FARTHEST:
                    return None, due
                return self._message(connection, number, target, attempts), now
            return self._compose(connection, target, now, hurry=hurry)

    def _compose(
        self, connection: sqlite3.Connection, target: str, now: float, *, hurry: bool
    ) -> tuple[Message | None, float]:
        """Put what has gathered for a target into a message."""
        ripe = "(due <= :now OR at > :now OR (:hurry AND kind != 'failure'))"  # a notification of the future: the clock was wrong
        values = {"target": target, "now": now, "hurry": hurry}
        is_due = connection.execute(f"SELECT 1 {_GATHERED} AND {ripe} LIMIT 1", values).fetchone()
        if is_due is None:
            (due,) = connection.execute(f"SELECT min(due) {_GATHERED}", values).fetchone()
            return None, float("inf") if due is None else due
        number = uuid.uuid4().hex
        connection.execute(
            "INSERT INTO message (id, target, at, due) VALUES (?, ?, ?, ?)", (number, target, now, now)
        )
        # What failed once may mend itself until it is due; it is not sent along with the rest.
        connection.execute(
            "UPDATE delivery SET message = :number WHERE target = :target AND message IS NULL AND state = 'waiting' "
            "AND matter IN (SELECT id FROM matter WHERE kind != 'failure' OR due <= :now OR at > :now)",
            {**values, "number": number},
        )
        return self._message(connection, number, target, 0), now

    def _message(self, connection: sqlite3.Connection, number: str, target: str, attempts: int) -> Message:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM matter JOIN delivery ON matter.id = delivery.matter WHERE message = ? "  # noqa: S608
            "ORDER BY matter.id",
            (number,),
        )
        return Message(number, target, [_notification(row) for row in rows], attempts)

    def sent(self, message: Message) -> None:
        """Take note that a message arrived."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE delivery SET state = 'sent', message = NULL WHERE message = ?", (message.id,)
            )
            connection.execute("DELETE FROM message WHERE id = ?", (message.id,))
            _sweep(connection)

    def later(self, message: Message, due: float, code: str, params: Mapping[str, Any]) -> None:
        """Take note that a message did not arrive and will be tried again."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE message SET attempts = attempts + 1, due = ?, reason = ? WHERE id = ?",
                (due, _json([code, dict(params)]), message.id),
            )

    def failed(self, message: Message, settings: str, code: str, params: Mapping[str, Any]) -> None:
        """Take note that a message will not arrive; it stays, until the target's settings change or all is over."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE message SET attempts = attempts + 1, state = 'failed', reason = ?, settings = ? WHERE id = ?",
                (_json([code, dict(params)]), settings, message.id),
            )
            connection.execute("UPDATE delivery SET state = 'failed' WHERE message = ?", (message.id,))
            _sweep(connection)

    def unsent(self) -> list[Unsent]:
        """Return what has not arrived, by target."""
        with self._reading() as connection:
            return _unsent(connection)

    def _end(self, connection: sqlite3.Connection, keys: Iterable[str]) -> None:
        for key in keys:
            connection.execute("UPDATE matter SET over = 1 WHERE key = ? AND over = 0", (key,))
        connection.execute(
            "DELETE FROM delivery WHERE message IS NULL AND state = 'waiting' "
            "AND matter IN (SELECT id FROM matter WHERE over = 1)"
        )
        _sweep(connection)

    # the file

    def _open(self) -> sqlite3.Connection:
        try:
            make_private(self.path)
            return _connect(self.path)
        except (OSError, sqlite3.OperationalError) as error:
            raise CrmbookError("notice.outbox", path=self.path, reason=str(error)) from error
        except sqlite3.DatabaseError:
            self.is_new = True
            _put_aside(self.path)
        try:
            make_private(self.path)
            return _connect(self.path)
        except (OSError, sqlite3.Error) as error:
            raise CrmbookError("notice.outbox", path=self.path, reason=str(error)) from error

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise CrmbookError("notice.outbox", path=self.path, reason=str(error)) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled back already
                    connection.execute("ROLLBACK")
                raise


def read_unsent(folder: Path) -> list[Unsent]:
    """Return what the outbox in a folder has not sent; nothing where there is none. Changes nothing."""
    path = folder / FILE
    if not path.is_file():
        return []
    address = f"{path.absolute().as_uri()}?mode=rw"  # what a kill left half written is rolled back before anybody can read
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
            return _unsent(connection)
    except sqlite3.Error as error:
        raise CrmbookError("notice.outbox", path=path, reason=str(error)) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        (known,) = connection.execute("PRAGMA user_version").fetchone()
        if known not in {0, _FORMAT}:
            raise sqlite3.DatabaseError(known)  # noqa: TRY301 - closed like any that cannot be read
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(f"{_TABLES} PRAGMA user_version = {_FORMAT};")
    except BaseException:
        connection.close()
        raise
    return connection


def _put_aside(path: Path) -> None:
    """Keep what could not be read under another name."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.replace(aside)
    for suffix in ("-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _unsent(connection: sqlite3.Connection) -> list[Unsent]:
    gathered = connection.execute(
        "SELECT target, count(*), min(at) FROM delivery JOIN matter ON matter.id = delivery.matter "
        "WHERE message IS NULL AND state = 'waiting' GROUP BY target ORDER BY target"
    ).fetchall()
    messages = connection.execute(
        "SELECT message.target, message.state, count(*), min(matter.at), message.attempts, reason FROM message "
        "JOIN delivery ON delivery.message = message.id JOIN matter ON matter.id = delivery.matter "
        "GROUP BY message.id ORDER BY message.rowid"
    ).fetchall()
    found = [Unsent(target, "gathering", count, since) for target, count, since in gathered]
    for target, state, count, since, attempts, reason in messages:
        code, params = json.loads(reason) if reason else ("", {})
        found.append(Unsent(target, state, count, since, attempts, (code, params)))
    return found


def _address(connection: sqlite3.Connection, number: int | None, targets: Iterable[str]) -> None:
    """Enter to whom a notification goes, those it went to already left out."""
    for target in dict.fromkeys(targets) or [NOBODY]:
        connection.execute("INSERT OR IGNORE INTO delivery (matter, target) VALUES (?, ?)", (number, target))


def _sweep(connection: sqlite3.Connection) -> None:
    """Forget what is over and on no message, and messages given up of which all is over."""
    connection.execute(
        "DELETE FROM message WHERE state = 'failed' AND NOT EXISTS (SELECT 1 FROM delivery JOIN matter "
        "ON matter.id = delivery.matter WHERE delivery.message = message.id AND over = 0)"
    )
    connection.execute(
        "DELETE FROM delivery WHERE message IS NOT NULL AND message NOT IN (SELECT id FROM message)"
    )
    connection.execute(
        "DELETE FROM matter WHERE over = 1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.matter = matter.id "
        "AND message IS NOT NULL)"
    )
    connection.execute("DELETE FROM delivery WHERE matter NOT IN (SELECT id FROM matter)")


def _row(one: Notification) -> tuple[str, ...]:
    return (one.kind, one.key, one.mark, one.owner, one.holder, _json(one.facts))


def _notification(row: Sequence[Any]) -> Notification:
    kind, key, mark, owner, holder, facts = row
    return Notification(kind, key, mark, owner, holder, json.loads(facts))


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)

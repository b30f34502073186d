"""Every call by which a sync touches the disk, counted; at a chosen one the process dies or the system refuses.

The calls are wrapped where Python hands them to the system (``os``, ``io.open``), and count where they concern the
folder in which the workbooks lie. The store's file is written by SQLite, beyond Python: its steps count as they are
handed to it, before and after each.
"""

from __future__ import annotations

import errno
import io
import os
import sqlite3
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from unittest import mock

from sqlalchemy.exc import OperationalError

from crmbook.store import Store
from crmbook.store.engine import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CALLS = (
    "open", "close", "fsync", "chmod", "link", "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "stat",
    "scandir", "listdir", "utime",
)  # fmt: skip
STORE = ("add_book", "commit", "mark_written", "drop_pending")
KILLED = 77
"""Exit code of a process that was struck dead."""
_SQLITE = {
    errno.ENOSPC: (sqlite3.SQLITE_FULL, "database or disk is full"),
    errno.EIO: (sqlite3.SQLITE_IOERR, "disk I/O error"),
    errno.EACCES: (sqlite3.SQLITE_READONLY, "attempt to write a readonly database"),
}
ASKING = {"close", "stat", "scandir", "listdir"}
"""Calls that change nothing: to die at one is to die at the next that does."""


@dataclass
class Strike:
    """What happens at which call.

    Attributes
    ----------
    at
        Number of the call, from 1; 0 only counts.
    number
        Error that the system gives; None kills the process.
    for_ever
        Whether every call from there on fails, not this one alone.
    only
        Count only calls of this name.
    seen
        Names of all calls so far.
    """

    folder: Path
    at: int = 0
    number: int | None = None
    for_ever: bool = False
    only: str = ""
    seen: list[str] = field(default_factory=list)

    def hit(self, name: str, *, half: Callable[[], None] | None = None) -> None:
        """Count a call; die or fail if it is the one, after half of it was done where it can be done by halves."""
        if self.only not in {"", name}:
            return
        self.seen.append(name)
        count = len(self.seen)
        if not self.at or count < self.at or (count > self.at and not self.for_ever):
            return
        if half is not None:
            half()
        if self.number is None:
            os._exit(KILLED)
        if name.startswith("store."):
            code, text = _SQLITE[self.number]
            error = sqlite3.OperationalError(text)
            error.sqlite_errorcode = code
            raise translate(OperationalError("", {}, error), str(self.folder))
        if name not in ASKING:
            raise OSError(self.number, os.strerror(self.number))

    @contextmanager
    def armed(self) -> Iterator[Strike]:
        """Let it count, and strike, within."""
        with ExitStack() as stack:
            for name in CALLS:
                patched = mock.patch.object(os, name, self._wrapped(name, getattr(os, name)))
                stack.enter_context(patched)
            stack.enter_context(mock.patch.object(os, "fdopen", self._fdopen(os.fdopen)))
            stack.enter_context(mock.patch.object(io, "open", self._wrapped("read", io.open)))
            for name in STORE:
                stack.enter_context(mock.patch.object(Store, name, self._stored(name, getattr(Store, name))))
            yield self

    def _concerns(self, arguments: tuple[Any, ...]) -> bool:
        if not arguments:
            return False
        first = arguments[0]
        if isinstance(first, int):
            try:
                first = os.readlink(f"/proc/self/fd/{first}")  # noqa: PTH115 - ours are wrapped
            except OSError:
                return False
        try:
            return os.fsdecode(first).startswith(str(self.folder))
        except TypeError:
            return False

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if self._concerns(arguments):
                self.hit(name)
            return real(*arguments, **options)

        return call

    def _fdopen(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *arguments: Any, **options: Any) -> Any:
            if not self._concerns((handle,)):
                return real(handle, *arguments, **options)
            self.hit("fdopen")
            return _Writing(real(handle, *arguments, **options), self)

        return call

    def _stored(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.hit(f"store.{name} begins")
            result = real(*arguments, **options)
            self.hit(f"store.{name} is done")
            return result

        return call


class _Writing:
    """An open file, each step of which counts; a write that is struck has written half."""

    def __init__(self, file: Any, strike: Strike) -> None:
        self._file, self._strike = file, strike

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        def half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._strike.hit("write", half=half)
        return int(self._file.write(data))

    def flush(self) -> None:
        self._strike.hit("flush")
        self._file.flush()

    def fileno(self) -> int:
        return int(self._file.fileno())

"""Lock files: who holds a workbook open, and which of them a program left behind that is no longer there.

Excel, WPS and LibreOffice write a small file beside a workbook that they open and remove it when they close it; one
that crashed leaves it there. A lock is *stale* when it is certain, or long enough likely, that nobody is behind it:

- it is of this machine and this user, and no office program of its kind runs that was started before it;
- or, where nobody can look (another machine's, or one without a name), nothing was written to it for a day.

Stale locks are reported, never obeyed and never deleted. The clock only decides when a workbook is written, never what.
Somebody may set the clock while a workbook is open: so a lock is judged by it once, when it is first seen. From then on
the processes that may be behind it are known, as the system knows them, and its age goes by the steady clock. A
program that holds the workbook itself open is behind the lock whatever any clock says.
"""

from __future__ import annotations

import os
import socket
import time
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from crmbook.base.processes import has_open, iter_running, steady
from crmbook.base.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIXES: Final = (".xlsx", ".xlsm")
_MOMENT: Final = 60.0
"""Seconds that a lock counts whatever else is known: a program that starts may not be seen yet."""
_LONG: Final = 24 * 60 * 60.0
"""Seconds without a sign of life after which a lock that nobody here can look behind counts no more."""
_UNITS: Final = {"days": 24 * 60, "hours": 60, "minutes": 1}
_MOST: Final = 4096
"""Bytes of a lock file that are read; real ones hold some two hundred."""
_OWNER_CHARS: Final = 52
_OWNER_WIDE: Final = (55, 54)
"""Where an owner record has the name a second time: in a spreadsheet's, in a text's."""


class Program(StrEnum):
    """Which programs write a kind of lock file."""

    EXCEL = "Excel"  # WPS and LibreOffice write the same, so that Excel sees them
    WPS = "WPS"
    LIBREOFFICE = "LibreOffice"


_FREE: Final = frozenset(
    ["soffice.bin", "soffice.exe", "soffice", "oosplash", "libreoffice", "desktopeditors", "editors.exe"]
)
_KINGSOFT: Final = frozenset(["et", "et.exe", "wps", "wps.exe", "wpsoffice", "wpsoffice.exe"])
_PROCESSES: Final = {
    Program.LIBREOFFICE: _FREE,
    Program.WPS: _KINGSOFT,
    Program.EXCEL: frozenset(["excel.exe", "microsoft excel"]) | _KINGSOFT | _FREE,
}


@dataclass(slots=True)
class _Sight:
    """A lock as this process saw it first.

    Attributes
    ----------
    written
        When it had been written, which distinguishes it from another lock under its name.
    age, at
        How old it was by the wall clock, and when that was by the steady one.
    behind
        The starts of the processes that may be behind it, once they were looked for.
    """

    written: float
    age: float
    at: float
    behind: set[str] | None = None


_SIGHTS: Final[dict[Path, _Sight]] = {}
"""The locks that are there, by their paths."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file beside a workbook.

    Attributes
    ----------
    owner
        The name that the person gave the program; empty where the file says none.
    user, host
        Whose account on which machine; only LibreOffice says so.
    since
        When it was last written, in seconds since 1970.
    mine
        Whether this very user made it on this machine.
    """

    path: Path
    workbook: Path
    program: Program
    since: float
    owner: str = ""
    user: str = ""
    host: str = ""
    mine: bool = False

    @property
    def holder(self) -> str:
        """Who holds it, for people: the name and the machine, at least the kind of program."""
        name = self.owner or self.user
        if not name:
            return str(self.program)
        return f"{name} ({self.host})" if self.host else name


def lock_names(name: str) -> dict[str, Program]:
    """Return the names that lock files of a workbook of this name have; some programs cut its first letters off."""
    return {
        f"~${name}": Program.EXCEL,
        f"~${name[2:]}": Program.EXCEL,
        f".~{name}": Program.WPS,
        f".~{name[1:]}": Program.WPS,
        f".~{name[2:]}": Program.WPS,
        f".~lock.{name}#": Program.LIBREOFFICE,
    }


def iter_locks(workbook: Path) -> Iterator[Lock]:
    """Yield the lock files beside a workbook, stale ones too."""
    for name, program in lock_names(workbook.name).items():
        lock = _read_lock(workbook.with_name(name), workbook, program)
        if lock is not None:
            yield lock


def live_lock(workbook: Path) -> Lock | None:
    """Return the lock of whoever holds a workbook open, None where nobody does."""
    return next((lock for lock in iter_locks(workbook) if not is_stale(lock)), None)


def stale_locks(folder: Path) -> list[Lock]:
    """Return the locks that crashed programs left beside the workbooks of a folder, in the order of their names."""
    try:
        names = {entry.name for entry in os.scandir(folder)}
    except OSError:
        return []
    workbooks = sorted(
        name for name in names if name.lower().endswith(_SUFFIXES) and not name.startswith(("~", "."))
    )
    beside = [folder / name for name in workbooks if not names.isdisjoint(lock_names(name))]
    found = [lock for workbook in beside for lock in iter_locks(workbook) if is_stale(lock)]
    return list({lock.path: lock for lock in found}.values())  # a cut name may mean two workbooks


def is_stale(lock: Lock) -> bool:
    """Return whether nobody is behind a lock any more."""
    if not lock.mine:
        return age_of(lock) > _LONG
    return not _is_running(lock) and age_of(lock) >= _MOMENT


def age_of(lock: Lock, now: float | None = None) -> float:
    """Return how many seconds ago a lock was written; one of a clock that runs ahead is as old as it is ahead.

    Parameters
    ----------
    now
        The moment, in seconds since 1970; otherwise what has passed since the lock was first seen counts.
    """
    if now is not None:
        return abs(now - lock.since)
    sight = _sight_of(lock)
    return sight.age + (steady() - sight.at)


def _sight_of(lock: Lock) -> _Sight:
    sight = _SIGHTS.get(lock.path)
    if sight is None or sight.written != lock.since:
        sight = _SIGHTS[lock.path] = _Sight(lock.since, abs(time.time() - lock.since), steady())
    return sight


def stale_warning(lock: Lock, now: float | None = None) -> tuple[str, dict[str, Any]]:
    """Return what to say of a stale lock: a message code with its params."""
    minutes = int(age_of(lock, now) // 60)
    unit = next(unit for unit, length in _UNITS.items() if minutes >= 2 * length or length == 1)
    params = {"workbook": lock.workbook.name, "lock": lock.path.name, "holder": lock.holder}
    return f"lock.stale-{unit}", params | {"count": minutes // _UNITS[unit]}


def _read_lock(path: Path, workbook: Path, program: Program) -> Lock | None:
    """Return what a lock file says; of one that cannot be read at least its age."""
    try:
        status = path.stat()
    except OSError:  # none, or just removed
        _SIGHTS.pop(path, None)
        return None
    data = b""
    with suppress(OSError):
        data = read_regular(path, _MOST, cut=True)
    if program is Program.LIBREOFFICE:
        owner, user, host = _entry(data)
        mine = bool(user and host) and (_short(host), user.casefold()) == (
            _short(socket.gethostname()),
            _me(),
        )
    else:
        owner, user, host = _owner_record(data), "", ""
        mine = owner.casefold() in _my_names() and _is_my_file(status.st_uid)
    return Lock(path, workbook, program, status.st_mtime, owner, user, host, mine)


def _entry(data: bytes) -> tuple[str, str, str]:
    """Return name, account and machine of LibreOffice's record: fields split by commas, a backslash before a literal one."""
    fields, escaped = [""], False
    for char in data.decode("utf-8", errors="replace"):
        if escaped:
            fields[-1] += char
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            fields.append("")
        elif char == ";":
            break
        else:
            fields[-1] += char
    owner, user, host = (*map(_printable, fields[:3]), "", "", "")[:3]
    return owner, user.replace("\\", "/").rpartition("/")[2], host  # Windows: MACHINE/account


def _owner_record(data: bytes) -> str:
    """Return the name in an owner record: its length, the name in the old code page, then both again in UTF-16."""
    if not data or not 0 < data[0] <= _OWNER_CHARS:
        return ""
    for start in _OWNER_WIDE:
        length = int.from_bytes(data[start : start + 2], "little")
        wide = data[start + 2 : start + 2 + 2 * length]
        if 0 < length <= _OWNER_CHARS and len(wide) == 2 * length:
            return _printable(wide.decode("utf-16-le", errors="replace"))
    return _printable(data[1 : 1 + data[0]].decode("latin-1"))


def _printable(text: str) -> str:
    """Return a text without what would not show, or would play tricks on a terminal."""
    return "".join(char for char in text if not unicodedata.category(char).startswith("C")).strip()


def _short(host: str) -> str:
    """Return a machine's name without its domain: some programs say it, some do not."""
    return host.partition(".")[0].casefold()


def _me() -> str:
    """Return the account of this process, whatever its environment says."""
    import psutil  # only where there is a lock: most syncs find none, and its import takes longer than they do

    return psutil.Process().username().replace("\\", "/").rpartition("/")[2].casefold()


def _my_names() -> set[str]:
    """Return the names that a program may know this user by: the account's, and the full one where the system says."""
    names = {_me()}
    with suppress(ImportError, KeyError):
        import pwd

        names.add(pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip().casefold())
    return names - {""}


def _is_my_file(user_id: int) -> bool:
    """Return whether this user owns a file; on a server, colleagues' locks belong to their accounts."""
    return not hasattr(os, "getuid") or user_id == os.getuid()


def _is_running(lock: Lock) -> bool:
    """Return whether a program runs that may have written a lock: of its kind, and not started after it."""
    running = list(iter_running(_PROCESSES[lock.program]))
    sight = _sight_of(lock)
    if sight.behind is None or age_of(lock) < _MOMENT:
        before = {one.start for one in running if one.since <= lock.since + _MOMENT}
        sight.behind = before | (sight.behind or set())
    return any(one.start in sight.behind or has_open(one.pid, lock.workbook) for one in running)

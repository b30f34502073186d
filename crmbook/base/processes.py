"""Processes, and the time that passes, by clocks that nobody can set.

The clock on the wall is put forward and back, and with it every moment that was written down as a text or reckoned
from it. A process is known by its number together with the start that the system itself keeps for it, in ticks since the
machine was started; how long something has lasted is counted by the steady clock, which all processes of a machine
share until it is started anew.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_START: Final = 19
"""Where the start is in ``/proc/PID/stat``, counted from behind the program's name, which may hold anything."""
_HAS_PROC: Final = sys.platform.startswith("linux")
UNKNOWN: Final = "?"
"""The start of a process that is there, but says nothing."""


class Running(NamedTuple):
    """A process that runs now.

    Attributes
    ----------
    start
        See `start_of`.
    since
        When it began by the wall clock of this moment, in seconds since 1970.
    """

    pid: int
    start: str
    since: float


def start_of(pid: int) -> str | None:
    """Return what tells a process from any other that had or will have its number; None where there is none."""
    if _HAS_PROC:
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except FileNotFoundError:
            return None
        except OSError:
            return UNKNOWN
        return f"{boot()} {fields[_START].decode()}"
    import psutil  # its import takes longer than most syncs

    try:
        return repr(psutil.Process(pid).create_time())  # kept as it was when the process began
    except psutil.NoSuchProcess:
        return None
    except psutil.Error:
        return UNKNOWN


def lives(pid: int, start: str) -> bool:
    """Return whether the process runs that had this number and start; what is not known of it speaks for it."""
    found = start_of(pid)
    return found is not None and (found == start or UNKNOWN in {found, start})


@cache
def boot() -> str:
    """Return what tells this run of the machine from any other; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def steady() -> float:
    """Return seconds by a clock that only goes forward, the same for all processes of this run of the machine."""
    return time.monotonic()


def iter_running(names: Collection[str]) -> Iterator[Running]:
    """Yield the processes whose program has one of these names, in small letters."""
    import psutil

    for process in psutil.process_iter(["name", "create_time", "status"]):
        found = process.info
        if (found["name"] or "").lower() in names and found["status"] != psutil.STATUS_ZOMBIE:
            start = start_of(process.pid)
            if start is not None:
                yield Running(process.pid, start, found["create_time"] or 0.0)


def has_open(pid: int, path: Path) -> bool:
    """Return whether a process is known to hold a file open; only asked of systems that answer at once."""
    if os.name != "posix":
        return False
    import psutil

    try:
        return any(Path(one.path).samefile(path) for one in psutil.Process(pid).open_files())
    except (psutil.Error, OSError):
        return False

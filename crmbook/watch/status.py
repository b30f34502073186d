"""The state of a watched folder, as data: what `crmbook status` shows, kept in a small file that is replaced as a whole.

The file lies with the folder's own store, never inside a synced drive. It says what a watcher knew at its last beat;
whether that watcher still lives is for the reader to find out, by its process and by how old the beat is.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import UNKNOWN, make_private_folder, write_atomically
from crmbook.store import private_location

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FORMAT: Final = 1
FAILED: Final = "failed"
UNWRITTEN: Final = "unwritten"
BEAT: Final = 30.0
"""Seconds between two beats, at the longest, unless a large sync lies between them."""
_NAME: Final = "standing.json"
_STANDBY: Final = "standby.json"


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a person should know, as a message code with its params."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkbookStatus:
    """The state of one workbook. Moments are texts for people, ISO 8601.

    Attributes
    ----------
    state
        One of `crmbook.sync.outcome.State`, or `FAILED`, or `UNWRITTEN`: its edits are in, but its file cannot be replaced.
    synced
        When it was synced last.
    since
        Since when it waits to be written, is held, or fails.
    waits
        Since when it waits to be written, whatever failed in between: a program that saves shows half a file.
    open_by
        Who has it open, as far as its lock file says.
    error
        Why it could not be synced.
    """

    name: str
    state: str
    book: str = ""
    synced: str = ""
    since: str = ""
    waits: str = ""
    open_by: str = ""
    errors: int = 0
    warnings: int = 0
    conflicts: int = 0
    error: Said | None = None


@dataclass(frozen=True, slots=True)
class WatcherStatus:
    """The state of a folder.

    Attributes
    ----------
    beat
        When the watcher wrote this.
    role
        A watcher on *standby* waits for another one, whom `behind` names; one that ended by itself has *stopped*.
    polls
        Whether the folder is looked through again and again because it lies on the network.
    next_run
        When the next scheduled round is.
    undelivered
        Notices that were not delivered yet.
    warnings
        What a person should know of the folder: locks that a crashed program left, co-editing …
    start
        What tells the process from any other of its number, see `crmbook.base.start_of`.
    boot, at
        The run of the machine, and when the beat was by its steady clock.
    """

    folder: str
    pid: int
    host: str
    started: str
    beat: str
    role: Literal["watching", "standby", "stopped"] = "watching"
    behind: str = ""
    polls: bool = False
    next_run: str = ""
    undelivered: int = 0
    workbooks: Sequence[WorkbookStatus] = ()
    warnings: Sequence[Said] = ()
    start: str = UNKNOWN
    boot: str = ""
    at: float = 0.0


def home(folder: Path) -> Path:
    """Return the folder where a watcher of `folder` keeps what it must remember."""
    return private_location(folder) / "watch"


def write_status(folder: Path, status: WatcherStatus) -> None:
    """Put down the state of a folder; one on standby does not overwrite what the watcher said.

    Raises
    ------
    CrmbookError
        ``file.unwritable``, ``file.no-folder``.
    """
    location = home(folder)
    make_private_folder(location)
    name = _STANDBY if status.role == "standby" else _NAME
    stored = {"format": FORMAT, **dataclasses.asdict(status)}
    write_atomically(location / name, json.dumps(stored, ensure_ascii=False, indent=1).encode(), private=True)


def leave_standby(folder: Path) -> None:
    """Take away what one on standby put down, who is so no longer."""
    with suppress(OSError):
        (home(folder) / _STANDBY).unlink(missing_ok=True)


def read_status(folder: Path) -> WatcherStatus | None:
    """Return the state of a folder at the last beat; None where no watcher ever ran, or the file cannot be read."""
    location = home(folder)
    return _read(location / _NAME) or _read(location / _STANDBY)


def _read(path: Path) -> WatcherStatus | None:
    try:
        stored = json.loads(path.read_bytes())
        if stored.pop("format") != FORMAT:
            return None
        workbooks = tuple(
            WorkbookStatus(**{**one, "error": _told(one["error"])}) for one in stored.pop("workbooks")
        )
        warnings = tuple(Said(**one) for one in stored.pop("warnings"))
        return WatcherStatus(workbooks=workbooks, warnings=warnings, **stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # cut off, or of another version
        return None


def _told(data: Mapping[str, Any] | None) -> Said | None:
    return None if data is None else Said(**data)

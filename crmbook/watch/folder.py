"""A watched folder as one look at it shows it, and the ears that hear of changes in between.

A look stats the workbooks only, so that thousands of other files cost no more than their names.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import stat
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from watchdog.events import FileSystemEventHandler

from crmbook.base import MOST_BYTES, own_name, read_regular
from crmbook.build import read_stamp
from crmbook.ooxml import OoxmlError, Package
from crmbook.watch.names import FileKind, fold, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

_HALF: Final = frozenset(["ooxml.empty-file", "ooxml.not-a-zip", "ooxml.truncated", "ooxml.damaged-zip"])
"""What a file looks like of which a part is still to come."""
_END: Final = b"PK\5\6"
_END_SIZE: Final = 22
_LOGGER: Final = "watchdog"
_SILENCE: Final = logging.NullHandler()
"""Stays when nobody listens any more: a logger without any handler prints on the terminal."""
_CHANGES: Final = frozenset(["created", "modified", "moved", "deleted", "closed", "attrib"])


class Sign(NamedTuple):
    """By what a file is seen to have changed without being read."""

    size: int
    modified: int
    inode: int
    changed: int

    @property
    def written(self) -> tuple[int, int]:
        """The part that changes while a file is being written; the rest says that it was replaced, or only moved."""
        return self.size, self.modified


@dataclass(frozen=True, slots=True)
class Look:
    """What a folder holds at one moment.

    Attributes
    ----------
    identity
        Device and number of the folder: another folder may appear at its path.
    workbooks
        The files that are workbooks by their names.
    locks
        The folded names of lock files.
    """

    identity: tuple[int, int]
    workbooks: Mapping[str, Sign]
    locks: frozenset[str]


class FileContent(NamedTuple):
    """What a workbook holds.

    Attributes
    ----------
    whole
        Whether no part of it is still to come.
    ours
        Whether it carries crmbook's stamp.
    """

    digest: str
    whole: bool
    ours: bool


def look_at(folder: Path) -> Look | None:
    """Return what a folder holds, None where there is none or it cannot be read."""
    identity = identity_of(folder)
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return None
    if identity is None:
        return None
    kinds = [(name, kind_of(name)) for name in names]
    signs = {name: sign_of(folder / name) for name, kind in kinds if kind is FileKind.WORKBOOK}
    return Look(
        identity,
        _one_name_each(folder, {name: sign for name, sign in signs.items() if sign is not None}),
        frozenset(fold(name) for name, kind in kinds if kind is FileKind.LOCK),
    )


def _one_name_each(folder: Path, signs: dict[str, Sign]) -> dict[str, Sign]:
    """Return the signs of workbooks, each file under the one name that stands for it: links are no workbooks."""
    if len({sign.inode for sign in signs.values()}) == len(signs):
        return signs
    return {name: sign for name, sign in signs.items() if own_name(folder / name).name == name}


def sign_of(path: Path) -> Sign | None:
    """Return the sign of a file, None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Sign(status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns)


def identity_of(folder: Path) -> tuple[int, int] | None:
    """Return device and number of the folder at a path, None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def read_content(path: Path, known: str | None = None) -> FileContent | None:
    """Return what a workbook holds, None where it cannot be read; what is known by its digest is not opened.

    One whose name cannot be written down is read: the sync names it.
    """
    try:
        data = read_regular(path, MOST_BYTES)
    except OSError:
        return None
    digest = hashlib.sha256(data).hexdigest()
    if digest == known:
        return FileContent(digest, whole=True, ours=True)
    try:
        ours = read_stamp(Package.open(data)) is not None
    except OoxmlError as error:
        return FileContent(digest, error.code not in _HALF, ours=False)
    except Exception:  # noqa: BLE001 - whatever it is, the sync reports it
        return FileContent(digest, whole=True, ours=False)
    return FileContent(digest, _is_sound(data), ours)


def _is_sound(data: bytes) -> bool:
    """Return whether every member of a zip file unpacks to what its checksum says, and nothing follows its end."""
    end = data.rfind(_END)
    if len(data) != end + _END_SIZE + int.from_bytes(data[end + 20 : end + _END_SIZE], "little"):
        return False  # a shorter file was written over a longer one, whose rest is still there
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return file.testzip() is None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError):
        return False


class _Complaints(logging.Handler):
    """Takes what watchdog complains of for lost notices: this is how it reports that the kernel's queue ran over."""

    def __init__(self, complain: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._complain = complain

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - whatever it is
        self._complain()


class Listener(FileSystemEventHandler):
    """The system's own notices of changes in a folder, handed on by name.

    Parameters
    ----------
    heard
        Called in another thread with the name of a workbook or lock that changed; with an empty name when the folder
        itself did, or when notices were lost.
    """

    def __init__(self, folder: Path, heard: Callable[[str], None]) -> None:
        self._folder = folder
        self._heard = heard
        self._observer: BaseObserver | None = None
        self._place: tuple[int, int] | None = None
        self._complaints = _Complaints(self._complain)

    def open(self) -> None:
        """Begin to listen.

        Raises
        ------
        OSError
            If the folder is not there, or the system has no more watches to give.
        """
        from watchdog.observers import Observer  # who polls needs none of it

        for handler in (self._complaints, _SILENCE):
            logging.getLogger(_LOGGER).addHandler(handler)
        observer = Observer()
        self._place = identity_of(self._folder)
        # The target of a link: a watch on the link itself says nothing of what lies behind it.
        observer.schedule(self, str(self._folder.resolve()), recursive=False)
        observer.start()
        self._observer = observer

    def close(self) -> None:
        """Listen no longer."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()
        logging.getLogger(_LOGGER).removeHandler(self._complaints)

    def hear(self, identity: tuple[int, int]) -> bool:
        """Return whether notices come, and of a folder by its identity."""
        observer = self._observer
        if observer is None or identity != self._place:
            return False
        return observer.is_alive() and all(one.is_alive() for one in observer.emitters)

    def _complain(self) -> None:
        if self._observer is not None:  # what it says while it ends is of no matter
            self._heard("")

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Hand on what may be a save."""
        if event.event_type not in _CHANGES:
            return  # those who read a file also open and close it, crmbook before all
        if event.is_directory:
            if event.event_type in {"deleted", "moved"}:
                self._heard("")
            return
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(str(path))  # noqa: PTH119 - one notice of many thousands
            if kind_of(name) in {FileKind.WORKBOOK, FileKind.LOCK}:
                self._heard(name)

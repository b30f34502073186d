"""The folders inside a watched one into which lists are dropped: what has come to rest there, and where it goes.

``导入`` or ``import``, whichever somebody has made; what was taken in goes to ``已导入`` or ``imported`` inside it. A copy
that is still being written, what an office program holds open, and what systems and programs leave for a moment is no list.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, is_open, make_folder
from crmbook.watch.folder import read_content, sign_of
from crmbook.watch.names import FileKind, fold, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.watch.folder import Sign

DONE: Final = {"导入": "已导入", "import": "imported"}
"""The folder that lists are dropped into → the one inside it for those that were taken in."""
NOTES: Final = (".说明.txt", ".note.txt")
"""What follows the name of a file that could not be taken in the name of the text that says why."""
_NO_LISTS: Final = frozenset({"thumbs.db", "desktop.ini"})
_PATIENCE: Final = 30.0
"""Seconds that a workbook may take to become whole."""


@dataclass(slots=True)
class _Seen:
    """A file as the last look showed it, and since when it is so."""

    sign: Sign
    since: float


class Drops:
    """The files in the drop folders of one watched folder.

    Parameters
    ----------
    quiet
        Seconds without a change after which a file counts as whole.
    """

    def __init__(self, folder: Path, quiet: float) -> None:
        self._folder, self._quiet = folder, quiet
        self._seen: dict[Path, _Seen] = {}

    def is_moving(self, now: float) -> bool:
        """Return whether a file was written to within the time of quiet."""
        return any(now - one.since < self._quiet for one in self._seen.values())

    def at_rest(self, now: float) -> list[Path]:
        """Return the files that nobody is writing or has open any more, by name."""
        found = {path: sign for path in self._files() if (sign := sign_of(path)) is not None}
        for path, sign in found.items():
            known = self._seen.get(path)
            if known is None or known.sign != sign:
                self._seen[path] = _Seen(sign, now)
        self._seen = {path: one for path, one in self._seen.items() if path in found}
        return sorted(path for path, one in self._seen.items() if self._rests(path, now - one.since))

    def sign(self, path: Path) -> Sign | None:
        """Return what the last look showed of a file."""
        known = self._seen.get(path)
        return known.sign if known else None

    def _rests(self, path: Path, seconds: float) -> bool:
        if seconds < self._quiet or is_open(path):
            return False
        if kind_of(path.name) is not FileKind.WORKBOOK or seconds >= _PATIENCE:
            return True
        content = read_content(path)
        return content is not None and content.whole

    def _files(self) -> Iterator[Path]:
        for name in DONE:
            try:
                with os.scandir(self._folder / name) as entries:
                    names = [one.name for one in entries if one.is_file(follow_symlinks=False)]
            except OSError:
                continue
            yield from (self._folder / name / one for one in names if _is_list(one))


def _is_list(name: str) -> bool:
    return (
        kind_of(name) in {FileKind.WORKBOOK, FileKind.OTHER}
        and not name.startswith((".", "~"))
        and not name.endswith(NOTES)
        and fold(name) not in _NO_LISTS
    )


def put_away(path: Path) -> Path:
    """Move a file that was taken in out of the drop folder, under a name that is free there; return where it lies now.

    Raises
    ------
    CrmbookError
        ``file.no-folder``, ``file.unwritable``: it stays where it is.
    """
    folder = path.parent / DONE[path.parent.name]
    make_folder(folder)
    target = free_name(folder, path.name)
    try:
        path.rename(target)
    except FileNotFoundError:
        return target
    except OSError as error:
        raise CrmbookError("file.unwritable", path=target, reason=error.strerror or str(error)) from error
    return target


def free_name(folder: Path, name: str) -> Path:
    """Return a path in a folder under which nothing lies."""
    stem, dot, suffix = name.rpartition(".")
    path, number = folder / name, 2
    while path.exists():
        path = folder / (f"{stem} {number}.{suffix}" if dot and stem else f"{name} {number}")
        number += 1
    return path

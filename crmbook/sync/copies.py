"""Copies of one workbook: which file is the workbook itself, which a cloud drive's conflict copy, which a person's fork.

Two files can carry one workbook's id. The one at the path that the store remembers is the workbook; so is a file
elsewhere when nothing is left at that path. Any other is a copy, and its name says whose: drives name the copies
they make when two people saved at once in ways of their own, and everything else was named by a person.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from crmbook.base import MARKED_AFTER, BusyError, CrmbookError, keep_private, make_private_folder, read_bytes
from crmbook.read import open_workbook
from crmbook.store import private_location

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.build import Stamp
    from crmbook.read import Opened
    from crmbook.store import WorkbookRecord

_MARKS: Final = re.compile(
    r"""
      [-_ ]?(?:NSConflict|conflict(?:ed)?|冲突(?:副本|文件)?)(?:[-_ (（].*)?$   # 坚果云, Nextcloud and the like
    | [(（][^(（)）]*(?:conflicted\ copy|conflict|冲突)[^(（)）]*[)）]                # Dropbox, Box, ownCloud
    | \.sync-conflict-\d{8}-\d{6}                                                # Syncthing
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COMPUTER: Final = re.compile(r"-(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{3,14}(?:-\d+)?$")
"""OneDrive adds the computer's name: ``客户管理-DESKTOP-4F7K2.xlsx``."""


class CopyKind(StrEnum):
    """What a file is to the store."""

    WORKBOOK = "workbook"
    CONFLICT_COPY = "conflict-copy"
    FORK = "fork"


def role_of(opened: Opened, home: Path) -> CopyKind:
    """Return what a file is, given where the workbook whose id it carries was last."""
    if _is_at(opened.path, home) or _workbook_at(home) != opened.stamp.workbook_id:
        return CopyKind.WORKBOOK
    return CopyKind.CONFLICT_COPY if is_conflict_copy(opened.path, home) else CopyKind.FORK


def _is_at(path: Path, home: Path) -> bool:
    """Return whether a file is the one at `home`, under whichever name."""
    try:
        return path == home or path.samefile(home)
    except OSError:
        return False


def is_conflict_copy(path: Path, home: Path) -> bool:
    """Return whether a drive made the file at `path` out of the one at `home`, by its name."""
    if _MARKS.search(path.stem) or MARKED_AFTER.search(path.name):
        return True
    added = path.stem.removeprefix(home.stem)
    return added != path.stem and _COMPUTER.fullmatch(added) is not None


def copy_id(opened: Opened, role: CopyKind, spelled: str) -> str:
    """Return the id under which a copy is known: always the same for the same file.

    A drive's copy is what it holds: another of that name is another one. A person's copy is edited and saved again
    before it can be given an id of its own, and stays the one of that name, as the store spells it, and export.
    """
    name = spelled if role is CopyKind.FORK else opened.path.name
    return _copy_id(opened.stamp, role, name, opened.digest)


def is_copy(record: WorkbookRecord, stamp: Stamp) -> bool:
    """Return whether a workbook that the store knows was a copy of the export that a stamp names."""
    name = PurePath(record.path).name
    return record.workbook_id in {
        _copy_id(stamp, CopyKind.FORK, record.path, ""),
        _copy_id(stamp, CopyKind.CONFLICT_COPY, name, record.digest),
    }


def _copy_id(stamp: Stamp, role: CopyKind, name: str, content: str) -> str:
    identity = (name, stamp.export) if role is CopyKind.FORK else (name, content)
    text = "\n".join([stamp.workbook_id, *map(str, identity)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def archive_beside(path: Path) -> Path:
    """Return the folder into which conflict copies are moved from beside a workbook."""
    return private_location(path.parent) / "archive"


def place_in_archive(opened: Opened) -> Path:
    """Return where a conflict copy will lie once it is put away; it overwrites none but its like.

    Raises
    ------
    CrmbookError
        ``file.unwritable`` if what lies there cannot be read.
    """
    target = archive_beside(opened.path) / opened.path.name
    try:
        if target.exists() and target.read_bytes() != opened.data:
            return target.with_stem(f"{target.stem}-{opened.digest[:8]}")
    except OSError as error:
        raise _unwritable(opened.path, error) from error
    return target


def archive(opened: Opened, target: Path) -> None:
    """Move a conflict copy into the archive beside the workbooks.

    Raises
    ------
    CrmbookError
        ``file.unwritable`` if it cannot be moved.
    BusyError
        ``file.changed`` if somebody has saved it since it was read; it stays where it is.
    """
    try:
        make_private_folder(target.parent)
        shutil.move(opened.path, target)
        if target.read_bytes() != opened.data:  # saved in the instant before: not all of it was taken in
            shutil.move(target, opened.path)
            raise BusyError("file.changed", path=opened.path)
        keep_private(target)
    except OSError as error:
        raise _unwritable(opened.path, error) from error


def _unwritable(path: Path, error: OSError) -> CrmbookError:
    return CrmbookError("file.unwritable", path=path, reason=error.strerror or str(error))


def _workbook_at(path: Path) -> str | None:
    try:
        return open_workbook(path, read_bytes(path)).stamp.workbook_id
    except CrmbookError:
        return None

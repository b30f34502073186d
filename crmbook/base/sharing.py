"""Who may use what is crmbook's own in a folder: its owner alone, or the members of one group too.

A folder that is shared says so itself, in a small file with the group's name, so that every later run of every member
knows it. The setting holds for what lies below a folder of ours, and for the files beside it in a folder that a person
named as a store's. Where others may write, anybody could have put that file there: it says nothing then.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = ".crmbook"
"""Name of the folder beside workbooks in which crmbook keeps what is its own."""
SETTING: Final = "shared-group"
_MOST: Final = 200
"""Characters of a group's name that are read; systems allow fewer."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Modes of folders and files of ours, and the group that they belong to; None leaves it as it is."""

    folder: int = 0o700
    file: int = 0o600
    group: int | None = None


PRIVATE: Final = Rights()


def group_number(name: str) -> int | None:
    """Return the number of a group of this machine, None where it has none of that name."""
    try:
        import grp

        return grp.getgrnam(name).gr_gid
    except (ImportError, KeyError):
        return None


def is_member(group: int) -> bool:
    """Return whether this process acts for a member of a group, or for the system's own account."""
    return os.geteuid() == 0 or group in {os.getegid(), *os.getgroups()}


def rights_in(folder: Path) -> Rights:
    """Return who may use what is ours in a folder."""
    for parent in (folder, *folder.parents):
        group = _group_of(parent)
        if group is not None:
            return Rights(0o2770, 0o660, group)
        if parent.name == FOLDER or FOLDER not in parent.parts:
            break
    return PRIVATE


def _group_of(folder: Path) -> int | None:
    try:
        if folder.stat().st_mode & stat.S_IWOTH:
            return None
        with (folder / SETTING).open(encoding="utf-8") as file:
            return group_number(file.read(_MOST).strip())
    except (OSError, UnicodeDecodeError):
        return None


def rights_like(path: Path) -> Rights:
    """Return the rights of a file that answers another one: who of its group may read or write that may this one, too."""
    status = path.stat()
    return Rights(file=(stat.S_IMODE(status.st_mode) & 0o060) | 0o600, group=status.st_gid)


def set_rights(path: Path, rights: Rights) -> None:
    """Give a file or folder of ours the rights it should have, unless it is a link, has other names, or is not ours.

    Nobody gains a right by this but the members of a group that shares the folder.
    """
    with suppress(OSError):
        status = path.lstat()
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
            return
        mode = rights.folder if is_folder else rights.file
        if rights.group is None:
            mode &= status.st_mode  # nothing is given that was not there
        elif status.st_gid != rights.group:
            os.chown(path, -1, rights.group)
        if stat.S_IMODE(path.lstat().st_mode) != mode:
            path.chmod(mode)

"""Who may use files: a replacement allows what the file before it allowed, and what is crmbook's own is for its owner.

A file is replaced by a new one, which at first belongs to whoever writes it. It gets owner, group, mode, access list and
extended attributes of the old one, where the system lets us. Where it does not, nobody may lose the right to write: the
file is left alone then. Stores, backups and logs hold what some colleagues must not see, so nobody else may read them,
whatever the umask says, unless a group shares the folder (`crmbook.base.sharing`).
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from crmbook.base.errors import CrmbookError, DeniedError
from crmbook.base.sharing import rights_in, set_rights

if TYPE_CHECKING:
    from pathlib import Path

ACCESS_LIST: Final = "system.posix_acl_access"
_GET_FLAGS: Final = 0x80086601
_KEPT: Final = 0x10 | 0x20
"""FS_IOC_GETFLAGS of Linux, and what it says: immutable, or only to be appended to."""


def take_over(new: Path, old: Path) -> None:
    """Give a new file what the one that it is to replace has: owner, group, mode, access list, extended attributes.

    Raises
    ------
    DeniedError
        ``file.shuts-out`` if somebody who may write the old file could not write the new one.
    """
    before = old.stat()
    _give(new, before)
    attributes = _attributes(old)
    if ACCESS_LIST not in attributes:
        with suppress(OSError, AttributeError):
            os.removexattr(new, ACCESS_LIST)  # one that the folder gives to every new file
    new.chmod(before.st_mode & 0o777)
    keeps_list = True
    for name, value in attributes.items():
        try:
            os.setxattr(new, name, value)
        except OSError:  # a label that only the system sets
            keeps_list &= name != ACCESS_LIST
    if not keeps_list or not _may_all_write(before, new.stat()):
        raise DeniedError("file.shuts-out", path=old, owner=_account(before.st_uid))


def owner_of(path: Path) -> str:
    """Return who owns a file, or the folder that does not let it be seen; empty where nobody can say."""
    for parent in (path, *path.parents):
        with suppress(OSError):
            return _account(parent.stat().st_uid)
    return ""


def is_closed(path: Path) -> bool:
    """Return whether a file is there that this account may not read, or may not even see."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)


def denial(path: Path) -> DeniedError | None:
    """Return what keeps this account from replacing a file, as far as that can be seen without trying."""
    folder, code = path.parent, ""
    with suppress(OSError):
        status, above = path.stat(), folder.stat()
        if _is_read_only(folder):
            code = "file.denied-disk"
        elif _is_immutable(folder) or not _may_write(folder):
            code = "file.denied-folder"
        elif _is_immutable(path):
            code = "file.denied-file"
        elif above.st_mode & stat.S_ISVTX and os.name == "posix":
            is_ours = os.geteuid() in {0, status.st_uid, above.st_uid}
            code = "" if is_ours else "file.denied-sticky"
        if code:
            return DeniedError(code, path=path, folder=folder, owner=_account(status.st_uid))
    return None


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _is_read_only(folder: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _is_immutable(path: Path) -> bool:
    """Return whether a file or folder is marked as one that not even its owner changes."""
    if flags := getattr(path.stat(), "st_flags", 0):  # macOS
        return bool(flags & (stat.UF_IMMUTABLE | stat.SF_IMMUTABLE | stat.UF_APPEND | stat.SF_APPEND))
    if sys.platform != "linux":
        return False
    import fcntl

    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            answer = fcntl.ioctl(handle, _GET_FLAGS, bytes(8))
        finally:
            os.close(handle)
        return bool(int.from_bytes(answer[:4], sys.byteorder) & _KEPT)
    return False


def _give(new: Path, before: os.stat_result) -> None:
    """Give a file to its owner and group; who may not give it away may still give it to a group of their own."""
    if not hasattr(os, "chown"):
        return
    made = new.stat()
    if (made.st_uid, made.st_gid) == (before.st_uid, before.st_gid):
        return
    for user in (before.st_uid, -1):
        with suppress(OSError):
            os.chown(new, user, before.st_gid)
            return


def _attributes(path: Path) -> dict[str, bytes]:
    """Return the extended attributes of a file, the access list among them."""
    if not hasattr(os, "listxattr"):
        return {}
    found = {}
    with suppress(OSError):
        for name in os.listxattr(path):
            with suppress(OSError):
                found[name] = os.getxattr(path, name)
    return found


def _may_all_write(before: os.stat_result, made: os.stat_result) -> bool:
    """Return whether owner and group of the file before may write the one made now, if they might before."""
    if made.st_mode & stat.S_IWOTH:
        return True
    if before.st_mode & stat.S_IWGRP and made.st_gid != before.st_gid:
        return False
    if before.st_uid in {made.st_uid, 0} or not before.st_mode & stat.S_IWUSR:
        return True
    return bool(made.st_mode & stat.S_IWGRP) and made.st_gid in _groups(before.st_uid)


def _groups(user: int) -> set[int]:
    try:
        import pwd

        known = pwd.getpwuid(user)
        return set(os.getgrouplist(known.pw_name, known.pw_gid))
    except (ImportError, KeyError, OSError):
        return set()


def _account(user: int) -> str:
    """Return the name of an account, its number where it has none."""
    try:
        import pwd

        return pwd.getpwuid(user).pw_name
    except (ImportError, KeyError):
        return str(user)


# What is crmbook's own


def make_private_folder(path: Path) -> None:
    """Make a folder, with those above it that are not there, for its owner and the group that shares it alone.

    Raises
    ------
    CrmbookError
        ``file.no-folder``.
    """
    try:
        for folder in [one for one in (*reversed(path.parents), path) if not one.exists()]:
            rights = rights_in(folder.parent)
            folder.mkdir(mode=rights.folder & 0o700, exist_ok=True)
            set_rights(folder, rights)
        path.mkdir(exist_ok=True)  # says so where something else is there
    except OSError as error:
        raise CrmbookError("file.no-folder", path=path, reason=error.strerror or str(error)) from error


def make_private(path: Path) -> None:
    """Let nobody but its owner, and the group that shares its folder, use a file of ours; one not there is made.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    if not os.path.lexists(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    # Perhaps somebody else's, or on a disk that takes nothing: then it can still be read.
    set_rights(path, rights_in(path.parent))


def private_mode(folder: Path) -> int:
    """Return the mode of a file of ours in a folder."""
    return rights_in(folder).file


def keep_private(path: Path) -> None:
    """Let nobody else use a kept file, whose other names, if it has any, stay as they are; see `make_private`.

    Raises
    ------
    OSError
        If it cannot be made so.
    """
    status = path.stat()
    if status.st_nlink == 1 and (not hasattr(os, "geteuid") or os.geteuid() in {0, status.st_uid}):
        with suppress(OSError, AttributeError):
            os.removexattr(path, ACCESS_LIST)
        path.chmod(0o600)
        make_private(path)
        return
    copied = path.with_name(f"{path.name}.tmp")
    make_private(copied)
    shutil.copyfile(path, copied)
    copied.replace(path)


def close_to_others(folder: Path) -> None:
    """Give all that is ours in a folder the rights it should have: an earlier version, or a umask, let others read it."""
    if os.name != "posix":
        return
    rights, status = rights_in(folder), folder.stat()
    mode = stat.S_IMODE(status.st_mode)
    if rights.group is None and not mode & ~rights.folder:
        return
    if (mode, status.st_gid) == (rights.folder, rights.group):
        return
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            set_rights(folder.__class__(root, name), rights)
    set_rights(folder, rights)

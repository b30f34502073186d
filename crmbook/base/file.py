"""Files on disk: whoever writes leaves either the old file or the new one, whatever happens in between.

A file is written beside its target, flushed to the disk, then put into its place in one step. What another
program holds open is not replaced; what changed since it was read is not replaced either.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmbook.base.access import denial, keep_private, make_private, make_private_folder, take_over
from crmbook.base.errors import BusyError, CrmbookError, DeniedError, OpenError
from crmbook.base.locks import live_lock
from crmbook.base.regular import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SUFFIXES: Final = (".xlsx", ".xlsm")
MARKED_AFTER: Final = re.compile(
    r"\.xls[xm](?=[-_. (（])(?:(?!\.xls[xm][-_. (（]).)*?(?:conflict|冲突)", re.IGNORECASE
)
"""Some drives put the mark of a conflict copy behind the whole name: ``客户.xlsx (冲突 2024-03-01)``."""
MOST_BYTES: Final = 1 << 30
"""Bytes of the largest file that is read; a workbook with a million rows has a tenth of that."""
_PREFIX: Final = ".crmbook-"
_SUFFIX: Final = ".tmp"
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def is_workbook_name(name: str) -> bool:
    """Return whether a file is a workbook by its name, a drive's conflict copy with its mark at the end too."""
    return name.lower().endswith(SUFFIXES) or MARKED_AFTER.search(name) is not None


def refuse_existing(path: Path) -> None:
    """Refuse a target that exists already.

    Raises
    ------
    CrmbookError
        ``file.exists``.
    """
    if path.exists():
        raise CrmbookError("file.exists", path=path)


def make_folder(path: Path) -> None:
    """Make a folder, with those above it, unless it is there.

    Raises
    ------
    CrmbookError
        ``file.no-folder``.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrmbookError("file.no-folder", path=path, reason=error.strerror or str(error)) from error


def read_bytes(path: Path) -> bytes:
    """Return a file's content.

    Raises
    ------
    CrmbookError
        ``file.missing``, ``file.is-folder``, ``file.bad-name``, ``file.no-file``, ``file.too-large`` or
        ``file.unreadable``.
    """
    if not _is_encodable(path):
        raise CrmbookError("file.bad-name", path=written_down(path))
    try:
        return read_regular(path, MOST_BYTES)
    except FileNotFoundError:
        raise CrmbookError("file.missing", path=path) from None
    except IsADirectoryError:
        raise CrmbookError("file.is-folder", path=path) from None
    except OSError as error:
        known = {errno.EINVAL: "file.no-file", errno.EFBIG: "file.too-large"}
        code = known.get(error.errno or 0, "file.unreadable")
        reason = error.strerror or str(error)
        raise CrmbookError(code, path=path, reason=reason, limit=MOST_BYTES >> 20) from error


def written_down(path: Path | str) -> str:
    """Return a path as a text that can be kept and shown; what is no text in it as its bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_encodable(path: Path) -> bool:
    """Return whether a path is text; archives made elsewhere leave names in other encodings behind."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data`, by which a later write knows that nothing changed in between."""
    return hashlib.sha256(data).hexdigest()


def is_open(path: Path) -> bool:
    """Return whether an office program holds the workbook open; one that crashed does not, see `crmbook.base.locks`."""
    return live_lock(path) is not None


def refuse_open(path: Path) -> None:
    """Refuse a workbook that an office program holds open.

    Raises
    ------
    OpenError
        ``file.open``, naming who opened it and the lock file.
    """
    lock = live_lock(path)
    if lock is not None:
        raise OpenError("file.open", path=path, holder=lock.holder, lock=lock.path.name)


def write_atomically(
    path: Path, data: bytes, expected: str | None = None, keep: Path | None = None, *, private: bool = False
) -> None:
    """Put `data` in place of the file at `path`, in one step.

    Parameters
    ----------
    expected
        Digest of the bytes that were read; a file that holds others by now is left alone.
    keep
        Where the file that is replaced stays, under its own bytes: whoever writes into it at the last instant
        writes there. Other names that the folder has for the file are the new one's then.
    private
        Whether nobody but its owner, and the group that shares its folder, may read the file.

    Raises
    ------
    BusyError
        ``file.changed`` if the file is not the one that was read.
    OpenError
        ``file.in-use`` if a program's hold on it keeps the system from replacing it.
    DeniedError
        ``file.denied`` and its kinds if this account may not replace it, ``file.shuts-out`` if somebody who may write
        the file could not write the new one.
    CrmbookError
        ``file.unwritable`` if the folder takes no file, ``file.disk-full`` if the disk does not.
    """
    target = path.resolve()  # a link stays one, its target is replaced
    try:
        _clear_up(target)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=_SUFFIX)
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        _fill(handle, data)
        _set_access(Path(name), target, private=private)
        _refuse_changed(path, expected)
        _replace(name, target, keep)
    except OSError as error:
        _remove(name)
        raise _unwritable(path, error) from error
    except BaseException:
        _remove(name)
        raise
    _sync_folder(target.parent)


def _replace(name: str, target: Path, keep: Path | None) -> None:
    """Put a file in place of the target; a file kept there before stays as `keep`."""
    if keep is None:
        os.replace(name, target)  # noqa: PTH105
        return
    names = names_of_file(target)
    if target.exists():
        _keep(target, keep)
    os.replace(name, target)  # noqa: PTH105
    if keep.exists():
        _follow(target, names)
        keep_private(keep)


def is_left_by_write(path: Path) -> bool:
    """Return whether a file is one with which another was to be replaced, by a process that died, or that is at it."""
    return path.name.startswith(_PREFIX) and path.name.endswith(_SUFFIX)


def _prefix(target: Path) -> str:
    """Return what the names of the temporary files of one target begin with: no other program's do."""
    return f"{_PREFIX}{digest(os.fsencode(target.name))[:12]}-"


def _clear_up(target: Path) -> None:
    """Remove what a process left that died while it wrote this target."""
    for left in target.parent.glob(f"{_prefix(target)}*{_SUFFIX}"):
        _remove(str(left))


def _fill(handle: int, data: bytes) -> None:
    """Write `data` to an open file and to the disk; close it in any case."""
    try:
        file = os.fdopen(handle, "wb")
    except BaseException:
        os.close(handle)
        raise
    with file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _set_access(new: Path, target: Path, *, private: bool) -> None:
    """Let those use a new file who may use the one that it replaces, or as many as any new file allows."""
    if private:
        make_private(new)
    elif target.exists():
        take_over(new, target)
    else:
        new.chmod(0o666 & ~_umask())


def names_of_file(path: Path) -> list[Path]:
    """Return all names of workbooks that the folder of a file has for it: the path first that is no symbolic link."""
    try:
        status = path.stat()
        if status.st_nlink == 1 and not path.is_symlink():
            return [path]
        with os.scandir(path.parent) as entries:
            beside = [
                path.parent / entry.name for entry in entries
                if is_workbook_name(entry.name) and not entry.name.startswith(("~", ".")) and entry.is_file()
            ]  # fmt: skip
        found = {path, *(one for one in beside if _is_same(one.stat(), status))}
    except OSError:
        return [path]
    return sorted(found, key=lambda one: (one.is_symlink(), one))


def own_name(path: Path) -> Path:
    """Return the one name that stands for a file, whichever of its names in the folder is given."""
    return names_of_file(path)[0]


def own_names(paths: Iterable[Path]) -> list[Path]:
    """Return one name for each file that is named, as it was named first; a path through a link names no other file."""
    found: dict[object, Path] = {}
    for path in (own_name(_without_detours(path.absolute())) for path in paths):
        try:
            status = path.stat()
            file: object = status.st_dev, status.st_ino
        except OSError:
            file = path
        if file not in found or (found[file].is_symlink() and not path.is_symlink()):
            found[file] = path
    return list(found.values())


def _without_detours(path: Path) -> Path:
    """Return a path without its ``..``, where it leads to the same file: behind a link it might not."""
    short = Path(os.path.normpath(path))
    try:
        return short if short.samefile(path) else path
    except OSError:
        return path


def _is_same(one: os.stat_result, another: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (another.st_dev, another.st_ino)


def _follow(target: Path, names: Sequence[Path]) -> None:
    """Let other names that a replaced file had be names of the new one; where there are no links they stay."""
    for name in names:
        if name == target or name.is_symlink():
            continue
        linked = name.with_name(f"{_prefix(name)}link{_SUFFIX}")
        with contextlib.suppress(OSError):
            os.link(target, linked)
            linked.replace(name)


def _refuse_changed(path: Path, expected: str | None) -> None:
    if expected is not None and digest(read_bytes(path)) != expected:
        raise BusyError("file.changed", path=path)


def _keep(target: Path, keep: Path) -> None:
    """Give the file a second name; where the file system has none to give, copy it."""
    try:
        make_private_folder(keep.parent)
        keep.unlink(missing_ok=True)
        try:
            os.link(target, keep)
        except OSError:
            make_private(keep)
            shutil.copyfile(target, keep)
    except OSError as error:
        raise _unwritable(keep, error) from error


def _unwritable(path: Path, error: OSError) -> CrmbookError:
    """Return why a file cannot be written: where the disk is full, no other can be either."""
    reason = error.strerror or str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return CrmbookError("file.disk-full", path=path)
    if error.errno not in _DENIED:
        return CrmbookError("file.unwritable", path=path, reason=reason)
    if os.name == "nt" and not _is_read_only(path):
        return OpenError("file.in-use", path=path, reason=reason)  # Windows calls an open file forbidden, too
    return denial(path.resolve()) or DeniedError("file.denied", path=path, reason=reason)


def _is_read_only(path: Path) -> bool:
    return path.exists() and not os.access(path, os.W_OK)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _remove(name: str) -> None:
    with contextlib.suppress(OSError):  # what went wrong before is what counts
        os.unlink(name)  # noqa: PTH108


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where folders can be opened; the new file is there in any case."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Reading whole files that somebody else put into a folder: regular ones, and no more than they may hold.

A pipe or a device of the right name would keep a reader waiting for ever, and a file of a few bytes on disk may claim
to be gigabytes long.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def read_regular(path: Path, most: int, *, cut: bool = False) -> bytes:
    """Return what a regular file holds.

    Parameters
    ----------
    most
        Bytes that it may hold at the most.
    cut
        Whether a longer file is read up to there instead of being refused.

    Raises
    ------
    IsADirectoryError
        If it is a folder.
    OSError
        As the system gives it; with ``EINVAL`` for a pipe, a socket or a device, with ``EFBIG`` for a file that holds
        more.
    """
    handle = os.open(path, _FLAGS)  # without O_NONBLOCK, opening a pipe that nobody writes to would wait
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        if status.st_size > most and not cut:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return _read(handle, min(most, status.st_size + 1) if cut else status.st_size + 1)
    finally:
        os.close(handle)


def _read(handle: int, most: int) -> bytes:
    """Return what an open file holds, up to so many bytes; the system may give it in several pieces."""
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(handle, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)

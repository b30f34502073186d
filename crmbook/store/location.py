"""Where a store lies: beside the workbooks, unless a drive would upload it, or somebody named another location.

A live database inside a synced folder is uploaded half-written, and shows every colleague the rows that their own
copies leave out. Such folders are known by the marks that sync programs leave and by their names; folders of the
network by the kind of file system.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import platformdirs

from crmbook.base import FOLDER, is_closed
from crmbook.store.engine import parse_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VARIABLE: Final = "CRMBOOK_STORE"
_MARKS: Final = (
    ".stfolder",
    ".stignore",
    ".dropbox",
    ".dropbox.cache",
    ".tmp.drivedownload",
    ".tmp.driveupload",
    ".nutstore",
    ".sync",
    ".SynologyWorkingDirectory",
    ".849C9593-D756-4E56-8D6E-42412F2A707B",  # OneDrive
)
_NAMES: Final = re.compile(
    r"(onedrive|skydrive)([ -].*)?|dropbox( \(.*\))?|icloud ?drive|mobile documents|com~apple~clouddocs|cloudstorage"
    r"|google ?drive|googledrive-.*|my drive|nutstore( files)?|我的坚果云|坚果云(文件)?|synologydrive|nextcloud|owncloud"
    r"|baidusyncdisk|百度网盘同步空间",
    re.IGNORECASE,
)
_NETWORK: Final = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "afpfs",
        "ncpfs",
        "webdav",
        "davfs",
        "fuse.davfs",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.gvfsd-fuse",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
        "fuse.s3fs",
        "drvfs-network",
        "macfuse",
        "osxfuse",
    ]
)
_HINTS: Final = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
"""Environment variables by which OneDrive on Windows names its folder."""


def locate(folder: Path, url: str | None = None) -> str | Path:
    """Return the location of the store of a folder's workbooks.

    Parameters
    ----------
    url
        A location that the person named; it goes before the environment's ``CRMBOOK_STORE``.
    """
    if chosen := url or os.environ.get(VARIABLE):
        return chosen if "://" in chosen else Path(chosen)
    return private_location(folder)


def private_location(folder: Path) -> Path:
    """Return the location of the store that a folder's workbooks have to themselves."""
    folder = folder.resolve()
    beside = folder / FOLDER
    if not is_shared(folder):
        return beside
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(platformdirs.user_data_dir("crmbook", appauthor=False)) / "stores" / key


def exists(location: str | Path) -> bool:
    """Return whether a store was made at `location`; a server is taken to have one."""
    url = parse_location(location)
    path = Path(url.database or "")
    return url.get_backend_name() != "sqlite" or is_closed(path) or path.is_file()


def is_shared(folder: Path, mounts: Iterable[tuple[Path, str]] | None = None) -> bool:
    """Return whether a folder is synced by a cloud drive, or lies on the network.

    Parameters
    ----------
    mounts
        Mount points and kinds of file system; asked of the system unless given.
    """
    above = [folder, *folder.parents]
    if any(_NAMES.fullmatch(location.name) or _is_marked(location) for location in above):
        return True
    roots = [Path(os.environ[name]) for name in _HINTS if os.environ.get(name)]
    return any(root in above for root in roots) or is_network(folder, mounts)


def is_network(folder: Path, mounts: Iterable[tuple[Path, str]] | None = None) -> bool:
    """Return whether a folder lies on the network, where others write without this machine noticing.

    Parameters
    ----------
    mounts
        See `is_shared`.
    """
    if str(folder).startswith(("\\\\", "//")):
        return True
    folder = folder.resolve()
    above = [folder, *folder.parents]
    kinds = dict(list_mounts() if mounts is None else mounts)
    kind = next((kinds[location] for location in above if location in kinds), "")
    return kind.lower() in _NETWORK


def list_mounts() -> list[tuple[Path, str]]:
    """Return the mount points of this machine with their kinds of file system; none where it does not list them."""
    if sys.platform == "darwin":
        return list(mounts_told(_said(["/sbin/mount"])))
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [(Path(_unescape(field[1])), field[2]) for field in fields if len(field) > 2]


def mounts_told(text: str) -> Iterator[tuple[Path, str]]:
    """Yield the mount points and kinds of ``/dev/disk1 on /Volumes/Team (smbfs, nodev)``."""
    for line in text.splitlines():
        location, mark, options = line.rpartition(" (")
        _, on, folder = location.rpartition(" on ")
        if mark and on:
            yield Path(folder), options.partition(",")[0].rstrip(")")


def _is_marked(folder: Path) -> bool:
    return any(os.path.lexists(folder / mark) for mark in _MARKS)


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=5).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""


def _unescape(text: str) -> str:
    """Return a path of the mount table, whose blanks are octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)

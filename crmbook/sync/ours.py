"""Which files of a folder are crmbook's: what a sync of the folder takes up, and what a watcher does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import MOST_BYTES, CrmbookError, read_bytes, read_regular
from crmbook.build import read_stamp
from crmbook.ooxml import OoxmlError, Package
from crmbook.store import remembers

if TYPE_CHECKING:
    from pathlib import Path


def is_ours(path: Path, location: str | Path) -> bool:
    """Return whether a workbook is crmbook's: by its stamp, else as the store at `location` recognises it.

    One that cannot be opened is, so that it is reported, if the store knows its name: any other is somebody else's.
    """
    try:
        data = read_bytes(path)
        if read_stamp(Package.open(data)) is not None:
            return True
        # It comes with all that reads workbooks, and few folders hold such a file.
        from crmbook.sync.unstamped import is_recognised

        return is_recognised(path, data, location)
    except Exception as error:  # noqa: BLE001 - whatever it is, the sync reports it
        if isinstance(error, CrmbookError) and error.code == "file.bad-name":
            return _is_stamped(path)
        return remembers(path, location)


def _is_stamped(path: Path) -> bool:
    """Return whether a file, whose name cannot be written down, is a workbook of crmbook's."""
    try:
        return read_stamp(Package.open(read_regular(path, MOST_BYTES))) is not None
    except (OSError, OoxmlError):
        return False

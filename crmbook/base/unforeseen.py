"""What nobody foresaw, as an error of ours: a code, words, and its traceback in a file that nobody else can read.

One workbook in which the program itself fails must not keep the others from being synced. Whoever reports the defect
needs the traceback, and whoever only wants to work does not; so it goes into ``errors.log``, which is begun anew when
it is full. Errors of the packages that know nothing of crmbook's own become ours as they are.
"""

from __future__ import annotations

import errno
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from crmbook.base.access import make_private, make_private_folder
from crmbook.base.errors import CrmbookError, without_passwords
from crmbook.base.records import Location

if TYPE_CHECKING:
    from pathlib import Path

LOG: Final = "errors.log"
_BYTES: Final = 1_000_000
"""How large the log may grow before it is begun anew; one older log is kept."""
_LONGEST: Final = 200
"""Characters of an error's own text that a message repeats."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def as_coded(error: Exception, folder: Path, workbook: Path | None = None) -> CrmbookError:
    """Return an error as one of ours, with code and words.

    Parameters
    ----------
    folder
        Where the traceback of an unforeseen one is kept.
    workbook
        Which it befell.
    """
    if isinstance(error, CrmbookError):
        return error
    code, params = getattr(error, "code", None), getattr(error, "params", None)
    if isinstance(code, str) and isinstance(params, dict):
        return CrmbookError(code, Location(file=str(workbook)) if workbook else None, **params)
    if is_disk_full(error):
        return CrmbookError("file.disk-full", path=getattr(error, "filename", None) or folder)
    location = Location(file=str(workbook)) if workbook else None
    values = {
        "kind": type(error).__name__,
        "reason": without_passwords(" ".join(str(error).split()))[:_LONGEST],
    }
    log = _keep(error, folder)
    if log is None:
        return CrmbookError("sync.unforeseen-unlogged", location, **values)
    return CrmbookError("sync.unforeseen", location, **values, log=str(log))


def is_disk_full(error: BaseException) -> bool:
    """Return whether an error says that a disk, or what one account may use of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def ends_run(error: CrmbookError) -> bool:
    """Return whether nothing more can be synced after an error: the store failed, a lease was lost, the disk is full."""
    return error.code.startswith("store.") or error.code == "file.disk-full"


def _keep(error: Exception, folder: Path) -> Path | None:
    """Append the traceback of an error to the log, and return where that is; None where it cannot be written."""
    path = folder / LOG
    text = without_passwords("".join(traceback.format_exception(error)))
    entry = f"{datetime.now(UTC).astimezone().isoformat(timespec='seconds')}\n{text}\n"
    try:
        make_private_folder(folder)
        if path.exists() and path.stat().st_size > _BYTES:
            path.replace(path.with_suffix(".1.log"))
        make_private(path)
        with path.open("ab") as file:
            file.write(entry.encode("utf-8", errors="backslashreplace"))
    except (OSError, CrmbookError):
        return None
    return path

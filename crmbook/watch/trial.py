"""A sync that never ends the watch: whatever goes wrong comes back as the failure of the workbooks it befell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import BusyError, CrmbookError, DeniedError, as_coded
from crmbook.store import private_location
from crmbook.sync import Report, sync_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.base import Options


def try_sync(paths: Sequence[Path], options: Options) -> Report:
    """Sync workbooks of one folder; what keeps them all from it is the failure of each."""
    try:
        return sync_workbooks(paths, options)
    except Exception as error:  # noqa: BLE001 - nothing ends the watch
        coded = as_coded(error, private_location(paths[0].parent))
        return Report([], [(path, coded) for path in paths])


def is_passing(error: CrmbookError) -> bool:
    """Return whether an error may pass by itself: a store, disk or network that comes back, a schema that is put right."""
    return (
        isinstance(error, BusyError | DeniedError)
        or error.code.startswith(("store.", "schema.", "watch."))
        or error.code.startswith("sync.unforeseen")
        or error.code in {"file.unwritable", "file.disk-full", "file.unreadable", "file.no-folder"}
        or hasattr(error, "problems")
    )

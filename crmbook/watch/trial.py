"""A sync that never ends the watch: whatever goes wrong comes back as the failure of the workbooks it befell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.errors import BusyError, CrmbookError
from crmbook.outcome import Report
from crmbook.sync import sync_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.options import Options
    from crmbook.outcome import Synced


def try_sync(paths: Sequence[Path], options: Options) -> Report:
    """Sync workbooks of one folder; what keeps them all from it is the failure of each."""
    try:
        return sync_workbooks(paths, options)
    except BusyError as error:
        return Report([], [(path, error) for path in paths])
    except Exception as error:  # noqa: BLE001 - of many workbooks one may be the cause of what nobody foresaw
        if len(paths) == 1:
            return Report([], [(paths[0], as_coded(error))])
    synced: list[Synced] = []
    failures: list[tuple[Path, CrmbookError]] = []
    for path in paths:
        report = try_sync([path], options)
        synced += report.workbooks
        failures += report.failures
    return Report(synced, failures)


def as_coded(error: Exception) -> CrmbookError:
    """Return an error as one of ours, with code and words."""
    if isinstance(error, CrmbookError):
        return error
    code, params = getattr(error, "code", None), getattr(error, "params", None)
    if isinstance(code, str) and isinstance(
        params, dict
    ):  # of a package that knows nothing of crmbook's errors
        return CrmbookError(code, None, **params)
    return CrmbookError("watch.failure", reason=f"{type(error).__name__}: {error}")


def is_passing(error: CrmbookError) -> bool:
    """Say whether an error may pass by itself: a store, disk or network that comes back, a schema that is put right."""
    return (
        isinstance(error, BusyError)
        or error.code.startswith(("store.", "schema.", "watch."))
        or error.code in {"file.unwritable", "file.unreadable", "file.no-folder"}
        or hasattr(error, "problems")
    )

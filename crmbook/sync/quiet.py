"""When workbooks were synced last without bringing anything: ``quiet.json`` beside the store of their folder.

Such a sync writes nothing to the store, which drives carry to other machines and backups keep. Where it cannot be noted, or the
folder has no place of its own, only the last sync that brought something is known.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, write_atomically
from crmbook.store import private_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_FILE: Final = "quiet.json"


def note_quiet(folder: Path, workbook_ids: Iterable[str]) -> None:
    """Note that workbooks of a folder were synced at this moment and brought nothing."""
    position = private_location(folder)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with suppress(OSError, CrmbookError):
        if position.is_dir():
            moments = {**quiet_moments(folder), **dict.fromkeys(workbook_ids, at)}
            write_atomically(position / _FILE, json.dumps(moments).encode(), private=True)


def quiet_moments(folder: Path) -> Mapping[str, str]:
    """Return when workbooks of a folder brought nothing last, by their ids; in UTC, as ISO 8601."""
    with suppress(OSError, ValueError):
        said = json.loads((private_location(folder) / _FILE).read_bytes())
        if isinstance(said, dict):
            return {key: at for key, at in said.items() if _is_moment(at)}
    return {}


def _is_moment(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

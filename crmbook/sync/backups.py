"""What a workbook held before it was replaced: the last few versions of each, beside the store.

In a folder that a drive syncs they lie elsewhere, like the store: nothing of them is uploaded.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from crmbook.base import make_folder, read_bytes, write_atomically
from crmbook.store import private_location

if TYPE_CHECKING:
    from pathlib import Path

KEPT: Final = 10
"""Backups kept of each workbook; the store's history has everything older."""


def backup_path(path: Path, workbook_id: str, export: int, *, held: bool = False) -> Path:
    """Return where the bytes of a workbook's export go when it is replaced, or when a question is put into it."""
    name = f"{export:06d}{'-held' * held}{path.suffix}"
    return private_location(path.parent) / "backups" / workbook_id[:12] / name


def keep_replaced(path: Path) -> Path:
    """Keep a workbook that another file is to replace, whatever it holds; return where.

    Raises
    ------
    CrmbookError
        If it cannot be read, or the backups cannot be written.
    """
    folder = private_location(path.parent) / "backups" / "replaced"
    make_folder(folder)
    kept = folder / f"{int(path.stat().st_mtime):011d}-{path.stem}{path.suffix}"
    write_atomically(kept, read_bytes(path), private=True)
    prune(kept)
    return kept


def prune(newest: Path) -> None:
    """Remove the oldest backups of the workbook to which `newest` belongs."""
    for old in sorted(newest.parent.glob(f"*{newest.suffix}"))[:-KEPT]:
        with contextlib.suppress(OSError):  # a backup too many harms nobody
            old.unlink()

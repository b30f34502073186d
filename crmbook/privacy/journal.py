"""What is under way: kept beside the store until all is done, and gone then.

It holds what must be looked for, and so the person's own texts; nobody but the store's owner may read it.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from crmbook.base import make_private_folder, write_atomically
from crmbook.privacy.person import Gone

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "forgetting.json"


def read_journal(folder: Path) -> Gone | None:
    """Return who is being forgotten; None where nobody is."""
    try:
        return Gone.from_json(json.loads((folder / NAME).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_journal(folder: Path, gone: Gone) -> None:
    """Keep who is being forgotten.

    Raises
    ------
    CrmbookError
        If it cannot be written.
    """
    make_private_folder(folder)
    text = json.dumps(gone.to_json(), ensure_ascii=False)
    write_atomically(folder / NAME, text.encode("utf-8", "surrogatepass"), private=True)


def drop_journal(folder: Path) -> None:
    """Forget it, after what is on the disk."""
    path = folder / NAME
    if path.exists():
        with path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()

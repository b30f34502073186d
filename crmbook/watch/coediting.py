"""Folders whose drive lets several people edit one workbook at once: OneDrive and SharePoint, while AutoSave is on.

Such an edit leaves no lock file beside the workbook, and the drive itself replaces the file every few seconds: nobody
can tell from outside that it is open. Nothing is lost (every save is merged), but people may meet the drive's own
question about two versions. Reported once, with what to do about it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_NAMES: Final = re.compile(r"onedrive([ -].*)?|skydrive|sharepoint([ -].*)?", re.IGNORECASE)
_MARK: Final = ".849C9593-D756-4E56-8D6E-42412F2A707B"
_HINTS: Final = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def may_be_coedited(folder: Path) -> bool:
    """Return whether a folder lies in a drive that lets several people edit one workbook at once."""
    above = [folder.resolve(), *folder.resolve().parents]
    roots = [Path(os.environ[name]).resolve() for name in _HINTS if os.environ.get(name)]
    return any(
        _NAMES.fullmatch(parent.name) is not None or parent in roots or os.path.lexists(parent / _MARK)
        for parent in above
    )

"""Edits made by LibreOffice itself, where it is installed: the file then is one that an office program saved.

LibreOffice is driven through UNO, whose bridge belongs to another Python than ours (the system's, or the one that
comes with LibreOffice), so a small script runs there and gets what to type as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.cli.demonstration.edits import SampleEdit

_PATIENCE: Final = 60
_TIMEOUT: Final = 180
_SCRIPT: Final = Path(__file__).with_name("typist.py")
_PYTHONS: Final = ("/usr/bin/python3", "/usr/lib/libreoffice/program/python")


def edit_in_office(path: Path, edits: Sequence[SampleEdit]) -> bool:
    """Open `path` in LibreOffice, type `edits`, save; return whether that was possible."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    python = find_uno_python()
    if program is None or python is None:
        return False
    with tempfile.TemporaryDirectory(prefix="crmbook-office-", ignore_cleanup_errors=True) as profile:
        job = {
            "program": program,
            "profile": Path(profile).as_uri(),
            "pipe": Path(profile).name,
            "file": path.resolve().as_uri(),
            "patience": _PATIENCE,
            "edits": [asdict(edit) for edit in edits],
        }
        try:
            done = subprocess.run(  # noqa: S603 - both programs were found on this machine, the job is data
                [python, str(_SCRIPT)],
                input=json.dumps(job),
                text=True,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def find_uno_python() -> str | None:
    """Return a Python that can talk to LibreOffice, or None."""
    names = [sys.executable, *_PYTHONS, shutil.which("python3") or ""]
    for name in dict.fromkeys(filter(os.path.exists, names)):
        found = subprocess.run([name, "-c", "import uno"], capture_output=True, check=False)  # noqa: S603
        if found.returncode == 0:
            return name
    return None

"""Folders for tests: filled from texts, and kept until the process ends."""

from __future__ import annotations

import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

_KEPT: list[TemporaryDirectory[Any]] = []


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts by path into a folder and return it; indentation that all lines of a text share is left out."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def kept_folder() -> Path:
    """Return a new folder that several tests share; it goes when the process ends."""
    _KEPT.append(TemporaryDirectory(prefix="crmbook-tests-"))
    return Path(_KEPT[-1].name)


def folder_of_run(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that the processes of one run of the tests share: what is made once is made by the first."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if folder.name.startswith("popen-") else folder) / name
    folder.mkdir(exist_ok=True)
    return folder

"""The files a book's schema is made of, known before anything of them is read.

The fingerprint that they gave is kept beside the parsed YAML under a digest of their bytes (and of the code that
reads them), so that a sync of an unchanged workbook need not load the schema to see that it is still the same.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path

import crmbook
from crmbook.base import read_regular
from crmbook.schema.shipped import shipped

MOST_YAML = 4 << 20
"""Bytes of the largest YAML file that is read; the longest shipped one has a hundredth of that."""


def cache_folder() -> Path | None:
    """Return the folder of the cache, or None where it is turned off."""
    chosen = os.environ.get("CRMBOOK_CACHE")
    if chosen:
        return None if chosen == "off" else Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "crmbook" / "yaml"
    except RuntimeError:  # a user without a home
        return None


def find_workspace(folder: Path | None, given: Path | None, known: Path | None) -> Path | None:
    """Return the workspace that changes the schemas of a workbook in `folder`: the one given, else the one known.

    Without either the folder itself counts, where it has ``schemas/`` or ``templates/``.
    """
    if given is not None:
        return given
    if known is not None and known.is_dir():
        return known
    return (
        folder
        if folder is not None and any((folder / kind).is_dir() for kind in ("schemas", "templates"))
        else None
    )


def example_workspace(name: str) -> Path | None:
    """Return the changes to the schemas that a shipped example has of its own; None where it has none, or there is none such."""
    folder = shipped("examples") / name
    return folder if name and Path(name).name == name and (folder / "schemas").is_dir() else None


def sources_digest(template: str, lang: str, workspace: Path | None) -> str:
    """Return a digest of everything that the fingerprint of a book follows from."""
    digest = hashlib.sha256(f"{template}\n{lang}\n{workspace is None}".encode())
    roots = [shipped("schemas").parent, *([workspace] if workspace else [])]
    folders = [root / kind for root in roots for kind in ("schemas", "templates")]
    files = [path for folder in folders for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))]
    for path in files:
        digest.update(_said(path))
    digest.update(code_digest("schema", "formula", "base"))
    return digest.hexdigest()[:40]


@cache
def code_digest(*packages: str) -> bytes:
    """Return a digest of the code of some of our packages; while a process runs it does not change."""
    digest, root = hashlib.sha256(), Path(crmbook.__file__).parent
    for path in (path for package in packages for path in sorted((root / package).rglob("*.py"))):
        digest.update(_said(path))
    return digest.digest()


def _said(path: Path) -> bytes:
    return hashlib.sha256(os.fsencode(path) + _content(path)).digest()


def _content(path: Path) -> bytes:
    """Return what a file holds; nothing of one that cannot be read, which loading the schema will name."""
    try:
        return read_regular(path, MOST_YAML)
    except OSError:
        return b""


def recall_fingerprint(digest: str) -> str | None:
    """Return the fingerprint that the sources of a digest gave, None where nobody knows."""
    content = recall_content(f"{digest}.txt")
    return content.decode("ascii", "replace") if content is not None else None


def keep_fingerprint(digest: str, fingerprint: str) -> None:
    """Keep the fingerprint that sources gave for the next run."""
    if recall_fingerprint(digest) != fingerprint:
        put_away(f"{digest}.txt", fingerprint.encode("ascii"))


def recall_content(name: str) -> bytes | None:
    """Return a file of the cache; None where there is none, or it cannot be read."""
    folder = cache_folder()
    try:
        return (folder / name).read_bytes() if folder else None
    except OSError:
        return None


def put_away(name: str, content: bytes, *, most: int | None = None) -> None:
    """Write a file into the cache, as a whole or not at all; of its kind there are then as many as are wanted at the most."""
    folder = cache_folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if most is not None:
            _make_room(folder, Path(name).suffix, most)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(content)
        Path(file.name).replace(folder / name)
    except OSError:
        return


def _make_room(folder: Path, suffix: str, most: int) -> None:
    """Take all files of a kind out of the cache where there are too many: which of them are in use shows by itself."""
    entries = list(folder.glob(f"*{suffix}"))
    if len(entries) >= most:
        for entry in entries:
            entry.unlink(missing_ok=True)

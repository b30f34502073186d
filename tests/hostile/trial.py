"""Tries hostile things in a process of its own, with its memory and time limited, and tells what came of each.

``python -m tests.hostile.trial packages|folders START STEP`` writes a line of JSON for each.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import sys
import tempfile
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import catalogue
from crmbook.cli.location import find_workbooks
from crmbook.store import Store, locate
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.hostile.folders import GOOD, folders
from tests.hostile.packages import packages
from tests.ooxml_lint import lint
from tests.sync.shop import DAY, Shop, workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NEVER = {"lint.table-name-duplicate", "lint.table-overlap"}
"""What no written workbook may have, even where it was given with it."""
MEMORY = 2 << 30
SECONDS = 120


def main(kind: str, start: int, step: int) -> None:
    with tempfile.TemporaryDirectory() as keeper:
        shop = Shop(Path(keeper) / "begun")
        shop.sync()
        own = resource.getpagesize() * int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (own + MEMORY, own + MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        trials = _packages(shop, keeper) if kind == "packages" else _folders(shop, keeper)
        for told in islice(trials, start, None, step):
            sys.stderr.write(f"{told.__name__}\n")  # the last one, should the process be ended
            sys.stdout.write(json.dumps(told() | {"name": told.__name__}) + "\n")
            sys.stdout.flush()


def _packages(shop: Shop, keeper: str) -> Iterator[Any]:
    for number, (name, data) in enumerate(packages(shop.main.data)):

        def trial(data: bytes = data, number: int = number) -> dict[str, Any]:
            folder = Path(keeper) / f"package{number}"
            shutil.copytree(shop.folder, folder)
            (folder / GOOD).write_bytes(data)
            try:
                return _tried(folder, [folder / GOOD])
            finally:
                shutil.rmtree(folder)

        trial.__name__ = name
        yield trial


def _folders(shop: Shop, keeper: str) -> Iterator[Any]:
    for number, (name, make) in enumerate(folders()):

        def trial(make: Any = make, number: int = number) -> dict[str, Any]:
            folder = Path(keeper) / f"folder{number}"
            shutil.copytree(shop.folder, folder)
            make(folder)
            try:
                return _tried(folder, None)
            finally:
                for inner in (folder / "zu", folder / "zu.xlsx"):
                    if inner.exists():
                        inner.chmod(0o700)
                shutil.rmtree(folder)

        trial.__name__ = name.encode("ascii", "backslashreplace").decode()
        yield trial


def _tried(folder: Path, paths: list[Path] | None) -> dict[str, Any]:
    """Sync; return the codes of what was refused, and what changed that must not."""
    before, head = _seen(folder), _head(folder)
    given = {path.name: path.read_bytes() for path in paths or ()}
    begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    codes: list[str] = []
    try:
        report = sync_workbooks(paths or find_workbooks([folder], None), Options(DAY, workspace()))
        codes = [error.code for _, error in report.failures]
        written = {one.path.name for one in report.workbooks if one.written or one.moved_to}
    except CrmbookError as error:
        codes, written = [error.code], set()
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - begun
    after = _seen(folder)
    return {
        "codes": codes,
        "unknown": [code for code in codes if code not in catalogue() or code.startswith("sync.unforeseen")],
        "changed": sorted(repr(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name) and name not in written),
        "head": _head(folder) == head,
        "lint": sorted(
            _defects((folder / name).read_bytes() for name in written)
            - (_defects(given[name] for name in written if name in given) - NEVER)
        ),
        "seconds": seconds,
    }  # fmt: skip


def _defects(workbooks: Iterable[bytes]) -> set[str]:
    """What is wrong with some workbooks, by kind: what was broken may stay broken, and no more."""
    found: set[str] = set()
    for data in workbooks:
        with suppress(Exception):  # what cannot be read at all has no defects to compare
            found |= {one.code for one in lint(data)}
    return found


def _seen(folder: Path) -> dict[str, str]:
    """What lies in a folder, the store's own files aside."""
    found = {}
    for entry in os.scandir(folder):
        if entry.name != ".crmbook":
            plain = entry.is_file(follow_symlinks=False) and entry.stat().st_size < 1 << 30
            readable = plain and os.access(entry.path, os.R_OK)
            content = hashlib.sha256(Path(entry.path).read_bytes()).hexdigest() if readable else ""
            found[entry.name] = f"{entry.stat(follow_symlinks=False).st_mode} {content}"
    return found


def _head(folder: Path) -> dict[str, Any]:
    with Store.open(locate(folder)) as store:
        tables = store.head(store.books()[0].book_id).tables
        return {
            name: frame.astype(str).to_dict("index")
            for name, frame in tables.items()
            if name in {"clients", "visits"}
        }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

"""Where the processor time of a command goes, and how large what it needs is on disk.

A signal comes with every millisecond of processor time; the frame that it meets tells where the program is: in an
import, or else in the package of crmbook whose code stands innermost. Nothing is counted twice, and calls cost nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from re import match
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

_EVERY = 0.001
_FEW = 3
_IMPORT, _SIZES = "imports", "sizes"
_SMALL = 1_000_000
"""Bytes under which a package is counted among the others."""


def sampled(words: Sequence[str]) -> list[list[str]]:
    """Run a command of crmbook; return by package its share of the processor time, and where most of that is."""
    with tempfile.TemporaryDirectory() as name:
        target = Path(name, "samples.json")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.sampling", str(target), *words]
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=kept)
        found = Counter({tuple(where): count for where, count in json.loads(target.read_text("utf-8"))})
    total = sum(found.values())
    rooms = Counter[str]()
    for (room, _), count in found.items():
        rooms[room] += count
    return [
        [room, f"{count / total:.0%}", ", ".join(_most(found, room, total))]
        for room, count in rooms.most_common()
    ]


def _most(found: Counter[tuple[str, ...]], room: str, total: int) -> Iterator[str]:
    inner = Counter({where: count for (owner, where), count in found.items() if owner == room})
    for where, count in inner.most_common(_FEW):
        yield f"{where} {count / total:.1%}"


def _watched(words: Sequence[str], target: Path) -> None:
    """Run a command in this process, and write down what the samples met."""
    found: Counter[tuple[str, str]] = Counter()

    def look(_number: int, frame: FrameType | None) -> None:
        found[_where(frame)] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        from crmbook.cli import main

        sys.argv = ["crmbook", *words]
        main()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        target.write_text(json.dumps(list(found.items())), encoding="utf-8")


def _where(frame: FrameType | None) -> tuple[str, str]:
    """Return the package of crmbook and the function that run; of an import, which package is being imported."""
    own = ("", "")
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name == "importlib._bootstrap":
            return _IMPORT, _imported(frame)
        if not own[0] and name.startswith("crmbook."):
            own = (name.split(".")[1], f"{name.removeprefix('crmbook.')}.{frame.f_code.co_name}")
        frame = frame.f_back
    return own if own[0] else ("python", "")


def _imported(frame: FrameType | None) -> str:
    """Return the outermost package that is being imported for somebody else's sake."""
    wanted = ""
    while frame is not None:
        if frame.f_code.co_name == "_find_and_load":
            top = str(frame.f_locals.get("name", "")).partition(".")[0]
            wanted = top if top != "crmbook" or not wanted else wanted
        frame = frame.f_back
    return wanted


def installed(python: str) -> list[list[str]]:
    """Return crmbook and all that it requires with their megabytes on disk, the largest first, where a Python has them."""
    done = subprocess.run(
        [python, "-I", __file__, _SIZES], stdout=subprocess.PIPE, text=True, check=True
    )  # -I: of the folder it stands in, in which other files have names of the library's, it knows nothing
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _sizes() -> list[list[str]]:
    sizes = {name: _size(name) for name in _required("crmbook", set())}
    large = {name: size for name, size in sizes.items() if size >= _SMALL}
    rows = [[name, f"{large[name] / 1e6:.1f}"] for name in sorted(large, key=large.__getitem__, reverse=True)]
    rest = sum(sizes.values()) - sum(large.values())
    return [
        *rows,
        [f"{len(sizes) - len(large)} others", f"{rest / 1e6:.1f}"],
        ["all", f"{sum(sizes.values()) / 1e6:.0f}"],
    ]


def _required(name: str, seen: set[str]) -> set[str]:
    """Return a distribution's name and those of all that it requires here, extras left out."""
    key = name.lower().replace("_", "-")
    try:
        needs = distribution(name).requires or []
    except PackageNotFoundError:  # not for this system
        return seen
    if key not in seen:
        seen.add(key)
        for need in needs:
            found = match(r"[\w.-]+", need)
            if found and "extra ==" not in need:
                _required(found[0], seen)
    return seen


def _size(name: str) -> int:
    files = distribution(name).files or []
    places = {Path(str(one.locate())) for one in files if one.suffix != ".pyc"}
    return sum(place.stat().st_size for place in places if place.is_file())


if __name__ == "__main__":
    if sys.argv[1:] == [_SIZES]:
        print(json.dumps(_sizes()))
    else:
        _watched(sys.argv[2:], Path(sys.argv[1]))

"""Two states of crmbook against each other: the everyday sync of both, by turns, in processor time and memory.

``python -m benchmarks.against FOLDER [ROUNDS]`` compares this checkout with another one in a folder, such as a worktree of the
commit before. Each turn syncs a fresh copy of the example company's workbook with one cell edited. On a machine that is busy only
the ratios mean something.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.everyday import EDITED, copied, sync_words

_ROUNDS: Final = 5
_HERE: Final = Path(__file__).resolve().parents[1]


def synced(tree: Path) -> tuple[float, float]:
    """Return processor seconds and MiB of one sync by the code in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        words = sync_words(copied(Path(folder), EDITED))
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, "-P", "-W", "ignore", "-m", "crmbook", *words]
        process = subprocess.Popen(command, env={**kept, "PYTHONPATH": str(tree)}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1}:
            raise AssertionError(f"{command} ended with exit code {process.returncode}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(other: Path, rounds: int = _ROUNDS) -> None:
    """Print the medians of both, and how much less this checkout takes, round by round."""
    trees = (other.resolve(), _HERE)
    took: dict[Path, list[tuple[float, float]]] = {tree: [] for tree in trees}
    for number in range(rounds):
        for tree in trees if number % 2 else trees[::-1]:
            took[tree].append(synced(tree))
    for tree, turns in took.items():
        seconds, memory = zip(*turns, strict=True)
        print(f"{tree}: processor {median(seconds):.2f} s, {median(memory):.0f} MiB")
    ratios = [one[0] / mine[0] for one, mine in zip(*took.values(), strict=True)]
    print(f"times as little processor here: {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))

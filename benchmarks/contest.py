"""A contest: the same work done by us and by peers, round by round, each time in a fresh process.

An *entrant* is named ``module:function``. Its function gets a folder to write into, prepares the data in the shape
the library likes best (not timed) and returns the work (timed, with the library's import in it). The entrants of a
contest take turns, A B A B, so that a busy machine is busy for all of them; the ratio is taken within each round.
Peak memory is the whole process', its data included, as the kernel counts it.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Entrant:
    """One who takes part: what the table calls it, and its ``module:function``."""

    title: str
    function: str


@dataclass(frozen=True, slots=True)
class Peer(Entrant):
    """One we are measured against: how many times faster we mean to be."""

    target: float = 1.0


@dataclass(frozen=True, slots=True)
class Contest:
    """The same work, done by everybody.

    Parameters
    ----------
    name
        What ``python -m benchmarks NAME`` calls it.
    work
        What the table calls it.
    ours, peers
        Who takes part.
    same
        Function ``module:function`` that gets the folder after a round of all and raises unless the results agree.
    rounds
        How often each takes part.
    memory
        Most MiB that we mean to need, if that is a target.
    """

    name: str
    work: str
    ours: Entrant
    peers: tuple[Peer, ...] = ()
    same: str | None = None
    rounds: int = 5
    memory: int | None = None


@dataclass(slots=True)
class Runs:
    """What one entrant took, round by round: seconds and MiB."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def hold(contest: Contest) -> dict[Entrant, Runs]:
    """Hold the contest and return everybody's runs."""
    entrants = [contest.ours, *contest.peers]
    runs = {entrant: Runs() for entrant in entrants}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(contest.rounds):
            for entrant in entrants:
                seconds, memory = _apart(entrant.function, folder)
                runs[entrant].seconds.append(seconds)
                runs[entrant].memory.append(memory)
        if contest.same:
            found(contest.same)(folder)
    return runs


def found(function: str) -> Callable[[Path], Callable[[], object]]:
    """Return the function named ``module:function``."""
    module, name = function.split(":")
    return getattr(importlib.import_module(module), name)


def ratios(ours: Runs, peer: Runs) -> list[float]:
    """Return how many times as long as we the peer took, in each round."""
    return [theirs / mine for mine, theirs in zip(ours.seconds, peer.seconds, strict=True)]


def rows_of(contest: Contest, runs: dict[Entrant, Runs]) -> list[list[str]]:
    """Return the contest's lines of the table."""
    ours = runs[contest.ours]
    lines = []
    for peer in contest.peers:
        won = ratios(ours, runs[peer])
        spread = f"{median(won):.1f}× ({min(won):.1f}–{max(won):.1f})"
        lines.append(
            [contest.work, _took(ours), f"{peer.title}: {_took(runs[peer])}", spread, f"≥ {peer.target:g}×"]
        )
    if contest.memory is not None:
        target = f"< {contest.memory} MiB"
        lines.append([contest.work, _took(ours), "", f"{max(ours.memory):.0f} MiB", target])
    return lines


def _took(runs: Runs) -> str:
    """Return the median of the seconds with their spread, and the peak of the memory."""
    seconds = f"{median(runs.seconds):.2f} s ({min(runs.seconds):.2f}–{max(runs.seconds):.2f})"
    return f"{seconds}, {max(runs.memory):.0f} MiB"


def _apart(function: str, folder: Path) -> tuple[float, float]:
    """Run one entrant in a process of its own; return seconds and peak MiB."""
    command = [sys.executable, "-m", "benchmarks.contest", function, str(folder)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


def take_part(function: str, folder: Path) -> tuple[float, float]:
    """Prepare, then work with the clock running; return seconds and this process' peak MiB."""
    work = found(function)(folder)
    gc.collect()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(take_part(sys.argv[1], Path(sys.argv[2]))))

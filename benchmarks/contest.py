"""A contest: the same work done by us and by peers, round by round, each time in a fresh process.

An *entrant* is named ``module:function``. Its function gets a folder to write into, prepares the data in the shape
the library likes best (not timed) and returns the work (timed, with the library's import in it). The entrants of a
contest take turns, A B A B, so that a busy machine is busy for all of them; the ratio is taken within each round.
Time on the clock is what a person waits; processor time counts every thread's work and hardly depends on what else
the machine is doing. Peak memory is the whole process', its data included, as the kernel counts it. Where the work
is to run a program, that program's processor time and peak count; where that starts others in its turn, what all of
them held at one time, looked at every quarter of a second. Work that lets a program go on which runs already returns
its own `Took`.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK = 0.25


@dataclass(frozen=True, slots=True)
class Entrant:
    """One who takes part: what the table calls it, and its ``module:function``."""

    title: str
    function: str


@dataclass(frozen=True, slots=True)
class Peer(Entrant):
    """One we are measured against: how many times faster we mean to be, or how many seconds slower at the most."""

    target: float = 1.0
    most: float | None = None


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
        Works like an entrant's function, after the last round; the work raises unless the results agree.
    rounds
        How often each takes part.
    memory
        Most MiB that we mean to need, if that is a target.
    prepare
        Makes what all turns need and none shall be measured with: the peak of a child counts as its parent's.
    """

    name: str
    work: str
    ours: Entrant
    peers: tuple[Peer, ...] = ()
    same: str | None = None
    rounds: int = 3
    memory: int | None = None
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Took:
    """What one turn took: seconds on the clock, of the processor, and MiB at the peak."""

    seconds: float
    processor: float
    memory: float


@dataclass(slots=True)
class Runs:
    """What one entrant took, round by round: seconds on the clock, of the processor, and MiB."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def hold(contest: Contest) -> dict[Entrant, Runs]:
    """Hold the contest and return everybody's runs."""
    entrants = [contest.ours, *contest.peers]
    runs = {entrant: Runs() for entrant in entrants}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(contest.rounds):
            for entrant in entrants:
                seconds, processor, memory = _apart(entrant.function, folder)
                runs[entrant].seconds.append(seconds)
                runs[entrant].processor.append(processor)
                runs[entrant].memory.append(memory)
        if contest.same:
            _apart(contest.same, folder)  # apart as well, because a child's peak begins with its parent's
    return runs


def found(function: str) -> Callable[[Path], Callable[[], object]]:
    """Return the function named ``module:function``."""
    module, name = function.split(":")
    return getattr(importlib.import_module(module), name)


def rows_of(contest: Contest, runs: dict[Entrant, Runs]) -> list[list[str]]:
    """Return the contest's lines of the table."""
    ours = runs[contest.ours]
    lines = []
    for peer in contest.peers:
        theirs = runs[peer]
        won = [_times(theirs.seconds, ours.seconds), _times(theirs.processor, ours.processor)]
        goal = f"≥ {peer.target:.3g}×" if peer.most is None else f"< {peer.most:g} s more"
        lines.append([contest.work, _took(ours), f"{peer.title}: {_took(theirs)}", *won, goal])
    if contest.memory is not None:
        lines.append([contest.work, _took(ours), "", "", "", f"< {contest.memory} MiB"])
    return lines


def _times(theirs: list[float], ours: list[float]) -> str:
    """Return how many times as long as we the peer took: median, lowest and highest of the rounds."""
    ratios = [peer / mine for mine, peer in zip(ours, theirs, strict=True)]
    return f"{_ratio(median(ratios))}× ({_ratio(min(ratios))}–{_ratio(max(ratios))})"


def _ratio(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _took(runs: Runs) -> str:
    """Return the median of the seconds with their spread, the processor's, and the peak of the memory."""
    seconds = f"{median(runs.seconds):.2f} s ({min(runs.seconds):.2f}–{max(runs.seconds):.2f})"
    return f"{seconds}, processor {median(runs.processor):.2f} s, {max(runs.memory):.0f} MiB"


def _apart(function: str, folder: Path) -> tuple[float, float, float]:
    """Run one entrant in a process of its own; return what `take_part` does."""
    command = [sys.executable, "-m", "benchmarks.contest", function, str(folder)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    seconds, processor, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, processor, memory


def take_part(function: str, folder: Path) -> tuple[float, float, float]:
    """Prepare, then work with the clock running; return seconds, processor seconds and the peak in MiB."""
    work = found(function)(folder)
    gc.collect()
    with _Programs() as programs:
        start, start_processor = time.perf_counter(), _processor()
        took = work()
        seconds, processor = time.perf_counter() - start, _processor() - start_processor
    if isinstance(took, Took):
        return took.seconds, took.processor, took.memory
    return seconds, processor, max(*(used.ru_maxrss for used in _usage()), programs.peak) / 1024


class _Programs:
    """What the programs that are run hold together, in KiB at the peak; one by itself the kernel counts better."""

    def __init__(self) -> None:
        self.peak = 0
        self._is_over = threading.Event()
        self._look = threading.Thread(target=self._looking, daemon=True)

    def __enter__(self) -> Self:
        self._look.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._look.join()

    def _looking(self) -> None:
        mine = psutil.Process()
        while not self._is_over.wait(_LOOK):
            held = 0
            for program in mine.children(recursive=True):
                with suppress(psutil.Error):  # it has just ended
                    held += program.memory_info().rss
            self.peak = max(self.peak, held // 1024)


def _processor() -> float:
    return sum(used.ru_utime + used.ru_stime for used in _usage())


def _usage() -> list[resource.struct_rusage]:
    """Return what this process used, and what the programs that it ran did."""
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


if __name__ == "__main__":
    # Entrants know `Took` by the module's name; what runs as the program has one of its own.
    from benchmarks import contest  # noqa: PLW0406

    print(json.dumps(contest.take_part(sys.argv[1], Path(sys.argv[2]))))

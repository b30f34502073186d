"""`crmbook watch` for a long time: many saves over many workbooks, how soon each is synced, whether the process grows.

``python -m benchmarks.watching [--saves N] [--books N] [--pace SECONDS] [--minutes N]
[--book small|standard] [--idle MINUTES]``

With ``--idle`` nobody saves: what the process costs is measured from when it is at rest.

Everybody has a workbook and rows of his own in it. One save comes after another at a steady pace, whoever's turn the
seed says; as an office program does, it opens the workbook (lock file), writes beside it, puts that in its place and
closes. A save is *synced* once crmbook has written that workbook again: it replaces no bytes that it has not taken in.
A workbook whose last save still waits for that is passed over. The time a file must be quiet counts as well, and so
does the rewriting of the other workbooks, which goes on at the same time. In the end the head holds what was typed
last in every row. The small book (two tables for people, a computed column) is what a whole soak can be run with in
an hour or two; what the same saves cost in the standard book is measured with ``--book standard`` and fewer saves.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

import psutil

from benchmarks.watched import KINDS, PEOPLE, Office

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


RESULTS = Path(__file__).with_name("WATCHING.md")
SAVES, BOOKS, PACE = 5_000, 50, 1.0
GROWTH = 1.1
"""How many times as much memory, and as many handles, as at a tenth of the saves are allowed at the last."""
IDLE, IDLE_MEMORY = 0.22, 255
"""Seconds of processor a minute, and MiB, that a watcher of 50 workbooks may cost while nobody saves."""
_REST = 20.0
_QUIET = 1.0
_LOOK = 0.01
_LOST = 300.0
"""Seconds after which a save counts as lost."""


@dataclass
class Soak:
    """The saves, one after another, and what was seen of the watcher meanwhile.

    Attributes
    ----------
    said
        File with what the watcher printed.
    waits
        Seconds from each save until it was synced, in the order in which they were.
    memory, handles, threads
        Of the watcher at each save: MiB resident, open files, threads.
    """

    office: Office
    watcher: psutil.Process
    pace: float
    said: Path
    waits: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    _pending: dict[Path, tuple[float, tuple[int, int]]] = field(default_factory=dict)

    def run(self, saves: int, minutes: float) -> None:
        """Let people save, so often or so long, whichever comes first; wait until all is synced."""
        random, begin = Random(5), time.monotonic()
        used = self.watcher.cpu_times()
        for number, chosen in enumerate(self._turns(random, saves)):
            if time.monotonic() - begin > minutes * 60:
                break
            path = self.office.paths[chosen]
            row = chosen + len(self.office.paths) * random.randrange(PEOPLE // len(self.office.paths))
            self.office.save(path, f"第{number}次保存", row)
            self._pending[path] = time.monotonic(), _sign(path)
            self._sample()
            if number % 250 == 249:
                print(f"  {number + 1} saves: {self._so_far()}", file=sys.stderr, flush=True)
        while self._pending:
            self._look()
        self.seconds = time.monotonic() - begin
        now = self.watcher.cpu_times()
        self.processor = now.user + now.system - used.user - used.system

    def _turns(self, random: Random, saves: int) -> Iterator[int]:
        """Yield whose turn it is, when it is: of those who do not wait."""
        due = time.monotonic()
        for _ in range(saves):
            while True:
                self._look()
                free = [n for n, path in enumerate(self.office.paths) if path not in self._pending]
                if free and time.monotonic() >= due:
                    break
            due = max(due + self.pace, time.monotonic() - self.pace)  # a machine that was away does not hurry
            yield random.choice(free)

    def _look(self) -> None:
        """See which of the saved workbooks were written again."""
        time.sleep(_LOOK)
        now = time.monotonic()
        for path, (saved, sign) in list(self._pending.items()):
            if _sign(path) != sign:
                self.waits.append(now - saved)
                del self._pending[path]
            elif now - saved > _LOST:
                raise AssertionError(
                    f"{path.name} was saved {_LOST:g} s ago and is not synced\n{self._told(path)}"
                )

    def _sample(self) -> None:
        self.memory.append(self.watcher.memory_info().rss / 2**20)
        self.handles.append(self.watcher.num_fds())
        self.threads.append(self.watcher.num_threads())

    def _told(self, path: Path) -> str:
        """Return what the watcher said about a workbook last."""
        lines = self.said.read_text(encoding="utf-8").splitlines()
        return "\n".join([*[line for line in lines if path.name in line][-5:], "…", *lines[-5:]])

    def _so_far(self) -> str:
        waits = self.waits[-250:]
        return (
            f"{median(waits):.1f} s, slowest {max(waits):.1f} s; {self.memory[-1]:.0f} MiB, {self.handles[-1]} handles, "
            f"load {os.getloadavg()[0]:.1f}"
        )


def _sign(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(len(ordered) * share * 1000) // 1000) - 1)]


def start(office: Office, said: Path) -> subprocess.Popen[bytes]:
    """Start the watcher; return once it watches and is at rest."""
    from crmbook.watch.status import read_status

    command = [sys.executable, "-m", "crmbook", "watch", str(office.folder), "--quiet-time", str(_QUIET)]
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=Path(__file__).parents[1])
    end = time.monotonic() + 300
    while True:
        standing = read_status(office.folder)
        known = [one.state in {"current", "unchanged"} for one in standing.workbooks] if standing else []
        if known.count(True) == len(office.paths):
            return process
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(f"the watcher does not begin: {said.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.2)


def measure_sync(office: Office, many: int) -> list[float]:
    """Return the seconds that the sync of a saved workbook takes by itself, in this process."""
    took = []
    for number in range(many):
        path, row = office.paths[number % len(office.paths)], number % len(office.paths)
        office.save(path, f"先{number}", row)
        begin = time.perf_counter()
        office.sync(path)
        took.append(time.perf_counter() - begin)
    return took


def soak(asked: argparse.Namespace) -> list[list[str]]:
    """Run it all and return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="crmbook-watching-") as name:
        office = Office(Path(name), KINDS[asked.book], asked.books)
        office.build()
        alone = measure_sync(office, min(50, max(10, asked.saves // 20)))
        office.sync(*office.paths)
        written = office.exports()
        process = start(office, said := Path(name, "said.txt"))
        try:
            run = Soak(office, psutil.Process(process.pid), asked.pace, said)
            run.run(asked.saves, asked.minutes)
            process.send_signal(signal.SIGTERM)
            if code := process.wait(60):
                raise AssertionError(f"exit code {code}: {said.read_text(encoding='utf-8')[-2000:]}")
        finally:
            process.kill()
            process.wait()
        office.check()
        return _table(run, alone, office.exports() - written - len(run.waits))


def idle(asked: argparse.Namespace) -> list[list[str]]:
    """Measure a watcher that has nothing to do, and return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="crmbook-watching-") as name:
        office = Office(Path(name), KINDS[asked.book], asked.books)
        office.build()
        process = start(office, Path(name, "said.txt"))
        try:
            watcher = psutil.Process(process.pid)
            time.sleep(_REST)
            before = watcher.cpu_times()
            time.sleep(asked.idle * 60)
            now, memory = watcher.cpu_times(), watcher.memory_info().rss / 2**20
        finally:
            process.kill()
            process.wait()
    spent = now.user + now.system - before.user - before.system
    return [
        ["workbooks, minutes without a save", f"{asked.books}, {asked.idle:g}", ""],
        ["processor", f"{spent:.2f} s", f"≤ {IDLE * asked.idle:.2g} s"],
        ["resident memory", f"{memory:.0f} MiB", f"≤ {IDLE_MEMORY} MiB"],
    ]


def _table(run: Soak, alone: list[float], refreshed: int) -> list[list[str]]:
    saves, waits = len(run.waits), run.waits
    early = max(1, saves // 10)
    return [
        ["saves, workbooks", f"{saves:,}, {len(run.office.paths)}", ""],
        ["saves per minute", f"{saves / run.seconds * 60:.0f}", ""],
        ["save to synced, median", f"{percentile(waits, 0.5):.2f} s", ""],
        ["save to synced, 90 of 100", f"{percentile(waits, 0.9):.2f} s", ""],
        ["save to synced, 99 of 100", f"{percentile(waits, 0.99):.2f} s", ""],
        ["save to synced, slowest", f"{max(waits):.2f} s", ""],
        ["sync alone, median and 99 of 100", f"{percentile(alone, 0.5):.2f} s, {percentile(alone, 0.99):.2f} s", ""],
        ["processor per save, others' rewriting included", f"{run.processor / saves:.2f} s", ""],
        ["rewrites of others' workbooks", f"{refreshed:,}", ""],
        _grown("resident memory", run.memory, early, " MiB"),
        _grown("open files", [float(count) for count in run.handles], early, ""),
        _grown("threads", [float(count) for count in run.threads], early, ""),
    ]  # fmt: skip


def _grown(what: str, seen: list[float], early: int, unit: str) -> list[str]:
    """Return the line of what may not grow: medians of the last samples up to a tenth of the saves, and to the end."""
    some = min(early, max(10, early // 10))
    before, after = median(seen[early - some : early]), median(seen[-some:])
    value = f"{before:.4g}{unit} at save {early:,}, {after:.4g}{unit} at the last: {after / before:.3f}×"
    return [what, f"{value} (most {max(seen):.4g})", f"≤ {GROWTH}×"]


def main(words: list[str]) -> int:
    """Run the soak, print its table; write the results too, unless fewer saves were asked for. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching")
    parser.add_argument("--saves", type=int, default=SAVES)
    parser.add_argument("--books", type=int, default=BOOKS)
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop saving after so many")
    parser.add_argument("--book", choices=KINDS, default="small")
    parser.add_argument(
        "--idle", type=float, default=0.0, help="measure so many minutes without a save instead"
    )
    asked = parser.parse_args(words)
    lines = idle(asked) if asked.idle else soak(asked)
    table = "\n".join(
        f"| {' | '.join(cells)} |" for cells in [["what", "measured", "target"], ["---"] * 3, *lines]
    )
    print(table, flush=True)
    if not asked.idle and asked.saves >= SAVES and asked.book == "small":
        from benchmarks.machine import machine

        RESULTS.write_text(
            f"{_INTRODUCTION.format(pace=asked.pace)}\n{table}\n\n{machine()}\n", encoding="utf-8"
        )
    return 0


_INTRODUCTION = """# A long watch

`python -m benchmarks.watching` makes this file: one process of `crmbook watch`, a folder of workbooks of one small book
({pace:g} s from one save to the next, whoever's turn it is), every save a value that nobody typed before, in rows that
are the person's own. The latency runs from the end of the save until crmbook has put the merged, checked, recomputed
workbook in its place; it includes the second in which a file must be quiet.
"""

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

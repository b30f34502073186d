"""``python -m benchmarks [--scale FACTOR] [NAME …]``: hold the contests, print a table; all of them: write RESULTS.md too.

A factor below 1 shrinks the book of the large shop; then nothing is written. ``watch`` is no contest but a soak of an
hour or more (`benchmarks.watching`): it is held only when it is named, with as large a share of its saves as the factor.
``everyday`` holds the contests of that name alone and writes EVERYDAY.md (`benchmarks.everyday`).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import (
    duplicates,
    editing,
    everyday,
    importing,
    merging,
    million,
    opening,
    pages,
    recomputing,
    syncing,
    watching,
    writing,
)
from benchmarks.contest import hold, rows_of
from benchmarks.machine import machine

if TYPE_CHECKING:
    from benchmarks.contest import Contest

RESULTS = Path(__file__).with_name("RESULTS.md")
SOAK, EVERYDAY = "watch", "everyday"
_HEADER = ["work", "crmbook", "peer", "times as fast", "times as little processor", "target"]


def contests() -> tuple[Contest, ...]:
    """Return all contests, those of the large shop at the scale that the environment says."""
    return (
        *(
            writing.CONTEST,
            editing.CONTEST,
            million.CONTEST,
            merging.CONTEST,
            importing.CONTEST,
            duplicates.CONTEST,
        ),
        *syncing.contests(),
        *recomputing.contests(),
        *opening.contests(),
        *everyday.contests(),
        *pages.contests(),
    )


def main(words: list[str]) -> int:
    """Hold the contests named, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args(words)
    os.environ[syncing.FACTOR] = str(asked.scale)
    if asked.names == [SOAK]:
        return watching.main(["--saves", str(round(watching.SAVES * asked.scale))])
    if asked.names == [EVERYDAY]:
        return everyday.main([])
    known = {contest.name: contest for contest in contests()}
    unknown = set(asked.names) - known.keys()
    if unknown:
        print("no such contest:", *sorted(unknown), "; there are:", *known, "and, by itself,", SOAK)
        return 2
    table = [_line(_HEADER), _line(["---"] * len(_HEADER))]
    print(*table, sep="\n", flush=True)
    for name, contest in known.items():
        if not asked.names or name in asked.names:
            if contest.prepare:
                contest.prepare()
            lines = [_line(row) for row in rows_of(contest, hold(contest))]
            print(*lines, sep="\n", flush=True)
            table += lines
    if not asked.names and asked.scale == 1:
        RESULTS.write_text("\n".join([_INTRODUCTION, *table, "", machine(), ""]), encoding="utf-8")
    return 0


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


_INTRODUCTION = """# Results

Seconds are medians with the fastest and slowest round in brackets; memory is the highest peak of the whole process,
data and interpreter included, of all its processes together where it starts others. Every figure comes from a process
of its own; the data is prepared before the clock starts, importing the library counts. The entrants take turns within
a round, and the ratios (what the peer took over what we took, on the clock and of the processor) are taken round by
round: median, lowest and highest stand in the table. After the last round the files are read back and must hold the
same cells. `python -m benchmarks` makes this file.
"""

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

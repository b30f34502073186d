"""Computing every formula of a book with 10,000 customers and 50,000 transactions, against LibreOffice.

LibreOffice has the workbook open, every formula live, when the clock starts, and is asked to calculate everything
anew; we get the same rows as frames. Afterwards both must have come to the same numbers. A second contest has ten
times the rows, against ourselves: twelve times as long at most is as good as linear.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import uuid
from functools import partial
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Contest, Entrant, Peer, Took
from benchmarks.scale import AS_OF, PER_CUSTOMER, frames
from benchmarks.syncing import customers

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.schema.recompute import Computed

TENTH = 10
LIVE, AREAS, FIGURES = "live.xlsx", "areas.json", "figures.json"
CALCULATOR = Path(__file__).with_name("calculator.py")
UNO_PYTHON = "/usr/bin/python3"


def tenth(_folder: Path) -> Callable[[], Computed]:
    return _recompute(customers() // TENTH)


def whole(_folder: Path) -> Callable[[], Computed]:
    return _recompute(customers())


def _recompute(count: int) -> Callable[[], Computed]:
    from crmbook.schema import load_book

    book = load_book("standard", "zh")
    rows = frames(book, count)

    def work() -> Computed:
        from crmbook.schema.recompute import recompute

        return recompute(book, rows, AS_OF)

    return work


def office(folder: Path) -> Callable[[], Took]:
    """Return the hard recalculation by an office program that runs and has the workbook open."""
    if not (folder / AREAS).exists():
        _build(folder)
    job = {
        "profile": tempfile.mkdtemp(prefix="crmbook-office-"),
        "file": str(folder / LIVE),
        "areas": json.loads((folder / AREAS).read_text(encoding="utf-8")),
    }
    return partial(_calculate, started(job), folder / FIGURES)


def started(job: dict[str, Any]) -> subprocess.Popen[str]:
    """Start the office program on a job of `calculator`; return it once it is ready."""
    process = subprocess.Popen(
        [UNO_PYTHON, str(CALCULATOR), json.dumps(job)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer_of(process)
    return process


def _calculate(process: subprocess.Popen[str], figures: Path) -> Took:
    assert process.stdin is not None
    process.stdin.write(f"{figures}\n")
    process.stdin.flush()
    took = answer_of(process)
    process.wait()
    return Took(**took)


def answer_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the next thing that the calculator says."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError("the office program gave no answer")
    return json.loads(line)


def _build(folder: Path) -> None:
    """Build the workbook with every formula live, and note where the columns of formulas stand."""
    from crmbook.build.build import build_workbook
    from crmbook.build.identity import Stamp
    from crmbook.schema import Layout, load_book

    book = load_book("standard", "zh")
    mark = Stamp(uuid.uuid4().hex, uuid.uuid4().hex)
    built = build_workbook(book, frames(book, customers() // TENTH), AS_OF, mark, mode="always")
    (folder / LIVE).write_bytes(built.data)
    placed = Layout(book).tables
    areas = {
        f"{name}.{field}": (
            placed[name].sheet,
            f"{placed[name].cell(field, 0)}:{placed[name].cell(field, len(built.computed.frames[name]) - 1)}",
        )
        for name, field in sorted(built.computed.results)
        if (name, field) in built.live and name in placed
    }
    (folder / AREAS).write_text(json.dumps(areas), encoding="utf-8")


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless LibreOffice came to as many numbers as we in every column, and to the same sum."""
    results = tenth(folder)().results
    shown = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
    for name, (total, count) in shown.items():
        values = results[tuple(name.split("."))].tolist()
        mine = [float(value) for value in values if isinstance(value, (int, float)) and value == value]
        if len(mine) != count or not isclose(sum(mine), total, rel_tol=1e-9, abs_tol=1e-6):
            raise AssertionError(f"not the same numbers in {name}: {sum(mine)} {len(mine)}, {total} {count}")


def contests() -> tuple[Contest, ...]:
    """Return the contests, for a book of the size that the environment says."""
    few, many = (
        f"{count:,} customers + {count * PER_CUSTOMER:,} transactions"
        for count in (customers() // TENTH, customers())
    )
    ours = Entrant("crmbook", "benchmarks.recomputing:tenth")
    return (
        Contest(
            name="recomputing",
            work=f"compute every formula, {few}",
            ours=ours,
            peers=(Peer("LibreOffice, hard recalculation", "benchmarks.recomputing:office", target=100),),
            same="benchmarks.recomputing:same",
            rounds=1,  # at full size LibreOffice calculates for the better part of an hour
        ),
        Contest(
            name="recomputing-linear",
            work=f"compute every formula, {many}",
            ours=Entrant("crmbook", "benchmarks.recomputing:whole"),
            peers=(Peer("crmbook, a tenth of the rows", ours.function, target=1 / 12),),
        ),
    )

"""Changing 1 % of the rows of a file of 100,000 × 15, against openpyxl's load and save.

In every hundredth row a text and a number change, and the file is saved under another name.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import cells, writing
from benchmarks.contest import Contest, Entrant, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE, OURS, OPENPYXL = "source.xlsx", "ours.xlsx", "openpyxl.xlsx"
ROWS = range(2, writing.ROWS + 2, 100)


def _source(folder: Path) -> Path:
    path = folder / SOURCE
    if not path.exists():
        writing.write(path, cells.columns(writing.ROWS))
    return path


def ours(folder: Path) -> Callable[[], None]:
    return partial(_edit_ours, _source(folder), folder / OURS)


def _edit_ours(source: Path, target: Path) -> None:
    from crmbook.ooxml import Package

    package = Package.open(source)
    sheet = package.sheet("Cells")
    for row in ROWS:
        sheet.set(f"D{row}", f"第{row}行")
        sheet.set(f"J{row}", row / 4)
    package.save(target)


def openpyxl(folder: Path) -> Callable[[], None]:
    return partial(_edit_openpyxl, _source(folder), folder / OPENPYXL)


def _edit_openpyxl(source: Path, target: Path) -> None:
    from openpyxl import load_workbook

    workbook = load_workbook(source)
    sheet = workbook["Cells"]
    for row in ROWS:
        sheet[f"D{row}"] = f"第{row}行"
        sheet[f"J{row}"] = row / 4
    workbook.save(target)


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless both files hold the same cells, numbers to the 16 digits that openpyxl writes."""
    writing.refuse_different(folder / OURS, folder / OPENPYXL)


CONTEST = Contest(
    name="editing",
    work="change 1 % of the rows of that file",
    ours=Entrant("crmbook", "benchmarks.editing:ours"),
    peers=(Peer("openpyxl load + save", "benchmarks.editing:openpyxl", target=20),),
    same="benchmarks.editing:same",
)

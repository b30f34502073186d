"""LibreOffice opening and saving a large team's workbook, against the same book with values only.

20,000 customers and 100,000 transactions, built by `build_workbook` as ``crmbook build`` does. The peer has the same
values in the same cells: no formula, validation, conditional format, table or style. The office program opens each
workbook and saves it; the first of the two contests that asks for a workbook in a round has it done, the other takes
what it took.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Contest, Entrant, Peer, Took
from benchmarks.recomputing import UNO_PYTHON
from benchmarks.scale import AS_OF, PER_CUSTOMER, frames
from benchmarks.syncing import customers

if TYPE_CHECKING:
    from collections.abc import Callable

FIFTH = 5
WHOLE, VALUES = "whole.xlsx", "values.xlsx"
OPENER = Path(__file__).with_name("opener.py")


def whole_load(folder: Path) -> Callable[[], Took]:
    return partial(_take, folder, WHOLE, "load")


def whole_save(folder: Path) -> Callable[[], Took]:
    return partial(_take, folder, WHOLE, "save")


def values_load(folder: Path) -> Callable[[], Took]:
    return partial(_take, folder, VALUES, "load")


def values_save(folder: Path) -> Callable[[], Took]:
    return partial(_take, folder, VALUES, "save")


def _take(folder: Path, name: str, what: str) -> Took:
    """Return what opening or saving a workbook took, once each; the office program does both in one go."""
    _build(folder)
    noted = folder / f"{name}.json"
    if not noted.exists():
        job = {
            "profile": tempfile.mkdtemp(prefix="crmbook-office-"),
            "file": str(folder / name),
            "target": str(folder / f"saved-{name}"),
        }
        done = subprocess.run(
            [UNO_PYTHON, str(OPENER), json.dumps(job)], stdout=subprocess.PIPE, text=True, check=True
        )
        noted.write_text(done.stdout, encoding="utf-8")
    took: dict[str, Any] = json.loads(noted.read_text(encoding="utf-8"))
    return Took(**took[what])


def _build(folder: Path) -> None:
    """Build both workbooks, unless they are there."""
    if (folder / VALUES).exists():
        return
    from crmbook.build.build import build_workbook
    from crmbook.build.identity import Stamp
    from crmbook.schema import load_book

    book = load_book("standard", "zh")
    mark = Stamp(uuid.uuid4().hex, uuid.uuid4().hex)
    built = build_workbook(book, frames(book, customers() // FIFTH), AS_OF, mark)
    (folder / WHOLE).write_bytes(built.data)
    _write_values(folder / WHOLE, folder / VALUES)


def _write_values(source: Path, target: Path) -> None:
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    read = CalamineWorkbook.from_path(source)
    with xlsxwriter.Workbook(target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as plain:
        for name in read.sheet_names:
            sheet = plain.add_worksheet(name)
            for number, row in enumerate(read.get_sheet_by_name(name).to_python()):
                sheet.write_row(number, 0, row)


def contests() -> tuple[Contest, ...]:
    """Return the contests, for a book of the size that the environment says."""
    count = customers() // FIFTH
    size = f"{count:,} customers + {count * PER_CUSTOMER:,} transactions"
    return tuple(
        Contest(
            name=f"office-{what}",
            work=f"LibreOffice {work} the workbook, {size}",
            ours=Entrant("crmbook's", f"benchmarks.opening:whole_{what}"),
            peers=(Peer("values only", f"benchmarks.opening:values_{what}", target=0.5),),
            rounds=1,
        )
        for what, work in (("load", "opens"), ("save", "saves"))
    )

"""A whole run: worlds and formulas in, a `Tally` out.

Model: the formulas are dealt out to workbooks of a bounded width, one set of workbooks for each world; all of
them go through LibreOffice in one call. The day that TODAY() gives is read from the recalculated workbooks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.formula import Frames, bind, parse
from tests import office
from tests.formula.oracle.bridge import build_frames, build_labels, build_scope, plain
from tests.formula.oracle.sheet import HOME, pick_results, write_workbook
from tests.formula.oracle.untyped import untyped_node, untyped_world
from tests.formula.oracle.verdict import Cell, Tally, agree
from tests.formula.oracle.worlds import build_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.formula.oracle.worlds import World

_WIDTH = 800
_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Sheet:
    """One workbook: a world and some of the formulas."""

    world: World
    path: Path
    formulas: Sequence[tuple[str, str]]


def run_oracle(seeds: Sequence[int], rows: int, formulas: Sequence[tuple[str, str]], folder: Path) -> Tally:
    """Compare every formula on a world for each seed."""
    sheets = [
        Sheet(world, folder / f"world{world.seed}-{start}.xlsx", formulas[start : start + _WIDTH])
        for world in (build_world(seed, rows) for seed in seeds)
        for start in range(0, len(formulas), _WIDTH)
    ]
    for sheet in sheets:
        scope, labels = build_scope(sheet.world), build_labels(sheet.world)
        texts = [bind(parse(text), scope, HOME).render(labels) for _, text in sheet.formulas]
        write_workbook(sheet.world, texts, sheet.path)
    paths = [sheet.path for sheet in sheets]
    copies = office.recalculate(*paths, out_dir=folder / "recalculated")
    shown = office.show_first_sheet(*paths, out_dir=folder / "shown")
    tally = Tally()
    for sheet, copy, texts in zip(sheets, copies, shown, strict=True):
        tally.add(_cells(sheet, copy, texts))
    return tally


def _cells(sheet: Sheet, copy: Path, shown: Sequence[Sequence[str]]) -> Iterator[Cell]:
    world = sheet.world
    values = office.read_values(copy)
    names = {**world.names, "today": _EPOCH + dt.timedelta(days=int(values["names"]["B1"]))}
    scope, typed = build_scope(world), bool(world.seed % 2)
    frames = Frames(build_frames(world, typed=typed))
    numeric = Frames(build_frames(untyped_world(world), typed=False))
    first = len(world.tables[HOME])
    theirs = pick_results(world, [text for _, text in sheet.formulas], values[HOME])
    inputs = [
        dict(zip(world.tables[HOME], row, strict=True))
        for row in zip(*world.tables[HOME].values(), strict=True)
    ]
    for column, (function, text) in enumerate(sheet.formulas):
        ours = list(map(plain, bind(parse(text), scope, HOME).evaluate(frames, names)))
        numbers: list[object] = [None] * len(ours)
        if not all(map(agree, ours, theirs[column])):
            untrue = bind(untyped_node(parse(text)), scope, HOME).evaluate(numeric, names)
            numbers = list(map(plain, untrue))
        for row, (our, their) in enumerate(zip(ours, theirs[column], strict=True)):
            yield Cell(function, text, inputs[row], our, their, shown[row + 1][first + column], numbers[row])

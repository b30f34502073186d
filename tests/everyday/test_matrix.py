"""Two people's ordinary day in every combination of template, copy, program, table and edits: see `tests.everyday.matrix`."""

from __future__ import annotations

import functools
import shutil
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests.books import TEMPLATES
from tests.everyday.bases import SCOPES
from tests.everyday.matrix import all_pairs, complete, pairs_of, pairwise
from tests.everyday.programs import save_in_libreoffice
from tests.everyday.scenario import PROGRAMS, Day, play

if TYPE_CHECKING:
    from pathlib import Path

    from tests.everyday.scenario import Scenario

PAIRWISE = pairwise()


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """A folder that the test processes of one run share: a book is built by the first that needs it."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if folder.name.startswith("popen-") else folder) / "everyday"
    folder.mkdir(exist_ok=True)
    return folder


def test_every_pair_occurs():
    assert functools.reduce(int.__or__, map(pairs_of, PAIRWISE)) == all_pairs()


def scenarios(*programs: str) -> pytest.MarkDecorator:
    chosen = [
        pytest.param(scenario, id=str(scenario)) for scenario in PAIRWISE if scenario.program in programs
    ]
    return pytest.mark.parametrize("scenario", chosen)


@scenarios("openpyxl", "excel")
def test_a_day(scenario, root, tmp_path):
    play(scenario, root, tmp_path / "book")


@pytest.mark.office
@scenarios("libreoffice")
def test_a_day_in_libreoffice(scenario, root, tmp_path):
    others = [one for one in PAIRWISE if (one.template, one.program) == (scenario.template, "libreoffice")]
    with FileLock(root / f"saved {scenario.template}.lock"):
        saved = root / f"saved {scenario.template}"
        if not saved.exists():
            save_all(others, root, saved)
    play(scenario, root, tmp_path / "book", saved / f"{others.index(scenario)}.xlsx")


def save_all(chosen: list[Scenario], root: Path, saved: Path) -> list[Path]:
    """Save the copies of many scenarios at one start of LibreOffice, as files named by number."""
    paths = []
    for number, scenario in enumerate(chosen):
        day = Day.begin(scenario, root, saved.with_name(f"{saved.name} {number}"))
        paths.append(day.base.copy.rename(day.base.folder / f"{number}.xlsx"))
    return save_in_libreoffice(paths, saved)


@pytest.mark.deep
@pytest.mark.office
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("kind", SCOPES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_everything_with_everything(template, kind, program, root, tmp_path):
    chosen = [one for one in complete() if (one.template, one.kind, one.program) == (template, kind, program)]
    saved: list[Path | None] = [None] * len(chosen)
    if program == "libreoffice":
        saved = [*save_all(chosen, root, tmp_path / "saved")]
    faults = []
    for number, scenario in enumerate(chosen):
        try:
            play(scenario, root, tmp_path / str(number), saved[number])
        except Exception as error:  # noqa: BLE001 - all are told at the end
            faults.append(f"{type(error).__name__}: {error}")
        shutil.rmtree(tmp_path / str(number))
    assert not faults, "\n\n".join(faults)

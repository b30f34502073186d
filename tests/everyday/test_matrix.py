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
ROLE, NAME_KEY, REUSED = (
    "tables that a role does not see",
    "a key that is the name",
    "a row emptied and used again",
)
WAITING: dict[str, str] = {
    "b2b-sales-excel customers:add/reuse interactions:nothing/field participations:duplicate/delete preferences:duplicate/add prospects:sort/sort transactions:add/field": ROLE,
    "b2b-service-excel churn:field/nothing customers:reuse/rename followups:nothing/field maintenance:delete/duplicate surveys:rename/sort": ROLE,
    "ecommerce-sales-libreoffice customers:delete/reuse followups:sort/delete interactions:delete/nothing": ROLE,
    "ecommerce-where-libreoffice campaigns:delete/add churn:add/field customers:rename/reuse preferences:sort/field tasks:add/reuse transactions:duplicate/nothing": NAME_KEY,
    "ecommerce-where-openpyxl alerts:add/add campaigns:add/delete churn:delete/delete recovery:duplicate/duplicate": NAME_KEY,
    "ecommerce-where-openpyxl alerts:duplicate/duplicate campaigns:reuse/add classes:reuse/field customers:add/rename": NAME_KEY,
    "ecommerce-where-openpyxl campaigns:rename/delete customers:rename/add interactions:nothing/rename parameters:nothing/reuse transactions:duplicate/reuse": NAME_KEY,
    "ecommerce-whole-libreoffice campaigns:delete/delete customers:rename/rename feedback:reuse/field followups:duplicate/sort maintenance:add/nothing prospects:field/duplicate": NAME_KEY,
    "education-owner-libreoffice campaigns:reuse/rename churn:delete/reuse followups:rename/rename lifecycle:field/sort maintenance:rename/duplicate relationships:nothing/duplicate": NAME_KEY,
    "education-values-excel campaigns:rename/rename classes:duplicate/nothing customers:delete/rename interactions:nothing/field lessons:delete/duplicate": NAME_KEY,
    "education-values-openpyxl campaigns:add/rename classes:add/add followups:nothing/field transactions:field/delete": NAME_KEY,
    "education-values-openpyxl campaigns:reuse/reuse classes:reuse/nothing customers:rename/delete lessons:nothing/add parameters:sort/add surveys:delete/field": NAME_KEY,
    "education-whole-excel campaigns:add/reuse classes:reuse/add customers:reuse/reuse evaluation:field/rename followups:nothing/field": NAME_KEY,
    "education-whole-libreoffice campaigns:delete/rename customers:delete/delete interactions:reuse/nothing lessons:field/delete loyalty:nothing/delete relationships:duplicate/field": NAME_KEY,
    "retail-owner-excel alerts:field/nothing bands:duplicate/add campaigns:rename/reuse customers:add/delete recovery:nothing/rename tasks:reuse/sort": NAME_KEY,
    "retail-where-excel alerts:delete/delete campaigns:rename/add interactions:field/reuse lifecycle:sort/rename maintenance:add/sort parameters:add/field": NAME_KEY,
    "retail-whole-openpyxl campaigns:add/add churn:nothing/nothing classes:duplicate/rename followups:delete/field loyalty:field/sort relationships:field/reuse": NAME_KEY,
    "standard-owner-libreoffice bands:duplicate/reuse campaigns:delete/reuse customers:reuse/delete maintenance:reuse/rename": NAME_KEY,
    "standard-where-excel campaigns:reuse/delete classes:rename/reuse feedback:sort/add lifecycle:duplicate/reuse loyalty:add/field participations:field/rename": NAME_KEY,
}
"""Scenarios, by name, that are not played until a fault is mended, and the fault."""


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
        pytest.param(
            scenario,
            id=str(scenario),
            marks=[pytest.mark.skip(reason=WAITING[str(scenario)])] if str(scenario) in WAITING else [],
        )
        for scenario in PAIRWISE
        if scenario.program in programs
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

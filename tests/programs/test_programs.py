"""Done by every program: one edit is taken once, nothing else changes, all comes back or is told, and the sums are right.

The small book goes through every program; the example company, which takes longer, through the one that drops most.
What people do on other systems is mimicked (`tests.programs.mimics`), the others are the programs themselves.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests.folders import folder_of_run
from tests.programs.desk import UNKNOWN, company, judge, small, unlike_after_recalculation
from tests.programs.mimics import MIMICS

if TYPE_CHECKING:
    from pathlib import Path

HERE = ("openpyxl", "excel", "pandas", *MIMICS)
OFFICE = ("libreoffice", "ods", "xls")
IN_BOTH = ("sheetjs", "openpyxl")
"""Programs that save an owner's copy too, where not everything is asked for."""


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """A folder that the test processes of one run share, with everyday work's books in it."""
    return folder_of_run(tmp_path_factory, "everyday")


def saved_and_synced(program: str, root: Path, *, whole: bool = True, book=small) -> list[Path]:
    """Return both workbooks after a sync of one that a program saved; judged once in a run."""
    folder = root / f"{book.__name__} {program}{'' if whole else ' copy'}"
    with FileLock(root / f"{folder.name}.lock"):
        if not folder.exists():
            draft = root / f"draft {folder.name}"
            shutil.rmtree(draft, ignore_errors=True)
            desk = book(root, draft)
            judge(program, desk, desk.whole if whole else desk.copy)
            draft.rename(folder)
    return sorted(path for path in folder.glob("*.xlsx"))


@pytest.mark.sample(2)
@pytest.mark.parametrize("program", HERE)
def test_a_whole_workbook(program, root):
    saved_and_synced(program, root)


@pytest.mark.slow
@pytest.mark.parametrize("program", IN_BOTH)
def test_an_owners_copy(program, root):
    saved_and_synced(program, root, whole=False)


@pytest.mark.deep
@pytest.mark.parametrize("program", [one for one in HERE if one not in {*IN_BOTH, *UNKNOWN}])
def test_an_owners_copy_in_every_program(program, root):
    saved_and_synced(program, root, whole=False)


@pytest.mark.slow
@pytest.mark.office
@pytest.mark.parametrize("program", OFFICE)
def test_a_whole_workbook_through_libreoffice(program, root):
    saved_and_synced(program, root)


NEEDS_GNUMERIC = pytest.mark.skipif(shutil.which("ssconvert") is None, reason="Gnumeric is not installed")


@NEEDS_GNUMERIC
def test_a_whole_workbook_through_gnumeric(root):
    saved_and_synced("gnumeric", root)


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_calculates_what_the_store_holds(root, tmp_path):
    paths = [path for program in (*HERE, *OFFICE) for path in saved_and_synced(program, root)[-1:]]
    assert list(unlike_after_recalculation(paths, tmp_path)) == []


@pytest.mark.deep
@pytest.mark.office
def test_the_company_after_the_program_that_drops_most(root, tmp_path):
    paths = saved_and_synced("sheetjs", root, book=company)
    assert list(unlike_after_recalculation(paths, tmp_path)) == []


@pytest.mark.deep
@pytest.mark.office
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "copy"])
@pytest.mark.parametrize("program", [*HERE, *OFFICE, pytest.param("gnumeric", marks=NEEDS_GNUMERIC)])
def test_the_company_in_every_program(program, whole, root, tmp_path):
    paths = saved_and_synced(program, root, whole=whole, book=company)
    assert list(unlike_after_recalculation(paths, tmp_path)) == []

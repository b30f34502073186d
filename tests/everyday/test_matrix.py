"""Two people's ordinary day in every combination of template, copy, program, table and edits: see `tests.everyday.matrix`."""

from __future__ import annotations

import functools
from itertools import product
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests.books import TEMPLATES
from tests.everyday.__main__ import try_to_play
from tests.everyday.bases import SCOPES
from tests.everyday.matrix import all_pairs, by_work, complete, edits, pairs_of, pairwise, tables
from tests.everyday.scenario import PROGRAMS, Draft, Scenario, play, save_all
from tests.folders import folder_of_run

if TYPE_CHECKING:
    from pathlib import Path

PAIRWISE = pairwise()


@pytest.fixture(scope="session")
def root(tmp_path_factory) -> Path:
    """A folder that the test processes of one run share: a book is built by the first that needs it."""
    return folder_of_run(tmp_path_factory, "everyday")


def test_every_pair_occurs():
    assert functools.reduce(int.__or__, map(pairs_of, PAIRWISE)) == all_pairs()


def scenarios(*programs: str) -> pytest.MarkDecorator:
    chosen = [
        pytest.param(scenario, id=str(scenario)) for scenario in PAIRWISE if scenario.program in programs
    ]
    return pytest.mark.parametrize("scenario", chosen)


@pytest.mark.sample(3)
@scenarios("openpyxl", "excel")
def test_a_day(scenario, root, tmp_path):
    play(scenario, Draft.make(scenario, root, tmp_path / "draft.xlsx"), tmp_path / "book")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        # an edited row that a colleague deleted came back with its defaults filled in
        "retail-where-openpyxl feedback:delete/field",
        # the customer whose row was used again was deleted: what is computed of a row that waits for an answer was NaN
        "b2b-service-excel customers:reuse/delete",
        # a stage's rows sorted after a colleague renamed a customer: his row became a deleted customer's
        "retail-service-openpyxl-packed recovery:nothing/sort customers:rename/rename customers:delete/delete",
        # a loss used again for somebody else kept the recovery that was noted meanwhile for the one before
        (
            "standard-english-openpyxl-packed recovery:rename/reuse recovery:add/duplicate recovery:reuse/field"
            " churn:sort/reuse"
        ),
        # a row about a customer renamed in the same workbook lost him where another row there named nobody
        (
            "standard-owner-openpyxl-packed customers:rename/rename customers:add/add customers:delete/delete"
            " feedback:nothing/add feedback:add/duplicate feedback:duplicate/rename"
        ),
        # a customer came back, deleted here and edited there, and with him the analysis that both had emptied
        "standard-where-excel-packed customers:delete/field loyalty:nothing/delete",
        # two rows were given keys that a colleague had just typed: that was taken for a sort, and one of them was gone
        (
            "b2b-whole-openpyxl-packed maintenance:field/reuse maintenance:add/nothing maintenance:reuse/rename"
            " maintenance:duplicate/add recovery:reuse/add"
        ),
        # a row put beside a customer whom a colleague deleted went with him, and with it what the colleague typed there
        "retail-values-openpyxl-packed customers:delete/add lifecycle:field/reuse",
        # a loss used again let go of a result that a person had typed, not the rule, because the recovery said the same
        "standard-service-openpyxl-packed churn:field/reuse",
    ],
)
def test_a_day_that_the_pairs_leave_out(name, root, tmp_path):
    """What the complete matrix found."""
    scenario = Scenario.of(name)
    play(scenario, Draft.make(scenario, root, tmp_path / "draft.xlsx"), tmp_path / "book")


@pytest.mark.sample(1)
@pytest.mark.office
@scenarios("libreoffice")
def test_a_day_in_libreoffice(scenario, root, tmp_path):
    others = [one for one in PAIRWISE if (one.template, one.program) == (scenario.template, "libreoffice")]
    folder, number = root / f"drafts {scenario.template}", others.index(scenario)
    with FileLock(root / f"drafts {scenario.template}.lock"):
        if not folder.exists():
            save_all(others, root, folder)
    draft = Draft.make(scenario, root, tmp_path / "draft.xlsx")
    draft.saved["libreoffice"] = folder / "libreoffice" / f"{number}.xlsx"
    play(scenario, draft, tmp_path / "book")


def test_the_complete_matrix_leaves_nothing_out():
    """Every table of every copy meets, in every program, every pair of edits that its colleague's table can have."""
    played = {
        (one.template, one.kind, one.program, task.table, task.mine, task.other)
        for one in complete()
        for task in one.tasks
    }
    assert played == {
        (template, kind, program, table, mine, other)
        for template, kind, program in product(TEMPLATES, SCOPES, PROGRAMS)
        for table in tables(template, kind)
        for mine, other in product(edits(table), repeat=2)
    }


@pytest.mark.deep
@pytest.mark.office
@pytest.mark.parametrize("kind", SCOPES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_everything_with_everything(template, kind, root, tmp_path):
    groups = by_work(one for one in complete() if (one.template, one.kind) == (template, kind)).values()
    drafts = save_all([group[0] for group in groups], root, tmp_path / "drafts")
    faults = []
    for draft, group in zip(drafts, groups, strict=True):
        for scenario in group:
            played = try_to_play(scenario, draft, root, tmp_path)
            faults += [played.fault] if played.fault else []
    assert not faults, "\n\n".join(faults)

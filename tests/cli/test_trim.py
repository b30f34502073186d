"""A trimmed book from an empty folder, and a filled book trimmed afterwards: builds, syncs, checks clean."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from crmbook.build.build import build_workbook
from crmbook.ooxml import Package
from crmbook.schema import load_book
from tests.books import STAMP
from tests.cli.run import run, run_json
from tests.ooxml_lint import lint
from tests.schema.test_workspace import write
from tests.trims import DROPS, files_of

SOME = ("recovery", "tasks", "transactions", "rules", "dictionary", "customers.region", "surveys.anonymous")
FURTHER = tuple(drop for drop in DROPS[7::25] if drop not in SOME)
"""A fair part of all, in every long run of the tests; each costs four processor seconds."""
DAY = ("--as-of", "2023-04-01")


def sync(path):
    code, told = run_json("sync", path, *DAY)
    assert code < 2, told
    return told


def settles(path):
    """Sync until nothing is left to do; return what `check` finds."""
    sync(path)
    data = path.read_bytes()
    assert lint(data) == []
    sync(path)
    assert path.read_bytes() == data
    _, told = run_json("check", path, *DAY)
    return [issue for issue in told["issues"] if issue["code"] != "value.phone-doubtful"]


def try_new(drop, folder):
    path = folder / "客户.xlsx"
    write(folder, **files_of(drop))
    assert run("build", "-o", path, "--sample", "--workspace", folder, *DAY).exit_code == 0
    assert settles(path) == []


@pytest.mark.slow
@pytest.mark.parametrize("drop", SOME + FURTHER)
def test_a_trimmed_book_builds_syncs_and_checks_clean(drop, tmp_path):
    try_new(drop, tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("drop", DROPS)
def test_every_trimmed_book_builds_syncs_and_checks_clean(drop, tmp_path):
    try_new(drop, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("drop", SOME[:3])
def test_a_filled_book_is_trimmed_and_keeps_what_was_in_it(drop, tmp_path):
    path = tmp_path / "客户.xlsx"
    assert run("build", "-o", path, "--sample", *DAY).exit_code == 0
    sync(path)
    write(tmp_path, **files_of(drop))
    assert settles(path) == []


@pytest.mark.deep
@pytest.mark.parametrize("drop", DROPS)
def test_every_filled_book_is_trimmed_and_keeps_what_was_in_it(drop, tmp_path):
    test_a_filled_book_is_trimmed_and_keeps_what_was_in_it(drop, tmp_path)


def test_schema_says_what_goes_and_looks_at_no_other_template(tmp_path):
    write(tmp_path, **files_of("tasks"), templates__other="template: other\nextends: nothing\n")
    told = run("schema", "--workspace", tmp_path, "--lang", "zh")
    assert told.exit_code == 0
    assert "省去单元格 card_tasks：本簿没有 tasks" in told.output
    _, data = run_json("schema", "--workspace", tmp_path)
    assert {"code": "pruned.table", "name": "workload", "missing": ["tasks"]} in data["pruned"]


@pytest.mark.slow
def test_without_a_dictionary_short_lists_are_offered_by_their_cells(tmp_path):
    book = load_book(workspace=write(tmp_path, **files_of("dictionary")))
    data = build_workbook(book, {}, date(2024, 2, 29), STAMP).data
    package = Package.open(data)
    assert [one.name for one in package.defined_names if one.name.startswith("列表_")] == []
    sheet = load_workbook(io.BytesIO(data))["客户基本信息"]
    assert '"男,女"' in [rule.formula1 for rule in sheet.data_validations.dataValidation]


def states_of(path):
    return {sheet.name: sheet.state for sheet in Package.open(path.read_bytes()).workbook.sheets}


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lite_is_a_small_book_that_builds_syncs_and_checks_clean(lang, tmp_path):
    path = tmp_path / "客户.xlsx"
    assert run("build", "-o", path, "-t", "lite", "--sample", "--lang", lang, *DAY).exit_code == 0
    assert settles(path) == []
    states = states_of(path)
    hidden = {
        "zh": {"评分规则", "冲突处理", "疑似重复", "批量操作"},
        "en": {"Rules", "Conflicts", "Duplicates", "Bulk edits"},
    }[lang]
    assert {name for name, state in states.items() if state == "hidden"} == hidden
    assert len(states) - len(hidden) == 9


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_guide_of_lite_links_to_no_sheet_that_is_hidden(lang):
    book = load_book("lite", lang)
    workbook = load_workbook(io.BytesIO(build_workbook(book, {}, date(2024, 2, 29), STAMP).data))
    guide = workbook[book.sheets[0].title]
    linked = {cell.value for row in guide.iter_rows() for cell in row if cell.hyperlink}
    named = {cell.value for row in guide.iter_rows() for cell in row}
    hidden = {sheet.title for sheet in book.sheets if sheet.hidden}
    assert hidden
    assert hidden <= named
    assert linked == {sheet.title for sheet in book.sheets[1:]} - hidden


def test_the_sheet_of_conflicts_is_shown_alone():
    package = Package.open(build_workbook(load_book("lite"), {}, date(2024, 2, 29), STAMP).data)
    package.show_sheet("冲突处理")
    package = Package.open(package.to_bytes())
    states = {sheet.name: sheet.state for sheet in package.workbook.sheets}
    assert (states["冲突处理"], states["评分规则"]) == ("visible", "hidden")


@pytest.mark.slow
def test_a_lite_book_grows_into_the_standard_one(tmp_path):
    path = tmp_path / "客户.xlsx"
    assert run("build", "-o", path, "-t", "lite", "--sample", *DAY).exit_code == 0
    sync(path)
    sheets = ", ".join(
        f"{{{'page' if sheet.page else 'table'}: {sheet.name}}}" for sheet in load_book().sheets
    )
    restored = "overrides: {customers: {fields: {current_stage: {}}}}"
    write(tmp_path, templates__mine=f"template: lite\nsheets: [{sheets}]\n{restored}\n")
    assert settles(path) == []
    assert [*states_of(path)] == [sheet.title for sheet in load_book().sheets]
    _, told = run_json("check", path, *DAY)
    assert told["rows"] >= 6

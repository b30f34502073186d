"""Values typed over formulas that may be typed over: sync lists each, with what the formula would give."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.run import run, run_json
from tests.desk import Desk

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the sample, synced, and a role's copy beside it; copied for each test."""
    folder = tmp_path_factory.mktemp("overrides")
    assert run("build", "-o", folder / "共用.xlsx", "--sample", "--lang", "zh", *DAY).exit_code == 0
    assert run("build", "-o", folder / "客服.xlsx", "--role", "service", "--for", "赵敏", *DAY).exit_code == 0
    run("sync", folder, *DAY)
    return folder


@pytest.fixture
def team(home, tmp_path):
    return shutil.copytree(home, tmp_path / "team")


def listed(path, *words):
    """What a sync lists of one workbook: typed value and formula's, by table, key and field."""
    (synced,) = run_json("sync", path, *DAY, *words)[1]["workbooks"]
    return {(one["table"], one["row"], one["field"]): one for one in synced["overrides"]}


@pytest.mark.slow
def test_sync_gives_each_with_its_place_and_what_the_formula_would_give(team):
    desk = Desk(team / "共用.xlsx")
    found = listed(desk.path)
    place = desk.ref("lifecycle", "last_purchase", 2)
    assert found["lifecycle", "5001", "last_purchase"] == {
        "sheet": "客户生命周期管理", "cell": place, "table": "lifecycle", "row": "5001",
        "field": "last_purchase", "value": "2023-02-01", "computed": "2023-01-01",
    }  # fmt: skip
    assert (
        found["loyalty", "7001", "frequency"]["value"],
        found["loyalty", "7001", "frequency"]["computed"],
    ) == (10, 1)
    assert found["customers", "001", "age"]["computed"] is None
    assert ("lifecycle", "5001", "first_contact") not in found  # its formula stands there


@pytest.mark.slow
def test_a_workbook_in_which_nothing_is_new_lists_them_again(team):
    path = team / "共用.xlsx"
    first, data = listed(path), path.read_bytes()
    (synced,) = run_json("sync", path, *DAY)[1]["workbooks"]
    assert synced["state"] == "unchanged"
    assert listed(path) == first
    assert path.read_bytes() == data


@pytest.mark.slow
def test_an_emptied_cell_has_its_formula_back_and_is_listed_no_longer(team):
    desk = Desk(team / "共用.xlsx")
    before = listed(desk.path)
    desk.type("lifecycle", 2, last_purchase=None)
    desk.type("alerts", 2, frequency=25)
    after = listed(desk.path)
    assert before.keys() - after.keys() == {("lifecycle", "5001", "last_purchase")}
    assert desk.cell("lifecycle", "last_purchase", 2).formula
    assert after["alerts", "8001", "frequency"]["value"] == 25


@pytest.mark.slow
def test_a_dry_run_lists_what_was_just_typed(team):
    desk = Desk(team / "共用.xlsx")
    desk.type("alerts", 2, frequency=25)
    assert listed(desk.path, "--dry-run")["alerts", "8001", "frequency"]["value"] == 25


def test_a_roles_copy_gives_what_the_formula_gives_over_the_whole_book(team):
    whole, role = listed(team / "共用.xlsx"), listed(team / "客服.xlsx")
    assert role
    told = {key: (one["value"], one["computed"]) for key, one in role.items()}
    assert told.items() <= {key: (one["value"], one["computed"]) for key, one in whole.items()}.items()


def test_in_words_one_line_names_the_first_few(team):
    path = team / "共用.xlsx"
    count = len(listed(path))
    told = run("sync", path, *DAY, "--lang", "zh").output
    (line,) = (line for line in told.splitlines() if "人工改写的计算值" in line)
    assert f"{count} 个" in line
    assert "客户基本信息!D2 = 30（公式为空）" in line
    assert line.count("公式") == 3
    assert "--verbose" in line


def test_verbose_names_all(team):
    path = team / "共用.xlsx"
    found = listed(path)
    told = run("sync", path, *DAY, "--lang", "en", "--verbose").output
    assert all(f"{one['sheet']}!{one['cell']}" in told for one in found.values())
    assert "2023-02-01" in told
    assert "--verbose" not in told


@pytest.mark.slow
def test_no_line_where_nothing_is_typed_over(tmp_path):
    run("build", "-o", tmp_path / "新.xlsx", "--lang", "en", *DAY)
    assert "typed over" not in run("sync", tmp_path, *DAY, "--lang", "en").output


@pytest.mark.slow
def test_check_lists_them_too(team):
    path = team / "共用.xlsx"
    listed_by_sync = listed(path)
    _, report = run_json("check", path, *DAY)
    assert {(one["table"], one["row"], one["field"]): one for one in report["overrides"]} == listed_by_sync
    assert (
        f"{len(listed_by_sync)} computed values are typed over"
        in run("check", path, *DAY, "--lang", "en").output
    )


def test_status_counts_them(team):
    count = len(listed(team / "共用.xlsx"))
    seen = {one["name"]: one["overrides"] for one in run_json("status", team)[1]["workbooks"]}
    assert seen["共用.xlsx"] == count
    assert "Manual" in run("status", team, "--lang", "en").output

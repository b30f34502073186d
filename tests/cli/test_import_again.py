"""The next list of the same shape: what a person decided about the first is not asked again, unless it is forgotten."""

from __future__ import annotations

import shutil

import pytest

from crmbook.ooxml import Package
from tests.cli.run import run
from tests.cli.test_import import begun, bring, listed, rows  # noqa: F401 - a fixture

FIRST = "姓名,电话,等第,外号\n王五,13800000005,上等,小王\n"
SECOND = "姓名,电话,等第,外号\n赵六,13800000006,上等,小赵\n孙七,13800000007,甲,\n"
MAP = """table: people
columns:
  - {header: 姓名, field: name}
  - {header: 电话, field: phone}
  - {header: 等第, field: company}
"""


@pytest.fixture
def club(begun, tmp_path):  # noqa: F811
    return shutil.copytree(begun[0], tmp_path / "club")


def answer(preview, sheet: str, found: str, column: str, choice: str) -> None:
    """Choose something in the row of a preview in which a text stands."""
    package = Package.open(preview)
    page = package.sheet(sheet)
    cells = list(page.cells())
    [head] = [cell.ref.rstrip("0123456789") for cell in cells if cell.value == column]
    row = next(cell.row for cell in cells if cell.value == found)
    page.set(f"{head}{row}", choice)
    package.save(preview)


@pytest.fixture
def steered(club):
    """A book into which a list came whose preview somebody changed twice: a column first, then a text of it."""
    path = listed(club, FIRST, "一月.csv")
    assert bring(club, path).exit_code == 3
    preview = club / "导入-一月.xlsx"
    answer(preview, "列对应", "外号", "进入字段", "备注")
    answer(preview, "列对应", "等第", "进入字段", "公司")
    said = bring(club, preview)
    assert said.exit_code == 0, said.output
    assert rows(club, "name", "company", "notes")[-1:] == [("王五", "上等", "小王")]
    return club


@pytest.mark.slow
def test_the_next_list_is_taken_as_the_first_was(steered):
    said = bring(steered, listed(steered, SECOND, "二月.csv"), "--yes")
    assert said.exit_code == 0, said.output
    assert rows(steered, "name", "company", "notes")[-2:] == [("赵六", "上等", "小赵"), ("孙七", "甲", None)]
    assert "导入“一月.csv”时的决定对应" in said.output


def test_what_is_remembered_is_told_before_anything_is_taken(steered):
    path = listed(steered, SECOND, "二月.csv")
    assert "导入“一月.csv”时的决定对应" in bring(steered, path, "--dry-run").output
    assert "as decided on" in bring(steered, path, "--dry-run", lang="en").output
    said = bring(steered, path)
    assert (said.exit_code, "上次的决定" in said.output) == (3, True), said.output
    texts = [cell.value for cell in Package.open(steered / "导入-二月.xlsx").sheet("说明").cells()]
    assert any("导入“一月.csv”时的决定" in str(text) for text in texts), texts
    found = [cell.value for cell in Package.open(steered / "导入-二月.xlsx").sheet("列对应").cells()]
    assert "按上次的决定" in found


@pytest.mark.slow
def test_what_was_decided_last_counts(steered):
    path = listed(steered, SECOND, "二月.csv")
    assert bring(steered, path).exit_code == 3
    answer(steered / "导入-二月.xlsx", "列对应", "外号", "进入字段", "不导入")
    assert bring(steered, steered / "导入-二月.xlsx").exit_code == 0
    bring(steered, listed(steered, SECOND.replace("0000000", "1000000"), "三月.csv"), "--yes")
    assert rows(steered, "company", "notes")[-2:] == [("上等", None), ("甲", None)]


def test_a_map_wins_and_is_remembered_from_then_on(steered, tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(MAP.replace("field: company", "field: town"), encoding="utf-8")
    said = bring(steered, listed(steered, SECOND, "二月.csv"), "--map", path, "--yes")
    assert (said.exit_code, "时的决定" in said.output) == (0, False), said.output
    bring(steered, listed(steered, SECOND.replace("0000000", "1000000"), "三月.csv"), "--yes")
    assert rows(steered, "town", "company", "notes")[-4:] == [
        ("上等", None, None), ("甲", None, None), ("上等", None, None), ("甲", None, None),
    ]  # fmt: skip


def test_another_policy_or_table_wins_over_the_memory(steered):
    changed = listed(steered, FIRST.replace("上等", "下等"), "二月.csv")
    bring(steered, changed, "--yes")
    assert rows(steered, "name", "company")[-1:] == [("王五", "上等")]
    bring(steered, changed, "--yes", "--policy", "overwrite")
    assert rows(steered, "name", "company")[-1:] == [("王五", "下等")]
    assert "销售" in bring(steered, changed, "--dry-run", "--table", "销售").output


def test_a_file_that_must_be_read_in_a_way_of_its_own_is_known_again(club, tmp_path):
    path = tmp_path / "map.yaml"
    text = "layout: {header_row: 3}\n" + MAP.replace("等第", "级别").replace("company", "grade")
    path.write_text(text, encoding="utf-8")
    above = "姓名,电话,级别\n（以下为样例）,,\n"
    said = bring(
        club,
        listed(club, above + "姓名,电话,级别\n王五,13800000005,甲\n", "一月.csv"),
        "--map",
        path,
        "--yes",
    )
    assert said.exit_code == 0, said.output
    said = bring(club, listed(club, above + "姓名,电话,级别\n赵六,13800000006,乙\n", "二月.csv"), "--yes")
    assert (said.exit_code, "时的决定" in said.output) == (0, True), said.output
    assert rows(club, "name", "grade")[2:] == [("王五", "甲"), ("赵六", "乙")]


def test_what_nobody_looked_at_is_not_remembered(club):
    bring(club, listed(club, FIRST, "一月.csv"), "--yes")
    assert "还没有记住任何名单的对应" in bring(club, "--forget").output


@pytest.mark.sample(1)
@pytest.mark.parametrize("word", ["一月.csv", "二月.csv"])
def test_a_map_is_forgotten_by_its_name_or_by_a_file_of_its_shape(steered, monkeypatch, word):
    monkeypatch.chdir(steered)
    listed(steered, SECOND, "二月.csv")
    (steered / "一月.csv").unlink()
    said = bring(steered, "--forget", lang="en")
    assert (said.exit_code, "一月.csv · " in said.output) == (0, True), said.output
    assert bring(steered, "--forget", word, "--dry-run").exit_code == 0
    said = bring(steered, "--forget", word)
    assert (said.exit_code, "已忘记“一月.csv”" in said.output) == (0, True), said.output
    assert "时的决定" not in bring(steered, "二月.csv", "--dry-run").output
    said = bring(steered, "--forget", word)
    assert (said.exit_code, f"没有记住“{word}”" in said.output) == (2, True), said.output


def test_a_list_that_is_not_there_is_said_before_books_are_asked_about(tmp_path, monkeypatch):
    """Also where a folder holds several books, or its book cannot be made."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.xlsx", "b.xlsx"):
        assert run("build", "-o", name, "--new", "--template", "lite").exit_code == 0
    listed(tmp_path, FIRST, "二月.csv")
    for words, code in (
        ((), "import-no-file"),
        (("一月.csv",), "missing"),
        (("二月.csv", "三月.csv"), "missing"),
    ):
        said = run("import", *words, "--lang", "en")
        assert said.exit_code == 2
        known = "Name the files to import" if code == "import-no-file" else f"There is no file “{words[-1]}”"
        assert known in said.output
    assert "several books" in run("import", "二月.csv", "--lang", "en").output

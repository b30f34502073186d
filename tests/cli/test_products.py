"""What crmbook writes for people beside workbooks is never taken for one: sync says what it is and what it is for."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.run import run, run_json


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A book of two working copies, and everything else that is written beside one."""
    folder = tmp_path_factory.mktemp("made")
    place = ("--as-of", "2023-04-01", "--lang", "zh")
    assert run("build", "-o", folder / "客户.xlsx", "--sample", *place).exit_code == 0
    assert run("build", "-o", folder / "王芳.xlsx", "--owner", "王芳", *place).exit_code == 0
    where = folder / "客户.xlsx"
    assert run("card", "001", where, "-o", folder / "card.xlsx", *place).exit_code == 0
    assert run("person", "001", where, "-o", folder / "person.xlsx", *place).exit_code == 0
    assert run("export", where, "--table", "customers", "-o", folder / "export.xlsx", *place).exit_code == 0
    assert run("dedupe", where, "-o", folder / "duplicates.xlsx", *place).exit_code == 0
    (folder / "l.csv").write_text("姓名,电话,客户状态\n赵一,13800000011,没有的\n", encoding="utf-8")
    assert run("import", folder / "l.csv", "--into", where, *place).exit_code == 3
    (folder / "导入-l.xlsx").rename(folder / "preview.xlsx")
    (folder / "b.csv").write_text("交易ID,客户ID,交易日期,交易金额\n9,777,昨天,5\n", encoding="utf-8")
    assert run("import", folder / "b.csv", "--into", where, "--yes", *place).exit_code == 1
    [failures] = folder.glob("失败明细*.xlsx")
    failures.rename(folder / "failures.xlsx")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words", "command"),
    [
        ("preview", "导入的预览", "crmbook import"),
        ("failures", "没能取入的行", "crmbook import"),
        ("export", "导出的数据", "crmbook import"),
        ("person", "一位客户的资料", ""),
        ("duplicates", "疑似重复的清单", "crmbook dedupe"),
        ("card", "画像", ""),
    ],
)
def test_sync_says_what_it_is(made, tmp_path, name, words, command):
    team = shutil.copytree(made, tmp_path / "team")
    path = team / f"{name}.xlsx"
    before = path.read_bytes()
    for verb in ("sync", "check"):
        said = run(verb, path, "--lang", "zh")
        assert (said.exit_code, words in said.output) == (2, True), said.output
        assert command in said.output
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_folder_passes_them_over(made, tmp_path):
    team = shutil.copytree(made, tmp_path / "team")
    code, told = run_json("status", team)
    assert code in {0, 1}
    assert sorted(one["name"] for one in told["workbooks"]) == ["客户.xlsx", "王芳.xlsx"]
    _, report = run_json("sync", team, "--as-of", "2023-04-01")
    assert len(report["workbooks"]) == 2

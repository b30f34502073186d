"""``crmbook check`` and ``crmbook sync``: reports in words and as JSON, exit codes."""

from __future__ import annotations

import json
import re

import pytest

from crmbook.ooxml import Package
from tests.books import built, empty
from tests.cli.run import python_m, run, run_json
from tests.desk import Desk
from tests.saving import save_without_validations, save_without_values


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "客户管理.xlsx"
    path.write_bytes(built().data)
    return path


def test_check_lists_every_problem_and_writes_nothing(path):
    before = path.read_bytes()
    code, report = run_json("check", path, "--as-of", "2023-04-01", "--lang", "en")
    assert code == 1
    assert report["file"] == str(path)
    assert report["rows"] == 39 or report["rows"] > 30
    assert (report["errors"], report["warnings"]) == (0, 2)
    first = report["issues"][0]
    assert first.keys() == {
        "code", "severity", "sheet", "cell", "table", "row", "field", "value", "count", "cells", "problem", "remedy",
    }  # fmt: skip
    assert (first["sheet"], first["cell"], first["value"]) == ("客户基本信息", "E2", "123456789")
    assert "phone" in first["code"]
    assert path.read_bytes() == before


def test_check_without_a_path_looks_at_the_folder_people_stand_in(path, tmp_path, monkeypatch):
    (tmp_path / "坏.xlsx").write_bytes(b"no workbook")
    monkeypatch.chdir(tmp_path)
    code, report = run_json("check", "--as-of", "2023-04-01")
    assert code == 1
    [found] = report["workbooks"]
    assert (found["file"], found["warnings"], report["failures"]) == (path.name, 2, [])
    told = run("check", "客户管理.xlsx", "坏.xlsx", "--as-of", "2023-04-01", "--lang", "zh")
    assert told.exit_code == 2
    assert "检查了 客户管理.xlsx 的 23 个表" in told.output
    assert "坏.xlsx" in told.stderr
    (tmp_path / "leer").mkdir()
    monkeypatch.chdir(tmp_path / "leer")
    nowhere = run("check", "--lang", "zh")
    assert nowhere.exit_code == 2
    assert str(tmp_path / "leer") in nowhere.output


def test_check_speaks_both_languages(path):
    assert "电话号码" in run("check", path, "--lang", "zh").output
    assert "telephone" in run("check", path, "--lang", "en").output


@pytest.mark.slow
def test_a_clean_workbook_ends_with_0(tmp_path):
    path = tmp_path / "leer.xlsx"
    path.write_bytes(empty().data)
    assert run_json("check", path, "--as-of", "2024-02-29")[0] == 0
    code, report = run_json("sync", path, "--as-of", "2024-02-29")
    (synced,) = report["workbooks"]
    assert (code, report["failures"], synced["issues"], synced["conflicts"]) == (0, [], [], [])


def test_sync_reports_every_change(path):
    desk = Desk(path)
    desk.type("transactions", 2, amount="¥800")
    desk.type("loyalty", 2, score=1)
    code, report = run_json("sync", path, "--as-of", "2023-04-01")
    (synced,) = report["workbooks"]
    assert (code, synced["written"], report["as_of"]) == (1, True, "2023-04-01")
    changes = {(change["sheet"], change["cell"]): change for change in synced["changes"]}
    amount = changes["客户交易记录", desk.ref("transactions", "amount", 2)]
    assert (amount["reason"], amount["old"], amount["new"]) == ("corrected", "¥800", 800)
    assert changes["客户忠诚度分析", desk.ref("loyalty", "score", 2)]["reason"] == "restored"
    assert {change["reason"] for change in synced["changes"]} >= {"computed", "marked"}


def test_sync_says_in_words_what_it_did(path):
    Desk(path).type("loyalty", 2, score=1)
    told = run("sync", path, "--as-of", "2023-04-01", "--lang", "en").output
    assert "typed over" in told
    assert "Synced" in told
    assert "put back 1 formula typed over" in told
    assert "Nothing has changed" not in told
    run("sync", path, "--as-of", "2023-04-01")
    assert "没有变化" in run("sync", path, "--as-of", "2023-04-01", "--lang", "zh").output


@pytest.mark.slow
def test_values_that_a_program_did_not_store_are_no_new_figures(path):
    run("sync", path, "--as-of", "2023-04-01")
    save_without_values(path)
    told = run("sync", path, "--as-of", "2023-04-01", "--lang", "en", "--verbose").output.replace("\n", " ")
    [count] = re.findall(r"The values of (\d+) formulas that another program had not stored", told)
    assert int(count) > 100
    assert "up to date" not in told
    again = run("sync", path, "--as-of", "2023-04-01", "--lang", "zh").output
    assert "公式的结果" not in again


def test_a_newcomer_reads_a_line_for_each_kind_and_a_sentence_for_each_workbook(path, monkeypatch):
    """Errors first, many of a kind in one line; what was only put right in passing with --verbose alone."""
    monkeypatch.chdir(path.parent)
    Desk(path).type("surveys", 2, date="前几天")
    told = run("sync", path.name, "--as-of", "2023-04-01", "--lang", "zh").output.splitlines()
    assert told[0].startswith("错误：客户满意度调查!")
    assert "前几天" in told[0]
    assert told[1].startswith("  → ")
    assert told[2].startswith("警告：客户基本信息!E2 ")
    assert "同类问题另有 1 处：E3" in told[2]
    assert not any("E3 " in line for line in told)
    assert re.fullmatch(r"已同步 客户管理\.xlsx：.*1 个错误，2 个警告", told[-1])
    each = run("sync", path.name, "--as-of", "2023-04-01", "--lang", "zh", "--verbose").output
    assert "警告：客户基本信息!E3 " in each


@pytest.mark.slow
def test_copies_of_which_the_same_is_to_be_said_share_it(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    assert run("sync", path, "--as-of", "2023-04-01").exit_code == 1
    assert run("build", "-o", "副本.xlsx").exit_code == 0
    told = run("sync", "--as-of", "2023-04-01", "--lang", "zh").output
    assert "—— 副本.xlsx、客户管理.xlsx ——" in told
    assert told.count("123456789") == 1
    assert [line for line in told.splitlines() if "副本.xlsx" in line][-1].startswith("已同步 副本.xlsx")


@pytest.mark.slow
def test_what_a_repair_put_back_is_told_to_whoever_asks(path):
    run("sync", path, "--as-of", "2023-04-01")
    save_without_validations(path)
    words = ("sync", path, "--as-of", "2023-04-01", "--lang", "zh")
    kept = path.read_bytes()
    told = run(*words).output
    assert "下拉列表" not in told
    path.write_bytes(kept)
    assert "恢复了" in run(*words, "--verbose").output


def test_a_wrong_day_is_refused(path):
    result = run("sync", path, "--as-of", "1/4/2023", "--lang", "en")
    assert result.exit_code == 2
    assert "2023-04-01" in result.output


@pytest.mark.slow
def test_the_module_runs_as_a_program(path, tmp_path):
    done = python_m("sync", path, "--as-of", "2023-04-01", "--json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["workbooks"][0]["written"] is True
    missing = python_m("sync", "无.xlsx", cwd=tmp_path, CRMBOOK_LANG="en")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "There is no file" in missing.stderr


@pytest.mark.slow
def test_a_terminal_without_chinese_letters_is_no_obstacle(path, tmp_path):
    done = python_m("check", path, "--json", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert json.loads(done.stdout)["issues"][0]["sheet"] == "客户基本信息"
    assert python_m("check", path, cwd=tmp_path, PYTHONIOENCODING="cp1252").returncode == 1


@pytest.mark.slow
def test_a_book_of_a_workspace_is_synced_with_it(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "customers.yaml").write_text(
        "table: customers\nfields:\n  wechat: {title: {zh: 微信号, en: WeChat}, type: text}\n",
        encoding="utf-8",
    )
    path = tmp_path / "x.xlsx"
    assert run("build", "-o", path, "--sample", "--workspace", tmp_path).exit_code == 0
    headers = [cell.value for cell in Package.open(path).sheet("客户基本信息").cells({1})]
    assert "微信号" in headers
    assert run_json("sync", path, "--workspace", tmp_path)[1]["workbooks"][0]["issues"]


@pytest.mark.parametrize(
    "url", ["postgresql://u:geheim@127.0.0.1:1/db", "postgresql://u@127.0.0.1:1/db?password=geheim"]
)
@pytest.mark.parametrize("command", ["sync", "status", "history"])
def test_a_database_s_password_is_never_shown(path, url, command, monkeypatch):
    refused = run(command, path, "--store", url, "--lang", "en")
    assert refused.exit_code == 2
    assert "CRMBOOK_STORE" in refused.output
    monkeypatch.setenv("CRMBOOK_STORE", url)
    for more in ((), ("--json",)):
        told = run(command, path, "--lang", "en", *more)
        assert told.exit_code == 2
        assert "127.0.0.1" in told.output
        assert "geheim" not in refused.output + told.output


@pytest.mark.slow
def test_what_did_not_change_is_told_without_loading_pandas(path):
    day = ("--as-of", "2023-04-01")
    first = run("sync", path, *day)
    again = python_m("sync", path, *day, cwd=path.parent, PYTHONVERBOSE="1")
    assert (first.exit_code, again.returncode) == (1, 1)
    assert "电话号码" in again.stdout
    assert [name for name in ("pandas", "numpy", "openpyxl") if f"import '{name}'" in again.stderr] == []

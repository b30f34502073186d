"""What ``--force`` replaces is kept: a workbook may hold what nobody has synced."""

from __future__ import annotations

import pytest

from tests.cli.run import run, run_json


@pytest.mark.slow
def test_a_workbook_that_was_replaced_is_listed_once_and_missed_by_nobody(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.xlsx", "b.xlsx"):
        assert run("build", "-o", name).exit_code == 0
    assert run("build", "-o", "b.xlsx", "--force").exit_code == 0

    def names() -> list[str]:
        return [one["name"] for one in run_json("status")[1]["workbooks"]]

    assert names() == ["a.xlsx", "b.xlsx"]
    (tmp_path / "b.xlsx").unlink()
    code, told = run_json("status", "--lang", "en")
    assert (code, names()) == (1, ["a.xlsx", "b.xlsx"])
    [need] = [one for one in told["needs"] if one["code"] == "status.missing-workbook"]
    assert '--retire "b.xlsx"' in need["remedy"]
    assert run("sync", "a.xlsx", "--retire", "b.xlsx").exit_code == 0
    assert names() == ["a.xlsx"]


def test_a_file_that_lies_where_another_workbook_lay_is_listed_once(tmp_path, monkeypatch):
    """Whoever moves one workbook over another has one workbook there."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.xlsx", "b.xlsx"):
        assert run("build", "-o", name).exit_code == 0
    (tmp_path / "a.xlsx").replace(tmp_path / "b.xlsx")
    assert [one["name"] for one in run_json("status")[1]["workbooks"]] == ["b.xlsx"]


@pytest.mark.parametrize(
    "words", [("build",), ("card", "001"), ("person", "001"), ("export", "--table", "customers"), ("dedupe",)]
)
def test_a_workbook_that_force_replaces_is_kept(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert run("build", "-o", "s.xlsx", "--sample").exit_code == 0
    typed = b"PK what somebody typed"
    (tmp_path / "w.xlsx").write_bytes(typed)
    assert run(*words, "-o", "w.xlsx").exit_code == 2
    lock = tmp_path / ".~lock.w.xlsx#"
    lock.write_text(",chen,PC-CHEN,30.11.2026 09:00,file:///home/chen;", encoding="utf-8")
    assert run(*words, "-o", "w.xlsx", "--force").exit_code != 0
    lock.unlink()
    assert (tmp_path / "w.xlsx").read_bytes() == typed
    said = run(*words, "-o", "w.xlsx", "--force")
    assert said.exit_code == 0, said.output
    [kept] = (tmp_path / ".crmbook" / "backups" / "replaced").iterdir()
    assert (kept.read_bytes(), kept.stat().st_mode & 0o077) == (typed, 0)
    assert (tmp_path / "w.xlsx").read_bytes() != typed


@pytest.mark.slow
def test_a_workbook_of_another_book_that_was_replaced_is_listed_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("build", "-o", "a.xlsx").exit_code == 0
    assert run("build", "-o", "a.xlsx", "--new", "--force").exit_code == 0
    assert [one["name"] for one in run_json("status")[1]["workbooks"]] == ["a.xlsx"]
    (tmp_path / "a.xlsx").unlink()
    assert [one["name"] for one in run_json("status")[1]["workbooks"]] == ["a.xlsx"]

"""What ``--force`` replaces is kept: a workbook may hold what nobody has synced."""

from __future__ import annotations

import pytest

from tests.cli.run import run


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

"""``crmbook demo``: with an office program, and without."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from crmbook.ooxml.lint import lint
from tests.cli.run import run
from tests.office import require_office


def judge(path) -> None:
    """See that the demonstration's edits were read, checked and computed."""
    assert lint(path.read_bytes()) == []
    workbook = CalamineWorkbook.from_path(path)
    purchases = workbook.get_sheet_by_name("Transactions").to_python()
    headers, last = purchases[0], dict(zip(purchases[0], purchases[-1], strict=True))
    assert len(purchases) == 2002
    assert last["Amount"] == 5200
    assert str(last["Customer ID"]) == "001"
    assert last[headers[0]]
    listed = [str(row) for row in workbook.get_sheet_by_name("Issues").to_python()]
    assert any("2023/13/1" in row for row in listed)
    assert any("Loyalty score" in row for row in listed)


def test_without_an_office_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    result = run("demo", tmp_path / "show", "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "LibreOffice was not found" in result.output
    judge(tmp_path / "show" / "crm-demo.xlsx")


def test_an_open_demonstration_is_left_alone(tmp_path):
    path = tmp_path / "crm-demo.xlsx"
    path.write_bytes(b"mine")
    (tmp_path / ".~lock.crm-demo.xlsx#").write_bytes(b"")
    assert run("demo", tmp_path, "--lang", "en").exit_code == 4
    assert path.read_bytes() == b"mine"


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "show").write_bytes(b"")
    assert run("demo", tmp_path / "show").exit_code == 2


@pytest.mark.office
def test_edits_made_by_an_office_program(tmp_path):
    require_office()
    result = run("demo", tmp_path, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "in LibreOffice" in result.output
    path = tmp_path / "crm-demo.xlsx"
    judge(path)
    run(
        "sync", path, "--as-of", "2025-06-30"
    )  # the list of issues no longer tells what the first sync put right
    settled = path.read_bytes()
    assert run("sync", path, "--as-of", "2025-06-30").exit_code == 1
    assert path.read_bytes() == settled

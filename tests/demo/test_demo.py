"""``crmbook demo``: with an office program, and without."""

from __future__ import annotations

import datetime as dt

import pytest
from python_calamine import CalamineWorkbook

from crmbook.read import read_workbook
from tests.books import book_of, built
from tests.cli.run import run
from tests.office import require_office
from tests.ooxml_lint import lint

INTENDED = {
    ("transactions", "transaction_id", 2002): "3001",
    ("transactions", "customer_id", 2002): "001",
    ("transactions", "date", 2002): dt.date(2025, 6, 28),
    ("transactions", "amount", 2002): 5200,
    ("transactions", "product", 2002): "Router",
    ("feedback", "status", 40): "Handled",
    ("customers", "phone", 3): "1380000",
    ("customers", "registered_on", 4): "2023/13/1",
}
"""What the person's edits come to in cells that people fill in."""


def typed_cells(after: bytes, before: bytes) -> dict[tuple[str, str, int], object]:
    """Return every cell of a field that people fill in which differs between two workbooks."""
    book = book_of(lang="en")
    new, old = (read_workbook(data, book).tables for data in (after, before))
    changed: dict[tuple[str, str, int], object] = {}
    for name, found in new.items():
        if not book.tables[name].managed:
            continue
        for field in (field for field in book.tables[name].fields.values() if field.formula is None):
            cells, stored = found.frame[field.name].to_dict(), old[name].frame[field.name].to_dict()
            changed |= {
                (name, field.name, row): value for row, value in cells.items() if value != stored.get(row)
            }
        assert set(old[name].frame.index) <= set(found.frame.index)
    return changed


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


@pytest.mark.slow
@pytest.mark.office
def test_edits_made_by_an_office_program(tmp_path):
    require_office()
    result = run("demo", tmp_path, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "in LibreOffice" in result.output
    path = tmp_path / "crm-demo.xlsx"
    judge(path)
    assert typed_cells(path.read_bytes(), built("company", lang="en").data) == INTENDED
    run("sync", path, "--as-of", "2025-06-30")  # the list no longer tells what the first sync put right
    settled = path.read_bytes()
    assert run("sync", path, "--as-of", "2025-06-30").exit_code == 1
    assert path.read_bytes() == settled

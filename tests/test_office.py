"""The harness itself: it recalculates hard, tells kinds of values apart, scripts user actions and fails clearly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from tests import office

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.office


@pytest.fixture
def stale(tmp_path: Path) -> Path:
    """Return a workbook whose formulas carry wrong cached values."""
    path = tmp_path / "旧值 [1].xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("数据")
        sheet.write_column("A1", [2, 3, "三"])
        sheet.write_string("A4", "#N/A")
        for row, formula in enumerate(
            ["=A1+A2", '=A3&"_x0041_"', "=A1<A2", "=1/0", '=""', "=NA()", "=SQRT(-1)"]
        ):
            sheet.write_formula(row, 1, formula, None, 999)
    return path


def test_recalculate_ignores_the_values_in_the_file(stale: Path, tmp_path: Path) -> None:
    (copy,) = office.recalculate(stale, out_dir=tmp_path / "out")
    cells = office.read_values(copy)["数据"]
    assert {ref: cells[ref] for ref in ("A1", "A3", "A4", "B1", "B2", "B3", "B5")} == {
        "A1": 2.0, "A3": "三", "A4": "#N/A", "B1": 5.0, "B2": "三_x0041_", "B3": True, "B5": "",
    }  # fmt: skip
    assert [type(cells[ref]) for ref in ("A4", "B3", "B4", "B6")] == [
        str,
        bool,
        office.ErrorText,
        office.ErrorText,
    ]
    assert (cells["B4"], cells["B6"]) == ("#DIV/0!", "#N/A")


def test_the_shown_sheet_tells_its_own_errors_apart(stale: Path, tmp_path: Path) -> None:
    (rows,) = office.show_first_sheet(stale, out_dir=tmp_path / "out")
    assert [row[1] for row in rows] == ["5", "三_x0041_", "TRUE", "#DIV/0!", "", "#N/A", "Err:502"]


def test_several_files_in_one_call_keep_their_order(stale: Path, tmp_path: Path) -> None:
    second = tmp_path / "b.xlsx"
    second.write_bytes(stale.read_bytes())
    copies = office.recalculate(second, stale, out_dir=tmp_path / "out")
    assert [copy.name for copy in copies] == ["b.xlsx", stale.name]


def test_refuses_to_replace_the_source(stale: Path) -> None:
    with pytest.raises(office.OfficeError, match="replace its source"):
        office.recalculate(stale, out_dir=stale.parent)


def test_a_file_it_cannot_read_is_a_failure(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 this is no workbook")
    with pytest.raises(office.OfficeError, match="wrote no broken"):
        office.recalculate(broken, out_dir=tmp_path / "out")


def test_pages_as_images(stale: Path) -> None:
    (page,) = office.to_png(stale, dpi=40)
    assert page.read_bytes().startswith(b"\x89PNG")


def test_a_script_edits_as_a_user_would(stale: Path) -> None:
    shown = office.run_macro_script(
        stale,
        "cell = document.Sheets[0].getCellRangeByName('A1')\n"
        "cell.setFormula('40')\n"
        "save()\n"
        "result = document.Sheets[0].getCellRangeByName('B1').Value\n",
    )
    assert shown == 43
    assert office.read_values(stale)["数据"]["B1"] == 43


def test_a_script_that_fails_says_why(stale: Path) -> None:
    before = stale.read_bytes()
    with pytest.raises(office.OfficeError, match="ZeroDivisionError"):
        office.run_macro_script(stale, "1 / 0")
    assert stale.read_bytes() == before

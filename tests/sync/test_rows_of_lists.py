"""Tables with a row for each entry of a list follow the list in the dictionary, in every copy."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.sync.outcome import SyncState
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.cli.run import run
from tests.desk import NAME, settled
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2023, 4, 1)
NEW, OLD = "火星", "海外"


@pytest.fixture
def folder(tmp_path):
    settled(tmp_path)
    sync(tmp_path)
    return tmp_path


def sync(folder: Path) -> Any:
    report = sync_workbooks(sorted(folder.glob("*.xlsx")), Options(DAY))
    assert not report.failures
    for one in report.workbooks:
        assert lint(one.path.read_bytes()) == []
    return report


def regions(path: Path) -> list[str]:
    """The entries of the list, as the dictionary shows them."""
    place = Layout(load_book("standard", "zh")).lists["region"]
    cells = Package.open(path).sheet(place.sheet).cells(columns={place.column + 1})
    return [str(cell.value) for cell in cells if cell.row >= place.first_row and cell.value]


def edit_list(path: Path, old: str, new: str | None) -> None:
    """Put one entry of the list in the place of another; of an empty `old`, below the last."""
    place = Layout(load_book("standard", "zh")).lists["region"]
    package, present = Package.open(path), regions(path)
    row = place.first_row + (present.index(old) if old else len(present))
    package.sheet(place.sheet).set(f"{place.letter}{row}", new)
    package.save(path)


def rows(path: Path) -> dict[str, tuple[Any, ...]]:
    """Each region's row: its figures, their formulas and formats."""
    place = Layout(load_book("standard", "zh")).tables["region_sales"]
    sheet = Package.open(path).sheet(place.sheet)
    letters = [column.letter for column in place.columns.values()]
    found, row = {}, place.first_row
    while (region := sheet.cell(f"{letters[0]}{row}").value) is not None:
        cells = [sheet.cell(f"{letter}{row}") for letter in letters]
        found[str(region)] = tuple((cell.value, cell.formula, cell.style) for cell in cells)
        row += 1
    assert all(sheet.cell(f"{letter}{row}").value is None for letter in letters)
    return found


def bottom(path: Path) -> int:
    """The last row of the table, its filter and its rules."""
    place = Layout(load_book("standard", "zh")).tables["region_sales"]
    (table,) = [one for one in Package.open(path).tables if one.display_name == place.name]
    return table.area.bottom - place.header_row


def with_sale(folder: Path, region: str) -> None:
    """Let the first customer live in a region."""
    place = Layout(load_book("standard", "zh")).tables["customers"]
    package = Package.open(folder / NAME)
    package.sheet(place.sheet).set(f"{place.columns['region'].letter}{place.first_row}", region)
    package.save(folder / NAME)


@pytest.mark.slow
def test_a_region_added_in_the_dictionary_has_its_row_and_its_sales(folder):
    path = folder / NAME
    before = rows(path)
    edit_list(path, "", NEW)
    with_sale(folder, NEW)
    sync(folder)
    after = rows(path)
    assert list(after) == [*before, NEW] == regions(path)
    assert bottom(path) == len(after)
    (_, customers, sales, _), last = after[NEW], after[list(before)[-1]]
    assert customers[0] == 1
    assert sales[0] > 0
    assert [cell[1:] for cell in after[NEW]] == [cell[1:] for cell in last]
    assert sum(row[2][0] for row in after.values()) == sum(row[2][0] for row in before.values())
    assert [one.state for one in sync(folder).workbooks] == [SyncState.UNCHANGED]


@pytest.mark.slow
def test_a_region_taken_away_or_renamed_has_none(folder):
    path = folder / NAME
    known = regions(path)
    gone, renamed = known[3], known[5]
    edit_list(path, renamed, NEW)
    edit_list(path, gone, None)
    sync(folder)
    wanted = [NEW if region == renamed else region for region in known if region != gone]
    assert list(rows(path)) == wanted == regions(path)
    assert bottom(path) == len(wanted)
    assert [one.state for one in sync(folder).workbooks] == [SyncState.UNCHANGED]


@pytest.mark.slow
def test_every_copy_follows_and_a_new_one_begins_alike(folder):
    own = {"--owner": "王芳", "--role": "", "": ""}
    names = []
    for number, (option, value) in enumerate(own.items()):
        if value or not option:
            names.append(folder / f"副本{number}.xlsx")
            assert run("build", "-o", names[-1], *([option, value] if value else [])).exit_code == 0
    sync(folder)
    edit_list(folder / NAME, "", NEW)
    edit_list(folder / NAME, OLD, None)
    sync(folder)
    sync(folder)
    later = folder / "后来.xlsx"
    assert run("build", "-o", later, "--as-of", DAY).exit_code == 0
    sync(folder)
    wanted = rows(folder / NAME)
    assert NEW in wanted
    assert OLD not in wanted
    for path in (*names, later):
        assert list(rows(path)) == list(wanted)
        assert [[cell[1] for cell in row] for row in rows(path).values()] == [
            [cell[1] for cell in row] for row in wanted.values()
        ]
    assert {one.state for one in sync(folder).workbooks} == {SyncState.UNCHANGED}


def test_charts_that_draw_the_table_draw_the_new_row(folder):
    path = folder / NAME
    place = Layout(load_book("standard", "zh")).tables["region_sales"]
    package, end = Package.open(path), place.header_row + bottom(path)
    part = next(name for name in package.parts.names if re.search(r"charts/chart1\.xml$", name))
    drawn = f"'{place.sheet}'!${place.columns['sales'].letter}${place.first_row}:${place.columns['sales'].letter}$"
    data = package.parts.read(part)
    old = re.search(rb"<c:val>.*?<c:f>(.*?)</c:f>", data, re.DOTALL)
    assert old is not None
    package.replace_part(part, data.replace(old[1], f"{drawn}{end}".encode()))
    package.save(path)
    edit_list(path, "", NEW)
    sync(folder)
    assert f"{drawn}{end + 1}<".encode() in Package.open(path).parts.read(part)


@pytest.mark.slow
def test_what_people_wrote_beside_a_row_stays_beside_it(folder):
    path = folder / NAME
    known = regions(path)
    place = Layout(load_book("standard", "zh")).tables["region_sales"]
    edit_list(path, known[3], None)
    edit_list(path, "", NEW)
    package = Package.open(path)
    sheet = package.sheet(place.sheet)
    after = max(place.columns.values(), key=lambda column: column.index)
    beside = (
        chr(ord(after.letter[-1]) + 1)
        if len(after.letter) == 1
        else after.letter[0] + chr(ord(after.letter[1]) + 1)
    )
    sheet.set(f"{beside}{place.first_row + 3}", "重点地区")
    package.save(path)
    sync(folder)
    assert Package.open(path).sheet(place.sheet).cell(f"{beside}{place.first_row + 3}").value == "重点地区"


@pytest.mark.slow
@pytest.mark.office
def test_the_office_program_computes_the_same(folder, office, tmp_path):
    path = folder / NAME
    edit_list(path, "", NEW)
    with_sale(folder, NEW)
    sync(folder)
    (recalculated,) = office.recalculate(path, out_dir=tmp_path / "again")
    shown = {region: (row[1][0], row[2][0]) for region, row in rows(path).items()}
    assert {region: (row[1][0], row[2][0]) for region, row in rows(recalculated).items()} == shown
    assert shown[NEW][1] > 0

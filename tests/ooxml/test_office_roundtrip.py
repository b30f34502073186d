"""LibreOffice as the judge: it opens every edited workbook, shows the new value and all other values as before.

Its own files come back too: what it saved is edited losslessly. All workbooks of a kind go through one start of the
program.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

import pytest

from crmbook.ooxml import EditError, Package
from tests import office
from tests.ooxml.specimens import SPECIMENS
from tests.ooxml.specimens.compare import (
    calamine_values,
    check_members,
    check_new_defects,
    check_rows,
    openpyxl_values,
    read_part,
    sheet_parts,
)

pytestmark = pytest.mark.office

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "foreign"
FOREIGN = sorted(FOLDER.glob("*.xlsx")) if FOLDER.is_dir() else []
NEW = 1234.5
# LibreOffice opens neither of the first two, finds no sheet in the third and crashes over the fourth, edited or not.
UNREAD = {
    "backslash-names",
    "gap-between-members",
    "unusual-places",
    "closedxml-bebf8ad360538f5ccba0a4012ac4096f348677fd",
}


@functools.cache
def _originals(kind: str) -> dict[str, bytes]:
    if kind == "specimens":
        return {item.name: item.data for item in SPECIMENS if item.name not in UNREAD}
    return {path.stem: path.read_bytes() for path in FOREIGN if path.stem not in UNREAD}


def _edited(data: bytes) -> tuple[bytes, str, str]:
    """Return the workbook with one constant changed, and the sheet and cell of it."""
    package = Package.open(data)
    pivots = b"pivotTable" in data  # LibreOffice fills these anew from the cells
    for title in sheet_parts(data):
        sheet = package.sheet(title)
        cells = [cell for cell in sheet.cells(rows=range(1, 60)) if cell.formula is None]
        numbers = [cell.ref for cell in reversed(cells) if cell.kind == "number" and not pivots]
        for ref in [*numbers, "B60"]:
            with contextlib.suppress(EditError):
                sheet.set(ref, NEW)
                return package.to_bytes(), title, ref
    raise AssertionError


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["specimens", "foreign"])
def test_edited_workbooks_open_with_the_new_value_and_all_others(kind, tmp_path):
    originals = _originals(kind)
    if not originals:
        pytest.skip(f"the foreign workbooks are not here: {FOLDER}")
    written = []
    edits = {name: _edited(data) for name, data in originals.items()}
    for name, data in originals.items():
        for when, content in (("old", data), ("new", edits[name][0])):
            written.append(tmp_path / f"{name}-{when}.xlsx")
            written[-1].write_bytes(content)
    copies = iter(_recalculated(written, tmp_path / "out"))
    for name, data in originals.items():
        before, after = next(copies), next(copies)
        _check_shown(name, data, edits[name], office.read_values(before), office.read_values(after))
        _check_saved(name, before.read_bytes())


def _recalculated(paths: list[Path], folder: Path) -> list[Path]:
    """Have LibreOffice save the workbooks; it sometimes falls over a long list, so the list is halved then."""
    try:
        return office.recalculate(*paths, out_dir=folder, timeout=600)
    except office.OfficeError:
        if len(paths) == 1:
            raise
        half = len(paths) // 2
        return _recalculated(paths[:half], folder) + _recalculated(paths[half:], folder)


def _check_shown(name, data, edit, before, after) -> None:
    """Check what LibreOffice shows of the workbook before and after the edit; formulas may follow the new value."""
    _, title, ref = edit
    assert set(after) == set(before), name
    differing = {
        (sheet, place)
        for sheet, cells in before.items()
        for place in cells.keys() | after[sheet].keys()
        if cells.get(place) != after[sheet].get(place)
    }
    assert differing - _calculated(data) <= {(title, ref)}, name
    assert after[title].get(ref) == NEW, name


def _calculated(data: bytes) -> set[tuple[str, str]]:
    """Return the cells whose values are calculated, those of arrays included."""
    package = Package.open(data)
    found = set()
    for sheet in sheet_parts(data):
        cells = list(package.sheet(sheet).cells())
        spilling = any(cell.formula_kind in {"array", "dataTable"} for cell in cells)
        found |= {(sheet, cell.ref) for cell in cells if spilling or cell.formula_kind}
    return found


def _check_saved(name: str, data: bytes) -> None:
    """Check that a workbook which LibreOffice saved is edited losslessly."""
    assert Package.open(data).to_bytes() == data, name
    after, title, ref = _edited(data)
    part = sheet_parts(data)[title]
    place = Package.open(after).sheet(title).cell(ref)
    check_members(data, after, {part})
    check_rows(read_part(data, part), read_part(after, part), {place.row})
    check_new_defects(data, after)
    for reader in (openpyxl_values, calamine_values):
        was, now = reader(data), reader(after)
        was.pop((title, place.row, place.column), None)
        seen = now.pop((title, place.row, place.column))
        assert now == was, name
        assert seen == NEW or hasattr(seen, "year"), name

"""Real workbooks from Excel, WPS and other programs: each is edited losslessly, or refused by name.

The files are test data of public projects and stand beside the checkout, not in it; without them these tests skip.
"""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

import pytest

from crmbook.ooxml import EditError, OoxmlError, Package
from tests.ooxml.specimens.compare import (
    calamine_values,
    check_members,
    check_new_defects,
    check_rows,
    openpyxl_values,
    read_part,
    sheet_parts,
)

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "foreign"
FILES = sorted(FOLDER.glob("*.xlsx")) if FOLDER.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason=f"the foreign workbooks are not here: {FOLDER}")

# What a change of one cell may touch beside the sheet.
AROUND = {"[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "xl/calcChain.xml"}
# value, formula
EDITS = [(1234.5, None), ("改过的文字", None), (True, None), (None, None), (84, "42*2")]


def _read(reader, data: bytes, **keywords):
    """Return what a reader makes of a workbook, or None where it cannot read it."""
    with contextlib.suppress(Exception):
        return reader(data, **keywords)
    return None


def _targets(package: Package, title: str) -> list[str]:
    """Return cells to edit, the best first: the constants of the first rows, then one where nothing stands."""
    cells = package.sheet(title).cells(rows=range(1, 40))
    return [
        "B200",
        *(cell.ref for cell in cells if cell.formula is None and cell.kind in {"number", "text"}),
    ][::-1]


def _edit(package: Package, title: str, value, formula) -> str:
    """Change the first cell that may be changed (no part of an array, no covered cell) and return it."""
    for ref in _targets(package, title):
        with contextlib.suppress(EditError):
            package.sheet(title).set(ref, value, formula=formula)
            return ref
    raise AssertionError(title)


@functools.cache
def _values_before(path: Path, reader, formulas):
    return _read(reader, path.read_bytes(), **({"formulas": True} if formulas else {}))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_change_gives_the_identical_file(path):
    data = path.read_bytes()
    package = Package.open(data)
    for info in package.sheets:
        if info.kind == "worksheet":
            list(package.sheet(info.name).cells())
    assert package.to_bytes() == data


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_reading_agrees_with_openpyxl(path):
    data = path.read_bytes()
    theirs = _read(openpyxl_values, data)
    if not theirs:
        pytest.skip("openpyxl cannot read it")
    package = Package.open(data)
    ours = {
        (info.name, cell.row, cell.column): cell.value
        for info in package.sheets
        if info.kind == "worksheet"
        for cell in package.sheet(info.name).cells()
        if cell.value not in {None, ""}
    }
    theirs = {place: value for place, value in theirs.items() if value != ""}
    assert ours.keys() == theirs.keys()
    differing = {
        place: (value, theirs[place]) for place, value in ours.items() if not _same(value, theirs[place])
    }
    assert not differing


def _same(ours, theirs) -> bool:
    if isinstance(ours, str | bool | int | float) or isinstance(theirs, str):
        return str(ours).replace("\r", "") == str(theirs).replace("\r", "") or ours == theirs
    return str(ours)[:10] == str(theirs)[:10]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit[1] or type(edit[0]).__name__))
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_changed_cell_changes_nothing_else(path, edit):
    value, formula = edit
    data = path.read_bytes()
    for title, part in list(sheet_parts(data).items())[:3]:
        package = Package.open(data)
        ref = _edit(package, title, value, formula)
        after = package.to_bytes()
        cell = package.sheet(title).cell(ref)
        check_members(data, after, AROUND | {part})
        check_rows(read_part(data, part), read_part(after, part), {cell.row})
        check_new_defects(data, after)
        _check_values(path, after, (title, cell.row, cell.column), value, formula)


def _check_values(path, after, place, value, formula) -> None:
    for reader, formulas in ((openpyxl_values, False), (openpyxl_values, True), (calamine_values, False)):
        before = _values_before(path, reader, formulas)
        if before is None:
            continue
        was, now = dict(before), reader(after, **({"formulas": True} if formulas else {}))
        was.pop(place, None)
        seen = now.pop(place, None)
        assert now == was
        if was and not _is_of_the_reader(value, seen):
            assert seen == (f"={formula}" if formulas and formula else value)


def _is_of_the_reader(value, seen) -> bool:
    """A number in a cell formatted as a date; a blank cell with a link, for which openpyxl shows the target."""
    return hasattr(seen, "year") or (value is None and isinstance(seen, str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_cell_set_to_itself_keeps_every_value(path):
    data = path.read_bytes()
    package = Package.open(data)
    for info in package.sheets:
        if info.kind != "worksheet":
            continue
        sheet = package.sheet(info.name)
        for cell in list(sheet.cells()):
            if cell.formula is None and cell.kind in {"number", "text", "boolean"} and cell.value is not None:
                with contextlib.suppress(EditError):  # covered cells and parts of arrays
                    sheet.set(cell.ref, cell.value)
    after = package.to_bytes()
    check_new_defects(data, after)
    for reader in (openpyxl_values, calamine_values):
        assert _trimmed(_read(reader, after)) == _trimmed(_read(reader, data))


def _trimmed(values):
    """Leave aside what the readers disagree on: empty texts, and outer spaces without ``xml:space``."""
    texts = {
        place: value.strip(" ") if isinstance(value, str) else value
        for place, value in (values or {}).items()
    }
    return {place: value for place, value in texts.items() if value != ""}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_tables_grow(path):
    data = path.read_bytes()
    package = Package.open(data)
    for table in package.tables:
        try:
            package.append_rows(table.display_name, [["new"] * len(table.columns)])
        except OoxmlError as error:
            assert error.code.startswith("ooxml.")  # noqa: PT017 - refusing by name is allowed
    check_new_defects(data, package.to_bytes())

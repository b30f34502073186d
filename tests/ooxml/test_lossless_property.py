"""Random packages and random edits: a workbook is what its cells say, before and after, for every reader.

The workbooks come from three writers: openpyxl, XlsxWriter, and one of our own that spells XML in every way the
standard allows (quotes, prefixes, white space, missing references, text in the cell or shared).
"""

from __future__ import annotations

import io
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import Package
from crmbook.ooxml.values import written_number
from tests.ooxml.digits import as_kept
from tests.ooxml.specimens.compare import (
    calamine_values,
    check_members,
    check_new_defects,
    check_rows,
    openpyxl_values,
    read_part,
    sheet_parts,
)
from tests.ooxml.specimens.parts import MAIN, book_parts, zip_parts

COLUMNS, ROWS = 8, 12
PART = "xl/worksheets/sheet1.xml"
AROUND = {PART, "xl/sharedStrings.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"}

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn"), include_characters="\n<>&'\""),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text and not text.startswith("=") and "_x" not in text)
numbers = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(-1e12, 1e12, allow_nan=False).map(as_kept).map(lambda value: round(value, 4) + 0.0),
)
values = st.one_of(numbers, texts, st.booleans())
places = st.tuples(st.integers(1, ROWS), st.integers(1, COLUMNS))
grids = st.dictionaries(places, values, min_size=1, max_size=25)
edits = st.dictionaries(
    st.tuples(st.integers(1, ROWS + 4), st.integers(1, COLUMNS + 3)),
    st.one_of(values, st.none()),
    min_size=1,
    max_size=8,
)
limits = settings(max_examples=60, deadline=None, derandomize=True)


def _name(row: int, column: int) -> str:
    return f"{chr(64 + column)}{row}"


def _by_openpyxl(grid) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = "Sheet1"
    for (row, column), value in grid.items():
        workbook.active.cell(row, column, value)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _by_xlsxwriter(grid) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as workbook:
        sheet = workbook.add_worksheet("Sheet1")
        for (row, column), value in grid.items():
            sheet.write(row - 1, column - 1, value)
    return buffer.getvalue()


class Spelling:
    """One way to write the same worksheet; every choice is drawn.

    Parameters
    ----------
    draw
        Hypothesis's way to draw.
    """

    def __init__(self, draw) -> None:
        self._draw = draw
        self.prefix = draw(st.sampled_from(["", "x:", "工作:"]))
        self.numbered_rows = draw(st.booleans())
        self.numbered_cells = draw(st.booleans())
        self.quote = draw(st.sampled_from(['"', "'"]))
        self.strings: list[str] = []

    def part(self, grid) -> str:
        name = f"xmlns:{self.prefix[:-1]}" if self.prefix else "xmlns"
        rows = sorted({row for row, _ in grid})
        if not self.numbered_rows:
            rows = list(range(1, rows[-1] + 1))
        body = "".join(self.space() + self.row(row, grid) for row in rows)
        start = self._draw(
            st.sampled_from(
                ["", "\ufeff", '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8'?>\n"]
            )
        )
        return (
            f"{start}<{self.prefix}worksheet {name}={self.quote}{MAIN}{self.quote}>"
            f"<{self.prefix}sheetData>{body}{self.space()}</{self.prefix}sheetData></{self.prefix}worksheet>"
        )

    def row(self, row: int, grid) -> str:
        columns = sorted(column for number, column in grid if number == row)
        if columns and not self.numbered_cells:
            columns = list(range(1, columns[-1] + 1))
        cells = "".join(self.space() + self.cell(row, column, grid.get((row, column))) for column in columns)
        attributes = self.attribute("r", str(row)) if self.numbered_rows else ""
        if not cells and self._draw(st.booleans()):
            return f"<{self.prefix}row{attributes}/>"
        return (
            f"<{self.prefix}row{attributes}{self.gap()}>{cells}{self.space()}</{self.prefix}row{self.gap()}>"
        )

    def cell(self, row: int, column: int, value) -> str:
        kind, body = self.content(value)
        attributes = [self.attribute("r", _name(row, column))] if self.numbered_cells else []
        attributes += [self.attribute("t", kind)] if kind else []
        attributes = self._draw(st.permutations(attributes))
        return f"<{self.prefix}c{''.join(attributes)}>{body}</{self.prefix}c>"

    def content(self, value) -> tuple[str, str]:
        p = self.prefix
        if value is None:
            return "", ""
        if isinstance(value, bool):
            return "b", f"<{p}v>{int(value)}</{p}v>"
        if not isinstance(value, str):
            return self._draw(st.sampled_from(["", "n"])), f"<{p}v>{value!r}</{p}v>"
        if self._draw(st.booleans()):
            return "inlineStr", f"<{p}is><{p}t>{self.text(value)}</{p}t></{p}is>"
        self.strings.append(value)
        return "s", f"<{p}v>{len(self.strings) - 1}</{p}v>"

    def text(self, value: str) -> str:
        if "]]>" not in value and self._draw(st.booleans()):
            return f"<![CDATA[{value}]]>"
        return escape(value)

    def attribute(self, name: str, value: str) -> str:
        return f"{self._draw(st.sampled_from([' ', '  ', chr(10)]))}{name}{self.gap()}={self.gap()}{self.quote}{value}{self.quote}"

    def space(self) -> str:
        return self._draw(st.sampled_from(["", "", "", "\n", " ", "<!-- <row> -->", "<?pi x?>"]))

    def gap(self) -> str:
        return self._draw(st.sampled_from(["", "", "", " ", "\t"]))


@st.composite
def spelt(draw):
    """Return a grid and a workbook of it in an odd but valid spelling."""
    grid = draw(grids)
    spelling = Spelling(draw)
    part = spelling.part(grid)
    items = "".join(
        f"<si><t xml:space={quoteattr('preserve')}>{escape(text)}</t></si>" for text in spelling.strings
    )
    parts = book_parts(part, strings=f'<sst xmlns="{MAIN}">{items}</sst>')
    return grid, zip_parts(parts)


def _edit(data: bytes, changes) -> bytes:
    package = Package.open(data)
    for (row, column), value in changes.items():
        package.sheet("Sheet1").set(_name(row, column), value)
    return package.to_bytes()


def _expected(grid, changes):
    merged = {**grid, **changes}
    return {("Sheet1", row, column): value for (row, column), value in merged.items() if value is not None}


def _check(grid, data: bytes, changes) -> None:
    part = sheet_parts(data)["Sheet1"]
    after = _edit(data, changes)
    expected = _expected(grid, changes)
    assert _alike(openpyxl_values(after)) == _alike(expected)
    assert _alike(calamine_values(after)) == _alike(expected)
    ours = {
        ("Sheet1", cell.row, cell.column): cell.value for cell in Package.open(after).sheet("Sheet1").cells()
    }
    assert _alike({place: value for place, value in ours.items() if value is not None}) == _alike(expected)
    check_members(data, after, AROUND | {part})
    check_rows(read_part(data, part), read_part(after, part), {row for row, _ in changes})
    check_new_defects(data, after)


def _alike(cells):
    """Numbers as floats in the digits that are written, so that 1 and 1.0 agree but 1 and True do not."""
    return {
        place: (type(value).__name__, value)
        if isinstance(value, str | bool)
        else float(written_number(float(value)))
        for place, value in cells.items()
    }


@pytest.mark.slow
@given(grids, edits)
@limits
def test_a_workbook_by_openpyxl_holds_exactly_what_was_set(grid, changes):
    _check(grid, _by_openpyxl(grid), changes)


@given(grids, edits)
@limits
def test_a_workbook_by_xlsxwriter_holds_exactly_what_was_set(grid, changes):
    _check(grid, _by_xlsxwriter(grid), changes)


@pytest.mark.slow
@given(spelt(), edits)
@settings(limits, max_examples=120)
def test_a_workbook_in_any_spelling_holds_exactly_what_was_set(written, changes):
    grid, data = written
    _check(grid, data, changes)


@given(spelt())
@limits
def test_a_workbook_in_any_spelling_is_read_as_written(written):
    grid, data = written
    ours = {
        ("Sheet1", cell.row, cell.column): cell.value for cell in Package.open(data).sheet("Sheet1").cells()
    }
    assert _alike({place: value for place, value in ours.items() if value is not None}) == _alike(
        _expected(grid, {})
    )
    assert Package.open(data).to_bytes() == data


@given(grids, st.lists(edits, min_size=2, max_size=4))
@settings(limits, max_examples=30)
def test_edits_one_after_another_end_where_all_at_once_end(grid, rounds):
    data = _by_xlsxwriter(grid)
    package = Package.open(data)
    combined = {}
    step = data
    for changes in rounds:
        step = _edit(step, changes)
        combined.update(changes)
        for (row, column), value in changes.items():
            package.sheet("Sheet1").set(_name(row, column), value)
    assert _alike(openpyxl_values(step)) == _alike(openpyxl_values(package.to_bytes()))
    assert _alike(openpyxl_values(step)) == _alike(_expected(grid, combined))

"""Plain sheets are read in arrays, the others by calamine: what is found is the same to the last bit."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest

from crmbook.ooxml import Package
from crmbook.read.content import Content
from crmbook.read.plainsheet import PlainReader
from crmbook.read.values import Values
from tests.books import built


def _values(data, *, plain):
    package = Package.open(data)
    return package, Values(package, data, plain=plain)


def _found(data, *, plain):
    package, values = _values(data, plain=plain)
    sheets = [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]
    return {name: (_cells(values.grid(name)), values.hidden(name)) for name in sheets}


def _cells(grid):
    columns = [grid.column(column, 0, grid.height).tolist() for column in range(grid.width)]
    cells = {(row, place): value for place, column in enumerate(columns) for row, value in enumerate(column)}
    return {place: (type(value), value) for place, value in cells.items() if value is not None}


def _refuse_different(data):
    plain, slow = _found(data, plain=True), _found(data, plain=False)
    for name, (cells, hidden) in slow.items():
        assert plain[name][0] == cells
        assert plain[name][1].unreadable == hidden.unreadable
        rows = {column: found.tolist() for column, found in hidden.formulas.items()}
        assert {column: found.tolist() for column, found in plain[name][1].formulas.items()} == rows
    assert Content(*_values(data, plain=True)).digest == Content(*_values(data, plain=False)).digest != ""


def _with_row(markup):
    """The sample with `markup` in the place of the row 2 of its last sheet."""
    data = built().data
    name = Package.open(data).sheets[-1].part
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.namelist():
            content = old.read(item)
            if item == name:
                end = content.index(b"</sheetData>")
                content = content[:end] + b'<row r="1200">' + markup.encode() + b"</row>" + content[end:]
            new.writestr(item, content)
    return out.getvalue()


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_built_workbook_is_plain_and_read_alike(lang):
    data = built(lang=lang).data
    package = Package.open(data)
    reader = PlainReader(package)
    worksheets = [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]
    assert all(reader.read(name) for name in worksheets)
    _refuse_different(data)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A1200"><v>1.5e-7</v></c><c r="B1200"><v>-0</v></c><c r="C1200"><v>0.1</v></c>',
        '<c r="A1200"><v>12345678901234567</v></c><c r="Z1200" t="b"><v>1</v></c>',
        '<c r="A1200" t="e"><v>#N/A</v></c><c r="B1200" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="A1200"><f>A1</f></c><c r="B1200"><f>A1</f><v></v></c><c r="C1200" t="str"><f>A1</f><v></v></c>',
        '<c r="A1200" t="str"><f>A1</f><v>a &amp; b_x000a_c</v></c>',
        '<c r="A1200" t="inlineStr"><is><t>in the cell</t></is></c>',
        '<c r="A1200" t="str"><v>a &gt; b > c</v></c><c r="B1200"/>',
        "<c><v>7</v></c><c><v>8</v></c>",
        '<c r="A1200" t="s"><v> 0 </v></c>',
        '<c r="A1200" t="d"><v>2024-02-29</v></c>',
        '<c r="A1200"><f t="shared" ref="A1200:B1200" si="0">1+1</f><v>2</v></c><c r="B1200"><f t="shared" si="0"/><v>2</v></c>',
        '<!-- a note --><c r="A1200"><v>1</v></c>',
    ],
)
def test_unusual_cells_are_read_alike(cells):
    _refuse_different(_with_row(cells))


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "serial", ["1", "59", "60", "61", "45000", "45000.75", "0.5", "0", "-1", "2958465", "3000000"]
)
def test_days_are_those_of_calamine(serial):
    package = Package.open(built().data)
    cells = [
        f'<c r="{letter}1200" s="{style}"><v>{serial}</v></c>'
        for letter, style in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", range(package.styles.count), strict=False)
    ]
    data = _with_row("".join(cells))
    _refuse_different(data)
    if serial == "45000":
        found = _found(data, plain=True)[package.sheets[-1].name][0]
        assert (dt.date, dt.date(2023, 3, 15)) in found.values()

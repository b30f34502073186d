"""Sheets that arrays cannot take and calamine must not be given: read cell by cell, or refused by name."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from crmbook.ooxml import Package
from crmbook.read import ReadError, read_workbook
from crmbook.sync.pipeline import sync_workbook
from tests.books import book_of
from tests.desk import DAY, Desk, members, moved, settled


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exact")
    settled(folder)
    return folder


@pytest.fixture
def desk(source, tmp_path) -> Desk:
    return Desk(moved(source, tmp_path))


def part_of(data: bytes, title: str) -> str:
    return next(sheet.part for sheet in Package.open(data).sheets if sheet.name == title)


def with_sheet(data: bytes, part: str, change) -> bytes:
    """The workbook with one part changed as text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item, change(content.decode()).encode() if item.filename == part else content)
    return out.getvalue()


def added(rows: str):
    return lambda text: text.replace("</sheetData>", f"{rows}</sheetData>")


def in_cell(ref: str, cell: str):
    """Put a cell in the place of another."""
    return lambda text: re.sub(rf'<c r="{ref}"[^>]*?(?:/>|>.*?</c>)', cell, text, count=1)


INLINE = '<row r="1048576"><c r="{}1048576" t="inlineStr"><is><t>x</t></is></c></row>'


@pytest.mark.sample(1)
@pytest.mark.parametrize("column", ["XFD", "XFE", "C"])
def test_one_cell_far_away_costs_no_memory(desk, column):
    data = with_sheet(
        desk.path.read_bytes(), part_of(desk.path.read_bytes(), "客户基本信息"), added(INLINE.format(column))
    )
    snapshot = read_workbook(data, book_of())
    assert snapshot.tables["customers"].frame["customer_id"].tolist() == ["001", "002"]


def test_cells_strewn_over_the_whole_sheet_are_refused_by_name(desk):
    cells = "".join(f'<c r="{a}{b}1048576"><v>1</v></c>' for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJ")
    part = part_of(desk.path.read_bytes(), "客户基本信息")
    for row in (f'<row r="1048576">{cells}</row>', f'<row r="1048576">{cells}</row><!-- odd -->'):
        data = with_sheet(desk.path.read_bytes(), part, added(row))
        with pytest.raises(ReadError) as caught:
            read_workbook(data, book_of())
        assert (caught.value.code, caught.value.params["sheet"]) == ("read.far-cell", "客户基本信息")


@pytest.mark.sample(2)
@pytest.mark.parametrize("stored", ["-1", "abc", "999999", "1.5"])
def test_a_lost_text_is_unknown_and_named_not_the_first_text(desk, stored):
    """Neither a deletion nor somebody else's text; what else was typed there still comes in."""
    ref = desk.ref("customers", "address", 2)
    before = desk.value("customers", "address", 2)
    desk.type("customers", 3, address="上海市徐汇区")
    part = part_of(desk.path.read_bytes(), "客户基本信息")
    data = with_sheet(desk.path.read_bytes(), part, in_cell(ref, f'<c r="{ref}" t="s"><v>{stored}</v></c>'))
    found = read_workbook(data, book_of()).tables["customers"].frame["address"].tolist()
    assert str(found[0]) == stored
    assert found[1] == "上海市徐汇区"
    assert before == "北京市海淀区"


def test_an_error_code_that_nobody_knows_spoils_one_cell_only(desk):
    ref = desk.ref("customers", "address", 2)
    part = part_of(desk.path.read_bytes(), "客户基本信息")
    desk.type("customers", 3, address="上海市徐汇区")
    odd = f'<c r="{ref}" t="e"><v>#</v></c>'

    def change(text: str) -> str:  # a row spelled like this keeps the sheet from being read in arrays
        return in_cell(ref, odd)(text).replace('<row r="3"', '<row  r="3"')

    desk.path.write_bytes(with_sheet(desk.path.read_bytes(), part, change))
    result = sync_workbook(desk.path, DAY)
    assert [issue.code for issue in result.issues if issue.location.cell == ref] == ["value.error-cell"]
    assert result.taken.changed == 1
    assert odd.encode() in members(desk.path)[part]

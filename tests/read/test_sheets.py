"""The sheets of any workbook, as `read_sheets` gives them: cells, and what else is known of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from crmbook.read import ReadError, read_sheets

FILES = Path(__file__).parents[1] / "exchange" / "sources" / "messy"


def book(**cells: object) -> bytes:
    """Return a workbook with some cells."""
    made = openpyxl.Workbook()
    for ref, value in cells.items():
        made.active[ref] = value
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def swapped(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Return a package in which a text of one part is another."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            assert name != part or old in content
            target.writestr(name, content.replace(old, new) if name == part else content)
    return file.getvalue()


def test_columns_begin_with_the_first_and_are_of_one_height():
    (sheet,) = read_sheets(book(B2="甲", C3=1), "xlsx")
    assert sheet.columns == [[None, None, None], [None, "甲", None], [None, None, 1.0]]


def test_a_formula_without_a_value_is_known_beyond_the_last_filled_cell():
    (sheet,) = read_sheets(book(A1="甲", C3="=1+1"), "xlsx")
    assert [len(column) for column in sheet.columns] == [3, 3, 3]
    assert {at: (found.code, found.text) for at, found in sheet.unreadable.items()} == {
        (3, 3): ("value.formula-without-value", "=1+1")
    }


@pytest.mark.parametrize("far", ["XFD1048576", "Z900000"])
def test_a_cell_gone_astray_is_refused(far):
    with pytest.raises(ReadError) as caught:
        read_sheets(book(A1="甲", **{far: "乙"}), "xlsx")
    assert caught.value.code == "read.far-cell"


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_errors_and_hidden_rows_of_formats_that_calamine_alone_reads(kind):
    sheet, other = read_sheets((FILES / f"list.{kind}").read_bytes(), kind)
    assert {at: found.text for at, found in sheet.unreadable.items()} == {(4, 5): "#N/A", (5, 5): "#DIV/0!"}
    assert sheet.hidden_rows == {6}
    assert sorted(sheet.merged) == [(0, 0, 0, 4), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3), (1, 4, 2, 4)]
    assert (sheet.is_hidden, other.is_hidden) == (False, True)
    assert not other.unreadable


@pytest.mark.parametrize(
    "at", [76, 3842, 4084], ids=["panics", "would end the process", "would end it for a cell"]
)
def test_a_damaged_workbook_of_old_is_refused_where_calamine_breaks_down(at):
    data = (FILES / "list.xls").read_bytes()
    with pytest.raises(ReadError) as caught:
        read_sheets(data[:at] + b"\xff" * 4 + data[at + 4 :], "xls")
    assert caught.value.code == "read.unreadable"


def test_cells_that_are_repeated_over_the_whole_sheet_are_refused():
    data = (FILES / "list.ods").read_bytes()
    rows = b'<table:table-row table:style-name="ro1" table:visibility="collapse"'
    data = swapped(data, "content.xml", rows, rows + b' table:number-rows-repeated="1048000"')
    cell = b"<table:table-cell"
    data = swapped(data, "content.xml", cell, cell + b' table:number-columns-repeated="1000"')
    with pytest.raises(ReadError) as caught:
        read_sheets(data, "ods")
    assert caught.value.code == "read.far-cell"


def test_an_entity_bomb_is_refused():
    data = swapped(
        (FILES / "list.ods").read_bytes(),
        "content.xml",
        b"<office:document-content",
        b"<!DOCTYPE a><office:document-content",
    )
    with pytest.raises(ReadError) as caught:
        read_sheets(data, "ods")
    assert caught.value.code == "ooxml.doctype"


def test_a_part_that_unpacks_to_too_much_is_refused_before_calamine_sees_it():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", b"\0" * (32 << 20))
    with pytest.raises(ReadError) as caught:
        read_sheets(file.getvalue(), "ods")
    assert caught.value.code == "ooxml.zip-bomb"

"""Packages with one thing each that other programs read and write: edited so that they still do, or refused by name."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from crmbook.ooxml import CellError, OoxmlError, Package
from crmbook.ooxml.insertion import insert_column
from tests.ooxml import handmade

ROWS = (
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    '<row r="2"><c r="A2"><v>3</v></c><c r="B2"><v>4</v></c></row>'
)
STRINGS_KIND = f"{handmade.RELATIONSHIPS}/sharedStrings"
OVERRIDE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def texts(*indexes: str) -> str:
    """A row of cells that hold shared strings of these indexes."""
    cells = "".join(f'<c r="{"ABCDE"[at]}1" t="s"><v>{index}</v></c>' for at, index in enumerate(indexes))
    return f'<row r="1">{cells}</row>'


def edited(data: bytes, ref: str = "A1", value: object = "改过") -> bytes:
    package = Package.open(data)
    package.sheet("S1").set(ref, value)
    return package.to_bytes()


def with_column(data: bytes) -> bytes:
    package = Package.open(data)
    insert_column(package, "S1", 2)
    return package.to_bytes()


def seen(data: bytes) -> list[list[object]]:
    """What openpyxl and calamine see; they must agree."""
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]]
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [[value if value != "" else None for value in row] for row in theirs] == rows
    return rows


def code_of(edit, data: bytes) -> str:
    with pytest.raises(OoxmlError) as caught:
        edit(data)
    return caught.value.code


def test_a_column_written_with_an_end_tag_keeps_it_when_another_is_inserted():
    columns = '<cols><col min="1" max="3" width="20" customWidth="1"></col></cols>'
    data = with_column(handmade.workbook(handmade.sheet(ROWS, before=columns)))
    assert seen(data) == [[1, None, 2], [3, None, 4]]
    widths = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].column_dimensions
    assert widths["A"].width == 20


def test_a_relationship_to_missing_shared_strings_is_replaced_not_doubled():
    parts = handmade.parts(handmade.sheet(ROWS), strings=[])
    del parts["xl/sharedStrings.xml"]
    data = edited(handmade.zipped(parts))
    assert seen(data)[0] == ["改过", 2]
    assert handmade.member(data, "xl/_rels/workbook.xml.rels").count(STRINGS_KIND) == 1


def test_shared_strings_that_nothing_points_at_are_adopted():
    parts = handmade.parts(handmade.sheet(ROWS), strings=["<si><t>旧</t></si>"])
    parts["xl/_rels/workbook.xml.rels"] = re.sub(
        rf'<Relationship Id="rId91" Type="{STRINGS_KIND}"[^>]*/>', "", parts["xl/_rels/workbook.xml.rels"]
    )
    before = handmade.zipped(parts)
    package = Package.open(before)
    assert package.shared_text(0) == "旧"
    assert package.to_bytes() == before
    data = edited(before)
    assert seen(data)[0] == ["改过", 2]
    assert handmade.member(data, "xl/sharedStrings.xml").count("<si>") == 2
    assert handmade.member(data, "[Content_Types].xml").count(OVERRIDE) == 1


@pytest.mark.parametrize("edit", [edited, with_column])
def test_a_bare_ampersand_is_refused_by_name(edit):
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><is><t>A & B</t></is></c></row>'
    assert code_of(edit, handmade.workbook(handmade.sheet(rows))) == "ooxml.malformed-xml"


@pytest.mark.parametrize("text", ["A &amp; B", "&lt;&#39;&#x27;", "<![CDATA[A & B]]>"])
def test_entities_and_cdata_are_no_bare_ampersands(text):
    rows = f'<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    assert seen(edited(handmade.workbook(handmade.sheet(rows))))[0][0] == "改过"


@pytest.mark.parametrize("edit", [edited, with_column])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_text_before_the_root_element_is_refused_by_name(edit, part):
    parts = handmade.parts(handmade.sheet(ROWS))
    parts[part] = parts[part].replace("<w", "text<w", 1)
    assert code_of(edit, handmade.zipped(parts)) == "ooxml.malformed-xml"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"]
)
def test_a_part_in_utf_16_is_read_and_edited(encoding, part):
    parts: dict[str, str | bytes] = {**handmade.parts(handmade.sheet(ROWS))}
    written = str(parts[part]).replace('encoding="UTF-8"', 'encoding="UTF-16"')
    parts[part] = written.encode(encoding)
    before = handmade.zipped(parts)
    package = Package.open(before)
    assert [cell.value for cell in package.sheet("S1").cells()] == [1, 2, 3, 4]
    assert package.to_bytes() == before
    again = Package.open(edited(before))
    assert again.sheet("S1").cell("A1").value == "改过"
    if encoding == "utf-16":  # the others lack the mark that XML asks for, and openpyxl minds
        assert openpyxl.load_workbook(io.BytesIO(again.to_bytes())).worksheets[0]["A1"].value == "改过"


def test_a_row_for_each_cell_is_read_and_not_edited():
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="B1"><v>2</v></c></row>'
    data = handmade.workbook(handmade.sheet(rows))
    assert [cell.value for cell in Package.open(data).sheet("S1").cells()] == [1, 2]
    assert code_of(edited, data) == "ooxml.row-order"


@pytest.mark.parametrize("index", ["3", "-1", "abc", "99999999999"])
def test_a_text_that_is_lost_is_an_error_and_never_becomes_another(index):
    strings = [f"<si><t>{text}</t></si>" for text in "abc"]
    data = handmade.workbook(handmade.sheet(texts("0", index)), strings=strings)
    cells = list(Package.open(data).sheet("S1").cells())
    assert [cell.value for cell in cells] == ["a", CellError(index)]
    with pytest.raises(OoxmlError) as caught:
        edited(data, "C1")
    assert (caught.value.code, caught.value.params["ref"]) == ("ooxml.lost-text", "B1")
    assert Package.open(edited(data, "C1", 5)).sheet("S1").cell("C1").value == 5  # a number adds no text
    assert Package.open(edited(data, "C1", "b")).sheet("S1").cell("C1").value == "b"  # nor does a known one


@pytest.mark.parametrize("is_related", [True, False])
def test_cells_whose_shared_strings_are_gone_take_no_new_text(is_related):
    parts = handmade.parts(handmade.sheet(texts("0", "1")), strings=[])
    del parts["xl/sharedStrings.xml"]
    if not is_related:
        parts["xl/_rels/workbook.xml.rels"] = re.sub(
            rf'<Relationship Id="rId91" Type="{STRINGS_KIND}"[^>]*/>', "", parts["xl/_rels/workbook.xml.rels"]
        )
    data = handmade.zipped(parts)
    assert code_of(lambda data: edited(data, "C1"), data) == "ooxml.lost-text"
    cells = list(Package.open(data).sheet("S1").cells())
    assert [cell.kind for cell in cells] == ["error", "error"]


@pytest.mark.office
def test_libreoffice_opens_all_that_can_be_edited(office, tmp_path):
    """One of each of the packages above, at one start of the program."""
    parts: dict[str, dict[str, str | bytes]] = {
        name: {**handmade.parts(handmade.sheet(ROWS), strings=[])}
        for name in ("dangling", "orphan", "utf-16")
    }
    del parts["dangling"]["xl/sharedStrings.xml"]
    links = str(parts["orphan"]["xl/_rels/workbook.xml.rels"])
    parts["orphan"]["xl/_rels/workbook.xml.rels"] = re.sub(
        rf'<Relationship Id="rId91" Type="{STRINGS_KIND}"[^>]*/>', "", links
    )
    book = str(parts["utf-16"]["xl/workbook.xml"]).replace('encoding="UTF-8"', 'encoding="UTF-16"')
    parts["utf-16"]["xl/workbook.xml"] = book.encode("utf-16")
    columns = '<cols><col min="1" max="3" width="20" customWidth="1"></col></cols>'
    packages = {name: handmade.zipped(one) for name, one in parts.items()}
    packages["end-tag"] = with_column(handmade.workbook(handmade.sheet(ROWS, before=columns)))
    paths = [tmp_path / f"{name}.xlsx" for name in packages]
    for path in paths:
        path.write_bytes(edited(packages[path.stem]))
    for copy in office.recalculate(*paths, out_dir=tmp_path / "opened"):
        [cells] = office.read_values(copy).values()
        last = "C2" if copy.stem == "end-tag" else "B2"
        assert (cells["A1"], cells[last]) == ("改过", 4), copy.stem

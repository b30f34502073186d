"""The linter: silent on sound workbooks, and each defect planted into one is named with its code."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from tests import ooxml_lint
from tests.ooxml.specimens.parts import MOMENT, book, change, sheet_xml, swap, unzip_parts
from tests.ooxml_lint import lint

SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK = "xl/workbook.xml"
TABLE = "xl/tables/table1.xml"
TYPES = "[Content_Types].xml"


def rich_book() -> bytes:
    """Return a sound workbook that holds one of everything the linter looks at."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        red = workbook.add_format({"bg_color": "#FFC7CE"})
        sheet = workbook.add_worksheet("客户")
        other = workbook.add_worksheet("Other")
        sheet.add_table(
            "A1:C4",
            {
                "name": "Customers",
                "columns": [
                    {"header": "ID"},
                    {"header": "Name"},
                    {"header": "Score", "formula": "=LEN(Customers[[#This Row],[Name]])"},
                ],
                "data": [["C1", "王芳", 2], ["C2", "Li", 2], ["C3", "x", 2]],
            },
        )
        sheet.set_column("A:A", 12)
        sheet.set_column("B:B", 20, day)
        sheet.data_validation("B2:B4", {"validate": "list", "source": ["甲", "乙"], "input_title": "Pick"})
        sheet.conditional_format("C2:C4", {"type": "cell", "criteria": ">", "value": 1, "format": red})
        sheet.conditional_format("C2:C4", {"type": "data_bar"})
        sheet.merge_range("E1:F2", "merged")
        sheet.merge_range("E4:F4", "again")
        sheet.write_url("G1", "internal:'Other'!A1")
        sheet.write_url("G2", "https://example.org/")
        sheet.write_comment("G3", "a note")
        sheet.write_formula("H1", "=SUM(Customers[Score])+Other!A1", None, 6)
        sheet.write_array_formula("H2:H3", "{=ROW(A1:A2)}", None, 1)
        sheet.write_boolean("I1", True)
        sheet.write_datetime("I2", date(2024, 1, 5), day)
        sheet.set_header("&Ltext")
        sheet.ignore_errors({"number_stored_as_text": "A2:A4"})
        sheet.freeze_panes(1, 0)
        other.autofilter("A1:B3")
        other.write("A1", 7)
        workbook.define_name("as_of", "=Other!$A$1")
        workbook.set_custom_property("book id", "b1")
        workbook.set_custom_property("export", 3)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def sound() -> bytes:
    return rich_book()


def test_a_sound_workbook_has_no_defect(sound):
    assert lint(sound) == []


def test_a_workbook_is_read_from_a_path(sound, tmp_path):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(sound)
    assert lint(path) == lint(str(path)) == []


# code, part, what stands there, what is planted instead
PLANTED = [
    ("active-tab", WORKBOOK, "<workbookView ", '<workbookView activeTab="9" '),
    ("cell-order", SHEET, '<c r="G1"', '<c r="B1"'),
    ("cell-reference", SHEET, '<c r="I1"', '<c r="1I"'),
    ("cell-row", SHEET, '<c r="I1"', '<c r="I3"'),
    ("cell-style", SHEET, '<c r="I1"', '<c r="I1" s="99"'),
    ("cell-type", SHEET, '<c r="I1" t="b"', '<c r="I1" t="bool"'),
    ("cell-value", SHEET, '<c r="I1" t="b"><v>1', '<c r="I1" t="b"><v>yes'),
    ("cell-value", SHEET, "<v>6</v>", "<v>6,5</v>"),
    ("column-order", SHEET, '<col min="2" max="2"', '<col min="1" max="2"'),
    ("column-range", SHEET, '<col min="2" max="2"', '<col min="2" max="16385"'),
    ("column-style", SHEET, '<col min="1"', '<col style="77" min="1"'),
    ("column-width", SHEET, 'width="12.7109375"', 'width="300"'),
    ("comment-author", "xl/comments1.xml", 'authorId="0"', 'authorId="4"'),
    ("comment-reference", "xl/comments1.xml", 'ref="G3"', 'ref="G0"'),
    ("comment-duplicate", "xl/comments1.xml", "</commentList>", '<comment ref="G3" authorId="0"/></commentList>'),
    ("comment-shape", SHEET, '<legacyDrawing r:id="rId2"/>', ""),
    ("content-type-dangling", TYPES, "</Types>", '<Override PartName="/xl/no.xml" ContentType="a/b"/></Types>'),
    ("content-type-duplicate", TYPES, "</Types>", '<Default Extension="rels" ContentType="a/b"/></Types>'),
    ("content-type-missing", TYPES, '<Default Extension="vml"', '<Default Extension="vmx"'),
    ("content-type-wrong", TYPES, "spreadsheetml.table+xml", "spreadsheetml.tables+xml"),
    ("count", SHEET, '<mergeCells count="2"', '<mergeCells count="3"'),
    ("count", SHEET, '<dataValidations count="1"', '<dataValidations count="2"'),
    ("differential-style", SHEET, 'dxfId="0"', 'dxfId="5"'),
    ("doctype", SHEET, "<worksheet", "<!DOCTYPE worksheet><worksheet"),
    ("element-order", SHEET, "<sheetData>", "<sheetData/><sheetViews/><sheetData>"),
    ("element-repeated", SHEET, "<sheetData>", "<sheetData/><sheetData>"),
    ("element-unknown", SHEET, "<sheetData>", "<sheetDatum/><sheetData>"),
    ("element-unknown", SHEET, "</row>", "<x/></row>"),
    ("empty-list", SHEET, "<sheetData>", "<cols/><sheetData>"),
    ("formula-column", SHEET, "Customers[Score]", "Customers[Points]"),
    ("formula-column", TABLE, "[Name]", "[Nom]"),
    ("formula-empty", SHEET, "<f>SUM(Customers[Score])+Other!A1</f>", "<f></f>"),
    ("formula-long", SHEET, "+Other!A1", "+1" * 5000),
    ("formula-prefix", SHEET, "SUM(Customers", "MAXIFS(Customers"),
    ("formula-range", SHEET, 'ref="H2:H3"', 'ref="H2:"'),
    ("array-range", SHEET, 'ref="H2:H3"', 'ref="H1:H3"'),
    ("formula-sheet", SHEET, "+Other!A1", "+Another!A1"),
    ("formula-sheet", SHEET, "+Other!A1", "+'An Other'!A1"),
    ("formula-sheet", WORKBOOK, "Other!$A$1", "Gone!$A$1"),
    ("formula-syntax", SHEET, "+Other!A1", "+(Other!A1"),
    ("formula-syntax", SHEET, "+Other!A1", '+"open'),
    ("formula-table", SHEET, "Customers[Score]", "Clients[Score]"),
    ("header-long", SHEET, "&amp;Ltext", "&amp;L" + "x" * 300),
    ("hyperlink-location", SHEET, "'Other'!A1", "'Another'!A1"),
    ("hyperlink-range", SHEET, '<hyperlink ref="G2"', '<hyperlink ref="G"'),
    ("hyperlink-long", SHEET, '<hyperlink ref="G2"', f'<hyperlink tooltip="{"x" * 256}" ref="G2"'),
    ("malformed-xml", SHEET, "</sheetData>", "</sheetdata>"),
    ("merge-overlap", SHEET, 'ref="E4:F4"', 'ref="F2:F4"'),
    ("merge-range", SHEET, 'ref="E4:F4"', 'ref="E4"'),
    ("merge-table", SHEET, 'ref="E4:F4"', 'ref="C4:F4"'),
    ("name-duplicate", WORKBOOK, "</definedNames>", '<definedName name="AS_OF">1</definedName></definedNames>'),
    ("name-like-cell", WORKBOOK, 'name="as_of"', 'name="CRM2024"'),
    ("name-like-cell", WORKBOOK, 'name="as_of"', 'name="R1C1"'),
    ("name-scope", WORKBOOK, 'name="as_of"', 'name="as_of" localSheetId="7"'),
    ("name-syntax", WORKBOOK, 'name="as_of"', 'name="as of"'),
    ("no-sheets", WORKBOOK, "<sheets>", "<x><sheets></x><sheets>"),
    ("no-visible-sheet", WORKBOOK, "sheetId=", 'state="hidden" sheetId='),
    ("number-format", "xl/styles.xml", "</numFmts>", '<numFmt numFmtId="164" formatCode="0"/></numFmts>'),
    ("property-id", "docProps/custom.xml", 'pid="3"', 'pid="2"'),
    ("property-name", "docProps/custom.xml", 'name="export"', 'name="Book ID"'),
    ("property-value", "docProps/custom.xml", "<vt:i4>3<", "<vt:i4>three<"),
    ("reference", SHEET, '<dimension ref="', '<dimension ref="?'),
    ("relationship-duplicate", "xl/_rels/workbook.xml.rels", 'Id="rId2"', 'Id="rId1"'),
    ("relationship-target", "xl/_rels/workbook.xml.rels", "styles.xml", "stiles.xml"),
    ("relationship-unknown", SHEET, 'r:id="rId1"', 'r:id="rId11"'),
    ("row-height", SHEET, '<row r="2"', '<row r="2" ht="500"'),
    ("row-order", SHEET, '<row r="2"', '<row r="1"'),
    ("row-range", SHEET, '<row r="4"', '<row r="1048577"'),
    ("row-style", SHEET, '<row r="2"', '<row r="2" s="50"'),
    ("rule-formula", SHEET, "<formula>1</formula>", ""),
    ("rule-priority", SHEET, 'priority="1"', 'priority="0"'),
    ("rule-priority-duplicate", SHEET, 'priority="2"', 'priority="1"'),
    ("rule-range", SHEET, '<conditionalFormatting sqref="C2:C4"', '<conditionalFormatting sqref="C2;C4"'),
    ("rule-type", SHEET, 'type="cellIs"', 'type="cellIz"'),
    ("sheet-id", WORKBOOK, 'sheetId="2"', 'sheetId="1"'),
    ("sheet-name-character", WORKBOOK, 'name="Other"', 'name="Oth/er"'),
    ("sheet-name-character", WORKBOOK, 'name="Other"', 'name="Other\'"'),
    ("sheet-name-duplicate", WORKBOOK, 'name="Other"', 'name="客户"'),
    ("sheet-name-length", WORKBOOK, 'name="Other"', f'name="{"客" * 32}"'),
    ("sheet-name-reserved", WORKBOOK, 'name="Other"', 'name="History"'),
    ("sheet-part", WORKBOOK, 'r:id="rId2"', 'r:id="rId3"'),
    ("string-index", SHEET, '<c r="A1" t="s"><v>0', '<c r="A1" t="s"><v>4000'),
    ("style-pointer", "xl/styles.xml", 'fontId="1"', 'fontId="9"'),
    ("table-column-id", TABLE, '<tableColumn id="2"', '<tableColumn id="1"'),
    ("table-columns", TABLE, '<tableColumns count="3">', '<tableColumns count="4">'),
    ("table-filter", TABLE, '<autoFilter ref="A1:C4"', '<autoFilter ref="A1:D4"'),
    ("filter-column", TABLE, '<autoFilter ref="A1:C4"/>', '<autoFilter ref="A1:C4"><filterColumn colId="3"/></autoFilter>'),
    ("table-header", TABLE, 'name="Name"', 'name="Full name"'),
    ("table-header-duplicate", TABLE, 'name="Name"', 'name="id"'),
    ("table-header-length", TABLE, 'name="Name"', 'name=""'),
    ("table-id", TABLE, ' id="1" name="Customers"', ' id="0" name="Customers"'),
    ("table-name-duplicate", WORKBOOK, 'name="as_of"', 'name="customers"'),
    ("name-like-cell", TABLE, 'displayName="Customers"', 'displayName="CRM1"'),
    ("name-syntax", TABLE, 'displayName="Customers"', 'displayName="Cust omers"'),
    ("table-part", SHEET, '<tablePart r:id="rId3"/>', ""),
    ("table-range", TABLE, 'ref="A1:C4"', 'ref="A1:C"'),
    ("table-rows", TABLE, 'ref="A1:C4"', 'ref="A1:C1"'),
    ("text-long", "xl/sharedStrings.xml", "<t>Name</t>", f"<t>{'x' * 32768}</t>"),
    ("undeclared-prefix", SHEET, "<worksheet ", '<worksheet xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '),
    ("validation-formula", SHEET, '<formula1>"甲,乙"</formula1>', ""),
    ("validation-list-long", SHEET, '"甲,乙"', f'"{"甲," * 128}乙"'),
    ("validation-range", SHEET, 'sqref="B2:B4"', 'sqref="B2,B4"'),
    ("validation-text-long", SHEET, 'promptTitle="Pick"', f'promptTitle="{"x" * 33}"'),
    ("validation-text-long", SHEET, 'promptTitle="Pick"', f'error="{"x" * 256}"'),
    ("validation-type", SHEET, 'type="list"', 'type="lists"'),
    ("view-reference", SHEET, 'topLeftCell="A2"', 'topLeftCell="A0"'),
    ("view-window", SHEET, 'workbookViewId="0"', 'workbookViewId="3"'),
    ("view-zoom", SHEET, 'workbookViewId="0"', 'zoomScale="5" workbookViewId="0"'),
]  # fmt: skip


@pytest.mark.sample(94)
@pytest.mark.parametrize(("code", "part", "old", "new"), PLANTED)
def test_a_planted_defect_is_named(sound, code, part, old, new):
    everywhere = code == "no-visible-sheet"
    plant = (lambda data: data.replace(old.encode(), new.encode())) if everywhere else swap(old, new)
    if code == "no-sheets":
        plant = lambda data: (
            data[: data.index(b"<sheets>")] + b"<sheets/>" + data[data.index(b"</sheets>") + 9 :]
        )
    found = lint(change(sound, {part: plant}))
    assert f"lint.{code}" in {defect.code for defect in found}


def _shared(second: str) -> bytes:
    rows = f'<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">1+1</f><v>2</v></c></row>{second}'
    return book(sheet_xml(rows))


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("shared-master", _shared('<row r="2"><c r="A2"><f t="shared" si="1"/><v>2</v></c></row>')),
        ("shared-range", _shared('<row r="3"><c r="A3"><f t="shared" si="0"/><v>2</v></c></row>')),
    ],
)
def test_shared_formulas_need_their_master(code, data):
    assert [defect.code for defect in lint(data)] == [f"lint.{code}"]


def test_a_sound_shared_formula_passes():
    assert lint(_shared('<row r="2"><c r="A2"><f t="shared" si="0"/><v>2</v></c></row>')) == []


def test_the_calculation_chain_names_only_formula_cells():
    chain = (
        '<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<c r="A1" i="1"/><c r="B1"/></calcChain>'
    )
    data = book(
        sheet_xml('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><v>2</v></c></row>'),
        extra={"xl/calcChain.xml": chain},
        types={"xl/calcChain.xml": "calcChain+xml"},
        book_rels=(("rId9", "calcChain", "calcChain.xml"),),
    )
    assert [(defect.code, defect.place) for defect in lint(data)] == [("lint.calc-chain", "1!B1")]


def test_tables_must_not_overlap_nor_share_a_name():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.add_table("A1:B3", {"name": "One"})
        sheet.add_table("D1:E3", {"name": "Two"})
    plant = {
        "xl/tables/table2.xml": lambda data: data.replace(b"D1:E3", b"B1:C3").replace(b'"Two"', b'"one"')
    }
    codes = {defect.code for defect in lint(change(buffer.getvalue(), plant))}
    assert {"lint.table-overlap", "lint.table-name-duplicate"} <= codes


def _again(data: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr(zipfile.ZipInfo(name, MOMENT), content)
    return buffer.getvalue()


def test_a_duplicate_member_is_named(sound):
    codes = {defect.code for defect in lint(_again(sound, SHEET, unzip_parts(sound)[SHEET]))}
    assert codes == {"lint.duplicate-member"}


def test_a_member_outside_the_package_is_named(sound):
    assert {defect.code for defect in lint(change(sound, {"../evil.xml": b"<a/>"}))} == {"lint.member-name"}


def test_zip64_records_that_are_not_needed_are_named():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in unzip_parts(book()).items():
            with package.open(zipfile.ZipInfo(name, MOMENT), "w", force_zip64=True) as member:
                member.write(content)
    assert {defect.code for defect in lint(buffer.getvalue())} == {"lint.zip64-not-needed"}


def test_a_damaged_member_is_named(sound):
    with zipfile.ZipFile(io.BytesIO(sound)) as package:
        info = package.getinfo("xl/theme/theme1.xml")
    name_size, extra_size = struct.unpack_from("<HH", sound, info.header_offset + 26)
    at = info.header_offset + 30 + name_size + extra_size + info.compress_size // 2
    damaged = sound[:at] + bytes([sound[at] ^ 0xFF]) + sound[at + 1 :]
    assert "lint.member-damaged" in {defect.code for defect in lint(damaged)}


def test_a_local_header_that_disagrees_is_named(sound):
    at = sound.index(b"xl/theme/theme1.xml")
    assert "lint.local-header" in {defect.code for defect in lint(sound[:at] + b"X" + sound[at + 1 :])}


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"not a zip at all", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600]
)
def test_what_is_no_package_is_named(data):
    assert [defect.code for defect in lint(data)] == ["lint.not-a-package"]


def test_a_zip_bomb_is_not_unpacked():
    data = change(book(), {"xl/bomb.bin": b"\0" * (70 << 20)})
    assert [defect.code for defect in lint(data)] == ["lint.too-large"]


def test_a_package_without_a_workbook_is_named(sound):
    found = lint(change(sound, {"_rels/.rels": swap("xl/workbook.xml", "xl/notebook.xml")}))
    assert "lint.workbook-missing" in {defect.code for defect in found}


def test_content_types_must_be_there(sound):
    assert "lint.content-types-missing" in {defect.code for defect in lint(change(sound, {TYPES: None}))}


def test_relationships_of_a_missing_part_are_named(sound):
    rels = unzip_parts(sound)["_rels/.rels"]
    codes = {defect.code for defect in lint(change(sound, {"xl/worksheets/_rels/sheet9.xml.rels": rels}))}
    assert "lint.relationship-orphan" in codes


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("code", "element", "count"),
    [
        ("too-many-hyperlinks", "<hyperlinks>{}</hyperlinks>", 65_531),
        ("too-many-validations", "<dataValidations>{}</dataValidations>", 65_535),
    ],
)
def test_lists_that_are_too_long_are_named(code, element, count):
    item = {"too-many-hyperlinks": '<hyperlink ref="A1" location="A1"/>'}.get(
        code, '<dataValidation sqref="A1"/>'
    )
    found = lint(book(sheet_xml(after=element.format(item * count))))
    assert [defect.code for defect in found] == [f"lint.{code}"]


def test_too_many_cell_formats_are_named():
    formats = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' * 65_500
    found = lint(change(book(), {"xl/styles.xml": swap("</cellXfs>", f"{formats}</cellXfs>")}))
    assert [defect.code for defect in found] == ["lint.too-many-styles"]


def test_every_code_is_planted_somewhere():
    source, linter = Path(__file__), Path(ooxml_lint.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in linter.glob("*.py")]
    codes = {code for text in texts for code in re.findall(r'"lint\.([a-z0-9-]+)"', text)}
    assert len(codes) > 60
    assert {code for code in codes if code not in source.read_text(encoding="utf-8")} == set()


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(A1:B2)",
        "SUM(客户!A1,'客户'!B2)",
        "SUM('客户:Other'!A1)+SUM(客户:Other!A1)",
        "Other!A1:Other!B2",
        "[1]Elsewhere!A1+'C:\\x\\[y.xlsx]Z'!A1+[0]!name",
        '"MAXIFS( [open"&A1',
        "Customers[[#This Row],[Name]]&Customers[@Name]&Customers[[#All],[ID]:[Name]]&Customers[#Headers]",
        "_xlfn.MAXIFS(A:A,B:B,1)",
        "IF(#REF!=1,{1,2;3,4},#N/A)",
        "客户!$A$1+Other!#REF!",
        "Sales.Total+\\name+_x1",
    ],
)  # fmt: skip
def test_formulas_that_excel_reads_pass(sound, formula):
    escaped = formula.replace("&", "&amp;").replace("<", "&lt;")
    plant = swap("<f>SUM(Customers[Score])+Other!A1</f>", f"<f>{escaped}</f>")
    assert lint(change(sound, {SHEET: plant})) == []

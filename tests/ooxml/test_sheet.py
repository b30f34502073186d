"""Worksheets: cells read as stored, edits spliced in, all other rows untouched."""

import datetime as dt
import io
import math

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import CellError, EditError, Formula, OoxmlError, Package, PartError
from tests.ooxml import handmade
from tests.ooxml.digits import as_kept
from tests.ooxml.handmade import first_sheet, sheet

ROWS = (
    '<row r="1" spans="1:3"><c r="A1"><v>1</v></c><c r="C1" s="3"><v>3.5</v></c></row>'
    '<row r="3" ht="30"><c r="B3" t="b"><v>1</v></c></row>'
    '<row r="5"/>'
)


def opened(rows=ROWS, before="", after="", **options):
    return Package.open(handmade.workbook(sheet(rows, before, after), **options))


def rows_of(package):
    text = first_sheet(package.to_bytes())
    return text.split("<sheetData>")[1].rsplit("</sheetData>", 1)[0]


def edited(rows, *edits, **options):
    package = opened(rows, **options)
    for ref, value, *keywords in edits:
        package.sheet("S1").set(ref, value, **(keywords[0] if keywords else {}))
    return rows_of(package)


def refused(code, act):
    with pytest.raises(OoxmlError) as caught:
        act()
    assert caught.value.code == code
    return caught.value


class TestReading:
    @pytest.mark.parametrize(
        ("cell", "kind", "value", "formula"),
        [
            ('<c r="A1"><v>5</v></c>', "number", 5, None),
            ('<c r="A1"><v>-0.25</v></c>', "number", -0.25, None),
            ('<c r="A1"><v>1E+20</v></c>', "number", 1e20, None),
            ('<c r="A1" t="n"><v> 7 </v></c>', "number", 7, None),
            ('<c r="A1" t="s"><v>0</v></c>', "text", "plain", None),
            ('<c r="A1" t="s"><v>1</v></c>', "text", "rich text", None),
            ('<c r="A1" t="s"><v>2</v></c>', "text", "東京", None),
            ('<c r="A1" t="s"><v>3</v></c>', "text", "a\x01b_x0041_\r\n", None),
            ('<c r="A1" t="s"><v>4</v></c>', "text", "", None),
            ('<c r="A1" t="s"><v>99</v></c>', "error", CellError("99"), None),
            ('<c r="A1" t="inlineStr"><is><t>in</t></is></c>', "text", "in", None),
            (
                '<c r="A1" t="inlineStr"><is><r><t>i</t></r><r><t xml:space="preserve"> n</t></r></is></c>',
                "text",
                "i n",
                None,
            ),
            ('<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', "text", "ab", '"a"&"b"'),
            ('<c r="A1" t="str"><f>""</f><v></v></c>', "text", "", '""'),
            ('<c r="A1" t="str"><f>""</f></c>', "blank", None, '""'),
            ('<c r="A1"><f>1+1</f></c>', "blank", None, "1+1"),
            ('<c r="A1"><f>1+1</f><v>2</v></c>', "number", 2, "1+1"),
            ('<c r="A1" t="b"><v>1</v></c>', "boolean", True, None),
            ('<c r="A1" t="b"><v>0</v></c>', "boolean", False, None),
            ('<c r="A1" t="e"><v>#N/A</v></c>', "error", CellError("#N/A"), None),
            ('<c r="A1" t="d"><v>2024-03-05</v></c>', "date", dt.date(2024, 3, 5), None),
            (
                '<c r="A1" t="d"><v>2024-03-05T06:07:08</v></c>',
                "date",
                dt.datetime.fromisoformat("2024-03-05T06:07:08"),
                None,
            ),
            ('<c r="A1" t="d"><v>soon</v></c>', "error", CellError("soon"), None),
            ('<c r="A1" s="1"><v>45000</v></c>', "date", dt.date(2023, 3, 15), None),
            (
                '<c r="A1" s="2"><v>45000.5</v></c>',
                "date",
                dt.datetime.fromisoformat("2023-03-15T12:00"),
                None,
            ),
            ('<c r="A1" s="1"><v>59</v></c>', "date", dt.date(1900, 2, 28), None),
            ('<c r="A1" s="1"><v>61</v></c>', "date", dt.date(1900, 3, 1), None),
            ('<c r="A1" s="1"><v>60</v></c>', "number", 60, None),
            ('<c r="A1" s="1"><v>-1</v></c>', "number", -1, None),
            ('<c r="A1" s="1"><v>1e300</v></c>', "number", 1e300, None),
            ('<c r="A1" s="3"/>', "blank", None, None),
            ('<c r="A1"><v/></c>', "blank", None, None),
            ('<c r="A1"><v>NaN</v></c>', "error", CellError("NaN"), None),
            ('<c r="A1"><v>1_0</v></c>', "error", CellError("1_0"), None),
            ('<c r="A1" t="odd"><v>1</v></c>', "error", CellError("1"), None),
            ("<c><v>5</v></c>", "number", 5, None),
            ("<c r='A1'><v>5</v></c>", "number", 5, None),
            ('<c r="A1"><v><![CDATA[5]]></v></c>', "number", 5, None),
            ('<c r="A1"><!-- five --><v>5</v></c>', "number", 5, None),
            ('<c r="A1" odd="1>0"><v>5</v></c>', "number", 5, None),
            ('<c r = "A1" ><v>5</v></c >', "number", 5, None),
            ('<c r="A1" t="str"><v>_x4E2D_</v></c>', "text", "中", None),
        ],
    )
    def test_cell(self, cell, kind, value, formula):
        strings = [
            "<si><t>plain</t></si>",
            '<si><r><rPr><b/></rPr><t>rich</t></r><r><t xml:space="preserve"> text</t></r></si>',
            '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>',
            "<si><t>a_x0001_b_x005F_x0041__x000D_\n</t></si>",
            "<si/>",
        ]
        package = opened(f'<row r="1">{cell}</row>', strings=strings)
        (found,) = package.sheet("S1").cells()
        assert (found.ref, found.kind, found.value, found.formula) == ("A1", kind, value, formula)
        assert type(found.value) is type(value)

    def test_a_cell_that_is_not_stored_is_blank(self):
        cell = opened().sheet("S1").cell("ZZ99")
        assert (cell.ref, cell.kind, cell.value, cell.row, cell.column) == ("ZZ99", "blank", None, 99, 702)

    def test_rows_and_cells_without_places(self):
        package = opened(
            '<row><c><v>1</v></c><c><v>2</v></c></row><row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row><row><c/></row>'
        )
        assert [cell.ref for cell in package.sheet("S1").cells()] == ["A1", "B1", "C5", "D5", "A6"]

    def test_rows_and_columns_can_be_chosen(self):
        found = opened().sheet("S1").cells(rows={1, 3}, columns={2, 3})
        assert [cell.ref for cell in found] == ["C1", "B3"]

    @pytest.mark.parametrize("date1904", [True, False])
    def test_date_system(self, date1904):
        package = opened(
            '<row r="1"><c r="A1" s="1"><v>1</v></c></row>',
            workbook='<workbookPr date1904="1"/>' if date1904 else "",
        )
        assert package.date1904 is date1904
        assert package.sheet("S1").cell("A1").value == (
            dt.date(1904, 1, 2) if date1904 else dt.date(1900, 1, 1)
        )

    def test_shared_formula_members_show_their_own(self):
        package = opened(
            '<row r="2"><c r="B2"><f t="shared" ref="B2:C3" si="0">A$1+A2</f><v>1</v></c><c r="C2"><f t="shared" si="0"/><v>2</v></c></row>'
            '<row r="3"><c r="B3"><f t="shared" si="0"/><v>3</v></c></row>'
        )
        found = {cell.ref: (cell.formula, cell.formula_kind) for cell in package.sheet("S1").cells()}
        assert found == {"B2": ("A$1+A2", "shared"), "C2": ("B$1+B2", "shared"), "B3": ("A$1+A3", "shared")}

    def test_array_formula(self):
        package = opened('<row r="1"><c r="A1"><f t="array" ref="A1:A2">B1:B2*2</f><v>2</v></c></row>')
        cell = package.sheet("S1").cell("A1")
        assert (cell.formula, cell.formula_kind) == ("B1:B2*2", "array")

    @pytest.mark.parametrize(
        "rows",
        [
            '<row r="1"><c r="A1"><v>1</v></row>',
            '<row r="1"><c r="A1"><v>1</v></c>text</row>',
            '<row r="1"><c r="A2"><v>1</v></c></row>',
            '<row r="1"><c r="??"><v>1</v></c></row>',
        ],
    )
    def test_malformed_row(self, rows):
        with pytest.raises(PartError):
            list(opened(rows).sheet("S1").cells())

    @pytest.mark.parametrize(
        "text",
        ["<worksheet/>", f'<worksheet xmlns="{handmade.MAIN}"><sheetData><row r="1">', "<a>" * 10, "x"],
    )
    def test_malformed_sheet(self, text):
        package = Package.open(handmade.workbook(text))
        with pytest.raises(PartError):
            list(package.sheet("S1").cells())


class TestEditing:
    def test_untouched_rows_keep_their_bytes(self):
        rows = edited(ROWS, ("B3", 7))
        assert rows == ROWS.replace('<c r="B3" t="b"><v>1</v></c>', '<c r="B3"><v>7</v></c>')

    @pytest.mark.parametrize(
        ("value", "markup"),
        [
            (7, '<c r="C1" s="3"><v>7</v></c>'),
            (7.0, '<c r="C1" s="3"><v>7</v></c>'),
            (0.1, '<c r="C1" s="3"><v>0.1</v></c>'),
            (1e22, '<c r="C1" s="3"><v>1e+22</v></c>'),
            (True, '<c r="C1" s="3" t="b"><v>1</v></c>'),
            (None, '<c r="C1" s="3"/>'),
            (CellError("#N/A"), '<c r="C1" s="3" t="e"><v>#N/A</v></c>'),
            (dt.date(2023, 3, 15), '<c r="C1" s="3"><v>45000</v></c>'),
            (dt.datetime.fromisoformat("2023-03-15T12:00"), '<c r="C1" s="3"><v>45000.5</v></c>'),
            ("王芳", '<c r="C1" s="3" t="s"><v>0</v></c>'),
        ],
    )
    def test_value_keeps_the_style(self, value, markup):
        assert markup in edited(ROWS, ("C1", value))

    def test_formula_with_its_value(self):
        rows = edited(
            ROWS,
            ("A1", 3, {"formula": "=1+2"}),
            ("B1", "a<b", {"formula": '"a<"&"b"'}),
            ("C1", None, {"formula": "C2"}),
        )
        assert '<c r="A1"><f>1+2</f><v>3</v></c>' in rows
        assert '<c r="B1" t="str"><f>"a&lt;"&amp;"b"</f><v>a&lt;b</v></c>' in rows
        assert '<c r="C1" s="3"><f>C2</f></c>' in rows

    def test_new_cells_stand_in_order(self):
        rows = edited(ROWS, ("B1", 2), ("E1", 5), ("D1", 4))
        assert [part.split('"')[0] for part in rows.split('<row r="3"')[0].split('r="')[2:]] == [
            "A1",
            "B1",
            "C1",
            "D1",
            "E1",
        ]
        assert 'spans="1:5"' in rows

    def test_new_rows_stand_in_order(self):
        rows = edited(ROWS, ("A2", 2), ("A4", 4), ("A9", 9))
        assert [part.split('"')[0] for part in rows.split('<row r="')[1:]] == ["1", "2", "3", "4", "5", "9"]

    def test_row_without_inside_is_opened(self):
        assert '<row r="5"><c r="B5"><v>1</v></c></row>' in edited(ROWS, ("B5", 1))

    def test_empty_sheet(self):
        package = Package.open(
            handmade.workbook(sheet("").replace("<sheetData></sheetData>", "<sheetData/>"))
        )
        package.sheet("S1").set("B2", 1)
        assert rows_of(package) == '<row r="2"><c r="B2"><v>1</v></c></row>'

    def test_blanking_what_is_not_there_writes_nothing(self):
        assert edited(ROWS, ("A9", None), ("F1", None)) == ROWS

    def test_style_can_be_given(self):
        assert '<c r="A1" s="2"><v>5</v></c>' in edited(ROWS, ("A1", 5, {"style": 2}))

    @pytest.mark.parametrize(
        ("rows", "before", "ref", "style"),
        [
            ('<row r="1"><c r="A1" s="3"/></row><row r="2"><c r="B2"/></row>', "", "A2", 3),
            ('<row r="1"><c r="A1" s="3"/></row>', "", "A2", 3),
            ('<row r="1"><c r="A1" s="3"/></row>', "", "A3", None),
            (
                '<row r="1"><c r="A1" s="3"/></row>',
                '<cols><col min="1" max="2" width="9" style="2"/></cols>',
                "A3",
                2,
            ),
            (
                '<row r="1"><c r="B1"/></row>',
                '<cols><col min="1" max="2" width="9" style="2"/></cols>',
                "A2",
                2,
            ),
            (
                '<row r="1" s="1" customFormat="1"></row>',
                '<cols><col min="1" max="2" style="2"/></cols>',
                "A1",
                1,
            ),
            ('<row r="1" s="1"></row>', "", "A1", None),
            ('<row r="1" s="1" customFormat="false"></row>', "", "A1", None),
        ],
    )
    def test_where_a_new_cell_takes_its_style(self, rows, before, ref, style):
        package = opened(rows, before)
        package.sheet("S1").set(ref, 5)
        assert package.sheet("S1").cell(ref).style == (style or 0)

    def test_no_style_is_taken_from_a_header(self):
        rows = '<row r="1"><c r="A1" s="3" t="s"><v>0</v></c></row>'
        package = opened(rows, strings=["<si><t>h</t></si>"], tables=[handmade.table("A1:A2", ["h"])])
        package.sheet("S1").set("A2", 5)
        assert package.sheet("S1").cell("A2").style == 0

    def test_what_describes_the_old_value_goes(self):
        rows = '<row r="1"><c r="A1" s="3" t="e" vm="1" cm="2" ph="1"><v>#VALUE!</v></c><c r="B1" vm="2"><v>1</v></c></row>'
        assert (
            edited(rows, ("A1", 5))
            == '<row r="1"><c r="A1" s="3"><v>5</v></c><c r="B1" vm="2"><v>1</v></c></row>'
        )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('<dimension ref="A1:C5"/>', '<dimension ref="A1:E9"/>'),
            ("<dimension ref='A1'/>", "<dimension ref='A1:E9'/>"),
            ("", ""),
            ('<dimension ref="odd"/>', '<dimension ref="odd"/>'),
        ],
    )
    def test_dimension_grows(self, before, after):
        package = opened(before=before)
        package.sheet("S1").set("E9", 1)
        assert f"{after}<sheetData>" in first_sheet(package.to_bytes())

    def test_dimension_stays_when_a_cell_inside_changes(self):
        package = opened(before='<dimension ref="A1:C5"/>')
        package.sheet("S1").set("A1", 9)
        package.sheet("S1").set("Z99", None)
        assert '<dimension ref="A1:C5"/>' in first_sheet(package.to_bytes())

    def test_clear_row_keeps_row_and_styles(self):
        package = opened(ROWS)
        package.sheet("S1").clear_row(1)
        assert rows_of(package) == ROWS.replace("<v>1</v></c>", "</c>", 1).replace(
            '<c r="A1"></c>', '<c r="A1"/>'
        ).replace('<c r="C1" s="3"><v>3.5</v></c>', '<c r="C1" s="3"/>')

    def test_clear_row_of_some_columns(self):
        package = opened(ROWS)
        package.sheet("S1").clear_row(1, columns=range(1, 3))
        assert [cell.value for cell in package.sheet("S1").cells(rows={1})] == [None, 3.5]

    def test_clearing_rows_takes_back_what_was_set(self):
        package = opened(ROWS)
        package.sheet("S1").set("D3", 5)
        package.sheet("S1").clear_rows({3, 5, 9})
        assert rows_of(package) == ROWS.replace('<c r="B3" t="b"><v>1</v></c>', '<c r="B3"/>')

    def test_clearing_is_all_or_nothing(self):
        rows = (
            ROWS
            + '<row r="6"><c r="A6"><v>1</v></c><c r="B6"><f t="array" ref="B6:C6">1</f><v>1</v></c></row>'
        )
        package = opened(rows)
        refused("ooxml.array-formula", lambda: package.sheet("S1").clear_row(6))
        assert rows_of(package) == rows

    def test_cached_value_alone(self):
        rows = '<row r="1"><c r="A1" s="1"><f ca="1">NOW()</f><v>1</v></c><c r="B1"><v>1</v></c></row>'
        package = opened(rows)
        package.sheet("S1").set_cached("A1", 2)
        package.sheet("S1").set_cached("B1", "x")
        assert (
            rows_of(package)
            == '<row r="1"><c r="A1" s="1"><f ca="1">NOW()</f><v>2</v></c><c r="B1" t="s"><v>0</v></c></row>'
        )

    def test_date_1904(self):
        package = opened(workbook='<workbookPr date1904="true"/>')
        package.sheet("S1").set("C1", dt.date(1904, 1, 2))
        assert '<c r="C1" s="3"><v>1</v></c>' in rows_of(package)


class TestOddSpellings:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            (
                '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>\n<x:row r="2"><x:c r="A2"><x:v>2</x:v></x:c></x:row>',
                True,
            ),
            (
                "<x:row r='1'><x:c r='A1'><x:v>1</x:v></x:c></x:row><x:row r='2'><x:c r='A2'><x:v>2</x:v></x:c></x:row>",
                True,
            ),
            ("<x:row><x:c><x:v>1</x:v></x:c></x:row><x:row><x:c><x:v>2</x:v></x:c></x:row>", True),
            (
                "<!-- <x:row r='9'> --><x:row r='1'><x:c r='A1'><x:v>1</x:v></x:c></x:row><x:row r='2'><x:c r='A2'><x:v>2</x:v></x:c></x:row>",
                True,
            ),
        ],
    )
    def test_prefixed_sheet(self, text, kept):
        before = (
            f'\ufeff<x:worksheet xmlns:x="{handmade.MAIN}"><x:sheetData>{text}</x:sheetData></x:worksheet>'
        )
        package = Package.open(handmade.workbook(before))
        assert [cell.value for cell in package.sheet("S1").cells()] == [1, 2]
        package.sheet("S1").set("A2", "new")
        package.sheet("S1").set("B3", 4)
        after = first_sheet(package.to_bytes())
        assert (
            after.startswith(before[: before.index("2</x:v>") - len("<x:row r='2'><x:c r='A2'><x:v>") - 1])
            is kept
        )
        assert (
            '<x:c r="A2" t="s"><x:v>0</x:v></x:c></x:row><x:row r="3"><x:c r="B3"><x:v>4</x:v></x:c></x:row></x:sheetData>'
            in after
        )
        assert [cell.value for cell in Package.open(package.to_bytes()).sheet("S1").cells()] == [1, "new", 4]

    @pytest.mark.parametrize("odd", ["<!-- </sheetData> -->", "<?pi <row r='7'/> ?>", "<!-- > -->"])
    def test_comments_between_rows(self, odd):
        rows = (
            f'{odd}<row r="1"><c r="A1"><v>1</v></c></row>{odd}<row r="2"><c r="A2"><v>2</v></c></row>{odd}'
        )
        changed = edited(rows, ("A2", 5))
        assert changed.startswith(
            f'{odd}<row r="1"><c r="A1"><v>1</v></c></row>{odd}<row r="2"><c r="A2"><v>5</v></c></row>'
        )

    def test_cdata_row_is_made_plain_only_when_edited(self):
        rows = '<row r="1"><c r="A1"><v><![CDATA[1]]></v></c></row><row r="2"><c r="A2"><v><![CDATA[2]]></v></c><c r="B2"><v>3</v></c></row>'
        assert edited(rows, ("B2", 5)) == rows.replace("<![CDATA[2]]>", "2").replace(">3<", ">5<")

    def test_strict_workbook(self):
        strict = {
            name: text.replace(handmade.MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
                handmade.RELATIONSHIPS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
            )
            for name, text in handmade.parts(sheet(ROWS)).items()
        }
        package = Package.open(handmade.zipped(strict))
        package.sheet("S1").set("A1", "text")
        package.set_property("book", "x")
        data = package.to_bytes()
        assert handmade.RELATIONSHIPS not in handmade.member(data, "xl/_rels/workbook.xml.rels")
        assert "purl.oclc.org" in handmade.member(data, "xl/sharedStrings.xml")
        again = Package.open(data)
        assert again.sheet("S1").cell("A1").value == "text"
        assert again.properties == {"book": "x"}

    def test_rows_out_of_order_are_read_and_not_edited(self):
        rows = '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
        package = opened(rows)
        assert [cell.ref for cell in package.sheet("S1").cells()] == ["A3", "A2"]
        package.sheet("S1").set("A2", 5)
        refused("ooxml.row-order", package.to_bytes)

    def test_cells_out_of_order_are_read_and_not_edited(self):
        package = opened('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>')
        assert [cell.ref for cell in package.sheet("S1").cells()] == ["B1", "A1"]
        package.sheet("S1").set("A1", 5)
        refused("ooxml.cell-order", package.to_bytes)

    def test_row_extension_survives(self):
        rows = '<row r="1"><c r="A1"><v>1</v><extLst><ext uri="x"/></extLst></c><extLst><ext uri="y"/></extLst></row>'
        assert edited(rows, ("B1", 2)) == rows.replace("</c><extLst>", '</c><c r="B1"><v>2</v></c><extLst>')

    def test_white_space_between_rows_survives(self):
        rows = (
            '\n  <row r="1">\n    <c r="A1">\n <v>1</v></c>\n  </row>\n  <row r="2">\n <c r="A2"/>\n</row>\n'
        )
        assert edited(rows, ("A2", 2)) == rows.replace('<c r="A2"/>', '<c r="A2"><v>2</v></c>')


class TestRefusedEdits:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (math.nan, "ooxml.not-finite"),
            (math.inf, "ooxml.not-finite"),
            (10**400, "ooxml.not-finite"),
            ("a\x00", "ooxml.illegal-character"),
            ("\ud800", "ooxml.illegal-character"),
            ("\uffff", "ooxml.illegal-character"),
            ("x" * 32_768, "ooxml.text-too-long"),
            ("😀" * 16_384, "ooxml.text-too-long"),
            (object(), "ooxml.unsupported-value"),
            (b"bytes", "ooxml.unsupported-value"),
            (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "ooxml.date-with-zone"),
            (dt.date(1899, 12, 31), "ooxml.date-out-of-range"),
        ],
    )
    def test_value(self, value, code):
        package = opened()
        data = package.to_bytes()
        refused(code, lambda: package.sheet("S1").set("A1", value))
        assert package.to_bytes() == data

    @pytest.mark.parametrize("ref", ["", "A0", "A1048577", "XFE1", "1A", "A1:B2", "R1C1", "A-1"])
    def test_reference(self, ref):
        refused("ooxml.bad-reference", lambda: opened().sheet("S1").set(ref, 1))

    def test_longest_text(self):
        package = opened()
        package.sheet("S1").set("A1", "x" * 32_767)
        assert len(package.sheet("S1").cell("A1").value) == 32_767

    def test_long_formula(self):
        refused("ooxml.formula-too-long", lambda: opened().sheet("S1").set("A1", 1, formula="1" * 8193))

    @pytest.mark.parametrize(
        ("ref", "fits"), [("B2", True), ("C2", False), ("B3", False), ("D2", True), ("B100", False)]
    )
    def test_merged_cells(self, ref, fits):
        package = opened(
            after='<mergeCells count="2"><mergeCell ref="B2:C3"/><mergeCell ref="A90:B200"/></mergeCells>'
        )
        if fits:
            package.sheet("S1").set(ref, 1)
        else:
            refused("ooxml.merged-cell", lambda: package.sheet("S1").set(ref, 1))

    @pytest.mark.parametrize(
        ("formula", "fits"),
        [
            ('t="array" ref="A1:B2"', False),
            ('t="array" ref="A1"', True),
            ('t="dataTable" ref="A1:B2" dt2D="1" r1="D1" r2="D2"', False),
        ],
    )
    @pytest.mark.parametrize("ref", ["A1", "B2"])
    def test_array_and_data_table_formulas(self, formula, fits, ref):
        package = opened(
            f'<row r="1"><c r="A1"><f {formula}>C1</f><v>1</v></c></row><row r="2"><c r="B2"><v>1</v></c></row>'
        )
        if fits:
            package.sheet("S1").set(ref, 1)
        else:
            refused("ooxml.array-formula", lambda: package.sheet("S1").set(ref, 1))
        package.sheet("S1").set("D9", 1)


class TestSharedFormulas:
    ROWS = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}" s="3">'
        + ('<f t="shared" ref="B2:B5" si="0">A2*2</f>' if row == 2 else '<f t="shared" si="0"/>')
        + f"<v>{row * 2}</v></c></row>"
        for row in range(2, 6)
    )

    def formulas(self, package):
        return {cell.ref: cell.formula for cell in package.sheet("S1").cells() if cell.column == 2}

    def test_overwriting_a_member_changes_nothing_else(self):
        rows = edited(self.ROWS, ("B4", 1))
        assert rows == self.ROWS.replace('<f t="shared" si="0"/><v>8</v>', "<v>1</v>")

    def test_overwriting_the_master_promotes_the_next(self):
        rows = edited(self.ROWS, ("B2", 1))
        expected = self.ROWS.replace('<f t="shared" ref="B2:B5" si="0">A2*2</f><v>4</v>', "<v>1</v>")
        expected = expected.replace(
            '<f t="shared" si="0"/><v>6</v>', '<f t="shared" si="0" ref="B3:B5">A3*2</f><v>6</v>'
        )
        assert rows == expected

    def test_the_next_may_be_overwritten_too(self):
        package = opened(self.ROWS)
        for ref in ("B2", "B3"):
            package.sheet("S1").set(ref, 1)
        assert '<f t="shared" si="0" ref="B4:B5">A4*2</f>' in rows_of(package)
        assert self.formulas(package) == {"B2": None, "B3": None, "B4": "A4*2", "B5": "A5*2"}

    def test_all_overwritten(self):
        package = opened(self.ROWS)
        for row in range(2, 6):
            package.sheet("S1").set(f"B{row}", row)
        assert "<f" not in rows_of(package)

    def test_refreshing_values_keeps_the_group(self):
        package = opened(self.ROWS)
        for row in range(2, 6):
            package.sheet("S1").set_cached(f"B{row}", row)
        assert rows_of(package).count("shared") == 4

    def test_the_promoted_may_have_a_new_value(self):
        package = opened(self.ROWS)
        package.sheet("S1").set("B2", 1)
        package.sheet("S1").set_cached("B3", 66)
        assert '<f t="shared" si="0" ref="B3:B5">A3*2</f><v>66</v>' in rows_of(package)

    def test_promotion_in_two_steps(self):
        package = opened(self.ROWS)
        for ref in ("B2", "B3", "B4"):
            package.sheet("S1").set(ref, 1)
            package.flush()
        assert self.formulas(package)["B5"] == "A5*2"

    def test_numbers_used_again(self):
        again = (
            self.ROWS.replace('r="', 'r="1')
            .replace("B2:B5", "B12:B15")
            .replace("A2*2", "A12*3")
            .replace('r="1A', 'r="A1')
            .replace('r="1B', 'r="B1')
        )
        package = opened(self.ROWS + again)
        package.sheet("S1").set("B2", 0)
        assert self.formulas(package)["B3"] == "A3*2"
        assert self.formulas(package)["B13"] == "A13*3"


class TestCalculationChain:
    def package(self):
        parts = handmade.parts(
            sheet('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><v>1</v></c></row>')
        )
        parts["xl/calcChain.xml"] = f'<calcChain xmlns="{handmade.MAIN}"><c r="A1" i="1"/></calcChain>'
        rels = parts["xl/_rels/workbook.xml.rels"]
        link = f'<Relationship Id="rId77" Type="{handmade.RELATIONSHIPS}/calcChain" Target="calcChain.xml"/>'
        parts["xl/_rels/workbook.xml.rels"] = rels.replace("</Relationships>", link + "</Relationships>")
        override = '<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", override + "</Types>")
        return Package.open(handmade.zipped(parts))

    def test_goes_when_a_formula_goes(self):
        package = self.package()
        package.sheet("S1").set("A1", 5)
        data = package.to_bytes()
        for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
            assert "calcChain" not in handmade.member(data, name)
        with pytest.raises(KeyError):
            handmade.member(data, "xl/calcChain.xml")

    @pytest.mark.parametrize("edit", [("B1", 5, None), ("A1", 5, "2+3")])
    def test_stays_otherwise(self, edit):
        package = self.package()
        package.sheet("S1").set(edit[0], edit[1], formula=edit[2])
        assert "A1" in handmade.member(package.to_bytes(), "xl/calcChain.xml")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(as_kept),
    st.text(
        st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=20
    ),
    st.sampled_from(["a\nb", " x ", "_x0041_", "=1+1", "<&>\"'", "\t", "😀", "\x01", "\r\n"]),
    st.sampled_from([CellError("#N/A"), CellError("#DIV/0!")]),
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.dictionaries(st.tuples(st.integers(1, 12), st.integers(1, 30)), VALUES, max_size=25), st.data())
def test_what_is_written_is_read(cells, data):
    package = opened(ROWS)
    written = {}
    for (row, column), value in cells.items():
        ref = f"{openpyxl.utils.get_column_letter(column)}{row}"
        formula = data.draw(st.sampled_from([None, "1+1"]))
        package.sheet("S1").set(ref, value, formula=formula)
        written[ref] = (value, formula)
    again = Package.open(package.to_bytes()).sheet("S1")
    found = {cell.ref: cell for cell in again.cells()}
    for ref, (value, formula) in written.items():
        cell = found.pop(ref, None) or again.cell(ref)
        assert (cell.value, cell.formula) == (value, formula)
        assert isinstance(cell.value, str) == isinstance(value, str)
    for ref, cell in found.items():
        assert cell == opened(ROWS).sheet("S1").cell(ref)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 8), st.integers(0, 99)), max_size=40))
def test_openpyxl_agrees(edits):
    package = opened(ROWS)
    expected = {(1, 1): 1, (1, 3): 3.5, (3, 2): True}
    for row, column, value in edits:
        package.sheet("S1").set(f"{openpyxl.utils.get_column_letter(column)}{row}", value)
        expected[row, column] = value
    book = openpyxl.load_workbook(io.BytesIO(package.to_bytes()))
    found = {
        (cell.row, cell.column): cell.value
        for row in book["S1"].iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert found == expected


def test_large_sheet_is_spliced_in_blocks(monkeypatch):
    from crmbook.ooxml import body

    monkeypatch.setattr(body, "_BLOCK", 500)
    monkeypatch.setattr(body, "CACHED", 1000)
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 5000))
    package = opened(rows)
    for row in (1, 17, 2500, 4999, 6000):
        package.sheet("S1").set(f"A{row}", -row)
    expected = rows
    for row in (1, 17, 2500, 4999):
        expected = expected.replace(f'<c r="A{row}"><v>{row}</v>', f'<c r="A{row}"><v>-{row}</v>')
    assert rows_of(package) == expected + '<row r="6000"><c r="A6000"><v>-6000</v></c></row>'
    assert package.sheet("S1").cell("A2500").value == -2500


HOSTILE = 200_000


@pytest.mark.sample(12)
@pytest.mark.parametrize(
    "rows",
    [
        "<row><c>" + "<v>" * HOSTILE + "</c></row>",
        "<row><c>" + "<f>" * HOSTILE + "</c></row>",
        '<row><c t="inlineStr">' + "<is>" * HOSTILE + "</c></row>",
        '<row><c t="inlineStr"><is>' + "<rPh>" * HOSTILE + "<t>" * HOSTILE + "</is></c></row>",
        "<row>" + "<c>" * HOSTILE,
        "<row>" * HOSTILE,
        "<rowX>" * HOSTILE,
        "<row " * HOSTILE,
        "<c>" * HOSTILE,
        "<!--" * HOSTILE,
        "<!-- -->" * HOSTILE + "<row" * HOSTILE,
        "</sheetDat" * HOSTILE,
        "<row><extLst>" * HOSTILE,
        '<row r="1">' + '<c r="A1"/>' * 20_000,
    ],
)
def test_hostile_markup_ends_soon(rows):
    package = opened(rows)
    try:
        list(package.sheet("S1").cells())
        package.sheet("S1").set("A1", 1)
        package.to_bytes()
    except OoxmlError:
        pass


@pytest.mark.parametrize(
    "items", ["<si>", "<si><t>", "<si></si><rPh>", "</si>", "<si/><si>", "<!--", "<si><rPh>"]
)
def test_hostile_strings_end_soon(items):
    package = opened('<row><c t="s"><v>0</v></c></row>', strings=[items * HOSTILE])
    try:
        list(package.sheet("S1").cells())
        package.sheet("S1").set("A1", "x")
        package.to_bytes()
    except OoxmlError:
        pass


def test_formula_value_may_be_given_to_appended_rows_only_as_formula():
    with pytest.raises(EditError):
        opened().sheet("S1").set("A1", Formula("1+1", 2))


def heightened(rows, points):
    package = opened(rows)
    package.sheet("S1").set("A3", "long")
    package.sheet("S1").set_height(3, points)
    return rows_of(package)


@pytest.mark.parametrize(
    ("before", "points", "after"),
    [
        ("", 45.0, ' ht="45"'),
        (' ht="30"', 45.0, ' ht="45"'),
        (' ht="30"', None, ""),
        (' ht="30" customHeight="1"', 45.0, ' ht="30" customHeight="1"'),
        (' ht="30" customHeight="0"', 45.5, ' customHeight="0" ht="45.5"'),
    ],
)
@pytest.mark.parametrize("content", ["", '<c r="B3"><v>1</v></c>'])
def test_an_edited_row_gets_its_height_unless_a_person_set_one(before, points, after, content):
    row = f'<row r="3"{before}>{content}</row>' if content else f'<row r="3"{before}/>'
    assert f'<row r="3"{after}><c r="A3"' in heightened(row, points)


def test_a_row_that_is_not_edited_keeps_its_height():
    package = opened()
    package.sheet("S1").set("A1", 2)
    package.sheet("S1").set_height(3, 60)
    assert '<row r="3" ht="30">' in rows_of(package)

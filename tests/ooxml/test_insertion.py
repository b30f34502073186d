"""One column inserted into a worksheet: everything that was tied to the cells goes with them, and nothing else."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import (
    ColumnLook,
    EditError,
    MissingError,
    NewColumn,
    Package,
    insert_column,
    insert_columns,
)
from crmbook.ooxml.columnshift import ColumnShift
from crmbook.ooxml.formulatext import with_sheet_titles, with_table_references
from tests.office import recalculate, run_macro_script
from tests.ooxml import handmade
from tests.ooxml.handmade import first_sheet, member, sheet
from tests.ooxml.specimens import SPECIMENS
from tests.ooxml_lint import lint

COLUMNS = ("编号", "姓名", "金额", "折后", "备注")


def rich_workbook():
    """A workbook in which nearly everything is tied to cells: table, rules, names, chart, comments, another sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    data, other = book.add_worksheet("数据"), book.add_worksheet("It's a sum")
    bold = book.add_format({"bold": True, "bg_color": "#DDEEFF"})
    for row in range(1, 21):
        data.write_row(row, 0, [f"A{row}", f"客户{row}", row * 10])
        data.write(row, 4, f"备注 {row}", bold if row % 5 == 0 else None)
        data.write_formula(row, 6, f"=SUM(C{row + 1}:D{row + 1})+$C$2", None, row * 10 * 1.8 + 10)
    columns = [{"header": name} for name in COLUMNS]
    columns[3]["formula"] = "=账目[[#This Row],[金额]]*0.8"
    data.add_table(0, 0, 20, 4, {"name": "账目", "columns": columns})
    data.set_column(0, 0, 9)
    data.set_column(1, 3, 15, bold)
    data.set_column(5, 9, 7, None, {"hidden": True})
    data.freeze_panes(1, 2)
    data.merge_range(22, 1, 22, 5, "合并", bold)
    data.write_url(23, 2, "internal:'It''s a sum'!B2", string="去")
    data.write_comment(0, 3, "折后金额")
    data.write_comment(0, 0, "编号")
    data.data_validation(1, 2, 99, 2, {"validate": "custom", "value": "=AND(C2>0,$D2<1000)"})
    data.data_validation(1, 4, 99, 4, {"validate": "list", "source": "='It''s a sum'!$A$1:$A$3"})
    data.conditional_format(
        1, 0, 99, 4, {"type": "formula", "criteria": '=AND(A$1<>"",$C2>50)', "format": bold}
    )
    data.conditional_format(1, 3, 99, 3, {"type": "data_bar", "data_bar_2010": True})
    data.add_sparkline(1, 8, {"range": "数据!C2:D2"})
    data.set_v_pagebreaks([1, 3])
    data.print_area(0, 0, 20, 4)
    data.repeat_columns(0, 1)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "=数据!$B$2:$B$9", "values": "=数据!$D$2:$D$9"})
    data.insert_chart(3, 10, chart)
    other.write_column(0, 0, ["甲", "乙", "丙"])
    other.write_formula(0, 1, "=SUM(数据!C2:C21)", None, 2100)
    other.write_formula(1, 1, "=SUM(数据!$A:$D)+C1", None, 3780)
    other.write_formula(2, 1, "=SUM(账目[折后])+LOG10(100)", None, 1682)
    other.write_formula(3, 1, '=INDEX(数据!B2:D21,3,2)&"数据!C2"', None, "30数据!C2")
    other.autofilter(0, 0, 3, 1)
    book.define_name("金额区", "=数据!$C$2:$C$21")
    book.define_name("总计", "=SUM(数据!$C$2:$D$21)")
    book.close()
    return out.getvalue()


RICH = rich_workbook()


def inserted(data, title, at, *args, **options):
    package = Package.open(data)
    insert_column(package, title, at, NewColumn(*args, **options))
    return package.to_bytes()


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cells(data, title, *, values=False):
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=values)
    return {
        (cell.row, cell.column): cell.value
        for row in book[title].iter_rows()
        for cell in row
        if cell.value is not None
    }


class TestText:
    SHIFT = ColumnShift("数据", 3, ("首页", "数据", "It's a sum"))

    @pytest.mark.parametrize(
        ("formula", "moved"),
        [
            ("C2", "D2"),
            ("B2+$C$2*c2", "B2+$D$2*D2"),
            ("SUM(A:B)+SUM($B:$C)", "SUM(A:B)+SUM($B:$D)"),
            ("SUM(1:5)+C1048576", "SUM(1:5)+D1048576"),
            ("SUM(A1:XFD9)+XFD1", "SUM(A1:XFD9)+#REF!"),
            ('"C2"&C2&"a""C3"', '"C2"&D2&"a""C3"'),
            ("LOG10(C2)+ATAN2(C2,D2)", "LOG10(D2)+ATAN2(D2,E2)"),
            ("数据!C2:D3+首页!C2", "数据!D2:E3+首页!C2"),
            ("'数据'!$C$2+'It''s a sum'!C2", "'数据'!$D$2+'It''s a sum'!C2"),
            ("[1]数据!C2+'[x.xlsx]数据'!C2", "[1]数据!C2+'[x.xlsx]数据'!C2"),
            ("账目[[#This Row],[C2]]+账目[C2]", "账目[[#This Row],[C2]]+账目[C2]"),
            ("CRM2024+CRM2024x+C_2+名C2+1E5+C2.5x", "CRN2024+CRM2024x+C_2+名C2+1E5+C2.5x"),
            ("C1048577+XFE2+ABCD1", "C1048577+XFE2+ABCD1"),
            ("C2#+IF(C2,D2):E2 C2:INDEX(C:C,2)", "D2#+IF(D2,E2):F2 D2:INDEX(D:D,2)"),
            ("#REF!+数据!#REF!", "#REF!+数据!#REF!"),
        ],
    )
    def test_references_move(self, formula, moved):
        assert self.SHIFT.formula(formula, "数据") == moved

    def test_on_another_sheet_only_what_names_the_sheet(self):
        assert self.SHIFT.formula("C2+数据!C2", "首页") == "C2+数据!D2"
        assert self.SHIFT.formula("C2", None) == "C2"

    def test_relative_columns_of_names_stay(self):
        assert self.SHIFT.formula("数据!$C2+数据!C$2", None, absolute_only=True) == "数据!$D2+数据!C$2"

    def test_a_span_over_the_sheet_is_refused(self):
        with pytest.raises(EditError) as caught:
            self.SHIFT.formula("SUM('首页:It''s a sum'!C2)", "首页")
        assert caught.value.code == "ooxml.insert-span"
        assert ColumnShift("首页", 1, self.SHIFT.order).formula("SUM('数据:It''s a sum'!C2)", "首页")

    @given(
        st.integers(1, 16383),
        st.integers(1, 50),
        st.integers(1, 16384),
        st.integers(1, 50),
        st.integers(1, 16384),
    )
    @settings(derandomize=True, deadline=None, max_examples=200)
    def test_ranges_grow_by_what_goes_inside(self, at, top, left, bottom, right):
        from crmbook.ooxml.refs import Area

        area = Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
        moved = ColumnShift("S", at, ("S",)).area(area)
        width = area.right - area.left + 1
        around = area.left < at <= area.right and area.right < 16384
        assert moved.right - moved.left + 1 in {width + around, width, max(width - 1, 1)}
        assert str(moved) == ColumnShift("S", at, ("S",)).ref(str(area)) or area.is_cell or moved.is_cell

    def test_titles_and_tables_by_new_names(self):
        formula = "SUM(旧!A1,'旧'!B2,旧!名)+旧[列]+\"旧!A1\"+旧表!A1"
        assert with_sheet_titles(formula, "旧", "新 表") == (
            "SUM('新 表'!A1,'新 表'!B2,'新 表'!名)+旧[列]+\"旧!A1\"+旧表!A1"
        )
        assert with_table_references("旧[列]+旧!A1", lambda table, columns: f"新{columns}") == "新[列]+旧!A1"


class TestSheet:
    def test_values_and_formulas_go_along(self):
        data = inserted(RICH, "数据", 4, "新列")
        assert lint(data) == []
        before, after = cells(RICH, "数据", values=True), cells(data, "数据", values=True)
        assert {(row, column + (column >= 4)): value for (row, column), value in before.items()} | {
            (1, 4): "新列"
        } == after
        assert cells(data, "数据")[2, 8] == "=SUM(C2:E2)+$C$2"
        assert cells(data, "It's a sum")[2, 2] == "=SUM(数据!$A:$E)+C1"

    @pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 7, 12, 300])
    def test_clean_wherever_it_goes(self, at):
        data = inserted(RICH, "数据", at)
        assert lint(data) == []
        package = Package.open(data)
        table = package.table("账目")
        assert table.columns == tuple(name for name in COLUMNS if at > 5 or at == 1 or name) or at in {
            2,
            3,
            4,
            5,
        }
        assert (table.area.left, table.area.right) == (1 + (at == 1), 5 + (at <= 5))

    def test_a_table_takes_a_column_at_its_edges(self):
        left = Package.open(inserted(RICH, "数据", 1, "左", "账目")).table("账目")
        right = Package.open(inserted(RICH, "数据", 6, "右", "账目")).table("账目")
        assert (left.columns, left.ref) == (("左", *COLUMNS), "A1:F21")
        assert (right.columns, right.ref) == ((*COLUMNS, "右"), "A1:F21")

    def test_furniture_goes_along(self):
        package = Package.open(inserted(RICH, "数据", 3))
        assert [(one.sqref, one.formula1) for one in package.validations("数据")] == [
            ("D2:D100", "AND(D2>0,$E2<1000)"),
            ("F2:F100", "'It''s a sum'!$A$1:$A$3"),
        ]
        rules = package.conditional_formats("数据")
        assert [(one.sqref, one.formulas) for one in rules] == [
            ("A2:F100", ('AND(A$1<>"",$D2>50)',)),
            ("E2:E100", ()),
        ]
        names = {(one.name, one.sheet): one.formula for one in package.defined_names}
        assert names["金额区", None] == "数据!$D$2:$D$21"
        assert names["_xlnm.Print_Area", "数据"] == "数据!$A$1:$F$21"
        assert names["_xlnm.Print_Titles", "数据"] == "数据!$A:$B"
        text = member(package.to_bytes(), "xl/worksheets/sheet1.xml")
        assert '<mergeCell ref="B23:G23"/>' in text
        assert '<pane xSplit="2" ySplit="1" topLeftCell="D2"' in text
        assert "<xm:f>数据!D2:E2</xm:f><xm:sqref>J2</xm:sqref>" in text
        assert '<brk id="1" max="1048575" man="1"/><brk id="4"' in text

    def test_drawings_comments_and_charts_go_along(self):
        data = inserted(RICH, "数据", 3)
        assert "数据!$E$2:$E$9" in member(data, "xl/charts/chart1.xml")
        assert "<xdr:col>11</xdr:col>" in member(data, "xl/drawings/drawing1.xml")
        assert '<comment ref="A1"' in member(data, "xl/comments1.xml")
        assert '<comment ref="E1"' in member(data, "xl/comments1.xml")
        vml = member(data, "xl/drawings/vmlDrawing1.vml")
        assert "<x:Column>4</x:Column>" in vml
        assert "<x:Column>0</x:Column>" in vml

    def test_looks_like_its_left_neighbour_or_as_asked(self):
        plain = openpyxl.load_workbook(io.BytesIO(inserted(RICH, "数据", 6)))["数据"]
        assert plain["F6"].font.bold
        assert not plain["F7"].font.bold
        look = ColumnLook(33, hidden=True, style=1, header_style=0)
        asked = openpyxl.load_workbook(io.BytesIO(inserted(RICH, "数据", 3, "新列", look=look)))["数据"]
        assert asked.column_dimensions["C"].width == 33
        assert asked.column_dimensions["C"].hidden
        assert asked["C2"].font.bold
        assert not asked["C1"].font.bold
        assert asked.column_dimensions["D"].width == asked.column_dimensions["B"].width

    def test_nothing_else_changes(self):
        data = inserted(RICH, "数据", 3)
        for name in ("xl/styles.xml", "xl/theme/theme1.xml", "docProps/app.xml"):
            assert member(data, name) == member(RICH, name)


class TestBlocks:
    """Several columns at a time are what they would be one after the other."""

    @pytest.mark.parametrize(
        ("at", "table"), [(1, "账目"), (1, ""), (3, ""), (4, ""), (6, "账目"), (9, ""), (300, "")]
    )
    def test_all_at_once_is_one_by_one(self, at, table):
        columns = [NewColumn(f"列{width}", table, ColumnLook(width, style=width % 2)) for width in (7, 8, 9)]
        once, single = Package.open(RICH), Package.open(RICH)
        insert_columns(once, "数据", at, columns)
        for number, column in enumerate(columns, at):
            insert_column(single, "数据", number, column)
        assert lint(once.to_bytes()) == []
        assert members(once.to_bytes()) == members(single.to_bytes())

    def test_without_looks_they_take_free_headers_and_their_left_neighbours_format(self):
        package = Package.open(RICH)
        insert_columns(package, "数据", 3, [NewColumn()] * 2)
        data = package.to_bytes()
        assert lint(data) == []
        assert Package.open(data).table("账目").columns == (
            "编号", "姓名", "Column1", "Column2", "金额", "折后", "备注",
        )  # fmt: skip
        sheet = openpyxl.load_workbook(io.BytesIO(data))["数据"]
        assert sheet["C3"].font.bold
        assert sheet["D3"].font.bold

    def test_what_does_not_fit_is_refused_whole(self):
        package = Package.open(handmade.workbook(sheet('<row r="1"><c r="XFC1"><v>1</v></c></row>')))
        before = package.to_bytes()
        with pytest.raises(EditError) as caught:
            insert_columns(package, "S1", 2, [NewColumn()] * 2)
        assert caught.value.code == "ooxml.insert-full"
        with pytest.raises(EditError) as caught:
            insert_columns(package, "S1", 16_384, [NewColumn()] * 2)
        assert caught.value.code == "ooxml.bad-reference"
        assert package.to_bytes() == before
        insert_columns(package, "S1", 2, [NewColumn()])
        insert_columns(package, "S1", 2, [])
        assert package.sheet("S1").cell("XFD1").value == 1

    def test_a_header_twice_is_refused(self):
        package = Package.open(RICH)
        with pytest.raises(EditError) as caught:
            insert_columns(package, "数据", 6, [NewColumn("甲", "账目"), NewColumn("甲", "账目")])
        assert caught.value.code == "ooxml.header-taken"


class TestRows:
    def test_shared_formulas_of_one_column_stay_shared(self):
        rows = (
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B2" si="0">A1*2</f><v>2</v></c></row>'
            '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/><v>4</v></c></row>'
        )
        data = inserted(handmade.workbook(sheet(rows)), "S1", 1)
        assert '<c r="C1"><f t="shared" ref="C1:C2" si="0">B1*2</f>' in first_sheet(data)
        assert cells(data, "S1")[2, 3] == "=B2*2" or "=" in str(cells(data, "S1")[2, 3])

    def test_shared_formulas_over_columns_stand_alone_then(self):
        rows = (
            '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>1</v></c><c r="C1"><f t="shared" ref="C1:D1" si="0">A1*2</f><v>2</v></c>'
            '<c r="D1"><f t="shared" si="0"/><v>2</v></c></row>'
        )
        data = inserted(handmade.workbook(sheet(rows)), "S1", 2)
        assert cells(data, "S1")[1, 4] == "=A1*2"
        assert cells(data, "S1")[1, 5] == "=C1*2"
        assert "shared" not in first_sheet(data)

    def test_cells_without_references_get_theirs(self):
        data = inserted(handmade.workbook(sheet("<row><c><v>1</v></c><c><v>2</v></c></row>")), "S1", 2)
        assert cells(data, "S1") == {(1, 1): 1, (1, 3): 2}

    @pytest.mark.parametrize(
        ("rows", "at", "code"),
        [
            (
                '<row r="1"><c r="A1"><f t="array" ref="A1:B1">{1,2}</f><v>1</v></c></row>',
                2,
                "ooxml.insert-array",
            ),
            ('<row r="1"><c r="XFD1"><v>1</v></c></row>', 2, "ooxml.insert-full"),
            ('<row r="1"><c r="A1"><f>SUM(S1:S3!A1)</f></c></row>', 1, "ooxml.insert-span"),
            ("", 0, "ooxml.bad-reference"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_changes(self, rows, at, code):
        original = handmade.workbook(sheet(rows), sheet(""), sheet(""))
        package = Package.open(original)
        with pytest.raises(EditError) as caught:
            insert_column(package, "S1", at)
        assert caught.value.code == code
        assert package.to_bytes() == original

    def test_what_is_not_understood_is_refused(self):
        package = Package.open(handmade.workbook(sheet("", after="<customSheetViews/>")))
        with pytest.raises(EditError) as caught:
            insert_column(package, "S1", 1)
        assert (caught.value.code, caught.value.params["what"]) == (
            "ooxml.insert-unsupported",
            "customSheetViews",
        )

    def test_unknown_sheets_tables_and_taken_headers(self):
        package = Package.open(RICH)
        with pytest.raises(MissingError):
            insert_column(package, "没有", 1)
        with pytest.raises(MissingError):
            insert_column(package, "数据", 1, NewColumn(table="没有"))
        with pytest.raises(EditError, match=r"ooxml\.header-taken"):
            insert_column(package, "数据", 3, NewColumn("姓名"))
        assert package.to_bytes() == RICH


def stored(data, title):
    return {
        (cell.row, cell.column): cell.value
        for cell in Package.open(data).sheet(title).cells()
        if cell.value is not None
    }


def try_insert(package, title, at):
    try:
        insert_column(package, title, at)
    except EditError as error:
        return error.code
    return ""


REFUSALS = {
    "alternate-content": "ooxml.insert-unsupported",
    "pivot-table": "ooxml.insert-unsupported",
    "query-table": "ooxml.insert-unsupported",
}


@pytest.mark.sample(86)
@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda one: one.name)
def test_every_specimen_comes_through_or_is_refused(specimen):
    package = Package.open(specimen.data)
    title = next(info.name for info in package.sheets if info.kind == "worksheet")
    refused = try_insert(package, title, 2)
    assert refused == REFUSALS.get(specimen.name, "")
    data = package.to_bytes()
    if refused:
        assert data == specimen.data
        return
    known = {(defect.code, defect.part) for defect in lint(specimen.data)}
    assert {(defect.code, defect.part) for defect in lint(data)} <= known
    before, after = stored(specimen.data, title), stored(data, title)
    headers = {place: value for place, value in after.items() if place[1] == 2}
    assert {
        (row, column + (column >= 2)): value for (row, column), value in before.items()
    } | headers == after
    assert all(str(value).startswith("Column") for value in headers.values())


@pytest.mark.office
class TestAgainstLibreOffice:
    """The same column inserted by the office program: each cell shows and computes the same."""

    @pytest.mark.slow
    @pytest.mark.parametrize("at", [1, 3, 4, 6])
    def test_same_cells_and_formulas(self, tmp_path: Path, at):
        original, ours = tmp_path / "original.xlsx", tmp_path / f"ours{at}.xlsx"
        original.write_bytes(RICH)
        theirs = tmp_path / "theirs.xlsx"
        run_macro_script(
            original,
            f"document.Sheets.getByName('数据').Columns.insertByIndex({at - 1}, 1)\nsave_as({str(theirs)!r})",
        )
        ours.write_bytes(inserted(RICH, "数据", at))
        copies = recalculate(ours, theirs, out_dir=tmp_path / "again")
        mine, other = (copy.read_bytes() for copy in copies)
        new_header = (1, at)
        for title in ("数据", "It's a sum"):
            for values in (False, True):
                found, expected = (cells(data, title, values=values) for data in (mine, other))
                found.pop(new_header, None)
                expected.pop(new_header, None)
                assert found == expected

"""Sheets, formats and names carried from one workbook to another, and new names wherever the old ones were spoken of."""

import base64
import io
import re

import openpyxl
import pytest
import xlsxwriter

from crmbook.ooxml import EditError, MissingError, Package
from crmbook.ooxml.columnformulas import set_column_formulas
from crmbook.ooxml.renaming import Renaming, drop_defined_names, rename
from crmbook.ooxml.sheetimport import import_sheet
from crmbook.ooxml.sheetremoval import remove_sheet
from crmbook.ooxml.styleimport import StyleImport
from tests.books import built
from tests.ooxml import handmade
from tests.ooxml.test_insertion import COLUMNS, RICH, cells
from tests.ooxml_lint import lint


def renamed(**options):
    package = Package.open(RICH)
    rename(package, Renaming(**options))
    return package.to_bytes()


class TestRenaming:
    def test_sheet_table_and_column_in_every_formula(self):
        data = renamed(
            sheets={"数据": "新 数据"},
            tables={"账目": "流水"},
            columns={"账目": {"折后": "净额", "金额": "总 额"}},
        )
        assert lint(data) == []
        package = Package.open(data)
        table = package.table("流水")
        assert (table.sheet, table.columns) == ("新 数据", ("编号", "姓名", "总 额", "净额", "备注"))
        assert package.sheet("新 数据").cell("D1").value == "净额"
        assert cells(data, "新 数据")[2, 4] == "=流水[[#This Row],[总 额]]*0.8"
        assert cells(data, "It's a sum")[3, 2] == "=SUM(流水[净额])+LOG10(100)"
        assert cells(data, "It's a sum")[4, 2] == "=INDEX('新 数据'!B2:D21,3,2)&\"数据!C2\""
        assert {one.name: one.formula for one in package.defined_names}["金额区"] == "'新 数据'!$C$2:$C$21"
        assert "'新 数据'!$D$2:$D$9" in handmade.member(data, "xl/charts/chart1.xml")

    def test_in_formulas_whose_letters_are_written_as_numbers(self):
        stream = io.BytesIO()
        book = openpyxl.load_workbook(io.BytesIO(RICH))
        book["It's a sum"]["H9"] = "='数据'!C2*2"
        book.save(stream)
        assert "&#" in handmade.member(stream.getvalue(), "xl/worksheets/sheet2.xml")
        package = Package.open(stream.getvalue())
        rename(package, Renaming(sheets={"数据": "新数据"}))
        assert package.sheet("It's a sum").cell("H9").formula == "新数据!C2*2"

    def test_two_columns_change_places(self):
        data = renamed(columns={"账目": {"金额": "折后", "折后": "金额"}})
        assert Package.open(data).table("账目").columns == ("编号", "姓名", "折后", "金额", "备注")
        assert cells(data, "数据")[2, 4] == "=账目[[#This Row],[折后]]*0.8"
        assert lint(data) == []

    def test_brackets_in_names_are_escaped(self):
        data = renamed(columns={"账目": {"金额": "额[#]'元"}})
        assert cells(data, "数据")[2, 4] == "=账目[[#This Row],[额'['#']''元]]*0.8"
        back = Package.open(data)
        rename(back, Renaming(columns={"账目": {"额[#]'元": "金额"}}))
        assert cells(back.to_bytes(), "数据") == cells(RICH, "数据")

    def test_nothing_to_rename_changes_nothing(self):
        assert renamed() == RICH
        assert renamed(columns={"账目": {}}) == RICH

    def test_names_go(self):
        package = Package.open(RICH)
        drop_defined_names(package, ["总计", "没有"])
        names = {one.name for one in Package.open(package.to_bytes()).defined_names}
        assert "金额区" in names
        assert "总计" not in names
        assert "_xlnm.Print_Area" in names


class TestColumnFormulas:
    def test_formulas_and_blanks_take_it_and_values_stay(self):
        package = Package.open(RICH)
        package.sheet("数据").set("D3", 5)
        package.sheet("数据").clear("D4")
        set_column_formulas(package, "账目", {"折后": "账目[[#This Row],[金额]]*0.7"})
        data = package.to_bytes()
        assert lint(data) == []
        found = cells(data, "数据")
        assert [found[row, 4] for row in (2, 3, 4)] == [
            "=账目[[#This Row],[金额]]*0.7",
            5,
            "=账目[[#This Row],[金额]]*0.7",
        ]
        assert cells(data, "数据", values=True).get((2, 4)) == cells(RICH, "数据", values=True).get((2, 4))

    def test_unknown_columns_are_refused(self):
        with pytest.raises(MissingError):
            set_column_formulas(Package.open(RICH), "账目", {"没有": "1"})


class TestSheets:
    def test_a_sheet_comes_with_all_that_is_its_own(self):
        source = Package.open(built().data)
        package = Package.open(RICH)
        import_sheet(package, source, "客户交易记录", 1)
        data = package.to_bytes()
        allowed = {
            "lint.formula-table",
            "lint.formula-sheet",
            "lint.hyperlink-location",
        }  # what its formulas read did not come along
        assert {defect.code for defect in lint(data)} <= allowed
        again = Package.open(data)
        assert [sheet.name for sheet in again.sheets] == ["数据", "客户交易记录", "It's a sum"]
        assert again.table("客户交易记录").columns == source.table("客户交易记录").columns
        ours, theirs = (
            openpyxl.load_workbook(io.BytesIO(one))["客户交易记录"] for one in (data, built().data)
        )
        for row in theirs.iter_rows(max_row=4):
            for cell in (one for one in row if one.value is not None):
                mine = ours[cell.coordinate]
                assert (mine.value, mine.number_format) == (cell.value, cell.number_format)
                assert (mine.font.name, mine.font.b, mine.fill.fgColor.rgb) == (
                    cell.font.name, cell.font.b, cell.fill.fgColor.rgb,
                )  # fmt: skip
                assert (mine.comment is None) == (cell.comment is None)
        assert again.validations("客户交易记录") == source.validations("客户交易记录")
        assert [(one.sqref, one.formulas, one.dxf) for one in again.conditional_formats("客户交易记录")] == [
            (one.sqref, one.formulas, one.dxf) for one in source.conditional_formats("客户交易记录")
        ]
        local = {(one.name, one.sheet) for one in again.defined_names}
        assert {("_xlnm.Print_Titles", "客户交易记录"), ("_xlnm.Print_Area", "数据")} <= local

    def test_taken_titles_and_tables_are_refused(self):
        package, source = Package.open(RICH), Package.open(RICH)
        with pytest.raises(EditError, match=r"ooxml\.import-taken"):
            import_sheet(package, source, "数据", 0)
        rename(source, Renaming(sheets={"数据": "别的"}))
        with pytest.raises(EditError, match=r"ooxml\.import-taken"):
            import_sheet(package, source, "别的", 0)
        assert package.to_bytes() == RICH

    def test_charts_come_along(self):
        source = Package.open(RICH)
        rename(source, Renaming(sheets={"数据": "别的"}, tables={"账目": "别表"}))
        [chart] = [name for name in source.parts.names if "/charts/" in name]
        drawn = source.parts.read(chart)
        package = Package.open(RICH)
        import_sheet(package, source, "别的", 0)
        data = package.to_bytes()
        assert lint(data) == []
        again = Package.open(data)
        assert drawn in [again.parts.read(name) for name in again.parts.names if "/charts/" in name]
        assert len(openpyxl.load_workbook(io.BytesIO(data))["别的"]._charts) == 1

    def test_every_table_of_a_sheet_gets_a_number_of_its_own(self):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        sheet = book.add_worksheet("两表")
        for row, name in ((0, "上表"), (5, "下表")):
            sheet.add_table(row, 0, row + 2, 1, {"name": name})
        book.close()
        package = Package.open(RICH)
        import_sheet(package, Package.open(out.getvalue()), "两表", 1)
        again = Package.open(package.to_bytes())
        numbers = [re.search(rb'\sid="(\d+)"', again.parts.read(one.part))[1] for one in again.tables]
        assert len(numbers) == len(set(numbers)) == len(Package.open(RICH).tables) + 2

    def test_what_cannot_come_along_is_refused(self):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        dot = (
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
        picture = {"image_data": io.BytesIO(base64.b64decode(dot))}
        book.add_worksheet("图").insert_image(0, 0, "dot.png", picture)
        book.close()
        package = Package.open(RICH)
        with pytest.raises(EditError, match=r"ooxml\.import-unsupported"):
            import_sheet(package, Package.open(out.getvalue()), "图", 0)
        assert package.to_bytes() == RICH


class TestFormats:
    def test_equal_formats_are_used_again(self):
        package, source = Package.open(RICH), Package.open(RICH)
        styles = StyleImport(package, source)
        count = package.styles.count
        assert all(styles.of(number) <= count for number in range(count))
        styles.finish()
        assert package.styles.count <= count + 1

    def test_another_number_format_on_the_same_looks(self):
        package, source = Package.open(RICH), Package.open(built().data)
        dates = next(number for number in range(source.styles.count) if source.styles.is_date(number))
        bold = package.sheet("数据").cell("E6").style
        styles = StyleImport(package, source)
        varied = styles.varied(bold, dates)
        styles.finish()
        assert package.styles.is_date(varied)
        package.sheet("数据").set("E6", 45000, style=varied)
        cell = openpyxl.load_workbook(io.BytesIO(package.to_bytes()))["数据"]["E6"]
        assert cell.font.b
        assert cell.is_date
        assert len(COLUMNS) == 5


class TestRemoval:
    PAGE = "客户关系管理总结"

    def test_a_sheet_that_came_goes_again_with_all_that_is_its_own(self):
        package = Package.open(RICH)
        import_sheet(package, Package.open(built().data), self.PAGE, 1)
        assert any(
            "/drawings/" in name for name in set(package.parts.names) - set(Package.open(RICH).parts.names)
        )
        package = Package.open(package.to_bytes())
        remove_sheet(package, self.PAGE)
        data = package.to_bytes()
        assert lint(data) == []
        again, before = Package.open(data), Package.open(RICH)
        assert set(again.parts.names) - {"xl/sharedStrings.xml"} == set(before.parts.names) - {
            "xl/sharedStrings.xml"
        }
        assert [sheet.name for sheet in again.sheets] == [sheet.name for sheet in before.sheets]
        assert again.defined_names == before.defined_names
        assert again.tables == before.tables
        for sheet in before.sheets:
            assert cells(data, sheet.name) == cells(RICH, sheet.name)

    @pytest.mark.parametrize("place", [0, 2])
    def test_local_names_and_the_tab_in_front_follow(self, place):
        package = Package.open(RICH)
        import_sheet(package, Package.open(built().data), self.PAGE, place)
        remove_sheet(package, self.PAGE)
        assert Package.open(package.to_bytes()).defined_names == Package.open(RICH).defined_names
        assert openpyxl.load_workbook(io.BytesIO(package.to_bytes())).active.title == "数据"

    @pytest.mark.parametrize("title", ["数据", "It's a sum"])
    def test_a_sheet_that_is_spoken_of_stays(self, title):
        package = Package.open(RICH)
        package.sheet(next(one.name for one in package.sheets if one.name != title)).set(
            "H1", 0, formula="'" + title.replace("'", "''") + "'!A1"
        )
        before = Package.open(package.to_bytes()).to_bytes()
        package = Package.open(before)
        with pytest.raises(EditError, match=r"ooxml\.sheet-in-use"):
            remove_sheet(package, title)
        assert package.to_bytes() == before

    def test_the_only_sheet_stays(self):
        book = openpyxl.Workbook()
        stream = io.BytesIO()
        book.save(stream)
        with pytest.raises(EditError, match=r"ooxml\.sheet-in-use"):
            remove_sheet(Package.open(stream.getvalue()), "Sheet")

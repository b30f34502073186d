"""Specimens that XlsxWriter makes: three plain rows, and one feature each beside them."""

from __future__ import annotations

import functools
import io
from datetime import date
from typing import TYPE_CHECKING

import xlsxwriter

from tests.ooxml.specimens.compound import compound_file
from tests.ooxml.specimens.parts import png
from tests.ooxml.specimens.specimen import Specimen

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    Fill = Callable[[Workbook, Worksheet], None]

WRITTEN: list[Specimen] = []


def write(fill: Fill, options: dict[str, object] | None = None) -> bytes:
    """Return a workbook with three plain rows that `fill` has added to."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, **(options or {})})
    workbook.set_properties({"created": date(2024, 1, 2)})
    sheet = workbook.add_worksheet("Sheet1")
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row("A1", ["name", "amount", "day"])
    for row, (name, amount) in enumerate([("王芳", 5000), ("李雷", 12.5), ("Ann & Co <x>", 0)], start=1):
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, amount)
        sheet.write_datetime(row, 2, date(2024, 1, row), day)
    fill(workbook, sheet)
    workbook.close()
    return buffer.getvalue()


def written(feature: str, **options: object) -> Callable[[Fill], Fill]:
    """Enter a function that adds one feature into the table of specimens."""

    def enter(fill: Fill) -> Fill:
        builder = functools.partial(write, fill, options)
        WRITTEN.append(Specimen(fill.__name__.replace("_", "-"), feature, builder))
        return fill

    return enter


@written("nothing but cells")
def plain(workbook, sheet):
    pass


@written("column and line chart in a drawing")
def chart(workbook, sheet):
    for kind, place in (("column", "E2"), ("line", "E18")):
        picture = workbook.add_chart({"type": kind})
        picture.add_series({"categories": "=Sheet1!$A$2:$A$4", "values": "=Sheet1!$B$2:$B$4", "name": "金额"})
        sheet.insert_chart(place, picture)


@written("a sheet that is a chart")
def chart_sheet(workbook, sheet):
    picture = workbook.add_chart({"type": "pie"})
    picture.add_series({"values": "=Sheet1!$B$2:$B$4"})
    workbook.add_chartsheet("Chart").set_chart(picture)


@written("sparklines in an x14 extension")
def sparkline(workbook, sheet):
    sheet.add_sparkline("F2", {"range": "Sheet1!B2:B4", "markers": True})
    sheet.add_sparkline("F3", {"range": "Sheet1!B2:B4", "type": "win_loss"})


@written("text boxes and shapes")
def text_box(workbook, sheet):
    sheet.insert_textbox("E2", "请先读说明", {"fill": {"color": "yellow"}, "url": "https://example.org"})


@written("a picture over the cells")
def image(workbook, sheet):
    sheet.insert_image("E2", "logo.png", {"image_data": io.BytesIO(png()), "description": "logo"})


@written("a picture inside a cell (rich data)")
def embedded_image(workbook, sheet):
    sheet.embed_image("E2", "logo.png", {"image_data": io.BytesIO(png())})


@written("check boxes inside cells")
def check_box(workbook, sheet):
    sheet.insert_checkbox("E2", True)
    sheet.insert_checkbox("E3", False)


@written("a button with a macro name (form control)")
def button(workbook, sheet):
    sheet.insert_button("E2", {"macro": "go", "caption": "Go"})


@written("comments with their VML shapes")
def comments(workbook, sheet):
    sheet.write_comment("B2", "请核对", {"author": "王芳", "visible": True})
    sheet.write_comment("A4", "second")


@written("data bars of Excel 2010 (x14 rules)")
def data_bars(workbook, sheet):
    sheet.conditional_format("B2:B4", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})


@written("icon sets and colour scales")
def icon_sets(workbook, sheet):
    sheet.conditional_format("B2:B4", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format("C2:C4", {"type": "3_color_scale"})


@written("conditional formats with differential styles")
def conditional_formats(workbook, sheet):
    bad = workbook.add_format({"bg_color": "#FFC7CE"})
    sheet.conditional_format("A2:A4", {"type": "formula", "criteria": "=$B2>100", "format": bad})
    sheet.conditional_format(
        "B2:B4", {"type": "cell", "criteria": "between", "minimum": 1, "maximum": 9, "format": bad}
    )


@written("a table with totals and a calculated column")
def table(workbook, sheet):
    columns = [
        {"header": "name", "total_string": "sum"},
        {"header": "amount", "total_function": "sum"},
        {"header": "double", "formula": "=Sales[[#This Row],[amount]]*2"},
    ]
    rows = [["王芳", 1], ["李雷", 2]]
    sheet.add_table("A1:C4", {"name": "Sales", "columns": columns, "total_row": True, "data": rows})


@written("data validations of every kind")
def validations(workbook, sheet):
    sheet.data_validation("A2:A9", {"validate": "list", "source": ["高", "中", "低"], "input_title": "等级"})
    sheet.data_validation(
        "B2:B9", {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "非负"}
    )
    sheet.data_validation(
        "C2:C9", {"validate": "custom", "value": "=COUNTIF($A:$A,A2)<2", "error_type": "warning"}
    )
    sheet.data_validation(
        "D2:D9",
        {"validate": "date", "criteria": "between", "minimum": date(2020, 1, 1), "maximum": date(2030, 1, 1)},
    )


@written("merged cells")
def merges(workbook, sheet):
    frame = workbook.add_format({"border": 1, "align": "center"})
    sheet.merge_range("E1:G2", "标题", frame)
    sheet.merge_range("E4:E6", 1, frame)


@written("text with formats inside (rich strings)")
def rich_strings(workbook, sheet):
    bold = workbook.add_format({"bold": True})
    sheet.write_rich_string("E2", "plain ", bold, "bold", " again")


@written("array formulas")
def array_formulas(workbook, sheet):
    sheet.write_array_formula("E2:E4", "{=B2:B4*2}", None, 10000)
    sheet.write_array_formula("F2", "{=SUM(B2:B4*B2:B4)}", None, 25000156.25)


@written("a dynamic array formula with its metadata part")
def dynamic_formulas(workbook, sheet):
    sheet.write_dynamic_array_formula("E2", "=SORT(B2:B4)", None, 0)
    sheet.write_formula("F2", "=LEN(A2:A4)", None, 2)


@written("formulas with numbers, texts, truth values and errors as results")
def formulas(workbook, sheet):
    sheet.write_formula("E2", "=B2*2", None, 10000)
    sheet.write_formula("E3", '=A2&"!"', None, "王芳!")
    sheet.write_formula("E4", "=B2>1", None, True)
    sheet.write_formula("F2", "=1/0", None, "#DIV/0!")
    sheet.write_formula("F3", '=_xlfn.MAXIFS(B2:B4,B2:B4,">1")', None, 5000)


@written("outline levels, hidden rows and columns, heights")
def outline(workbook, sheet):
    sheet.set_row(1, 20, None, {"level": 1})
    sheet.set_row(2, 30, None, {"level": 2, "hidden": True, "collapsed": True})
    sheet.set_column("E:G", 4, None, {"level": 1, "hidden": True})


@written("hyperlinks outside, inside and by mail")
def hyperlinks(workbook, sheet):
    sheet.write_url("E1", "https://example.org/?a=1&b=2", string="link", tip="go")
    sheet.write_url("E2", "internal:Sheet1!A1")
    sheet.write_url("E3", "mailto:a@example.org")


@written("pictures in header and footer")
def header_image(workbook, sheet):
    sheet.set_header("&L&G", {"image_left": "logo.png", "image_data_left": io.BytesIO(png())})
    sheet.set_footer("&C第 &P 页")


@written("a background picture")
def background(workbook, sheet):
    sheet.set_background(io.BytesIO(png()))


@written("a protected sheet with an open range")
def protection(workbook, sheet):
    sheet.protect("secret", {"sort": True})
    sheet.unprotect_range("B2:B4", "amounts")


@written("defined names, local, hidden and for printing")
def defined_names(workbook, sheet):
    workbook.define_name("截止日期", "=Sheet1!$C$2")
    workbook.define_name("Sheet1!local", "=Sheet1!$B$2:$B$4")
    sheet.print_area("A1:C4")
    sheet.repeat_rows(0)


@written("custom properties")
def custom_properties(workbook, sheet):
    workbook.set_custom_property("book id", "b-1")
    workbook.set_custom_property("export", 7)
    workbook.set_custom_property("ready", True)
    workbook.set_custom_property("ratio", 0.5)


@written("print settings, page breaks, frozen panes, filter")
def page(workbook, sheet):
    sheet.freeze_panes(1, 1)
    sheet.autofilter("A1:C4")
    sheet.filter_column_list("A", ["王芳", "李雷", "Ann & Co <x>"])
    sheet.set_landscape()
    sheet.set_h_pagebreaks([2])
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


@written("hidden and very hidden sheets")
def hidden_sheets(workbook, sheet):
    workbook.add_worksheet("hidden").hide()
    workbook.add_worksheet("service").very_hidden()


@written("dates counted from 1904", date_1904=True)
def date_1904(workbook, sheet):
    pass


@written("texts in the cells instead of shared strings", constant_memory=True)
def inline_strings(workbook, sheet):
    sheet.write_string("E9", " spaces kept ")


@written("cell formats: fonts, fills, borders, number formats, empty formatted cells")
def formats(workbook, sheet):
    money = workbook.add_format(
        {"num_format": '"¥"#,##0.00', "bold": True, "border": 1, "bg_color": "#DDEEFF"}
    )
    sheet.write_number("E2", 12, money)
    sheet.write_blank("E3", None, money)
    sheet.set_column("G:G", 20, money)
    sheet.set_row(7, 22, money)


@written("texts at the edges: spaces, newlines, escapes, emoji, 32,767 characters")
def odd_texts(workbook, sheet):
    for row, text in enumerate(
        [" lead", "two\nlines", "_x0041_", "\t", "😀 emoji", "x" * 32767, "=1+1", "\x01"]
    ):
        sheet.write_string(row, 5, text)


@written("a workbook with macros (.xlsm)")
def macros(workbook, sheet):
    workbook.add_vba_project(
        io.BytesIO(compound_file({"VBA": b"", "PROJECT": b'ID="{0}"\r\n'})), is_stream=True
    )
    workbook.set_vba_name("ThisWorkbook")
    sheet.set_vba_name("Sheet1")

"""Workbooks, each with one fault: what is read is what a person would read in them."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from crmbook.exchange.sources import SourceLayout, read_source
from tests.exchange.sources.case import Case, check, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

TWO = ("姓名", "电话")
ROWS = [TWO, ("张三", "138"), ("李四", "139")]
PEOPLE = {2: ("张三", "138"), 3: ("李四", "139")}


def filled(
    rows: Sequence[Sequence[Any]] = ROWS, change: Callable[[Worksheet], object] | None = None
) -> bytes:
    """Return a workbook of openpyxl with one sheet, changed once its rows stand in it."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def written(write: Callable[[Any, Any], object], **options: Any) -> bytes:
    """Return a workbook of XlsxWriter with one sheet, as `write` fills it, which is given the book and the sheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as book:
        write(book, book.add_worksheet("客户"))
    return file.getvalue()


def merged(*areas: str) -> Callable[[Worksheet], object]:
    def change(sheet: Worksheet) -> None:
        for area in areas:
            sheet.merge_cells(area)

    return change


def hide_rows(*rows: int) -> Callable[[Worksheet], object]:
    def change(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A1:B3"
        for row in rows:
            sheet.row_dimensions[row].hidden = True

    return change


def with_format(cell: str, code: str) -> Callable[[Worksheet], object]:
    def change(sheet: Worksheet) -> None:
        sheet[cell].number_format = code

    return change


def formulas(book: Any, sheet: Any) -> None:
    for row, cells in enumerate([("姓名", "金额", "税"), ("张三", 100, None), ("李四", 50, None)]):
        sheet.write_row(row, 0, cells)
    sheet.write_formula("C2", "=B2*0.06", None, 6)
    sheet.write_formula("C3", '=IF(B3>60,"多","少")', None, "少")
    sheet.write_formula("B4", "=SUM(B2:B3)", None, 150)
    sheet.write_string("A4", "合计")


def table_with_totals(book: Any, sheet: Any) -> None:
    columns = [
        {"header": "姓名", "total_string": "汇总"},
        {"header": "金额", "total_function": "sum", "total_value": 3},
    ]
    data = [["张三", 1], ["李四", 2]]
    sheet.add_table("A1:B4", {"data": data, "columns": columns, "total_row": True})


def rich_text(book: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["姓名", "备注"])
    sheet.write_string(1, 0, "张三")
    sheet.write_rich_string(1, 1, "喜欢", book.add_format({"bold": True}), "绿茶")


def days(book: Any, sheet: Any) -> None:
    formats = [
        book.add_format({"num_format": code})
        for code in ("yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "yyyy/m/d h:mm", "h:mm")
    ]
    sheet.write_row(0, 0, ["日期", "中文日期", "时刻", "钟点"])
    sheet.write_datetime(1, 0, dt.datetime.fromisoformat("2023-01-05"), formats[0])
    sheet.write_datetime(1, 1, dt.datetime.fromisoformat("2023-01-06"), formats[1])
    sheet.write_datetime(1, 2, dt.datetime.fromisoformat("2023-01-07 18:30"), formats[2])
    sheet.write_number(1, 3, 0.354166666666667, formats[3])


DAYS = (dt.date(2023, 1, 5), dt.date(2023, 1, 6), dt.datetime.fromisoformat("2023-01-07 18:30"), "08:30:00")

CASES = [
    Case("plain", filled(), TWO, PEOPLE),
    Case(
        "a merged title and headers in two rows",
        filled(
            [("客户资料汇总表",), ("制表人：小李", None, None, "日期：2023.12.31"), ("序号", "客户信息", None, "管理"), (None, "姓名", "电话", None), (1, "张三", "138", "A类")],
            merged("A1:D1", "A3:A4", "B3:C3", "D3:D4"),
        ),
        ("序号", "客户信息/姓名", "客户信息/电话", "管理"),
        {5: (1, "张三", "138", "A类")},
        left=[(1, "title"), (2, "title"), (3, "header"), (4, "header")],
    ),
    Case(
        "headers in three rows",
        filled(
            [("客户", None, None), ("基本", None, "管理"), ("姓名", "电话", "等级"), ("张三", "138", "A类")],
            merged("A1:C1", "A2:B2"),
        ),
        ("基本/姓名", "基本/电话", "管理/等级"),
        {4: ("张三", "138", "A类")},
        left=[(1, "title"), (2, "header"), (3, "header")],
    ),
    Case(
        "a header merged over two columns",
        filled([("姓名", "联系电话", None), ("张三", "138", "139"), ("李四", "137", None)], merged("B1:C1")),
        ("姓名", "联系电话", "联系电话 2"),
        {2: ("张三", "138", "139"), 3: ("李四", "137", None)},
    ),
    Case(
        "records of text below a merged header",
        filled([("公司", "联系人", None), ("星河", "张三", "李四"), ("云帆", "王五", None)], merged("B1:C1")),
        ("公司", "联系人", "联系人 2"),
        {2: ("星河", "张三", "李四"), 3: ("云帆", "王五", None)},
    ),
    Case(
        "headers in two rows with nothing merged",
        filled([("序号", "客户信息", None, "建档时间"), (None, "姓名", "电话", None), (1, "张三", "138", "2023.1.5")]),
        ("序号", "客户信息/姓名", "客户信息/电话", "建档时间"),
        {3: (1, "张三", "138", "2023.1.5")},
        left=[(1, "header"), (2, "header")],
    ),
    Case(
        "headers that explain themselves",
        filled([("客户名称（必填，请填写营业执照上的全称，不得使用简称，否则系统不能识别，谢谢您的配合与理解）", "性别（填：男/女）", "电话", "城市"), ("星河", "男", "138", "北京")]),
        ("客户名称（必填，请填写营业执照上的全称，不得使用简称，否则系统不能识别，谢谢您的配合与理解）", "性别（填：男/女）", "电话", "城市"),
        {2: ("星河", "男", "138", "北京")},
    ),
    Case("a list in the middle of the sheet", filled([(), (), (None, None, *TWO), (None, None, "张三", "138")]), TWO, {4: ("张三", "138")}, left=[(3, "header")]),
    Case(
        "numbers, truth values, text numbers",
        filled([("姓名", "电话", "金额", "老客户", "编号"), ("张三", 13800138000, 12.5, True, "001"), ("李四", "13900139000", -3, False, 2)]),
        ("姓名", "电话", "金额", "老客户", "编号"),
        {2: ("张三", 13800138000, 12.5, True, "001"), 3: ("李四", "13900139000", -3, False, 2)},
    ),
    Case("days, moments and times", written(days), ("日期", "中文日期", "时刻", "钟点"), {2: DAYS}),
    Case("days counted from 1904", written(days, date_1904=True), ("日期", "中文日期", "时刻", "钟点"), {2: DAYS}),
    Case("serial numbers among texts", filled([("姓名", "日期"), ("张三", 43022), ("李四", "2023.1.5")]), ("姓名", "日期"), {2: ("张三", 43022), 3: ("李四", "2023.1.5")}),
    Case("spans of more than a day", filled([("姓名", "时长"), ("张三", dt.timedelta(hours=30, minutes=5))]), ("姓名", "时长"), {2: ("张三", "30:05:00")}),
    Case("formulas with their values and a total", written(formulas), ("姓名", "金额", "税"), {2: ("张三", 100, 6), 3: ("李四", 50, "少")}, left=[(1, "header"), (4, "total")]),
    Case("a formula that nobody calculated", filled([("姓名", "备注"), ("张三", "=1+1"), ("李四", "无")]), ("姓名", "备注"), {2: ("张三", None), 3: ("李四", "无")}, issues=[("value.formula-without-value", "B2")]),
    Case("an error", filled([("姓名", "电话"), ("张三", "#N/A"), ("李四", "139")], lambda sheet: setattr(sheet["B2"], "data_type", "e")), TWO, {2: ("张三", None), 3: ("李四", "139")}, issues=[("value.error-cell", "B2")]),
    Case("a number that lost digits", filled([("姓名", "证件"), ("张三", 110101199003071234), ("李四", "310101198501020011")]), ("姓名", "证件"), {2: ("张三", None), 3: ("李四", "310101198501020011")}, issues=[("import.lost-digits", "B2")]),
    Case("a list of nothing but numbers that lost digits", filled([("证件",), (110101199003071234,)]), ("证件",), {2: (None,)}, issues=[("import.lost-digits", "A2")]),
    Case("a text in exponents", filled([("姓名", "电话"), ("张三", "1.38E+10"), ("李四", 1)]), TWO, {2: ("张三", None), 3: ("李四", 1)}, issues=[("import.lost-digits", "B2")]),
    Case("an apostrophe that is part of the cell", filled([TWO, ("张三", "'138"), ("李四", 139)]), TWO, {2: ("张三", "138"), 3: ("李四", 139)}),
    Case("codes shown with leading zeros", filled([("编号", "电话"), (1, "138"), ("002", "139")], with_format("A2", "000")), ("编号", "电话"), {2: ("001", "138"), 3: ("002", "139")}),
    Case("a number shown with decimals", filled([("编号", "金额"), ("1", 2)], with_format("B2", "0.00")), ("编号", "金额"), {2: ("1", 2)}),
    Case("padding", filled([("姓名 ", "电话"), (" 张三\u3000", "138\u00a0"), ("李四", " ")]), TWO, {2: ("张三", "138"), 3: ("李四", None)}),
    Case("hidden rows", filled(change=hide_rows(3)), TWO, PEOPLE, issues=[("import.hidden-rows", "")]),
    Case("notes on cells", filled(change=lambda sheet: setattr(sheet["A2"], "comment", Comment("老客户", "王芳"))), TWO, PEOPLE, issues=[("import.notes-in-cells", "")]),
    Case(
        "cells merged over several records",
        filled([("公司", "姓名", "金额"), ("星河", "张三", 5), (None, "李四", None), ("云帆", "王五", 7)], merged("A2:A3", "C2:C3")),
        ("公司", "姓名", "金额"),
        {2: ("星河", "张三", 5), 3: ("星河", "李四", None), 4: ("云帆", "王五", 7)},
        issues=[("import.filled-down", "")],
    ),
    Case(
        "sections between records",
        filled([("姓名", "电话", "城市"), ("华东区",), ("张三", "138", "上海"), ("华北区",), ("李四", "139", "北京")], merged("A2:C2", "A4:C4")),
        ("姓名", "电话", "城市"),
        {3: ("张三", "138", "上海"), 5: ("李四", "139", "北京")},
        left=[(1, "header"), (2, "title"), (4, "title")],
    ),
    Case("a table with a row of totals", written(table_with_totals), ("姓名", "金额"), {2: ("张三", 1), 3: ("李四", 2)}, left=[(1, "header"), (4, "total")]),
    Case("text in several formats", written(rich_text), ("姓名", "备注"), {2: ("张三", "喜欢绿茶")}),
    Case("a line break in a header", filled([("客户\n姓名", "Phone\nnumber"), ("张三", "138")]), ("客户姓名", "Phone number"), {2: ("张三", "138")}),
    Case("formats far below the list", filled(change=with_format("B900", "0.00")), TWO, PEOPLE),
    Case("very wide", filled([[f"列{n}" for n in range(1, 301)], list(range(1, 301))]), [f"列{n}" for n in range(1, 301)], {2: tuple(range(1, 301))}),
    Case("columns named by hand", filled([("张三", "138"), ("李四", "139")]), ("电话", "姓名")[::-1], {1: ("张三", "138"), 2: ("李四", "139")}, left=[], layout=SourceLayout(columns={"姓名": (1, 1), "电话": (2, 2)})),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_messy_workbook_reads_as_a_person_reads_it(case, tmp_path):
    assert check(case, tmp_path, "名单.xlsx").kind == "xlsx"


def several(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with several sheets; one whose title begins with an underscore is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title.strip("_"))
        sheet.sheet_state = "hidden" if title.startswith("_") else "visible"
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def lists(data: bytes, folder: Any, **layout: Any) -> dict[str, tuple[tuple[str, ...], list[list[Any]]]]:
    source = read(data, folder, "名单.xlsx", SourceLayout(**layout))
    return {sheet.title: (sheet.headers, sheet.frame.values.tolist()) for sheet in source.sheets}


def test_sheets_that_go_on_are_lists_of_their_own(tmp_path):
    more = [TWO, ("王五", "137")]
    assert lists(several(一月=ROWS, 空=[], 二月=more), tmp_path) == {
        "一月": (TWO, [["张三", "138"], ["李四", "139"]]),
        "二月": (TWO, [["王五", "137"]]),
    }


def test_a_sheet_that_goes_on_without_headers_has_those_of_the_sheet_before(tmp_path):
    long = [TWO, ("张三", "13800138000")]
    found = lists(several(一=long, 二=[("王五", "13700137000")]), tmp_path)
    assert found["二"] == (TWO, [["王五", "13700137000"]])


def test_a_hidden_sheet_is_named_and_taken_only_when_asked_for(tmp_path):
    data = several(客户=ROWS, _旧=[TWO, ("旧客户", "1")])
    source = read(data, tmp_path, "名单.xlsx")
    assert [sheet.title for sheet in source.sheets] == ["客户"]
    assert [(one.code, one.location.sheet) for one in source.issues] == [("import.hidden-sheet", "旧")]
    asked = read(data, tmp_path, "名单.xlsx", SourceLayout(sheet="旧"))
    assert [(sheet.title, sheet.is_hidden) for sheet in asked.sheets] == [("旧", True)]


def test_only_the_sheet_asked_for_is_taken(tmp_path):
    assert list(lists(several(甲=ROWS, 乙=ROWS), tmp_path, sheet="乙")) == ["乙"]


def test_a_workbook_is_known_by_its_content(tmp_path):
    source = read(filled(), tmp_path, "名单.csv")
    assert (source.kind, source.encoding, source.delimiter) == ("xlsx", "", "")


def test_the_place_of_a_refused_cell_is_one_a_person_can_go_to(tmp_path):
    data = filled([TWO, ("张三", "1.38E+10")])
    (issue,) = read(data, tmp_path, "名单.xlsx").issues
    assert str(issue.location) == f"{tmp_path / '名单.xlsx'} Sheet!B2"
    assert issue.text("zh") == "“电话”里的“1.38E+10”已经丢了后面的数字（第 2 行）"
    assert issue.text("en") == "“1.38E+10” under “电话” has lost its last digits (row 2)"


ORDERS = [("订单号", "日期", "金额"), ("A1", dt.date(2025, 1, 1), 500), ("A2", dt.date(2025, 1, 2), 300)]


@pytest.mark.parametrize(
    ("between", "row", "told"),
    [([(None,), (None,)], 6, "订单号、日期、金额"), ([(None,), ("订单",)], 5, "订单号、日期、金额")],
    ids=["below a gap", "below a title"],
)
def test_another_list_on_the_sheet_is_named_and_not_taken(tmp_path, between, row, told):
    path = tmp_path / "汇总.xlsx"
    path.write_bytes(filled([*ROWS, *between, *ORDERS]))
    source = read_source(path)
    [sheet] = source.sheets
    assert (sheet.headers, sheet.frame.index.tolist()) == (TWO, [2, 3])
    [issue] = source.issues
    assert (issue.code, issue.params["row"]) == ("import.other-list", row)
    assert told in issue.text("zh")


def test_headers_in_two_rows_once_more_are_no_other_list(tmp_path):
    path = tmp_path / "名单.xlsx"
    heads = [("姓名", "联系", None), (None, "电话", "邮箱")]
    change = merged("A1:A2", "B1:C1")
    path.write_bytes(
        filled([*heads, ("张三", "138", "a@b.cn"), (None,), *heads, ("李四", "139", "c@d.cn")], change)
    )
    assert not [one for one in read_source(path).issues if one.code == "import.other-list"]


@pytest.mark.parametrize(
    "below",
    [
        [(None,), ROWS[0], ("王五", "137")],
        [(None,), ("王五", "137")],
        [(None,), ("姓名", "电话")],
        [(None,), ("电话销售", "王经理"), ("李四", "139")],
        [("订单号", "日期"), ("王五", "137")],
        [(None,), ("合计", "总金额"), (None, 300)],
    ],
    ids=["the headers once more", "a gap", "nothing below", "a record in such words", "no gap", "totals"],
)
def test_a_list_with_a_gap_is_one_list(tmp_path, below):
    path = tmp_path / "名单.xlsx"
    path.write_bytes(filled([*ROWS, *below]))
    assert not [one for one in read_source(path).issues if one.code == "import.other-list"]


SHOP = ["订单号", "客户", "金额"]
BESIDE = {
    "behind a blank column, the headers once more": (
        [(*TWO, None, *TWO), ("张三", "138", None, "王五", "137"), ("李四", "139", None, "赵六", "136")],
        {"Sheet (A)": ["张三", "李四"], "Sheet (D)": ["王五", "赵六"]},
    ),
    "two people in a row": (
        [("通讯录",), (*TWO, *TWO, *TWO), ("张三", "138", "王五", "137", "孙七", "135"), ("李四", "139")],
        {"Sheet (A)": ["张三", "李四"], "Sheet (C)": ["王五"], "Sheet (E)": ["孙七"]},
    ),
    "a list of other rows, longer": (
        [(*TWO, None, *SHOP), ("张三", "138", None, "A1", "李四", 5), (None, None, None, "A2", "张三", 6)],
        {"Sheet (A)": ["张三"], "Sheet (D)": ["A1", "A2"]},
    ),
    "a list of other rows under a title of its own": (
        [("客户", None, None, "订单"), (*TWO, None, *SHOP), ("张三", "138", None, "A1", "李四", 5)],
        {"Sheet (A)": ["张三"], "Sheet (D)": ["A1"]},
    ),
}


@pytest.mark.parametrize(("rows", "lists"), BESIDE.values(), ids=BESIDE)
def test_lists_beside_each_other_are_lists_of_their_own(tmp_path, rows, lists):
    path = tmp_path / "通讯录.xlsx"
    path.write_bytes(filled(rows))
    source = read_source(path)
    found = {sheet.title: sheet.frame.iloc[:, 0].dropna().tolist() for sheet in source.sheets}
    assert (found, source.issues) == (lists, ())
    last = source.sheets[-1]
    assert [last.column(header) for header in last.headers] == sorted(last.positions)
    assert last.positions[0] == "ABCDE".index(last.title[-2])
    [again] = read_source(path, SourceLayout(sheet=last.title)).sheets
    assert (again.title, again.headers) == (last.title, last.headers)


def test_a_cell_of_a_list_beside_is_named_where_it_stands(tmp_path):
    path = tmp_path / "通讯录.xlsx"
    path.write_bytes(filled([(*TWO, None, *TWO), ("张三", "138", None, "王五", 1.38e17)]))
    [issue] = read_source(path).issues
    assert (issue.code, issue.location.sheet, issue.location.cell) == (
        "import.lost-digits",
        "Sheet (D)",
        "E2",
    )


@pytest.mark.parametrize(
    "heads",
    [("公司", *TWO, None, *TWO), ("公司", *TWO, *TWO), (*TWO, None, "姓名"), (*TWO, None, "地址", "备注")],
)
def test_a_second_person_or_a_blank_column_makes_no_list_beside(tmp_path, heads):
    path = tmp_path / "名单.xlsx"
    path.write_bytes(filled([heads, [name and "甲" for name in heads], [name and "乙" for name in heads]]))
    assert len(read_source(path).sheets) == 1


@pytest.mark.parametrize("line", ["第1页", "第 1 页 共 3 页", "共3页 第1页", "- 1 -", "Page 1 of 3", "1/3页"])
def test_lines_that_number_pages_are_no_records(tmp_path, line):
    path = tmp_path / "名单.xlsx"
    path.write_bytes(filled([*ROWS, (line,), TWO, ("王五", "137"), ("第3页的客户", None), ("第3页", "136")]))
    [sheet] = read_source(path).sheets
    assert sheet.frame["姓名"].tolist() == ["张三", "李四", "王五", "第3页的客户", "第3页"]
    assert [(one.row, one.kind) for one in sheet.left_out][1:] == [(4, "note"), (5, "repeated_header")]


SALES = [
    ("日期", "客户", "备注"),
    ("2月5日", "张三", "3月送货"),
    ("２月０８号", "李四", None),
    ("2月30日", "王五", None),
]
DAYS = [dt.date(2024, 2, 5), dt.date(2024, 2, 8), "2月30日"]


@pytest.mark.parametrize(
    ("title", "name", "days", "text"),
    [
        ([("2024年2月销售明细",)], "明细", DAYS, "2024年2月销售明细"),
        ([("销售明细",), ("导出时间：2025-01-02",)], "2024明细", DAYS, "2024明细"),
        ([], "2024年", DAYS, "2024年"),
        ([], "2023-2024", ["2月5日", "２月０８号", "2月30日"], ""),
        ([], "明细", ["2月5日", "２月０８号", "2月30日"], ""),
    ],
)
def test_days_without_a_year_get_that_of_the_title(tmp_path, title, name, days, text):
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(filled([*title, *SALES]))
    source = read_source(path)
    assert source.sheets[0].frame["日期"].tolist() == days
    assert source.sheets[0].frame["备注"].tolist()[0] == "3月送货"
    found = [(one.code, one.params["count"], one.params["text"]) for one in source.issues]
    assert found == ([("import.year-of-title", 2, text)] if text else [])


@pytest.mark.parametrize("header", ["生日", "出生日期", "结婚纪念日", "Birthday", "Anniversary"])
def test_days_that_come_every_year_get_none(tmp_path, header):
    path = tmp_path / "2024名单.xlsx"
    path.write_bytes(filled([("姓名", header), ("张三", "3月5日"), ("李四", "12月1日")]))
    source = read_source(path)
    assert source.sheets[0].frame[header].tolist() == ["3月5日", "12月1日"]
    assert source.issues == ()


@pytest.mark.parametrize("month", ["2024年2月", "二月", "2024年第一季度", "Feb 2024", "2024"])
def test_a_month_above_headers_that_come_again_is_a_title_and_no_record(tmp_path, month):
    head = ("客户", "日期", "金额")
    rows = [
        ("2024年1月",),
        head,
        ("张三", "1月5日", 5),
        ("1月小计", None, 5),
        (month,),
        head,
        ("李四", "2月5日", 6),
    ]
    sheet = read(filled(rows), tmp_path, "名单.xlsx").sheets[0]
    assert sheet.frame["客户"].tolist() == ["张三", "李四"]
    assert [(one.row, one.kind) for one in sheet.left_out] == [
        (1, "title"), (2, "header"), (4, "total"), (5, "title"), (6, "repeated_header"),
    ]  # fmt: skip


def test_a_name_alone_above_headers_that_come_again_is_a_record(tmp_path):
    head = ("客户", "日期", "金额")
    rows = [head, ("张三", "1月5日", 5), ("李四",), head, ("王五", "2月5日", 6)]
    assert read(filled(rows), tmp_path, "名单.xlsx").sheets[0].frame["客户"].tolist() == [
        "张三",
        "李四",
        "王五",
    ]

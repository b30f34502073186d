"""A built workbook as people and programs find it: sheets, headers, rows, computed values, furniture."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator
from python_calamine import CalamineWorkbook

from crmbook.build.example import load_example
from crmbook.formula import CellError
from crmbook.ooxml import Package
from crmbook.schema import Layout
from crmbook.schema.recompute import recompute
from tests.books import TEMPLATES, book_of, built, empty, saved
from tests.ooxml_lint import lint

LANGS = ("zh", "en")


def opened(data: bytes, **options: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), **options)


def column(sheet: Worksheet, header: str) -> list[object]:
    headers = [cell.value for cell in sheet[1]]
    return [sheet.cell(row, headers.index(header) + 1).value for row in range(2, sheet.max_row + 1)]


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("lang", LANGS)
def test_no_defect(template: str, lang: str) -> None:
    assert lint(built("sample", template, lang).data) == []
    assert lint(empty(template, lang).data) == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_validator_of_the_schemas_finds_nothing(template: str, tmp_path: Path) -> None:
    path = saved(built("sample", template), tmp_path)
    assert [str(error.description) for error in OpenXmlValidator().validate(str(path)).errors] == []


@pytest.mark.slow
@pytest.mark.parametrize("example", ["company", "cdnow"])
def test_examples_have_no_defect(example: str) -> None:
    assert lint(built(example).data) == []


@pytest.mark.sample(3)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("lang", LANGS)
def test_every_sheet_and_header_stands_where_the_layout_says(template: str, lang: str) -> None:
    book = book_of(template, lang)
    layout = Layout(book)
    workbook = opened(built("sample", template, lang).data)
    assert workbook.sheetnames == [sheet.title for sheet in book.sheets]
    for name, place in layout.tables.items():
        sheet = workbook[place.sheet]
        for item in place.all_columns:
            assert sheet.cell(place.header_row, item.index + 1).value == item.header, name
        assert sheet.tables[place.name].ref.startswith(f"{place.all_columns[0].letter}{place.header_row}:")


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("example", "template"),
    [*(("sample", template) for template in TEMPLATES), ("company", "standard"), ("cdnow", "standard")],
)
def test_every_table_of_an_example_has_rows(example: str, template: str) -> None:
    book = book_of(template)
    for name, frame in built(example, template).computed.frames.items():
        if book.tables[name].managed:
            assert frame[book.tables[name].key].notna().all(), name
            assert len(frame), name


def test_the_sample_computes_what_was_promised() -> None:
    workbook = opened(built().data, data_only=True)
    assert column(workbook["客户忠诚度分析"], "忠诚度评分") == [90, 60]
    assert column(workbook["客户流失预警"], "预警等级") == ["高", "低"]
    assert column(workbook["客户分类管理"], "客户分类") == ["VIP客户", "普通客户"]
    lifecycle = opened(built(as_of="2023-02-25").data, data_only=True)["客户生命周期管理"]
    assert column(lifecycle, "客户状态") == ["活跃", "不活跃"]


SAMPLE_ROWS = {
    "客户交易记录": [
        ("1001", "001", date(2023, 1, 1), 500, "手机", "信用卡"),
        ("1002", "002", date(2023, 1, 5), 300, "电脑", "支付宝"),
    ],
    "客户反馈记录": [
        ("2001", "001", date(2023, 1, 10), "产品质量有问题", "已处理"),
        ("2002", "002", date(2023, 1, 15), "服务态度差", "未处理"),
    ],
    "客户偏好记录": [
        ("3001", "001", "产品类型", "喜欢电子产品"),
        ("3002", "002", "服务方式", "偏好线上购物"),
    ],
    "客户分类管理": [
        ("4001", "001", "VIP客户", "购买金额超过5000元"),
        ("4002", "002", "普通客户", "购买金额在1000元以下"),
    ],
    "客户生命周期管理": [
        ("5001", "001", date(2023, 1, 1), date(2023, 1, 10), date(2023, 2, 1)),
        ("5002", "002", date(2023, 1, 5), date(2023, 1, 15), date(2023, 1, 20)),
    ],
    "客户满意度调查": [
        ("6001", "001", date(2023, 1, 20), 5, "产品性能", "无"),
        ("6002", "002", date(2023, 1, 25), 3, "客服服务", "提高响应速度"),
    ],
    "客户忠诚度分析": [("7001", "001", 10, 5000, 5, 90), ("7002", "002", 5, 2000, 2, 60)],
    "客户流失预警": [("8001", "001", date(2023, 1, 1), 10, "高"), ("8002", "002", date(2023, 1, 5), 5, "低")],
    "客户营销活动记录": [
        ("9001", "001", "新品发布会", date(2023, 1, 10), "高", "客户购买了新品"),
        ("9002", "002", "年终促销", date(2023, 1, 20), "中", "客户未购买"),
        ("9003", "001", "年终促销", date(2023, 1, 1), "高", "活动当天下单"),
    ],
    "客户基本信息": [
        ("001", "张三", "男", 30, "123456789", "zhangsan@example.com", "北京市海淀区"),
        ("002", "李四", "女", 28, "987654321", "lisi@example.com", "上海市浦东新区"),
    ],
}


@pytest.mark.parametrize("title", SAMPLE_ROWS)
def test_the_sample_rows_stand_exactly(title: str) -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(built().data)).get_sheet_by_name(title).to_python()[1:]
    for wanted, row in zip(SAMPLE_ROWS[title], rows, strict=True):
        shown = [cell for cell in row if cell != "张三" or "张三" in wanted]
        shown = [cell for cell in shown if cell != "李四" or "李四" in wanted]
        assert tuple(shown[: len(wanted)]) == wanted


def test_pandas_reads_a_sheet_as_it_is() -> None:
    frame = pd.read_excel(
        io.BytesIO(built().data), sheet_name="客户忠诚度分析", dtype={"客户ID": str}, engine="calamine"
    )
    assert frame["客户ID"].tolist() == ["001", "002"]
    assert frame["忠诚度评分"].tolist() == [90, 60]


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    "as_of", ["1997-01-01", "1998-06-30", "2023-01-03", "2023-04-01", "2024-02-29", "2040-12-31"]
)
@pytest.mark.parametrize("example", ["sample", "company", "cdnow"])
def test_no_computed_cell_is_an_error_at_any_day(example: str, as_of: str) -> None:
    book = book_of()
    computed = recompute(
        book,
        load_example(example, "standard" if example == "sample" else None).frames(book),
        date.fromisoformat(as_of),
    )
    broken = [
        key
        for key, result in computed.results.items()
        if any(isinstance(value, CellError) for value in result)
    ]
    assert broken == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_computed_cell_of_an_empty_book_is_an_error(template: str) -> None:
    computed = empty(template).computed
    broken = [
        key
        for key, result in computed.results.items()
        if any(isinstance(value, CellError) for value in result)
    ]
    assert broken == []


def test_building_twice_gives_the_same_rows() -> None:
    again = built.__wrapped__("sample").data
    first, second = (zipfile.ZipFile(io.BytesIO(data)) for data in (built().data, again))
    assert first.namelist() == second.namelist()
    for name in first.namelist():
        if name != "docProps/core.xml":  # it holds the time of writing
            assert first.read(name) == second.read(name), name


# furniture


def validations(sheet: Worksheet) -> dict[str, object]:
    return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}


def rule_of(title: str, header: str) -> object:
    sheet = opened(built().data)[title]
    headers = [cell.value for cell in sheet[1]]
    letter = openpyxl.utils.get_column_letter(headers.index(header) + 1)
    return validations(sheet)[f"{letter}2:{letter}1048576"]


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("title", "header", "kind", "source", "style"),
    [
        ("客户基本信息", "性别", "list", "列表_性别", None),
        ("客户基本信息", "城市", "list", "INDEX(列表_城市,MATCH($P2,列表_城市_所属,0)):INDEX(", "warning"),
        ("客户基本信息", "公司名称", "list", "已填_公司名称", "none"),
        ("客户交易记录", "客户ID", "list", "编号_客户基本信息", "none"),
        ("客户交易记录", "交易日期", "date", "", None),
        ("客户满意度调查", "满意度评分", "whole", "1", None),
        ("客户忠诚度分析", "忠诚度评分", "custom", "FALSE", None),
        ("客户交易记录", "交易ID", "custom", "COUNTIF($A$2:$A$1048576,$A2)=1", "warning"),
    ],
)
def test_validations(title: str, header: str, kind: str, source: str, style: str | None) -> None:
    rule = rule_of(title, header)
    assert rule.type == kind
    assert source in rule.formula1
    assert bool(rule.showErrorMessage) == (style != "none")
    if style == "none":  # what may be new is not objected to
        return
    assert (rule.errorStyle or "stop") == (style or "stop")
    assert 0 < len(rule.errorTitle) <= 32
    assert 0 < len(rule.error) <= 255


def test_names_of_lists_refer_to_their_columns() -> None:
    names = {name.name: name.formula for name in Package.open(built().data).defined_names}
    assert re.fullmatch(
        r"'?数据字典'?!\$([A-Z]+)\$5:INDEX\('?数据字典'?!\$\1\$5:\$\1\$2000,MAX\(1,COUNTA\('?数据字典'?!\$\1\$5:\$\1\$2000\)\)\)",
        names["列表_性别"],
    )
    assert names["截止日期"].endswith("!$C$4")
    assert names["_crmbook.customers.phone"] == "'客户基本信息'!$E$1"


def test_a_computed_column_is_grey_and_a_marked_cell_pink() -> None:
    sheet = opened(built().data)["客户忠诚度分析"]
    score, customer = sheet["G2"], sheet["B2"]
    assert score.fill.fgColor.rgb == "FFF3F4F6"
    assert customer.fill.fill_type is None
    rules = [rule.formula[0] for area in sheet.conditional_formatting for rule in area.rules if rule.formula]
    assert 'ISNUMBER(SEARCH("【"&A$1&"】",$I2))' in rules
    assert any("ISFORMULA" in rule for rule in rules)


def links_of(sheet: Worksheet) -> set[str]:
    return {cell.hyperlink.location or "" for row in sheet.iter_rows() for cell in row if cell.hyperlink}


def test_every_sheet_is_ready_for_print_and_links_back() -> None:
    workbook = opened(built().data)
    for sheet in workbook.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.tabColor is not None
        if sheet.title != "使用说明":
            assert any("使用说明" in link for link in links_of(sheet)), sheet.title
    guide = links_of(workbook["使用说明"])
    assert {f"'{title}'!A1" for title in workbook.sheetnames[1:]} <= guide


def test_tables_are_printed_without_the_issues_and_upright_where_they_are_narrow() -> None:
    """Whole columns: the paper ends where the data ends, however many rows come to be."""
    workbook, place = opened(built().data), Layout(book_of()).tables
    names = Package.open(built().data).defined_names
    areas = {one.sheet: one.formula for one in names if one.name == "_xlnm.Print_Area"}
    for name in ("customers", "transactions", "loyalty"):
        table, sheet = place[name], workbook[place[name].sheet]
        last = [column.letter for column in table.columns.values()][-1]
        assert areas[sheet.title] == f"{sheet.title}!$A:${last}"
        assert table.issues is not None
        assert table.issues.letter > last or len(table.issues.letter) > len(last)
        assert sheet.print_title_rows == "$1:$1"
        is_fitted = bool(sheet.sheet_properties.pageSetUpPr.fitToPage)
        assert (is_fitted, sheet.page_setup.scale) == ((False, 57) if name == "customers" else (True, None))
    pages = {
        name: workbook[place[name].sheet].page_setup
        for name in place
        if name in {"customers", "transactions"}
    }
    assert (pages["transactions"].orientation, pages["customers"].orientation) == ("portrait", "landscape")
    assert workbook[place["customers"].sheet].print_title_cols == "$A:$B"
    fields = workbook["数据字典"].tables["字段说明"].ref
    left, right = (re.sub(r"[0-9]", "", cell) for cell in fields.split(":"))
    assert areas["数据字典"] == f"数据字典!${left}:${right}"


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_longest_value_of_a_list_has_room(lang: str) -> None:
    book = book_of("ecommerce", lang)
    workbook = opened(built(template="ecommerce", lang=lang).data)
    for table in Layout(book).tables.values():
        for name, column in table.columns.items():
            field = table.table.fields[name]
            if table.table.managed and field.list and field.type != "multi_enum" and not field.hidden:
                known = book.lists[field.list]
                texts = [value.text for value in known.values.values()]  # noqa: PD011 - it is no frame
                needed = max(sum(1 + (ord(sign) > 0x2E7F) for sign in text) for text in texts) + 1
                groups = workbook[table.sheet].column_dimensions.values()
                width = next(one.width for one in groups if one.min <= column.index + 1 <= one.max)
                assert width >= min(needed, 32), field.title


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_english_headers_have_room_in_two_lines(template: str) -> None:
    """No word is cut, and the button of the filter hides none."""
    workbook = opened(built(template=template, lang="en").data)
    for table in Layout(book_of(template, "en")).tables.values():
        if table.table.managed and table.last_row is None:
            groups = workbook[table.sheet].column_dimensions.values()
            widths = {at: one.width for one in groups for at in range(one.min, one.max + 1)}
            for name, column in table.columns.items():
                field = table.table.fields[name]
                if not field.hidden:
                    needed = max(*map(len, field.title.split()), len(field.title) / 2) + 2
                    assert widths[column.index + 1] >= needed, field.title


def test_headers_are_frozen_and_filtered() -> None:
    workbook = opened(built().data)
    for name, place in Layout(book_of()).tables.items():
        if place.header_row == 1:
            assert workbook[place.sheet].freeze_panes.endswith("2"), name
        table = workbook[place.sheet].tables[place.name]
        if place.last_row is None:  # those among the parts of a page have none
            assert table.autoFilter.ref == table.ref


@pytest.mark.sample(1)
@pytest.mark.parametrize("example", ["sample", "company", "cdnow"])
def test_the_charts_draw_the_rows_of_their_tables(example: str) -> None:
    work = built(example)
    archive = zipfile.ZipFile(io.BytesIO(work.data))
    charts = sorted(name for name in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name))
    assert len(charts) == 14
    workbook = opened(work.data, data_only=True)
    for name in charts:
        text = archive.read(name).decode()
        for area in re.findall(r"<c:val><c:numRef><c:f>([^<]+)</c:f>", text):
            sheet, cells = area.replace("$", "").rsplit("!", 1)
            values = [cell.value for row in workbook[sheet.strip("'")][cells] for cell in row]
            assert values, area
            assert all(value is None or value == "" or isinstance(value, int | float) for value in values)
            assert any(isinstance(value, int | float) for value in values), area


@pytest.mark.slow
def test_large_tables_leave_aggregates_to_sync() -> None:
    auto, never, always = (built("cdnow", mode=mode) for mode in ("auto", "never", "always"))
    assert {("loyalty", "frequency"), ("transactions", "order_key")} <= auto.by_sync
    assert ("customers", "age") in auto.live
    assert always.by_sync == {("customers", "lunar_birthday"), ("customers", "next_lunar_birthday")}
    assert ("loyalty", "score") in never.live
    assert ("customers", "last_interaction") in never.by_sync
    sheet = opened(auto.data)["客户忠诚度分析"]
    assert not str(sheet["D2"].value).startswith("=")
    assert opened(auto.data, data_only=True)["客户忠诚度分析"]["D2"].value is not None

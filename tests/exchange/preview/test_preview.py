"""The preview of an import: what it shows, and that what a person changes in it, and nothing else, comes back."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import openpyxl
import pytest

from crmbook.exchange import apply, plan_import, propose, read_source
from crmbook.exchange.preview import PreviewError, is_preview, preview_name, read_preview, write_preview
from crmbook.store import State
from crmbook.sync import counters_of, first_state
from tests import office
from tests.exchange.mapping.lists import book
from tests.ooxml_lint import lint

PEOPLE = """姓名,手机/电话,性别,客户类型,城市,推荐人电话,建档时间
张三,13800138000/010-62551234,先生,VIP,广州,13900000000,2024-01-05
李四,13800138001,F,老客户,杭州,,2024-13-01
王五,13800138002,M,潜在,广州,,2024-01-07
张三,13800138000,男,甲类,广州,,2024-01-05
,13800138009,女,VIP,广州,,2024-01-05
"""
ORDERS = """订单编号,买家会员名,买家实际支付金额,订单状态,收货人姓名,联系手机,订单创建时间,宝贝标题
1800000000000000001,tb1,100,交易成功,张三,13800138000,2024-01-01 10:00:00,手机
1800000000000000002,tb2,50,交易关闭,李四,13800138001,2024-01-02 10:00:00,电脑
1800000000000000003,tb1,30,退款成功,张三,13800138000,2024-01-03 10:00:00,电脑
"""
DAY = dt.date(2024, 3, 1)


def make(folder, text=PEOPLE, lang="zh", name="名单.csv"):
    """Write a list and its preview; return its path and the mapping that it shows."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    known = book("standard", lang)
    source = read_source(path)
    sheet = source.sheets[0]
    mapping = propose(known, sheet)
    tables = first_state(known, {})
    head = State(1, tables, counters_of(known, tables))
    plan = plan_import(known, head, apply(known, mapping, sheet), source, sheet, DAY, mapping=mapping)
    target = folder / preview_name(known, source, sheet)
    write_preview(target, known, source, sheet, mapping, plan)
    return target, mapping


def edit(path, **cells):
    """Type into cells: ``列对应_C5="姓名"``."""
    workbook = openpyxl.load_workbook(path)
    for place, text in cells.items():
        title, _, cell = place.partition("_")
        workbook[title][cell] = text
    workbook.save(path)


def table(path, title):
    """Return the rows of a sheet's table, its header first, without blank cells at their ends."""
    rows = openpyxl.load_workbook(path)[title].iter_rows(min_row=4, values_only=True)
    return [tuple("" if cell is None else cell for cell in row) for row in rows]


def bare(mapping):
    """Return a mapping without how its fields were found."""
    columns = tuple(replace(rule, found="", sure=1.0) for rule in mapping.columns)
    return replace(mapping, columns=columns, values=tuple(replace(rule, sure=1.0) for rule in mapping.values))


@pytest.mark.parametrize(
    ("text", "lang", "name", "preview"),
    [
        (PEOPLE, "zh", "名单.csv", "导入-名单.xlsx"),
        (PEOPLE, "en", "list.csv", "import-list.xlsx"),
        (ORDERS, "zh", "订单.csv", "导入-订单.xlsx"),
    ],
)
def test_a_preview_that_nobody_changed_says_what_was_proposed(tmp_path, text, lang, name, preview):
    path, mapping = make(tmp_path, text, lang, name)
    assert path.name == preview
    found = read_preview(path, book("standard", lang))
    assert bare(found.mapping) == bare(mapping)
    assert (found.source, dict(found.decisions), found.layout.encoding) == (tmp_path / name, {}, "utf-8")
    assert is_preview(path)
    assert not is_preview(tmp_path / name)


def test_it_shows_columns_values_rows_and_problems(tmp_path):
    path, _ = make(tmp_path)
    workbook = openpyxl.load_workbook(path)
    assert [sheet.title for sheet in workbook if sheet.sheet_state == "visible"] == [
        "说明",
        "列对应",
        "值对应",
        "行",
        "问题",
    ]
    assert workbook["说明"]["A1"].value == "导入预览：名单.csv"
    assert table(path, "列对应")[1:] == [
        ("姓名", "张三  ·  李四  ·  王五", "姓名", "标题相同", 1, "不拆", "只补空白"),
        (
            "手机/电话",
            "13800138000/010-62551234  ·  13800138001  ·  13800138002",
            "电话",
            "常用别名",
            1,
            "多个电话",
            "只补空白",
        ),
        ("性别", "先生  ·  F  ·  M", "性别", "标题相同", 1, "不拆", "只补空白"),
        ("客户类型", "VIP  ·  老客户  ·  潜在", "客户类型", "标题相同", 1, "不拆", "只补空白"),
        ("城市", "广州  ·  杭州", "城市", "标题相同", 1, "不拆", "只补空白"),
        ("推荐人电话", "13900000000", "自定义列", "", "", "", "只补空白"),
        (
            "建档时间",
            "2024-01-05  ·  2024-13-01  ·  2024-01-07",
            "注册时间",
            "常用别名",
            1,
            "不拆",
            "只补空白",
        ),
    ]
    assert ("客户类型", "甲类", 1, "（列入失败明细）", "") in table(path, "值对应")
    rows = {row[0]: row[1:5] for row in table(path, "行")[1:]}
    assert rows[2][:2] == ("客户基本信息", "新增")
    assert rows[5][1] == "重复"
    assert "与第 2 行相同" in rows[5][3]
    assert rows[6][1] == "跳过"
    problems = table(path, "问题")
    assert [row[2:4] for row in problems if row[2] == "注册时间"] == [("注册时间", "2024-13-01")]


def test_an_english_book_has_an_english_preview(tmp_path):
    path, _ = make(
        tmp_path,
        "Name,Phone,Gender\nAnn,555-010-0001,F\nBob,555-010-0002,x?\nCid,555-010-0003,M\nDan,555-010-0004,M\n",
        "en",
        "list.csv",
    )
    workbook = openpyxl.load_workbook(path)
    assert [sheet.title for sheet in workbook if sheet.sheet_state == "visible"] == [
        "Guide",
        "Columns",
        "Values",
        "Rows",
        "Problems",
    ]
    words = [
        cell
        for sheet in workbook
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str)
    ]
    assert [text for text in words if re.search("[\u4e00-\u9fff]", text) and "无" not in text] == []


def test_a_list_without_values_or_problems_says_so(tmp_path):
    path, _ = make(tmp_path, "姓名,电话\n张三,13800138000\n")
    assert table(path, "值对应")[1][0] == table(path, "问题")[1][0] == "没有"
    assert read_preview(path, book()).mapping.values == ()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_answer_that_is_shown_is_one_of_its_choices(tmp_path, lang):
    path, _ = make(tmp_path, lang=lang)
    workbook = openpyxl.load_workbook(path)
    asked = 0
    for sheet in workbook:
        for rule in sheet.data_validations.dataValidation:
            title, area = re.fullmatch(r"'?([^'!]+)'?!(.+)", rule.formula1).groups()
            choices = {cell.value for (cell,) in workbook[title][area.replace("$", "")]}
            for (cell,) in sheet[str(rule.sqref)] if ":" in str(rule.sqref) else [(sheet[str(rule.sqref)],)]:
                assert cell.value is None or cell.value in choices, cell.coordinate
                asked += 1
    assert asked == 7 * 3 + len(table(path, "值对应" if lang == "zh" else "Values")) - 1 + 5


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("cells", "header", "rule"),
    [
        (
            {"列对应_C10": "电话", "列对应_F10": "不拆"},
            "推荐人电话",
            {"table": "customers", "field": "phone", "split": "phones"},
        ),
        ({"列对应_C10": "不导入"}, "推荐人电话", {"table": "", "field": ""}),
        ({"列对应_C10": None}, "推荐人电话", {"table": "", "field": ""}),
        ({"列对应_C10": "个性化备注"}, "推荐人电话", {"table": "customers", "field": "notes", "split": ""}),
        ({"列对应_C6": "自定义列"}, "手机/电话", {"table": "customers", "field": "", "split": ""}),
        ({"列对应_F6": "不拆"}, "手机/电话", {"field": "phone", "split": ""}),
        (
            {"列对应_G6": "用名单的"},
            "手机/电话",
            {"field": "phone", "split": "phones", "policy": "overwrite"},
        ),
    ],
)
def test_a_column_is_mapped_as_a_person_says(tmp_path, cells, header, rule):
    path, mapping = make(tmp_path)
    edit(path, **cells)
    found = read_preview(path, book()).mapping
    changed = next(one for one in found.columns if one.header == header)
    assert {name: getattr(changed, name) for name in rule} == rule
    others = [one for one in bare(found).columns if one.header != header]
    assert others == [one for one in bare(mapping).columns if one.header != header]
    assert bare(found).values == bare(mapping).values


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("answer", "action", "entry"),
    [
        ("VIP客户", "use", "VIP客户"),
        ("（加入字典）", "add", ""),
        ("（留空）", "blank", ""),
        ("（列入失败明细）", "keep", ""),
    ],
)
def test_a_text_means_what_a_person_says(tmp_path, answer, action, entry):
    path, mapping = make(tmp_path)
    line = 4 + [row[1] for row in table(path, "值对应")].index("甲类")
    edit(path, **{f"值对应_D{line}": answer})
    found = read_preview(path, book()).mapping
    assert [(rule.action, rule.entry) for rule in found.values if rule.text == "甲类"] == [(action, entry)]
    assert [rule for rule in bare(found).values if rule.text != "甲类"] == [
        rule for rule in bare(mapping).values if rule.text != "甲类"
    ]


def test_a_row_becomes_what_a_person_says(tmp_path):
    path, _ = make(tmp_path)
    shown = [(row[0], row[2]) for row in table(path, "行")[1:]]
    assert shown == [
        (5, "重复"),
        (6, "跳过"),
        (2, "新增"),
        (3, "新增"),
        (4, "新增"),
    ]  # what is telling stands first
    edit(path, 行_D5="新增", 行_D7="跳过")
    assert read_preview(path, book()).decisions == {("customers", 5): "new", ("customers", 2): "skip"}


def test_answers_stay_with_their_rows_when_people_sort(tmp_path):
    path, _ = make(tmp_path)
    edit(path, 行_D7="跳过")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["行"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    for line, row in enumerate(reversed(rows), 5):
        for column, value in enumerate(row, 1):
            sheet.cell(line, column).value = value
    workbook.save(path)
    assert read_preview(path, book()).decisions == {("customers", 2): "skip"}


def test_orders_say_which_table_a_column_goes_into(tmp_path):
    path, mapping = make(tmp_path, ORDERS, name="订单.csv")
    shown = {row[0]: row[2:4] for row in table(path, "列对应")[1:]}
    assert shown["订单编号"] == ("自定义列", "对方系统的编号")
    assert shown["收货人姓名"] == ("客户基本信息 · 姓名", "常用别名")
    facts = [
        cell.value for row in openpyxl.load_workbook(path)["说明"].iter_rows() for cell in row if cell.value
    ]
    assert "“订单状态”是交易关闭的 1 行" in facts
    edit(path, 列对应_C5="交易ID", 列对应_C9="不导入")
    found = read_preview(path, book()).mapping
    assert [(rule.table, rule.field, rule.is_external) for rule in found.columns[:1]] == [
        ("transactions", "transaction_id", False)
    ]
    assert found.columns[4].table == ""
    assert found.filters == mapping.filters


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("cells", "code", "sheet", "cell"),
    [
        ({"列对应_C5": "性名"}, "preview.unknown-choice", "列对应", "C5"),
        ({"列对应_F6": "三个电话"}, "preview.unknown-choice", "列对应", "F6"),
        ({"列对应_G6": "随便"}, "preview.unknown-choice", "列对应", "G6"),
        ({"列对应_A5": "名姓"}, "preview.unknown-row", "列对应", "A5"),
        ({"列对应_C4": "字段"}, "preview.no-column", "列对应", ""),
        ({"值对应_D5": "不男不女"}, "preview.unknown-choice", "值对应", "D5"),
        ({"值对应_B5": "太太"}, "preview.unknown-row", "值对应", "A5"),
        ({"行_D6": "删除"}, "preview.unknown-choice", "行", "D6"),
        ({"行_B6": "客户", "行_D6": "跳过"}, "preview.unknown-row", "行", "A6"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(tmp_path, cells, code, sheet, cell):
    path, _ = make(tmp_path)
    edit(path, **cells)
    with pytest.raises(PreviewError) as caught:
        read_preview(path, book())
    place = caught.value.location
    assert (caught.value.code, place.sheet, place.cell or "") == (code, sheet, cell)


def test_a_list_that_was_changed_since_is_refused(tmp_path):
    path, _ = make(tmp_path)
    (tmp_path / "名单.csv").write_text(
        PEOPLE + "赵六,13800138003,男,VIP,广州,,2024-01-05\n", encoding="utf-8"
    )
    with pytest.raises(PreviewError) as caught:
        read_preview(path, book())
    assert (caught.value.code, caught.value.params["path"]) == (
        "preview.source-changed",
        str(tmp_path / "名单.csv"),
    )
    (tmp_path / "名单.csv").unlink()
    with pytest.raises(PreviewError) as caught:
        read_preview(path, book())
    assert caught.value.code == "preview.source-missing"


def test_list_and_preview_may_be_moved_together(tmp_path):
    (tmp_path / "a").mkdir()
    path, mapping = make(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    found = read_preview(tmp_path / "b" / path.name, book())
    assert (bare(found.mapping), found.source) == (bare(mapping), tmp_path / "b" / "名单.csv")


def test_other_workbooks_and_other_books_are_refused(tmp_path):
    path, _ = make(tmp_path)
    with pytest.raises(PreviewError) as caught:
        read_preview(path, book("standard", "en"))
    assert caught.value.code == "preview.other-book"
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    with pytest.raises(PreviewError) as caught:
        read_preview(tmp_path / "x.xlsx", book())
    assert caught.value.code == "preview.not-a-preview"
    assert not is_preview(tmp_path / "x.xlsx")


@pytest.mark.parametrize("text", [PEOPLE, ORDERS, "姓名\n张三\n"])
def test_office_programs_have_nothing_to_repair(tmp_path, text):
    path, _ = make(tmp_path, text)
    assert lint(path) == []


@pytest.mark.parametrize(
    ("title", "cell"), [("列对应", "B6"), ("行", "E5"), ("值对应", "B5"), ("列对应", "A6")]
)
def test_what_is_longer_than_its_cell_goes_on_below(tmp_path, title, cell):
    long = f"{PEOPLE.splitlines()[0].replace('性别', '登记时填写的客户性别（先生或女士，未填写时留空）')}\n"
    rows = [line.replace("张三", "呼和浩特市赛罕区张三李四联合经营部") for line in PEOPLE.splitlines()[1:]]
    path, _ = make(
        tmp_path, long.replace("姓名", "姓名（以身份证或营业执照为准，不要写简称）") + "\n".join(rows)
    )
    sheet = openpyxl.load_workbook(path)[title]
    assert sheet[cell].alignment.wrap_text
    text = max((str(one.value) for one in sheet[cell].parent[cell[0]][4:]), key=len)
    heights = [sheet.row_dimensions[number].height for number in range(5, sheet.max_row + 1)]
    assert len(text) * 2 <= sheet.column_dimensions[cell[0]].width or max(heights) > min(heights)


def test_one_is_no_plural(tmp_path):
    path, _ = make(tmp_path, "Name,Phone\nAnn,555-010-0001\n", "en", "list.csv")
    words = [
        cell for row in openpyxl.load_workbook(path)["Guide"].iter_rows(values_only=True) for cell in row
    ]
    assert "list.csv · list, 1 row" in words
    assert "1 row, none of them doubtful" in words


def test_it_prints_with_its_headers_on_every_page(tmp_path):
    path, _ = make(tmp_path)
    for sheet in openpyxl.load_workbook(path).worksheets[1:5]:
        assert (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.paperSize) == ("B5", "$4:$4", 9)
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)


EDITED = """
sheets = document.Sheets
sheets.getByName("列对应").getCellRangeByName("C10").String = "个性化备注"
values = sheets.getByName("值对应")
for row in range(4, 30):
    if values.getCellByPosition(1, row).String == "甲类":
        values.getCellByPosition(3, row).String = "VIP客户"
sheets.getByName("行").getCellRangeByName("D9").String = "跳过"
save()
"""


@pytest.mark.slow
@pytest.mark.office
def test_edited_in_libreoffice_it_says_exactly_that(tmp_path):
    path, mapping = make(tmp_path)
    office.run_macro_script(path, EDITED)
    found = read_preview(path, book())
    columns = {rule.header: (rule.table, rule.field) for rule in mapping.columns} | {
        "推荐人电话": ("customers", "notes")
    }
    assert {rule.header: (rule.table, rule.field) for rule in found.mapping.columns} == columns
    changed = [
        rule
        for rule, old in zip(found.mapping.values, mapping.values, strict=True)
        if (rule.action, rule.entry) != (old.action, old.entry)
    ]
    assert [(rule.text, rule.action, rule.entry) for rule in changed] == [("甲类", "use", "VIP客户")]
    assert found.decisions == {("customers", 4): "skip"}

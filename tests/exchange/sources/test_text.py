"""Files of text, each with one fault: what is read is what a person would read in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.exchange.sources import SourceLayout
from crmbook.exchange.sources.delimited import split_delimited
from tests.exchange.sources.case import Case, check, read

TWO = ("姓名", "电话")
ZHANG = ("张三", "13800138000")
LI = ("李四", "13900139000")
PLAIN = "姓名,电话\n张三,13800138000\n李四,13900139000\n"
PEOPLE = {2: ZHANG, 3: LI}
CHEN = ("陳大文", "臺灣電腦股份有限公司", "請於週一聯繫這位客戶")
LIN = ("林美麗", "環球貿易", "這是一個測試檔案")
BIG5 = "姓名,公司,備註\n" + "\n".join(map(",".join, (CHEN, LIN)))
WIDE = "姓名,电话\n丁万丈,13800138000\n"
FAULTY = "姓名,公司,备注\n张三,星河科技,老客户介绍的\n李四,云帆教育,*\n"


def text(name: str, content: str, headers=TWO, rows=PEOPLE, **more) -> Case:
    return Case(name, content.encode(), headers, rows, **more)


ENCODINGS = [
    Case("utf-8", PLAIN.encode(), TWO, PEOPLE),
    Case("utf-8 with a mark", PLAIN.encode("utf-8-sig"), TWO, PEOPLE),
    Case("utf-8 with two marks", b"\xef\xbb\xbf" + PLAIN.encode("utf-8-sig"), TWO, PEOPLE),
    Case("utf-8 with two marks before a quotation mark", b"\xef\xbb\xbf" + '"姓,名",电话\n张三,13800138000\n'.encode("utf-8-sig"), ("姓,名", "电话"), {2: ZHANG}),
    Case("gb18030", PLAIN.encode("gb18030"), TWO, PEOPLE),
    Case("utf-16 with a mark", PLAIN.encode("utf-16"), TWO, PEOPLE),
    # U+4E01 … U+4E1F: half of each of these characters looks like a control.
    Case("utf-16 of 丁, 万 and 丈", WIDE.encode("utf-16"), TWO, {2: ("丁万丈", "13800138000")}),
    Case("utf-16 without a mark", PLAIN.encode("utf-16-le"), TWO, PEOPLE),
    Case("utf-16 the other way round", b"\xfe\xff" + PLAIN.encode("utf-16-be"), TWO, PEOPLE),
    Case(
        "a rare character of gb18030",
        "姓名,电话\n李喆堃㛃,13900139000\n王𠮷,13800138000\n".encode("gb18030"),
        TWO,
        {2: ("李喆堃㛃", "13900139000"), 3: ("王𠮷", "13800138000")},
    ),
    Case("big5", BIG5.encode("big5"), ("姓名", "公司", "備註"), {2: CHEN, 3: LIN}),
    Case("big5 as was said", BIG5.encode("big5"), ("姓名", "公司", "備註"), {2: CHEN, 3: LIN}, layout=SourceLayout(encoding="big5")),
    Case(
        "a byte that is in no encoding",
        FAULTY.encode("gb18030").replace(b"*", b"\xff"),
        ("姓名", "公司", "备注"),
        {2: ("张三", "星河科技", "老客户介绍的"), 3: ("李四", "云帆教育", "\ufffd")},
        issues=[("import.bad-characters", 3)],
    ),
    Case("western", "Name,City\nJosé,Málaga\nMüller,Köln\nFrançois,Orléans\n".encode("cp1252"), ("Name", "City"), {2: ("José", "Málaga"), 3: ("Müller", "Köln"), 4: ("François", "Orléans")}),
    Case(
        "the last character cut",
        PLAIN.encode()[:-12] + "王".encode()[:2],
        TWO,
        {2: ZHANG, 3: ("李四", None)},
        issues=[("import.cut-off", "")],
    ),
]  # fmt: skip

DELIMITERS = [
    text("tabs", PLAIN.replace(",", "\t")),
    text("semicolons and decimal commas", "姓名;金额\n张三;1,5\n李四;2,25\n", ("姓名", "金额"), {2: ("张三", "1,5"), 3: ("李四", "2,25")}),
    text("bars", PLAIN.replace(",", "|")),
    text("the delimiter said in the first line", "sep=;\n" + PLAIN.replace(",", ";"), rows={3: ZHANG, 4: LI}, left=[(2, "header")]),
    text("a delimiter named by hand", PLAIN.replace(",", "^"), layout=SourceLayout(delimiter="^")),
    text("one column", "电话\n13800138000\n13900139000\n", ("电话",), {2: ("13800138000",), 3: ("13900139000",)}),
    text(
        "addresses with commas between tabs",
        "姓名\t地址\t电话\n张三\t浙江,杭州\t138\n李四\t浙江,宁波\t139\n",
        ("姓名", "地址", "电话"),
        {2: ("张三", "浙江,杭州", "138"), 3: ("李四", "浙江,宁波", "139")},
    ),
    text("carriage returns alone", PLAIN.replace("\n", "\r")),
    text("carriage returns and line feeds", PLAIN.replace("\n", "\r\n")),
    text("no line end at the end", PLAIN.rstrip()),
]  # fmt: skip

QUOTES = [
    text("lines inside quotation marks", '姓名,备注\n张三,"第一行\n第二行"\n李四,无\n', ("姓名", "备注"), {2: ("张三", "第一行\n第二行"), 3: ("李四", "无")}),
    text("delimiters inside quotation marks", '姓名,备注\n张三,"茶,咖啡"\n', ("姓名", "备注"), {2: ("张三", "茶,咖啡")}),
    text("each line between quotation marks", '"姓名,电话"\n"张三,13800138000"\n"李四,13900139000"\n'),
    text("one column whose cells hold commas", '标签\n"新,老"\n"老,大"\n', ("标签",), {2: ("新,老",), 3: ("老,大",)}),
    text("cells padded with tabs", '单号,姓名\n"231001\t",张三\n', ("单号", "姓名"), {2: ("231001", "张三")}),
    text("doubled quotation marks", '姓名,备注\n张三,"说""好"""\n', ("姓名", "备注"), {2: ("张三", '说"好"')}),
    text("a quotation mark inside a cell", '姓名,尺寸\n张三,5"屏\n', ("姓名", "尺寸"), {2: ("张三", '5"屏')}),
    text("numbers guarded by a formula", '编号,电话\n="001",="13800138000"\n="002",\n', ("编号", "电话"), {2: ("001", "13800138000"), 3: ("002", None)}),
    text("numbers guarded by a quoted formula", '编号,电话\n"=""001""",1\n', ("编号", "电话"), {2: ("001", "1")}),
    text("apostrophes before numbers", "姓名,电话\n张三,'13800138000\n李四,'\n", rows={2: ZHANG, 3: ("李四", None)}),
    text("apostrophes before a whole column", "姓名,微信\n张三,'abc\n李四,'无\n", ("姓名", "微信"), {2: ("张三", "abc"), 3: ("李四", "无")}),
    text("an apostrophe of a name", "姓名,电话\n'tHooft,1\nBos,2\nMulder,3\n", rows={2: ("'tHooft", "1"), 3: ("Bos", "2"), 4: ("Mulder", "3")}),
    text("a formula written by a person", "姓名,备注\n张三,=1+1\n", ("姓名", "备注"), {2: ("张三", "=1+1")}),
]  # fmt: skip

PADDING = [
    text("spaces, ideographic ones, and those that do not break", "姓名 ,电话\n 张三\u3000,\u00a013800138000 \n李四\t,13900139000\n"),
    text("spaces inside a name stay", "姓名,电话\n王  芳,1\n", rows={2: ("王  芳", "1")}),
    text("cells of spaces alone", "姓名,电话\n张三,  \n\u3000,1\n", rows={2: ("张三", None), 3: (None, "1")}),
    text("full-width digits stay", "姓名,电话\n张三,１３８\n", rows={2: ("张三", "１３８")}),
    text("a mark inside the file", "姓名,电话\n\ufeff张三,13800138000\n李四\u200b,13900139000\n"),
    text("serial numbers of days and mixed days stay", "姓名,日期\n张三,43022\n李四,2023.1.5\n王五,1月5日\n", ("姓名", "日期"), {2: ("张三", "43022"), 3: ("李四", "2023.1.5"), 4: ("王五", "1月5日")}),
    text("leading zeros stay", "编号,邮编\n001,010000\n", ("编号", "邮编"), {2: ("001", "010000")}),
    text("signs that a cell cannot hold", "姓名,电话\n张\0三,13800138000\n李四,13900139000\n"),
]  # fmt: skip

DIGITS = [
    text("a telephone in exponents", "姓名,电话\n张三,1.38E+10\n李四,13900139000\n", rows={2: ("张三", None), 3: LI}, issues=[("import.lost-digits", "B2")]),
    text("exponents behind an apostrophe", "姓名,电话\n张三,'1.77220E+10\n", rows={2: ("张三", None)}, issues=[("import.lost-digits", "B2")]),
    text("exponents that have all digits", "姓名,电话\n张三,1.3800138001E10\n李四,1.39001390015e+10\n", rows={2: ("张三", "13800138001"), 3: ("李四", "13900139001.5")}),
    text("codes that look like exponents", "姓名,型号\n张三,4E10\n李四,1E5\n王五,E+1\n", ("姓名", "型号"), {2: ("张三", "4E10"), 3: ("李四", "1E5"), 4: ("王五", "E+1")}),
    text(
        "long numbers that all end in zeros",
        "姓名,证件\n张三,110101199003070000\n李四,310101198501020000\n王五,440101197001010000\n",
        ("姓名", "证件"),
        {2: ("张三", None), 3: ("李四", None), 4: ("王五", None)},
        issues=[("import.lost-digits", "B2"), ("import.lost-digits", "B3"), ("import.lost-digits", "B4")],
    ),
    text(
        "long numbers that have their digits",
        "姓名,单号\n张三,180000000000000000\n李四,180000000000007919\n王五,180000000000015838\n",
        ("姓名", "单号"),
        {2: ("张三", "180000000000000000"), 3: ("李四", "180000000000007919"), 4: ("王五", "180000000000015838")},
    ),
]  # fmt: skip

PLACE = [
    text("titles above", "客户名单,\n制表人：小李,日期：2023-12-31\n\n" + PLAIN, rows={5: ZHANG, 6: LI}, left=[(1, "title"), (2, "title"), (4, "header")]),
    text(
        "headers in two rows",
        "序号,客户信息,,公司,\n,姓名,电话,名称,地区\n1,张三,138,星河,北京\n",
        ("序号", "客户信息/姓名", "客户信息/电话", "公司/名称", "公司/地区"),
        {3: ("1", "张三", "138", "星河", "北京")},
        left=[(1, "header"), (2, "header")],
    ),
    text(
        "groups above a few headers only",
        ",,联系,,所在,\n编号,姓名,电话,邮箱,城市,备注\n1,张三,13800138000,a@b.cn,北京,无\n2,李四,13900139000,c@d.cn,上海,无\n",
        ("编号", "姓名", "联系/电话", "联系/邮箱", "所在/城市", "所在/备注"),
        {3: ("1", "张三", "13800138000", "a@b.cn", "北京", "无"), 4: ("2", "李四", "13900139000", "c@d.cn", "上海", "无")},
        left=[(1, "header"), (2, "header")],
    ),
    text("the headers again", PLAIN + PLAIN, rows={2: ZHANG, 3: LI, 5: ZHANG, 6: LI}, left=[(1, "header"), (4, "repeated_header")]),
    text("a header twice", "姓名,电话,电话,电话 2\n张三,1,2,3\n", ("姓名", "电话", "电话 3", "电话 2"), {2: ("张三", "1", "2", "3")}),
    text("a column without a header", "姓名,,电话\n张三,VIP,1\n", ("姓名", "列 B", "电话"), {2: ("张三", "VIP", "1")}),
    text(
        "a long preface, as payment services write it",
        "----------------\n导出信息：\n姓名：李四\n账户：1@b.cn\n共2笔\n\n-------- 明细 --------\n时间,对方,金额,\n2023-03-30,某店,30,\n2023-03-29,李四,200,\n----------------\n",
        ("时间", "对方", "金额"),
        {9: ("2023-03-30", "某店", "30"), 10: ("2023-03-29", "李四", "200")},
        left=[*((row, "title") for row in (1, 2, 3, 4, 5, 7)), (8, "header"), (11, "title")],
    ),
    text(
        "parts with their own titles and headers",
        "一、重点\n姓名,电话,城市\n张三,1,北京\n\n二、一般\n姓名,电话,城市\n李四,2,上海\n\n负责人：小李,,2023年12月\n",
        ("姓名", "电话", "城市"),
        {3: ("张三", "1", "北京"), 7: ("李四", "2", "上海")},
        left=[(1, "title"), (2, "header"), (5, "title"), (6, "repeated_header"), (9, "note")],
    ),
    text("a column without a header, and a blank below", "姓名,,电话\n张三,VIP,\n李四,普通,1\n", ("姓名", "列 B", "电话"), {2: ("张三", "VIP", None), 3: ("李四", "普通", "1")}),
    text("a header over an empty column", "姓名,电话,传真\n张三,1,\n", ("姓名", "电话", "传真"), {2: ("张三", "1", None)}),
    text("empty columns", ",姓名,,电话,\n,张三,,13800138000,\n,李四,,13900139000,\n"),
    text("empty rows", "\n\n姓名,电话\n\n张三,13800138000\n,\n李四,13900139000\n\n\n", rows={5: ZHANG, 7: LI}, left=[(3, "header")]),
    text("a line break in a header", '"客户\n姓名",电话\n张三,13800138000\n李四,13900139000\n', ("客户姓名", "电话")),
    text("years as headers", "客户,2021,2022\n张三,1,2\n李四,3,4\n", ("客户", "2021", "2022"), {2: ("张三", "1", "2"), 3: ("李四", "3", "4")}),
    text("only headers", "姓名,电话\n", rows={}),
    text("no headers", "张三,13800138000\n李四,13900139000\n", ("列 A", "列 B"), {1: ZHANG, 2: LI}, left=[], issues=[("import.no-headers", "")]),
    text("numbers parted by spaces, without headers", " 001 19970101  2   29.33\n 002 19970118  2   29.73\n", ("列 A",), {1: ("001 19970101  2   29.33",), 2: ("002 19970118  2   29.73",)}, left=[], issues=[("import.no-headers", "")]),
    text(
        "no headers, and a record that could be them",
        "张三,男,a@b.cn\n李四,女,无\n王五,男,c@d.cn\n",
        ("列 A", "列 B", "列 C"),
        {1: ("张三", "男", "a@b.cn"), 2: ("李四", "女", "无"), 3: ("王五", "男", "c@d.cn")},
        left=[],
        issues=[("import.no-headers", "")],
    ),
    text("no headers, as was said", "张三,北京\n李四,上海\n", ("列 A", "列 B"), {1: ("张三", "北京"), 2: ("李四", "上海")}, left=[], layout=SourceLayout(header_row=0)),
    text("a row of headers named by hand", "x,y\n姓名,电话\n张三,13800138000\n", rows={3: ZHANG}, left=[(1, "title"), (2, "header")], layout=SourceLayout(header_row=2)),
    text("columns named by hand", "张三,13800138000\n李四,13900139000\n", rows={1: ZHANG, 2: LI}, left=[], layout=SourceLayout(columns={"姓名": (1, 1), "电话": (2, 2)})),
    text(
        "fixed width",
        " 00001 19970101  1   29.33\n 00002 19970118 12    9.00\n",
        ("客户", "日期", "数量", "金额"),
        {1: ("00001", "19970101", "1", "29.33"), 2: ("00002", "19970118", "12", "9.00")},
        left=[],
        layout=SourceLayout(columns={"客户": (2, 6), "日期": (8, 15), "数量": (16, 18), "金额": (19, 27)}),
    ),
    text(
        "a row with an unguarded delimiter",
        "姓名,地址,电话\n张三,北京,1\n李四,浙江,杭州,2\n",
        ("姓名", "地址", "电话", "列 D"),
        {2: ("张三", "北京", "1", None), 3: ("李四", "浙江", "杭州", "2")},
        issues=[("import.longer-rows", "D3")],
    ),
]  # fmt: skip

BELOW = [
    text("a total", "姓名,金额\n张三,1\n李四,2\n合计,3\n", ("姓名", "金额"), {2: ("张三", "1"), 3: ("李四", "2")}, left=[(1, "header"), (4, "total")]),
    text("a total behind its number", "序号,姓名,金额\n1,张三,1\n2,李四,2\n3,合 计：,3\n", ("序号", "姓名", "金额"), {2: ("1", "张三", "1"), 3: ("2", "李四", "2")}, left=[(1, "header"), (4, "total")]),
    text("totals of parts", "城市,姓名,金额\n北京,张三,1\n北京 小计,,1\n上海,李四,2\n上海 汇总,,2\n总计,,3\n", ("城市", "姓名", "金额"), {2: ("北京", "张三", "1"), 4: ("上海", "李四", "2")}, left=[(1, "header"), (3, "total"), (5, "total"), (6, "total")]),
    text("a total in English", "Name,City,Amount\nAnn,Rome,1\nBob,Bonn,2\nGrand Total,,3\n", ("Name", "City", "Amount"), {2: ("Ann", "Rome", "1"), 3: ("Bob", "Bonn", "2")}, left=[(1, "header"), (4, "total")]),
    text("a customer called Total", "Name,City,Amount\nTotal,Paris,1\nBob,Bonn,2\n", ("Name", "City", "Amount"), {2: ("Total", "Paris", "1"), 3: ("Bob", "Bonn", "2")}),
    text("a customer whose name ends like a total", "姓名,城市,金额\n北京汇总,北京,1\n李四,上海,2\n", ("姓名", "城市", "金额"), {2: ("北京汇总", "北京", "1"), 3: ("李四", "上海", "2")}),
    text("a note after a gap", "姓名,电话,城市\n张三,1,北京\n李四,2,上海\n\n截至年底\n", ("姓名", "电话", "城市"), {2: ("张三", "1", "北京"), 3: ("李四", "2", "上海")}, left=[(1, "header"), (5, "note")]),
    text("a note without a gap", "姓名,电话,城市\n张三,1,北京\n注：截至年底\n", ("姓名", "电话", "城市"), {2: ("张三", "1", "北京")}, left=[(1, "header"), (3, "note")]),
    text("a last record with a name alone", "姓名,电话,城市\n张三,1,北京\n李四\n", ("姓名", "电话", "城市"), {2: ("张三", "1", "北京"), 3: ("李四", None, None)}),
    text("totals and notes", "姓名,电话,城市\n张三,1,北京\n合计,1,\n制表：小李\n审核：老王\n", ("姓名", "电话", "城市"), {2: ("张三", "1", "北京")}, left=[(1, "header"), (3, "total"), (4, "note"), (5, "note")]),
    text("a name alone before the headers again", "姓名,电话,城市\n张三,1,北京\n李四\n姓名,电话,城市\n王五,2,上海\n", ("姓名", "电话", "城市"), {2: ("张三", "1", "北京"), 3: ("李四", None, None), 5: ("王五", "2", "上海")}, left=[(1, "header"), (4, "repeated_header")]),
    text("the title again on each page", "客户名单,,\n姓名,电话,城市\n张三,1,北京\n客户名单,,\n姓名,电话,城市\n李四,2,上海\n", ("姓名", "电话", "城市"), {3: ("张三", "1", "北京"), 6: ("李四", "2", "上海")}, left=[(1, "title"), (2, "header"), (4, "title"), (5, "repeated_header")]),
]  # fmt: skip

CASES = [*ENCODINGS, *DELIMITERS, *QUOTES, *PADDING, *DIGITS, *PLACE, *BELOW]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_messy_text_reads_as_a_person_reads_it(case, tmp_path):
    check(case, tmp_path)


CELLS = st.text(alphabet='ab"\n\r, ;\u3000', max_size=5)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_the_quick_way_parts_a_text_as_the_slow_one_does(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    width = max(map(len, rows))
    expected = [[*row, *[""] * (width - len(row))] for row in rows]
    found = [list(row) for row in zip(*split_delimited(file.getvalue(), ","), strict=True)]
    while found and len(found[0]) < width:
        found = [[*row, ""] for row in found]
    assert found == (expected if any(map(any, rows)) else [])


@pytest.mark.parametrize("longer", [1, 5000])
def test_a_row_that_is_longer_than_all_before_keeps_its_cells(longer, tmp_path):
    lines = ["姓名,电话", *[f"客户{number},{number}" for number in range(longer + 20)]]
    lines[longer] += ",多,余"
    (sheet,) = read("\n".join(lines).encode(), tmp_path).sheets
    assert sheet.headers == ("姓名", "电话", "列 C", "列 D")
    assert sheet.frame.loc[longer + 1].tolist() == [f"客户{longer - 1}", str(longer - 1), "多", "余"]
    assert len(sheet.frame) == longer + 20

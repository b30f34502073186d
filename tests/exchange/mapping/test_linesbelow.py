"""Lists of which every second row says one thing more of the record above it."""

from __future__ import annotations

import pytest

from crmbook.exchange.mapping import propose
from crmbook.exchange.mapping.linesbelow import join_lines_below
from tests.cli.run import run
from tests.exchange.mapping.lists import book, make_list

PLACES = ["上海市浦东新区世纪大道1号", "北京市海淀区中关村大街2号", "杭州市西湖区文三路3号"]
PEOPLE = ["张三 | 13800138000 | 星河", "李四 | 13900139000 | 云帆", "王五 | 13700137000 | 星河"]


def joined(*rows, headers="姓名 | 电话 | 公司"):
    return join_lines_below(book(), make_list("\n".join((headers, *rows))))


@pytest.mark.parametrize(("label", "header"), [("地址：", "地址"), ("收货地址: ", "收货地址"), ("", "地址")])
def test_what_stands_below_a_record_is_a_cell_of_it(label, header):
    rows = [row for one, place in zip(PEOPLE, PLACES, strict=True) for row in (one, f"{label}{place} | |")]
    sheet, count = joined(*rows)
    assert (count, sheet.headers, sheet.frame.index.tolist()) == (
        3,
        ("姓名", "电话", "公司", header),
        [2, 4, 6],
    )
    assert sheet.frame[header].tolist() == PLACES
    assert sheet.column(header) == 0
    fields = {rule.header: rule.field for rule in propose(book(), sheet).columns}
    assert fields[header] == "address"


def test_a_record_may_have_several_and_another_none():
    sheet, count = joined(
        PEOPLE[0],
        f"地址：{PLACES[0]} | |",
        "备注：要发票 | |",
        PEOPLE[1],
        PEOPLE[2],
        f"地址：{PLACES[2]} | |",
    )
    assert count == 3
    assert sheet.frame[["姓名", "地址", "备注"]].to_numpy(dtype=object).tolist() == [
        ["张三", PLACES[0], "要发票"], ["李四", None, None], ["王五", PLACES[2], None],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        [*PEOPLE, "备注：以上都是老客户 | |"],  # one row alone makes no habit
        [PEOPLE[0], "张三丰 | |", PEOPLE[1], "李四光 | |", PEOPLE[2], "王五岳 | |"],
        [PEOPLE[0], "口号：客户第一 | |", PEOPLE[1], "口号：永远第一 | |"],  # no field goes by that name
        [f"地址：{PLACES[0]} | |", PEOPLE[0], f"地址：{PLACES[1]} | |", PEOPLE[1]],  # above: whose is it?
        [PEOPLE[0], "公司：云帆 | |", PEOPLE[1], "公司：云帆 | |"],  # the record has one
        [PEOPLE[0], f"{PLACES[0]} | |", PEOPLE[1], PEOPLE[2], f"{PLACES[2]} | |", PEOPLE[0]],
    ],
)
def test_what_may_be_a_record_stays_one(rows):
    sheet = make_list("\n".join(("姓名 | 电话 | 公司", *rows)))
    assert join_lines_below(book(), sheet) == (sheet, 0)


def test_it_is_told(tmp_path):
    rows = [f"{one},,".replace(" | ", ",") for one in PEOPLE]
    text = "".join(f"{one}\n地址：{place},,,,\n" for one, place in zip(rows, PLACES, strict=True))
    (tmp_path / "名单.csv").write_text(f"姓名,电话,公司,职位,邮箱\n{text}", encoding="utf-8")
    said = run(
        "import", tmp_path / "名单.csv", "--into", tmp_path, "--template", "lite", "--lang", "zh", "--dry-run"
    )
    assert "新增 3" in said.output
    assert "3 行单独写着上面那条记录的地址等内容，已并入那条记录" in said.output

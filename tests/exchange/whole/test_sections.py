"""What stands beside the rows of a list: titles of its sections, names of its sheets; nothing of it is lost or forced on rows."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import pytest

from crmbook.exchange import ListWish, answered_lots, open_lots, plan_lot
from crmbook.exchange.mapping import shape_of
from crmbook.exchange.preview import read_preview, write_preview
from tests.exchange.whole.test_files import FILES, begun, rows_of

HEADERS = "姓名,电话,公司"


def planned(path):
    return [
        (lot, plan_lot(begun(), lot, ListWish())) for lot in open_lots(path, begun().schema, (), ListWish())
    ]


def fields(plans):
    return {rule.header: rule.field for _, found in plans for rule in found.mapping.columns}


def rows(plans):
    return rows_of([(lot, found.plan) for lot, found in plans], "customers")


def parts(folder, one, two, headers=HEADERS, cells=()):
    """Write a list in two parts, each headed by a title and of one row."""
    path = folder / "名单.csv"
    blank, first, second = (",", *(f",{cell}" for cell in cells)) if cells else ("", "", "")
    path.write_text(
        f"{headers}\n{one},,{blank}\n张三,13800138001,星河{first}\n{two},,{blank}\n王五,13700137001,蓝海{second}\n",
        "utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("地址", ("浙江省杭州市文一路1号", "广东省广州市中山路2号")),
        ("所在地区", ("北京", "天津")),
        ("所在地区", ("北京", "")),
        ("城市", ("杭州", "广州")),
    ],
)
def test_a_title_is_no_region_of_rows_that_have_their_own(tmp_path, header, cells):
    plans = planned(parts(tmp_path, "上海", "广东", f"{HEADERS},{header}", cells))
    assert fields(plans)["小节标题"] == ""
    assert [(row["name"], row["own:小节标题"]) for row in rows(plans)] == [("张三", "上海"), ("王五", "广东")]
    assert "上海" not in [row.get("region") for row in rows(plans)]


def test_a_title_is_the_region_of_rows_whose_addresses_say_none(tmp_path):
    plans = planned(parts(tmp_path, "上海", "广东", f"{HEADERS},地址", ("文一路1号", "中山路2号")))
    assert [(row["name"], row["region"]) for row in rows(plans)] == [("张三", "上海"), ("王五", "广东")]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("永辉超市", "红旗超市"),
        ("老王建材经营部", "星河上海分公司"),
        ("华东区", "李四"),
        ("红星小卖部", "工人俱乐部"),
        ("赵一", "钱二"),
    ],
)
def test_customers_with_nothing_but_a_name_stay_customers(tmp_path, one, two):
    found = rows(planned(parts(tmp_path, one, two)))
    assert [row["name"] for row in found] == [one, "张三", two, "王五"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("华东区", "其他"),
        ("销售一部", "销售二部"),
        ("A组", "B组"),
        ("上海分公司", "北京分公司"),
        ("North region", "Team B"),
    ],
)
def test_parts_of_a_firm_head_the_rows_below_them(tmp_path, one, two):
    found = rows(planned(parts(tmp_path, one, two)))
    assert [(row["name"], row["own:小节标题"]) for row in found] == [("张三", one), ("王五", two)]


def answered(folder, lot, found, header, choice=""):
    """Return what comes of a list by its preview, in which somebody may have chosen another field for a column."""
    preview = folder / "导入.xlsx"
    layout = replace(lot.layout, sheet=lot.sheet.title)
    write_preview(preview, begun().schema, lot.source, lot.sheet, found.mapping, found.plan, layout)
    workbook = openpyxl.load_workbook(preview)
    [row] = [row for row in workbook["列对应"].iter_rows() if row[0].value == header]
    assert row[2].value == "所在地区"
    row[2].value = choice or row[2].value
    workbook.save(preview)
    lots = answered_lots(read_preview(preview, begun().schema), begun().schema)
    return rows([(one, plan_lot(begun(), one, ListWish())) for one in lots])


def test_a_title_that_nobody_wants_is_left_out_in_the_preview(tmp_path):
    [(lot, found)] = planned(FILES / "75大区分段.xlsx")
    came = answered(tmp_path, lot, found, "小节标题", "不导入")
    assert [set(row) for row in came] == [{"customer_id", "name", "phone", "company"}] * 3


@pytest.mark.parametrize(("choice", "regions"), [("", ["上海", "上海"]), ("不导入", [None, None])])
def test_the_preview_of_one_sheet_knows_its_name(tmp_path, choice, regions):
    _, (lot, found) = planned(FILES / "77北京上海.xlsx")
    came = answered(tmp_path, lot, found, "工作表名称", choice)
    assert [row.get("region") for row in came] == regions


def test_a_map_that_takes_the_name_of_the_sheet_takes_one_sheet_alone(tmp_path):
    chart = tmp_path / "map.yaml"
    chart.write_text(
        "table: customers\ncolumns:\n  - {header: 姓名, field: name}\n  - {header: 工作表名称, field: region}\n",
        "utf-8",
    )
    wish = ListWish(map_file=chart, sheet="上海")
    [lot] = open_lots(FILES / "77北京上海.xlsx", begun().schema, (), wish)
    assert [row["region"] for row in rows([(lot, plan_lot(begun(), lot, wish))])] == ["上海", "上海"]


def workbook_of(path, *titles):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for at, title in enumerate(titles):
        sheet = workbook.create_sheet(title)
        sheet.append(HEADERS.split(","))
        sheet.append([f"张{'三四五'[at]}", f"1380013800{at}", "星河"])
    workbook.save(path)
    return path


def test_names_of_sheets_that_say_nothing_wait_until_somebody_wants_them(tmp_path):
    plans = planned(workbook_of(tmp_path / "月.xlsx", "1月", "2月"))
    assert fields(plans) == {"姓名": "name", "电话": "phone", "公司": "company", "工作表名称": ""}
    assert {rule.header: rule.table for rule in plans[0][1].mapping.columns}["工作表名称"] == ""
    assert "工作表名称" not in fields(planned(workbook_of(tmp_path / "表.xlsx", "Sheet1", "Sheet2")))


def test_a_list_is_known_again_by_its_own_headers(tmp_path):
    [(one, _)] = planned(workbook_of(tmp_path / "一.xlsx", "北京"))
    both = planned(workbook_of(tmp_path / "二.xlsx", "北京", "上海"))
    assert {shape_of(lot.sheet) for lot, _ in both} == {shape_of(one.sheet)}

"""The formats that only calamine reads, from files that LibreOffice wrote once (``messy/``)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from crmbook.exchange.sources import SourceError, read_source
from tests.exchange.sources.binary import binary_workbook
from tests.exchange.sources.case import read

FILES = Path(__file__).with_name("messy")
HEADERS = ("姓名", "联系/电话", "联系/邮箱", "建档时间", "备注")
ROWS = {
    4: ["张三", "13800138000", "a@b.cn", dt.date(2024, 1, 1), None],
    5: ["李四", 13900139000, None, dt.datetime.fromisoformat("2024-01-02 18:00"), None],
    6: ["王五", None, True, "2023.1.5", 2],
}


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_list_with_titles_and_merged_headers(kind):
    source = read_source(FILES / f"list.{kind}")
    (sheet,) = source.sheets
    assert (source.kind, sheet.title, sheet.headers) == (kind, "客户", HEADERS)
    assert dict(zip(sheet.frame.index, sheet.frame.values.tolist(), strict=True)) == ROWS
    assert [(one.row, one.kind) for one in sheet.left_out] == [(1, "title"), (2, "header"), (3, "header")]
    assert [(one.code, one.location.sheet, one.location.cell, one.value) for one in source.issues] == [
        ("import.hidden-rows", "客户", "", ""),
        ("value.error-cell", "客户", "E4", "#N/A"),
        ("value.error-cell", "客户", "E5", "#DIV/0!"),
        ("import.hidden-sheet", "旧名单", "", ""),
    ]


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_password_is_named(kind):
    with pytest.raises(SourceError) as caught:
        read_source(FILES / f"locked.{kind}")
    assert caught.value.code == "read.encrypted"


def test_a_binary_workbook(tmp_path):
    rows = [
        ("客户资料",),
        ("姓名", "电话", "金额"),
        ("张三", "13800138000", 12.5),
        ("李四", 13900139000, None),
        ("合计", None, 12.5),
    ]
    source = read(binary_workbook("客户", rows), tmp_path, "名单.xlsb")
    (sheet,) = source.sheets
    assert (source.kind, sheet.title, sheet.headers) == ("xlsb", "客户", ("姓名", "电话", "金额"))
    assert sheet.frame.values.tolist() == [["张三", "13800138000", 12.5], ["李四", 13900139000, None]]
    assert [(one.row, one.kind) for one in sheet.left_out] == [(1, "title"), (2, "header"), (5, "total")]


def test_errors_and_hidden_rows_of_a_binary_workbook(tmp_path):
    rows = [("姓名", "电话"), ("张三", bytes([0x2A])), ("李四", "139")]
    source = read(binary_workbook("客户", rows, hidden=[3]), tmp_path)
    assert source.sheets[0].frame.values.tolist() == [["张三", None], ["李四", "139"]]
    assert [(one.code, one.location.cell, one.value) for one in source.issues] == [
        ("import.hidden-rows", "", ""),
        ("value.error-cell", "B2", "#N/A"),
    ]


@pytest.mark.parametrize(("far", "column"), [(1_048_575, 16_383), (3_000, 16_383), (2, 1_179_648)])
def test_a_cell_gone_astray_in_a_binary_workbook_is_refused(far, column, tmp_path):
    with pytest.raises(SourceError) as caught:
        read(binary_workbook("客户", [("姓名",), ("张三",)], far=far, column=column), tmp_path)
    assert caught.value.code == "read.far-cell"

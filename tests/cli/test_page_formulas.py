"""Figures of pages whose formula the schema changes, in workbooks that an older schema wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.ooxml import Package
from tests.cli.run import run, run_json
from tests.migrate.pages import place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_another_formula_of_an_older_schema_is_nobodys_typing(tmp_path):
    path = tmp_path / "s.xlsx"
    run("build", "-o", path, "--example", "sample", "--workspace", tmp_path)
    sheet, row, column = place(path, "期间销售总额")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.yaml").write_text(
        "pages: {summary: {cells: [{id: sales, formula: '=SUM(transactions[amount])*2'}]}}\n",
        encoding="utf-8",
    )
    workbook = openpyxl.load_workbook(path)
    workbook[sheet].cell(*place(path, "高流失风险客户")[1:]).value = 77
    workbook.save(path)
    _, told = run_json("sync", path, "--workspace", tmp_path)
    [told] = told["workbooks"]
    assert [change["old"] for change in told["changes"] if change["reason"] == "restored"] == [77]
    assert "*2" in str(openpyxl.load_workbook(path)[sheet].cell(row, column).value)
    shown = openpyxl.load_workbook(path, data_only=True)[sheet].cell(row, column).value
    assert shown == 1600


def test_the_heading_of_a_chart_says_the_time_and_follows_the_as_of_date(tmp_path):
    path = tmp_path / "s.xlsx"
    run("build", "-o", path, "--example", "sample", "--as-of", "2023-04-01")
    sheet, row, column = place(path, "_crmbook.heading.summary.satisfaction")
    title = "满意度趋势（没有调查的月份空着） · "
    assert openpyxl.load_workbook(path, data_only=True)[sheet].cell(row, column).value == (
        f"{title}2022-05 – 2023-04"
    )
    run("sync", path, "--as-of", "2024-01-31")
    assert openpyxl.load_workbook(path, data_only=True)[sheet].cell(row, column).value == (
        f"{title}2023-02 – 2024-01"
    )
    assert openpyxl.load_workbook(path)[sheet].cell(row, column).value == (
        f'="{title[:-3]}"&IF(月份范围="",""," · "&月份范围)'
    )


def line(path: Path) -> object:
    sheet, row, column = place(path, "_crmbook.advice.line.1")
    return openpyxl.load_workbook(path, data_only=True)[sheet].cell(row, column).value


@pytest.mark.slow
@pytest.mark.parametrize("is_taken", [False, True])
def test_a_page_shows_the_advice_that_it_holds(tmp_path, is_taken):
    path, mine = tmp_path / "s.xlsx", tmp_path / "templates" / "mine.yaml"
    mine.parent.mkdir()
    mine.write_text(
        "pages: {summary: {advice: [{id: step-customers, drop: true}], cells: [{id: late_tasks, drop: true}]}}\n",
        encoding="utf-8",
    )
    run("build", "-o", path, "--workspace", tmp_path)
    if is_taken:  # the page cannot be drawn anew, and goes on as its formulas are
        package = Package.open(path)
        package.set_defined_name("延期任务", "客户基本信息!$A$1")
        package.save(path)
    mine.unlink()
    assert run("sync", path, "--workspace", tmp_path).exit_code == 0
    assert str(line(path)).startswith("• 第二步：" if is_taken else "• 第一步：")

"""The start page: what today brings, counted as the lists count it, and where each role goes."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

from crmbook.build.guide import purpose_of
from crmbook.schema import recompute_cells
from tests import office
from tests.books import book_of, built
from tests.cli.run import run, run_json
from tests.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = ("due_overdue", "due_today", "due_week", "open_conflicts", "new_this_month")
DAY = ("--as-of", "2023-04-01")


def figures(workbook: Any, lang: str = "zh") -> dict[str, Any]:
    """Return what the cells of the start page show, by id."""
    found = {}
    for name in FIGURES:
        title = book_of(lang=lang).cells[name].title.replace(" ", "_")
        sheet, ref = next(
            workbook.defined_names[one].attr_text.rsplit("!", 1)
            for one in workbook.defined_names
            if one.casefold() in {title.casefold(), f"_{title}".casefold()}
        )
        found[name] = workbook[sheet.strip("'")][ref.replace("$", "")].value
    return found


def listed(workbook: Any) -> Counter[str]:
    """Return how many lines of each urgency the page of reminders holds."""
    return Counter(row[0] for row in workbook["跟进提醒"].iter_rows(min_row=5, values_only=True) if row[0])


def test_the_figures_of_a_new_book_count_its_lists() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(built("company", as_of="2025-06-30").data), data_only=True)
    lines, shown = listed(workbook), figures(workbook)
    assert (shown["due_overdue"], shown["due_today"], shown["due_week"]) == (
        lines["已逾期"],
        lines["今天"],
        lines["7天内"],
    )
    assert min(lines["已逾期"], lines["今天"], lines["7天内"]) > 0
    registered = pd.to_datetime(built("company").computed.frames["customers"]["registered_on"])
    assert shown["new_this_month"] == ((registered >= "2025-06-01") & (registered <= "2025-06-30")).sum() > 0
    assert shown["open_conflicts"] == 0


def test_conflicts_are_counted_as_the_list_holds_them() -> None:
    computed = built().computed
    two = {"conflicts": pd.DataFrame({"number": [3.0, 8.0]})}
    assert recompute_cells(book_of(), computed, two).cells["open_conflicts"] == 2
    assert recompute_cells(book_of(), computed, {"conflicts": pd.DataFrame()}).cells["open_conflicts"] == 0


@pytest.mark.slow
@pytest.mark.office
def test_an_answer_lowers_the_figures_at_the_next_sync_and_libreoffice_counts_alike(tmp_path: Path) -> None:
    path = tmp_path / "crm.xlsx"
    assert run("build", "-o", path, "--sample", "--lang", "zh", *DAY).exit_code == 0
    before = figures(openpyxl.load_workbook(path, data_only=True))
    assert [before[name] for name in FIGURES] == [1, 1, 1, 0, 0]
    Desk(path).type("reminders", 5, decision="已处理")
    run_json("sync", tmp_path, *DAY)
    after = figures(openpyxl.load_workbook(path, data_only=True))
    assert [after[name] for name in FIGURES] == [0, 1, 1, 0, 0]
    [again] = office.recalculate(path, out_dir=tmp_path / "again")
    assert figures(openpyxl.load_workbook(again, data_only=True)) == after


@pytest.mark.parametrize(
    ("lang", "first"), [("zh", ["跟进提醒", "客户画像"]), ("en", ["Reminders", "Customer card"])]
)
def test_every_button_leads_to_the_sheet_it_names(lang: str, first: list[str]) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(built(lang=lang).data))
    guide = workbook.worksheets[0]
    buttons = [
        cell
        for line in guide.iter_rows(min_row=9, max_row=13, min_col=3)
        for cell in line
        if cell.hyperlink is not None
    ]
    assert [cell.value for cell in buttons][:2] == first
    assert len(buttons) == sum(len(one.sheets) for one in book_of(lang=lang).pages["guide"].links) == 25
    assert (
        {cell.hyperlink.location.rpartition("!")[0].strip("'") for cell in buttons}
        == {cell.value for cell in buttons}
        <= set(workbook.sheetnames)
    )
    assert {guide.cell(row, 2).value for row in range(9, 14)} - {None} == {
        one.title for one in book_of(lang=lang).pages["guide"].links
    }


def test_a_small_book_shows_the_sheets_it_has_and_no_hidden_ones() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(built("sample", "lite").data))
    guide = workbook.worksheets[0]
    buttons = [
        cell.value
        for line in guide.iter_rows(min_row=9, max_row=12, min_col=3)
        for cell in line
        if cell.hyperlink is not None
    ]
    assert buttons == [
        "跟进提醒", "客户画像", "客户基本信息", "客户互动记录", "客户交易记录", "客户关系管理总结", "校验问题", "数据字典",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_small_book_speaks_of_no_sheet_or_column_that_it_lacks(lang: str) -> None:
    titles = {
        template: {one.title for one in (*book.tables.values(), *book.pages.values(), *book.cells.values())}
        | {field.title for table in book.tables.values() for field in table.fields.values()}
        for template in ("standard", "lite")
        for book in [book_of(template, lang)]
    }
    shortest = {"zh": 4, "en": 8}[lang]  # shorter ones are everyday words
    gone = {title for title in titles["standard"] - titles["lite"] if len(title) >= shortest}
    said = " ".join(f"{one.heading} {one.text}" for one in book_of("lite", lang).pages["guide"].texts)
    assert len(gone) > 40
    assert [title for title in gone if title.casefold() in said.casefold()] == []


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "zh",
            {
                "跟进提醒": "各负责人",
                "冲突处理": "各负责人、管理员",
                "疑似重复": "管理员",
                "批量操作": "管理员",
                "数据字典": "管理员",
                "校验问题": "系统自动",
                "客户画像": "系统自动",
            },
        ),
        ("en", {"Reminders": "Owners", "Duplicates": "Administrator", "Customer card": "crmbook"}),
    ],
)
def test_it_says_who_fills_the_sheets_on_which_people_answer(lang, expected):
    book = book_of(lang=lang)
    said = {sheet.title: purpose_of(book, sheet)[1] for sheet in book.sheets}
    assert {title: said[title] for title in expected} == expected

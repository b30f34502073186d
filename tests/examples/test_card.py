"""客户画像: every figure of the page, counted anew (`tests.examples.expected.card`) from the example company.

What is counted is compared with our own computing for several customers, and with what LibreOffice shows after another
customer was chosen there, without a sync.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from crmbook.schema import layout_of
from crmbook.schema.recompute import recompute, table_frame
from tests import office
from tests.books import built, saved
from tests.examples.expected import CELLS
from tests.examples.expected.card import LINES
from tests.examples.shelf import load_example
from tests.examples.test_figures import CDNOW_DAYS, differences, ledger_of

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema.recompute import Computed
    from tests.examples.expected import Ledger

CHOSEN = ("001", "017", "045", "120")
"""Among them who bought often, who never bought, and who was lost."""
CDNOW_CHOSEN = ("2149", "0003", "0087")
"""Who bought 49 times, who bought once, and who was given something."""


@cache
def shown(chosen: str) -> Computed:
    example = load_example("company")
    return recompute(example.book, example.frames, example.as_of, {"card_customer": chosen})


def plain(value: Any) -> Any:
    """Return a value as a cell shows it: nothing for a blank, a day as text, a number as such."""
    if value is None or value == "" or pd.isna(value):
        return None
    if isinstance(value, date):
        return str(pd.Timestamp(value).date())
    return float(value) if isinstance(value, (int, float, np.number)) else str(value)


def raw(value: Any) -> Any:
    """Return a value as a cell holds it: days as the numbers that they are, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-" == value[7:8]:
        return float((date.fromisoformat(value) - date(1899, 12, 30)).days)
    return float(value) if isinstance(value, (int, float)) else value


@cache
def company(customer: str) -> Ledger:
    """Return what is counted anew about a customer of the example company."""
    example = load_example("company")
    return ledger_of("standard", example.book, example.frames, example.as_of, "年", customer)


def expected(customer: str) -> dict[str, Any]:
    """Return the single cells of the page, counted anew."""
    cells = [name for table, name in load_example("company").book.formulas if not table]
    return {name: plain(CELLS[name](company(customer))) for name in cells if name.startswith("card_")}


@pytest.mark.sample(1)
@pytest.mark.parametrize("customer", CHOSEN)
def test_every_figure_is_what_pandas_counts(customer: str) -> None:
    computed = shown(customer)
    wanted = {name: raw(value) for name, value in expected(customer).items()}
    assert {name: raw(plain(computed.cells[name])) for name in wanted} == wanted


@pytest.mark.parametrize("customer", CHOSEN)
def test_the_lists_hold_what_happened_last_newest_first(customer: str) -> None:
    frames, mine = shown(customer).frames, company(customer)
    for name, (_, _, fields, _) in LINES.items():
        for field in fields:
            wanted = [plain(value) for value in mine.column(name, field)]
            assert [plain(value) for value in frames[name][field]] == wanted, (name, field)


def test_the_charts_show_the_year_and_the_parts_of_the_score() -> None:
    frames, mine = shown("001").frames, company("001")
    assert frames["card_months"]["amount"].tolist() == mine.column("card_months", "amount")
    assert sum(mine.column("card_months", "amount")) > 0
    parts = frames["card_loyalty"]
    assert parts["points"].tolist() == mine.column("card_loyalty", "points")
    assert parts["points"].sum() == mine.by_customer("loyalty", "score")["001"]
    assert parts["label"].tolist() == ["购买 11 次", "金额 5,321 元", "推荐 5 次"]


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("typed", "name", "hint"),
    [
        ("", "胡志强", ""),
        (None, "胡志强", ""),
        ("017 何超", "何超", ""),
        ("017 从前的名字", "何超", ""),
        ("017", "何超", ""),
        ("何超", "何超", ""),
        ("没有这个人", "", "找不到这位客户，请从下拉列表中选择"),
    ],
)
def test_a_customer_is_chosen_by_text_id_or_name(typed: str | None, name: str, hint: str) -> None:
    example = load_example("company")
    frames = {"customers": example.frames["customers"]}
    cells = recompute(example.book, frames, example.as_of, {"card_customer": typed}).cells
    assert (cells["card_name"], cells["card_hint"]) == (name, hint)
    assert cells["card_purchases_count"] == (0 if name else "")


def test_purchases_of_one_day_are_told_apart_by_their_numbers() -> None:
    example = load_example("company")
    same = {"customer_id": "001", "date": date(2025, 6, 1), "product": "笔"}
    rows = [
        {**same, "transaction_id": number, "amount": 1.0 * n}
        for n, number in enumerate(("9", "10", "SO-3"), 1)
    ]
    rows.append({**same, "transaction_id": "11", "amount": -5.0})
    table = example.book.tables["transactions"]
    frame = table_frame(table, {name: [row[name] for row in rows] for name in rows[0]})
    computed = recompute(
        example.book,
        {"customers": example.frames["customers"], "transactions": frame},
        example.as_of,
        {"card_customer": "001"},
    )
    assert [plain(value) for value in computed.frames["card_purchases"]["amount"]][:4] == [
        2.0,
        1.0,
        3.0,
        None,
    ]


CHOOSE = """
def at(name):
    target = document.NamedRanges.getByName(name).Content.replace("$", "")
    sheet, _, ref = target.rpartition(".")
    return document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(ref)
def value(cell):
    kind = cell.FormulaResultType2
    if cell.getError():
        return cell.String
    return cell.Value if kind == 1 else cell.String
def one(name):
    cell = at(name)
    return value(cell)
result = {}
for chosen in CHOSEN:
    at(CELL).String = chosen
    document.calculateAll()
    page = document.Sheets.getByName(PAGE)
    rows = {name: [[value(page.getCellByPosition(column, row)) for column in columns] for row in lines]
            for name, (columns, lines) in LISTS.items()}
    result[chosen] = [{name: one(spot) for name, spot in CELLS.items()}, rows]
"""


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_follows_the_choice_without_a_sync(tmp_path: Path) -> None:
    path = saved(built("company"), tmp_path)
    book = load_example("company").book
    layout = layout_of(book)
    lists = {}
    for name, (_, _, fields, count) in LINES.items():
        place = layout.tables[name]
        columns = [place.columns[field].index for field in fields]
        lists[name] = (columns, list(range(place.first_row - 1, place.first_row - 1 + count)))
    spots = {name: layout.names[name] for name in expected("001")}
    given = {"CHOSEN": CHOSEN[1:3], "CELL": layout.names["card_customer"], "PAGE": book.pages["card"].title,
             "CELLS": spots, "LISTS": lists}  # fmt: skip
    head = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    answer: Any = office.run_macro_script(path, f"{head}\n{CHOOSE}")
    for customer in CHOSEN[1:3]:
        cells, rows = answer[customer]
        computed = shown(customer)
        wanted = {name: raw(value) for name, value in expected(customer).items()}
        assert {name: raw(value) for name, value in cells.items()} == wanted
        for name, (_, _, fields, _) in LINES.items():
            frame = computed.frames[name][list(fields)]
            ours = [[raw(plain(value)) for value in row] for row in frame.itertuples(index=False)]
            assert [[raw(value) for value in row] for row in rows[name]] == ours, name


@pytest.mark.deep
@pytest.mark.parametrize("day", CDNOW_DAYS)
@pytest.mark.parametrize("customer", CDNOW_CHOSEN)
def test_the_card_of_a_customer_of_cdnow(customer: str, day: str) -> None:
    example = load_example("cdnow")
    today = date.fromisoformat(day)
    assert differences(example.book, example.frames, today, "年", customer, name="cdnow") == []

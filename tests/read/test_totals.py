"""Rows of totals, told from records: by what they say, by what they add up, wherever they stand."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.read import read_workbook
from crmbook.schema import Layout
from tests.check.sheets import Formula, lay_out
from tests.check.world import small_book

BOOK = small_book()
PLACE = Layout(BOOK).tables["orders"]
AMOUNT, KEY, CODE = (PLACE.columns[name].letter for name in ("amount", "order_id", "code"))
FIRST = PLACE.first_row


def order(number: int) -> dict[str, object]:
    return {
        "order_id": str(1001 + number), "customer_id": "001", "date": dt.date(2024, 1, 1), "amount": 10.0,
        "row_id": f"r{number}a",
    }  # fmt: skip


def totals(rows: list[dict[str, object]]) -> list[int]:
    """Which of the rows, counted from 0, are rows of totals."""
    found = read_workbook(lay_out({"orders": rows}), BOOK).tables["orders"]
    return [row - FIRST for row in found.total_rows]


def with_row(place: str, row: dict[str, object]) -> tuple[list[dict[str, object]], int]:
    orders = [order(number) for number in range(4)]
    at = {"top": 0, "middle": 2, "end": 4}[place]
    return [*orders[:at], row, *orders[at:]], at


def sum_of(place: str, function: str = "SUM({})") -> Formula:
    area = (
        f"{AMOUNT}{FIRST + 1}:{AMOUNT}{FIRST + 4}"
        if place == "top"
        else f"{AMOUNT}${FIRST}:{AMOUNT}{FIRST + 1}"
    )
    return Formula(function.format(area), 20.0)


@pytest.mark.parametrize("place", ["top", "middle", "end"])
@pytest.mark.parametrize(
    "function",
    [
        "SUM({})",
        "SUBTOTAL(109,{})",
        "ROUND(SUM({}),2)",
        "SUM({})/10000",
        "IFERROR(AVERAGE({}),0)",
        "sum('订单'!{})",
    ],
)
def test_a_row_that_adds_up_its_column_is_one_of_totals_wherever_it_stands(place, function):
    rows, at = with_row(place, {"code": "本月", "amount": sum_of(place, function)})
    assert totals(rows) == [at]


@pytest.mark.parametrize("place", ["top", "middle", "end"])
@pytest.mark.parametrize(
    "row",
    [
        {"order_id": "合计", "amount": 40.0},
        {"order_id": "Sub-total", "amount": "40元"},
        {"code": "总 计：", "amount": "¥1,200.00", "frequency": "4次"},
        {"customer_id": "Grand Total", "amount": 40.0},
        {"order_id": Formula(f"COUNTA({KEY}50:{KEY}60)", 4.0), "code": "合计", "amount": 40.0},
    ],
)
def test_a_row_that_says_no_more_than_total_is_one(place, row):
    rows, at = with_row(place, row)
    assert totals(rows) == [at]


@pytest.mark.sample(23)
@pytest.mark.parametrize("place", ["top", "middle", "end"])
@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"amount": Formula(f"SUM(明细!{AMOUNT}2:{AMOUNT}4)", 3.0)}, id="a sum of another sheet"),
        pytest.param({"amount": Formula(f"SUM('明 细'!{AMOUNT}$2:{AMOUNT}$4)", 3.0)}, id="of a quoted sheet"),
        pytest.param({"amount": Formula('SUMIFS(价目[金额],价目[编码],"A")', 3.0)}, id="a column of another table"),
        pytest.param({"amount": Formula(f"SUM({CODE}2:{CODE}3)", 3.0)}, id="another column"),
        pytest.param({"amount": Formula(f'SUM(1,LEN("{AMOUNT}2:{AMOUNT}3"))', 3.0)}, id="a text"),
        pytest.param({"amount": 5.0, "frequency": Formula(f"MAX({PLACE.columns['frequency'].letter}$1:{PLACE.columns['frequency'].letter}1)+1", 3.0)}, id="counting on"),
        pytest.param({"amount": 5.0, "order_id": Formula(f"MAX({KEY}$2:{KEY}9)+1", 1009.0)}, id="a key that counts on"),
        pytest.param({"amount": 5.0, "order_id": Formula(f"COUNTA({KEY}$50:{KEY}59)", 1009.0)}, id="a key that counts"),
        pytest.param({"amount": Formula("SUM(1,ZZZ99999)", 3.0)}, id="a name that looks like a cell"),
        pytest.param({"amount": Formula("2*3", 6.0)}, id="no aggregate"),
    ],
)  # fmt: skip
def test_a_record_without_a_row_id_is_none(place, row):
    rows, _ = with_row(place, {"customer_id": "001", "date": dt.date(2024, 1, 1), "code": "新单", **row})
    assert totals(rows) == []


@pytest.mark.parametrize(
    "named",
    [
        {"order_id": "1009", "code": "合计"},
        {"code": "合计", "customer_id": "001"},
        {"code": "合计", "row_id": "r9a"},
    ],
)
def test_a_record_that_is_called_total_is_a_record(named):
    rows, _ = with_row("end", {"amount": 5.0, **named})
    assert totals(rows) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["record", "new", "sum", "word"]), min_size=1, max_size=8),
    st.sampled_from(["SUM", "COUNT", "MAX", "SUBTOTAL"]),
)
def test_any_mixture_is_parted(kinds, function):
    made = {
        "record": order,
        "new": lambda number: {
            "customer_id": "001",
            "amount": Formula(f"SUM({CODE}1:{CODE}{number + 1})", 1.0),
        },
        "sum": lambda number: {
            "amount": Formula(
                f"{function}({'9,' * (function == 'SUBTOTAL')}{AMOUNT}1:{AMOUNT}{FIRST + number - 1})", 1.0
            )
        },
        "word": lambda number: {"code": "小计", "amount": float(number)},
    }
    rows = [made[kind](number) for number, kind in enumerate(kinds)]
    assert totals(rows) == [number for number, kind in enumerate(kinds) if kind in {"sum", "word"}]

"""Orders of several lines of which the first alone bears number, day, customer and amount."""

from __future__ import annotations

import pytest

from crmbook.exchange.mapping import apply, propose
from crmbook.exchange.mapping.orderheads import complete_orders
from tests.exchange.mapping.lists import book, make_list

HEADERS = "订单编号 | 下单时间 | 订单状态 | 买家昵称 | 收货人 | 商品名称 | 数量 | 运费 | 实付金额 | 支付方式"
FIRST = "E1 | 2024-03-01 | 交易成功 | tb1 | 张三 | 手机壳 | 2 | 6 | 100 | 支付宝"
SECOND = " | | | | | 数据线 | 1 | | |"
NEXT = "E2 | 2024-03-02 | 交易成功 | tb2 | 李四 | 音箱 | 1 | 0 | 299 | 微信"


def completed(*rows):
    return complete_orders(book(), make_list("\n".join((HEADERS, *rows)), "订单"))


def test_further_lines_get_what_they_share_and_no_number():
    sheet, count = completed(FIRST, SECOND, NEXT)
    assert count == 1
    assert sheet.frame.loc[3].tolist() == [
        "E1", "2024-03-01", "交易成功", "tb1", "张三", "数据线", "1", None, None, "支付宝",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        " | 2024-03-02 | | | | 数据线 | 1 | | 20 |",  # an order of its own that lacks its number
        " | | | | 王五 | 数据线 | 1 | | 20 |",
        " | | | | | | 3 | 6 | 399 |",  # a sum
    ],
)
def test_what_may_be_something_else_stays_as_it_is(row):
    sheet, count = completed(FIRST, row, NEXT)
    assert (count, sheet.frame.loc[3, "订单编号"]) == (0, None)


def test_a_first_line_without_a_number_belongs_to_no_order():
    assert completed(SECOND, FIRST, NEXT)[1] == 0


def test_lists_of_customers_are_left_alone():
    sheet = make_list("会员号 | 姓名 | 注册时间\nA1 | 张三 | 2024-01-01\n | 李四 |", "会员")
    assert complete_orders(book(), sheet) == (sheet, 0)


def amounts(*rows):
    sheet, _ = completed(*rows)
    result = apply(book(), propose(book(), sheet), sheet)
    return result.frames["transactions"]["amount"].tolist(), dict(result.order_amounts)


def test_an_amount_of_a_whole_order_counts_once():
    assert amounts(FIRST, SECOND, NEXT) == ([100.0, 0.0, 299.0], {"实付金额": 1})


def test_an_order_without_any_amount_has_none():
    bare = FIRST.replace("| 100 |", "| |")
    assert amounts(bare, SECOND, NEXT) == ([None, None, 299.0], {})


def test_lines_with_amounts_of_their_own_keep_them():
    assert amounts(FIRST, " | | | | | 数据线 | 1 | | 20 |", NEXT) == ([100.0, 20.0, 299.0], {})

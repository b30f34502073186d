"""A shop's exports that overlap: no line comes in twice, none is lost, and an order that was paid back counts nothing."""

from __future__ import annotations

import shutil

import pytest

from crmbook.exchange.intake.orderlines import OrderLine, match_lines
from crmbook.store import Commit, Step, Store, locate
from tests.cli.run import run

HEADERS = "订单编号,买家会员名,收货人姓名,联系手机,宝贝标题,商品属性,买家实际支付金额,订单状态,订单付款时间"
ZHANG, LI = "tb1,张三,13800000001", "tb2,李四,13800000002"
JANUARY = f"""{HEADERS}
A1,{ZHANG},衬衫,红,300,交易成功,2024-01-05
A1,{ZHANG},衬衫,蓝,300,交易成功,2024-01-05
A2,{LI},电脑,,500,交易成功,2024-01-06
A3,{LI},鼠标,,80,等待买家付款,2024-01-06
A4,{LI},键盘,,90,交易成功,2024-01-06
A4,{LI},键盘,,90,退款成功,2024-01-08
A5,{LI},风扇,,70,交易关闭,2024-01-08
"""
FEBRUARY = f"""{HEADERS}
A1,{ZHANG},衬衫,蓝,300,交易关闭,2024-01-05
A2,{LI},电脑,,500,退款成功,2024-01-06
A3,{LI},鼠标,,80,交易成功,2024-01-06
A6,{LI},音箱,,60,交易成功,2024-02-06
A6,{LI},音箱,,60,待发货,2024-02-06
"""
PAID = [("A1", 300.0), ("A1", 300.0), ("A2", 500.0), ("A4", 90.0), ("A4", -90.0)]
PAID_BACK = [
    ("A1", 300.0), ("A1", 0.0), ("A2", 0.0), ("A4", 90.0), ("A4", -90.0), ("A3", 80.0), ("A6", 60.0),
]  # fmt: skip


def bring(folder, name, text, *words):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    said = run("import", path, "--into", folder, "--lang", "zh", "--as-of", "2024-03-01", "--yes", *words)
    assert said.exit_code == 0, said.output
    return said.output


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    bring(folder, "一月.csv", JANUARY, "--template", "lite")
    return folder


@pytest.fixture
def shop(begun, tmp_path):
    return shutil.copytree(begun, tmp_path / "shop")


def frame(folder):
    with Store.open(locate(folder)) as store:
        return store.head(store.books()[0].book_id).tables["transactions"]


def amounts(folder):
    table = frame(folder)
    return list(zip(table["own:订单编号"], table["amount"], strict=True))


def type_amount(folder, number, amount):
    """Let a colleague's amount into the book, as a sync would."""
    with Store.open(locate(folder)) as store:
        book_id = store.books()[0].book_id
        head = store.head(book_id)
        table = head.tables["transactions"].copy()
        table.loc[table["own:订单编号"] == number, "amount"] = amount
        with store.lease(book_id) as lease:
            step = Step("sync", "李强", tables={"transactions": table})
            store.commit(lease, book_id, Commit(head.revision, [step]))


@pytest.mark.slow
def test_every_line_of_an_order_is_a_purchase(shop):
    assert amounts(shop) == PAID


def test_an_order_that_was_paid_back_or_closed_since_counts_nothing_and_no_line_comes_twice(shop):
    said = bring(shop, "二月.csv", FEBRUARY)
    assert "客户交易记录：新增 2、更新 2、名单内重复 1" in said
    assert amounts(shop) == PAID_BACK
    assert frame(shop)["own:订单状态"].tolist() == [
        "交易成功", "交易关闭", "退款成功", "交易成功", "退款成功", "交易成功", "交易成功",
    ]  # fmt: skip
    bring(
        shop, "又一月.csv", JANUARY.replace("2024-01-08", "2024-01-09")
    )  # an older one says nothing of today
    assert amounts(shop) == PAID_BACK


def test_orders_that_stay_out_are_told_from_those_closed_since(shop):
    closed = f"""{HEADERS}
A2,{LI},电脑,,500,交易关闭,2024-01-06
A7,{LI},台灯,,40,交易关闭,2024-02-06
A8,{LI},插座,,20,等待买家付款,2024-02-06
"""
    said = bring(shop, "二月.csv", closed)
    assert "2 行不是成交，没有取入：“订单状态”是交易关闭、等待买家付款" in said
    assert "1 行是账簿里已有、后来关闭的订单：“订单状态”是交易关闭、等待买家付款，导入的金额改为 0" in said
    assert dict(amounts(shop)) == {"A1": 300.0, "A2": 0.0, "A4": -90.0}


def test_orders_whose_further_lines_are_blank_come_in_whole_and_once(shop):
    march = f"""{HEADERS}
A9,{ZHANG},衬衫,红,300,交易成功,2024-02-05
,,,,裤子,蓝,,,
"""
    said = bring(shop, "三月.csv", march)
    assert "1 行没有订单编号、日期和客户，是上面那笔订单的其他商品" in said
    assert "“买家实际支付金额”有 1 行空着，订单的金额写在同一订单的另一行" in said
    assert amounts(shop) == [*PAID, ("A9", 300.0), ("A9", 0.0)]
    bring(shop, "又三月.csv", march.replace("2024-02-05", "2024-02-05 "))
    assert amounts(shop) == [*PAID, ("A9", 300.0), ("A9", 0.0)]


MASKED = f"{HEADERS}\nA9,{{buyer}},王*,138****3333,衬衫,红,300,交易成功,2024-02-05\n"


def test_a_customer_of_whom_all_is_masked_stays_out_and_that_is_the_reason(shop):
    path = shop / "四月.csv"
    path.write_text(MASKED.format(buyer=""), encoding="utf-8")
    said = run("import", path, "--into", shop, "--lang", "zh", "--as-of", "2024-03-01", "--dry-run").output
    assert "客户交易记录：不取入 1" in said
    assert "“王*”是打了星号的内容，这一格没有取入" in said
    assert "“138****3333”" not in said  # of a row that stays out only why it does is told


def test_a_customer_whom_the_shop_knows_by_an_account_comes_without_what_is_masked(shop):
    path = shop / "四月.csv"
    path.write_text(MASKED.format(buyer="tb9"), encoding="utf-8")
    said = run("import", path, "--into", shop, "--lang", "zh", "--as-of", "2024-03-01", "--dry-run").output
    assert "客户交易记录：新增 1" in said
    assert "“王*”是打了星号的内容，这一格没有取入" in said
    assert "必须填写" not in said


@pytest.mark.slow
def test_undoing_lets_the_amounts_be_as_they_were(shop):
    bring(shop, "二月.csv", FEBRUARY)
    assert run("import", "--undo", "--into", shop).exit_code == 0
    assert amounts(shop) == PAID


@pytest.mark.slow
def test_an_amount_that_somebody_typed_stays_and_is_named(shop):
    type_amount(shop, "A2", 450.0)
    said = bring(shop, "二月.csv", FEBRUARY)
    assert "这笔订单已退款或已关闭，而交易金额“450”是有人填写的，没有改动" in said
    assert dict(amounts(shop))["A2"] == 450.0
    assert "是有人填写的" not in bring(shop, "二月.csv", FEBRUARY, "--policy", "overwrite")
    assert dict(amounts(shop))["A2"] == 0.0


def test_who_keeps_what_is_there_keeps_the_amounts_too(shop):
    bring(shop, "二月.csv", FEBRUARY, "--policy", "keep")
    assert amounts(shop) == [*PAID, *PAID_BACK[5:]]


def lines(listed, held):
    rows = {"A": list(held)}
    found = match_lines(
        {"A": range(len(listed))}, rows, lambda place: tuple(listed[place].items()), held.get, {"state"}
    )
    return [found[place] for place in range(len(listed))]


CUP, PEN, INK = (
    {"product": "杯", "amount": 5.0},
    {"product": "笔", "amount": 9.0},
    {"product": "墨", "amount": 9.0},
)


@pytest.mark.parametrize(
    ("listed", "held", "expected"),
    [
        ([CUP, PEN], {}, ["", ""]),
        ([PEN, CUP], {"r1": CUP, "r2": PEN}, ["r2", "r1"]),
        ([PEN, CUP, INK], {"r1": CUP, "r2": PEN}, ["r2", "r1", ""]),
        ([{**PEN, "amount": 0.0}], {"r1": CUP, "r2": PEN}, ["r2"]),
        ([CUP, {**PEN, "product": "钢笔"}], {"r1": CUP, "r2": PEN}, ["r1", "r2"]),
        ([CUP, PEN], {"r1": {"product": "杯子", "amount": 6.0}, "r2": PEN}, ["r1", "r2"]),
        ([{"amount": 9.0}], {"r1": PEN, "r2": INK}, ["r1?"]),
        ([PEN, {"product": "笔", "note": "红"}], {}, ["", "=0"]),
        ([{**PEN, "state": "已付"}, {**PEN, "state": "已发"}], {}, ["", "=0"]),
        ([{**CUP, "state": "已退"}], {"r1": CUP, "r2": {**CUP, "state": "已退"}}, ["r2"]),
    ],
)
def test_the_lines_of_an_order_go_to_the_rows_they_have_most_in_common_with(listed, held, expected):
    def told(line: OrderLine) -> str:
        if line.of_line is not None:
            return f"={line.of_line}"
        return line.row_id + "?" * line.is_doubtful

    assert list(map(told, lines(listed, held))) == expected

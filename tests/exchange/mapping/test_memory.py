"""What was decided about one list, and what the next of its shape is asked: only what is new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbook.build import with_lists
from crmbook.exchange.mapping import propose, read_memory, recall, shape_of, write_memory
from crmbook.exchange.mapping.model import ColumnRule, RowFilter
from crmbook.exchange.sources import SourceLayout
from crmbook.store import MapRecord
from tests.exchange.mapping.lists import book, make_list

FIRST = """姓名 | 手机 | 等级 | 备用 | 性别
张三 | 13800138000 | 金牌 | | M
李四 | 13800138001 | 普通客户 | | 女"""


def columns(mapping):
    return {rule.header: (rule.table, rule.field, rule.split, rule.policy) for rule in mapping.columns}


def becomes(mapping):
    return {rule.text: (rule.action, rule.entry) for rule in mapping.values}


def changed(mapping, header, **changes):
    return replace(
        mapping,
        columns=[replace(rule, **changes) if rule.header == header else rule for rule in mapping.columns],
    )


def said(mapping, text, **changes):
    return replace(
        mapping, values=[replace(rule, **changes) if rule.text == text else rule for rule in mapping.values]
    )


def keep(sheet, mapping, before=None, known=None):
    """What a store gives back of a list about which somebody decided."""
    document = write_memory(known or book(), sheet, mapping, SourceLayout(), before)
    record = MapRecord(shape_of(sheet), "一月.csv", document, "王芳", "2026-01-31T08:00:00+00:00")
    memory = read_memory(record, book())
    assert memory is not None
    return memory


@pytest.fixture
def january():
    """A list with a field that somebody chose, a text that means an entry, and a policy."""
    sheet = make_list(FIRST)
    mapping = propose(book(), sheet)
    mapping = changed(mapping, "等级", field="customer_type", policy="overwrite")
    mapping = propose(book(), sheet, "customers", {rule.header: rule for rule in mapping.columns})
    return sheet, said(mapping, "金牌", action="use", entry="VIP客户")


def test_the_next_list_is_mapped_as_the_first_was(january):
    memory = keep(*january)
    second = make_list(FIRST.replace("李四", "王五"))
    found = recall(book(), memory, second)
    assert columns(found) == columns(january[1])
    assert becomes(found)["金牌"] == ("use", "VIP客户")
    assert (found.origin.name, found.origin.at, found.origin.news) == (
        "一月.csv", "2026-01-31T08:00:00+00:00", (),
    )  # fmt: skip
    assert {rule.found for rule in found.columns if rule.field} == {"memory"}


def test_headers_are_the_same_in_another_spelling(january):
    second = make_list(FIRST.replace("姓名 | 手机", "姓名（必填） | 手机*"))
    assert shape_of(second) == shape_of(january[0])
    found = recall(book(), keep(*january), second)
    assert [rule.header for rule in found.columns] == list(second.headers)
    assert columns(found)["手机*"] == columns(january[1])["手机"]


def test_what_is_new_is_proposed_and_named(january):
    text = f"{FIRST}\n王五 | 13800138002 | 钻石 | 13900139000 | 男"
    found = recall(book(), keep(*january), make_list(text))
    assert becomes(found)["钻石"] == ("keep", "")
    assert columns(found)["备用"][0] == "customers"
    assert found.origin.news == ("备用", "等级")


def test_a_plain_entry_is_no_news(january):
    found = recall(book(), keep(*january), make_list(f"{FIRST}\n王五 | 13800138002 | VIP客户 | | 男"))
    assert found.origin.news == ()


def test_what_one_month_lacks_is_still_known_the_month_after(january):
    memory = keep(*january)
    bare = make_list(FIRST.replace("金牌", "普通客户").replace("M", "女"))
    memory = keep(bare, recall(book(), memory, bare), memory)
    assert becomes(recall(book(), memory, january[0]))["金牌"] == ("use", "VIP客户")


def test_a_column_that_was_blank_is_not_taken_for_left_out(january):
    memory = keep(*january)
    filled = make_list(FIRST.replace("| 金牌 | |", "| 金牌 | 常来 |"))
    left_out = changed(recall(book(), memory, filled), "备用", table="", field="")
    memory = keep(filled, left_out, memory)
    assert recall(book(), memory, filled).origin.news == ()
    memory = keep(january[0], recall(book(), memory, january[0]), memory)
    found = recall(book(), memory, filled)
    assert (columns(found)["备用"][0], found.origin.news) == ("", ())


def test_several_telephones_are_parted_although_the_first_list_had_one_each(january):
    second = make_list(FIRST.replace("13800138001", "13800138001/13800138009"))
    assert columns(recall(book(), keep(*january), second))["手机"][2] == "phones"


def test_an_entry_that_is_no_more_is_asked_again(january):
    sheet, mapping = january
    known = with_lists(book(), {"customer_type": [("金牌客户", None)]})
    memory = keep(sheet, said(mapping, "金牌", action="use", entry="金牌客户"), known=known)
    assert becomes(recall(known, memory, sheet))["金牌"] == ("use", "金牌客户")
    found = recall(book(), memory, sheet)
    assert (becomes(found)["金牌"], found.origin.news) == (("keep", ""), ("等级",))


def test_a_text_that_was_added_to_its_list_is_an_entry_from_then_on(january):
    sheet, mapping = january
    memory = keep(sheet, said(mapping, "金牌", action="add", entry=""))
    assert becomes(recall(book(), memory, sheet))["金牌"] == ("add", "")
    found = recall(with_lists(book(), {"customer_type": [("金牌", None)]}), memory, sheet)
    assert (becomes(found)["金牌"], found.origin.news) == (("use", "金牌"), ())


ORDERS = "订单编号 | 日期 | 商品 | 金额 | 订单状态\nA1 | 2026-01-02 | 手机 | 500 | 交易成功\nA2 | 2026-01-03 | 电脑 | 300 | {}"


def test_a_status_that_was_decided_stays_and_a_new_one_is_named():
    sheet = make_list(ORDERS.format("交易关闭"), "订单")
    proposed = propose(book(), sheet)
    assert proposed.filters == (RowFilter("订单状态", ("交易关闭",)),)
    memory = keep(sheet, replace(proposed, filters=()))  # somebody wants them all the same
    found = recall(book(), memory, sheet)
    assert (found.filters, found.origin.news) == ([], ())
    found = recall(book(), memory, make_list(ORDERS.format("已取消"), "订单"))
    assert (found.filters, found.origin.news) == ([RowFilter("订单状态", ("已取消",))], ("订单状态",))


LINES = """订单编号 | 买家会员名 | 收货人姓名 | 宝贝标题 | 买家实际支付金额 | 订单付款时间
A1 | tb1 | 张三 | 衬衫 | 300 | 2024-01-05
A1 | tb1 | 张三 | 裤子 | 200 | 2024-01-05"""


@pytest.mark.parametrize(("version", "is_known"), [(None, True), (1, True), (2, False)])
def test_numbers_of_orders_identify_them_although_an_older_version_decided_otherwise(version, is_known):
    sheet = make_list(LINES, "订单")
    mapping = changed(propose(book(), sheet), "订单编号", is_external=False)
    document = {**write_memory(book(), sheet, mapping, SourceLayout()), "version": version}
    if version is None:
        del document["version"]
    memory = read_memory(
        MapRecord(shape_of(sheet), "一月.csv", document, "王芳", "2026-01-31T08:00:00+00:00"), book()
    )
    found = recall(book(), memory, sheet)
    assert [rule.header for rule in found.columns if rule.is_external] == ["订单编号"] * is_known + [
        "买家会员名"
    ]
    assert found.origin.news == ()


def test_a_number_that_was_left_out_stays_out():
    sheet = make_list(LINES, "订单")
    mapping = changed(propose(book(), sheet), "订单编号", is_external=False, table="")
    document = {**write_memory(book(), sheet, mapping, SourceLayout()), "version": 1}
    memory = read_memory(
        MapRecord(shape_of(sheet), "一月.csv", document, "王芳", "2026-01-31T08:00:00+00:00"), book()
    )
    assert recall(book(), memory, sheet).columns[0].table == ""


def test_what_the_book_no_longer_has_is_not_remembered(january):
    sheet, mapping = january
    document = write_memory(book(), sheet, mapping, SourceLayout(), {})
    gone = {**document, "map": document["map"].replace("customer_type", "rank")}
    assert read_memory(MapRecord("s", "一月.csv", gone), book()) is None


def test_columns_that_a_map_does_not_speak_of_are_not_taken():
    sheet = make_list("姓名 | 手机 | 外号\n张三 | 13800138000 | 小张")
    rules = [ColumnRule("姓名", "customers", "name", "map", 1.0)]
    found = recall(book(), keep(sheet, replace(propose(book(), sheet), columns=rules)), sheet)
    assert [(rule.header, rule.table) for rule in found.columns] == [
        ("姓名", "customers"), ("手机", ""), ("外号", ""),
    ]  # fmt: skip
    assert found.origin.news == ()

"""Required values, values that only one row may hold, references."""

from __future__ import annotations

import pytest

from crmbook.base.issues import Severity
from crmbook.check import check_cells, resolve_pending
from crmbook.read import read_workbook
from tests.check.run import AS_OF, LI, ORDER, ZHANG, customers, orders, run
from tests.check.sheets import lay_out
from tests.check.world import small_book


def test_required_cells_may_not_be_blank():
    result = orders({"date": None, "amount": None})
    assert result.told() == [("check.required", "订单!D2"), ("check.required", "订单!E2")]
    assert result.issues[0].text("en") == "“日期” is required"


def test_a_refused_cell_is_not_blank_besides():
    assert orders({"date": "x"}).told() == [("value.not-a-date", "订单!D2")]


def test_an_id_that_sync_gives_may_be_left_blank():
    assert customers({"customer_id": None}).told() == []
    assert orders({"order_id": None}).told() == []


@pytest.mark.parametrize(("paid", "told"), [("是", [("check.required", "订单!G2")]), ("否", []), (None, [])])
def test_some_values_are_required_only_sometimes(paid, told):
    assert orders({"paid": paid}).told() == told


def test_the_same_key_twice_is_named_on_both_rows():
    result = customers({}, {"customer_id": "001"})
    assert result.told() == [("check.duplicate-key", "客户!A2"), ("check.duplicate-key", "客户!A3")]
    assert [issue.params["rows"] for issue in result.issues] == [(3,), (2,)]
    assert result.issues[0].severity is Severity.ERROR


def test_keys_are_compared_as_formulas_do():
    result = orders({"order_id": "a1"}, {"order_id": "A1"})
    assert [code for code, _ in result.told()] == ["check.duplicate-key", "check.duplicate-key"]


def test_other_unique_fields_take_the_severity_of_the_field():
    result = customers({"email": "a@qq.com"}, {"email": "a@QQ.com"})
    assert [(issue.code, issue.severity) for issue in result.issues] == [
        ("check.duplicate", Severity.WARNING)
    ] * 2


def test_many_rows_with_one_value_are_not_all_listed():
    result = run({"customers": [{**ZHANG, "phone": f"1380013800{row}"} for row in range(9)]})
    assert result.issues[0].params["rows"] == (2, 3, 4, 5, 6, "…")
    assert "2、3、4、5、6…" in result.issues[0].text("zh")
    assert "2, 3, 4, 5, 6…" in result.issues[0].text("en")


def test_a_computed_key_must_be_unique_too():
    bands = [{"rule": "level", "from": 0, "result": "普通"}, {"rule": "level", "from": 0, "result": "VIP"}]
    assert [code for code, _ in run({"bands": bands}).told()] == [
        "check.duplicate-key",
        "check.duplicate-key",
    ]


@pytest.mark.parametrize(
    ("typed", "key", "code"),
    [
        ("001", "001", None),
        (1, "001", "check.reference-by-name"),
        ("1", "001", "check.reference-by-name"),
        ("张三", "001", "check.reference-by-name"),
        (" 张 三 ", "001", "check.reference-by-name"),
        ("李四", "002", "check.reference-by-name"),
        ("王五", None, "check.unknown-reference"),
        ("李四四", None, "check.unknown-reference-near"),
        ("0001", "001", "check.reference-by-name"),
        ("001 张三", "001", None),
        ("1　张三", "001", "check.reference-by-name"),
        ("001  张 三 ", "001", None),
        ("001 李四", None, "check.unknown-reference-near"),
        ("009 张三", None, "check.unknown-reference"),
    ],
)
def test_a_reference_is_resolved_where_it_means_one_row(typed, key, code):
    result = orders({"customer_id": typed})
    assert result.told() == ([(code, "订单!B2")] if code else [])
    assert result.value("orders", "customer_id") == key
    assert result.checked.is_refused("orders", "customer_id", 2) is (key is None)
    if key and key != typed:
        assert result.checked.corrections["orders", "customer_id"] == {2: key}


def test_the_nearest_name_is_shown_as_it_stands():
    tables = {"customers": [{**ZHANG, "name": "Li Si"}], "orders": [{**ORDER, "customer_id": "lisii"}]}
    assert run(tables).issues[0].params["nearest"] == "Li Si"


def test_a_wrong_column_pasted_in_is_told_without_searching_for_ever():
    many = [{"customer_id": f"C{row}", "name": f"客户{row}", "phone": "13800138000"} for row in range(1500)]
    lost = [{**ORDER, "order_id": str(row), "customer_id": f"订{row}"} for row in range(300)]
    result = run({"customers": many, "orders": lost})
    assert sum(issue.code.startswith("check.unknown-reference") for issue in result.issues) == 300


def test_a_name_that_several_bear_is_asked_about():
    tables = {
        "customers": [ZHANG, LI, {**LI, "customer_id": "003", "name": "张三", "phone": "13700137000"}],
        "orders": [{**ORDER, "customer_id": "张三"}],
    }
    result = run(tables)
    assert result.told() == [("check.reference-ambiguous", "订单!B2")]
    assert result.issues[0].params["keys"] == ("001", "003")


def test_a_name_without_an_id_yet_waits():
    result = run(
        {
            "customers": [{"name": "王五", "phone": "13700137000"}],
            "orders": [{**ORDER, "customer_id": "王五"}],
        }
    )
    assert ("check.reference-to-new", "订单!B2") in result.told()
    assert result.value("orders", "customer_id") == "王五"


def test_a_name_is_resolved_once_its_row_has_an_id():
    book = small_book()
    tables = {
        "customers": [{"name": "王五", "phone": "13700137000"}],
        "orders": [{**ORDER, "customer_id": "王五"}, {**ORDER, "order_id": "1002", "customer_id": None}],
    }
    snapshot = read_workbook(lay_out(tables), book)
    checked = check_cells(book, snapshot, AS_OF)
    resolve_pending(book, snapshot, checked)
    assert checked.pending == {("orders", "customer_id"): {2}}
    checked.frames["customers"]["customer_id"] = ["003"]
    resolve_pending(book, snapshot, checked)
    assert checked.frames["orders"]["customer_id"].tolist() == ["003", None]
    assert checked.corrections["orders", "customer_id"] == {2: "003"}
    assert [issue.code for issue in checked.issues] == ["check.reference-by-name", "check.required"]
    assert checked.pending == {("orders", "customer_id"): set()}


def test_references_feed_the_computed_fields():
    assert orders({"customer_id": "张三"}).computed.frames["customers"]["total"].tolist() == [500, 0]

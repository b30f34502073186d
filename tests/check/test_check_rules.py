"""Rules across fields and tables, cells typed over, scoring rules."""

from __future__ import annotations

import datetime as dt
import json

from crmbook.base.issues import Issue, Severity
from tests.check.run import customers, orders, run
from tests.check.sheets import Formula


def test_a_rule_across_fields_marks_the_row_that_breaks_it():
    result = orders({"paid_on": dt.date(2022, 12, 31)}, {"paid_on": dt.date(2023, 1, 1)})
    assert result.told() == [("check.rule", "订单!G2")]
    issue = result.issues[0]
    assert (issue.text("zh"), issue.text("en")) == ("付款早于下单", "The payment lies before the order")
    assert (issue.remedy("zh"), issue.remedy("en")) == ("请改其中一个日期", "Correct one of the dates")
    again = Issue.from_json(json.loads(json.dumps(issue.to_json())))
    assert again.remedy("en") == "Correct one of the dates"
    assert (issue.params["rule"], issue.params["fields"]) == ("paid-later", ("paid_on", "date"))
    assert issue.row_key == "1001"


def test_a_rule_may_only_warn():
    result = customers({"phone": None})
    assert [(issue.code, issue.severity) for issue in result.issues] == [("check.rule", Severity.WARNING)]


def test_a_rule_reads_the_day_that_counts_as_today():
    assert customers({"birthday": dt.date(2023, 3, 1), "age": 0}).told() == [("check.rule", "客户!H2")]


def test_one_mistake_is_told_once():
    assert orders({"date": "2023/13/1", "paid_on": dt.date(2022, 12, 31)}).told() == [
        ("value.no-such-date", "订单!D2")
    ]


def test_a_rule_may_read_another_table():
    tables = {"orders": [{"order_id": "1", "customer_id": None, "date": dt.date(2023, 1, 1), "amount": 1}]}
    assert run(tables).told() == [("check.required", "订单!B2"), ("check.rule", "订单!B2")]


def test_a_computed_cell_that_was_typed_over_is_told_with_what_comes_back():
    result = orders({"customer": Formula('="张三"', "张三")}, {"customer": "李大"}, {"customer": "张三"}, {})
    assert result.told() == [("check.typed-over", "订单!C3")]
    assert (result.issues[0].value, result.issues[0].params["restored"]) == ("李大", "张三")


def test_a_column_that_holds_values_only_was_not_typed_over():
    assert orders({"customer": "李大"}).told() == []


def test_every_scoring_rule_needs_a_band_from_zero_and_every_parameter_its_row():
    result = run({"bands": [{"rule": "level", "from": 10, "result": "VIP"}], "parameters": []})
    assert [code for code, _ in result.told()] == ["check.band-missing", "check.parameter-missing"]
    assert all(issue.location.sheet == "评分规则" for issue in result.issues)


def test_bands_may_stand_in_any_order():
    bands = [{"rule": "level", "from": 1000, "result": "VIP"}, {"rule": "level", "from": 0, "result": "普通"}]
    assert run({"bands": bands}).told() == []

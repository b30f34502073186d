"""Typed cells: canonical values, issues, corrections."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmbook.base.issues import Severity
from crmbook.formula import CellError
from tests.check.run import customers, orders, run
from tests.check.sheets import Formula


def test_a_sound_workbook_has_no_issues():
    assert orders({}).told() == []
    assert customers({"gender": "男", "region": "北京", "city": "海淀区"}, {}).told() == []
    assert run({}).told() == []


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("phone", "张三13800138000", "value.not-a-phone"),
        ("gender", "难", "value.not-in-list"),
        ("birthday", "1.5", "value.date-doubtful"),
        ("birthday", dt.date(1900, 1, 1), None),
        ("age", 200, "value.too-large"),
        ("name", "很" * 21, "value.text-too-long"),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_kept_out(field, typed, code):
    result = customers({field: typed, **({"age": 30} if field != "age" else {})})
    if code is None:
        assert result.told() == []
        return
    issue = result.issues[0]
    column = result.snapshot.tables["customers"].columns[field]
    assert (issue.code, issue.severity) == (code, Severity.ERROR)
    assert (issue.location.sheet, issue.location.cell) == ("客户", f"{column.letter}2")
    assert (issue.table, issue.row_key, issue.field_name) == ("customers", "001", field)
    assert issue.params["field"] == column.header
    assert result.checked.is_refused("customers", field, 2)
    assert pd.isna(result.value("customers", field))
    assert all(issue.text(lang) for lang in ("zh", "en"))


def test_the_value_typed_is_told_as_typed():
    issue = customers({"birthday": "2023/13/1"}).issues[0]
    assert (issue.value, issue.text("zh")) == ("2023/13/1", "日历上没有“2023/13/1”这一天或这一时刻")


def test_a_warning_keeps_the_value():
    result = customers({"phone": "123456789", "email": "张三"})
    assert [(issue.code, issue.severity) for issue in result.issues] == [
        ("value.phone-doubtful", Severity.WARNING),
        ("value.not-an-email", Severity.WARNING),
    ]
    assert (result.value("customers", "phone"), result.value("customers", "email")) == ("123456789", "张三")
    assert result.checked.refused == {}


def test_what_was_understood_by_a_guess_of_ours_is_told():
    result = customers({"birthday": "1月5日"})
    assert result.told() == [("value.year-assumed", "客户!H2")]
    assert result.value("customers", "birthday") == pd.Timestamp("2023-01-05")


def test_cells_that_formulas_would_read_differently_are_corrected():
    result = orders(
        {
            "customer_id": 1,
            "date": "2023年1月5日",
            "amount": "5,000元",
            "code": "ABC",
            "paid": "√",
            "paid_on": "20230106",
        }
    )
    assert result.checked.corrections == {
        ("orders", "customer_id"): {2: "001"},
        ("orders", "date"): {2: dt.date(2023, 1, 5)},
        ("orders", "amount"): {2: 5000.0},
        ("orders", "paid"): {2: True},
        ("orders", "paid_on"): {2: dt.date(2023, 1, 6)},
    }


def test_words_and_right_values_are_left_alone():
    assert (
        customers({"name": " 张三 ", "age": 30.0, "birthday": dt.date(1993, 5, 12)}).checked.corrections == {}
    )


def test_units_of_the_number_format_are_known():
    assert orders({"frequency": "10次/年"}).value("orders", "frequency") == 10
    assert orders({"frequency": "10次/月"}).told() == [("value.other-unit", "订单!H2")]


def test_a_city_must_lie_in_its_region():
    result = customers({"region": "北京", "city": "浦东新区"}, {"city": "浦东新区"})
    assert result.told() == [("value.not-of-parent", "客户!G2")]
    assert result.issues[0].params["belongs"] == ("上海",)


def test_entries_that_people_added_to_the_dictionary_count():
    def change(sheets):
        page = sheets.pages["数据字典"]
        column = next(at for (row, at), value in page.cells.items() if value == "性别")
        row = 1 + max(row for row, at in page.cells if at == column)
        page.cells[row, column] = "其他"

    assert customers({"gender": "其他"}, change=change).told() == []
    assert customers({"gender": "其他"}).told() == [("value.not-in-list", "客户!C2")]
    assert customers({"gender": "Male"}, change=change).value("customers", "gender") == "男"


def test_a_formula_in_an_overridable_cell_is_no_typed_value():
    result = customers({"age": Formula("=29", 29)}, {"age": 28})
    assert result.checked.frames["customers"]["age"].isna().tolist() == [True, False]
    assert result.computed.manual["customers", "age"].tolist() == [False, True]


def test_where_a_column_holds_values_only_nothing_in_it_is_typed():
    result = customers({"age": 29}, {"age": 28}, values_only={("customers", "age")})
    assert result.checked.frames["customers"]["age"].isna().all()


def test_a_formula_in_an_input_cell_counts_by_its_value():
    assert orders({"amount": Formula("=250*2", 500)}).value("orders", "amount") == 500


def test_error_cells_are_refused_and_not_blank():
    result = orders({"amount": Formula("=1/0", "#DIV/0!")})
    assert result.told() == [("value.error-cell", "订单!E2")]
    assert result.issues[0].value == "#DIV/0!"


def test_single_cells_are_read():
    def change(sheets):
        sheets.pages["使用说明"].cells |= {(29, 7): "2023-2-25", (30, 7): "abc"}

    result = run({}, change)
    assert result.checked.cells == {"as_of": dt.date(2023, 2, 25)}
    assert result.told() == [("value.not-a-number", "使用说明")]
    assert result.computed.cells["target"] == 1000


def test_issues_come_in_the_order_in_which_people_meet_them():
    tables = {
        "customers": [
            {"customer_id": "001", "name": "张三", "phone": "x"},
            {"customer_id": "002", "gender": "?", "phone": "x"},
        ],
        "orders": [{"order_id": "1", "customer_id": "009", "date": "x", "amount": "x"}],
    }
    assert run(tables).told() == [
        ("value.not-a-phone", "客户!D2"),
        ("check.required", "客户!B3"),
        ("value.not-in-list", "客户!C3"),
        ("value.not-a-phone", "客户!D3"),
        ("check.unknown-reference", "订单!B2"),
        ("value.not-a-date", "订单!D2"),
        ("value.not-a-number", "订单!E2"),
    ]


def test_a_refused_value_counts_in_the_workbook_as_it_stands_there():
    result = orders(
        {"amount": -5},
        {"amount": "x"},
        {"amount": 500, "date": "2023/13/1"},
        {"amount": Formula("=1/0", "#DIV/0!")},
    )
    seen = result.checked.seen(result.snapshot)["orders"]
    assert seen["amount"].tolist() == [-5, "x", 500, CellError.DIV0]
    assert seen["date"].tolist()[2] == "2023/13/1"
    assert result.checked.frames["orders"]["amount"].dropna().tolist() == [500]
    assert result.computed.frames["orders"]["customer"].tolist() == ["张三"] * 4


def test_a_refused_value_over_a_formula_is_still_typed():
    result = customers(
        {"age": 200, "last_order": "昨天"},
        {"age": "x", "last_order": dt.date(2023, 1, 2)},
        {"customer_id": "003", "name": "王五", "phone": "13700137000"},
    )
    assert result.computed.manual["customers", "age"].tolist() == [True, True, False]
    assert result.computed.results["customers", "age"].tolist() == [200, "x", ""]
    assert result.computed.results["customers", "last_order"].tolist() == ["昨天", 44928, ""]
    assert result.computed.frames["customers"]["last_order"].tolist()[:2] == [
        "昨天",
        pd.Timestamp("2023-01-02"),
    ]

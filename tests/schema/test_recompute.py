"""Derived fields and computed cells."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from crmbook.formula import CellError
from crmbook.schema import FIELD_TYPES
from crmbook.schema.recompute import Recomputation, canonical, recompute, seed_frame, table_frame
from crmbook.values import ValueKind, from_series
from tests.check.world import small_book

AS_OF = dt.date(2023, 2, 25)
BOOK = small_book()


def frames(**tables):
    return {name: table_frame(BOOK.tables[name], columns) for name, columns in tables.items()}


def values(computed, table, field):
    return from_series(ValueKind(BOOK.tables[table].fields[field].type), computed.frames[table][field])


@pytest.fixture
def company():
    return frames(
        customers={
            "customer_id": ["001", "002", "003"],
            "name": ["张三", "李四", "王五"],
            "birthday": [dt.date(1993, 5, 12), None, None],
            "age": [None, 28, None],
            "last_order": [None, dt.date(2023, 1, 20), None],
        },
        orders={
            "order_id": ["1001", "1002", "1003"],
            "customer_id": ["001", "001", "002"],
            "date": [dt.date(2023, 1, 1), dt.date(2023, 2, 20), dt.date(2023, 3, 1)],
            "amount": [500, 700.5, 300],
        },
    )


def test_fields_are_computed_in_the_order_of_their_needs(company):
    computed = recompute(BOOK, company, AS_OF)
    assert values(computed, "customers", "total") == [1200.5, 0, 0]
    assert values(computed, "customers", "level") == ["VIP", "普通", "普通"]
    assert values(computed, "customers", "active") == ["是", "否", "否"]
    assert values(computed, "orders", "customer") == ["张三", "张三", "李四"]
    assert values(computed, "funnel", "customers") == [2, 1]


def test_of_one_formula_only_what_it_reads_is_computed(company):
    whole = recompute(BOOK, company, AS_OF)
    for key, formula in BOOK.formulas.items():
        part = Recomputation(BOOK, company, AS_OF)
        if not whole.manual.get(
            key, pd.Series(dtype=bool)
        ).any():  # a typed value is no result of the formula
            pd.testing.assert_series_equal(part.result(formula), whole.results[key], check_names=False)
    part = Recomputation(BOOK, company, AS_OF)
    pd.testing.assert_series_equal(part.column("customers", "level"), whole.frames["customers"]["level"])
    assert set(part.results) == {("bands", "band_key"), ("customers", "level"), ("customers", "total")}
    part.result(BOOK.formulas["customers", "active"])
    assert ("customers", "active") not in part.results
    assert set(part.whole().results) == set(whole.results)


def test_what_cells_show_stands_for_a_formula_that_reads_what_is_not_there(company):
    """In the copy of a role other formulas go on from the value that sync wrote; a cell without one is blank."""
    shown = {
        ("customers", "total"): {0: 10.0, 1: 1200.0},
        ("customers", "last_order"): {2: dt.date(2023, 2, 24)},
    }
    computed = recompute(BOOK, company, AS_OF, shown=shown)
    assert values(computed, "customers", "total") == [10, 1200, None]
    assert values(computed, "customers", "level") == ["普通", "VIP", "普通"]
    assert values(computed, "customers", "last_order") == [None, None, dt.date(2023, 2, 24)]
    assert values(computed, "customers", "active") == ["否", "否", "是"]


def test_a_typed_value_wins_over_the_formula_where_it_may(company):
    computed = recompute(BOOK, company, AS_OF)
    assert values(computed, "customers", "age") == [29, 28, None]
    assert computed.manual["customers", "age"].tolist() == [False, True, False]
    assert values(computed, "customers", "last_order") == [dt.date(2023, 2, 20), dt.date(2023, 1, 20), None]
    assert type(values(computed, "customers", "age")[0]) is int


def test_what_stands_in_a_derived_field_is_not_asked(company):
    company["customers"]["total"] = [99.0, 99.0, 99.0]
    assert values(recompute(BOOK, company, AS_OF), "customers", "total") == [1200.5, 0, 0]


def test_cells_show_what_the_formula_gave(company):
    results = recompute(BOOK, company, AS_OF).results
    assert results["customers", "age"].tolist() == [29, 28, ""]
    assert results["customers", "last_order"].tolist() == [44977, 44946, ""]


def test_single_cells_are_computed_from_typed_ones(company):
    assert recompute(BOOK, company, AS_OF).cells["open"] == 0
    computed = recompute(BOOK, company, AS_OF, {"target": 2000})
    assert (computed.cells["sales"], computed.cells["open"]) == (1500.5, 499.5)
    assert computed.cells["as_of"] == AS_OF


def test_the_rules_in_the_workbook_outrank_those_of_the_schema(company):
    rules = frames(
        bands={"rule": ["level", "level"], "from": [2000, 0], "result": ["VIP", "普通"]},
        parameters={"parameter": ["days"], "value": [60]},
    )
    computed = recompute(BOOK, {**company, **rules}, AS_OF)
    assert values(computed, "customers", "level") == ["普通", "普通", "普通"]
    assert values(computed, "customers", "active") == ["是", "是", "否"]
    assert values(computed, "bands", "band_key") == ["level|2000", "level|0"]


def test_nothing_at_all_is_computed_without_errors():
    computed = recompute(BOOK, {}, AS_OF)
    assert values(computed, "customers", "total") == []
    assert values(computed, "funnel", "customers") == [0, 0]
    assert computed.cells["sales"] == 0


def test_the_frames_handed_in_stay_as_they_are(company):
    before = {name: frame.copy() for name, frame in company.items()}
    recompute(BOOK, company, AS_OF)
    for name, frame in company.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_rows_keep_their_labels_and_own_columns(company):
    company["orders"].index = pd.Index([2, 5, 9])
    company["orders"]["自定义"] = ["a", "b", "c"]
    computed = recompute(BOOK, company, AS_OF)
    assert computed.frames["orders"].index.tolist() == [2, 5, 9]
    assert computed.frames["orders"]["自定义"].tolist() == ["a", "b", "c"]
    assert computed.results["orders", "customer"].index.tolist() == [2, 5, 9]


def test_the_order_of_rows_does_not_matter(company):
    straight = recompute(BOOK, company, AS_OF)
    turned = recompute(BOOK, {name: frame[::-1] for name, frame in company.items()}, AS_OF)
    for field in ("total", "level", "active"):
        assert values(turned, "customers", field) == values(straight, "customers", field)[::-1]


@pytest.mark.parametrize(
    ("field", "results", "expected"),
    [
        ("birthday", [44931.0, 0.0, float("nan"), 1.0, 59.0, 61.0, 44931.7], ["2023-01-05", None, None, "1900-01-01", "1900-02-28", "1900-03-01", "2023-01-05"]),
        ("birthday", [44931.0, ""], ["2023-01-05", None]),
        ("birthday", [44931.0, CellError.VALUE], ["2023-01-05", CellError.VALUE]),
        ("age", [30.0, ""], [30, None]),
        ("age", [30.0, CellError.DIV0, "x"], [30, CellError.DIV0, "x"]),
        ("total", [0.1, 2.0], [0.1, 2.0]),
        ("name", ["张三", "", 0.0, 5.0, CellError.NA], ["张三", None, None, "5", CellError.NA]),
    ],
)  # fmt: skip
def test_results_become_values_by_the_type_of_the_field(field, results, expected):
    target = BOOK.tables["customers"].fields[field]
    read = from_series(ValueKind(target.type), canonical(target, pd.Series(results)))
    assert [value.isoformat() if isinstance(value, dt.date) else value for value in read] == expected


def test_moments_keep_their_time():
    birthday = BOOK.tables["customers"].fields["birthday"]
    moment = replace(birthday, type="datetime", traits=FIELD_TYPES["datetime"])
    column = canonical(moment, pd.Series([44931.604166666664]))
    assert from_series(ValueKind.DATETIME, column) == [dt.datetime(2023, 1, 5, 14, 30)]


def test_the_schema_gives_its_own_rows():
    bands = seed_frame(BOOK, "bands")
    assert bands["rule"].tolist() == ["level", "level"]
    assert bands["result"].tolist() == ["普通", "VIP"]
    assert seed_frame(BOOK, "parameters")["value"].tolist() == [30]
    assert seed_frame(BOOK, "funnel")["level"].tolist() == ["普通", "VIP"]
    assert len(seed_frame(BOOK, "customers")) == 0

"""Whole files as businesses have them: what each becomes stands beside it as CSV, by table, and what is said of it.

``NAME.customers.csv`` holds the rows that come, ``NAME.said.csv`` the findings (code, cell) and the rows that are no records
(kind, row).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from crmbook.exchange import ListWish, Target, open_lots, plan_lot
from crmbook.schema import load_book
from crmbook.store import State
from crmbook.sync.checkout import counters_of, first_state
from crmbook.values import spell

FILES = Path(__file__).with_name("files")
NAMES = sorted({path.name for path in FILES.iterdir() if not path.name.endswith((".said.csv", "s.csv"))})
TABLES = ("customers", "transactions")


@cache
def begun(lang="zh"):
    book = load_book("standard", lang)
    tables = first_state(book, {})
    return Target(book, State(1, tables, counters_of(book, tables)), dt.date(2024, 4, 1))


def planned(path):
    return [
        (lot, plan_lot(begun(), lot, ListWish()).plan)
        for lot in open_lots(path, begun().schema, (), ListWish())
    ]


def text_of(rows) -> str:
    """Return rows as CSV, their columns as they first come."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    found = io.StringIO()
    writer = csv.DictWriter(found, headers, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return found.getvalue()


def rows_of(plans, table):
    frames = [plan.tables[table] for _, plan in plans]
    return [
        {str(name): spell(value) for name, value in row.items() if value is not None and value == value}
        for frame in frames
        for row in frame.to_dict("records")
    ]


def said_of(plans):
    found = [
        {"what": issue.code, "where": issue.location.cell or str(issue.location.line or "")}
        for _, plan in plans
        for issue in plan.issues
    ]
    left = [
        {"what": one.kind, "where": str(one.row)}
        for lot, _ in plans
        for one in lot.sheet.left_out
        if one.kind != "header"
    ]
    return [*found, *left]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_becomes_the_rows_beside_it(name):
    plans = planned(FILES / name)
    for table in TABLES:
        beside = FILES / f"{name}.{table}.csv"
        expected = beside.read_text("utf-8") if beside.exists() else "\n"
        assert text_of(rows_of(plans, table)) == expected
    assert text_of(said_of(plans)) == (FILES / f"{name}.said.csv").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_no_row_of_a_file_is_lost_or_doubled(name):
    for lot, plan in planned(FILES / name):
        main = next(iter(dict.fromkeys(row.table for row in plan.rows)))
        rows = Counter(row.row for row in plan.rows if row.table == main)
        left = {one.row for one in lot.sheet.left_out}
        assert set(rows.values()) <= {1}
        assert not left & set(rows)
        stays = {row.row for row in plan.rows if row.table == main and row.action in {"skip", "doubtful"}}
        assert stays <= set(plan.failed)


def test_masked_rows_are_known_by_their_orders_and_change_nothing(tmp_path):
    plain = tmp_path / "订单.csv"
    plain.write_text(
        "订单编号,收货人姓名,收货人手机号,宝贝标题,买家实付金额,订单付款时间\n"
        "E1,张三,13800000001,茶,58,2024-03-01\nE2,李四,13800000002,茶,68,2024-03-02\n",
        "utf-8",
    )
    first = planned(plain)[0][1]
    masked = tmp_path / "订单2.csv"
    masked.write_text(
        plain.read_text("utf-8").replace("张三,13800000001", "张*,138****0001").replace("李四", "李*"),
        "utf-8",
    )
    target = replace(begun(), head=State(2, first.tables, first.counters))
    lot = next(iter(open_lots(masked, target.schema, (), ListWish())))
    plan = plan_lot(target, lot, ListWish()).plan
    assert [row.action for row in plan.rows if row.table == "transactions"] == ["same", "same"]
    assert rows_of([(lot, plan)], "customers") == rows_of([(lot, first)], "customers")
    assert {issue.code for issue in plan.issues} == {"intake.masked"}
    assert {row: list(cells) for row, cells in plan.failed.items()} == {
        2: ["收货人姓名", "收货人手机号"],
        3: ["收货人姓名"],
    }


@pytest.mark.parametrize("name", ["71打码.csv", "72京东.csv", "73整单无单价.csv", "74同价两件.csv"])
def test_the_same_orders_once_more_change_nothing(name):
    first = planned(FILES / name)[0][1]
    target = replace(begun(), head=State(2, first.tables, first.counters))
    lot = next(iter(open_lots(FILES / name, target.schema, (), ListWish())))
    plan = plan_lot(target, lot, ListWish()).plan
    assert {row.action for row in plan.rows} <= {"same", "duplicate", "skip"}
    assert not any(row.changes for row in plan.rows)

"""The past is exact: every revision's state, what it changed, and who changed a cell last."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.store.world import DAY, assert_same, commit, customers, frame

if TYPE_CHECKING:
    from crmbook.store import Frames

BASE = customers()


def edited(**cells):
    table = customers()
    for label, value in cells.items():
        table[label] = table[label].astype(object) if label == "own:备注" else table[label]
        table.loc["c2b", label] = value
    return table


CHANGES: dict[str, Frames] = {
    "nothing": {"customers": BASE},
    "a text": {"customers": edited(name="李斯")},
    "a number blanked and another set": {"customers": edited(amount=0.25, name=None)},
    "a day and a moment": {"customers": edited(since=dt.datetime(2024, 2, 29), called=dt.datetime(2024, 1, 1, 1))},
    "a column of people's own": {"customers": edited(**{"own:备注": 2.5})},
    "a row added between": {"customers": BASE.iloc[[0, 1, 1, 2]].set_axis(["c1a", "c2b", "c9z", "c3c"])},
    "a row gone": {"customers": BASE.drop(index="c2b")},
    "most rows gone": {"customers": BASE.loc[["c2b"]]},
    "all rows gone": {"customers": BASE.iloc[:0]},
    "rows replaced and turned around": {"customers": edited(name="x").iloc[[2, 1]]},
    "a column added": {"customers": BASE.assign(level=[1.0, None, 3.0])},
    "a column removed": {"customers": BASE.drop(columns="amount")},
    "all columns replaced": {"customers": frame(BASE.index, other=["a", None, "c"])},
    "columns moved, one changed": {"customers": edited(name="y").iloc[:, ::-1]},
    "a column of another kind": {"customers": BASE.assign(amount=frame(BASE.index, x=["五百", None, DAY])["x"])},
    "a number that becomes a text of itself": {"customers": BASE.assign(amount=frame(BASE.index, x=["500", None, "0.1"])["x"])},
    "row, cell and column at once": {"customers": edited(name="z").drop(index="c1a").assign(level=[1.0, 2.0])},
    "a table that appears": {"customers": BASE, "orders": frame(["o1a"], amount=[5])},
    "another table alone": {"orders": frame(["o1a"], amount=[5])},
    "a table that goes": {"customers": None},
    "one for another": {"customers": None, "orders": frame([], amount=[])},
}  # fmt: skip


@pytest.mark.sample(4)
@pytest.mark.parametrize("tables", CHANGES.values(), ids=CHANGES)
def test_every_change_can_be_undone(store, tables):
    commit(store, {"customers": BASE})
    last = commit(store, tables)
    after = {name: table for name, table in ({"customers": BASE} | tables).items() if table is not None}
    assert_same(store.head("b").tables, after)
    commit(store, {"customers": None, "orders": None})
    commit(store, {"customers": edited(name="later"), "more": frame(["m1a"], x=[1])})
    for _ in range(2):
        assert_same(store.state_at("b", 0), {})
        assert_same(store.state_at("b", 1), {"customers": BASE})
        assert_same(store.state_at("b", last), after)


def story(store):
    """Six revisions of one table."""
    commit(store, {"customers": frame(["c1a", "c2b"], name=["张三", "李四"], amount=[1, None])})
    commit(store, {"customers": frame(["c1a", "c2b"], name=["张三", "李斯"], amount=[1, 5])})
    commit(store, {"customers": frame(["c1a", "c3c"], name=["张三", "王五"], amount=[1, None])})
    commit(
        store, {"customers": frame(["c1a", "c3c"], name=["张叁", "王五"], amount=[1, None], day=[DAY, None])}
    )
    commit(store, {"customers": frame(["c1a", "c3c"], name=["张叁", "王五"], day=[DAY, None])})
    commit(store, {"orders": frame(["o1a"], customer=["c1a"])})


def told(records):
    return [(item.revision, item.kind, item.row_id, item.label, item.old, item.new) for item in records]


MOMENT = dt.datetime(2023, 1, 5)
TOLD = [
    (1, "added", "c1a", "", None, {"name": "张三", "amount": 1.0}),
    (1, "added", "c2b", "", None, {"name": "李四"}),
    (2, "changed", "c2b", "name", "李四", "李斯"),
    (2, "changed", "c2b", "amount", None, 5.0),
    (3, "added", "c3c", "", None, {"name": "王五"}),
    (3, "deleted", "c2b", "", {"name": "李斯", "amount": 5.0}, None),
    (4, "changed", "c1a", "name", "张三", "张叁"),
    (4, "changed", "c1a", "day", None, MOMENT),
    (5, "changed", "c1a", "amount", 1.0, None),
    (6, "added", "o1a", "", None, {"customer": "c1a"}),
]


def test_the_log_tells_every_cell_and_row(store):
    story(store)
    assert told(store.changes("b")) == TOLD
    assert {item.table for item in store.changes("b", 6)} == {"orders"}


@pytest.mark.sample(6)
@pytest.mark.parametrize(
    ("ask", "wanted"),
    [
        ({"first": 3, "last": 4}, lambda item: item[0] in {3, 4}),
        ({"last": 1}, lambda item: item[0] == 1),
        ({"table": "customers"}, lambda item: item[2] != "o1a"),
        ({"row_id": "c2b"}, lambda item: item[2] == "c2b"),
        ({"label": "amount"}, lambda item: item[3] == "amount"),
        ({"row_id": "c1a", "label": "name", "first": 2}, lambda item: item[2:4] == ("c1a", "name")),
        ({"table": "nowhere"}, lambda item: False),
    ],
)
def test_the_log_can_be_narrowed(store, ask, wanted):
    story(store)
    assert told(store.changes("b", **ask)) == list(filter(wanted, TOLD))


@pytest.mark.sample(5)
@pytest.mark.parametrize(
    ("cell", "revision"),
    [
        (("customers", "c1a", "name"), 4),
        (("customers", "c1a", "day"), 4),
        (("customers", "c1a", "amount"), 5),
        (("customers", "c3c", "name"), 3),
        (("customers", "c2b", "amount"), 3),
        (("orders", "o1a", "customer"), 6),
        (("customers", "c7z", "name"), None),
        (("nowhere", "c1a", "name"), None),
    ],
)
def test_who_changed_a_cell_last(store, cell, revision):
    story(store)
    found = store.last_change("b", [cell, ("customers", "c1a", "name")])
    assert (found[cell].number if cell in found else None) == revision
    assert found["customers", "c1a", "name"].number == 4

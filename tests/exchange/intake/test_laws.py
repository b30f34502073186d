"""Laws of any list: imported twice it is imported once, and nothing of it is lost or doubled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.exchange.intake import plan_import
from crmbook.store import State
from crmbook.sync.checkout import counters_of, first_state
from tests.exchange.intake.desk import DAY, again, book, people

LINE = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "张三", "李四", "张 三"]),
        "phone": st.sampled_from([None, "13800000001", "138 0000 0001", "13800000002", "010-62551234"]),
        "email": st.sampled_from([None, "a@b.cn", "c@d.cn"]),
        "company": st.sampled_from([None, "星河", "星河有限公司", "远大"]),
        "grade": st.sampled_from([None, None, "甲", "乙"]),
    }
)


def begin() -> State:
    tables = first_state(book(), {})
    return State(1, tables, counters_of(book(), tables))


def plan(head, lines, **more):
    typed, source, sheet, mapping = people(*lines)
    return plan_import(book(), head, typed, source, sheet, DAY, mapping=mapping, **more)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(LINE, min_size=1, max_size=7))
def test_a_list_that_comes_twice_brings_nothing_the_second_time(lines):
    first = plan(begin(), lines)
    for left in ("", first.left):
        second = plan(State(2, dict(first.tables), dict(first.counters)), lines, earlier=again(left))
        assert [one for one in second.rows if one.action in {"new", "update"} or one.changes] == []
        for name, frame in first.tables.items():
            assert frame.equals(second.tables[name])


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(LINE, min_size=1, max_size=7))
def test_every_line_is_a_row_or_named(lines):
    done = plan(begin(), lines)
    there = done.tables["people"].index
    assert [one.row for one in done.rows] == list(range(2, len(lines) + 2))
    assert all(one.row_id in there for one in done.rows if one.action in {"new", "duplicate"})
    assert {one.row for one in done.rows if one.action in {"skip", "doubtful"}} <= done.failed.keys()
    assert len(there) == sum(one.action == "new" for one in done.rows)
    keys = done.tables["people"]["person_id"].tolist()
    assert keys == [f"{number:03d}" for number in range(1, len(there) + 1)]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(LINE, min_size=1, max_size=4), st.lists(LINE, min_size=1, max_size=4))
def test_a_blank_erases_nothing(before, lines):
    head = plan(begin(), before)
    after = plan(State(2, dict(head.tables), dict(head.counters)), lines)
    old, new = head.tables["people"], after.tables["people"]
    filled = old.notna() & (old.index.to_series().isin(new.index)).to_numpy()[:, None]
    assert new.loc[old.index, old.columns].notna().where(filled, other=True).all(axis=None)
    assert replace(after, rows=()).based_on == 2

"""Laws of the store: a patch makes the one table from the other; the past and every image are exact."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
import math
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbook.store import Export, Image, Store
from crmbook.store.codec import decode_frame, encode_frame
from crmbook.store.history import plain
from crmbook.store.patch import decode_patch, diff, encode_patch, is_change
from tests.postgres import own_schema
from tests.store.world import DAY, MOMENT, WORKBOOK, a_book, assert_same, commit

IDS = [f"{letter}{number}z" for number, letter in enumerate("abcdefgh")]
NUMBERS = st.sampled_from([math.nan, 0.0, 1.5, -2.0, 1e300, 0.1, math.inf])
DAYS = st.sampled_from(
    [None, DAY, dt.date(1900, 1, 1), dt.date(9999, 12, 31), MOMENT, dt.datetime(2024, 2, 29)]
)
THINGS = st.sampled_from([
    None, "", "张三", "x", "\ud800", "a\0b", True, False, 1.0, 2.5, math.inf, DAY, MOMENT, dt.datetime(2023, 1, 5),
])  # fmt: skip
TEXTS = st.sampled_from([None, "北京", "上海", "VIP"])
KINDS = {
    "number": (NUMBERS, np.float64),
    "day": (DAYS, "datetime64[us]"),
    "thing": (THINGS, object),
    "text": (TEXTS, object),
}
LABELS = ["name", "amount", "since", "own:备注"]
SETTINGS = {"derandomize": True, "deadline": None, "suppress_health_check": list(HealthCheck)}


@st.composite
def columns(draw, size):
    items, dtype = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    values = np.empty(size, dtype=object)
    values[:] = [draw(items) for _ in range(size)]
    return values.astype(dtype)


@st.composite
def tables(draw):
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    index = pd.Index(ids, dtype=object)
    labels = draw(st.lists(st.sampled_from(LABELS), unique=True))
    typed = {}
    for label in labels:
        values = draw(columns(len(ids)))
        typed[label] = pd.Series(values, index=index, dtype=values.dtype)
    return pd.DataFrame(typed, index=index)


@st.composite
def edits(draw, table):
    """The table with a few rows, columns and cells changed: what an edit looks like."""
    table = table.copy()
    if len(table) and draw(st.booleans()):
        table = table.drop(index=draw(st.sampled_from(list(table.index))))
    if draw(st.booleans()):
        table = table.loc[draw(st.permutations(list(table.index)))]
    if table.shape[1] and len(table):
        label = draw(st.sampled_from(list(table.columns)))
        values = table[label].to_numpy().copy()
        items = next(items for items, dtype in KINDS.values() if np.dtype(dtype) == values.dtype)
        values[draw(st.integers(0, len(values) - 1))] = draw(items)
        table[label] = pd.Series(values, index=table.index, dtype=values.dtype)
    return table


@st.composite
def pairs(draw):
    first = draw(tables())
    return first, draw(st.one_of(tables(), edits(first)))


@given(tables())
@settings(**SETTINGS, max_examples=200)
def test_a_table_survives_as_bytes(table):
    assert_same({"t": decode_frame(encode_frame(table))}, {"t": table})
    assert encode_frame(table) == encode_frame(table.copy())


@pytest.mark.slow
@given(pairs())
@settings(**SETTINGS, max_examples=200)
def test_a_patch_makes_the_one_from_the_other(pair):
    first, second = pair
    for source, result in ((first, second), (None, second), (second, first)):
        patch = diff(source, result, remember=True)
        if patch is None:
            assert_same({"t": source}, {"t": result})
        else:
            for read in (patch, decode_patch(encode_patch(patch))):
                assert_same({"t": read.apply(source)}, {"t": result})
                assert is_change(read, source) == is_change(patch, source)
    assert diff(first, first) is None


class Model:
    """What the store should know, kept in the plainest way."""

    def __init__(self):
        self.states = [{}]
        self.images = {}

    def step(self, changes):
        now = dict(self.states[-1])
        for name, table in changes.items():
            if table is None:
                now.pop(name, None)
            elif name not in now or told(now[name]) != told(table):
                now[name] = table
        if {name: told(table) for name, table in now.items()} != {
            name: told(table) for name, table in self.states[-1].items()
        }:
            self.states.append(now)

    def keep(self, export, frames):
        known = self.images.setdefault(export, [])
        if not known or {n: told(t) for n, t in known[-1].items()} != {n: told(t) for n, t in frames.items()}:
            known.append(frames)


def told(table):
    """The table without its order."""
    kinds = {label: table[label].dtype.kind for label in table.columns}
    cells = {
        (row, label): None if pd.isna(value) else (type(value), value)
        for label in table.columns
        for row, value in table[label].items()
    }
    return kinds, set(table.index), cells


def commits():
    changes = st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(st.none(), tables()), min_size=1)
    return st.fixed_dictionaries(
        {
            "steps": st.lists(changes, max_size=2),
            "held": st.none() | st.dictionaries(st.sampled_from(["a", "b"]), tables()),
            "exported": st.none() | st.dictionaries(st.sampled_from(["a", "b"]), tables()),
        }
    )


def check(place, plan, data):
    model, exported = Model(), 0
    with Store.open(place) as store:
        store.add_book(a_book())
        for part in plan:
            for changes in part["steps"]:
                for name, table in changes.items():
                    if table is not None and name in model.states[-1] and data.draw(st.booleans()):
                        changes[name] = data.draw(edits(model.states[-1][name]))
                model.step(changes)
            parts = {"workbook": WORKBOOK}
            if part["held"] is not None:
                parts["image"] = Image(max(exported, 1), part["held"])
                model.keep(max(exported, 1), part["held"])
                exported = max(exported, 1)
            if part["exported"] is not None:
                exported += 1
                parts["export"] = Export(exported, "d", part["exported"], written=part["exported"])
                model.keep(exported, part["exported"])
            assert commit(store, *part["steps"], **parts) == len(model.states) - 1
        check_known(store, model)
    with Store.open(place) as store:
        check_known(store, model)
        check_log(store, model)
        assert_same(store.head("b").tables, model.states[-1])


def check_known(store, model):
    for revision, state in enumerate(model.states):
        assert_same(store.state_at("b", revision), state)
    for export, known in model.images.items():
        found = store.image("b", "w1", export)
        assert_same(found.frames, known[-1])
        assert len(found.seen) == len(known) - 1
        for seen, expected in zip(found.seen, known, strict=False):
            assert_same(seen, expected)


def check_log(store, model):
    """Replayed from the beginning, the log leads to the same rows and values."""
    rows = {}
    for item in store.changes("b"):
        row = rows.setdefault((item.table, item.row_id), {})
        if item.kind == "changed":
            row[item.label] = item.new
        elif item.kind == "added":
            row.update(item.new)
        else:
            del rows[item.table, item.row_id]
    expected = {
        (name, row): {label: plain(value) for label, value in zip(table.columns, values, strict=True)}
        for name, table in model.states[-1].items()
        for row, *values in table.astype(object).itertuples(name=None)
    }
    assert {key: filled(row) for key, row in rows.items()} == {
        key: filled(row) for key, row in expected.items()
    }


def filled(row):
    return {label: (type(value), value) for label, value in row.items() if value is not None}


@pytest.mark.sample(1)
@given(st.lists(commits(), min_size=1, max_size=5), st.data())
@settings(**SETTINGS, max_examples=20)
def test_the_past_and_every_image_are_exact(plan, data):
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder), plan, data)


@pytest.mark.slow
@given(st.lists(commits(), min_size=1, max_size=5), st.data())
@settings(**SETTINGS, max_examples=10)
def test_the_past_and_every_image_are_exact_on_a_server(plan, data):
    with own_schema() as place:
        check(place, plan, data)

"""Small tables for the tests of the merge, and strategies that make them."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from crmbook.merge import Rules, merge_table
from crmbook.merge.compare import cells_of, plain
from tests.merge.oracle import Case, Version

DTYPES = {"amount": np.float64, "day": "datetime64[us]"}
POOL: dict[str, list[Any]] = {
    "name": [None, "张三", "李四", "王五"],
    "tags": [None, "a", "b", "a、b", "b、c"],
    "note": [None, "x", "x\ny", "x\nz", "x；w"],
    "amount": [None, 1.0, 2.0, 3.0],
    "day": [None, dt.datetime(2023, 1, 5), dt.datetime(2023, 1, 6)],
    "region": [None, "北京", "广东"],
    "city": [None, "海淀", "广州"],
    "own:flag": [None, True, 1.0, "1"],
}
LABELS = list(POOL)
GROUPS = {"place": ("region", "city")}
IDS = ["1a", "2a", "3a", "4a", "5b"]


def frame(rows: dict[str, dict[str, Any]], labels: list[str] | None = None) -> pd.DataFrame:
    """Return rows by id as a state frame."""
    names = (
        labels if labels is not None else list(dict.fromkeys(name for row in rows.values() for name in row))
    )
    index = pd.Index(list(rows), dtype=object)
    columns = {
        name: pd.Series(
            np.array([row.get(name) for row in rows.values()], dtype=DTYPES.get(name, object)), index=index,
            dtype=DTYPES.get(name, object),
        )
        for name in names
    }  # fmt: skip
    return pd.DataFrame(columns, index=index, columns=pd.Index(names, dtype=object))


def cells(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return a state frame as rows by id, every blank None."""
    columns = {label: plain(cells_of(table[label])) for label in table.columns}
    return {
        row: {label: columns[label][place] for label in columns}
        for place, row in enumerate(table.index.tolist())
    }


def table(version: Version | None) -> pd.DataFrame | None:
    """Return a version as a state frame."""
    return None if version is None else frame(version.rows, version.labels)


def merge_of(case: Case):
    """Run the real merge on a case."""
    return merge_table(
        table(case.base),
        table(case.head),
        table(case.file),
        Rules(case.policies, case.groups),
        unknown=case.unknown,
        seen=[table(state) for state in case.seen],
        keep_missing=case.keep_missing,
    )


@st.composite
def versions(draw, labels=None) -> Version:
    """Any table over the ids and labels."""
    names = draw(st.lists(st.sampled_from(LABELS), unique=True, max_size=5)) if labels is None else labels
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    return Version(names, {row: {name: draw(st.sampled_from(POOL[name])) for name in names} for row in ids})


@st.composite
def offspring(draw, parent: Version, *, columns=True) -> Version:
    """What somebody makes of a table: cells edited, rows added, deleted and moved, columns added and left out."""
    names = list(parent.labels)
    if columns and draw(st.booleans()):
        names = draw(st.permutations(names))[draw(st.integers(0, 1)) :]
        names += [name for name in draw(st.lists(st.sampled_from(LABELS), max_size=1)) if name not in names]
    ids = [row for row in parent.rows if draw(st.integers(0, 4))]
    ids += [row for row in IDS if row not in parent.rows and not draw(st.integers(0, 4))]
    rows = {
        row: {name: parent.rows.get(row, {}).get(name) for name in names}
        for row in draw(st.permutations(ids))
    }
    for row, values in rows.items():
        for name in names:
            if row not in parent.rows or name not in parent.labels or not draw(st.integers(0, 3)):
                values[name] = draw(st.sampled_from(POOL[name]))
    return Version(names, rows)


@st.composite
def cases(draw) -> Case:
    """Any merge: policies, a group, unknown cells, older states, with and without a base."""
    root = draw(versions())
    policies = {
        "name": draw(st.sampled_from(["conflict", "latest"])),
        "amount": draw(st.sampled_from(["conflict", "latest", "max", "min"])),
        "day": draw(st.sampled_from(["conflict", "max", "min"])),
        "tags": draw(st.sampled_from(["conflict", "union"])),
        "note": draw(st.sampled_from(["conflict", "append"])),
    }
    file = draw(offspring(root))
    unknown = {
        name: set(draw(st.lists(st.sampled_from(IDS), max_size=2)))
        for name in draw(st.lists(st.sampled_from(LABELS), max_size=2, unique=True))
    }
    return Case(
        base=root if draw(st.integers(0, 5)) else None,
        head=draw(offspring(root)),
        file=file,
        policies=policies,
        groups=GROUPS if draw(st.booleans()) else {},
        unknown=unknown,
        seen=[draw(offspring(root)) for _ in range(draw(st.sampled_from([0, 0, 1, 2])))],
        keep_missing=draw(st.booleans()),
    )

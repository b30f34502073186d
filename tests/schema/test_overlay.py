"""Deep merge of trees: laws, and what a workspace or template needs of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.schema.overlay import overlay
from crmbook.schema.source import parse_source

SCALARS = st.integers(0, 3) | st.sampled_from(["a", "b"])
TREES = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3) | st.lists(inner, max_size=2),
)
MAPPINGS = st.dictionaries(st.sampled_from("xyz"), TREES, max_size=3)


def tree(value: object, name: str = "f.yaml"):
    return parse_source(json.dumps(value), name)[0]


@given(MAPPINGS)
@settings(derandomize=True, deadline=None, max_examples=40)
def test_merging_over_nothing_or_over_itself_changes_nothing(value):
    assert overlay(tree({}), tree(value)).plain() == tree(value).plain()
    assert overlay(tree(value), tree({})).plain() == tree(value).plain()
    assert overlay(tree(value), tree(value)).plain() == tree(value).plain()


@given(MAPPINGS, MAPPINGS)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_what_is_written_over_holds_and_the_rest_stays(base, over):
    merged = overlay(tree(base), tree(over)).plain()
    assert list(merged) == [*base, *(key for key in over if key not in base)]
    for key, value in tree(over).plain().items():
        assert merged[key] == value or (isinstance(value, dict) and isinstance(base[key], dict))
    for key, value in tree(base).plain().items():
        assert key in over or merged[key] == value


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{a: {x: 1, y: 2}, b: 3}", "{a: {y: 5, z: 6}}", {"a": {"x": 1, "y": 5, "z": 6}, "b": 3}),
        ("{a: {x: 1, y: 2}}", "{a: {x: null}}", {"a": {"y": 2}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": (3,)}),
        ("{a: 1}", "{a: {x: 1}}", {"a": {"x": 1}}),
        (
            "{a: [{id: p, x: 1}, {id: q, x: 2}]}",
            "{a: [{id: q, x: 9}, {id: r, x: 3}, {id: p, drop: true}]}",
            {"a": ({"id": "q", "x": 9}, {"id": "r", "x": 3})},
        ),
    ],
)
def test_merge(base, over, merged):
    assert overlay(parse_source(base, "a")[0], parse_source(over, "b")[0]).plain() == merged


def test_merged_nodes_keep_the_place_where_they_were_written():
    merged = overlay(
        parse_source("{a: {x: 1, y: 2}}", "base.yaml")[0], parse_source("{a: {y: 3}}", "over.yaml")[0]
    )
    assert merged.at("a", "x").location.file == "base.yaml"
    assert merged.at("a", "y").location.file == "over.yaml"

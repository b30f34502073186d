"""The place of every character of every YAML scalar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.schema.source import parse_source
from tests.schema.world import MARK, marked_place


@pytest.mark.parametrize(
    "text",
    [
        "a: plain ⟪X words\n",
        "a: 'single ⟪X'\n",
        "a: 'it''s ''⟪X'''\n",
        'a: "tab\\t, \\u4ef6 and \\\\ then ⟪X"\n',
        "a: {b: [1, 'c', ⟪X]}\n",
        "a: plain over\n  two\n  lines ⟪X\n",
        "a: 'quoted over\n\n\n  lines ⟪X'\n",
        'a: "joined \\\n   lines ⟪X"\n',
        "a: |\n  literal\n    indented ⟪X\n",
        "a: |+2\n  literal\n\n  with blanks ⟪X\n\n",
        "a: >-\n  folded\n  lines\n\n    ⟪X\n",
        "中文: 客户⟪X\n",
        "a: '\U0001f600 ⟪X'\n",
    ],
)
def test_character_is_found_in_every_style_of_scalar(text):
    node, problems = parse_source(text.replace(MARK, ""), "f.yaml")
    assert not problems
    scalar = node
    while not isinstance(scalar.value, str):
        scalar = scalar.items[-1] if scalar.items else next(iter(scalar.entries.values()))
    place = scalar.character(scalar.value.index("X"))
    assert (place.file, place.line, place.column) == ("f.yaml", *marked_place(text))


PRINTABLE = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x9FFF, exclude_categories=["C", "Z"]), min_size=1
)


@pytest.mark.sample(2)
@given(words=st.lists(PRINTABLE, min_size=1, max_size=6), data=st.data())
@settings(derandomize=True, deadline=None, max_examples=80)
@pytest.mark.parametrize("style", ["single", "double", "literal"])
def test_every_visible_character_is_found(style, words, data):
    value = " ".join(words)
    written = {
        "single": "'" + value.replace("'", "''") + "'",
        "double": '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"',
        "literal": "|-\n  " + value,
    }[style]
    text = f"a: {written}\n"
    node, problems = parse_source(text, "f.yaml")
    assert not problems
    assert node.at("a").value == value
    offset = data.draw(st.integers(0, len(value) - 1).filter(lambda index: not value[index].isspace()))
    place = node.at("a").character(offset)
    found = text.split("\n")[place.line - 1][place.column - 1 :]
    if style == "double" and value[offset] in '\\"':
        assert found.startswith("\\" + value[offset])
    else:
        assert found.startswith(value[offset])


def test_offset_behind_the_last_character_points_behind_it():
    node, _ = parse_source("a: '=1+'\n", "f.yaml")
    assert node.at("a").character(3).column == 8


def test_merge_keys_take_over_what_is_not_given():
    text = "base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}\nmost: {<<: [*b, {z: 4}], x: 0}\n"
    node, problems = parse_source(text, "f.yaml")
    assert not problems
    assert node.at("more").plain() == {"x": 1, "y": 3}
    assert node.at("most").plain() == {"y": 2, "z": 4, "x": 0}


@given(st.text(max_size=60))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_any_text_gives_a_tree_or_a_problem_with_a_place(text):
    node, problems = parse_source(text, "f.yaml")
    assert node.location.line == 1 or node.location.line is not None
    for item in problems:
        assert (item.location.line or 0) >= 1
        assert (item.location.column or 0) >= 1


def test_anchor_may_be_given_anew():
    node, problems = parse_source("a: &x 1\nb: &x 2\nc: *x\n", "f.yaml")
    assert not problems
    assert node.plain() == {"a": 1, "b": 2, "c": 2}

"""Nothing that somebody types makes reading it take for ever: work grows with the length, not with its square.

Steps are counted, not seconds: those of each regular expression by a machine that backtracks as `re` does, those
of wildcards by the instructions that Python runs for them.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.formula.wildcards import pattern
from crmbook.merge import merge_table
from crmbook.values import Choice, Choices
from crmbook.values.text import MAX_CELL_TEXT
from tests.formula.test_wildcards import HOSTILE
from tests.growth.backtracking import LIMIT, Machine, hostile_texts
from tests.growth.patterns import ANY, of_source, used

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

TWICE = 2.2
SHORT = 40
TRIED = 36
SPARE = 120
"""Steps that a text may cost whatever its length."""
GUARDED = {
    "crmbook.ooxml.cells._INLINE": "matched at eight openings of a cell at most",
    "crmbook.ooxml.cells._VALUE": "matched at eight openings of a cell at most",
}
CLOSED = {
    "crmbook.ooxml.sharedstrings._ITEM": "</si>",
    "crmbook.ooxml.sharedstrings._READING": "</rPh>",
    "crmbook.ooxml.sharedstrings._TEXT": "</t>",
}
"""Patterns that look no farther than the last end tag, with the tag."""
PATTERNS = {name: use for name, use in used().items() if name not in GUARDED and use[0] is not ANY}


@pytest.mark.sample(83)
@pytest.mark.parametrize("name", PATTERNS)
def test_a_regular_expression_costs_what_its_text_is_long(name: str) -> None:
    expression, methods = PATTERNS[name]
    machine = Machine(expression)
    end = CLOSED.get(name, "")
    pairs = zip(hostile_texts(expression, SHORT), hostile_texts(expression, 2 * SHORT), strict=False)
    for once, twice in ((one + end, two + end) for one, two in itertools.islice(pairs, TRIED)):
        for method in methods:
            steps = machine.run(method, once)
            assert steps < LIMIT, (method, once)
            assert machine.run(method, twice) <= TWICE * steps + SPARE, (method, once)


@pytest.mark.sample(1)
@pytest.mark.parametrize("source", ["(a+)+b", r" +(?=\n)", "(?:a|b|ab)*c", r"[0-9]+\.?[0-9]*"])
def test_the_machine_finds_what_takes_for_ever(source: str) -> None:
    expression = re.compile(source)
    machine = Machine(expression)
    pairs = zip(hostile_texts(expression, SHORT), hostile_texts(expression, 2 * SHORT), strict=False)
    method = "fullmatch" if "." in source else "search"
    assert any(
        machine.run(method, twice) > TWICE * machine.run(method, once) + SPARE or machine.steps >= LIMIT
        for once, twice in pairs
    )


SOURCE = """
import re
GIVEN = "ab"
HELD = re.compile("a+", re.DOTALL)
PAIRS = [(re.compile(r"b+"), 1)]

class One:
    def __init__(self, tag):
        self._end = re.compile(rf"{GIVEN}{tag}*")

    def of(self, text):
        found = re.search("c+" + re.escape(GIVEN), text)
        self._end.fullmatch(text)
        HELD.sub("", text)
        wanted = rf"d+{text}"
        return re.compile(text).match(text) or re.split(wanted, text, flags=re.I)
"""


def test_every_pattern_in_a_source_is_found_wherever_it_stands():
    known = {"re": re, "GIVEN": "ab", "HELD": re.compile("a+", re.DOTALL)}
    found = of_source(ast.parse(SOURCE), known, "m", {})
    assert {name: (use[0].pattern, use[1]) for name, use in found.items()} == {
        "m.HELD": ("a+", {"sub"}),
        "m:5:10": ("b+", {"search"}),
        "m:9:20": ("abx*", {"fullmatch"}),
        "m:12:16": ("c+ab", {"search"}),
        "m:16:15": ("", {"search"}),
        "m:16:47": ("d+x", {"split"}),
    }


def test_the_patterns_that_nobody_can_see_are_names_terms_and_those_of_schemas_and_of_telephones():
    assert {name.split(":")[0] for name, (pattern, _) in used().items() if pattern is ANY} == {
        "crmbook.base.terms", "crmbook.ooxml.formulapass", "crmbook.schema.model.base", "crmbook.values.limits", "crmbook.values.phones",
    }  # fmt: skip


def instructions(call: Callable[[], object]) -> int:
    """Return how many instructions Python runs for a call, those of what it calls among them."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", HOSTILE)
def test_wildcards_cost_what_they_are_long(name: str) -> None:
    def steps(size: int) -> int:
        wanted, text = HOSTILE[name](size)
        wildcards = instructions(lambda: pattern.__wrapped__(wanted))
        made = pattern(wanted)
        return wildcards + instructions(lambda: (made.fits(text), made.find(text)))

    assert steps(MAX_CELL_TEXT) <= TWICE * steps(MAX_CELL_TEXT // 2) + SPARE


def test_a_merge_costs_what_its_columns_are_many():
    def steps(count: int) -> int:
        head = pd.DataFrame({"name": ["张三"]}, index=["a"], dtype=object)
        columns = {f"own:{number}": ["b"] for number in range(count)}
        file = pd.DataFrame({"name": ["李四"], **columns}, index=["b"], dtype=object)
        return instructions(lambda: merge_table(head, head, file, keep_missing=True))

    steps(1)  # what is made once
    assert steps(64) <= TWICE * steps(32)


def test_a_text_is_looked_up_in_a_list_whatever_its_length():
    def steps(size: int) -> int:
        choices = Choices(tuple(Choice(f"城市{number}") for number in range(size)))
        choices.find("深圳")  # what is made once
        return instructions(lambda: choices.find("广州"))

    assert steps(200) == steps(100)

"""Nothing that somebody types makes reading it take for ever: work grows with the length, not with its square.

Steps are counted, not seconds: those of each regular expression by a machine that backtracks as `re` does, those
of wildcards by the instructions that Python runs for them.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.formula.wildcards import pattern
from crmbook.values.text import MAX_CELL_TEXT
from tests.formula.test_wildcards import HOSTILE
from tests.growth.backtracking import LIMIT, Machine, hostile_texts
from tests.growth.patterns import used

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

TWICE = 2.2
SHORT = 40
TRIED = 36
SPARE = 120
"""Steps that a text may cost whatever its length."""
GUARDED = {
    "crmbook.furniture.meaning._COLUMN": "a formula has 8,192 characters at most",
    "crmbook.furniture.meaning._WRECK": "a formula has 8,192 characters at most",
    "crmbook.read.totals._AREA": "a formula has 8,192 characters at most",
    "crmbook.ooxml.sharedstrings._ITEM": "looked for up to the last closing tag only",
    "crmbook.ooxml.sharedstrings._READING": "looked for up to the last closing tag only",
    "crmbook.ooxml.sharedstrings._TEXT": "looked for up to the last closing tag only",
}
PATTERNS = {name: use for name, use in used().items() if name not in GUARDED and ":" not in name}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_regular_expression_costs_what_its_text_is_long(name: str) -> None:
    expression, methods = PATTERNS[name]
    machine = Machine(expression)
    pairs = zip(hostile_texts(expression, SHORT), hostile_texts(expression, 2 * SHORT), strict=False)
    for once, twice in itertools.islice(pairs, TRIED):
        for method in methods:
            steps = machine.run(method, once)
            assert steps < LIMIT, (method, once)
            assert machine.run(method, twice) <= TWICE * steps + SPARE, (method, once)


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


@pytest.mark.parametrize("name", HOSTILE)
def test_wildcards_cost_what_they_are_long(name: str) -> None:
    def steps(size: int) -> int:
        wanted, text = HOSTILE[name](size)
        wildcards = instructions(lambda: pattern.__wrapped__(wanted))
        made = pattern(wanted)
        return wildcards + instructions(lambda: (made.fits(text), made.find(text)))

    assert steps(MAX_CELL_TEXT) <= TWICE * steps(MAX_CELL_TEXT // 2) + SPARE

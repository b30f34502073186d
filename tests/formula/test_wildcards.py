"""Wildcards mean what a walk over every way to share the text says, and cost no more than they are long."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmbook.formula.wildcards import pattern

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PATTERNS = st.lists(st.sampled_from([*"aAbσ*?", "~*", "~?", "~~", "~"]), max_size=12).map("".join)
TEXTS = st.text(st.sampled_from("aAbBΣς*?~"), max_size=14)


def tokens(text: str) -> list[str]:
    return re.findall(r"~[*?~]|.", text, re.DOTALL)


def fits(wanted: list[str], text: str) -> bool:
    """The rule, spelled out: a star takes any number of characters, every other sign one."""

    @cache
    def rest_fits(sign: int, place: int) -> bool:
        if sign == len(wanted):
            return place == len(text)
        if wanted[sign] == "*":
            return rest_fits(sign + 1, place) or (place < len(text) and rest_fits(sign, place + 1))
        same = place < len(text) and (wanted[sign] == "?" or plain(wanted[sign][-1]) == plain(text[place]))
        return same and rest_fits(sign + 1, place + 1)

    return rest_fits(0, 0)


def plain(letter: str) -> str:
    return letter.lower().replace("ς", "σ")


@given(PATTERNS, TEXTS)
@example("a?a*a?b", "aaab")
@example("*a?a*a?a*", "aaaaaa")
@example("~*~", "*~")
def test_a_text_fits_as_the_rule_says(wanted: str, text: str) -> None:
    assert pattern(wanted).fits(text) is fits(tokens(wanted), text)


@given(PATTERNS, TEXTS, st.integers(0, 14))
@example("b?b", "aabab" * 80 + "bbb", 3)
def test_the_first_fit_is_found(wanted: str, text: str, start: int) -> None:
    start = min(start, len(text))
    some = [*tokens(wanted), "*"]
    places = (place for place in range(start, len(text) + 1) if fits(some, text[place:]))
    assert pattern(wanted).find(text, start) == next(places, -1)


def test_a_letter_with_two_small_letters_keeps_the_places() -> None:
    assert pattern("b").find("İİb") == 2
    assert pattern("İ?b").fits("İİB")


HOSTILE: dict[str, Callable[[int], tuple[str, str]]] = {
    "stars": lambda size: ("*1" * (size // 2) + "*x", "1" * size),
    "stars that fit": lambda size: ("*1" * (size // 2), "1" * size),
    "a long literal": lambda size: ("*" + "1" * (size // 2) + "x*", "1" * size),
    "question marks": lambda size: ("*" + "1?" * (size // 4) + "x*", "1" * size),
    "segments with question marks": lambda size: ("*1?1" * (size // 4) + "x", "1" * size),
    "one segment with question marks, over and over": lambda size: ("*1?2*", "1" * size),
    "escapes": lambda size: ("~*" * (size // 2), "*" * size),
    "many characters": lambda size: ("*" + "?".join(map(chr, range(0x4E00, 0x4E00 + size // 2))) + "*",
                                     "".join(map(chr, range(0x4E00, 0x4E00 + size)))),
}  # fmt: skip


def instructions(call: Callable[[], object]) -> int:
    """Return how many instructions Python runs for a call and what it calls."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
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
        return instructions(
            lambda: (pattern.__wrapped__(wanted).fits(text), pattern.__wrapped__(wanted).find(text))
        )

    assert steps(2048) <= 2.2 * steps(1024) + 200

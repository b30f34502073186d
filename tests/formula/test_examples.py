"""Every function's docstring is its specification, and holds."""

from __future__ import annotations

import pytest

from crmbook.formula import FUNCTIONS
from tests.formula.examples import answer, iter_examples, show


@pytest.mark.parametrize(("name", "text", "expected"), list(iter_examples()))
def test_example_holds(name: str, text: str, expected: str) -> None:
    assert name in text
    assert show(answer(text)[0]) == expected


def test_every_function_has_an_example() -> None:
    assert set(FUNCTIONS) == {name for name, _, _ in iter_examples()}

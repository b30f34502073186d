"""Every function's docstring is its specification, and holds."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

import pytest

from crmbook.formula import FUNCTIONS, number_format, values, wildcards
from tests.formula.examples import answer, iter_examples, show

if TYPE_CHECKING:
    from types import ModuleType


@pytest.mark.parametrize(("name", "text", "expected"), list(iter_examples()))
def test_example_holds(name: str, text: str, expected: str) -> None:
    assert name in text
    assert show(answer(text)[0]) == expected


def test_every_function_has_an_example() -> None:
    assert set(FUNCTIONS) == {name for name, _, _ in iter_examples()}


@pytest.mark.parametrize("module", [number_format, values, wildcards], ids=lambda module: module.__name__)
def test_examples_of_the_building_blocks_hold(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed

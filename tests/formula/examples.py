"""The examples in the functions' docstrings, and the little table that they speak of."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.formula import FUNCTIONS, Kind, Scope, bind, parse
from crmbook.formula.values import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

FRUIT = pd.DataFrame(
    {
        "name": ["apple", "pear", "Apple"],
        "count": [1.0, 2.0, 10.0],
        "price": [5.0, 8.5, 3.0],
        "note": ["sweet", None, "sour"],
    }
)
SCOPE = Scope(
    tables={"fruit": {"name": Kind.TEXT, "count": Kind.NUMBER, "price": Kind.NUMBER, "note": Kind.TEXT}},
    names={"as_of": Kind.DATE},
)


def iter_examples() -> Iterator[tuple[str, str, str]]:
    """Yield function name, formula and expected value as text."""
    for function in FUNCTIONS.values():
        lines = function.description.splitlines()
        for line, following in pairwise(lines):
            if line.startswith(">>> "):
                yield function.name, line.removeprefix(">>> "), following


def show(value: object) -> str:
    """Return a value as the docstrings write it."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return '"' + value.replace('"', '""') + '"'
        case float():
            return number_text(value)
    return str(value)


def answer(text: str, table: str | None = None, **frames: pd.DataFrame) -> list[object]:
    """Evaluate a formula over the fruit table (or the given frames, whose fields may be of any kind)."""
    tables = {name: dict.fromkeys(frame.columns, Kind.ANY) for name, frame in frames.items()}
    scope = Scope(tables={**SCOPE.tables, **tables}, names=SCOPE.names)
    return bind(parse(text), scope, table).evaluate({"fruit": FRUIT, **frames}, {"as_of": 45_000.0}).tolist()

"""A column computed at once holds what each of its rows gives alone, for every function and kind of argument."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from crmbook.formula import FUNCTIONS, CellError, Function, Kind, Scope, bind, parse
from crmbook.formula.functions.registry import Parameter, Takes

CELLS = st.one_of(
    st.sampled_from(
        [None, "", "a", "B*", "12", "2023-01-31", "abc 客", True, False, 0.0, 1.0, 2.0, -1.5, 3.0, 44957.25]
    ),
    st.sampled_from(
        [CellError.NA, CellError.DIV0, "Y", "MD", "0.00", "yyyy-mm", ">1", "<>a", 1e300, 60.0, 0.1 + 0.2]
    ),
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=5)
SCOPE = Scope(
    tables={name: dict.fromkeys(("x", "y", "z"), Kind.ANY) for name in ("own", "other")},
    names={"as_of": Kind.DATE, "word": Kind.TEXT},
)
NAMES = {"as_of": 45_000.0, "word": "a"}
VALUE = st.sampled_from(
    [
        "[@x]",
        "[@y]",
        "[@z]",
        "[@x]&[@y]",
        "[@x]=[@z]",
        "-[@y]",
        "1",
        "2",
        '"a"',
        '"Y"',
        "as_of",
        "word",
        "TRUE",
        '"0.0"',
        "",
    ]
)
RANGE = st.sampled_from(["other[x]", "other[y]", "other[z]"])
ARRAY = st.one_of(RANGE, st.sampled_from(["other[[x]:[z]]", "{1,2,3}", '{1,"a";3,"b"}']))
WHERE = {
    Takes.VALUE: VALUE,
    Takes.RANGE: RANGE,
    Takes.ARRAY: ARRAY,
    Takes.ANY: st.one_of(VALUE.filter(bool), ARRAY),
}


@st.composite
def calls(draw: st.DrawFn, function: Function) -> str:
    extra = draw(st.integers(0, 2)) * function.repeat
    optional = draw(st.integers(0, len(function.parameters) - function.fewest))
    count = function.fewest + optional + extra
    if function.tail and draw(st.booleans()):
        count += 1
    arguments = [draw(WHERE[_parameter(function, index, count).takes]) for index in range(count)]
    # A lone empty argument is no argument
    return f"={function.name}({','.join(arguments) or '1' * count})"


def _parameter(function: Function, index: int, count: int) -> Parameter:
    return function.parameter(index, count)


def frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["x", "y", "z"], dtype=object)


@pytest.mark.sample(5)
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_column_is_its_rows(function: Function) -> None:
    @given(calls(function), ROWS, ROWS)
    @settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
    def law(text: str, own: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> None:
        formula = bind(parse(text), SCOPE, "own")
        whole = formula.evaluate({"own": frame(own), "other": frame(other)}, NAMES).tolist()
        alone = [
            formula.evaluate({"own": frame([row]), "other": frame(other)}, NAMES).tolist()[0] for row in own
        ]
        assert [*map(same, whole)] == [*map(same, alone)]
        none = formula.evaluate({"own": frame(own).iloc[:0], "other": frame(other).iloc[:0]}, NAMES)
        assert none.empty

    law()


def same(value: object) -> object:
    """Take a value's type into the comparison, and the last digits of a number out."""
    return (type(value).__name__, f"{value:.12g}" if isinstance(value, float) else value)

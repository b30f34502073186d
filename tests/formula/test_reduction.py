"""What is left of a formula where a column that it reads is not there."""

from __future__ import annotations

import pytest

from crmbook.formula import Kind, Scope, bind, parse, reduce_to
from tests.formula.examples import FRUIT

WHOLE = Scope(tables={"fruit": {"count": Kind.NUMBER, "price": Kind.NUMBER}})
LESS = Scope(tables={"fruit": {"count": Kind.NUMBER}})


@pytest.mark.parametrize(
    ("formula", "left"),
    [
        ("=SUMPRODUCT(fruit[count],fruit[price])+1", 1.0),
        ("=IFERROR(STDEV(fruit[price]),7)", 7.0),
        ("=IFERROR(VAR(fruit[price]),7)", 7.0),
        ("=SUMPRODUCT(fruit[count])", 13.0),
    ],
)
def test_a_column_that_is_gone_counts_as_blank(formula, left):
    reduced = reduce_to(bind(parse(formula), WHOLE), LESS, {})
    assert not {name for _, name in reduced.references} & {"price"}
    assert reduced.evaluate({"fruit": FRUIT[["count"]]}).tolist() == [left]


def test_a_factor_that_is_worth_something_fails():
    reduced = reduce_to(
        bind(parse("=IFERROR(SUMPRODUCT(fruit[count],fruit[price]),-1)"), WHOLE),
        LESS,
        {("fruit", "price"): 2},
    )
    assert reduced.evaluate({"fruit": FRUIT[["count"]]}).tolist() == [-1.0]

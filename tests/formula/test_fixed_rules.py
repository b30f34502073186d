"""BAND and PARAM in a book without the tables of rules: constants that give what the tables gave."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.formula import Kind, Scope, bind, parse
from crmbook.formula.frames import Frames

STARTS = {0.0: "低", 3.0: "中", 8.5: "高"}
VALUES = [None, -4.0, 0.0, 2.999, 3.0, 8.49, 8.5, 1e6, True]
WITH = Scope(
    tables={
        "rows": {"x": Kind.ANY},
        "bands": {"rule": Kind.TEXT, "from": Kind.NUMBER, "result": Kind.ANY, "band_key": Kind.TEXT},
        "parameters": {"parameter": Kind.TEXT, "value": Kind.ANY},
    }
)
WITHOUT = Scope(
    tables={"rows": {"x": Kind.ANY}},
    fixed_bands={"pace": STARTS},
    fixed_parameters={"days": 30, "word": "慢"},
)
FRAMES = {
    "rows": pd.DataFrame({"x": pd.Series(VALUES, dtype=object)}),
    "bands": pd.DataFrame(
        {
            "rule": "pace",
            "from": [8.5, 0.0, 3.0],
            "result": ["高", "低", "中"],
            "band_key": ["pace|8.5", "pace|0", "pace|3"],
        }
    ),
    "parameters": pd.DataFrame(
        {"parameter": ["days", "word"], "value": pd.Series([30.0, "慢"], dtype=object)}
    ),
}


@pytest.mark.parametrize(
    "text",
    ["=BAND([@x],pace)", "=BAND_FROM([@x],pace)", "=BAND_TO([@x],pace)", "=PARAM(days)*[@x]", "=PARAM(word)"],
)
def test_constants_give_what_the_tables_give(text):
    node = parse(text)
    before = bind(node, WITH, "rows").evaluate(Frames(FRAMES), {})
    after = bind(node, WITHOUT, "rows").evaluate(Frames({"rows": FRAMES["rows"]}), {})
    assert after.tolist() == before.tolist()
    assert len(set(map(str, before))) > 1 or text == "=PARAM(word)"


def test_constants_read_no_table():
    formula = bind(parse("=BAND([@x],pace)&PARAM(word)&BAND_TO([@x],pace)"), WITHOUT, "rows")
    assert {table for table, _ in formula.references} == {"rows"}

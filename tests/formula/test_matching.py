"""Conditional aggregates over whole columns give what a walk over every cell for every row would give."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.formula import CellError, Kind, Scope, bind, parse
from crmbook.formula.values import text_number

KEYS = st.sampled_from(["a", "B", "b", "ab", "", "1", "01", None, 1.0, 2.0, 0.0, True, CellError.NA])
VALUES = st.sampled_from([None, 1.0, 2.5, -3.0, 2.5, "7", "x", True, 100.0, 0.1])
CRITERIA = st.one_of(
    KEYS,
    st.tuples(
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), st.sampled_from(["1", "2.5", "a", "b*", "", "?"])
    ).map("".join),
    st.sampled_from(["a*", "*", "~*", ">0.1", "<100"]),
)


def meets(cell: object, criterion: object) -> bool:
    """The rule for one cell, spelled out."""
    if criterion is None:
        criterion = 0.0
    operator, operand = "=", criterion
    if isinstance(criterion, str):
        parts = re.fullmatch("(<>|<=|>=|=|<|>)?(.*)", criterion)
        assert parts
        operator, operand = parts[1] or "=", parts[2]
        if not operand:
            blank = cell is None or (not parts[1] and cell == "")
            return {"=": blank, "<>": cell is not None}.get(operator, False)
        number = text_number(operand)
        operand = operand if number is None else number
    if operator == "<>":
        return not equal(cell, operand)
    if operator == "=":
        return equal(cell, operand)
    return ordered(cell, operator, operand)


def equal(cell: object, operand: object) -> bool:
    if isinstance(operand, (bool, CellError)):
        return cell is operand
    if isinstance(operand, float):
        return cell is not True and (
            cell == operand or (isinstance(cell, str) and text_number(cell) == operand)
        )
    assert isinstance(operand, str)
    if set("*?~") & set(operand):
        pattern = "".join(
            {"*": ".*", "?": ".", "~*": r"\*"}.get(part, part) for part in re.findall(r"~\*|.", operand)
        )
        return isinstance(cell, str) and re.fullmatch(pattern, cell, re.IGNORECASE) is not None
    return isinstance(cell, str) and cell.lower() == operand.lower()


def ordered(cell: object, operator: str, operand: object) -> bool:
    if isinstance(cell, bool) or type(cell) is not type(operand):
        return False
    left, right = (cell.lower(), operand.lower()) if isinstance(cell, str) else (cell, operand)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def walk(cells: pd.DataFrame, rows: pd.DataFrame) -> list[list[object]]:
    """For each row: the values beside the cells that meet both criteria."""
    triples = list(zip(cells["key"], cells["other"], cells["value"], strict=True))
    return [
        [value for key, other, value in triples if meets(key, first) and meets(other, second)]
        for first, second in zip(rows["first"], rows["second"], strict=True)
    ]


SCOPE = Scope(
    tables={
        "cells": dict.fromkeys(("key", "other", "value"), Kind.ANY),
        "rows": dict.fromkeys(("first", "second"), Kind.ANY),
    }
)
TESTS = "cells[key],[@first],cells[other],[@second]"


def compute(text: str, cells: pd.DataFrame, rows: pd.DataFrame) -> list[object]:
    return bind(parse(text), SCOPE, "rows").evaluate({"cells": cells, "rows": rows}).tolist()


CELLS = st.lists(st.tuples(KEYS, VALUES, VALUES), max_size=14).map(
    lambda items: pd.DataFrame(items, columns=["key", "other", "value"], dtype=object)
)
ROWS = st.lists(st.tuples(CRITERIA, CRITERIA), min_size=1, max_size=8).map(
    lambda items: pd.DataFrame(items, columns=["first", "second"], dtype=object)
)


@pytest.mark.slow
@given(CELLS, ROWS)
@settings(max_examples=250, deadline=None, derandomize=True)
def test_all_rows_at_once_equal_a_walk(cells: pd.DataFrame, rows: pd.DataFrame) -> None:
    found = walk(cells, rows)
    numbers = [[value for value in values if type(value) is float] for values in found]
    assert compute(f"=COUNTIFS({TESTS})", cells, rows) == [len(values) for values in found]
    assert compute(f"=SUMIFS(cells[value],{TESTS})", cells, rows) == pytest.approx(
        [sum(row) for row in numbers]
    )
    assert compute(f"=MAXIFS(cells[value],{TESTS})", cells, rows) == [max(row, default=0) for row in numbers]
    assert compute(f"=MINIFS(cells[value],{TESTS})", cells, rows) == [min(row, default=0) for row in numbers]
    means = compute(f"=IFERROR(AVERAGEIFS(cells[value],{TESTS}),-999)", cells, rows)
    assert means == pytest.approx([sum(row) / len(row) if row else -999 for row in numbers])


@given(CELLS, ROWS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_one_row_alone_equals_that_row_among_others(cells: pd.DataFrame, rows: pd.DataFrame) -> None:
    text = f'=COUNTIFS({TESTS},cells[value],">0")'
    alone = [compute(text, cells, rows.iloc[[place]])[0] for place in range(len(rows))]
    assert compute(text, cells, rows) == alone


PLAIN = st.sampled_from(
    ["1", "01", "000", "2.5", ".5", "5.", "1.2.3", ".", "", "999999999999999", "12345678901234567"]
)
SIGNED = st.sampled_from(["", "<=", ">", "=", "<>"]).flatmap(
    lambda sign: st.lists(st.tuples(PLAIN.map(sign.__add__), PLAIN | st.none()), min_size=1, max_size=6)
)


@given(st.lists(st.tuples(PLAIN | st.sampled_from([1.0, 2.5]), PLAIN), max_size=8), SIGNED)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_plain_numbers_mean_what_each_means_alone(cells: list[object], rows: list[object]) -> None:
    table = pd.DataFrame(cells, columns=["key", "other"], dtype=object).assign(value=1.0)
    asked = pd.DataFrame(rows, columns=["first", "second"], dtype=object)
    found = [len(values) for values in walk(table, asked)]
    assert compute(f"=COUNTIFS({TESTS})", table, asked) == found


@pytest.mark.parametrize(("low", "high"), [(">", "<"), (">=", "<="), (">=", "<"), ("<", ">")])
def test_two_bounds_on_one_column(low: str, high: str) -> None:
    cells = pd.DataFrame({"key": ["a"] * 6 + ["b"], "other": [3.0, 1.0, 2.0, 2.0, 5.0, 4.0, 2.0]})
    cells["value"] = cells["other"] * 10
    rows = pd.DataFrame({"first": [1.0, 2.0, 6.0], "second": [4.0, 2.0, 0.0]})
    text = (
        f'=SUMIFS(cells[value],cells[key],"a",cells[other],"{low}"&[@first],cells[other],"{high}"&[@second])'
    )
    found = [
        sum(
            number * 10
            for key, number in zip(cells["key"], cells["other"], strict=True)
            if key == "a" and ordered(number, low, first) and ordered(number, high, second)
        )
        for first, second in zip(rows["first"], rows["second"], strict=True)
    ]
    assert compute(text, cells, rows) == found


NEAR = st.sampled_from(
    [0.3, 0.1 + 0.2, 0.30000000000000010, 1 / 3, 1e15, 1e15 + 2, 123456789012345.6, -0.0, 2.5e-9, -7.0]
)


@pytest.mark.sample(3)
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
@given(
    st.lists(NEAR | st.floats(-1e18, 1e18), min_size=1, max_size=8), st.lists(NEAR, min_size=1, max_size=8)
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_bound_is_the_number_that_its_text_spells(sign: str, cells: list[float], rows: list[float]) -> None:
    table = pd.DataFrame({"key": cells, "other": "x", "value": 1.0})
    asked = pd.DataFrame({"first": rows, "second": "x"})
    plain = compute(f'=COUNTIFS(cells[key],"{sign}"&[@first])', table, asked)
    spelled = compute(f'=COUNTIFS(cells[key],"{sign}"&[@first]&"")', table, asked)
    assert plain == spelled


def test_long_slices_are_reduced_without_walking_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from crmbook.formula import segments

    size = 300
    cells = pd.DataFrame({"key": ["a"] * size, "other": [float(i * 7 % size) for i in range(size)]})
    cells["value"] = [float(i * 13 % 101) / 4 for i in range(size)]
    rows = pd.DataFrame({"first": [float(i) for i in range(0, size, 7)], "second": 0.0})
    tests = 'cells[value],cells[key],"a",cells[other],">="&[@first]'
    texts = [f"={name}({tests})" for name in ("SUMIFS", "MAXIFS", "MINIFS", "AVERAGEIFS")]
    direct = [compute(text, cells, rows) for text in texts]
    monkeypatch.setattr(segments, "_DIRECT", 0)
    assert [compute(text, cells, rows) for text in texts] == [pytest.approx(result) for result in direct]


def test_wildcards_are_judged_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    from crmbook.formula import matching

    cells = pd.DataFrame({"key": [f"k{i % 7}{i % 3}" for i in range(90)], "other": 1.0, "value": 1.0})
    rows = pd.DataFrame({"first": [f"k{i}*" for i in range(9)], "second": 1.0})
    whole = compute(f"=COUNTIFS({TESTS})", cells, rows)
    monkeypatch.setattr(matching, "_AT_A_TIME", 100)
    assert compute(f"=COUNTIFS({TESTS})", cells, rows) == whole
    assert whole[:2] == [13.0, 13.0]
    assert whole[7:] == [0.0, 0.0]

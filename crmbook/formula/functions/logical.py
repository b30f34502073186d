"""Conditions: IF and its relatives, AND, OR, XOR, NOT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.coerce import as_booleans, as_numbers, truth
from crmbook.formula.functions.gather import gather
from crmbook.formula.functions.registry import excel
from crmbook.formula.operators import compare
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Area,
    Mask,
    Numbers,
    Tag,
    Vector,
    choose,
    error_codes,
    fail_where,
    of_booleans,
    of_error,
    overlay,
    pick,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@excel("IF", "logical_test value_if_true value_if_false?")
def if_(test: Vector, when: Vector, otherwise: Vector | None = None) -> Vector:
    """Return one value where a condition holds, another where it does not.

    The condition may be a number (0 is false) or the text TRUE or FALSE; any other text is ``#VALUE!``. Without a
    third argument FALSE is returned.

    >>> =IF(2>1, "yes", "no")
    "yes"
    >>> =IF(0, "yes")
    FALSE
    >>> =IF("maybe", 1, 2)
    #VALUE!
    """
    condition = as_booleans(test)
    otherwise = of_booleans([False]) if otherwise is None else otherwise
    return overlay(choose(truth(condition), when, otherwise), error_codes(condition))


@excel("IFS", "logical_test1 value_if_true1", repeat=2, future=True)
def ifs(*arguments: Vector) -> Vector:
    """Return the value that follows the first condition which holds; ``#N/A`` if none does.

    >>> =IFS(1>2, "a", 2>1, "b", TRUE, "c")
    "b"
    >>> =IFS(FALSE, 1)
    #N/A
    """
    result = of_error(CellError.NA)
    for test, value in zip(reversed(arguments[::2]), reversed(arguments[1::2]), strict=True):
        result = if_(test, value, result)
    return result


@excel("IFERROR", "value value_if_error")
def iferror(value: Vector, otherwise: Vector) -> Vector:
    """Return the value, or another where it is an error.

    >>> =IFERROR(1/0, "none")
    "none"
    >>> =IFERROR(4/2, "none")
    2
    """
    return choose(value.tags == Tag.ERROR, otherwise, value)


@excel("IFNA", "value value_if_na", future=True)
def ifna(value: Vector, otherwise: Vector) -> Vector:
    """Return the value, or another where it is ``#N/A``; other errors stay.

    >>> =IFNA(NA(), 0)
    0
    >>> =IFNA(1/0, 0)
    #DIV/0!
    """
    missing = (value.tags == Tag.ERROR) & (value.numbers == CellError.NA.number)
    return choose(missing, otherwise, value)


@excel("SWITCH", "expression value1 result1", repeat=2, tail="default", future=True)
def switch(expression: Vector, *arguments: Vector) -> Vector:
    """Return the result that follows the first value equal to the expression; else the default, or ``#N/A``.

    Texts are compared without regard to case.

    >>> =SWITCH(2, 1, "one", 2, "two", "many")
    "two"
    >>> =SWITCH(9, 1, "one", 2, "two", "many")
    "many"
    >>> =SWITCH(9, 1, "one")
    #N/A
    """
    pairs, default = list(arguments), of_error(CellError.NA)
    if len(pairs) % 2:
        default = pairs.pop()
    result = default
    for value, outcome in zip(reversed(pairs[::2]), reversed(pairs[1::2]), strict=True):
        same = choose(compare(expression, value) == 0, outcome, result)
        result = overlay(same, error_codes(value))
    return overlay(result, error_codes(expression))


@excel("CHOOSE", "index_num value1", repeat=1)
def choose_(index: Vector, *values: Vector) -> Vector:
    """Return the value at a position, counted from 1; fractions are cut off, other positions are ``#VALUE!``.

    >>> =CHOOSE(2, "a", "b", "c")
    "b"
    >>> =CHOOSE(4, "a", "b", "c")
    #VALUE!
    """
    numbers = as_numbers(index)
    choice = np.trunc(numbers.numbers)
    outside = (choice < 1) | (choice > len(values))
    result = pick(np.where(outside, 0, choice - 1).astype(np.intp), values)
    return overlay(fail_where(result, outside, CellError.VALUE), error_codes(numbers))


@excel("AND", "logical1*", repeat=1)
def and_(*arguments: Vector | Area) -> Vector:
    """Return TRUE if all arguments are true.

    Numbers count as true unless 0. Texts and blanks read from cells are left out; if nothing is left, or a text
    is given directly that is neither TRUE nor FALSE, the result is ``#VALUE!``.

    >>> =AND(TRUE, 1, "TRUE")
    TRUE
    >>> =AND(TRUE, 0)
    FALSE
    >>> =AND("yes")
    #VALUE!
    """
    return _combine(arguments, lambda true, count: true == count)


@excel("OR", "logical1*", repeat=1)
def or_(*arguments: Vector | Area) -> Vector:
    """Return TRUE if at least one argument is true; reads its arguments as `AND` does.

    >>> =OR(FALSE, 0, 3)
    TRUE
    >>> =OR(FALSE, 0)
    FALSE
    """
    return _combine(arguments, lambda true, _: true > 0)


@excel("XOR", "logical1*", repeat=1, future=True)
def xor(*arguments: Vector | Area) -> Vector:
    """Return TRUE if an odd number of arguments is true; reads its arguments as `AND` does.

    >>> =XOR(TRUE, TRUE, TRUE)
    TRUE
    >>> =XOR(TRUE, TRUE)
    FALSE
    """
    return _combine(arguments, lambda true, _: true % 2 == 1)


@excel("NOT", "logical")
def not_(value: Vector) -> Vector:
    """Return the opposite.

    >>> =NOT(0)
    TRUE
    >>> =NOT("x")
    #VALUE!
    """
    condition = as_booleans(value)
    return overlay(of_booleans(~truth(condition)), error_codes(condition))


@excel("TRUE")
def true() -> Vector:
    """Return the logical value TRUE.

    >>> =TRUE()
    TRUE
    """
    return of_booleans([True])


@excel("FALSE")
def false() -> Vector:
    """Return the logical value FALSE.

    >>> =FALSE()
    FALSE
    """
    return of_booleans([False])


def _combine(arguments: tuple[Vector | Area, ...], judge: Callable[[Numbers, Numbers], Mask]) -> Vector:
    """Judge each row by how many of its logical values are true, and how many there are."""
    found = gather(arguments, logical=True)
    true, count = found.total(lambda numbers: (numbers != 0).astype(np.float64)), found.count()
    result = fail_where(of_booleans(judge(true, count)), count == 0, CellError.VALUE)
    return overlay(result, found.codes)

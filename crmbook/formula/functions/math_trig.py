"""Arithmetic: sums, rounding, powers.

Rounding works on the decimal digits a person sees: 2.675 is rounded to 2.68 although its binary fraction lies a
little below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.coerce import as_numbers
from crmbook.formula.functions.gather import gather
from crmbook.formula.functions.registry import excel
from crmbook.formula.matching import summarise
from crmbook.formula.operators import add, divide
from crmbook.formula.operators import power as raise_to
from crmbook.formula.segments import Segments, totals
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Area,
    Numbers,
    Tag,
    Vector,
    align,
    error_codes,
    fail_where,
    of_numbers,
    overlay,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_SNAP = 2.0**-46
_MOST_DIGITS = 300


@excel("SUM", "number1*", repeat=1)
def sum_(*numbers: Vector | Area) -> Vector:
    """Return the sum. Texts, logical values and blanks read from cells are left out; errors are passed on.

    >>> =SUM(1, "2", TRUE)
    4
    >>> =SUM(fruit[price])
    16.5
    >>> =SUM("two")
    #VALUE!
    """
    found = gather(numbers)
    return overlay(of_numbers(found.total()), found.codes)


@excel("PRODUCT", "number1*", repeat=1)
def product(*numbers: Vector | Area) -> Vector:
    """Return the product; reads its arguments as `SUM` does, and is 0 if there is none.

    >>> =PRODUCT(2, 3, 4)
    24
    """
    found = gather(numbers)
    result = found.fold(np.multiply, 1.0)
    return overlay(of_numbers(np.where(found.count() == 0, 0.0, result)), found.codes)


@excel("SUMIF", "range: criteria sum_range:?")
def sumif(cells: Area, criterion: Vector, numbers: Area | None = None) -> Vector:
    """Return the sum of the numbers beside the cells that meet a criterion.

    Criteria are values (equality) or texts with an operator, ``">=5"``, ``"<>x"``; equality of texts ignores case
    and knows the wildcards ``*`` and ``?`` (``~`` takes them as they are). ``""`` is met by blank and empty cells.

    >>> =SUMIF(fruit[name], "apple", fruit[price])
    8
    >>> =SUMIF(fruit[price], ">4")
    13.5
    >>> =SUMIF(fruit[name], "*e*", fruit[price])
    16.5
    """
    return sumifs(numbers or cells, cells, criterion)


@excel("SUMIFS", "sum_range: criteria_range1: criteria1", repeat=2)
def sumifs(numbers: Area, *tests: Area | Vector) -> Vector:
    """Return the sum of the numbers in those rows that meet all criteria; see `SUMIF` for criteria.

    >>> =SUMIFS(fruit[price], fruit[name], "apple", fruit[count], ">=10")
    3
    """
    values = numbers.flat()
    return summarise(pairs(tests), lambda matches: totals(Segments(matches, values)))


def pairs(tests: tuple[Area | Vector, ...]) -> list[tuple[Vector, Vector]]:
    """Return ranges and criteria, given in turn, as pairs."""
    flat = [test.flat() if isinstance(test, Area) else test for test in tests]
    return list(zip(flat[::2], flat[1::2], strict=True))


@excel("ROUND", "number num_digits")
def round_(number: Vector, digits: Vector) -> Vector:
    """Round to a number of decimals, halves away from zero; negative ones round before the point.

    >>> =ROUND(2.675, 2)
    2.68
    >>> =ROUND(-2.5, 0)
    -3
    >>> =ROUND(1250, -2)
    1300
    """
    return _rounded(number, digits, lambda scaled: np.floor(scaled + 0.5))


@excel("ROUNDUP", "number num_digits")
def roundup(number: Vector, digits: Vector) -> Vector:
    """Round away from zero.

    >>> =ROUNDUP(2.121, 2)
    2.13
    >>> =ROUNDUP(-1.1, 0)
    -2
    """
    return _rounded(number, digits, np.ceil)


@excel("ROUNDDOWN", "number num_digits")
def rounddown(number: Vector, digits: Vector) -> Vector:
    """Round towards zero.

    >>> =ROUNDDOWN(2.129, 2)
    2.12
    >>> =ROUNDDOWN(-1.9, 0)
    -1
    """
    return _rounded(number, digits, np.floor)


@excel("TRUNC", "number num_digits?")
def trunc(number: Vector, digits: Vector | None = None) -> Vector:
    """Cut off, to a whole number unless decimals are given.

    >>> =TRUNC(-1.9)
    -1
    """
    return rounddown(number, of_numbers([0.0]) if digits is None else digits)


def _rounded(number: Vector, digits: Vector, step: Callable[[Numbers], Numbers]) -> Vector:
    value, decimals = as_numbers(number), as_numbers(digits)
    exponent = np.clip(np.trunc(decimals.numbers), -_MOST_DIGITS, _MOST_DIGITS).astype(np.intp)
    result = _round_decimal(value.numbers, exponent, step)
    return overlay(of_numbers(result), error_codes(value, decimals))


def _round_decimal(
    numbers: Numbers, decimals: np.ndarray[tuple[int], np.dtype[np.intp]], step: Callable[[Numbers], Numbers]
) -> Numbers:
    """Scale, undo what the binary fraction hides of the decimal digits, step to a whole number, scale back."""
    numbers, decimals = np.broadcast_arrays(numbers, decimals)
    scale = _POWERS[np.abs(decimals)]
    size = np.abs(numbers)
    scaled = np.where(decimals >= 0, size * scale, size / scale)
    halves = np.rint(scaled * 2) / 2
    exact = np.where(np.abs(scaled - halves) <= scaled * _SNAP, halves, scaled)
    whole = step(exact)
    result = np.where(decimals >= 0, whole / scale, whole * scale)
    beyond = ~np.isfinite(scaled) | (scaled >= 2.0**52)
    return np.copysign(np.where(beyond & (decimals >= 0), size, result), numbers) + 0.0


_POWERS = np.array([float(f"1e{power}") for power in range(_MOST_DIGITS + 1)])


@excel("INT", "number")
def int_(number: Vector) -> Vector:
    """Round down to a whole number.

    >>> =INT(-1.5)
    -2
    >>> =INT(8.9)
    8
    """
    value = as_numbers(number)
    return overlay(of_numbers(floor(value.numbers)), error_codes(value))


def floor(numbers: Numbers) -> Numbers:
    """(n,) the next whole numbers below, a number that only misses one by its last digits being that one."""
    near = np.rint(numbers)
    return np.where(np.abs(numbers - near) <= np.abs(numbers) * 2.0**-48, near, np.floor(numbers))


_LARGE_QUOTIENT = 2.0**40


@excel("MOD", "number divisor")
def mod(number: Vector, divisor: Vector) -> Vector:
    """Return the remainder, with the sign of the divisor; ``#DIV/0!`` for 0.

    >>> =MOD(-3, 2)
    1
    >>> =MOD(3, -2)
    -1
    >>> =MOD(3, 0)
    #DIV/0!
    """
    value, by = as_numbers(number), as_numbers(divisor)
    quotient = divide(value.numbers, by.numbers)
    rest = add(value.numbers, -floor(quotient.numbers) * by.numbers)
    # Among quotients without a digit to spare, rounding to 15 digits would swallow the rest.
    large = np.abs(quotient.numbers) > _LARGE_QUOTIENT
    rest = np.where(large, np.mod(value.numbers, np.where(large, by.numbers, 1.0)), rest)
    result = overlay(of_numbers(rest), error_codes(quotient))
    return overlay(result, error_codes(value, by))


@excel("ABS", "number")
def abs_(number: Vector) -> Vector:
    """Return the absolute value.

    >>> =ABS(-2)
    2
    """
    return _apply(number, np.abs)


@excel("SIGN", "number")
def sign(number: Vector) -> Vector:
    """Return 1, 0 or -1: the sign.

    >>> =SIGN(-2)
    -1
    """
    return _apply(number, np.sign)


@excel("SQRT", "number")
def sqrt(number: Vector) -> Vector:
    """Return the square root; ``#NUM!`` for a negative number.

    >>> =SQRT(16)
    4
    >>> =SQRT(-1)
    #NUM!
    """
    return _apply(number, np.sqrt)


@excel("EXP", "number")
def exp(number: Vector) -> Vector:
    """E raised to a number.

    >>> =EXP(0)
    1
    """
    return _apply(number, np.exp)


@excel("LN", "number")
def ln(number: Vector) -> Vector:
    """Return the natural logarithm; ``#NUM!`` unless the number is positive.

    >>> =LN(1)
    0
    >>> =LN(0)
    #NUM!
    """
    return _apply(number, np.log)


def _apply(number: Vector, function: Callable[[Numbers], Numbers]) -> Vector:
    value = as_numbers(number)
    return overlay(of_numbers(function(value.numbers)), error_codes(value))


@excel("POWER", "number power")
def power(number: Vector, exponent: Vector) -> Vector:
    """Return a number raised to a power, as the operator ``^``.

    >>> =POWER(2, 10)
    1024
    >>> =POWER(0, 0)
    #NUM!
    >>> =POWER(0, -1)
    #DIV/0!
    """
    base, by = as_numbers(number), as_numbers(exponent)
    return overlay(raise_to(base.numbers, by.numbers), error_codes(base, by))


@excel("CEILING", "number significance")
def ceiling(number: Vector, significance: Vector) -> Vector:
    """Round up to a multiple; a negative number with a negative multiple away from zero.

    ``#NUM!`` for a positive number with a negative multiple.

    >>> =CEILING(2.1, 0.5)
    2.5
    >>> =CEILING(-2.5, 2)
    -2
    >>> =CEILING(-2.5, -2)
    -4
    >>> =CEILING(2.5, -2)
    #NUM!
    """
    return _to_multiple(number, significance, lambda quotient: -floor(-quotient))


@excel("FLOOR", "number significance")
def floor_(number: Vector, significance: Vector) -> Vector:
    """Round down to a multiple; a negative number with a negative multiple towards zero.

    ``#NUM!`` for a positive number with a negative multiple, ``#DIV/0!`` for a multiple of 0.

    >>> =FLOOR(2.9, 0.5)
    2.5
    >>> =FLOOR(-2.5, 2)
    -4
    >>> =FLOOR(-2.5, -2)
    -2
    >>> =FLOOR(1, 0)
    #DIV/0!
    """
    value, step = align(as_numbers(number), as_numbers(significance))
    result = _to_multiple(value, step, floor)
    zero = (step.numbers == 0) & (value.numbers != 0) & (step.tags == Tag.NUMBER) & (value.tags == Tag.NUMBER)
    return fail_where(result, zero, CellError.DIV0)


@excel("MROUND", "number multiple")
def mround(number: Vector, multiple: Vector) -> Vector:
    """Round to the nearest multiple, halves away from zero; ``#NUM!`` if the signs differ.

    >>> =MROUND(7.5, 5)
    10
    >>> =MROUND(-7, -5)
    -5
    >>> =MROUND(7, -5)
    #NUM!
    """
    value, step = align(as_numbers(number), as_numbers(multiple))
    result = _to_multiple(value, step, lambda quotient: floor(quotient + 0.5))
    return overlay(
        fail_where(result, value.numbers * step.numbers < 0, CellError.NUM), error_codes(value, step)
    )


def _to_multiple(number: Vector, multiple: Vector, step: Callable[[Numbers], Numbers]) -> Vector:
    """Return the multiple to which the quotient leads once it is stepped to a whole number; 0 for a multiple of 0."""
    value, by = align(as_numbers(number), as_numbers(multiple))
    quotient = value.numbers / np.where(by.numbers == 0, 1.0, by.numbers)
    result = np.where(by.numbers == 0, 0.0, step(quotient) * by.numbers)
    wrong = (value.numbers > 0) & (by.numbers < 0)
    return overlay(fail_where(of_numbers(result + 0.0), wrong, CellError.NUM), error_codes(value, by))


@excel("SUMPRODUCT", "array1:", repeat=1)
def sumproduct(*ranges: Area) -> Vector:
    """Return the sum of the products of cells in one row; what is no number counts as 0.

    The ranges are columns of one table. Conditions in place of a range are refused: `SUMIFS` and `COUNTIFS` know them.

    >>> =SUMPRODUCT(fruit[count], fruit[price])
    52
    >>> =SUMPRODUCT(fruit[price])
    16.5
    >>> =SUMPRODUCT(fruit[name], fruit[price])
    0
    """
    columns = [cells.flat() for cells in ranges]
    factors = [np.where(column.tags == Tag.NUMBER, column.numbers, 0.0) for column in columns]
    total = of_numbers([np.prod(factors, axis=0).sum()])
    codes = error_codes(*columns)
    return total if codes is None else overlay(total, codes[codes > 0][:1])

"""Excel's operators on vectors.

Numbers are binary fractions, people's are decimal: two numbers that agree in all the digits that Excel keeps are
equal, and a sum or difference that cancels down to their last digits is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.coerce import as_numbers, as_texts
from crmbook.formula.values import CellError, sort_key
from crmbook.formula.vector import (
    Tag,
    Vector,
    align,
    error_codes,
    factorize,
    fail_where,
    of_booleans,
    of_numbers,
    of_texts,
    overlay,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.formula.vector import Mask, Numbers, Texts

_NEAR = 2.0**-48
"""Relative distance below which two numbers are the same to a spreadsheet (between 14 and 15 digits)."""


def near(left: Numbers, right: Numbers) -> Mask:
    """(n,) where two numbers are equal to a spreadsheet."""
    distance = np.abs(left - right)
    close = (distance < np.abs(left) * _NEAR) & (distance < np.abs(right) * _NEAR)
    whole = (left == np.rint(left)) & (right == np.rint(right)) & (np.abs(left) < 2.0**53)
    result: Mask = (distance == 0) | (close & ~whole)
    return result


def binary(operator: str, left: Vector, right: Vector) -> Vector:
    """Return ``left operator right``."""
    if operator == "&":
        return concatenate_texts(left, right)
    if operator in _COMPARISONS:
        return overlay(of_booleans(_COMPARISONS[operator](compare(left, right))), error_codes(left, right))
    first, second = as_numbers(left), as_numbers(right)
    result = _ARITHMETIC[operator](first.numbers, second.numbers)
    return overlay(result, error_codes(first, second))


def negate(vector: Vector) -> Vector:
    """Return the numbers with the other sign."""
    numbers = as_numbers(vector)
    return overlay(of_numbers(-numbers.numbers + 0.0), error_codes(numbers))


def percent(vector: Vector) -> Vector:
    """Return the numbers divided by 100."""
    numbers = as_numbers(vector)
    return overlay(of_numbers(numbers.numbers / 100), error_codes(numbers))


def add(left: Numbers, right: Numbers) -> Numbers:
    """Return the sums; what cancels down to the last digits is 0."""
    return np.where(near(left, -right), 0.0, left + right)


def divide(left: Numbers, right: Numbers) -> Vector:
    """Return the quotients, ``#DIV/0!`` for a division by 0."""
    zero = right == 0
    return fail_where(
        of_numbers(left / np.where(zero, 1.0, right)),
        np.broadcast_to(zero, (left / 1 + right).shape),
        CellError.DIV0,
    )


def power(base: Numbers, exponent: Numbers) -> Vector:
    """Return the powers; 0 to the 0 is ``#NUM!``, 0 to a negative ``#DIV/0!``.

    Of a negative number only whole powers and odd roots exist (-8 to the 1/3 is -2), all else is ``#NUM!``.
    """
    base, exponent = np.broadcast_arrays(base, exponent)
    degree = np.rint(1 / np.where(exponent == 0, 1, exponent))
    odd_root = (base < 0) & (degree % 2 == 1) & near(1 / np.where(degree == 0, 1, degree), exponent)
    result = of_numbers(np.where(odd_root, -np.power(np.abs(base), exponent), np.power(base, exponent)))
    result = fail_where(result, (base == 0) & (exponent == 0), CellError.NUM)
    return fail_where(result, (base == 0) & (exponent < 0), CellError.DIV0)


_ARITHMETIC: dict[str, Callable[[Numbers, Numbers], Vector]] = {
    "+": lambda left, right: of_numbers(add(left, right)),
    "-": lambda left, right: of_numbers(add(left, -right)),
    "*": lambda left, right: of_numbers(left * right),
    "/": divide,
    "^": power,
}

_COMPARISONS: dict[str, Callable[[Numbers], Mask]] = {
    "=": lambda sign: sign == 0,
    "<>": lambda sign: sign != 0,
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


def concatenate_texts(*vectors: Vector) -> Vector:
    """Return the texts put together, row by row."""
    texts = [as_texts(vector) for vector in vectors]
    joined = texts[0].words()
    for text in texts[1:]:
        joined = joined + text.words()
    return overlay(of_texts(joined), error_codes(*texts))


def compare(left: Vector, right: Vector) -> Numbers:
    """(n,) -1, 0 or 1: numbers before texts before logical values, texts without regard to case.

    A blank counts as the other side's 0, ``""`` or FALSE. Rows with errors get any number.
    """
    if left.only(Tag.NUMBER) and right.only(Tag.NUMBER):
        return _compare_numbers(left.numbers, right.numbers)
    left, right = align(left, right)
    first = np.where(left.tags == Tag.BLANK, right.tags, left.tags)
    second = np.where(right.tags == Tag.BLANK, left.tags, right.tags)
    sign = np.where(first == second, _compare_numbers(left.numbers, right.numbers), np.sign(first - second))
    text = (first == Tag.TEXT) & (second == Tag.TEXT)
    if text.any():
        sign[text] = _compare_texts(left.words()[text], right.words()[text])
    return sign.astype(np.float64)


def _compare_numbers(left: Numbers, right: Numbers) -> Numbers:
    return np.where(near(left, right), 0.0, np.sign(left - right))


def _compare_texts(left: Texts, right: Texts) -> Numbers:
    """(n,) the order of texts; each distinct one is put in its place once, an empty one comes first of all."""
    if not (right != "").any():
        return np.asarray(left != "", dtype=np.float64)
    codes, distinct = factorize(np.concatenate([left, right]))
    positions: dict[str, int] = {}
    order = [sort_key(text) for text in distinct.tolist()]
    for key in sorted(set(order)):
        positions[key] = len(positions)
    ranks = np.array([positions[key] for key in order], dtype=np.float64)[codes]
    sign: Numbers = np.sign(ranks[: len(left)] - ranks[len(left) :])
    return sign

"""Averages, counts, extremes and ranks, with and without criteria."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.coerce import as_numbers
from crmbook.formula.functions.gather import gather, read_direct
from crmbook.formula.functions.math_trig import floor, pairs
from crmbook.formula.functions.registry import excel
from crmbook.formula.matching import summarise
from crmbook.formula.segments import Segments, averages, highest, lowest
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Area,
    Numbers,
    Tag,
    Vector,
    error_codes,
    fail_where,
    of_numbers,
    overlay,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@excel("AVERAGE", "number1*", repeat=1)
def average(*numbers: Vector | Area) -> Vector:
    """Return the mean; ``#DIV/0!`` if there is no number. Reads its arguments as `SUM` does.

    >>> =AVERAGE(1, 2, 6)
    3
    >>> =AVERAGE(fruit[name])
    #DIV/0!
    """
    found = gather(numbers)
    count = found.count()
    result = of_numbers(found.total() / np.where(count == 0, 1, count))
    return overlay(fail_where(result, count == 0, CellError.DIV0), found.codes)


@excel("MIN", "number1*", repeat=1)
def min_(*numbers: Vector | Area) -> Vector:
    """Return the least number, 0 if there is none. Reads its arguments as `SUM` does.

    >>> =MIN(3, 1, 2)
    1
    """
    found = gather(numbers)
    lowest = found.fold(np.minimum, np.inf)
    return overlay(of_numbers(np.where(np.isinf(lowest), 0.0, lowest)), found.codes)


@excel("MAX", "number1*", repeat=1)
def max_(*numbers: Vector | Area) -> Vector:
    """Return the greatest number, 0 if there is none. Reads its arguments as `SUM` does.

    >>> =MAX(3, 1, 2)
    3
    >>> =MAX(fruit[name])
    0
    """
    found = gather(numbers)
    highest = found.fold(np.maximum, -np.inf)
    return overlay(of_numbers(np.where(np.isinf(highest), 0.0, highest)), found.codes)


@excel("MEDIAN", "number1*", repeat=1)
def median(*numbers: Vector | Area) -> Vector:
    """Return the number in the middle, or the mean of the two there; ``#NUM!`` if there is none.

    >>> =MEDIAN(5, 1, 3)
    3
    >>> =MEDIAN(1, 2, 3, 10)
    2.5
    """
    found = gather(numbers)
    table, count = found.sorted_rows(), found.count().astype(np.intp)
    if table.shape[1] == 0:
        return overlay(fail_where(of_numbers([0.0]), np.ones(1, dtype=bool), CellError.NUM), found.codes)
    rows = np.arange(len(table))
    count = np.broadcast_to(count, len(table))
    middle = np.maximum(count, 1)
    low, high = table[rows, (middle - 1) // 2], table[rows, middle // 2]
    result = of_numbers(np.where(count == 0, 0.0, (low + high) / 2))
    return overlay(fail_where(result, count == 0, CellError.NUM), found.codes)


@excel("LARGE", "array# k")
def large(array: Area, k: Vector) -> Vector:
    """Return the k-th greatest number; ``#NUM!`` if there are not as many.

    >>> =LARGE({3,1,2}, 1)
    3
    >>> =LARGE({3,1,2}, 4)
    #NUM!
    """
    return _kth(array, k, lambda ordered: ordered[::-1])


@excel("SMALL", "array# k")
def small(array: Area, k: Vector) -> Vector:
    """Return the k-th least number; ``#NUM!`` if there are not as many.

    >>> =SMALL({3,1,2}, 2)
    2
    """
    return _kth(array, k, lambda ordered: ordered)


def _kth(array: Area, k: Vector, direction: Callable[[Numbers], Numbers]) -> Vector:
    found, rank = gather([array]), as_numbers(k)
    ordered = direction(np.sort(found.pool))
    index = np.ceil(rank.numbers)
    outside = (index < 1) | (index > len(ordered))
    safe = np.where(outside, 0, index - 1).astype(np.intp)
    result = of_numbers(ordered[safe] if len(ordered) else np.zeros(len(safe)))
    result = overlay(fail_where(result, outside, CellError.NUM), error_codes(rank))
    return overlay(result, found.codes)


@excel("PERCENTILE", "array# k")
def percentile(array: Area, k: Vector) -> Vector:
    """Return the number below which a share `k` of the numbers lies, interpolated; ``#NUM!`` unless k is from 0 to 1.

    >>> =PERCENTILE({1,2,3,4}, 0.3)
    1.9
    >>> =PERCENTILE(fruit[price], 0.5)
    5
    >>> =PERCENTILE({1,2}, 1.1)
    #NUM!
    """
    found, share = gather([array]), as_numbers(k)
    ordered = np.sort(found.pool)
    outside = (share.numbers < 0) | (share.numbers > 1) | (len(ordered) == 0)
    rank = np.where(outside, 0.0, share.numbers) * max(len(ordered) - 1, 0)
    below = np.floor(rank).astype(np.intp)
    above = np.minimum(below + 1, max(len(ordered) - 1, 0))
    values = ordered if len(ordered) else np.zeros(1)
    result = of_numbers(values[below] + (rank - below) * (values[above] - values[below]))
    result = overlay(fail_where(result, outside, CellError.NUM), error_codes(share))
    return overlay(result, found.codes)


@excel("VAR", "number1*", repeat=1)
def var(*numbers: Vector | Area) -> Vector:
    """Return the variance of a sample; ``#DIV/0!`` if there are not two numbers. Reads its arguments as `SUM` does.

    >>> =VAR(2, 4, 6)
    4
    >>> =VAR(1)
    #DIV/0!
    """
    found = gather(numbers)
    count = found.count()
    table = found.sorted_rows()
    few = count < 2
    if table.shape[1] == 0:
        return overlay(fail_where(of_numbers([0.0]), np.ones(1, dtype=bool), CellError.DIV0), found.codes)
    held = np.where(np.isnan(table), 0.0, table)
    mean = held.sum(axis=1) / np.where(count == 0, 1, count)
    spread = np.where(np.isnan(table), 0.0, held - mean[:, None])
    result = of_numbers((spread**2).sum(axis=1) / np.where(few, 1, count - 1))
    return overlay(fail_where(result, np.broadcast_to(few, result.tags.shape), CellError.DIV0), found.codes)


@excel("STDEV", "number1*", repeat=1)
def stdev(*numbers: Vector | Area) -> Vector:
    """Return the standard deviation of a sample, the square root of `VAR`.

    >>> =STDEV(2, 4, 6)
    2
    """
    variance = var(*numbers)
    root = of_numbers(np.sqrt(np.where(variance.tags == Tag.NUMBER, variance.numbers, 0.0)))
    return overlay(root, error_codes(variance))


@excel("RANK", "number ref: order?")
def rank(number: Vector, ref: Area, order: Vector | None = None) -> Vector:
    """Return the position of a number among others, the greatest first, or the least first if `order` is not 0.

    Equal numbers share the best position, and the next position is left out. A number that is not among them is
    ``#N/A``.

    >>> =RANK(5, fruit[price])
    2
    >>> =RANK(5, fruit[price], 1)
    2
    >>> =RANK(4, fruit[price])
    #N/A
    """
    found, value = gather([ref]), as_numbers(number)
    direction = as_numbers(of_numbers([0.0]) if order is None else order)
    ordered = np.sort(found.pool)
    below = np.searchsorted(ordered, value.numbers, side="left")
    upto = np.searchsorted(ordered, value.numbers, side="right")
    order_number = np.where(direction.numbers != 0, below + 1, len(ordered) - upto + 1)
    missing = np.broadcast_to(below == upto, order_number.shape)
    result = fail_where(of_numbers(order_number), missing, CellError.NA)
    return overlay(overlay(result, found.codes), error_codes(value, direction))


@excel("PERCENTRANK", "array# x significance?")
def percentrank(array: Area, x: Vector, significance: Vector | None = None) -> Vector:
    """Return the position of a number among others, as a share from 0 to 1, cut off after 3 digits unless stated otherwise.

    Between two numbers the share is interpolated; outside of them it is ``#N/A``.

    >>> =PERCENTRANK({1,2,3,4}, 2)
    0.333
    >>> =PERCENTRANK({1,2,3,4}, 2.5)
    0.5
    >>> =PERCENTRANK({1,2,3,4}, 5)
    #N/A
    """
    found, value = gather([array]), as_numbers(x)
    digits = as_numbers(of_numbers([3.0]) if significance is None else significance)
    ordered = np.sort(found.pool)
    if not len(ordered):
        return overlay(fail_where(of_numbers([0.0]), np.ones(1, dtype=bool), CellError.NUM), found.codes)
    outside = (value.numbers < ordered[0]) | (value.numbers > ordered[-1])
    scale = 10.0 ** np.trunc(digits.numbers)
    share = floor(_share(ordered, value.numbers) * scale) / scale
    result = fail_where(of_numbers(share), np.broadcast_to(outside, share.shape), CellError.NA)
    result = fail_where(result, np.broadcast_to(digits.numbers < 1, share.shape), CellError.NUM)
    return overlay(overlay(result, found.codes), error_codes(value, digits))


def _share(ordered: Numbers, numbers: Numbers) -> Numbers:
    """(n,) position of each number among ordered ones, from 0 to 1."""
    if len(ordered) == 1:
        return np.ones(len(numbers))
    below = np.clip(np.searchsorted(ordered, numbers, side="left"), 0, len(ordered) - 1)
    before = np.maximum(below - 1, 0)
    gap = ordered[below] - ordered[before]
    fraction = np.where(gap == 0, 0.0, (numbers - ordered[before]) / np.where(gap == 0, 1.0, gap))
    between = before + fraction
    return np.where(ordered[below] == numbers, below, between) / (len(ordered) - 1)


@excel("COUNT", "value1*", repeat=1)
def count(*values: Vector | Area) -> Vector:
    """Count the numbers; of texts only those written in the call that can be read as numbers.

    >>> =COUNT(1, "2", "x", NA())
    2
    >>> =COUNT(fruit[price])
    3
    """
    total = np.zeros(1)
    for value in values:
        if isinstance(value, Area):
            total = total + np.count_nonzero(value.flat().tags == Tag.NUMBER)
        else:
            counted = read_direct(value, as_numbers)
            total = total + (counted.tags == Tag.NUMBER)
    return of_numbers(total)


@excel("COUNTA", "value1*", repeat=1)
def counta(*values: Vector | Area) -> Vector:
    """Count the values that are not blank; empty texts and errors count.

    >>> =COUNTA(1, "", NA())
    3
    """
    total = np.zeros(1)
    for value in values:
        filled = (value.flat() if isinstance(value, Area) else value).tags != Tag.BLANK
        total = total + (np.count_nonzero(filled) if isinstance(value, Area) else filled)
    return of_numbers(total)


@excel("COUNTBLANK", "range*")
def countblank(cells: Area | Vector) -> Vector:
    """Count the cells that are blank or hold an empty text.

    >>> =COUNTBLANK(fruit[note])
    1
    """
    vector = cells.flat() if isinstance(cells, Area) else cells
    blank = (vector.tags == Tag.BLANK) | ((vector.tags == Tag.TEXT) & (vector.words() == ""))
    return of_numbers([float(blank.sum())] if isinstance(cells, Area) else blank)


@excel("COUNTIF", "range: criteria")
def countif(cells: Area, criterion: Vector) -> Vector:
    """Count the cells that meet a criterion; see `SUMIF` for criteria.

    >>> =COUNTIF(fruit[name], "apple")
    2
    >>> =COUNTIF(fruit[name], "<>apple")
    1
    >>> =COUNTIF(fruit[note], "")
    1
    """
    return countifs(cells, criterion)


@excel("COUNTIFS", "criteria_range1: criteria1", repeat=2)
def countifs(*tests: Area | Vector) -> Vector:
    """Count the rows that meet all criteria; see `SUMIF` for criteria.

    >>> =COUNTIFS(fruit[name], "a*", fruit[price], ">4")
    1
    """
    return summarise(pairs(tests), lambda matches: of_numbers(matches.stops - matches.starts))


@excel("AVERAGEIF", "range: criteria average_range:?")
def averageif(cells: Area, criterion: Vector, numbers: Area | None = None) -> Vector:
    """Return the mean of the numbers beside the cells that meet a criterion; ``#DIV/0!`` if there is none.

    >>> =AVERAGEIF(fruit[name], "apple", fruit[price])
    4
    >>> =AVERAGEIF(fruit[name], "plum", fruit[price])
    #DIV/0!
    """
    return averageifs(numbers or cells, cells, criterion)


@excel("AVERAGEIFS", "average_range: criteria_range1: criteria1", repeat=2)
def averageifs(numbers: Area, *tests: Area | Vector) -> Vector:
    """Return the mean of the numbers in those rows that meet all criteria; ``#DIV/0!`` if there is none.

    >>> =AVERAGEIFS(fruit[price], fruit[count], ">1")
    5.75
    """
    values = numbers.flat()
    return summarise(pairs(tests), lambda matches: averages(Segments(matches, values)))


@excel("MAXIFS", "max_range: criteria_range1: criteria1", repeat=2, future=True)
def maxifs(numbers: Area, *tests: Area | Vector) -> Vector:
    """Return the greatest number in those rows that meet all criteria; 0 if there is none.

    >>> =MAXIFS(fruit[price], fruit[name], "apple")
    5
    """
    values = numbers.flat()
    return summarise(pairs(tests), lambda matches: highest(Segments(matches, values)))


@excel("MINIFS", "min_range: criteria_range1: criteria1", repeat=2, future=True)
def minifs(numbers: Area, *tests: Area | Vector) -> Vector:
    """Return the least number in those rows that meet all criteria; 0 if there is none.

    >>> =MINIFS(fruit[price], fruit[name], "apple")
    3
    """
    values = numbers.flat()
    return summarise(pairs(tests), lambda matches: lowest(Segments(matches, values)))

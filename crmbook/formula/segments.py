"""Sums, counts and extremes over the slices that `crmbook.formula.matching` finds.

Slices are reduced directly while they are short in all (exact to the last digit, as if added by hand); when
rows share long slices, running totals in extended precision and tables of powers of two take over, so that the
work stays near linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.values import CellError
from crmbook.formula.vector import Tag, Vector, fail_where, of_numbers, overlay

if TYPE_CHECKING:
    from crmbook.formula.matching import Matches
    from crmbook.formula.vector import Indices, Numbers

_DIRECT = 20_000_000
"""Cells in all slices together up to which they are reduced one by one."""


class Segments:
    """The numbers of a column, seen through the slices of `Matches`.

    Parameters
    ----------
    matches
        Which cells belong to which row.
    values
        The column whose numbers are wanted; text, logical and blank cells are left out.
    """

    def __init__(self, matches: Matches, values: Vector) -> None:
        tags = values.tags[matches.order]
        keep = (tags == Tag.NUMBER) | (tags == Tag.ERROR)
        position = np.concatenate([[0], np.cumsum(keep)])
        self.cells: Indices = matches.order[keep]
        self.starts: Indices = position[matches.starts]
        self.stops: Indices = position[matches.stops]
        self.values = values
        self.numbers: Numbers = values.numbers[self.cells]

    @property
    def counts(self) -> Numbers:
        """(n,) how many numbers each row has."""
        return (self.stops - self.starts).astype(np.float64)

    def sums(self) -> Numbers:
        """(n,) the sums, 0 where there is nothing."""
        return self.reduce(np.add)

    def errors(self, result: Vector) -> Vector:
        """Return `result` with the error of each row's first erroneous cell put in."""
        failing = self.values.tags[self.cells] == Tag.ERROR
        if not failing.any():
            return result
        before = np.concatenate([[0], np.cumsum(failing)])
        codes = np.zeros(len(self.starts), dtype=np.int8)
        for row in np.flatnonzero(before[self.stops] > before[self.starts]):
            part = slice(self.starts[row], self.stops[row])
            first = self.cells[part][failing[part]].min()
            codes[row] = self.values.numbers[first]
        return overlay(result, codes)

    def reduce(self, operation: np.ufunc) -> Numbers:
        """(n,) sums, minima or maxima, 0 where there is nothing; every distinct slice is reduced once."""
        span = len(self.numbers) + 1
        unique, inverse = np.unique(self.starts * span + self.stops, return_inverse=True)
        starts, stops = unique // span, unique % span
        filled = stops > starts
        results = np.zeros(len(unique))
        if filled.any():
            results[filled] = _slices(operation, self.numbers, starts[filled], stops[filled])
        reduced: Numbers = results[inverse]
        return reduced


def _slices(operation: np.ufunc, numbers: Numbers, starts: Indices, stops: Indices) -> Numbers:
    if (stops - starts).sum() <= _DIRECT:
        bounds = np.stack([starts, stops], axis=1).ravel()
        padded = np.append(numbers, 0.0)
        return np.asarray(operation.reduceat(padded, bounds)[::2], dtype=np.float64)
    if operation is np.add:
        totals = np.concatenate([[0], np.cumsum(numbers, dtype=np.longdouble)])
        return np.asarray(totals[stops] - totals[starts], dtype=np.float64)
    return _extremes(operation, numbers, starts, stops)


def _extremes(operation: np.ufunc, numbers: Numbers, starts: Indices, stops: Indices) -> Numbers:
    """Answer with two overlapping windows whose width is a power of two."""
    levels = np.frexp(stops - starts)[1] - 1
    results = np.empty(len(starts))
    windows, width = numbers, 1
    for level in range(int(levels.max()) + 1):
        rows = levels == level
        results[rows] = operation(windows[starts[rows]], windows[stops[rows] - width])
        if len(windows) > width:
            windows = operation(windows[:-width], windows[width:])
        width *= 2
    return results


def totals(segments: Segments) -> Vector:
    """Return the sums, 0 where a row has no number."""
    return segments.errors(of_numbers(segments.sums()))


def highest(segments: Segments) -> Vector:
    """Return the greatest numbers, 0 where a row has no number."""
    return segments.errors(of_numbers(segments.reduce(np.maximum)))


def lowest(segments: Segments) -> Vector:
    """Return the least numbers, 0 where a row has no number."""
    return segments.errors(of_numbers(segments.reduce(np.minimum)))


def averages(segments: Segments) -> Vector:
    """Return the averages, ``#DIV/0!`` where a row has no number."""
    counts = segments.counts
    result = of_numbers(segments.sums() / np.where(counts == 0, 1.0, counts))
    return segments.errors(fail_where(result, counts == 0, CellError.DIV0))

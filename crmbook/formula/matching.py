"""Which cells meet the criteria of each row: COUNTIFS and its relatives for all rows at once.

An office program walks the whole range once per row. Here the range is sorted once, so that the cells of every
row are side by side, and a row's answer is a slice:

1. criteria that are the same for all rows thin out the cells;
2. criteria that ask for equality (``[@customer_id]``) turn into one group code per cell and per row;
3. ordering criteria (``">"&[@date]``) on one column become bounds within the group, found by binary search, and
   a single ``"<>"&[@x]`` becomes the group turned round so that all but the equal cells are together;
4. what is left (wildcards, orderings on a second column) is judged inside the slice, some rows at a time.

Rows whose criteria take different forms (one a number, one a pattern) are answered form by form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from crmbook.formula.criteria import Shape, criteria
from crmbook.formula.distinct import criterion_key, distinct, keys, ranking
from crmbook.formula.vector import Indices, Vector, common_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crmbook.formula.criteria import Asked

_SHAPES = list(Shape)
_UPPER: dict[Shape, Literal["left", "right"]] = {Shape.LESS: "left", Shape.AT_MOST: "right"}
_LOWER: dict[Shape, Literal["left", "right"]] = {Shape.AT_LEAST: "left", Shape.MORE: "right"}
_AT_A_TIME = 4_000_000
"""Cells that are judged one by one before their rows are summed up and forgotten."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The cells that meet the criteria of some rows: ``order[starts[i]:stops[i]]``.

    Attributes
    ----------
    order
        Positions of cells, perhaps several times.
    starts, stops
        (n,) bounds into `order`.
    """

    order: Indices
    starts: Indices
    stops: Indices


@dataclass(frozen=True, eq=False, slots=True)
class _Test:
    """One range and its criterion, which differs from row to row."""

    cells: Vector
    codes: Indices
    asked: Asked

    def shape(self, row: int) -> Shape:
        return _SHAPES[int(self.asked.shapes[self.codes[row]])]


def summarise(tests: Sequence[tuple[Vector, Vector]], reduce: Callable[[Matches], Vector]) -> Vector:
    """Return for each row what `reduce` makes of its matching cells.

    Parameters
    ----------
    tests
        Pairs of a range (m cells, the same m for all) and its criterion (n values or one).
    reduce
        Takes the matches of some rows, returns a vector of numbers and errors for those rows.
    """
    size = common_size([criterion for _, criterion in tests])
    cells = np.ones(tests[0][0].size, dtype=bool)
    varying: list[_Test] = []
    for column, criterion in tests:
        found = criteria(criterion)
        if len(found.asked) == 1:
            cells &= found.asked.criterion(0).matches(column)
        elif len(found.asked):
            varying.append(_Test(column, found.codes, found.asked))
    positions = np.flatnonzero(cells)
    if not varying:
        return reduce(Matches(positions, np.zeros(1, np.intp), np.full(1, len(positions)))).broadcast(size)
    tags, numbers = np.zeros(size, dtype=np.int8), np.zeros(size)
    for rows, matches in _known_parts(varying, positions, size):
        part = reduce(matches)
        tags[rows], numbers[rows] = part.tags, part.numbers
    return Vector(tags, numbers)


_known: WeakKeyDictionary[Vector, WeakKeyDictionary[Asked, _Known]] = WeakKeyDictionary()


class _Known(NamedTuple):
    """The latest parts of a single test, and what they were found for."""

    codes: Indices
    positions: Indices
    parts: list[tuple[Indices, Matches]]


def _known_parts(tests: list[_Test], positions: Indices, size: int) -> Iterable[tuple[Indices, Matches]]:
    """Return the parts, of a single test remembered: number, sum, first and last of the same cells ask alike."""
    if len(tests) > 1:
        return _iter_parts(tests, positions, size)
    test = tests[0]
    answers = _known.setdefault(test.cells, WeakKeyDictionary())
    known = answers.get(test.asked)
    if known is None or known.codes is not test.codes or not np.array_equal(known.positions, positions):
        known = answers[test.asked] = _Known(test.codes, positions, list(_iter_parts(tests, positions, size)))
    return known.parts


def _iter_parts(tests: list[_Test], positions: Indices, size: int) -> Iterator[tuple[Indices, Matches]]:
    """Yield rows with criteria of the same shapes, and their matches."""
    form = np.zeros(size, dtype=np.intp)
    for test in tests:
        form = form * len(_SHAPES) + test.asked.shapes[test.codes]
    for one in np.unique(form):
        rows = np.flatnonzero(form == one)
        shapes = [test.shape(rows[0]) for test in tests]
        equal = [test for test, shape in zip(tests, shapes, strict=True) if shape is Shape.EQUAL]
        bounded = _bounded(tests, shapes) or _different(tests, shapes)
        rest = [test for test in tests if test not in equal and test not in bounded]
        matches = _slices(equal, bounded, positions, rows)
        if rest:
            yield from _iter_judged(matches, rest, rows)
        else:
            yield rows, matches


def _bounded(tests: list[_Test], shapes: list[Shape]) -> list[_Test]:
    """Return the tests that bound one column from below or above."""
    ordered = [test for test, shape in zip(tests, shapes, strict=True) if shape in _UPPER or shape in _LOWER]
    return [test for test in ordered if test.cells is ordered[0].cells]


def _different(tests: list[_Test], shapes: list[Shape]) -> list[_Test]:
    """Return the first test that asks for all but the equal cells, if there is one."""
    return [test for test, shape in zip(tests, shapes, strict=True) if shape is Shape.DIFFERENT][:1]


def _slices(equal: list[_Test], bounded: list[_Test], positions: Indices, rows: Indices) -> Matches:
    groups, wanted = _groups(equal, positions, rows)
    if bounded and bounded[0].shape(rows[0]) is Shape.DIFFERENT:
        return _all_but(bounded[0], positions, rows, groups, wanted)
    low, high, ranks, steps = _bounds(bounded, positions, rows)
    counted = ranks >= 0
    positions, groups, ranks = positions[counted], groups[counted], ranks[counted]
    rank = groups * steps + ranks
    order = np.argsort(rank, kind="stable")
    rank = rank[order]
    starts = np.searchsorted(rank, wanted * steps + low)
    stops = np.maximum(starts, np.searchsorted(rank, wanted * steps + high))
    return Matches(positions[order], starts, np.where(wanted < 0, starts, stops))


def _all_but(test: _Test, positions: Indices, rows: Indices, groups: Indices, wanted: Indices) -> Matches:
    """Lay every group down twice in a row: the cells after the equal ones and those before then meet."""
    known = keys(test.cells, criterion_key)
    asked = np.array([known.lookup.get(key, known.count) for key in test.asked.keys], dtype=np.intp)
    asked = asked[test.codes[rows]]
    steps = known.count + 1
    rank = groups * steps + known.codes[positions]
    order = np.argsort(rank, kind="stable")
    rank, groups, positions = rank[order], groups[order], positions[order]
    begin, end = np.searchsorted(groups, groups, "left"), np.searchsorted(groups, groups, "right")
    twice = np.empty(2 * len(positions), dtype=np.intp)
    index = np.arange(len(positions)) + begin
    twice[index], twice[index + end - begin] = positions, positions
    first, last = np.searchsorted(groups, wanted, "left"), np.searchsorted(groups, wanted, "right")
    starts = first + np.searchsorted(rank, wanted * steps + asked, "right")
    stops = last + np.searchsorted(rank, wanted * steps + asked, "left")
    return Matches(twice, starts, np.where(wanted < 0, starts, stops))


def _groups(tests: list[_Test], positions: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """Return the group code of each cell, and that which each row asks for (-1: no such group)."""
    groups, wanted = np.zeros(len(positions), np.intp), np.zeros(len(rows), np.intp)
    missing = np.zeros(len(rows), dtype=bool)
    for test in tests:
        known = keys(test.cells, criterion_key)
        codes = [known.lookup.get(key, -1) for key in test.asked.keys]
        asked = np.array(codes, dtype=np.intp)[test.codes[rows]]
        missing |= asked < 0
        cells = known.codes[positions]
        if test is not tests[0]:
            # Codes are made small again after each column, so that many of them cannot overflow
            both = np.concatenate([groups * known.count + cells, wanted * known.count + asked])
            _, both = np.unique(both, return_inverse=True)
            cells, asked = both[: len(cells)], both[len(cells) :]
        groups, wanted = cells, asked
    return groups, np.where(missing, -1, wanted)


def _bounds(tests: list[_Test], positions: Indices, rows: Indices) -> tuple[Indices, Indices, Indices, int]:
    """Return each row's lower and upper rank, each cell's rank (-1: no number), and the number of ranks + 1."""
    low, high = np.zeros(len(rows), np.intp), np.ones(len(rows), np.intp)
    if not tests:
        return low, high, np.zeros(len(positions), np.intp), 2
    levels, ranks = ranking(tests[0].cells)
    high = np.full(len(rows), len(levels), np.intp)
    for test in tests:
        bounds = test.asked.bounds[test.codes[rows]]
        shape = test.shape(rows[0])
        if shape in _UPPER:
            high = np.minimum(high, np.searchsorted(levels, bounds, _UPPER[shape]))
        else:
            low = np.maximum(low, np.searchsorted(levels, bounds, _LOWER[shape]))
    return low, high, ranks[positions], len(levels) + 1


def _iter_judged(matches: Matches, tests: list[_Test], rows: Indices) -> Iterator[tuple[Indices, Matches]]:
    """Judge the remaining criteria inside the slices, once per distinct question, and yield rows in parts."""
    questions = np.stack([matches.starts, matches.stops, *(test.codes[rows] for test in tests)], axis=1)
    unique, inverse = np.unique(questions, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    by_question = np.argsort(inverse, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(np.bincount(inverse, minlength=len(unique)))])
    work = np.cumsum(unique[:, 1] - unique[:, 0]) // _AT_A_TIME
    for chunk in np.unique(work):
        asked = np.flatnonzero(work == chunk)
        parts = [
            _judge(matches.order[start:stop], tests, codes) for start, stop, *codes in unique[asked].tolist()
        ]
        sizes = np.array([len(part) for part in parts])
        ends = np.cumsum(sizes)
        chosen = by_question[bounds[asked[0]] : bounds[asked[-1] + 1]]
        local = inverse[chosen] - asked[0]
        yield rows[chosen], Matches(np.concatenate(parts), (ends - sizes)[local], ends[local])


def _judge(cells: Indices, tests: list[_Test], codes: list[int]) -> Indices:
    for test, code in zip(tests, codes, strict=True):
        if not len(cells):
            break
        found = distinct(test.cells)
        items, positions = np.unique(found.codes[cells], return_inverse=True)
        cells = cells[
            test.asked.criterion(code).judge([found.items[item] for item in items.tolist()])[positions]
        ]
    return cells

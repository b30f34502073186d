"""Which cells meet the criteria of each row: COUNTIFS and its relatives for all rows at once.

An office program walks the whole range once per row. Here the range is sorted once, so that the cells of every
row stand side by side, and a row's answer is a slice:

1. criteria that are the same for all rows thin out the cells;
2. criteria that ask for equality (``[@customer_id]``) turn into one group code per cell and per row;
3. ordering criteria (``">"&[@date]``) on one column become bounds within the group, found by binary search;
4. what is left (wildcards, ``<>``, orderings on a second column) is judged inside the slice.

Rows whose criteria take different forms (one a number, one a pattern) are answered form by form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.criteria import Criterion, Shape, parse_criterion
from crmbook.formula.distinct import criterion_key, distinct, keys, round_numbers
from crmbook.formula.vector import Indices, Tag, Vector, common_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.formula.vector import Mask, Numbers

_SHAPES = list(Shape)
_UPPER = {Shape.LESS: "left", Shape.AT_MOST: "right"}
_LOWER = {Shape.AT_LEAST: "left", Shape.MORE: "right"}


@dataclass(frozen=True, slots=True)
class Matches:
    """The cells that meet the criteria of each row: ``order[starts[i]:stops[i]]``.

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


@dataclass(frozen=True, slots=True)
class _Test:
    """One range and its criterion, which differs from row to row."""

    cells: Vector
    codes: Indices
    criteria: list[Criterion]
    shapes: Indices

    def shape(self, row: int) -> Shape:
        return _SHAPES[self.shapes[self.codes[row]]]


def find_matches(tests: Sequence[tuple[Vector, Vector]]) -> Matches:
    """Return the matching cells of each row.

    Parameters
    ----------
    tests
        Pairs of a range (m cells, the same m for all) and its criterion (n values or one).
    """
    size = common_size([criterion for _, criterion in tests])
    cells = np.ones(tests[0][0].size, dtype=bool)
    varying: list[_Test] = []
    for column, criterion in tests:
        found = distinct(criterion)
        criteria = [parse_criterion(item) for item in found.items]
        if len(criteria) == 1:
            cells &= criteria[0].matches(column)
        elif criteria:
            shapes = np.array([_SHAPES.index(item.shape) for item in criteria], dtype=np.intp)
            varying.append(_Test(column, found.codes, criteria, shapes))
    positions = np.flatnonzero(cells)
    if not varying:
        return Matches(positions, np.zeros(size, np.intp), np.full(size, len(positions), np.intp))
    return _by_form(varying, positions, size)


def _by_form(tests: list[_Test], positions: Indices, size: int) -> Matches:
    """Answer the rows in parts, each with criteria of the same shapes."""
    form = np.zeros(size, dtype=np.intp)
    for test in tests:
        form = form * len(_SHAPES) + test.shapes[test.codes]
    forms = np.unique(form)
    if len(forms) == 1:
        return _answer(tests, positions, np.arange(size))
    orders, offset = [], 0
    starts, stops = np.zeros(size, np.intp), np.zeros(size, np.intp)
    for one in forms:
        rows = np.flatnonzero(form == one)
        part = _answer(tests, positions, rows)
        starts[rows], stops[rows] = part.starts + offset, part.stops + offset
        orders.append(part.order)
        offset += len(part.order)
    return Matches(np.concatenate(orders), starts, stops)


def _answer(tests: list[_Test], positions: Indices, rows: Indices) -> Matches:
    equal = [test for test in tests if test.shape(rows[0]) is Shape.EQUAL]
    ordered = [test for test in tests if test.shape(rows[0]) not in (Shape.EQUAL, Shape.OTHER)]
    bounded = [test for test in ordered if test.cells is ordered[0].cells]
    rest = [test for test in tests if test not in equal and test not in bounded]
    groups, wanted = _groups(equal, positions, rows)
    low, high, ranks, steps = _bounds(bounded, positions, rows)
    counted = ranks >= 0
    positions, groups, ranks = positions[counted], groups[counted], ranks[counted]
    place = groups * steps + ranks
    order = np.argsort(place, kind="stable")
    place = place[order]
    starts = np.searchsorted(place, wanted * steps + low)
    stops = np.where(wanted < 0, starts, np.maximum(starts, np.searchsorted(place, wanted * steps + high)))
    matches = Matches(positions[order], starts, stops)
    return _narrow(matches, rest, rows) if rest else matches


def _groups(tests: list[_Test], positions: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """Return the group code of each cell, and that which each row asks for (-1: no such group)."""
    groups, wanted = np.zeros(len(positions), np.intp), np.zeros(len(rows), np.intp)
    missing = np.zeros(len(rows), dtype=bool)
    for test in tests:
        known = keys(test.cells, criterion_key)
        of_criteria = [
            known.lookup.get(item.key, -1) if item.shape is Shape.EQUAL else -1 for item in test.criteria
        ]
        asked = np.array(of_criteria, dtype=np.intp)[test.codes[rows]]
        missing |= asked < 0
        groups = groups * known.count + known.codes[positions]
        wanted = wanted * known.count + asked
        # Codes are made small again, so that many criteria cannot overflow
        _, together = np.unique(np.concatenate([groups, wanted]), return_inverse=True)
        groups, wanted = together[: len(groups)], together[len(groups) :]
    return groups, np.where(missing, -1, wanted)


def _bounds(tests: list[_Test], positions: Indices, rows: Indices) -> tuple[Indices, Indices, Indices, int]:
    """Return each row's lower and upper rank, each cell's rank (-1: no number), and the number of ranks + 1."""
    low, high = np.zeros(len(rows), np.intp), np.ones(len(rows), np.intp)
    if not tests:
        return low, high, np.zeros(len(positions), np.intp), 2
    cells = tests[0].cells
    numeric = cells.tags[positions] == Tag.NUMBER
    numbers = round_numbers(cells.numbers[positions])
    levels = np.unique(numbers[numeric])
    ranks = np.where(numeric, np.searchsorted(levels, numbers), -1)
    high = np.full(len(rows), len(levels), np.intp)
    for test in tests:
        bounds = _operands(test)[test.codes[rows]]
        shape = test.shape(rows[0])
        if shape in _UPPER:
            high = np.minimum(high, _search(levels, bounds, _UPPER[shape]))
        else:
            low = np.maximum(low, _search(levels, bounds, _LOWER[shape]))
    return low, high, ranks, len(levels) + 1


def _operands(test: _Test) -> Numbers:
    """(k,) the operands of ordering criteria."""
    operands = [item.operand if isinstance(item.operand, float) else 0.0 for item in test.criteria]
    return round_numbers(np.array(operands, dtype=np.float64))


def _search(levels: Numbers, bounds: Numbers, side: str) -> Indices:
    return np.searchsorted(levels, bounds, side="left" if side == "left" else "right")


def _narrow(matches: Matches, tests: list[_Test], rows: Indices) -> Matches:
    """Judge the remaining criteria inside each row's slice, once per distinct question."""
    questions = np.stack([matches.starts, matches.stops, *(test.codes[rows] for test in tests)], axis=1)
    unique, inverse = np.unique(questions, axis=0, return_inverse=True)
    parts = [_judge(matches.order[start:stop], tests, codes) for start, stop, *codes in unique.tolist()]
    ends = np.cumsum([len(part) for part in parts])
    inverse = inverse.ravel()
    order = np.concatenate(parts) if parts else np.zeros(0, np.intp)
    return Matches(order, (ends - [len(part) for part in parts])[inverse], ends[inverse])


def _judge(cells: Indices, tests: list[_Test], codes: list[int]) -> Indices:
    for test, code in zip(tests, codes, strict=True):
        cells = cells[test.criteria[code].matches(test.cells.take(cells))]
    return cells

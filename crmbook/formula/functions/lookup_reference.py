"""Finding a value in a column.

Exact search is one hash lookup per distinct value; approximate search a binary search, which like Excel's trusts
that the column is sorted. Types are kept apart: the text ``"1"`` never finds the number 1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from crmbook.formula.coerce import as_booleans, as_numbers, as_texts, truth
from crmbook.formula.distinct import distinct, keys, lookup_key, round_number, round_numbers
from crmbook.formula.functions.registry import excel
from crmbook.formula.values import CellError, sort_key
from crmbook.formula.vector import (
    Area,
    Indices,
    Mask,
    Tag,
    Vector,
    error_codes,
    fail_where,
    of_booleans,
    of_error,
    of_numbers,
    overlay,
    pick,
)
from crmbook.formula.wildcards import has_wildcards, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_Item = TypeVar("_Item", float, str)


@excel("MATCH", "lookup_value lookup_array# match_type?")
def match(value: Vector, array: Area, match_type: Vector | None = None) -> Vector:
    """Return the position of a value in a column, counted from 1; ``#N/A`` if it is not there.

    `match_type` 0 finds the first equal cell (texts regardless of case, with wildcards); 1, the default, the last
    cell not above the value in a column that ascends; -1 the last not below it in one that descends.

    >>> =MATCH("PEAR", fruit[name], 0)
    2
    >>> =MATCH("p*", fruit[name], 0)
    2
    >>> =MATCH(25, {10,20,30})
    2
    >>> =MATCH(25, {30,20,10}, -1)
    1
    >>> =MATCH("1", {1,2,3}, 0)
    #N/A
    """
    if min(len(array.columns), array.height) > 1:
        return overlay(of_error(CellError.NA), error_codes(value))
    cells = array.flat()
    kind = as_numbers(of_numbers([1.0]) if match_type is None else match_type)
    found = {
        sign: _positions(value, cells, sign) for sign in np.unique(np.sign(kind.numbers)).astype(int).tolist()
    }
    signs = np.sign(kind.numbers).astype(np.intp)
    options = [of_numbers(found[sign] + 1.0) for sign in found]
    choice = np.searchsorted(np.array(sorted(found)), signs)
    result = pick(choice, [options[list(found).index(sign)] for sign in sorted(found)])
    result = fail_where(result, result.numbers == 0, CellError.NA)
    return overlay(result, error_codes(value, kind))


@excel("LOOKUP", "lookup_value lookup_vector# result_vector#?")
def lookup(value: Vector, array: Area, results: Area | None = None) -> Vector:
    """Return the value beside the last cell not above `lookup_value`, in a column that ascends.

    Without a third argument the last column of the second is returned (its last row, if it is wider than high).

    >>> =LOOKUP(75, {0,60,80}, {"D","C","A"})
    "C"
    >>> =LOOKUP(-1, {0,60,80}, {"D","C","A"})
    #N/A
    """
    searched, answers = _vectors(array) if results is None else (array.flat(), results.flat())
    positions = _positions(value, searched, 1)
    result = _fetch(answers, positions, CellError.NA)
    return overlay(result, error_codes(value))


def _vectors(array: Area) -> tuple[Vector, Vector]:
    if not array.height or len(array.columns) <= array.height:
        return array.columns[0], array.columns[-1]
    rows = array.flat().take
    width = len(array.columns)
    return rows(np.arange(width)), rows(np.arange(width) + (array.height - 1) * width)


@excel("VLOOKUP", "lookup_value table_array# col_index_num range_lookup?")
def vlookup(value: Vector, array: Area, column: Vector, approximate: Vector | None = None) -> Vector:
    """Return the value in a column of the row whose first cell is found.

    `range_lookup` FALSE asks for an equal cell, TRUE, the default, for the last one not above the value in a
    column that ascends. ``#N/A`` if there is none, ``#REF!`` if the table has no such column.

    >>> =VLOOKUP("pear", fruit[[name]:[price]], 3, FALSE)
    8.5
    >>> =VLOOKUP("plum", fruit[[name]:[price]], 3, FALSE)
    #N/A
    >>> =VLOOKUP("pear", fruit[[name]:[price]], 9, FALSE)
    #REF!
    """
    index = as_numbers(column)
    sloppy = as_booleans(of_booleans([True]) if approximate is None else approximate)
    positions = _chosen_positions(value, array.columns[0], truth(sloppy))
    wanted = np.trunc(index.numbers)
    options = [_fetch(one, positions, CellError.NA) for one in array.columns]
    safe = np.clip(wanted - 1, 0, len(options) - 1).astype(np.intp)
    result = overlay(pick(safe, options), error_codes(value, sloppy))
    result = fail_where(result, wanted > len(options), CellError.REF)
    result = fail_where(result, wanted < 1, CellError.VALUE)
    return overlay(result, error_codes(index))


def _chosen_positions(value: Vector, cells: Vector, approximate: Mask) -> Indices:
    if approximate.all():
        return _positions(value, cells, 1)
    if not approximate.any():
        return _positions(value, cells, 0)
    return np.where(approximate, _positions(value, cells, 1), _positions(value, cells, 0))


@excel("INDEX", "array# row_num column_num?")
def index_(array: Area, row: Vector, column: Vector | None = None) -> Vector:
    """Return the cell at a row and column, counted from 1; ``#REF!`` outside.

    >>> =INDEX(fruit[price], 2)
    8.5
    >>> =INDEX({1,2;3,4}, 2, 1)
    3
    >>> =INDEX(fruit[price], 9)
    #REF!
    """
    width, height = len(array.columns), array.height
    if column is None and height == 1 and width > 1:
        row, column = of_numbers([1.0]), row
    rows, columns = as_numbers(row), as_numbers(of_numbers([1.0]) if column is None else column)
    down = _whole(rows, height)
    across = _whole(columns, width)
    beyond = (down > height) | (across > width)
    options = [
        _fetch(one, np.where(beyond, -1, down - 1).astype(np.intp), CellError.REF) for one in array.columns
    ]
    result = pick(np.clip(across - 1, 0, width - 1).astype(np.intp), options)
    result = fail_where(result, (down < 1) | (across < 1), CellError.VALUE)
    return overlay(result, error_codes(rows, columns))


def _whole(positions: Vector, size: int) -> Indices:
    """(n,) whole positions; 0 asks for all of a single cell."""
    whole = np.clip(np.trunc(positions.numbers), -1, 2.0**40).astype(np.intp)
    return np.where(whole == 0, 1, whole) if size == 1 else whole


def _fetch(cells: Vector, positions: Indices, missing: CellError) -> Vector:
    """Return the cells at 0-based positions, `missing` where a position is negative."""
    if cells.size == 0:
        return of_error(missing, len(positions))
    return fail_where(cells.take(np.maximum(positions, 0)), positions < 0, missing)


def _positions(values: Vector, cells: Vector, match_type: int) -> Indices:
    """(n,) 0-based position of each value among cells, -1 where it is not found."""
    if match_type == 0:
        return _equal_positions(values, cells)
    found = distinct(values)
    search = _last_before(cells, descending=match_type < 0)
    positions = [search(0.0 if item is None else item) for item in found.items]
    return np.array(positions, dtype=np.intp)[found.codes]


_equal: WeakKeyDictionary[Vector, WeakKeyDictionary[Vector, Indices]] = WeakKeyDictionary()


def _equal_positions(values: Vector, cells: Vector) -> Indices:
    """(n,) 0-based position of the first cell equal to each value, -1 where there is none (remembered)."""
    known = _equal.setdefault(cells, WeakKeyDictionary())
    if values not in known:
        found = distinct(values)
        positions = _first_equal([0.0 if item is None else item for item in found.items], cells)
        known[values] = positions[found.codes]
    return known[values]


def _first_equal(items: list[object], cells: Vector) -> Indices:
    known = keys(cells, lookup_key)
    first = np.zeros(known.count + 1, dtype=np.intp)
    first[known.codes[::-1]] = np.arange(cells.size)[::-1]
    first[-1] = -1
    codes = np.array([known.lookup.get(_lookup_key(item), -1) for item in items], dtype=np.intp)
    positions = first[codes]
    for position, item in enumerate(items):
        if type(item) is str and has_wildcards(item):
            positions[position] = _first_like(cells, item)
    return positions


def _lookup_key(item: object) -> Hashable:
    return (
        item.lower() if type(item) is str else lookup_key(round_number(item) if type(item) is float else item)
    )


def _first_like(cells: Vector, text: str) -> int:
    found, fits = distinct(cells), pattern(text).fits
    hits = np.array([isinstance(item, str) and fits(item) for item in found.items], dtype=bool)
    positions = np.flatnonzero(hits[found.codes])
    return int(positions[0]) if positions.size else -1


def _last_before(cells: Vector, *, descending: bool) -> Callable[[object], int]:
    """Binary search among the cells of the value's own type."""
    numbers = np.flatnonzero(cells.tags == Tag.NUMBER)
    levels = round_numbers(cells.numbers[numbers]).tolist()
    texts = np.flatnonzero(cells.tags == Tag.TEXT)
    words = [sort_key(word) for word in cells.words()[texts]]
    flags = np.flatnonzero(cells.tags == Tag.BOOLEAN)
    logical = cells.numbers[flags].tolist()

    def search(item: object) -> int:
        match item:
            case bool():
                return _place(flags, logical, float(item), descending=descending)
            case float():
                return _place(numbers, levels, round_number(item), descending=descending)
            case str():
                return _place(texts, words, sort_key(item), descending=descending)
        return -1

    return search


def _place(positions: Indices, items: list[_Item], item: _Item, *, descending: bool) -> int:
    count = len(items) - bisect_left(items[::-1], item) if descending else bisect_right(items, item)
    return int(positions[count - 1]) if count else -1


@excel("HYPERLINK", "link_location friendly_name?")
def hyperlink(link: Vector, name: Vector | None = None) -> Vector:
    """Return what a link shows: its name, else its address. In the workbook a click opens it.

    >>> =HYPERLINK("https://example.com/001", "001")
    "001"
    >>> =HYPERLINK("mailto:a@example.com")
    "mailto:a@example.com"
    """
    address = as_texts(link)
    shown = address if name is None else name
    return overlay(shown, error_codes(address, shown))

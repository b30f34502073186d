"""Distinct values of a vector, and the keys by which equal cells find each other.

Whatever is read, parsed or looked up is done once per distinct value, not once per row. Results are remembered
for as long as the vector lives, so that ten formulas over one `Frames` share one factorisation of each column.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from crmbook.formula.values import ERRORS, CellError, text_number
from crmbook.formula.vector import TAGS, Indices, Tag, Vector, factorize

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from crmbook.formula.vector import Numbers

_DIGITS = 15
_REMEMBERED = 1 << 18


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct items of a vector.

    Attributes
    ----------
    codes
        (n,) for each element, the index of its item.
    items
        The items: float, str, bool, `CellError` or None, in order of first appearance by type.
    """

    codes: Indices
    items: list[object]


@dataclass(frozen=True, slots=True)
class Keys:
    """Codes of cells under a rule for what counts as equal.

    Attributes
    ----------
    codes
        (n,) code of each cell; equal cells share one.
    lookup
        Key → code.
    """

    codes: Indices
    lookup: dict[Hashable, int]

    @property
    def count(self) -> int:
        """Number of distinct keys."""
        return len(self.lookup)


_distinct: WeakKeyDictionary[Vector, Distinct] = WeakKeyDictionary()
_keys: WeakKeyDictionary[Vector, dict[Callable[[object], Hashable], Keys]] = WeakKeyDictionary()
_rankings: WeakKeyDictionary[Vector, tuple[Numbers, Indices]] = WeakKeyDictionary()


def distinct(vector: Vector) -> Distinct:
    """Return the distinct items of a vector (remembered)."""
    found = _distinct.get(vector)
    if found is None:
        found = _distinct[vector] = _find(vector)
    return found


def _find(vector: Vector) -> Distinct:
    codes = np.zeros(vector.size, dtype=np.intp)
    items: list[object] = []
    for tag in TAGS:
        where = vector.tags == tag
        if not where.any():
            continue
        values = vector.words()[where] if tag == Tag.TEXT else vector.numbers[where]
        local, unique = factorize(values)
        codes[where] = local + len(items)
        items += _items(tag, unique.tolist())
    return Distinct(codes, items)


def _items(tag: int, values: list[object]) -> list[object]:
    match tag:
        case Tag.BLANK:
            return [None]
        case Tag.BOOLEAN:
            return [bool(value) for value in values]
        case Tag.ERROR:
            return [ERRORS[int(str(value).split(".")[0])] for value in values]
    return values


def keys(vector: Vector, rule: Callable[[object], Hashable]) -> Keys:
    """Return the keys of a vector's cells under a rule that turns an item into its key (remembered)."""
    known = _keys.setdefault(vector, {})
    if rule not in known:
        found = distinct(vector)
        lookup: dict[Hashable, int] = {}
        items = _rounded(found.items)
        codes = [lookup.setdefault(rule(item), len(lookup)) for item in items]
        known[rule] = Keys(np.array(codes, dtype=np.intp)[found.codes], lookup)
    return known[rule]


def ranking(vector: Vector) -> tuple[Numbers, Indices]:
    """Return the distinct numbers in ascending order, and each cell's rank, -1 for what is no number (remembered)."""
    known = _rankings.get(vector)
    if known is None:
        numeric = vector.tags == Tag.NUMBER
        levels, positions = np.unique(round_numbers(vector.numbers[numeric]), return_inverse=True)
        ranks = np.full(vector.size, -1, dtype=np.intp)
        ranks[numeric] = positions
        known = _rankings[vector] = (levels, ranks)
    return known


def _rounded(items: list[object]) -> list[object]:
    """Round the numbers among items all at once, so that the rule finds them whole or rounded."""
    positions = [position for position, item in enumerate(items) if type(item) is float]
    rounded = round_numbers(np.array([items[position] for position in positions], dtype=np.float64))
    result = list(items)
    for position, number in zip(positions, rounded.tolist(), strict=True):
        result[position] = number
    return result


def criterion_key(item: object) -> Hashable:
    """Return under what key a cell meets the criteria of COUNTIF and its relatives.

    Numbers come rounded to 15 digits. A number written as text equals that number, a blank equals an empty text,
    texts are compared without regard to case.
    """
    match item:
        case None:
            return ""
        case bool() | CellError():
            return (item,)
        case str():
            return _text_key(item)
        case float():
            return item
    raise TypeError(type(item))


@lru_cache(maxsize=_REMEMBERED)
def _text_key(text: str) -> Hashable:
    """Return the key of a text; the ids of customers occur in one table after another."""
    number = text_number(text)
    return text.lower() if number is None else round_number(number)


def lookup_key(item: object) -> Hashable:
    """Return under what key a cell is found by MATCH and its relatives: types are kept apart."""
    match item:
        case str():
            return item.lower()
        case float():
            return item
    return (item,)


def round_number(number: float) -> float:
    """Return a number at the 15 significant digits that a spreadsheet compares."""
    return number if number.is_integer() else float(round_numbers(np.array([number]))[0])


def round_numbers(numbers: Numbers) -> Numbers:
    """(n,) numbers at 15 significant digits; whole numbers stay as they are."""
    whole = numbers == np.rint(numbers)
    if whole.all():
        return numbers
    size = np.abs(np.where(whole, 1.0, numbers))
    scale = _POWERS[np.clip(_DIGITS - 1 - np.floor(np.log10(size)), 0, len(_POWERS) - 1).astype(np.intp)]
    result: Numbers = np.where(whole, numbers, np.rint(numbers * scale) / scale)
    return result


_POWERS = np.array([float(f"1e{power}") for power in range(300)])

"""Criteria of COUNTIF and its relatives: an operator and an operand in one value, such as ``">=5"`` or ``"a*"``.

Without an operator a criterion asks for equality. The operand is read as a number, logical value or error where
it can be; texts are compared without regard to case, and with ``=`` and ``<>`` they may hold wildcards. Three
criteria ask about emptiness: ``""`` is met by blank cells and empty texts, ``"="`` by blank cells only, ``"<>"``
by all that is not blank. A blank cell used as a criterion counts as 0.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Hashable  # noqa: TC003 a named tuple reads its annotations
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from crmbook.formula.distinct import criterion_key, distinct, keys, round_number, round_numbers
from crmbook.formula.values import CellError, sort_key, text_number
from crmbook.formula.vector import Tag
from crmbook.formula.wildcards import has_wildcards, pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.formula.vector import Indices, Mask, Vector

_PARTS = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)
_ERRORS = {error.value: error for error in CellError}
_REMEMBERED = 1 << 18
_LONGEST = 40
"""Characters of a number that is read as it stands, without a closer look."""
_ORDERINGS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Shape(StrEnum):
    """How a criterion can be answered for many rows at once."""

    EQUAL = "="
    DIFFERENT = "<>"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    OTHER = "other"


_BY_SIGN = {shape.value: shape for shape in Shape}


class Criterion(NamedTuple):
    """One criterion; made by `parse_criterion`.

    Attributes
    ----------
    operator
        ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``.
    operand
        Number, text, logical value or error; None for "blank only".
    shape
        How the criterion can be answered for many rows at once.
    key
        With `Shape.EQUAL` and `Shape.DIFFERENT`, the key of the cells that equal the operand.
    """

    operator: str
    operand: object
    shape: Shape
    key: Hashable

    def matches(self, cells: Vector) -> Mask:
        """(n,) which cells meet the criterion."""
        if self.shape in (Shape.EQUAL, Shape.DIFFERENT):
            known = keys(cells, criterion_key)
            equal: Mask = known.codes == known.lookup.get(self.key, -1)
            return equal if self.shape is Shape.EQUAL else ~equal
        if isinstance(self.operand, float) and self.shape is not Shape.OTHER:
            bound, numbers = round_number(self.operand), round_numbers(cells.numbers)
            ordered: Mask = (cells.tags == Tag.NUMBER) & _ORDERINGS[self.operator](numbers, bound)
            return ordered
        found = distinct(cells)
        result: Mask = self.judge(found.items)[found.codes]
        return result

    def judge(self, items: list[object]) -> Mask:
        """(k,) which items meet the criterion."""
        meets = self._ordered() if self.operator in _ORDERINGS else self._equal()
        hits = np.fromiter(map(meets, items), dtype=bool, count=len(items))
        return ~hits if self.operator == "<>" else hits

    def _equal(self) -> Callable[[object], bool]:
        if self.operand is None:
            return lambda item: item is None
        if self.shape is Shape.OTHER:
            fits = pattern(str(self.operand)).fullmatch
            return lambda item: isinstance(item, str) and fits(item) is not None
        return lambda item: criterion_key(_rounded(item)) == self.key

    def _ordered(self) -> Callable[[object], bool]:
        """Return the comparison with values of the operand's own type; others never meet it."""
        if self.operand is None:
            return lambda _: False
        compare, own = _ORDERINGS[self.operator], type(self.operand)
        operand = _sortable(self.operand)
        return lambda item: type(item) is own and bool(compare(_sortable(item), operand))


def _rounded(item: object) -> object:
    return round_number(item) if type(item) is float else item


def _sortable(item: object) -> Any:
    match item:
        case str():
            return sort_key(item)
        case bool() | CellError():
            return item is True
    return _rounded(item)


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of a column, one per row.

    Attributes
    ----------
    codes
        (n,) for each row, the index of its criterion.
    items
        The distinct criteria.
    shapes
        (k,) their shapes, by position in `Shape`.
    """

    codes: Indices
    items: list[Criterion]
    shapes: Indices


_SHAPES = {shape: place for place, shape in enumerate(Shape)}
_criteria: WeakKeyDictionary[Vector, Criteria] = WeakKeyDictionary()


def criteria(vector: Vector) -> Criteria:
    """Return what the values of a vector ask for, each distinct one read once (remembered)."""
    known = _criteria.get(vector)
    if known is None:
        found = distinct(vector)
        items = _parse_all(found.items)
        shapes = np.array([_SHAPES[item.shape] for item in items], dtype=np.intp)
        known = _criteria[vector] = Criteria(found.codes, items, shapes)
    return known


def _parse_all(items: list[object]) -> list[Criterion]:
    """Return the criterion of each item; columns of ids, and of one bound for each row, are read at once."""
    texts = [item for item in items if isinstance(item, str)]
    plain = _plain_numbers(texts)
    if not plain:
        return [parse_criterion(item) for item in items]
    each = iter(plain)
    return [next(each) if isinstance(item, str) else parse_criterion(item) for item in items]


def _plain_numbers(texts: list[str]) -> list[Criterion]:
    """Return the criteria of texts that are all one operator, or none, before a plain number; else nothing."""
    parts = _PARTS.fullmatch(texts[0]) if texts else None
    sign = parts[1] or "" if parts else ""
    operands = [text[len(sign) :] for text in texts]
    digits = "".join(operands).replace(".", "")
    if not (digits.isascii() and digits.isdigit()) or {text[: len(sign)] for text in texts} != {sign}:
        return []
    if max(map(len, operands)) > _LONGEST:
        return []
    try:
        numbers = list(map(float, operands))
    except ValueError:  # nothing at all, or two points
        return []
    shape = _BY_SIGN[sign or "="]
    if shape in {Shape.EQUAL, Shape.DIFFERENT}:
        return [Criterion(sign or "=", number, shape, _rounded(number)) for number in numbers]
    return [Criterion(sign, number, shape, None) for number in numbers]


def parse_criterion(item: object) -> Criterion:
    """Return the criterion that a value stands for."""
    if item is None:
        return _make("=", 0.0)
    return _parse_text(item) if isinstance(item, str) else _make("=", item)


@lru_cache(maxsize=_REMEMBERED)
def _parse_text(item: str) -> Criterion:
    """Return the criterion that a text spells; the ids of customers stand in one table after another."""
    if item and item[0] not in "<>=":
        return _make("=", _operand(item))
    parts = _PARTS.fullmatch(item)
    sign, rest = (parts[1] or "", parts[2]) if parts else ("", item)
    if not rest:
        return _make(sign or "=", None if sign else "")
    return _make(sign, _operand(rest))


def _make(sign: str, operand: object) -> Criterion:
    kind = type(operand)
    shape = _BY_SIGN[sign]
    if sign in _ORDERINGS:
        return Criterion(sign, operand, shape if kind is float else Shape.OTHER, None)
    if operand is None or (isinstance(operand, str) and has_wildcards(operand)):
        return Criterion(sign, operand, Shape.OTHER, None)
    if isinstance(operand, str):
        return Criterion(sign, operand, shape, operand.lower())
    return Criterion(sign, operand, shape, _rounded(operand) if kind is float else (operand,))


def _operand(text: str) -> object:
    """Return the number, logical value or error that a text spells, else the text."""
    if text[0].isalpha() and text[0] not in "TtFf":
        return text
    upper = text.upper()
    if upper in {"TRUE", "FALSE"}:
        return upper == "TRUE"
    if upper in _ERRORS:
        return _ERRORS[upper]
    number = text_number(text)
    return text if number is None else number

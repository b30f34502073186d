"""Criteria of COUNTIF and its relatives: an operator and an operand in one value, such as ``">=5"`` or ``"a*"``.

Without an operator a criterion asks for equality. The operand is read as a number, logical value or error where
it can be; texts are compared without regard to case, and with ``=`` and ``<>`` they may hold wildcards. Three
criteria ask about emptiness: ``""`` is met by blank cells and empty texts, ``"="`` by blank cells only, ``"<>"``
by all that is not blank. A blank cell used as a criterion counts as 0.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from crmbook.formula.distinct import Distinct, criterion_key, distinct, keys, round_number, round_numbers
from crmbook.formula.values import CellError, sort_key, text_number
from crmbook.formula.vector import Tag
from crmbook.formula.wildcards import has_wildcards, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from crmbook.formula.vector import Mask, Vector

_PARTS = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)
_ERRORS = {error.value: error for error in CellError}
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


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion.

    Attributes
    ----------
    operator
        ``=``, ``<>``, ``<``, ``<=``, ``>`` or ``>=``.
    operand
        Number, text, logical value or error; None for "blank only".
    """

    operator: str
    operand: object

    @property
    def shape(self) -> Shape:
        """How the criterion can be answered for many rows at once."""
        if self.operator in _ORDERINGS:
            return Shape(self.operator) if type(self.operand) is float else Shape.OTHER
        if self.operand is None or self._is_pattern():
            return Shape.OTHER
        return Shape(self.operator)

    @property
    def key(self) -> Hashable:
        """The key of the cells that equal the operand."""
        return criterion_key(_sortable(self.operand) if type(self.operand) is float else self.operand)

    def matches(self, cells: Vector) -> Mask:
        """(n,) which cells meet the criterion."""
        shape = self.shape
        if shape in (Shape.EQUAL, Shape.DIFFERENT):
            known = keys(cells, criterion_key)
            equal: Mask = known.codes == known.lookup.get(self.key, -1)
            return equal if shape is Shape.EQUAL else ~equal
        if isinstance(self.operand, float) and shape is not Shape.OTHER:
            bound, numbers = round_number(self.operand), round_numbers(cells.numbers)
            ordered: Mask = (cells.tags == Tag.NUMBER) & _ORDERINGS[self.operator](numbers, bound)
            return ordered
        found = distinct(cells)
        result: Mask = self.meets(found)[found.codes]
        return result

    def meets(self, found: Distinct) -> Mask:
        """(k,) which of a column's distinct items meet the criterion."""
        judge = self._judge()
        return np.fromiter((judge(item) for item in found.items), dtype=bool, count=len(found.items))

    def _is_pattern(self) -> bool:
        return isinstance(self.operand, str) and has_wildcards(self.operand)

    def _judge(self) -> Callable[[object], bool]:
        """Return the question that each item is asked."""
        if self.operator in _ORDERINGS:
            return self._ordered()
        equal = self._equal()
        return equal if self.operator == "=" else lambda item: not equal(item)

    def _equal(self) -> Callable[[object], bool]:
        if self.operand is None:
            return lambda item: item is None
        if self._is_pattern():
            fits = pattern(str(self.operand)).fullmatch
            return lambda item: isinstance(item, str) and fits(item) is not None
        key = self.key
        return lambda item: criterion_key(_sortable(item) if type(item) is float else item) == key

    def _ordered(self) -> Callable[[object], bool]:
        """Return the comparison with values of the operand's own type; others never meet it."""
        if self.operand is None:
            return lambda _: False
        compare, own = _ORDERINGS[self.operator], type(self.operand)
        operand = _sortable(self.operand)
        return lambda item: type(item) is own and bool(compare(_sortable(item), operand))


def _sortable(item: object) -> Any:
    match item:
        case str():
            return sort_key(item)
        case bool() | CellError():
            return item is True
        case float():
            return round_number(item)
    return item


def parse_criterion(item: object) -> Criterion:
    """Return the criterion that a value stands for."""
    if item is None:
        return Criterion("=", 0.0)
    if not isinstance(item, str):
        return Criterion("=", item)
    parts = _PARTS.fullmatch(item)
    sign, rest = (parts[1] or "", parts[2]) if parts else ("", item)
    if not rest:
        return Criterion(sign or "=", None if sign else "")
    return Criterion(sign or "=", _operand(rest))


def _operand(text: str) -> object:
    upper = text.upper()
    if upper in {"TRUE", "FALSE"}:
        return upper == "TRUE"
    if upper in _ERRORS:
        return _ERRORS[upper]
    number = text_number(text)
    return text if number is None else number

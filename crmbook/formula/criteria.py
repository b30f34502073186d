"""Criteria of COUNTIF and its relatives: an operator and an operand in one value, such as ``">=5"`` or ``"a*"``.

Without an operator a criterion asks for equality. The operand is read as a number, logical value or error where
it can be; texts are compared without regard to case, and with ``=`` and ``<>`` they may hold wildcards. Three
criteria ask about emptiness: ``""`` is met by blank cells and empty texts, ``"="`` by blank cells only, ``"<>"``
by all that is not blank. A blank cell used as a criterion counts as 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.distinct import criterion_key, distinct, keys, round_number, round_numbers
from crmbook.formula.values import CellError, text_number
from crmbook.formula.vector import Tag
from crmbook.formula.wildcards import has_wildcards, pattern

if TYPE_CHECKING:
    from collections.abc import Hashable

    from crmbook.formula.vector import Mask, Vector

_PARTS = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)
_ERRORS = {error.value: error for error in CellError}
_ORDERINGS = frozenset({"<", "<=", ">", ">="})


class Shape(StrEnum):
    """How a criterion can be answered for many rows at once."""

    EQUAL = "="
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
        if self.operator == "=" and self.operand is not None and not self._is_pattern():
            return Shape.EQUAL
        if self.operator in _ORDERINGS and isinstance(self.operand, float):
            return Shape(self.operator)
        return Shape.OTHER

    @property
    def key(self) -> Hashable:
        """The key of the cells that meet a criterion of shape `Shape.EQUAL`."""
        return criterion_key(self.operand)

    def matches(self, cells: Vector) -> Mask:
        """(n,) which cells meet the criterion."""
        if self.operator == "<>":
            return ~Criterion("=", self.operand).matches(cells)
        if self.operator == "=":
            return self._equal(cells)
        return self._ordered(cells)

    def _is_pattern(self) -> bool:
        return isinstance(self.operand, str) and has_wildcards(self.operand)

    def _equal(self, cells: Vector) -> Mask:
        if self.operand is None:
            return cells.tags == Tag.BLANK
        if self._is_pattern():
            fits = pattern(str(self.operand)).fullmatch
            found = distinct(cells)
            hits = np.array([isinstance(item, str) and bool(fits(item)) for item in found.items], dtype=bool)
            return hits[found.codes]
        known = keys(cells, criterion_key)
        return known.codes == known.lookup.get(self.key, -1)

    def _ordered(self, cells: Vector) -> Mask:
        match self.operand:
            case bool():
                return (cells.tags == Tag.BOOLEAN) & _order(self.operator, cells.numbers, float(self.operand))
            case float():
                numbers = round_numbers(cells.numbers)
                return (cells.tags == Tag.NUMBER) & _order(self.operator, numbers, round_number(self.operand))
            case str():
                found = distinct(cells)
                hits = [isinstance(item, str) and self._text_order(item) for item in found.items]
                return np.array(hits, dtype=bool)[found.codes]
        return np.zeros(cells.size, dtype=bool)

    def _text_order(self, item: str) -> bool:
        left, right = item.lower(), str(self.operand).lower()
        return bool(_order(self.operator, np.array([(left > right) - (left < right)]), 0.0)[0])


def _order(operator: str, left: np.ndarray[tuple[int], np.dtype[np.float64]], right: float) -> Mask:
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right


def parse_criterion(item: object) -> Criterion:
    """Return the criterion that a value stands for."""
    if item is None:
        return Criterion("=", 0.0)
    if not isinstance(item, str):
        return Criterion("=", item)
    parts = _PARTS.fullmatch(item)
    operator, rest = (parts[1] or "", parts[2]) if parts else ("", item)
    if not rest:
        return Criterion(operator or "=", None if operator else "")
    return Criterion(operator or "=", _operand(rest))


def _operand(text: str) -> object:
    upper = text.upper()
    if upper in {"TRUE", "FALSE"}:
        return upper == "TRUE"
    if upper in _ERRORS:
        return _ERRORS[upper]
    number = text_number(text)
    return text if number is None else number

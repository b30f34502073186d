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
from crmbook.formula.values import ALL_DIGITS, CellError, sort_key, text_number
from crmbook.formula.vector import Tag, Vector, factorize
from crmbook.formula.wildcards import has_wildcards, pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.formula.vector import Indices, Mask, Numbers

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
            fits = pattern(str(self.operand)).fits
            return lambda item: isinstance(item, str) and fits(item)
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


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Asked:
    """Distinct criteria, as columns.

    Attributes
    ----------
    shapes
        (k,) how each can be answered, by position in `Shape`.
    keys
        The keys of those that ask for equality or difference.
    bounds
        (k,) the operands of those that order numbers, at 15 significant digits.
    criterion
        Returns the criterion at a position.
    """

    shapes: Indices
    keys: list[Hashable]
    bounds: Numbers
    criterion: Callable[[int], Criterion]

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of a column, one per row.

    Attributes
    ----------
    codes
        (n,) for each row, the index of its criterion.
    asked
        The distinct criteria.
    """

    codes: Indices
    asked: Asked


_SHAPES = {shape: position for position, shape in enumerate(Shape)}
_criteria: WeakKeyDictionary[Vector, Criteria] = WeakKeyDictionary()


def criteria(vector: Vector) -> Criteria:
    """Return what the values of a vector ask for, each distinct one read once (remembered)."""
    known = _criteria.get(vector)
    if known is None:
        found = distinct(vector)
        known = _criteria[vector] = Criteria(
            found.codes, _plain_numbers(found.items) or _parse_all(found.items)
        )
    return known


def bounds(sign: str, operands: Vector) -> Vector | None:
    """Return what stands for the criteria ``sign & operand``, whose operands need not be spelled and read again.

    None where `sign` orders nothing, or where the operands are anything but a column of numbers.
    """
    if sign not in _ORDERINGS or operands.size < 2 or not operands.only(Tag.NUMBER):
        return None
    codes, numbers = factorize(operands.numbers)
    shape, read = _BY_SIGN[sign], _as_spelled(numbers)
    asked = Asked(
        np.full(len(read), _SHAPES[shape], dtype=np.intp),
        [None] * len(read),
        round_numbers(read),
        lambda position: Criterion(sign, float(read[position]), shape, None),
    )
    result = Vector(operands.tags, operands.numbers)
    _criteria[result] = Criteria(codes, asked)
    return result


def _as_spelled(numbers: Numbers) -> Numbers:
    """(n,) numbers as they come back from their text, which has 15 significant digits."""
    read = numbers.copy()
    longer = np.flatnonzero((numbers != np.rint(numbers)) | (np.abs(numbers) >= ALL_DIGITS))
    read[longer] = [float(f"{number:.15g}") for number in numbers[longer].tolist()]
    return read


def _parse_all(values: list[object]) -> Asked:
    """Return what each value asks for."""
    items = [parse_criterion(value) for value in values]
    operands = [item.operand if isinstance(item.operand, float) else 0.0 for item in items]
    return Asked(
        np.array([_SHAPES[item.shape] for item in items], dtype=np.intp),
        [item.key for item in items],
        round_numbers(np.array(operands, dtype=np.float64)),
        items.__getitem__,
    )


def _plain_numbers(values: list[object]) -> Asked | None:
    """Return what values ask for that are all one operator, or none, before a plain number.

    A column of ids, or of one bound for each row, is read at once that way. None if they are anything else.
    """
    texts = [value for value in values if isinstance(value, str)]
    if not texts or len(texts) < len(values):
        return None
    parts = _PARTS.fullmatch(texts[0])
    sign = parts[1] or "" if parts else ""
    if not all(text.startswith(sign) for text in texts):
        return None
    operands = [text[len(sign) :] for text in texts] if sign else texts
    digits = "".join(operands).replace(".", "")
    if not (digits.isascii() and digits.isdigit()) or max(map(len, operands)) > _LONGEST:
        return None
    try:
        numbers = list(map(float, operands))
    except ValueError:  # nothing at all, or two points
        return None
    shape, rounded = _BY_SIGN[sign or "="], round_numbers(np.array(numbers))
    keys = rounded.tolist() if shape in {Shape.EQUAL, Shape.DIFFERENT} else [None] * len(numbers)
    return Asked(
        np.full(len(numbers), _SHAPES[shape], dtype=np.intp),
        keys,
        rounded,
        lambda position: Criterion(sign or "=", numbers[position], shape, keys[position]),
    )


def parse_criterion(item: object) -> Criterion:
    """Return the criterion that a value stands for."""
    if item is None:
        return _make("=", 0.0)
    return _parse_text(item) if isinstance(item, str) else _make("=", item)


@lru_cache(maxsize=_REMEMBERED)
def _parse_text(item: str) -> Criterion:
    """Return the criterion that a text spells; the ids of customers occur in one table after another."""
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

"""A column of cell values as arrays: the one representation in which formulas are computed.

A `Vector` holds, element by element, a tag (the type), a number and perhaps a text. A column of plain numbers is
two arrays and is computed without looking at single elements; text, blanks, logical and error values are
distinguished by their tags. A vector of one element stands for every row: constants stay that small until they meet a
column. An `Area` is what a range refers to: adjacent whole columns.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crmbook.formula.values import ERRORS, CellError, to_serial

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Tags = npt.NDArray[np.int8]
Numbers = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
Values = TypeVar("Values", Numbers, Texts)


class Tag:
    """The type of one element; numbers, texts and logical values compare in this order.

    Plain integers: an array is compared with one five times as fast as with the member of an enumeration.
    """

    BLANK: Final = 0
    NUMBER: Final = 1
    TEXT: Final = 2
    BOOLEAN: Final = 3
    ERROR: Final = 4


_SHORT: Final = 100
"""Elements up to which a dictionary sorts out a column sooner than pandas does."""
TAGS: Final = (Tag.BLANK, Tag.NUMBER, Tag.TEXT, Tag.BOOLEAN, Tag.ERROR)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Vector:
    """Values of one column, or one value for all rows.

    Attributes
    ----------
    tags
        (n,) the types.
    numbers
        (n,) numbers; 1 or 0 for logical values, the error's number for errors, 0 for the rest.
    texts
        (n,) texts, ``""`` where there is none; None if the vector holds no text at all.
    cell
        Whether the values were read from cells, or (n,) which of them were: aggregates leave out the text and
        logical values among those.
    """

    tags: Tags
    numbers: Numbers
    texts: Texts | None = None
    cell: bool | Mask = False

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self.tags)

    def only(self, *tags: int) -> bool:
        """Return whether all elements are of the given types."""
        # A tag is a byte, and most columns are short: bytes are searched sooner than an array is compared.
        return not self.tags.tobytes().translate(None, bytes(tags))

    def has(self, tag: int) -> bool:
        """Return whether some element is of the given type."""
        return tag in self.tags.tobytes()

    def words(self) -> Texts:
        """(n,) texts, ``""`` where an element is none."""
        return empty_texts(self.size) if self.texts is None else self.texts

    def take(self, indices: Indices | Mask) -> Vector:
        """Return the elements at `indices`."""
        texts = None if self.texts is None else self.texts[indices]
        cell = self.cell if isinstance(self.cell, bool) else self.cell[indices]
        return Vector(self.tags[indices], self.numbers[indices], texts, cell)

    def broadcast(self, size: int) -> Vector:
        """Return the vector with `size` elements, if it has one; else as it is."""
        if self.size == size or self.size != 1:
            return self
        return self.take(np.zeros(size, dtype=np.intp))

    def as_cell(self) -> Vector:
        """Return the same values, marked as read from cells."""
        return self if self.cell is True else replace(self, cell=True)

    def item(self, index: int) -> object:
        """Return one element: float, str, bool, `CellError` or None."""
        match self.tags[index]:
            case Tag.NUMBER:
                return float(self.numbers[index])
            case Tag.TEXT:
                return self.words()[index]
            case Tag.BOOLEAN:
                return bool(self.numbers[index])
            case Tag.ERROR:
                return ERRORS[int(self.numbers[index])]
        return None


@dataclass(frozen=True, eq=False, slots=True)
class Area:
    """What a range refers to: one or more columns of equal height."""

    columns: tuple[Vector, ...]

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.columns[0].size

    def flat(self) -> Vector:
        """Return all cells as one vector, row by row."""
        if len(self.columns) == 1:
            return self.columns[0]
        merged = concatenate(self.columns)
        order = np.arange(merged.size).reshape(len(self.columns), self.height).T.ravel()
        return merged.take(order)


def empty_texts(size: int) -> Texts:
    """(size,) empty texts."""
    texts = np.empty(size, dtype=object)
    texts.fill("")
    return texts


def text_array(words: Iterable[str]) -> Texts:
    """Return texts as an array of objects."""
    items = words if isinstance(words, list) else list(words)
    texts = np.empty(len(items), dtype=object)
    texts[:] = items
    return texts


def of_numbers(numbers: npt.ArrayLike) -> Vector:
    """Return a vector of numbers; what is not finite becomes ``#NUM!``."""
    values = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
    tags = np.full(values.shape, Tag.NUMBER, dtype=np.int8)
    bad = ~np.isfinite(values)
    if bad.any():
        values = np.where(bad, CellError.NUM.number, values)
        tags[bad] = Tag.ERROR
    return Vector(tags, values)


def of_booleans(mask: npt.ArrayLike) -> Vector:
    """Return a vector of logical values."""
    values = np.atleast_1d(np.asarray(mask, dtype=np.float64))
    return Vector(np.full(values.shape, Tag.BOOLEAN, dtype=np.int8), values)


def of_texts(words: Texts | Iterable[str]) -> Vector:
    """Return a vector of texts."""
    texts = words if isinstance(words, np.ndarray) else text_array(words)
    return Vector(np.full(texts.shape, Tag.TEXT, dtype=np.int8), np.zeros(texts.shape), texts)


def of_error(error: CellError, size: int = 1) -> Vector:
    """Return a vector that holds the same error everywhere."""
    return Vector(np.full(size, Tag.ERROR, dtype=np.int8), np.full(size, float(error.number)))


def of_items(items: Sequence[Any]) -> Vector:
    """Return a vector of Python values, each of its own type; NaN and NaT are blank."""
    types = set(map(type, items))
    if types <= {str}:
        return of_texts(text_array(list(items)))
    if types <= {int}:
        return of_numbers(items)
    if types <= _PLAIN.keys():
        return _of_plain(items)
    tags = np.zeros(len(items), dtype=np.int8)
    numbers = np.zeros(len(items))
    texts: Texts | None = None
    for index, item in enumerate(items):
        tag, value = classify(item)
        tags[index] = tag
        if isinstance(value, str):
            texts = empty_texts(len(items)) if texts is None else texts
            texts[index] = value
        else:
            numbers[index] = value
    return Vector(tags, numbers, texts)


_PLAIN = {type(None): Tag.BLANK, float: Tag.NUMBER, str: Tag.TEXT, bool: Tag.BOOLEAN}


def _of_plain(items: Sequence[Any]) -> Vector:
    """Return a vector of values whose types say all; NaN is blank, what is not finite ``#NUM!``."""
    tags = np.fromiter(map(_PLAIN.__getitem__, map(type, items)), np.int8, len(items))
    values = text_array(list(items))
    numbers = np.zeros(len(items))
    counted = (tags == Tag.NUMBER) | (tags == Tag.BOOLEAN)
    numbers[counted] = values[counted].astype(np.float64)
    blank, wild = np.isnan(numbers), np.isinf(numbers)
    tags[blank], numbers[blank] = Tag.BLANK, 0.0
    tags[wild], numbers[wild] = Tag.ERROR, CellError.NUM.number
    texts = None
    if (tags == Tag.TEXT).any():
        texts = empty_texts(len(items))
        texts[tags == Tag.TEXT] = values[tags == Tag.TEXT]
    return Vector(tags, numbers, texts)


def classify(item: Any) -> tuple[int, float | str]:
    """Return the tag and the number or text of one Python value.

    Raises
    ------
    TypeError
        If it is of a type that no cell holds.
    """
    match item:
        case None:
            return Tag.BLANK, 0.0
        case str():
            return Tag.TEXT, item
        case bool() | np.bool_():
            return Tag.BOOLEAN, float(item)
        case float() | int() | np.integer() | np.floating():
            return _classify_number(float(item))
        case CellError():
            return Tag.ERROR, float(item.number)
        case _ if item is pd.NaT or item is pd.NA:
            return Tag.BLANK, 0.0
        case dt.date():
            return _classify_date(item)
        case np.datetime64():
            return classify(None if np.isnat(item) else item.astype("datetime64[us]").item())
    raise TypeError(type(item))


def _classify_number(number: float) -> tuple[int, float]:
    if math.isnan(number):
        return Tag.BLANK, 0.0
    return (Tag.NUMBER, number) if math.isfinite(number) else (Tag.ERROR, float(CellError.NUM.number))


def _classify_date(day: dt.date) -> tuple[int, float]:
    try:
        return Tag.NUMBER, to_serial(day)
    except ValueError:
        return Tag.ERROR, float(CellError.NUM.number)


def factorize(values: Values) -> tuple[Indices, Values]:
    """(n,) the position of each element among the distinct ones, and these in order of appearance; none is NaN.

    A short column goes through a dictionary, which is done before pandas has begun.
    """
    if len(values) > _SHORT:
        codes, distinct = pd.factorize(values)
        return codes, distinct
    positions: dict[Any, int] = {}
    found = [positions.setdefault(value, len(positions)) for value in values.tolist()]
    return np.array(found, dtype=np.intp), np.array([*positions], dtype=values.dtype)


def concatenate(vectors: Sequence[Vector]) -> Vector:
    """Return the vectors one after the other."""
    texts = None
    if any(vector.texts is not None for vector in vectors):
        texts = np.concatenate([vector.words() for vector in vectors])
    return Vector(
        np.concatenate([vector.tags for vector in vectors]),
        np.concatenate([vector.numbers for vector in vectors]),
        texts,
        all(vector.cell is True for vector in vectors),
    )


def common_size(vectors: Sequence[Vector]) -> int:
    """Return the number of rows that the vectors make together."""
    sizes = {vector.size for vector in vectors} - {1}
    return sizes.pop() if sizes else 1


def align(*vectors: Vector) -> list[Vector]:
    """Return the vectors with one common number of elements."""
    size = common_size(vectors)
    return [vector.broadcast(size) for vector in vectors]


def pick(choice: Indices, options: Sequence[Vector]) -> Vector:
    """Return for each row the element of the option that `choice` names.

    Parameters
    ----------
    choice
        (n,) or (1,) indices into `options`.
    options
        Vectors of n elements or one.
    """
    size = common_size([*options, Vector(np.zeros(len(choice), np.int8), np.zeros(len(choice)))])
    choice = np.broadcast_to(choice, size)
    tags, numbers = np.zeros(size, dtype=np.int8), np.zeros(size)
    texts = empty_texts(size) if any(option.texts is not None for option in options) else None
    cell = np.zeros(size, dtype=bool)
    for index, option in enumerate(options):
        rows = np.flatnonzero(choice == index)
        if not rows.size:
            continue
        source = rows if option.size != 1 else np.zeros(rows.size, dtype=np.intp)
        tags[rows], numbers[rows] = option.tags[source], option.numbers[source]
        cell[rows] = option.cell if isinstance(option.cell, bool) else option.cell[source]
        if texts is not None and option.texts is not None:
            texts[rows] = option.texts[source]
    return Vector(tags, numbers, texts, _alike(cell))


def choose(mask: Mask, when: Vector, otherwise: Vector) -> Vector:
    """Return `when` where `mask` holds, else `otherwise`."""
    texts = None
    if when.texts is not None or otherwise.texts is not None:
        texts = np.where(mask, when.words(), otherwise.words())
    tags, numbers = np.where(mask, when.tags, otherwise.tags), np.where(mask, when.numbers, otherwise.numbers)
    cell = np.broadcast_to(np.where(mask, when.cell, otherwise.cell), tags.shape)
    return Vector(tags, numbers, texts, _alike(cell))


def _alike(cell: Mask) -> bool | Mask:
    """Return whether elements were read from cells, in one word where it is the same for all."""
    return bool(cell[0]) if len(cell) and (cell == cell[0]).all() else cell


def error_codes(*vectors: Vector) -> npt.NDArray[np.int8] | None:
    """(n,) the number of each row's first error, 0 where there is none; None if there is no error at all."""
    failing = [vector for vector in vectors if vector.has(Tag.ERROR)]
    if not failing:
        return None
    codes = np.zeros(common_size(vectors), dtype=np.int8)
    for vector in failing:
        here = (vector.tags == Tag.ERROR) & (codes == 0)
        codes = np.where(here, vector.numbers, codes).astype(np.int8)
    return codes


def overlay(result: Vector, codes: npt.NDArray[np.int8] | None) -> Vector:
    """Return `result` with the errors of `codes` put in; see `error_codes`."""
    if codes is None or not codes.any():
        return result
    size = max(result.size, len(codes)) if min(result.size, len(codes)) else 0
    result, bad = result.broadcast(size), np.broadcast_to(codes, size) > 0
    tags = np.where(bad, Tag.ERROR, result.tags).astype(np.int8)
    numbers = np.where(bad, codes, result.numbers)
    texts = None if result.texts is None else np.where(bad, "", result.texts)
    return Vector(tags, numbers, texts, result.cell)


def fail_where(result: Vector, mask: Mask, error: CellError) -> Vector:
    """Return `result` with `error` put in where `mask` holds."""
    return overlay(result, np.where(mask, error.number, 0).astype(np.int8)) if mask.any() else result

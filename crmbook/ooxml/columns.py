"""Columns of values as the text of cells: what the bulk writer puts into the holes of its rows.

Model. A cell of a block of rows is ``<c r="A7" s="3"`` followed by its *tail*. All values of one type share one
tail, in which a `HOLE` is where the value's text goes (``f`` is the column's ``<f>…</f>``, if it has one)::

    number, date     ``>f<v>·</v></c>``
    text             `` t="s"><v>·</v></c>``; below a formula `` t="str">f<v>·</v></c>``
    truth value      `` t="b">f<v>·</v></c>``
    error value      `` t="e">f<v>·</v></c>``
    blank            ``/>``; below a formula `` t="str">f<v></v></c>``: a formula that shows nothing

A column whose values all have one type is thus its tail and a list of short texts. As soon as a column proves to be
mixed, its tail is a bare hole and each of its texts brings its own tail along.

Cell types: ECMA-376 part 1, 18.18.11 (``ST_CellType``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from math import isfinite, isnan
from numbers import Integral, Real
from types import NoneType
from typing import Any

from crmbook.ooxml.dates import serial
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.textindex import contents
from crmbook.ooxml.values import CellError, checked, kept_digits

HOLE = "\x02"
"""Stands where a value's text goes. XML forbids the character, so no value can hold it."""

Texts = Callable[[list[Any]], list[str]]
"""Turns values of one type into what is between ``<v>`` and ``</v>``."""

Form = tuple[str, Texts]
"""Tail of the cells of one type, and what makes the texts for its hole."""


@dataclass(frozen=True, slots=True)
class ColumnFill:
    """One column of the rows to write.

    Parameters
    ----------
    values
        One value a row: None (blank), str, int, float, bool, date, datetime or `CellError`; a list, a tuple, a NumPy
        array or a pandas Series. In arrays and Series NaN, NaT and NA are blanks; in other sequences NaN is refused.
    formula
        Written into every row, without its ``=``, as the file spells it; `values` are then its cached results.
    style
        Index of the cells' style; None takes the style of the template row's cell.
    """

    values: Sequence[Any]
    formula: str | None = None
    style: int | None = None


class ColumnEncoder:
    """Turns the values of one column into tails and texts, block after block.

    Parameters
    ----------
    fill
        The column.
    indexes
        Gives the index in the shared strings, as text, of each text.
    date1904
        Whether serial numbers count from 1904.
    """

    def __init__(self, fill: ColumnFill, indexes: Texts, *, date1904: bool) -> None:
        self._values = fill.values
        self._forms = _forms(fill.formula, indexes, partial(serial, date1904=date1904))
        self._tail: str | None = None

    def encode(self, first: int, stop: int) -> tuple[str, list[str]]:
        """Return the tail of the cells `first` to ``stop - 1`` and what is in the hole of each.

        Where the tail has no hole, the texts are empty.

        Raises
        ------
        EditError
            Why a value cannot be stored.
        """
        values, kinds = plain_values(self._values, first, stop)
        tails = {self._forms[kind][0] for kind in kinds}
        if self._tail is None and len(tails) == 1:
            (self._tail,) = tails
        if tails != {self._tail}:
            self._tail = HOLE
        return self._tail or HOLE, self._texts(values, kinds)

    def _texts(self, values: list[Any], kinds: set[type]) -> list[str]:
        """Return what is in the holes; the values of each type are encoded in one go."""
        if len(kinds) == 1 and self._tail != HOLE:
            return self._forms[kinds.pop()][1](values)
        queues = {}
        for kind in kinds:
            tail, texts_of = self._forms[kind]
            texts = texts_of([value for value in values if type(value) is kind])
            if self._tail == HOLE:
                opening, _, closing = tail.partition(HOLE)
                texts = [f"{opening}{text}{closing}" for text in texts]
            queues[kind] = iter(texts)
        return [next(queues[type(value)]) for value in values]


def plain_values(column: Sequence[Any], first: int, stop: int) -> tuple[list[Any], set[type]]:
    """Return values `first` to ``stop - 1`` of a column, as exactly the types that a cell can hold, and these types.

    Raises
    ------
    EditError
        ``ooxml.unsupported-value`` or ``ooxml.date-out-of-range``.
    """
    is_array = hasattr(column, "dtype")
    values = _listed(column, first, stop) if is_array else list(column[first:stop])
    kinds = set(map(type, values))
    if not kinds <= _EXACT:
        values = list(map(_exact, values))
        kinds = set(map(type, values))
    if is_array and float in kinds:
        values = _without_nan(values, kinds)
        kinds = set(map(type, values))
    return values, kinds


def _listed(array: Any, first: int, stop: int) -> list[Any]:
    """Return a part of a NumPy array, a Series or an index as a list, its dates as dates."""
    part = getattr(array, "iloc", array)[first:stop]
    part = part.to_numpy() if hasattr(part, "to_numpy") else part
    if part.dtype.kind == "m":
        raise EditError("ooxml.unsupported-value", type=str(part.dtype))
    values: list[Any] = _moments(part) if part.dtype.kind == "M" else part.tolist()
    return values


def _without_nan(values: list[Any], kinds: set[type]) -> list[Any]:
    numbers = values if kinds == {float} else [value for value in values if type(value) is float]
    if not isnan(sum(numbers)):
        return values
    return [None if type(value) is float and isnan(value) else value for value in values]


def _forms(formula: str | None, indexes: Texts, serial_of: Callable[[date], float]) -> dict[type, Form]:
    below = "" if formula is None else f"<f>{contents([formula])[0]}</f>"
    text = ("s", indexes) if formula is None else ("str", contents)
    number = f">{below}<v>{HOLE}</v></c>"

    def typed(kind: str, texts: Texts) -> Form:
        return f' t="{kind}"{number}', texts

    return {
        NoneType: ("/>" if formula is None else f' t="str">{below}<v></v></c>', _no_texts),
        bool: typed("b", lambda values: ["1" if value else "0" for value in values]),
        int: (number, _integer_texts),
        float: (number, _float_texts),
        str: typed(*text),
        date: (number, _Serials(serial_of).texts),
        datetime: (number, lambda values: _float_texts(list(map(serial_of, values)))),
        CellError: typed("e", lambda values: list(map(str, values))),
    }


class _Serials(dict[date, str]):
    """The serial number of every date met so far: the days of a lifetime are few."""

    def __init__(self, serial_of: Callable[[date], float]) -> None:
        super().__init__()
        self._serial_of = serial_of

    def __missing__(self, day: date) -> str:
        text = self[day] = str(self._serial_of(day))
        return text

    def texts(self, days: list[date]) -> list[str]:
        """Return the serial numbers of `days`."""
        return list(map(self.__getitem__, days))


def _integer_texts(values: list[Any]) -> list[str]:
    _refuse_infinite(values)
    return list(map(repr, values))


def _float_texts(values: list[Any]) -> list[str]:
    """Return each number as `crmbook.ooxml.values.written_number` does."""
    _refuse_infinite(values)
    return [text.removesuffix(".0") if len(text) < 16 else _long_text(text) for text in map(repr, values)]


def _long_text(text: str) -> str:
    return kept_digits(text).removesuffix(".0")


def _refuse_infinite(values: list[Any]) -> None:
    if _is_finite(values):
        return
    for value in values:  # or only their sum is beyond the largest float
        if not _is_finite([value]):
            raise EditError("ooxml.not-finite", value=str(value)[:20])


def _is_finite(numbers: list[Any]) -> bool:
    try:
        return isfinite(sum(numbers))
    except OverflowError:  # an int beyond the largest float
        return False


def _no_texts(values: list[Any]) -> list[str]:
    return [""] * len(values)


_EXACT = frozenset({NoneType, bool, int, float, str, date, datetime, CellError})
_BLANKS = frozenset({"NaTType", "NAType"})  # pandas' own, known by name because pandas may not be there


def _exact(value: Any) -> Any:
    """Return a value of a subclass or another library, such as ``numpy.float64`` or ``Timestamp``, as its plain type."""
    if type(value) in _EXACT:
        return value
    if type(value).__name__ in _BLANKS:
        return None
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, datetime):
        return datetime.combine(value.date(), value.timetz())
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    return checked(value)


def _moments(array: Any) -> list[Any]:
    """Return the dates of a datetime64 array, or datetimes if one of them has a time; NaT as None."""
    days = array.astype("datetime64[D]")
    whole = ((days == array) | (array != array)).all()  # noqa: PLR0124 - NaT is unequal to itself
    values: list[Any] = (days if whole else array.astype("datetime64[us]")).tolist()
    if int in set(map(type, values)):  # how NumPy spells years that Python's dates do not reach
        raise EditError("ooxml.date-out-of-range")
    return values

"""The cells of one sheet as its part stores them: by column and type, texts still numbers of shared strings.

Nothing but the part's rows is needed for it, so that another process can do it (`crmbook.read.apart`).
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.ooxml import OoxmlError, Passed, decode, unescape
from crmbook.read.alike import AlikeRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.ooxml import Body
    from crmbook.read.strips import Strip
    from crmbook.read.tags import CellTags

    Rows = np.ndarray[tuple[int], np.dtype[np.int32]]
    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]

_REMEMBERED: Final = 100_000
_SURROGATE = re.compile(rb"_x[dD][89a-fA-F]")
_IN_NUMBERS: Final = b"0123456789.eE+-"


class NotPlainError(Exception):
    """The sheet must be read by others."""


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The cells of one sheet; columns are counted from 0, rows from 1.

    Attributes
    ----------
    shared
        Column → rows, and the numbers of the shared strings in them.
    numbers
        Column → rows, the numbers in them, and their formats.
    others
        Column → rows, and the truth values or the texts that formulas gave; None for an empty one.
    formulas
        Column → rows whose cell holds a formula, in order.
    slow
        Rows that must be looked at cell by cell.
    height
        Last row with a cell.
    passed
        What is known of the part's rows.
    """

    shared: dict[int, tuple[Rows, Rows]]
    numbers: dict[int, tuple[Rows, Floats, Rows]]
    others: dict[int, tuple[Rows, list[Any]]]
    formulas: dict[int, Rows]
    slow: frozenset[int]
    height: int
    passed: Passed

    @property
    def columns(self) -> list[int]:
        """The columns that hold values."""
        return sorted({*self.shared, *self.numbers, *self.others})

    def last_row(self, column: int) -> int:
        """Return the last row in which a column holds a value."""
        kinds: tuple[dict[int, Any], ...] = (self.shared, self.numbers, self.others)
        return max((int(kind[column][0].max(initial=0)) for kind in kinds if column in kind), default=0)


def read_cells(body: Body) -> SheetCells | None:
    """Return the cells of a worksheet's part; None where it is not plain."""
    if body.prefix:
        return None
    gathered, rows = _Gathered(), AlikeRows()
    try:
        for run in body.runs():
            cells = rows.read(run)
            if cells is None:
                return None
            gathered.add(cells)
        return gathered.cells(body.tail)
    except (NotPlainError, OoxmlError):
        return None


class _Gathered:
    """The cells of one sheet while its runs come in."""

    def __init__(self) -> None:
        self._is_bare = True
        self._slow: set[int] = set()
        self._shared: dict[int, list[tuple[Rows, Rows]]] = {}
        self._numbers: dict[int, list[tuple[Rows, Floats, Rows]]] = {}
        self._others: dict[int, list[tuple[Rows, list[Any]]]] = {}
        self._formulas: dict[int, list[Rows]] = {}
        self._texts = _FormulaTexts()
        self._rows: list[tuple[array[int], array[int]]] = []
        self._last = self._height = 0

    def add(self, cells: CellTags) -> None:
        """Take the cells of one more run."""
        if cells.numbers[0] <= self._last:
            raise NotPlainError
        self._last = int(cells.numbers[-1])
        self._rows.append((_array(cells.begins), _array(cells.numbers)))
        self._is_bare &= cells.is_bare
        for strip in cells.strips:
            self._add(strip, strip.rows.astype(np.int32))

    def _add(self, strip: Strip, rows: Rows) -> None:
        """Take the cells of a strip, and note the rows that must be looked at cell by cell."""
        self._height = max(self._height, int(rows[-1]))
        if strip.has_formula:
            self._formulas.setdefault(strip.column, []).append(rows)
        if strip.kind == b"e" or not strip.has_value:
            self._slow.update(rows.tolist())
        elif strip.kind == b"s":
            indexes = strip.indexes()
            if indexes is None:
                raise NotPlainError
            self._shared.setdefault(strip.column, []).append((rows, indexes.astype(np.int32)))
        elif strip.kind == b"n":
            filled = strip.filled()
            found = (filled.rows.astype(np.int32), _numbers(filled.texts()), filled.styles.astype(np.int32))
            self._numbers.setdefault(strip.column, []).append(found)
        else:
            self._others.setdefault(strip.column, []).append((rows, self._decoded(strip)))

    def _decoded(self, strip: Strip) -> list[Any]:
        if strip.kind == b"str":
            return list(map(self._texts.__getitem__, strip.texts()))
        if strip.kind == b"b":
            return [_truth(raw) for raw in strip.texts()]
        raise NotPlainError

    def cells(self, tail: bytes) -> SheetCells:
        """Return all that was added."""
        return SheetCells(
            shared={column: _joined(parts) for column, parts in self._shared.items()},
            numbers={column: _joined(parts) for column, parts in self._numbers.items()},
            others={
                column: (np.concatenate([rows for rows, _ in parts]), [item for _, items in parts for item in items])
                for column, parts in self._others.items()
            },
            formulas={column: np.sort(np.concatenate(parts)) for column, parts in self._formulas.items()},
            slow=frozenset(self._slow),
            height=self._height,
            passed=Passed(self._rows, tail, has_attributes=not self._is_bare),
        )  # fmt: skip


def _joined(parts: Iterable[tuple[Any, ...]]) -> Any:
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _array(numbers: Positions) -> array[int]:
    return array("i", numbers.astype(np.int32).tobytes())


def _numbers(texts: list[bytes]) -> Floats:
    if b"".join(texts).translate(None, _IN_NUMBERS):
        raise NotPlainError
    try:
        numbers = np.array(list(map(float, texts)), dtype=np.float64)
    except ValueError:
        raise NotPlainError from None
    if not np.isfinite(numbers).all():
        raise NotPlainError
    return numbers


class _FormulaTexts(dict[bytes, str | None]):
    """The texts that formulas gave, by what is stored; few are different, and only the latest are remembered."""

    def __missing__(self, raw: bytes) -> str | None:
        """Decode a text that was not met before."""
        if len(self) >= _REMEMBERED:
            self.clear()
        self[raw] = found = _formula_text(raw)
        return found


def _formula_text(raw: bytes) -> str | None:
    """Return the text that a formula gave."""
    if b"&" in raw or b"_x" in raw or b"\r" in raw:
        if b"\r" in raw or _SURROGATE.search(raw):
            raise NotPlainError
        return decode(unescape(raw)) or None
    try:
        return raw.decode() or None
    except UnicodeDecodeError:
        raise NotPlainError from None


def _truth(raw: bytes) -> bool:
    if raw not in {b"0", b"1"}:
        raise NotPlainError
    return raw == b"1"

"""Sheets as office programs write them, read column by column in arrays: many times what reading cells one by one does.

The values are those that calamine gives, to the last bit; a sheet that is written in any other way than the plain one
(`crmbook.read.tags`) is left to calamine.
"""

from __future__ import annotations

import re
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.ooxml import OoxmlError
from crmbook.ooxml.text import decode
from crmbook.ooxml.xml import unescape
from crmbook.read.alike import AlikeRows
from crmbook.read.calendar import Calendar
from crmbook.read.grid import Grid, is_filled
from crmbook.read.hashing import Seed, of_numbers, of_texts, of_values, total
from crmbook.read.hidden import Hidden, add_cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.ooxml import Package
    from crmbook.read.hashing import Numbers
    from crmbook.read.strips import Strip
    from crmbook.read.tags import CellTags

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Places = np.ndarray[tuple[int], np.dtype[np.intp]]
    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

_STRINGS: Final = "xl/sharedStrings.xml"
_REMEMBERED: Final = 100_000
_SURROGATE = re.compile(rb"_x[dD][89a-fA-F]")
_IN_NUMBERS: Final = b"0123456789.eE+-"


class _NotPlainError(Exception):
    """The sheet must be read by others."""


class PlainReader:
    """Reads the plain sheets of one package."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._calendar: Calendar | None = None

    def read(self, title: str) -> tuple[Grid, Hidden] | None:
        """Return what stands in a sheet and what calamine would hide of it; None where the sheet is not plain."""
        sheet = self._package.sheet(title)
        if sheet.prefix or sheet.is_changed:
            return None
        reading, rows = _SheetReading(), AlikeRows()
        try:
            for run in sheet.body.runs():
                cells = rows.read(run)
                if cells is None:
                    return None
                reading.add(cells)
            if reading.is_bare:
                sheet.body.has_bare_formulas()
            grid = reading.grid(self, Seed(title))
        except (_NotPlainError, OoxmlError):
            return None
        add_cells(reading.hidden, sheet, reading.slow)
        return grid, reading.hidden

    @property
    def calendar(self) -> Calendar:
        """What numbers are under the styles of the package."""
        if self._calendar is None:
            self._calendar = Calendar(self._package)
        return self._calendar

    @cached_property
    def texts(self) -> Items:
        """The shared strings as calamine gives them; empty ones are blank."""
        texts = self._package.trimmed_texts(_STRINGS)
        if texts is None:
            raise _NotPlainError
        return _objects([text or None for text in texts])

    @cached_property
    def text_numbers(self) -> Numbers:
        """The number of each shared string, for the sum of cells."""
        return of_texts(_objects([text or "" for text in self.texts.tolist()]), distinct=True)

    @cached_property
    def filled_texts(self) -> Mask:
        """Which shared strings are no blanks."""
        return is_filled(self.texts)


class _SheetReading:
    """The cells of one sheet while its rows come in, sorted by column and by how they are stored."""

    def __init__(self) -> None:
        self.is_bare = True
        self.hidden = Hidden()
        self.slow: set[int] = set()
        self._shared: dict[int, list[tuple[Places, Places]]] = {}
        self._numbers: dict[int, list[tuple[Places, Floats, Places]]] = {}
        self._others: dict[int, list[tuple[Places, Items]]] = {}
        self._formulas: dict[int, list[Places]] = {}
        self._formula_texts = _FormulaTexts()
        self._last = self._height = 0

    def add(self, cells: CellTags) -> None:
        """Take the cells of one more run."""
        if cells.first <= self._last:
            raise _NotPlainError
        self._last = cells.last
        self.is_bare &= cells.is_bare
        for strip in cells.strips:
            self._add(strip)

    def _add(self, strip: Strip) -> None:
        """Take the cells of a strip, and note the rows that must be looked at cell by cell."""
        self._height = max(self._height, int(strip.rows[-1]))
        if strip.has_formula:
            self._formulas.setdefault(strip.column, []).append(strip.rows)
        if strip.kind == b"e" or not strip.has_value:
            self.slow.update(strip.rows.tolist())
            return
        if strip.kind == b"s":
            indexes = strip.indexes()
            if indexes is None:
                raise _NotPlainError
            self._shared.setdefault(strip.column, []).append((strip.rows, indexes))
        elif strip.kind == b"n":
            strip = strip.filled()
            numbers = _numbers(strip.texts())
            self._numbers.setdefault(strip.column, []).append((strip.rows, numbers, strip.styles))
        else:
            self._others.setdefault(strip.column, []).append((strip.rows, self._decoded(strip)))

    def _decoded(self, strip: Strip) -> Items:
        if strip.kind == b"str":
            return _objects(list(map(self._formula_texts.__getitem__, strip.texts())))
        if strip.kind == b"b":
            return _objects([_truth(raw) for raw in strip.texts()])
        raise _NotPlainError

    def grid(self, reader: PlainReader, seed: Seed) -> Grid:
        """Return all that was added."""
        for column, parts in self._formulas.items():
            self.hidden.formulas[column] = np.sort(np.concatenate(parts))
        columns, count = {}, 0
        for column in sorted({*self._shared, *self._numbers, *self._others}):
            known = _Column(reader, self._height, partial(seed.places, columns=column))
            known.put_shared(self._shared.pop(column, []))
            known.put_numbers(self._numbers.pop(column, []))
            known.put_others(self._others.pop(column, []))
            columns[column] = known.items
            count += known.total
        return Grid(columns, self._height, count)


class _Column:
    """The values of one column, and their sum.

    Parameters
    ----------
    height
        How many rows it has.
    places
        Returns the numbers of some rows' places.
    """

    def __init__(self, reader: PlainReader, height: int, places: Callable[[Places], Numbers]) -> None:
        self._reader = reader
        self._places = places
        self.items: Items = np.empty(height, dtype=object)
        self.total = 0

    def _count(self, rows: Places, numbers: Numbers) -> None:
        """Add cells to the sum, given the numbers of their values."""
        self.total += total(self._places(rows), numbers)

    def put_shared(self, parts: list[tuple[Places, Places]]) -> None:
        if not parts:
            return
        rows, indexes = map(np.concatenate, zip(*parts, strict=True))
        reader = self._reader
        if int(indexes.max(initial=0)) >= len(reader.texts):
            raise _NotPlainError
        self.items[rows - 1] = reader.texts[indexes]
        filled = reader.filled_texts[indexes]
        self._count(rows[filled], reader.text_numbers[indexes[filled]])

    def put_numbers(self, parts: list[tuple[Places, Floats, Places]]) -> None:
        if not parts:
            return
        rows, numbers, styles = map(np.concatenate, zip(*parts, strict=True))
        self.items[rows - 1] = numbers.astype(object)
        counted = of_numbers(numbers)
        distinct, codes = np.unique(styles, return_inverse=True)
        sorts = self._reader.calendar.sorts(distinct.tolist())
        for sort in {sort for sort in sorts if sort is not None}:
            mine = np.flatnonzero(np.array([known is sort for known in sorts])[codes])
            self.items[rows[mine] - 1], counted[mine] = self._reader.calendar.shown(sort, numbers[mine])
        self._count(rows, counted)

    def put_others(self, parts: list[tuple[Places, Items]]) -> None:
        if not parts:
            return
        rows, items = map(np.concatenate, zip(*parts, strict=True))
        self.items[rows - 1] = items
        filled = is_filled(items)
        if filled.any():
            self._count(rows[filled], of_values(items[filled]))


def _numbers(texts: list[bytes]) -> Floats:
    if b"".join(texts).translate(None, _IN_NUMBERS):
        raise _NotPlainError
    try:
        numbers = np.array(list(map(float, texts)), dtype=np.float64)
    except ValueError:
        raise _NotPlainError from None
    if not np.isfinite(numbers).all():
        raise _NotPlainError
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
            raise _NotPlainError
        return decode(unescape(raw)) or None
    try:
        return raw.decode() or None
    except UnicodeDecodeError:
        raise _NotPlainError from None


def _truth(raw: bytes) -> bool:
    if raw not in {b"0", b"1"}:
        raise _NotPlainError
    return raw == b"1"


def _objects(items: list[Any]) -> Items:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array

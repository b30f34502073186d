"""Sheets as office programs write them, read column by column in arrays: many times what reading cells one by one does.

The values are those that calamine gives, to the last bit; a sheet that is written in any other way than the plain one
(`crmbook.read.tags`) is left to calamine.
"""

from __future__ import annotations

import math
import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.ooxml import OoxmlError
from crmbook.ooxml.text import decode
from crmbook.ooxml.xml import unescape
from crmbook.read.calendar import Calendar
from crmbook.read.grid import Grid, is_filled
from crmbook.read.hashing import Seed, of_numbers, of_texts, of_values, total
from crmbook.read.hidden import Hidden, add_cells
from crmbook.read.tags import read_tags, whole_numbers

if TYPE_CHECKING:
    from crmbook.ooxml import Package
    from crmbook.read.hashing import Numbers
    from crmbook.read.tags import CellTags

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Places = np.ndarray[tuple[int], np.dtype[np.intp]]

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
        reading = _SheetReading(self, Seed(title))
        try:
            for run in sheet.body.runs():
                tags = read_tags(run)
                if tags is None:
                    return None
                reading.add(tags)
            if reading.is_bare:
                sheet.body.has_bare_formulas()
        except (_NotPlainError, OoxmlError):
            return None
        add_cells(reading.hidden, sheet, reading.slow)
        return reading.grid(), reading.hidden

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
    """The columns of one sheet while its rows come in."""

    def __init__(self, reader: PlainReader, seed: Seed) -> None:
        self._reader = reader
        self._seed = seed
        self._total = 0
        self.is_bare = True
        self._columns: dict[int, list[tuple[Places, Items]]] = {}
        self._formulas: dict[int, list[Places]] = {}
        self._formula_texts = _FormulaTexts()
        self._last_row = 0
        self.hidden = Hidden()
        self.slow: set[int] = set()

    def add(self, tags: CellTags) -> None:
        """Take the cells of one more run."""
        self.is_bare &= tags.is_bare
        if not len(tags.rows):
            return
        if tags.rows[0] <= self._last_row:
            raise _NotPlainError
        self._last_row = int(tags.rows[-1])
        self._note(tags)
        values = self._values(tags)
        order = np.argsort(tags.columns.astype(np.uint16), kind="stable")
        columns, rows, values = tags.columns[order], tags.rows[order], values[order]
        formulas = tags.has_formula[order]
        edges = [0, *(np.flatnonzero(np.diff(columns)) + 1).tolist(), len(columns)]
        for start, end in pairwise(edges):
            column, part = int(columns[start]), slice(start, end)
            self._columns.setdefault(column, []).append((rows[part], values[part]))
            if formulas[part].any():
                self._formulas.setdefault(column, []).append(rows[part][formulas[part]])

    def grid(self) -> Grid:
        """Return all that was added."""
        for column, parts in self._formulas.items():
            self.hidden.formulas[column] = np.concatenate(parts)
        columns = {}
        for column in sorted(self._columns):
            items = np.empty(self._last_row, dtype=object)
            for rows, values in self._columns.pop(column):
                items[rows - 1] = values
            columns[column] = items
        return Grid(columns, self._last_row, self._total)

    def _count(self, tags: CellTags, at: Places, numbers: Numbers) -> None:
        """Add cells at some positions to the sum, given the numbers of their values."""
        self._total += total(self._seed.places(tags.rows[at], tags.columns[at]), numbers)

    def _note(self, tags: CellTags) -> None:
        """Remember the rows that must be looked at cell by cell."""
        errors = tags.of_type(b"e")
        without = np.flatnonzero(tags.has_formula & ~tags.has_value)
        for found in (errors, without):
            self.slow.update(tags.rows[found].tolist())

    def _values(self, tags: CellTags) -> Items:
        if not {b"n", b"s", b"str", b"b", b"e"}.issuperset(tags.types):
            raise _NotPlainError
        values = np.empty(len(tags.rows), dtype=object)
        shared, formulas, truths = tags.of_type(b"s"), tags.of_type(b"str"), tags.of_type(b"b")
        if len(shared):
            self._add_shared(tags, shared, values)
        if len(formulas):
            self._add(
                tags, formulas, list(map(self._formula_texts.__getitem__, tags.texts(formulas))), values
            )
        if len(truths):
            self._add(tags, truths, [_truth(raw) for raw in tags.texts(truths)], values)
        self._add_numbers(tags, values)
        return values

    def _add(self, tags: CellTags, at: Places, items: list[Any], values: Items) -> None:
        """Put items in their places and count those that are no blanks."""
        values[at] = found = _objects(items)
        filled = is_filled(found)
        if filled.any():
            self._count(tags, at[filled], of_values(found[filled]))

    def _add_shared(self, tags: CellTags, at: Places, values: Items) -> None:
        indexes = whole_numbers(tags.words[tags.starts[at]], tags.ends[at] - tags.starts[at])
        reader = self._reader
        if indexes is None or int(indexes.max()) >= len(reader.texts):
            raise _NotPlainError
        values[at] = reader.texts[indexes]
        filled = reader.filled_texts[indexes]
        self._count(tags, at[filled], reader.text_numbers[indexes[filled]])

    def _add_numbers(self, tags: CellTags, values: Items) -> None:
        at = tags.of_type(b"n")
        at = at[tags.ends[at] > tags.starts[at]]
        if not len(at):
            return
        numbers = _numbers(tags.texts(at))
        values[at] = _objects(numbers)
        array = np.array(numbers)
        counted = of_numbers(array)
        styles = tags.styles[at]
        distinct, codes = np.unique(styles, return_inverse=True)
        sorts = self._reader.calendar.sorts(distinct.tolist())
        for sort in {sort for sort in sorts if sort is not None}:
            mine = np.flatnonzero(np.array([known is sort for known in sorts])[codes])
            values[at[mine]], counted[mine] = self._reader.calendar.shown(sort, array[mine])
        self._count(tags, at, counted)


def _numbers(texts: list[bytes]) -> list[float]:
    if b"".join(texts).translate(None, _IN_NUMBERS):
        raise _NotPlainError
    try:
        numbers = list(map(float, texts))
    except ValueError:
        raise _NotPlainError from None
    if not math.isfinite(math.fsum(map(abs, numbers))):
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

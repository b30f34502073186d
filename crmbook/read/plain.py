"""Sheets as office programs write them, read column by column in arrays: many times what reading cells one by one does.

The values are those that calamine gives, to the last bit; a sheet that is written in any other way than the plain one
(`crmbook.read.tags`) is left to calamine.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.ooxml import OoxmlError
from crmbook.ooxml.text import decode
from crmbook.ooxml.xml import unescape
from crmbook.read.calendar import Calendar
from crmbook.read.grid import Grid
from crmbook.read.hidden import Hidden, add_cells
from crmbook.read.tags import read_tags, whole_numbers

if TYPE_CHECKING:
    from crmbook.ooxml import Package, Sheet
    from crmbook.read.tags import CellTags

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
        self._texts: Items | None = None

    def read(self, sheet: Sheet) -> tuple[Grid, Hidden] | None:
        """Return what stands in a sheet and what calamine would hide of it; None where the sheet is not plain."""
        if sheet.prefix or sheet.is_changed:
            return None
        reading = _SheetReading(self)
        try:
            for block in sheet.body.plain_blocks():
                tags = read_tags(block)
                if tags is None:
                    return None
                reading.add(tags)
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

    @property
    def texts(self) -> Items:
        """The shared strings as calamine gives them; empty ones are blank."""
        if self._texts is None:
            texts = self._package.trimmed_texts(_STRINGS)
            if texts is None:
                raise _NotPlainError
            self._texts = np.empty(len(texts), dtype=object)
            self._texts[:] = [text or None for text in texts]
        return self._texts


class _SheetReading:
    """The columns of one sheet while its blocks come in."""

    def __init__(self, reader: PlainReader) -> None:
        self._reader = reader
        self._columns: dict[int, list[tuple[Places, Items]]] = {}
        self._formulas: dict[int, list[Places]] = {}
        self._formula_texts = _FormulaTexts()
        self._last_row = 0
        self.hidden = Hidden()
        self.slow: set[int] = set()

    def add(self, tags: CellTags) -> None:
        """Take the cells of one more block."""
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
        return Grid(columns, self._last_row)

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
            values[shared] = self._shared(tags, shared)
        if len(formulas):
            values[formulas] = _objects(list(map(self._formula_texts.__getitem__, tags.texts(formulas))))
        if len(truths):
            values[truths] = _objects([_truth(raw) for raw in tags.texts(truths)])
        self._add_numbers(tags, values)
        return values

    def _shared(self, tags: CellTags, at: Places) -> Items:
        indexes = whole_numbers(tags.words[tags.starts[at]], tags.ends[at] - tags.starts[at])
        texts = self._reader.texts
        if indexes is None or int(indexes.max()) >= len(texts):
            raise _NotPlainError
        return texts[indexes]

    def _add_numbers(self, tags: CellTags, values: Items) -> None:
        at = tags.of_type(b"n")
        at = at[tags.ends[at] > tags.starts[at]]
        if not len(at):
            return
        numbers = _numbers(tags.texts(at))
        values[at] = _objects(numbers)
        styles = tags.styles[at]
        distinct, codes = np.unique(styles, return_inverse=True)
        sorts = self._reader.calendar.sorts(distinct.tolist())
        for sort in {sort for sort in sorts if sort is not None}:
            mine = np.flatnonzero(np.array([known is sort for known in sorts])[codes])
            values[at[mine]] = self._reader.calendar.shown(sort, np.array(numbers)[mine])


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

"""Texts joined row by row, as `TEXTJOIN` does it: some the same for every row, some one for each."""

from __future__ import annotations

from typing import Final

import numpy as np

from crmbook.formula.coerce import truth
from crmbook.formula.distinct import distinct
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Mask,
    Texts,
    Vector,
    error_codes,
    fail_where,
    of_texts,
    overlay,
    text_array,
)

LONGEST: Final = 32_767
"""Characters that a cell holds."""


class Joiner:
    """Texts put together row by row, a delimiter between what counts."""

    def __init__(self, delimiter: Vector, skip: Vector) -> None:
        self.delimiter = delimiter
        self.skip: Mask = truth(skip)
        self.texts: Texts = text_array([""])
        self.begun: Mask = np.zeros(1, dtype=bool)
        self.failing = [delimiter, skip]

    def add(self, cells: Vector) -> None:
        """Put one text behind what each row has."""
        words = cells.words()
        counts = ~(self.skip & (words == ""))
        marks = np.where(self.begun & counts, self.delimiter.words(), "").astype(object)
        self.texts = self.texts + marks + words
        self.begun = self.begun | counts
        self.failing.append(cells)

    def add_range(self, cells: Vector) -> None:
        """Put the same texts behind what each row has."""
        if cells.size == 0:
            return
        codes = error_codes(cells)
        if codes is not None:
            self.failing.append(overlay(of_texts([""]), codes[codes > 0][:1]))
            return
        for skip in (True, False):
            rows = self.skip == skip
            if not rows.any():
                continue
            words = [word for word in cells.words().tolist() if word or not skip]
            if words:
                self._append(words, rows)

    def _append(self, words: list[str], rows: Mask) -> None:
        found = distinct(self.delimiter)
        bodies = text_array([str(mark or "").join(words) for mark in found.items])[found.codes]
        marks = np.where(self.begun, self.delimiter.words(), "").astype(object)
        self.texts = np.where(rows, self.texts + marks + bodies, self.texts).astype(object)
        self.begun = self.begun | rows

    def result(self) -> Vector:
        """Return the rows; ``#VALUE!`` where a cell could not hold one."""
        joined = of_texts(self.texts)
        long = np.array([len(word) > LONGEST for word in self.texts], dtype=bool)
        return overlay(fail_where(joined, long, CellError.VALUE), error_codes(*self.failing))

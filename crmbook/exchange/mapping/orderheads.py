"""Orders of several lines of which only the first bears what they share: the other lines get it, too.

::

    E1   2024-03-01   张三   手机壳   39.8
                             数据线   19.9        E1, 2024-03-01 and 张三 belong to this line as well

A line without the number of an order, without a day and without a customer can be nothing else. A number, an amount or a
postage, is not put into further lines: it would count twice. A row that names no goods is no line but a sum.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.exchange.mapping.choose import main_table
from crmbook.exchange.mapping.names import Names, fold

if TYPE_CHECKING:
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book, Table

    Mask = np.ndarray[Any, np.dtype[np.bool_]]

_DAYS, _LISTS = frozenset({"date", "datetime"}), frozenset({"enum", "multi_enum"})


def complete_orders(book: Book, sheet: SourceSheet) -> tuple[SourceSheet, int]:
    """Return a list with every line of an order whole, and how many lines were not."""
    for name, words in book.imports.tables.items():
        table = book.tables.get(name)
        if table is None or words.status is None or not table.references_to(main_table(book)):
            continue
        known = [fold(word) for word in words.external]
        numbers = sorted(
            (header for header in sheet.headers if fold(header) in known),
            key=lambda one: known.index(fold(one)),
        )
        for number in numbers:
            found = _Lines(book, table, sheet, number).completed()
            if found is not None:
                return found
    return sheet, 0


class _Lines:
    """The lines of a list that lack the number of their order."""

    def __init__(self, book: Book, table: Table, sheet: SourceSheet, number: str) -> None:
        self._sheet, self._number = sheet, number
        main = main_table(book)
        states = book.imports.tables[table.name].status
        mine, theirs = Names(book, table), Names(book, book.tables[main])
        beside = set(book.imports.tables[main].beside) if main in book.imports.tables else set()
        of_states = set(map(fold, states.headers)) if states else set()
        types = {
            header: [table.fields[one.field].type for one in mine.exact(header)] for header in sheet.headers
        }
        others = [header for header in sheet.headers if header != number]
        self._days = [header for header in others if _DAYS & set(types[header])]
        self._people = [
            header
            for header in others
            if not types[header] and any(one.field in beside for one in theirs.exact(header))
        ]
        self._states = [
            header for header in others if fold(header) in of_states or _LISTS & set(types[header])
        ]

    def completed(self) -> tuple[SourceSheet, int] | None:
        frame = self._sheet.frame
        lacks = frame[self._number].isna().to_numpy()
        if not len(lacks) or lacks[0] or not lacks.any() or not self._days:
            return None
        heads = [*self._days, *self._people]
        if frame.loc[lacks, heads].notna().to_numpy().any():
            return None
        lines = lacks & self._names_goods(frame, {self._number, *heads, *self._states})
        if not lines.any():
            return None
        above = np.maximum.accumulate(np.where(lacks, 0, np.arange(len(lacks))))
        cells = {str(header): frame[header].to_numpy(dtype=object).copy() for header in frame.columns}
        for header in (self._number, *heads, *self._states):
            blank = lines & pd.isna(cells[header])
            cells[header][blank] = cells[header][above[blank]]
        whole = pd.DataFrame(cells, index=frame.index, columns=frame.columns, dtype=object)
        return replace(self._sheet, frame=whole), int(lines.sum())

    @staticmethod
    def _names_goods(frame: pd.DataFrame, shared: set[str]) -> Mask:
        """Return which rows say something in words besides what the lines of an order share."""
        found = np.zeros(len(frame), dtype=bool)
        for header in frame.columns:
            if header not in shared:
                cells = frame[header].tolist()
                found |= np.fromiter(
                    (isinstance(raw, str) and any(map(str.isalpha, raw)) for raw in cells), bool, len(cells)
                )
        return found

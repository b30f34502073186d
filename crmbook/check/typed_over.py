"""Computed cells into which somebody typed, distinguished from what an older sync or another program left there.

A live column holds formulas: a constant among them was typed. A column that sync fills holds values only. There a cell
was typed over where it shows neither what it should nor what was last written into it in this very file: what is
merely old, in a copy of last week or on another day, is what was written then.

Where nobody knows what was written (a live column without a single formula left, a workbook of which the store knows
nothing), what the formulas give over the rows of the file, and over those that it was last given, on the file's own
day, is what may have been there. Another value was typed; in a workbook that was never written, or has changed since
nobody knows when, it may be an earlier result as well, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from crmbook.base import Issue, Severity, Unreadable
from crmbook.read import are_same, live_fields, shows_nothing
from crmbook.schema import Storage
from crmbook.values import ValueKind, from_series, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.check.checked import CellLocator
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Computed, Field

    Stood = Mapping[str, Sequence[pd.DataFrame]]
    """By table, what was last written into computed cells that hold values, by row number of rows of which it is known."""

_FEW: Final = 5
"""Cells of a column that are named one by one, however many of all they are."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of what the computed cells of a workbook showed before it came.

    Attributes
    ----------
    stood
        By table, frames of one index: what was written into the row, and into the one that its hidden id names. The two
        differ where a row was copied, used again, or sorted without its id.
    results
        Returns what the formulas of a field gave, by row number: over the rows of the file, and over those that it was
        last given if that is known. It is asked only where nothing else decides.
    is_known
        Whether it is known what the workbook was last given.
    """

    stood: Stood
    results: Callable[[str, str], Sequence[pd.Series]]
    is_known: bool


@dataclass(frozen=True, slots=True)
class TypedOver:
    """Finds the cells of computed fields that hold what somebody typed; sync restores them.

    Attributes
    ----------
    past
        None for a workbook that is judged by itself.
    """

    book: Book
    snapshot: Snapshot
    computed: Computed
    past: Past | None

    def iter_issues(self, cells: CellLocator) -> Iterator[Issue]:
        """Yield the cells of one table."""
        found = cells.snapshot
        stood = self.past.stood.get(cells.table.name, ()) if self.past else ()
        live = live_fields(found, self.snapshot.properties, self.book)
        for target in cells.table.fields.values():
            if not target.derived or target.name not in found.columns:
                continue
            if stood and target.name in stood[0].columns:
                yield from self._iter_values(cells, target, stood)
            elif target.name in live and (found.formulas.get(target.name) or found.foreign.get(target.name)):
                yield from self._iter_constants(cells, target)
            elif self.past and len(found.frame):
                yield from self._iter_unrecorded(cells, target, self.past)

    def _iter_constants(self, cells: CellLocator, target: Field) -> Iterator[Issue]:
        formulas = cells.snapshot.formulas.get(target.name, frozenset())
        foreign = cells.snapshot.foreign.get(target.name, frozenset())
        raws = cells.snapshot.frame[target.name]
        if len(formulas) == len(raws):
            return
        shown = self._shown(target)
        for row, raw, right in zip(raws.index.tolist(), raws.tolist(), shown, strict=True):
            lost = isinstance(raw, Unreadable) and row not in foreign
            if raw is None or row in formulas or lost or spell(raw) == spell(right):
                continue
            yield _issue(cells, target, row, right)

    def _iter_values(
        self, cells: CellLocator, target: Field, stood: Sequence[pd.DataFrame]
    ) -> Iterator[Issue]:
        formulas = cells.snapshot.formulas.get(target.name, frozenset())
        column = cells.snapshot.frame[target.name]
        wanted = self.computed.shown(cells.table.name, target.name).to_numpy(dtype=object)
        rows = stood[0].index
        at = column.index.get_indexer(rows)
        raws, known = (
            column.to_numpy(dtype=object)[at],
            [np.asarray(one[target.name], object) for one in stood],
        )
        unlike = ~are_same(raws, wanted[at])
        for values in known:
            unlike &= ~are_same(raws, values)
        if not unlike.any():
            return
        shown = self._shown(target)
        for position in np.flatnonzero(unlike).tolist():
            raw, row, right = raws[position], int(rows[position]), shown[at[position]]
            if shows_nothing(raw) or (isinstance(raw, Unreadable) and row not in formulas):
                continue
            if tidy(spell(raw)) not in {
                tidy(spell(one)) for one in (right, *(values[position] for values in known))
            }:
                yield _issue(cells, target, row, right)

    def _iter_unrecorded(self, cells: CellLocator, target: Field, past: Past) -> Iterator[Issue]:
        """Yield the cells of a column in which there are only values, written nobody knows when."""
        column, formulas = (
            cells.snapshot.frame[target.name],
            cells.snapshot.formulas.get(target.name, frozenset()),
        )
        rows = self._unlike(cells, target, past)
        if not rows:
            return
        shown = dict(zip(column.index.tolist(), self._shown(target), strict=True))
        rows = [
            row
            for row in rows
            if not isinstance(column[row], Unreadable) or row in formulas
            if tidy(spell(column[row])) != tidy(spell(shown[row]))
        ]
        if past.is_known and self._is_complete(target):
            yield from (_issue(cells, target, row, shown[row]) for row in rows)
        elif len(rows) > max(
            _FEW, len(column) / 2
        ):  # a whole column that is old, and not so many cells typed over
            params = {"restored": spell(shown[rows[0]]), "count": len(rows) - 1}
            yield cells.issue("check.old-column", target, rows[0], params, Severity.WARNING)
        else:
            for row in rows:
                params = {"restored": spell(shown[row])}
                yield cells.issue("check.old-or-typed", target, row, params, Severity.WARNING)

    def _unlike(self, cells: CellLocator, target: Field, past: Past) -> list[int]:
        """Return the rows whose cell shows neither what it should nor what the formula gave before."""
        column = cells.snapshot.frame[target.name]
        raws = column.to_numpy(dtype=object)
        wanted = self.computed.shown(target.table, target.name).to_numpy(dtype=object)
        unlike = ~are_same(raws, wanted) & ~np.fromiter(map(shows_nothing, raws.tolist()), bool, len(raws))
        if unlike.any():
            for one in past.results(target.table, target.name):
                unlike &= ~are_same(raws, one.reindex(column.index).to_numpy(dtype=object))
        rows: list[int] = column.index[unlike].tolist()
        return rows

    def _is_complete(self, target: Field) -> bool:
        """Return whether the workbook holds all that the formula of a field reads."""
        tables = self.snapshot.tables
        return target.formula is not None and all(
            table in tables and name in tables[table].columns for table, name in target.formula.references
        )

    def _shown(self, target: Field) -> list[object]:
        """Return what the cells of a computed field should show: days as days, else what the formula gave."""
        days = target.storage in {Storage.DATE, Storage.DATETIME}
        column = self.computed.frames[target.table][target.name]
        results = self.computed.results[target.table, target.name].tolist()
        values = from_series(ValueKind(target.type), column)
        return [
            value if days and value is not None else result
            for value, result in zip(values, results, strict=True)
        ]


def _issue(cells: CellLocator, target: Field, row: int, right: object) -> Issue:
    return cells.issue("check.typed-over", target, row, {"restored": spell(right)}, Severity.WARNING)

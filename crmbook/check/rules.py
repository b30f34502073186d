"""Rules over rows: the schema's checks, conditional requirements, keys that are computed, the scoring rules.

They read computed fields and other tables, so they are judged after recomputing. A rule that a refused cell has
a part in is not judged: one mistake is reported once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from crmbook.base import Issue, Severity
from crmbook.check.checked import CellLocator, Checked, Keys
from crmbook.check.keys import iter_blank_issues, iter_unique_issues
from crmbook.formula import Frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from crmbook.check.typed_over import TypedOver
    from crmbook.formula import Formula
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Computed


class RuleCheck:
    """Judges the rows of one workbook by the rules of its book."""

    def __init__(
        self, book: Book, snapshot: Snapshot, checked: Checked, computed: Computed, typed_over: TypedOver
    ) -> None:
        self._book = book
        self._snapshot = snapshot
        self._checked = checked
        self._computed = computed
        self._typed_over = typed_over
        self._frames = Frames(computed.frames)
        for (table, name), result in computed.results.items():
            if table:
                self._frames.put(table, name, result)

    def iter_issues(self) -> Iterator[Issue]:
        """Yield what the rules find, table by table."""
        for name in self._checked.frames:
            cells = self._cells(name)
            yield from self._iter_checks(cells)
            yield from self._iter_conditional(cells)
            yield from self._iter_computed_keys(cells)
            yield from self._typed_over.iter_issues(cells)

    def _cells(self, name: str) -> CellLocator:
        table = self._book.tables[name]
        return CellLocator(table, self._snapshot.tables[name], Keys(self._computed.frames[name][table.key]))

    def _rows(self, formula: Formula, verdict: bool) -> list[int]:
        """Return the rows for which a formula is true, or false; error values and texts are neither."""
        result: pd.Series = formula.evaluate(self._frames, self._computed.cells)
        if result.dtype == np.float64:
            numbers = result.to_numpy()
            rows: list[int] = result.index[~np.isnan(numbers) & ((numbers != 0) == verdict)].tolist()
            return rows
        return [
            row
            for row, item in zip(result.index.tolist(), result.tolist(), strict=True)
            if item is verdict or (isinstance(item, float) and not math.isnan(item) and bool(item) is verdict)
        ]

    def _iter_checks(self, cells: CellLocator) -> Iterator[Issue]:
        table = cells.table
        for check in table.checks:
            target = next(
                (table.fields[name] for name in check.fields if name in table.fields), table.key_field
            )
            params = {"rule": check.id, "message": check.message, "fields": check.fields}
            params |= {"remedy": check.remedy} if check.remedy else {}
            for row in self._rows(check.formula, verdict=False):
                if not any(self._checked.is_refused(table.name, name, row) for name in check.fields):
                    yield cells.issue("check.rule", target, row, params, Severity(check.severity))

    def _iter_conditional(self, cells: CellLocator) -> Iterator[Issue]:
        for target in cells.table.fields.values():
            if target.required_when is None or target.name not in cells.snapshot.columns:
                continue
            column = self._computed.frames[cells.table.name][target.name]
            needed = column.index.isin(self._rows(target.required_when, verdict=True))
            yield from iter_blank_issues(self._checked, cells, target, column.isna() & needed)

    def _iter_computed_keys(self, cells: CellLocator) -> Iterator[Issue]:
        key = cells.table.key_field
        if key.derived:
            yield from iter_unique_issues(cells, self._computed.frames[cells.table.name][key.name], key)


def iter_scoring_issues(
    book: Book, snapshot: Snapshot, frames: Mapping[str, pd.DataFrame]
) -> Iterator[Issue]:
    """Yield scoring rules without a band from 0 or below, and parameters that are gone."""
    for name, table in book.tables.items():
        if name not in snapshot.tables or table.rows not in {"bands", "parameters"}:
            continue
        found, frame = snapshot.tables[name], frames[name]
        cell = found.cell(table.key, found.header_row)
        if table.rows == "bands":
            lowest = frame.groupby("rule")["from"].min().to_dict()
            for rule in book.bands.values():
                if not lowest.get(rule.name, math.inf) <= 0:
                    params = {"rule": rule.name, "title": rule.title}
                    yield Issue("check.band-missing", Severity.ERROR, cell, name, params=params)
        else:
            known = set(frame[table.key].tolist())
            for item in book.parameters.values():
                if item.name not in known:
                    params = {"parameter": item.name, "title": item.title}
                    yield Issue("check.parameter-missing", Severity.ERROR, cell, name, params=params)

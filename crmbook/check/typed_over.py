"""Computed cells into which somebody typed, told apart from what an older sync or another program left there.

A live column holds formulas: a constant among them was typed. A column that sync fills holds values only. There a cell
was typed over where it shows neither what it should nor what was last written into it in this very file: what is
merely old, in a copy of last week or on another day, is what was written then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmbook.base import Issue, Severity, Unreadable
from crmbook.read import are_same, live_fields, shows_nothing
from crmbook.schema import Storage
from crmbook.values import ValueKind, from_series, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.check.checked import Places
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Computed, Field

    Stood = Mapping[str, Sequence[pd.DataFrame]]
    """By table, what was last written into computed cells that hold values, by row number of rows of which it is known."""


@dataclass(frozen=True, slots=True)
class TypedOver:
    """Finds the cells of computed fields that hold what somebody typed; sync restores them.

    Attributes
    ----------
    stood
        By table, frames of one index: what was written into the row, and into the one that its hidden id names. The two
        differ where a row was copied, used again, or sorted without its id.
    """

    book: Book
    snapshot: Snapshot
    computed: Computed
    stood: Stood

    def iter_issues(self, places: Places) -> Iterator[Issue]:
        """Yield the cells of one table."""
        found, stood = places.snapshot, self.stood.get(places.table.name, ())
        live = live_fields(found, self.snapshot.properties, self.book)
        for target in places.table.fields.values():
            if not target.derived or target.name not in found.columns:
                continue
            if stood and target.name in stood[0].columns:
                yield from self._iter_values(places, target, stood)
            elif target.name in live and (found.formulas.get(target.name) or found.foreign.get(target.name)):
                yield from self._iter_constants(places, target)

    def _iter_constants(self, places: Places, target: Field) -> Iterator[Issue]:
        formulas = places.snapshot.formulas.get(target.name, frozenset())
        foreign = places.snapshot.foreign.get(target.name, frozenset())
        raws = places.snapshot.frame[target.name]
        if len(formulas) == len(raws):
            return
        shown = self._shown(target)
        for row, raw, right in zip(raws.index.tolist(), raws.tolist(), shown, strict=True):
            lost = isinstance(raw, Unreadable) and row not in foreign
            if raw is None or row in formulas or lost or spell(raw) == spell(right):
                continue
            yield _issue(places, target, row, right)

    def _iter_values(self, places: Places, target: Field, stood: Sequence[pd.DataFrame]) -> Iterator[Issue]:
        formulas = places.snapshot.formulas.get(target.name, frozenset())
        column = places.snapshot.frame[target.name]
        wanted = self.computed.shown(places.table.name, target.name).to_numpy(dtype=object)
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
        for place in np.flatnonzero(unlike).tolist():
            raw, row, right = raws[place], int(rows[place]), shown[at[place]]
            if shows_nothing(raw) or (isinstance(raw, Unreadable) and row not in formulas):
                continue
            if tidy(spell(raw)) not in {
                tidy(spell(one)) for one in (right, *(values[place] for values in known))
            }:
                yield _issue(places, target, row, right)

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


def _issue(places: Places, target: Field, row: int, right: object) -> Issue:
    return places.issue("check.typed-over", target, row, {"restored": spell(right)}, Severity.WARNING)

"""What a workbook's formulas give, computed as the workbook shows its cells: of a part of the book over the whole of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.render.bulksheet import BulkPage
from crmbook.render.pairsheet import PairPage
from crmbook.schema import SCORING, Computed, recompute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crmbook.build import Stamp
    from crmbook.check import Checked, Part
    from crmbook.read import Snapshot
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Wanted:
    """What a workbook should hold.

    Attributes
    ----------
    tables
        The rows it holds, as state frames.
    whole
        The whole book and the rows in scope, where the workbook shows a role's part of it: its figures are computed
        over these.
    conflicts
        Open conflicts about its rows.
    stamp
        The stamp it gets if anything is written.
    part
        What may be named in it, where it holds some customers only.
    pairs
        What its list of rows that may be one is to hold.
    bulk
        What is to be beside its edits in bulk.
    """

    tables: Tables
    conflicts: Sequence[ConflictRecord]
    stamp: Stamp
    as_of: date
    whole: tuple[Book, Tables] | None = None
    part: Part | None = None
    pairs: PairPage = field(default_factory=PairPage)
    bulk: BulkPage = field(default_factory=BulkPage)


def take_overrides(book: Book, checked: Checked, ids: Mapping[str, pd.Series], tables: Tables) -> None:
    """Let a computed cell count as typed over only where the state says so: other constants are crmbook's own."""
    for name, frame in checked.frames.items():
        if name not in tables or name not in ids:
            continue
        target, rows = tables[name], ids[name].reindex(frame.index)
        for inner in book.tables[name].fields.values():
            if inner.formula is None or not inner.override or inner.name not in target.columns:
                continue
            typed = target[inner.name].reindex(rows.to_numpy())
            typed.index = frame.index
            frame[inner.name] = typed.astype(frame[inner.name].dtype)
            refused = checked.refused.get((name, inner.name), set())
            corrected = checked.corrections.get((name, inner.name), {})
            for row in [row for row in corrected if row not in refused and pd.isna(typed[row])]:
                del corrected[row]


def compute(
    snapshot: Snapshot, checked: Checked, ids: Mapping[str, pd.Series], wanted: Wanted, book: Book
) -> Computed:
    """Compute every derived field, over the whole state where the workbook holds only part of it."""
    seen = checked.seen(snapshot)
    _keep_rules(checked, seen, ids, wanted.tables, book)
    if wanted.whole is None:
        return recompute(book, seen, wanted.as_of, checked.cells)
    whole_book, tables = wanted.whole
    frames = {name: frame for name, frame in tables.items() if name in whole_book.tables}
    for (name, label), rows in checked.refused.items():
        if book.tables[name].rows in SCORING:
            continue
        # What is in a refused cell counts in this workbook, as its own formulas see it.
        # One that is kept in a row which is gone from the state counts nowhere.
        cells = seen[name][label].loc[
            [row for row in sorted(rows) if ids[name].loc[row] in frames[name].index]
        ]
        column = frames[name][label].astype(object)
        column.loc[ids[name].loc[cells.index]] = cells.to_numpy()
        frames[name] = frames[name].assign(**{label: column})
    return _part(recompute(whole_book, frames, wanted.as_of, checked.cells), ids)


def _keep_rules(
    checked: Checked, seen: Tables, ids: Mapping[str, pd.Series], tables: Tables, book: Book
) -> None:
    """Let what the state holds count in place of a refused parameter or band, on which every figure may hang."""
    for (name, label), rows in checked.refused.items():
        if book.tables[name].rows in SCORING and name in tables:
            known = tables[name][label]
            column = seen[name][label].astype(object)
            column.loc[sorted(rows)] = [known.get(ids[name].get(row)) for row in sorted(rows)]
            seen[name][label] = column


def _part(whole: Computed, ids: Mapping[str, pd.Series]) -> Computed:
    """Return the rows of a workbook, in its order, out of the whole state."""

    def rows(table: str, items: Any) -> Any:
        if table not in ids:
            return items
        return items.reindex(ids[table].to_numpy()).set_axis(ids[table].index, axis=0)

    return Computed(
        {name: rows(name, frame) for name, frame in whole.frames.items()},
        {key: _results(column, ids.get(key[0])) for key, column in whole.results.items()},
        whole.cells,
        {
            key: rows(key[0], column.astype(object)).fillna(value=False).astype(bool)
            for key, column in whole.manual.items()
        },
        {key: rows(key[0], column) for key, column in whole.replaced.items()},
    )


def _results(column: pd.Series, ids: pd.Series | None) -> pd.Series:
    """Return the results of some rows; a blank for one that the state lacks, since it waits for a word on who it is."""
    if ids is None:
        return column
    part = column.reindex(ids.to_numpy()).set_axis(ids.index, axis=0)
    missing = ~ids.isin(column.index).to_numpy()
    return part.astype(object).mask(missing, None) if missing.any() else part

"""Rows that came in before with another copy of the same export.

Somebody types rows, copies the workbook, and syncs the copy first; or a copy that was mailed comes back under two
names. Neither file bears ids for these rows, so only their content shows that they are the same: a row whose cells all
equal those of a row that such a copy brought is that row. One that mostly does may be it, edited since, or another:
it counts as new, which is reported.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmbook.ingest.identify.keys import key_column
from crmbook.ingest.identify.likeness import are_alike, contents, match_contents
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmbook.check import Checked
    from crmbook.ingest.identify.likeness import Content
    from crmbook.ingest.identify.rows import RowMatcher
    from crmbook.read import Snapshot
    from crmbook.schema import Table

    Tables = Mapping[str, pd.DataFrame]


class Twin(NamedTuple):
    """A row that another copy brought."""

    row_id: str
    key: str


class Twins:
    """Finds, table by table, the rows of a workbook that came in before.

    Parameters
    ----------
    brought
        Gives the new rows that copies of the same export brought in; asked for where the workbook has new rows.
    """

    def __init__(self, snapshot: Snapshot, checked: Checked, brought: Callable[[], Tables]) -> None:
        self._snapshot, self._checked, self._ask = snapshot, checked, brought
        self._named: dict[str, dict[str, str]] = {}

    @cached_property
    def _brought(self) -> Tables:
        return self._ask()

    def find(self, matcher: RowMatcher) -> tuple[dict[int, Twin], dict[int, Twin]]:
        """Return, by position, the rows that came in before, and those that may have.

        Parameters
        ----------
        matcher
            It has run; only rows that it left open, and whose key nobody typed, are looked at.
        """
        table, known = matcher.table, matcher.known
        rows = np.flatnonzero((matcher.claims < 0) & pd.isna(matcher.keys)).tolist()
        found = self._brought.get(table.name) if rows and known.image is not None else None
        if found is None:
            return {}, {}
        # What this workbook held it knows by itself.
        taken = {*known.index[: known.count], *known.index[matcher.claims[matcher.claims >= 0]]}
        found = found[~found.index.isin(list(taken))]
        labels = [label for label in matcher.typed.columns if label != table.key]
        mine = self._contents(matcher, rows, labels)
        theirs = contents(found, labels)
        keys = map(spell, key_column(table, found).tolist())
        twins = [Twin(row_id, key) for row_id, key in zip(found.index.tolist(), keys, strict=True)]
        same: dict[int, Twin] = {}
        similar: dict[int, Twin] = {}
        for row, other in match_contents(mine, theirs, are_alike).items():
            (same if mine[row] == theirs[other] else similar)[rows[row]] = twins[other]
        self._note_names(table, matcher, same)
        return same, similar

    def _contents(self, matcher: RowMatcher, rows: list[int], labels: Sequence[str]) -> list[Content]:
        """Return what rows hold; a name that could not be resolved yet means the row that was found to have come in before."""
        cells, table = contents(matcher.typed.iloc[rows], labels), matcher.table
        numbers = matcher.typed.index[rows].tolist()
        for label in labels:
            target = table.fields[label].to if label in table.fields else None
            names, pair = self._named.get(str(target)), (table.name, label)
            if not names:
                continue
            open_rows = {*self._checked.pending.get(pair, ()), *self._checked.refused.get(pair, ())}
            for content, number in zip(cells, numbers, strict=True):
                text = self._snapshot.tables[table.name].raw(label, number) if number in open_rows else None
                if isinstance(text, str) and tidy(text) in names:
                    content[label] = names[tidy(text)]
        return cells

    def _note_names(self, table: Table, matcher: RowMatcher, same: Mapping[int, Twin]) -> None:
        """Note by which names the other sheets of the workbook may refer to the rows that came in before."""
        label = table.name_field
        if same and label is not None and label in matcher.typed.columns:
            names = matcher.typed[label].to_numpy(dtype=object)[list(same)].tolist()
            self._named[table.name] = {
                str(name): twin.key for name, twin in zip(names, same.values(), strict=True)
            }

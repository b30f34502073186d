"""Computed cells that people may type over: a constant there is typed, unless it is what sync wrote last.

A column that sync fills shows values only, which look like what a person types. What was written into the very file is
known from its export; in a file that nobody knows, crmbook wrote what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.merge import differs_computed
from crmbook.read import values_by_sync

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.read import Snapshot
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]


def written_by_sync(view: Book, snapshot: Snapshot, file: Tables) -> dict[str, pd.DataFrame]:
    """Return what is in overridable columns that sync fills: in a workbook nobody knows, crmbook wrote it."""
    written: dict[str, pd.DataFrame] = {}
    for name, label in sorted(values_by_sync(view, snapshot)):
        if name in file and label in file[name].columns:
            written.setdefault(name, pd.DataFrame(index=file[name].index))[label] = file[name][label]
    return written


def typed_only(view: Book, written: Tables) -> dict[str, pd.DataFrame]:
    """Leave out what nobody may type over: what another file of the book showed there says nothing of this one."""
    kept = {}
    for name, frame in written.items():
        fields = view.tables[name].fields if name in view.tables else {}
        kept[name] = frame[[label for label in frame.columns if label in fields and fields[label].typed]]
    return kept


def without_computed(file: Tables, written: Tables, typed: Tables) -> dict[str, pd.DataFrame]:
    """Blank the overridable cells whose constant is the value that was last written there: nobody typed it."""
    tables = dict(file)
    for name in written.keys() & tables.keys():
        frame, before = tables[name], typed.get(name)
        blanked: dict[str, Any] = {}
        for label in written[name].columns.intersection(frame.columns):
            last = written[name][label].reindex(frame.index)
            stale = ~differs_computed(frame[label], last) & frame[label].notna().to_numpy()
            if before is not None and label in before.columns:  # a value that was typed before stays typed
                stale &= before[label].reindex(frame.index).isna().to_numpy()
            if stale.any():
                blanked[label] = frame[label].where(~stale, None)
        if blanked:
            tables[name] = frame.assign(**blanked)
    return tables

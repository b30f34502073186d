"""Defaults: what sync puts into the blank cells of new rows, and of any row as soon as it is due.

A field with `default_when` belongs to a state of its row: the day on which a customer was won back to the choice of
已挽回. While the condition is true the cell is filled where it is blank. When the condition ends, a value that was
there meanwhile goes with it, so that the next time brings a day of its own; one that was typed together with the change
stays. The history keeps what goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula import Formula
from crmbook.merge import differs
from crmbook.schema import canonical

if TYPE_CHECKING:
    from crmbook.ingest.follow_up.state import Mask, Progress
    from crmbook.schema import Constant, Field


def fill_defaults(progress: Progress) -> None:
    """Put the defaults where they are due."""
    for table in progress.book.tables.values():
        if not table.managed or table.name not in progress.tables:
            continue
        is_new = progress.is_new(table.name)
        for target in table.fields.values():
            if target.default is None or target.formula is not None:
                continue
            if progress.is_first and not target.default_at_first:
                continue
            if target.default_when is not None:
                _keep_while_true(progress, target, target.default, target.default_when)
            elif is_new.any():
                _fill(progress, target, target.default, is_new & ~_is_back(progress, target))


def _is_back(progress: Progress, target: Field) -> Mask:
    """Return which rows an edit brought back as they were: they are not new to anybody."""
    index = progress.column(target.table, target.name).index
    if target.table not in progress.returned:
        return np.zeros(len(index), dtype=bool)
    return np.asarray(index.isin(progress.returned[target.table]), dtype=bool)


def _keep_while_true(
    progress: Progress, target: Field, default: Constant | Formula, condition: Formula
) -> None:
    is_true = progress.now.true(condition)
    _fill(progress, target, default, is_true)
    column = progress.column(target.table, target.name)
    earlier = progress.earlier_column(target.table, target.name)
    positions = earlier.index.get_indexer(column.index)
    ended = np.flatnonzero(~is_true & column.notna().to_numpy() & (positions >= 0))
    if len(ended):
        was_true = progress.earlier.true(condition)[positions[ended]]
        stood = ~differs(column.iloc[ended], earlier.iloc[positions[ended]])
        rows = column.index[ended[was_true & stood]].tolist()
        progress.put(target, dict.fromkeys(rows))
        for row in rows:
            progress.note("ended", target.table, row, field=target.title)


def _fill(progress: Progress, target: Field, default: Constant | Formula, due: Mask) -> None:
    column = progress.column(target.table, target.name)
    blank = column.isna().to_numpy() & due
    if not blank.any():
        return
    if isinstance(default, Formula):
        values = canonical(target, progress.now.result(default))[blank].dropna()
        progress.put(target, dict(zip(values.index.tolist(), values.tolist(), strict=True)))
    else:
        progress.put(target, dict.fromkeys(column.index[blank].tolist(), default))

"""What a sync writes into computed cells that hold values: kept with the export, and held against what comes back.

Such a cell looks alike whether sync or a person filled it. In a field that may be typed over, what equals the value
last written is nobody's typing; in any other, what differs from it is somebody's.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.check import Past
from crmbook.read import live_fields
from crmbook.schema import recompute

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.ingest import Intake
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Computed, Field


def written_values(
    book: Book,
    snapshot: Snapshot,
    computed: Computed,
    ids: Mapping[str, pd.Series],
    absent: Collection[tuple[str, str]],
) -> dict[str, pd.DataFrame]:
    """Return what is now in computed cells that hold values, by row id.

    Parameters
    ----------
    ids
        Row ids by table and row number, as they are.
    absent
        Fields that the workbook lacks: what reads one is a value in it.
    """
    written = {}
    for name, rows in ids.items():
        found = snapshot.tables[name]
        live = live_fields(found, snapshot.properties, book)
        columns = {}
        for target in book.tables[name].fields.values():
            if target.override and target.formula:
                columns[target.name] = computed.frames[name][target.name].reindex(rows.index)
            elif target.derived and target.name in found.columns and not _is_live(target, live, absent):
                columns[target.name] = computed.shown(name, target.name).reindex(rows.index)
        if columns:
            frame = pd.DataFrame(columns, index=rows.index)
            written[name] = frame.set_axis(pd.Index(rows.to_numpy()), axis=0)
    return written


def _is_live(target: Field, live: Collection[str], absent: Collection[tuple[str, str]]) -> bool:
    return target.name in live and target.formula is not None and target.formula.references.isdisjoint(absent)


def past_of(intake: Intake, ids: Mapping[str, pd.Series], as_of: date) -> Past:
    """Return what is known of what the computed cells of a workbook showed before it came.

    Parameters
    ----------
    ids
        Row ids by table and row number, as they will be.
    as_of
        The day that counts where the workbook itself names none.
    """
    cells = intake.checked.cells
    said = cells.get("as_of")
    day = said if isinstance(said, date) else as_of

    @cache
    def computed() -> Sequence[Computed]:
        frames = [intake.checked.seen(intake.snapshot), *([intake.given] if intake.is_known else [])]
        tables = intake.book.tables
        return [
            recompute(intake.book, {name: one for name, one in each.items() if name in tables}, day, cells)
            for each in frames
        ]

    def results(table: str, label: str) -> list[pd.Series]:
        read = intake.identity.ids[table]
        found = [one.shown(table, label) for one in computed()]
        return [found[0], *(one.reindex(read.to_numpy()).set_axis(read.index, axis=0) for one in found[1:])]

    return Past(stood_before(intake, ids), results, intake.is_known)


def stood_before(intake: Intake, ids: Mapping[str, pd.Series]) -> dict[str, list[pd.DataFrame]]:
    """Return what was last written into computed cells that nobody may type over, by row number.

    Twice: into the row, and into the one that its hidden id names or that it was copied from. A row of which the store
    knows, and not what was written there, is left out: what it holds may come from anywhere.

    Parameters
    ----------
    ids
        Row ids by table and row number, as they will be.
    """
    stood = {}
    for name, written in intake.written.items():
        if name not in ids or name not in intake.snapshot.tables:
            continue
        fields = intake.book.tables[name].fields
        labels = [label for label in written.columns if label in fields and fields[label].derived]
        read = intake.identity.ids[name]
        rows = ids[name][ids[name].index.isin(read.index)]
        rows = rows[rows.to_numpy() == read.reindex(rows.index).to_numpy()]
        is_new = rows.index.isin(list(intake.identity.new.get(name, ())))
        rows = rows[rows.isin(written.index).to_numpy() | is_new]
        if labels and len(rows):
            sources = intake.identity.sources.get(name, {})
            cells = intake.snapshot.tables[name].row_ids.reindex(rows.index)
            named = [sources.get(row, cell) for row, cell in zip(rows, cells, strict=True)]
            frames = [
                written[labels].reindex(pd.Index(one, dtype=object)) for one in (rows.to_numpy(), named)
            ]
            stood[name] = [frame.set_axis(rows.index, axis=0) for frame in frames]
    return stood

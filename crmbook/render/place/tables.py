"""Placing rows, table by table: which stay, which are emptied, where new ones go, and what the workbook will hold."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import OWN, Change, ChangeKind, Issue, Location, Severity
from crmbook.merge import differs
from crmbook.render.place.cells import Cells, Rows
from crmbook.render.place.lists import place_lists
from crmbook.render.place.room import Room, columns_of
from crmbook.schema import LISTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.render.place.cells import AsRead
    from crmbook.render.place.room import Spot

    Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Clearing:
    """Rows of a table that are emptied in place: only `columns`, counted from 1, formats and comments stay."""

    sheet: str
    rows: tuple[int, ...]
    columns: frozenset[int]


@dataclass
class Placed:
    """What placing rows asks for.

    Attributes
    ----------
    changes
        The cells to write, after the rows of `cleared` were emptied.
    cleared
        The rows to empty, by table.
    snapshot
        The workbook as it will be before anything is computed.
    ids
        Row ids by table and row number, as they will be.
    left_out
        By table, the row ids that found no room, or are away below the table: it does not hold them.
    unlike
        By (table, label), the row ids whose cell stays unlike the target: kept cells, and people's own formulas. An
        empty label stands for whole rows that are not in the target, but hold a kept cell or are away.
    issues
        What could not be placed.
    """

    snapshot: Snapshot
    ids: dict[str, pd.Series]
    changes: list[Change] = field(default_factory=list)
    cleared: dict[str, Clearing] = field(default_factory=dict)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unlike: dict[Key, frozenset[str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def clear(self, package: Package) -> None:
        """Empty the rows that are to be emptied."""
        for cleared in self.cleared.values():
            package.sheet(cleared.sheet).clear_rows(cleared.rows, cleared.columns)


def place_rows(
    read: AsRead,
    ids: Mapping[str, pd.Series],
    target: Mapping[str, pd.DataFrame],
    kept: Mapping[Key, Collection[str]],
) -> Placed:
    """Put the rows of `target` where they belong in a workbook; nothing is written yet.

    Parameters
    ----------
    read
        The workbook as it stands.
    ids
        Row ids by table and row number, of every row in the snapshot.
    target
        The rows that the workbook shall hold, as state frames; a table that is missing is left as it is.
    kept
        By (table, label), the row ids whose cell must not be written: it holds something that is no value.
    """
    placed = Placed(read.snapshot, dict(ids))
    tables = dict(read.snapshot.tables)
    for name, found in read.snapshot.tables.items():
        if name in target and name in ids and name in read.checked.frames:
            mine = {label: rows for (table, label), rows in kept.items() if table == name and rows}
            cells = Cells(read, read.book.tables[name], target[name], mine)
            tables[name] = _place_table(placed, cells, ids[name].reindex(found.frame.index))
    lists = read.snapshot.lists
    if LISTS in target:
        changes, lists = place_lists(read.book, read.snapshot, read.package, target[LISTS])
        placed.changes += changes
    placed.snapshot = replace(read.snapshot, tables=tables, lists=lists)
    return placed


def _place_table(placed: Placed, cells: Cells, ids: pd.Series) -> TableSnapshot:
    name, target = cells.table.name, cells.target
    there = target.index.get_indexer(pd.Index(ids.to_numpy(), dtype=object))
    here = np.flatnonzero(there >= 0)
    cells.compare(Rows(here, there[here]))
    gone = ids[there < 0]
    stays = gone.loc[sorted(cells.holds_kept(dict(zip(gone.index.tolist(), gone.tolist(), strict=True))))]
    removed = frozenset(gone.index.difference(stays.index).tolist())
    away = _away(cells.found, ids)
    is_here = np.zeros(len(target), dtype=bool)
    is_here[there[here]] = True
    new = target.index[~is_here & ~target.index.isin(away)].tolist()
    spots = Room(cells.table, cells.read.package, cells.read.snapshot, removed).spots(len(new)) if new else []
    filled = {spot.row: row_id for spot, row_id in zip(spots, new, strict=False)}
    cells.fill(filled)
    known = _known(ids, removed, filled)
    _note(placed, cells, removed, new[len(spots) :])
    if away:
        placed.left_out[name] = (*placed.left_out.get(name, ()), *target.index[target.index.isin(away)])
    if len(stays) or away:
        placed.unlike[name, ""] = frozenset([*stays, *away])
    placed.ids[name] = known
    placed.changes += [*cells.changes, *_row_ids(cells.found, known, removed)]
    return _standing(cells, known, spots, removed)


def _away(found: TableSnapshot, ids: pd.Series) -> list[str]:
    """Return the ids of rows that a person moved away below the table: they are not put into it a second time."""
    here = frozenset(ids) if found.stray_ids else ()
    return [row_id for row_id in found.stray_ids if row_id not in here]


def _known(ids: pd.Series, removed: frozenset[int], filled: Mapping[int, str]) -> pd.Series:
    """Return the row ids as they will be, by row number."""
    if removed or filled:
        ids = pd.concat([ids.drop(list(removed)), pd.Series(filled, dtype=object)])
    known = ids if ids.index.is_monotonic_increasing else ids.sort_index()
    return known.set_axis(known.index.astype("int64"))


def _note(placed: Placed, cells: Cells, removed: frozenset[int], left_out: Sequence[str]) -> None:
    """Note what becomes of a table's rows besides cells written."""
    name, found = cells.table.name, cells.found
    if removed:
        placed.cleared[name] = Clearing(found.sheet, tuple(sorted(removed)), columns_of(found))
    if left_out:
        placed.left_out[name] = tuple(left_out)
        placed.issues.append(_no_room(cells, len(left_out)))
    placed.unlike |= {(name, label): frozenset(rows) for label, rows in cells.unlike.items()}


def _row_ids(found: TableSnapshot, known: pd.Series, removed: frozenset[int]) -> list[Change]:
    """Return the changes of the hidden column of row ids."""
    if found.row_id is None:
        return []
    stored = found.row_ids
    if not stored.index.equals(known.index) or removed:
        stored = stored.drop(list(removed)).reindex(known.index)
    differing = differs(stored, known)
    cells = zip(known.index[differing].tolist(), known[differing], stored[differing], strict=True)
    return [
        Change(
            found.sheet,
            f"{found.row_id.letter}{row}",
            row_id,
            ChangeKind.MARKED,
            old=None if pd.isna(old) else old,
        )
        for row, row_id, old in cells
    ]


def _standing(
    cells: Cells, known: pd.Series, spots: Sequence[Spot], removed: frozenset[int]
) -> TableSnapshot:
    """Return the table as it will be: rows by `known`, values as written, formulas where none is replaced."""
    found = cells.found
    frame = _restacked(found.frame, known.index, removed)
    own = _restacked(found.own, known.index, removed)
    shown: dict[str, dict[int, object]] = {}
    for spot in spots:
        for name, value in spot.formulas.items():
            shown.setdefault(name, {})[spot.row] = value
    given: list[tuple[str, Mapping[int, object]]] = [*shown.items(), *cells.written.items()]
    for label, values in given:
        side, column = (own, label.removeprefix(OWN)) if label.startswith(OWN) else (frame, label)
        side[column] = _with(side[column], values)
    formulas = {
        name: frozenset((rows - removed) | shown.get(name, {}).keys()) - cells.written.get(name, {}).keys()
        for name, rows in found.formulas.items()
    }
    last_row = max([found.last_row, *known.index[-1:].tolist()])
    marks = {row: mark for row, mark in found.marks.items() if row not in removed}
    spaces = {name: rows - removed for name, rows in found.spaces.items()}
    return replace(
        found, frame=frame, own=own, row_ids=known, formulas=formulas, marks=marks, spaces=spaces,
        last_row=last_row,
    )  # fmt: skip


def _restacked(frame: pd.DataFrame, rows: pd.Index, removed: frozenset[int]) -> pd.DataFrame:
    """Return raw cells for `rows`; those that the frame lacks, and those that are emptied first, hold nothing."""
    if frame.index.equals(rows) and not removed:
        return frame.copy(deep=False)
    positions = frame.index.get_indexer(rows)
    empty = (positions < 0) | rows.isin(list(removed))
    data: dict[Any, pd.Series] = {}
    for name, column in frame.items():
        items = np.full(len(rows), None, dtype=object)
        items[~empty] = column.to_numpy()[positions[~empty]]
        data[name] = pd.Series(items, index=rows, dtype=object)
    return pd.DataFrame(data, index=rows, columns=frame.columns)


def _with(column: pd.Series, values: Mapping[int, object]) -> pd.Series:
    items = column.to_numpy(copy=True)
    positions = column.index.get_indexer(pd.Index(list(values)))
    for position, value in zip(positions.tolist(), values.values(), strict=True):
        items[position] = value
    return pd.Series(items, index=column.index, dtype=object)


def _no_room(cells: Cells, count: int) -> Issue:
    found = cells.found
    row = max([found.last_row, *found.frame.index[-1:].tolist()]) + 1
    params = {"table": cells.table.title, "count": count, "row": row}
    position = Location(sheet=found.sheet, cell=f"A{row}")
    return Issue("place.no-room", Severity.WARNING, position, found.name, params=params)

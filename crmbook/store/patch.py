"""The difference between two tables: what must be done to one to get the other, exactly, order and all.

The same patch serves the log of changes (it leads from a revision's table *back* to the one before, and remembers
what the changed cells hold now), and images (it leads from the head's table to what a workbook held). A patch drops
rows (naming those that go or those that stay, whichever is shorter), puts the rest in another order, inserts rows,
overwrites cells, and adds or leaves out columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.merge import columns_of, share_memory, unequal_bits
from crmbook.store.codec import (
    Array,
    Packed,
    join,
    kind_of,
    make_frame,
    pack,
    split,
    unpack,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Final[Array] = np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True)
class PatchCells:
    """Cells of one column to overwrite.

    Attributes
    ----------
    places
        Which of the patch's touched rows.
    items
        What they become.
    replaced
        What they held, where the patch remembers it.
    """

    places: Array
    items: Array
    replaced: Array | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """How to make the result from the source.

    Attributes
    ----------
    absent
        There is no result: the table is gone.
    created
        There is no source: the table is new.
    columns
        Labels and kinds of the result, None where they are the source's.
    kept, dropped
        Row ids of the source that stay or go; one of them is None.
    order
        The rows that stay, in the result's order, by their position among those that stay; None: as they were.
    places, rows
        Where rows are inserted, and their values, the row ids under ``""``.
    touched, cells
        Rows that stay and in which cells change, and the cells by label.
    whole
        Columns of the result that the source lacks, or has of another kind: values of the rows that stay, in the result's order.
    """

    absent: bool = False
    created: bool = False
    columns: tuple[tuple[str, str], ...] | None = None
    kept: Array | None = None
    dropped: Array | None = None
    order: Array | None = None
    places: Array | None = None
    rows: dict[str, Array] = field(default_factory=dict)
    touched: Array = field(default_factory=lambda: _NOTHING)
    cells: dict[str, PatchCells] = field(default_factory=dict)
    whole: dict[str, Array] = field(default_factory=dict)

    @property
    def moves(self) -> bool:
        """Return whether rows come, go or move."""
        parts = (self.kept, self.dropped, self.order, self.places)
        return self.absent or self.created or any(part is not None for part in parts)

    @property
    def inserted(self) -> Array:
        """Ids of the rows that come."""
        return self.rows.get("", _NOTHING)

    def apply(self, source: pd.DataFrame | None) -> pd.DataFrame | None:
        """Return the result; columns that stay as they are share their memory with the source's."""
        if self.absent:
            return None
        if source is None:
            source = make_frame(_NOTHING, {})
        rows = self._rows(source.index)
        index = source.index if rows is None else self._index(source.index, rows)
        touched = index.get_indexer(pd.Index(self.touched, dtype=object)) if len(self.touched) else None
        held = columns_of(source)
        columns: dict[str, Array] = {}
        for label in held if self.columns is None else [label for label, _ in self.columns]:
            if label in self.whole:
                values = self._with_rows(label, self.whole[label])
            else:
                values = held[label] if rows is None else self._with_rows(label, held[label][rows])
            cells = self.cells.get(label)
            if cells is not None and touched is not None:
                values = values.copy()
                values[touched[cells.places]] = cells.items
            columns[label] = values
        return make_frame(index, columns)

    def _rows(self, ids: pd.Index) -> Array | None:
        """Return the positions in the source of the rows that stay; None where the rows are the same."""
        if not self.moves:
            return None
        if self.kept is not None:
            rows = np.sort(ids.get_indexer(pd.Index(self.kept, dtype=object)))
        else:
            stays = np.ones(len(ids), dtype=bool)
            if self.dropped is not None:
                stays[ids.get_indexer(pd.Index(self.dropped, dtype=object))] = False
            rows = np.flatnonzero(stays)
        return rows if self.order is None else rows[self.order]

    def _index(self, ids: pd.Index, rows: Array) -> pd.Index:
        return pd.Index(self._with_rows("", ids.to_numpy(dtype=object)[rows]), dtype=object)

    def _with_rows(self, label: str, values: Array) -> Array:
        """Return the values of a column, those of inserted rows at their positions."""
        if self.places is None:
            return values
        added = self.rows[label]
        result = np.empty(len(values) + len(added), dtype=added.dtype)
        stays = np.ones(len(result), dtype=bool)
        stays[self.places] = False
        result[stays] = values
        result[self.places] = added
        return result


def diff(source: pd.DataFrame | None, result: pd.DataFrame | None, *, remember: bool = False) -> Patch | None:
    """Return the patch that leads from one canonical table to another, or None where they are alike, order included.

    Parameters
    ----------
    remember
        Keep what the overwritten cells held, too.
    """
    if source is result:
        return None
    if result is None:
        return Patch(absent=True)
    created = source is None
    source = make_frame(_NOTHING, {}) if source is None else source
    found = _find_rows(source, result)
    before, after = columns_of(source), columns_of(result)
    columns = _kinds(after)
    same_columns = columns == _kinds(before)
    changed, whole = _compare(before, after, found)
    touched, cells = _cells(result.index, found, changed, remember=remember)
    places = found.new if len(found.new) else None
    if not (created or found.changed or cells or whole) and same_columns:
        return None
    rows = {}
    if places is not None:
        rows[""] = result.index.to_numpy(dtype=object)[places]
        rows |= {label: values[places] for label, values in after.items()}
    return Patch(
        created=created, columns=None if same_columns else columns, kept=found.kept, dropped=found.dropped,
        order=found.order, places=places, rows=rows, touched=touched, cells=cells, whole=whole,
    )  # fmt: skip


def is_change(patch: Patch | None, source: pd.DataFrame | None) -> bool:
    """Return whether a patch changes more than the order of rows and columns, which is no data."""
    if patch is None:
        return False
    if patch.absent or patch.created or patch.cells or patch.whole or patch.places is not None:
        return True
    if patch.kept is not None or patch.dropped is not None:
        return True
    return (
        patch.columns is not None
        and source is not None
        and set(patch.columns) != set(_kinds(columns_of(source)))
    )


def encode_patch(patch: Patch) -> bytes:
    """Return a patch as bytes."""
    head: dict[str, Any] = {"absent": patch.absent, "created": patch.created, "label": patch.columns}
    parts: list[Packed] = []

    def put(label: str, values: Array | None) -> None:
        if values is not None and len(values):
            parts.append(pack(label, values.astype(np.float64) if values.dtype.kind == "i" else values))

    head["kept"] = patch.kept is not None
    for name in ("kept", "dropped", "order", "places", "touched"):
        put(name, getattr(patch, name))
    for label, values in patch.rows.items():
        put(f"rows:{label}", values)
    head["whole"] = list(patch.whole)
    for label, values in patch.whole.items():
        parts.append(pack(f"whole:{label}", values))
    for label, cells in patch.cells.items():
        put(f"at:{label}", cells.places)
        put(f"to:{label}", cells.items)
        put(f"was:{label}", cells.replaced)
    return join(head, parts)


def decode_patch(blob: bytes) -> Patch:
    """Return the patch in `blob`."""
    head, parts = split(blob)
    found = {part.label: unpack(part) for part in parts}

    def whole_numbers(name: str) -> Array | None:
        return found[name].astype(np.intp) if name in found else None

    def under(prefix: str) -> dict[str, Array]:
        return {name[len(prefix) :]: values for name, values in found.items() if name.startswith(prefix)}

    cells = {
        label: PatchCells(places.astype(np.intp), found[f"to:{label}"], found.get(f"was:{label}"))
        for label, places in under("at:").items()
    }
    columns = None if head["label"] is None else tuple((label, kind) for label, kind in head["label"])
    return Patch(
        absent=head["absent"], created=head["created"], columns=columns,
        kept=found.get("kept", _NOTHING) if head["kept"] else None, dropped=found.get("dropped"),
        order=whole_numbers("order"), places=whole_numbers("places"), rows=under("rows:"),
        touched=found.get("touched", _NOTHING), cells=cells, whole=under("whole:"),
    )  # fmt: skip


def _kinds(columns: Mapping[str, Array]) -> tuple[tuple[str, str], ...]:
    return tuple((label, kind_of(values)) for label, values in columns.items())


@dataclass(frozen=True, slots=True)
class _Found:
    """Which rows of the source the result has, and where: `mine[i]` and `other[i]` are positions of one row."""

    mine: Array | None
    other: Array | None
    new: Array
    kept: Array | None = None
    dropped: Array | None = None
    order: Array | None = None

    @property
    def changed(self) -> bool:
        parts = (self.kept, self.dropped, self.order)
        return bool(len(self.new)) or any(part is not None for part in parts)


def _find_rows(source: pd.DataFrame, result: pd.DataFrame) -> _Found:
    """Match the rows of two tables; both positions are None where the rows are the same in the same order."""
    none = np.empty(0, dtype=np.intp)
    if source.index is result.index or source.index.equals(result.index):
        return _Found(None, None, none)
    where = source.index.get_indexer(result.index)
    other = np.flatnonzero(where >= 0)
    mine = where[other]
    stays = np.zeros(len(source), dtype=bool)
    stays[mine] = True
    ids = source.index.to_numpy(dtype=object)
    kept = dropped = order = None
    if not stays.all():
        kept, dropped = (ids[stays], None) if stays.sum() * 2 < len(ids) else (None, ids[~stays])
    if len(mine) and (np.diff(mine) < 0).any():
        order = np.searchsorted(np.flatnonzero(stays), mine)
    return _Found(mine, other, np.flatnonzero(where < 0), kept, dropped, order)


def _compare(
    source: Mapping[str, Array], result: Mapping[str, Array], found: _Found
) -> tuple[dict[str, tuple[Array, Array, Array]], dict[str, Array]]:
    """Return the cells that differ in rows of both (places, values, values before), and the columns that the source has not so."""
    whole: dict[str, Array] = {}
    changed: dict[str, tuple[Array, Array, Array]] = {}
    for label, column in result.items():
        before = source.get(label)
        if before is not None and found.mine is None and share_memory(before, column):
            continue
        values = column if found.other is None else column[found.other]
        if before is None or before.dtype != values.dtype:
            whole[label] = values
            continue
        before = before if found.mine is None else before[found.mine]
        places = np.flatnonzero(unequal_bits(before, values))
        if len(places):
            changed[label] = (places, values[places], before[places])
    return changed, whole


def _cells(
    index: pd.Index, found: _Found, changed: Mapping[str, tuple[Array, Array, Array]], *, remember: bool
) -> tuple[Array, dict[str, PatchCells]]:
    """Return the rows that cells differ in, and those cells."""
    if not changed:
        return _NOTHING, {}
    rows = np.unique(np.concatenate([places for places, _, _ in changed.values()]))
    ids = index.to_numpy(dtype=object)
    touched = (ids if found.other is None else ids[found.other])[rows]
    cells = {
        label: PatchCells(np.searchsorted(rows, places), values, before if remember else None)
        for label, (places, values, before) in changed.items()
    }
    return touched, cells

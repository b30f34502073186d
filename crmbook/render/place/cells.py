"""Which cells of a table's rows differ from what they should hold: columns compared whole, differing cells one by one.

Compared is what cells *mean*: a cell that reads ``2000元`` holds 2000. A field that may be overridden is blank where
its formula is; where the target is blank and somebody's value is there, nothing is written here, because
`crmbook.render.changes.Comparison` brings the formula back once the snapshot no longer holds the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import OWN, Change, ChangeKind, Unreadable, same
from crmbook.merge import all_cells, differs, unequal
from crmbook.read import is_same, live_fields
from crmbook.values import ValueKind, spell, tidy, to_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from crmbook.base import Value
    from crmbook.check import Checked
    from crmbook.ooxml import Package
    from crmbook.read import FoundColumn, Snapshot, TableSnapshot
    from crmbook.schema import Book, Table

    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class AsRead:
    """A workbook as it stands, in which rows are to be placed.

    Attributes
    ----------
    book
        The schema, in the workbook's language.
    snapshot, checked
        Its cells as read, and the canonical values in them.
    package
        Its package, in which no edit waits.
    """

    book: Book
    snapshot: Snapshot
    checked: Checked
    package: Package


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that stay: their positions in the frames as read, and their positions in the target."""

    here: Positions
    there: Positions

    def as_read(self, cells: Items) -> Items:
        """Return a column of the frames as read at the rows that stay."""
        return cells if len(self.here) == len(cells) else cells[self.here]

    def of_target(self, cells: Items) -> Items:
        """Return a column of the target at the rows that stay."""
        return cells[self.there]


@dataclass
class Cells:
    """Compares the cells of one table and gathers what has to be written.

    Attributes
    ----------
    kept
        By label, the row ids whose cell must not be written, unless it is blank; by the empty label, those of which
        no cell is written.
    changes
        The cells to write.
    written
        By label and row, what those cells will hold; also the blanks to which a formula comes back.
    unlike
        By label, the row ids whose cell stays unlike the target.
    """

    read: AsRead
    table: Table
    target: pd.DataFrame
    kept: Mapping[str, Collection[str]]
    changes: list[Change] = field(default_factory=list)
    written: dict[str, dict[int, Value]] = field(default_factory=dict)
    unlike: dict[str, list[str]] = field(default_factory=dict)

    @property
    def found(self) -> TableSnapshot:
        """The table as read."""
        return self.read.snapshot.tables[self.table.name]

    @cached_property
    def _wanted(self) -> Mapping[str, Items]:
        return all_cells(self.target)

    @cached_property
    def _held(self) -> Mapping[str, Items]:
        return all_cells(self.read.checked.frames[self.table.name])

    @cached_property
    def _raws(self) -> Mapping[str, Items]:
        return all_cells(self.found.frame)

    def compare(self, rows: Rows) -> None:
        """Compare the rows that stay."""
        for name in self.found.columns:
            if self.table.fields[name].typed and name in self.target.columns:
                self._compare_field(name, rows)
        for header in self.found.custom:
            if OWN + header in self.target.columns:
                self._compare_own(header, rows)

    def fill(self, rows: Mapping[int, str]) -> None:
        """Write new rows: every value of the row ids in `rows` that has a column here."""
        if not rows:
            return
        positions = self.target.index.get_indexer(pd.Index(list(rows.values())))
        for label in self.target.columns:
            column = self._column(label)
            if column is not None:
                for row, value in zip(rows, self._values(label, positions), strict=True):
                    if value is not None:
                        self._write(label, column, row, value, None)

    def _compare_field(self, name: str, rows: Rows) -> None:
        found, target = self.found, rows.of_target(self._wanted[name])
        mine, raws = rows.as_read(self._held[name]), rows.as_read(self._raws[name])
        differing = unequal(mine, target)
        blank = np.flatnonzero(pd.isna(raws))
        differing[blank] |= ~pd.isna(target[blank])
        if not differing.any():
            return
        refused = self.read.checked.refused.get((self.table.name, name), set())
        overridable, formulas = self.table.fields[name].formula is not None, found.formulas.get(name, ())
        is_live = overridable and name in live_fields(found, self.read.snapshot.properties, self.read.book)
        for position, row, row_id, value in self._differing(name, differing, rows):
            raw = raws[position]
            is_kept = raw is not None and (row in refused or row_id in self.kept.get(name, ()))
            if is_kept or row_id in self.kept.get("", ()):
                self.unlike.setdefault(name, []).append(row_id)
            elif overridable and value is None:
                if is_live and row not in formulas:
                    self.written.setdefault(name, {})[row] = None
            elif not (overridable and row not in formulas and _holds(raw, value)):
                self._write(name, found.columns[name], row, value, raw)

    def _compare_own(self, header: str, rows: Rows) -> None:
        """Compare a column of people's own; a formula of theirs is never replaced by what it gave elsewhere."""
        label, raws = OWN + header, self.found.own[header].to_numpy()[rows.here]
        differing = differs(self.found.own[header].iloc[rows.here], self.target[label].iloc[rows.there])
        cells = [
            (row, row_id, value, raws[position])
            for position, row, row_id, value in self._differing(label, differing, rows)
            if not _reads_alike(raws[position], value)
        ]
        column = self.found.custom[header]
        formulas = self._formula_rows(column, {row for row, *_ in cells})
        for row, row_id, value, raw in cells:
            is_kept = row_id in self.kept.get(label, ()) or row_id in self.kept.get("", ())
            if isinstance(raw, Unreadable) or row in formulas or is_kept:
                self.unlike.setdefault(label, []).append(row_id)
            else:
                self._write(label, column, row, value, raw)

    def holds_kept(self, rows: Mapping[int, str]) -> set[int]:
        """Return which rows, given with their ids, hold a cell that must not be emptied."""
        return (rows.keys() & self.found.merged_rows) | {
            row
            for label, kept in self.kept.items()
            for row, row_id in rows.items()
            if row_id in kept and self._raw(label, row) is not None
        }

    def _raw(self, label: str, row: int) -> object:
        own = label.removeprefix(OWN)
        if own != label:
            return self.found.own[own].loc[row] if own in self.found.own else None
        return self.found.raw(label, row)

    def _differing(self, label: str, differing: Mask, rows: Rows) -> list[tuple[int, int, str, Value]]:
        """Return position, row number, row id and target of the cells that differ."""
        positions = np.flatnonzero(differing)
        there = rows.there[positions]
        numbers = self.found.frame.index[rows.here[positions]].tolist()
        ids = self.target.index[there].tolist()
        return list(zip(positions.tolist(), numbers, ids, self._values(label, there), strict=True))

    def _values(self, label: str, positions: Positions) -> list[Value]:
        column = self.target[label].iloc[positions]
        kind = None if label.startswith(OWN) else ValueKind(self.table.fields[label].type)
        items: list[Any] = column.tolist()
        return [to_value(kind, item) if kind else None if pd.isna(item) else item for item in items]

    def _write(self, label: str, column: FoundColumn, row: int, value: Value, old: Any) -> None:
        target = self.table.fields.get(label)
        is_id = target is not None and target.type == "id" and old is None
        kind = ChangeKind.ASSIGNED if is_id else ChangeKind.MERGED
        self.changes.append(Change(self.found.sheet, f"{column.letter}{row}", value, kind, old=old))
        self.written.setdefault(label, {})[row] = value

    def _column(self, label: str) -> FoundColumn | None:
        if label.startswith(OWN):
            return self.found.custom.get(label.removeprefix(OWN))
        typed = label in self.table.fields and self.table.fields[label].typed
        return self.found.columns.get(label) if typed else None

    def _formula_rows(self, column: FoundColumn, rows: set[int]) -> set[int]:
        if not rows:
            return set()
        cells = self.read.package.sheet(self.found.sheet).cells(rows, {column.index + 1})
        return {cell.row for cell in cells if cell.formula is not None}


def _reads_alike(raw: object, value: Value) -> bool:
    """Return whether a cell of people's own shows a value already, however it is stored."""
    if isinstance(raw, str) and isinstance(value, str):
        return tidy(raw) == tidy(value)
    return _holds(raw, value) or (isinstance(raw, str) and spell(value) == tidy(raw))


def _holds(raw: object, value: Value) -> bool:
    """Return whether a cell holds what somebody typed; a number that people type is not as loose as a computed one."""
    if isinstance(raw, int | float) and isinstance(value, int | float):
        return same(raw, value)
    return is_same(raw, value)

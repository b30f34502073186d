"""What checking the cells of a workbook gave: canonical values, and everything that is wrong with the rest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import Issue, Severity, Unreadable
from crmbook.formula import CellError
from crmbook.ooxml import parse_cell
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.base import Value
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Field, Table

    Key = tuple[str, str]

_SHOWN = 200
_ERROR_CELL = "value.error-cell"


@dataclass
class Checked:
    """The typed cells of a workbook, read and judged.

    Attributes
    ----------
    frames
        Canonical values of the managed tables that were found, as `crmbook.schema.recompute.table_frame` makes them; the
        index holds row numbers of the sheet. A computed field is blank, except where it may be overridden and
        somebody typed a value.
    refused
        By (table, field), the rows whose cell holds something that is no value; it must not be taken for a
        blank, nor be erased.
    corrections
        By (table, field) and row, the canonical value where the cell holds another that formulas would read
        differently: a number typed as text, a name in place of an id.
    pending
        By (table, field), the rows that name a row which has no id yet; see `crmbook.check.resolve_pending`.
    cells
        Canonical values of the typed single cells.
    issues
        All findings.
    leans_on_others
        Whether rows that the workbook does not hold could be referred to.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    refused: dict[Key, set[int]] = field(default_factory=dict)
    corrections: dict[Key, dict[int, Value]] = field(default_factory=dict)
    pending: dict[Key, set[int]] = field(default_factory=dict)
    cells: dict[str, Value] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    leans_on_others: bool = False

    def is_refused(self, table: str, name: str, row: int) -> bool:
        """Return whether a cell holds something that was refused."""
        return row in self.refused.get((table, name), ())

    @property
    def rows(self) -> int:
        """Rows of all tables that people fill."""
        return sum(len(frame) for frame in self.frames.values())

    @property
    def refusals(self) -> list[Issue]:
        """The findings about refused cells."""
        return [
            issue for issue in self.issues
            if issue.table and self.is_refused(issue.table, issue.field_name, parse_cell(issue.location.cell)[0])
        ]  # fmt: skip

    def seen(self, snapshot: Snapshot) -> dict[str, pd.DataFrame]:
        """Return the frames as the workbook's own formulas see them: refused cells with what is in them.

        What is computed from these is what an office program shows, and a refused value that somebody typed over
        a formula counts as typed, so that it is not erased.
        """
        frames = {name: frame.copy(deep=False) for name, frame in self.frames.items()}
        for (table, name), rows in self.refused.items():
            column = frames[table][name]
            cells = {row: _as_cell(snapshot.tables[table].raw(name, row)) for row in rows}
            pairs = zip(column.index.tolist(), column.tolist(), strict=True)
            frames[table][name] = pd.Series(
                [cells.get(row, value) for row, value in pairs], index=column.index, dtype=object
            )
        return frames

    def refuse(self, table: str, name: str, row: int) -> None:
        """Remember that a cell holds something that is no value."""
        self.refused.setdefault((table, name), set()).add(row)
        self.corrections.get((table, name), {}).pop(row, None)

    def correct(self, table: str, name: str, row: int, value: Value) -> None:
        """Remember the value that a cell should hold."""
        self.corrections.setdefault((table, name), {})[row] = value

    def correct_all(self, table: str, name: str, values: Mapping[int, Value]) -> None:
        """Remember the values that the cells of a column should hold, by row."""
        if values:
            self.corrections.setdefault((table, name), {}).update(values)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a table's rows as people see them, spelled when they are asked for.

    Attributes
    ----------
    column
        The canonical keys by row number; None for a table without its key column.
    """

    column: pd.Series | None

    def __getitem__(self, row: int) -> str:
        """Return the key of a row, an empty text where it is blank."""
        if self.column is None or row not in self.column.index:
            return ""
        key = self.column.loc[row]
        return "" if pd.isna(key) else spell(key)


@dataclass(frozen=True, slots=True)
class CellLocator:
    """Makes issues about the cells of one table.

    Attributes
    ----------
    table, snapshot
        The table, and where it was found.
    keys
        Key of each row.
    """

    table: Table
    snapshot: TableSnapshot
    keys: Keys

    def issue(
        self, code: str, target: Field, row: int, params: Mapping[str, object], severity: Severity
    ) -> Issue:
        """Return an issue about the cell of `target` in a row, with what is there."""
        raw = self.snapshot.raw(target.name, row)
        return Issue(
            code=code,
            severity=severity,
            location=self.snapshot.cell(target.name, row),
            table=self.table.name,
            row_key=self.keys[row],
            field_name=target.name,
            value=spell(raw)[:_SHOWN],
            params={"field": target.title, **params},
        )


def shown_cells(found: TableSnapshot, name: str) -> dict[int, object]:
    """Return what the cells of a column show, by row, as formulas take it; none where there is no such column."""
    if name not in found.columns:
        return {}
    return {row: _as_cell(found.raw(name, row)) for row in found.frame.index.tolist()}


def _as_cell(raw: object) -> object:
    """Return a raw cell as formulas take it: an error is an error, what has no value is blank, a time a number."""
    if isinstance(raw, Unreadable):
        known = raw.text in {str(error) for error in CellError}
        return (CellError(raw.text) if known else CellError.VALUE) if raw.code == _ERROR_CELL else None
    if isinstance(raw, dt.time):
        return (raw.hour * 3600 + raw.minute * 60 + raw.second) / 86_400
    if isinstance(raw, dt.timedelta):
        return raw.total_seconds() / 86_400
    return raw


def severity_of(target: Field) -> Severity:
    """Return how bad a bad value of the field is."""
    return Severity(target.severity)

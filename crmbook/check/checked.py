"""What checking the cells of a workbook gave: canonical values, and everything that is wrong with the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.issues import Issue, Severity
from crmbook.values.text import spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.read import TableSnapshot
    from crmbook.records import Value
    from crmbook.schema import Field, Table

    Key = tuple[str, str]

_SHOWN = 200


@dataclass
class Checked:
    """The typed cells of a workbook, read and judged.

    Attributes
    ----------
    frames
        Canonical values of the managed tables that were found, as `crmbook.recompute.table_frame` makes them; the
        index holds row numbers of the sheet. A computed field is blank, except where it may be overridden and
        somebody typed a value.
    refused
        By (table, field), the rows whose cell holds something that is no value; it must not be taken for a
        blank, nor be erased.
    corrections
        By (table, field) and row, the canonical value where the cell holds another that formulas would read
        differently: a number typed as text, a name in the place of an id.
    pending
        By (table, field), the rows that name a row which has no id yet; see `crmbook.check.resolve_pending`.
    cells
        Canonical values of the typed single cells.
    issues
        All findings.
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    refused: dict[Key, set[int]] = field(default_factory=dict)
    corrections: dict[Key, dict[int, Value]] = field(default_factory=dict)
    pending: dict[Key, set[int]] = field(default_factory=dict)
    cells: dict[str, Value] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def is_refused(self, table: str, name: str, row: int) -> bool:
        """Say whether a cell holds something that was refused."""
        return row in self.refused.get((table, name), ())

    def refuse(self, table: str, name: str, row: int) -> None:
        """Remember that a cell holds something that is no value."""
        self.refused.setdefault((table, name), set()).add(row)
        self.corrections.get((table, name), {}).pop(row, None)

    def correct(self, table: str, name: str, row: int, value: Value) -> None:
        """Remember the value that a cell should hold."""
        self.corrections.setdefault((table, name), {})[row] = value


@dataclass(frozen=True, slots=True)
class Places:
    """Makes issues about the cells of one table.

    Attributes
    ----------
    table, snapshot
        The table, and where it was found.
    keys
        Key of each row, by row number; empty texts where it is blank.
    """

    table: Table
    snapshot: TableSnapshot
    keys: Mapping[int, str]

    def issue(
        self, code: str, target: Field, row: int, params: Mapping[str, object], severity: Severity
    ) -> Issue:
        """Return an issue about the cell of `target` in a row, with what stands there."""
        raw = self.snapshot.raw(target.name, row)
        return Issue(
            code=code,
            severity=severity,
            location=self.snapshot.cell(target.name, row),
            table=self.table.name,
            row_key=self.keys.get(row, ""),
            field_name=target.name,
            value=spell(raw)[:_SHOWN],
            params={"field": target.title, **params},
        )


def severity_of(target: Field) -> Severity:
    """Return how bad a bad value of the field is."""
    return Severity(target.severity)

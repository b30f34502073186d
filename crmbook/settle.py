"""Settling conflicts: what people chose on 冲突处理 is done to the state.

A conflict keeps the head's value in the cell and the other value beside it; a person takes the head's, takes the
copy's, or types a third. The choice is an edit like any other and stands in the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.check import Domains
from crmbook.conflictsheet import decisions
from crmbook.issues import Issue, Severity
from crmbook.values import Kind, Surroundings, parse_value, to_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pandas as pd

    from crmbook.conflictsheet import Decision
    from crmbook.read import Snapshot
    from crmbook.records import Value
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord


@dataclass(frozen=True, slots=True)
class Settlement:
    """A conflict that a person settled: ``master`` (as it stands), ``copy`` (the other value) or ``custom``."""

    conflict: int
    choice: str


def settle(
    book: Book,
    snapshot: Snapshot,
    tables: Mapping[str, pd.DataFrame],
    conflicts: Sequence[ConflictRecord],
    as_of: date,
) -> tuple[list[Settlement], dict[str, pd.DataFrame], list[Issue]]:
    """Apply the choices made in a workbook.

    Returns
    -------
    settlements, tables, issues
        What was settled, the state afterwards, and choices that could not be followed.
    """
    known = {record.id: record for record in conflicts}
    desk = _Desk(book, dict(tables), Domains(book, snapshot.lists), Surroundings(as_of, snapshot.date1904))
    settled = []
    for decision in decisions(book, snapshot):
        record = known.pop(decision.conflict, None)
        if record is not None and desk.follow(record, decision):
            settled.append(Settlement(record.id, decision.choice))
    return settled, desk.tables, desk.issues


class _Desk:
    """The state while choices are carried out."""

    def __init__(
        self, book: Book, tables: dict[str, pd.DataFrame], domains: Domains, around: Surroundings
    ) -> None:
        self.tables = tables
        self.issues: list[Issue] = []
        self._book, self._domains, self._around = book, domains, around

    def follow(self, record: ConflictRecord, decision: Decision) -> bool:
        """Carry one choice out; return whether it could be."""
        whole_row = record.head is None or record.file is None
        if decision.choice == "custom":
            return not whole_row and self._put_custom(record, decision)
        if whole_row:
            gone = record.head is None if decision.choice == "master" else record.file is None
            if gone:
                self.tables[record.table] = self.tables[record.table].drop(
                    index=record.row_id, errors="ignore"
                )
            return True
        if decision.choice == "copy" and record.file is not None:
            self._put(record, record.file)
        return True

    def _put_custom(self, record: ConflictRecord, decision: Decision) -> bool:
        """Put what a person typed instead of both values; only a single cell can take it."""
        target = self._book.tables[record.table].fields.get(record.labels[0])
        if len(record.labels) != 1 or target is None:
            self._refuse("conflict.custom-of-group", decision, {})
            return False
        parsed = parse_value(self._domains.of(target), decision.custom, self._around)
        if parsed.refused or parsed.value is None:
            code = "conflict.custom-unreadable" if parsed.refused else "conflict.custom-missing"
            self._refuse(code, decision, {"field": target.title})
            return False
        self._put(record, (parsed.value,))
        return True

    def _put(self, record: ConflictRecord, values: Sequence[Value]) -> None:
        frame = self.tables[record.table]
        if record.row_id not in frame.index:
            return
        columns = {}
        for label, value in zip(record.labels, values, strict=True):
            column = frame[label].copy()
            column[record.row_id] = self._fit(record.table, label, value)
            columns[label] = column
        self.tables[record.table] = frame.assign(**columns)

    def _fit(self, table: str, label: str, value: Value) -> object:
        """Return a canonical value as the column of its field holds it."""
        target = self._book.tables[table].fields.get(label) if table in self._book.tables else None
        return value if target is None else to_series(Kind(target.type), [value]).iloc[0]

    def _refuse(self, code: str, decision: Decision, params: Mapping[str, object]) -> None:
        text = str(decision.custom or "")
        self.issues.append(
            Issue(code, Severity.WARNING, decision.place, "conflicts", str(decision.conflict), "custom_value",
                  text, params)
        )  # fmt: skip

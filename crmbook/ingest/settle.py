"""Settling conflicts: what people chose on 冲突处理 is done to the state.

A conflict keeps the head's value in the cell and the other value beside it; a person takes the head's, takes the
copy's, or types a third. The choice is an edit like any other and appears in the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import Issue, Severity, titled
from crmbook.build import CONFLICTS
from crmbook.check import Directory, Domains
from crmbook.ingest.follow_up import undecided_edits, unseen_edits
from crmbook.ingest.identify import NEW, SAME, asks_who
from crmbook.merge import Conflict, differs, row_values
from crmbook.read import decisions, misread_decisions, numbered
from crmbook.values import Surroundings, ValueKind, parse_value, to_series, to_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crmbook.base import Location, Value
    from crmbook.read import Decision, Misread, Snapshot
    from crmbook.schema import Book, Field
    from crmbook.store import ConflictRecord


@dataclass(frozen=True, slots=True)
class Settlement:
    """A conflict that a person settled: ``master`` (as it stands), ``copy`` (the other value) or ``custom``.

    Of a question who a row is: ``same`` or ``new``.
    """

    conflict: int
    choice: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of the choices made in a workbook.

    Attributes
    ----------
    tables
        The state afterwards.
    renewed
        By table, what had changed since it was shown to whoever chose: the choice is one of two edits again.
    issues
        Choices that could not be followed.
    """

    settlements: Sequence[Settlement]
    tables: Mapping[str, pd.DataFrame]
    renewed: Sequence[tuple[str, Conflict]]
    issues: Sequence[Issue]


def settle(  # noqa: PLR0913, PLR0917 - the workbook, what it shows, the state, its conflicts
    book: Book,
    snapshot: Snapshot,
    shown: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    conflicts: Sequence[ConflictRecord],
    as_of: date,
) -> Settled:
    """Apply the choices made in a workbook that shows `shown` to the state `tables`."""
    known = {record.id: record for record in conflicts}
    around = Surroundings(as_of, book.locale, snapshot.date1904)
    listed = (
        {number for number, _ in numbered(snapshot.tables[CONFLICTS])}
        if CONFLICTS in snapshot.tables
        else set()
    )
    unlisted = [one for one in conflicts if one.id not in listed]
    desk = _Desk(book, shown, dict(tables), Domains(book, snapshot.lists), around, unlisted)
    settled = []
    for decision in decisions(book, snapshot):
        record = known.pop(decision.conflict, None)
        if record is not None and record.state != "open":
            desk.tell_late(record, decision)
        elif record is not None and desk.follow(record, decision):
            settled.append(Settlement(record.id, decision.choice))
    for one in misread_decisions(book, snapshot):
        if one.conflict in known and known[one.conflict].state == "open":
            desk.tell_misread(known[one.conflict], one)
    return Settled(settled, desk.tables, desk.renewed, desk.issues)


class _Desk:
    """The state while choices are carried out."""

    def __init__(  # noqa: PLR0913, PLR0917 - the workbook, the state, and how values are read
        self,
        book: Book,
        shown: Mapping[str, pd.DataFrame],
        tables: dict[str, pd.DataFrame],
        domains: Domains,
        around: Surroundings,
        unlisted: Sequence[ConflictRecord],
    ) -> None:
        self.tables = tables
        self.renewed: list[tuple[str, Conflict]] = []
        self.issues: list[Issue] = []
        self._book, self._shown, self._domains, self._around = book, shown, domains, around
        self._unlisted = unlisted

    def follow(self, record: ConflictRecord, decision: Decision) -> bool:
        """Carry one choice out; return whether it could be."""
        whole_row = record.head is None or record.file is None
        is_question = asks_who(self._book.tables.get(record.table), record.labels, record.file)
        if is_question or decision.choice in {SAME, NEW}:
            # Who the row is counted when it was read; here the answer is only noted.
            if is_question != (decision.choice in {SAME, NEW}):
                self._refuse_choice(decision, is_question=is_question)
            return is_question and decision.choice in {SAME, NEW}
        if decision.choice == "custom":
            return not whole_row and self._put_custom(record, decision)
        if whole_row:
            gone = record.head is None if decision.choice == "master" else record.file is None
            if gone:
                self._drop(record)
            return True
        if decision.choice == "copy" and record.file is not None:
            self._put(record, record.file)
        return True

    def tell_late(self, record: ConflictRecord, decision: Decision) -> None:
        """Say that a conflict had been settled otherwise; the same choice again says nothing new."""
        alike = {record.decision, "copy"} if record.decision == "agreed" else {record.decision}
        if decision.choice not in alike:
            self._refuse("conflict.settled-already", decision, {"choice": self._chosen(decision)})

    def tell_misread(self, record: ConflictRecord, answer: Misread) -> None:
        """Say that an answer settles nothing, and which ones do."""
        is_question = asks_who(self._book.tables.get(record.table), record.labels, record.file)
        params = {"choices": self._fitting(is_question=is_question), "custom": self._word("custom")}
        self._tell(answer.code, answer.location, record.id, "decision", answer.text, params)

    def _refuse_choice(self, decision: Decision, *, is_question: bool) -> None:
        """Name the choices that answer a conflict instead of the one that does not."""
        params = {"choice": self._word(decision.choice), "choices": self._fitting(is_question=is_question)}
        self._refuse("conflict.choice-unfit", decision, params)

    def _fitting(self, *, is_question: bool) -> str:
        """Return the choices that answer a conflict."""
        return " / ".join(map(self._word, (SAME, NEW) if is_question else ("master", "copy", "custom")))

    def _word(self, choice: str) -> str:
        """Return a choice in the words of its dropdown; by its own name in somebody's list that lacks it."""
        entries = self._book.lists["conflict_decision"].values  # noqa: PD011 - a list of the dictionary, not a frame
        return entries[choice].text if choice in entries else choice

    def _chosen(self, decision: Decision) -> str:
        """Return a choice in the words of its dropdown, with the value that was typed."""
        words = self._word(decision.choice)
        return titled(words, decision.custom, self._book.lang) if decision.custom is not None else words

    def _put_custom(self, record: ConflictRecord, decision: Decision) -> bool:
        """Put what a person typed instead of both values; only a single cell can take it."""
        target = self._book.tables[record.table].fields.get(record.labels[0])
        if len(record.labels) != 1 or target is None:
            self._refuse("conflict.custom-of-group", decision, {})
            return False
        parsed = parse_value(self._domains.of(target), decision.custom, self._around)
        value = self._key_of(target, parsed.value) if target.to and parsed.value is not None else parsed.value
        if parsed.refused or value is None:
            is_blank = parsed.value is None and not parsed.refused
            code = "conflict.custom-missing" if is_blank else "conflict.custom-unreadable"
            self._refuse(code, decision, {"field": target.title})
            return False
        self._put(record, (value,))
        return True

    def _key_of(self, target: Field, typed: Value) -> Value:
        """Return the key of the row that a typed reference means, of those that the workbook shows, by its keys first."""
        table, frame = self._book.tables[str(target.to)], self.tables.get(str(target.to))
        if frame is None or table.key not in frame.columns:
            return typed
        shown = self._shown.get(table.name)
        if shown is not None and table.key in shown.columns:
            rows = shown.index[(shown[table.key] == typed).to_numpy()]
            if len(rows) == 1 and rows[0] in frame.index:
                return to_value(ValueKind(target.type), frame.loc[rows[0], table.key])
            frame = frame[frame.index.isin(shown.index)]
        directory = Directory(table, frame)
        keys = (str(typed),) if typed in directory.ids else directory.meant(str(typed))
        return keys[0] if len(keys) == 1 and keys[0] else None

    def _drop(self, record: ConflictRecord) -> None:
        """Delete the row, unless it holds what nobody saw who decided that."""
        frame = self.tables[record.table]
        if record.row_id not in frame.index:
            return
        moved = self._moved(record, tuple(frame.columns))
        beside = self._unseen_beside(record)
        if moved or beside:
            self._renew(record, moved, None, beside)
        else:
            self.tables[record.table] = frame.drop(index=record.row_id)

    def _unseen_beside(self, record: ConflictRecord) -> Mapping[str, tuple[Value, Value]]:
        """Return what was typed beside the record's row, of what the workbook shows, and is not there.

        And what waits in a conflict that the workbook does not list.
        """
        if record.table not in self._book.tables:
            return {}
        rows = pd.Index([record.row_id], dtype=object)
        shown = {name: frame for name, frame in self.tables.items() if name in self._shown}
        undecided = undecided_edits(self._book, record.table, rows, self.tables.get, self._unlisted)
        unseen = unseen_edits(self._book, record.table, rows, shown.get, self._shown.get)
        return {**undecided.get(record.row_id, {}), **unseen.get(record.row_id, {})}

    def _moved(self, record: ConflictRecord, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the cells of the record's row in which the state is not what the workbook shows."""
        frame, shown = self.tables[record.table].loc[[record.row_id]], self._shown.get(record.table)
        if shown is None or record.row_id not in shown.index:
            return tuple(labels)
        seen = shown.loc[[record.row_id]]
        return tuple(label for label in labels if label in seen and differs(frame[label], seen[label]).any())

    def _renew(
        self,
        record: ConflictRecord,
        labels: tuple[str, ...],
        file: tuple[Value, ...] | None,
        beside: Mapping[str, tuple[Value, Value]] = MappingProxyType({}),
    ) -> None:
        """Let a choice that meets another edit, of the row or `beside` it, contradict that as an edit of its own."""
        head = row_values(self.tables[record.table], record.row_id, labels)
        shown = self._shown.get(record.table)
        seen = shown is not None and record.row_id in shown.index
        base = row_values(shown, record.row_id, labels) if shown is not None and seen else None
        more = {label: pair for label, pair in beside.items() if label not in labels}
        labels += tuple(more)
        head += tuple(now for _, now in more.values())
        base = None if base is None else base + tuple(then for then, _ in more.values())
        self.renewed.append((record.table, Conflict(record.row_id, labels, base, head, file)))

    def _put(self, record: ConflictRecord, values: Sequence[Value]) -> None:
        frame = self.tables[record.table]
        if record.row_id not in frame.index:
            return
        if self._moved(record, record.labels):
            self._renew(record, record.labels, tuple(values))
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
        return value if target is None else to_series(ValueKind(target.type), [value]).iloc[0]

    def _refuse(self, code: str, decision: Decision, params: Mapping[str, object]) -> None:
        text = str(decision.custom or "")
        self._tell(code, decision.location, decision.conflict, "custom_value", text, params)

    def _tell(  # noqa: PLR0913, PLR0917 - the parts of an issue
        self, code: str, location: Location, number: int, label: str, text: str, params: Mapping[str, object]
    ) -> None:
        found = Issue(code, Severity.WARNING, location, CONFLICTS, str(number), label, text, params)
        self.issues.append(found)

"""What is due by the rules of the schema, whom it is about, who is asked, and whether somebody has answered.

A reminder is a rule, a row and an occasion: the date that it is due on, or what the rule says tells one occasion from
the next. The state holds the answers that people gave, by that key, in a frame of its own (`ANSWERED`): done ends the
occasion, postponed brings it back on a day, never ends the rule for the row. What is due no longer needs no answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import pandas as pd

from crmbook.formula import Formula, Frames, to_date
from crmbook.values import ValueKind, spell, to_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from crmbook.schema import Book, Computed, Reminder, Table

    Ids = Mapping[str, pd.Series]

REMINDERS: Final = "reminders"
"""The table that lists what is due, and its page."""
CONFLICTS: Final = "conflicts"
"""The table that lists the conflicts."""
ANSWERED: Final = "_reminders"
"""The frame of the state that holds the answers: `decision`, `until` and `note` by reminder."""
DONE, POSTPONED, NEVER = "done", "postponed", "never"
_SOON: Final = 7
_URGENCIES: Final = ("overdue", "today", "week", "later")


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due.

    Attributes
    ----------
    key
        The reminder: rule, row and occasion.
    days
        From the as-of date to `due`; negative once it is late, None without a date.
    patient
        Whether it can wait and is never overdue.
    customer_id, customer
        Whom it is about, empty where it is about nobody.
    reason, remedy
        Why, and what to do.
    """

    key: str
    table: str
    row_id: str
    owner: str
    customer_id: str
    customer: str
    reason: str
    remedy: str
    due: date | None = None
    days: int | None = None
    patient: bool = False

    @property
    def urgency(self) -> str:
        """The machine name of how urgent it is; what has no date is for today."""
        if self.patient:
            return "later"
        if self.days is None or self.days == 0:
            return "today"
        if self.days < 0:
            return "overdue"
        return "week" if self.days <= _SOON else "later"

    @property
    def order(self) -> tuple[int, int, str, str, str]:
        """What is sorted by: the most urgent first, of these the oldest."""
        return (_URGENCIES.index(self.urgency), self.days or 0, self.owner, self.customer_id, self.key)


class Conflict(Protocol):
    """A conflict that waits for a decision: its number, and the row that it is about."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def table(self) -> str:
        """Table of the row."""

    @property
    def row_id(self) -> str:
        """Id of the row."""


def find_due(
    book: Book,
    computed: Computed,
    as_of: date,
    ids: Ids | None = None,
    conflicts: Sequence[Conflict] = (),
) -> list[Due]:
    """Return what is due, answered or not, the most urgent first.

    Parameters
    ----------
    computed
        The rows of the book with everything computed.
    ids
        By table, the id of each row by its label in the frame; by default the labels are the ids.
    conflicts
        Those that are open.
    """
    if REMINDERS not in book.tables:
        return []
    search = _Search(book, computed, as_of, ids or {})
    managed = [table for table in book.tables.values() if table.managed]
    found = [one for table in managed for rule in table.reminders for one in search.iter_due(table, rule)]
    found += [one for conflict in conflicts for one in search.iter_waiting(conflict)]
    return sorted(found, key=lambda one: one.order)


def open_of(found: Sequence[Due], answers: pd.DataFrame | None, as_of: date) -> list[Due]:
    """Return the reminders that nobody has answered, and those that were postponed up to today."""
    if answers is None or answers.empty:
        return list(found)
    never = {_rule_and_row(key) for key in answers.index[answers["decision"] == NEVER]}
    decisions, days = answers["decision"].to_dict(), answers["until"].to_dict()
    return [
        one
        for one in found
        if _rule_and_row(one.key) not in never
        and not _is_answered(decisions.get(one.key), days.get(one.key), as_of)
    ]


def notes_of(answers: pd.DataFrame | None) -> dict[str, str]:
    """Return what people wrote beside reminders, by reminder."""
    return {} if answers is None else {str(key): str(note) for key, note in answers["note"].dropna().items()}


def _is_answered(decision: Any, until: Any, as_of: date) -> bool:
    if decision == POSTPONED:
        return bool(pd.notna(until) and until.date() > as_of)
    return bool(decision == DONE)


def _rule_and_row(key: str) -> str:
    return "/".join(key.split("/", 3)[:3])


def row_of_key(key: str) -> tuple[str, str, str] | None:
    """Return table, rule and row id of a reminder; None where a text is no reminder's key."""
    parts = key.split("/", 3)
    return (parts[0], parts[1], parts[2]) if len(parts) == 4 and all(parts[:3]) else None


class _Search:
    """Finds what is due in the rows of a book."""

    def __init__(self, book: Book, computed: Computed, as_of: date, ids: Ids) -> None:
        self._book, self._computed, self._as_of, self._ids = book, computed, as_of, ids
        self._frames = Frames(computed.frames)
        for (table, name), result in computed.results.items():
            if table:
                self._frames.put(table, name, result)
        self._whose, self._people = book.people, _people(book, computed)

    def iter_due(self, table: Table, rule: Reminder) -> Iterator[Due]:
        """Yield what a rule finds in its table."""
        holds = self._evaluated(rule.formula)
        rows = [row for row, item in zip(holds.index.tolist(), holds.tolist(), strict=True) if _is_true(item)]
        if not rows:
            return
        ids = self._ids.get(table.name)
        days = self._dates(table, rule, rows)
        occasions = self._occasions(rule, rows)
        for row, day, occasion in zip(rows, days, occasions, strict=True):
            row_id = row if ids is None else ids.get(row)
            if row_id is None or pd.isna(row_id):
                continue
            marker = occasion if rule.occurrence else (day.isoformat() if day else "")
            key = f"{table.name}/{rule.id}/{row_id}/{marker}"
            number, name, owner = self._whom(table, rule.owner, row)
            left = None if day is None else (day - self._as_of).days
            yield Due(
                key,
                table.name,
                str(row_id),
                owner,
                number,
                name,
                rule.message,
                rule.remedy,
                day,
                left,
                rule.patient,
            )

    def iter_waiting(self, conflict: Conflict) -> Iterator[Due]:
        """Yield that a conflict waits for a decision, for whoever is in charge of its row."""
        page, table = self._book.tables.get(CONFLICTS), self._book.tables.get(conflict.table)
        for rule in page.reminders if page else ():
            number = name = owner = ""
            if table is not None and (row := self._label(conflict)) is not None:
                number, name, owner = self._whom(table, self._book.owner, row)
            key = f"{CONFLICTS}/{rule.id}/{conflict.id}/"
            yield Due(key, CONFLICTS, str(conflict.id), owner, number, name, rule.message, rule.remedy)

    def _label(self, conflict: Conflict) -> Any:
        """Return the label of a conflict's row in its frame; None where the row is gone."""
        frame, ids = self._computed.frames.get(conflict.table), self._ids.get(conflict.table)
        if frame is None:
            return None
        labels = frame.index if ids is None else ids.index[ids == conflict.row_id]
        wanted = conflict.row_id if ids is None else next(iter(labels.tolist()), None)
        return wanted if wanted in frame.index else None

    def _evaluated(self, formula: Formula) -> pd.Series:
        return formula.evaluate(self._frames, self._computed.cells)

    def _dates(self, table: Table, rule: Reminder, rows: list[Any]) -> list[date | None]:
        if rule.due is None:
            return [None] * len(rows)
        if isinstance(rule.due, Formula):
            return [_day(item) for item in self._evaluated(rule.due).loc[rows].tolist()]
        column = self._computed.frames[table.name][rule.due]
        values = [to_value(ValueKind.DATE, item) for item in column.loc[rows].tolist()]
        return [value if hasattr(value, "isoformat") else None for value in values]  # type: ignore[misc]

    def _occasions(self, rule: Reminder, rows: list[Any]) -> list[str]:
        if rule.occurrence is None:
            return [""] * len(rows)
        return [_text(item) for item in self._evaluated(rule.occurrence).loc[rows].tolist()]

    def _whom(self, table: Table, in_charge: str | None, row: Any) -> tuple[str, str, str]:
        """Return id and name of the customer a row is about, and who is in charge."""
        frame = self._computed.frames[table.name]
        is_person = table.name == self._whose
        refers = table.key if is_person else next(iter(_references(table, self._whose)), None)
        number = spell(_value(frame, refers, row))
        name, owner = self._people.get(number, ("", ""))
        mine = spell(_value(frame, in_charge, row))
        return number, name or spell(_value(frame, table.name_field, row)), mine or owner


def _references(table: Table, people: str) -> list[str]:
    return [inner.name for inner in table.references_to(people)]


def _people(book: Book, computed: Computed) -> dict[str, tuple[str, str]]:
    """Return name and owner of every customer, by id."""
    table, frame = book.tables.get(book.people), computed.frames.get(book.people)
    if table is None or frame is None:
        return {}
    columns = [
        [spell(item) if pd.notna(item) else "" for item in frame[name].tolist()]
        if name in frame
        else [""] * len(frame)
        for name in (table.key, table.name_field or "", book.owner)
    ]
    return {number: (name, owner) for number, name, owner in zip(*columns, strict=True) if number}


def _value(frame: pd.DataFrame, name: str | None, row: Any) -> Any:
    value = frame[name].loc[row] if name in frame else None
    return None if value is None or value != value else value  # noqa: PLR0124 - NaN


def _is_true(item: object) -> bool:
    return item is True or (isinstance(item, float) and not math.isnan(item) and item != 0)


def _day(item: object) -> date | None:
    return to_date(item) if isinstance(item, float) and 1 <= item < 2_958_466 else None


def _text(item: object) -> str:
    return f"{item:.10g}" if isinstance(item, float) else str(item)

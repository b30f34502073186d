"""Answers to reminders: what people chose on 跟进提醒 becomes part of the state.

The state holds one answer for each reminder. Two copies may answer the same one without knowing of each other, and an
old copy may come back: so the answers are joined in a way that does not depend on which comes first. What goes further
wins (never again, done, postponed), of two days the later one, and notes are joined one behind the other. Who postpones
without a day means the default of the field.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import Issue, Severity
from crmbook.build import ANSWERED, DONE, NEVER, POSTPONED, REMINDERS, row_of_key
from crmbook.formula import Formula, to_date, to_serial
from crmbook.ingest.follow_up import carry_out
from crmbook.read import reminder_answers
from crmbook.values import Domain, Surroundings, ValueKind, parse_value, spell, to_series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmbook.base import Location
    from crmbook.ingest.follow_up import Note
    from crmbook.read import ReminderAnswer, Snapshot
    from crmbook.schema import Book

_ORDER: Final = (None, POSTPONED, DONE, NEVER)
_KINDS: Final = {"decision": ValueKind.TEXT, "until": ValueKind.DATE, "note": ValueKind.TEXT}
_BETWEEN: Final = "；"


@dataclass(frozen=True, slots=True)
class Before:
    """What answers are taken into.

    Attributes
    ----------
    tables
        The merged state, with the answers that are known: `decision`, `until` and `note` by reminder.
    head
        The head before the merge.
    counters
        Highest numbers ever given.
    """

    book: Book
    tables: Mapping[str, pd.DataFrame]
    head: Mapping[str, pd.DataFrame]
    counters: Mapping[str, int]
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of the answers in a workbook.

    Attributes
    ----------
    tables
        The state with the answers, and with what they write.
    counters
        Highest numbers ever given.
    notes
        What was written.
    issues
        Answers that say nothing.
    """

    tables: Mapping[str, pd.DataFrame]
    counters: Mapping[str, int]
    notes: list[Note]
    issues: list[Issue]


def take_answers(before: Before, snapshot: Snapshot, holds: Callable[[str, str], bool]) -> Answered:
    """Join the answers that are in a workbook with those that the state holds, and write what they say.

    Parameters
    ----------
    holds
        Returns whether the workbook has a row, by table and id: nobody answers for another's.
    """
    book, as_of, known = before.book, before.as_of, _rows(before.tables.get(ANSWERED))
    desk = _Desk(book, as_of, Surroundings(as_of, book.locale, snapshot.date1904))
    rows = dict(known)
    for answer in reminder_answers(book, snapshot):
        if not answer.reminder or not holds(*_row_of(answer.reminder)):
            desk.tell_astray(answer)
            continue
        old = rows.get(answer.reminder, (None, None, None))
        rows[answer.reminder] = _joined(old, (*desk.decided(answer), answer.note or None))
    rows = {key: row for key, row in rows.items() if any(row)}
    done = {
        key: note or ""
        for key, (decision, _, note) in rows.items()
        if decision == DONE and known.get(key, (None,))[0] != DONE
    }
    carried = carry_out(book, before.tables, before.head, before.counters, as_of, done)
    tables = carried.tables if rows == known else {**carried.tables, ANSWERED: _frame(rows)}
    return Answered(tables, carried.counters, carried.notes, desk.issues)


def _row_of(reminder: str) -> tuple[str, str]:
    table, _, row_id = row_of_key(reminder) or ("", "", "")
    return table, row_id


class _Desk:
    """Reads answers, and says which are none."""

    def __init__(self, book: Book, as_of: dt.date, around: Surroundings) -> None:
        self.issues: list[Issue] = []
        self._book, self._as_of, self._around = book, as_of, around

    def decided(self, answer: ReminderAnswer) -> tuple[str | None, dt.date | None]:
        """Return the decision and the day to be reminded again; none where the answer says nothing."""
        if answer.text.strip() and not answer.choice:
            choices = [value.text for value in self._book.lists["reminder_decision"].values.values()]  # noqa: PD011 - a list of the dictionary
            self._tell(
                "reminder.choice-unknown",
                "decision",
                answer.location,
                answer.text,
                choices=" / ".join(choices),
            )
            return None, None
        if answer.choice in {DONE, NEVER}:
            return answer.choice, None
        if answer.choice == POSTPONED and answer.until is None:
            return POSTPONED, self._usual_day
        return self._postponed(answer) if answer.choice or answer.until is not None else (None, None)

    def tell_astray(self, answer: ReminderAnswer) -> None:
        """Report what was typed where no reminder is: sync writes these lines anew."""
        typed = [answer.text, spell(answer.until), answer.note]
        self._tell(
            "reminder.nowhere", "decision", answer.location, " ".join(filter(None, map(str.strip, typed)))
        )

    @cached_property
    def _usual_day(self) -> dt.date:
        """The day that is meant where somebody postpones and gives none: the field's default, tomorrow at the earliest."""
        tomorrow = self._as_of + dt.timedelta(days=1)
        formula = self._book.tables[REMINDERS].fields["until"].default
        if not isinstance(formula, Formula):
            return tomorrow
        days = formula.evaluate({REMINDERS: pd.DataFrame(index=[0])}, {"as_of": to_serial(self._as_of)})
        return max(to_date(days.iloc[0]), tomorrow)

    def _postponed(self, answer: ReminderAnswer) -> tuple[str | None, dt.date | None]:
        parsed = parse_value(Domain(ValueKind.DATE), answer.until, self._around)
        day, text = parsed.value, str(answer.until if answer.until is not None else "")
        if parsed.refused or not isinstance(day, dt.date):
            self._tell("reminder.not-a-day", "until", answer.day, text)
        elif day <= self._as_of:
            self._tell("reminder.day-past", "until", answer.day, text, as_of=self._as_of)
        else:
            return POSTPONED, day
        return None, None

    def _tell(self, code: str, label: str, location: Location, text: str, **params: object) -> None:
        self.issues.append(Issue(code, Severity.WARNING, location, REMINDERS, "", label, text, params))


_Row = tuple[str | None, dt.date | None, str | None]


def _joined(old: _Row, new: _Row) -> _Row:
    """Return what two answers to one reminder come to, whichever came first."""
    decision = max(old[0], new[0], key=_ORDER.index)
    days = [day for day in (old[1], new[1]) if day is not None]
    until = max(days) if decision == POSTPONED else None
    return decision, until, _noted(old[2], new[2])


def _noted(old: str | None, new: str | None) -> str | None:
    if not old or not new:
        return old or new
    if new in old:
        return old
    return new if old in new else f"{old}{_BETWEEN}{new}"


def _rows(known: pd.DataFrame | None) -> dict[str, _Row]:
    if known is None:
        return {}
    columns = [[None if pd.isna(item) else item for item in known[name].tolist()] for name in _KINDS]
    rows = zip(known.index.tolist(), *columns, strict=True)
    return {key: (decision, until and _day(until), note) for key, decision, until, note in rows}


def _day(value: Any) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _frame(rows: Mapping[str, _Row]) -> pd.DataFrame:
    index = pd.Index(list(rows), dtype=object)
    columns = {
        name: to_series(kind, [row[at] for row in rows.values()], index)
        for at, (name, kind) in enumerate(_KINDS.items())
    }
    return pd.DataFrame(columns, index=index)

"""What an answer that a reminder is done writes where it belongs: a contact that was made, a task that is finished.

The rule says what (`done` in the schema). It is written once, when the state learns of the answer, whichever copy
brings it, and in the same revision, so that going back takes both away. What was due no longer once everything else of
the workbook was merged writes nothing: somebody has recorded it already, there or elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import describe
from crmbook.build import find_due, row_of_key
from crmbook.ingest.follow_up.state import Progress, items
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from crmbook.build import Due
    from crmbook.schema import Book, Done, Field, Reminder


def carry_out(  # noqa: PLR0913, PLR0917 - the state, and what is new in it
    book: Book,
    tables: Mapping[str, pd.DataFrame],
    before: Mapping[str, pd.DataFrame],
    counters: Mapping[str, int],
    as_of: date,
    done: Mapping[str, str],
) -> Progress:
    """Write what people's answers say.

    Parameters
    ----------
    tables, before
        The merged state, and the head before the merge.
    done
        What was noted beside each reminder that is done since the head, by its key.
    """
    progress = Progress(book, tables, before, counters, as_of)
    rules = {key: rule for key in done if (rule := _rule_of(book, key)) and rule.done}
    if not rules:
        return progress
    for one in find_due(book, progress.now.whole, as_of):
        if one.key in rules:
            for what in rules[one.key].done:
                _Record(progress, one, what, done[one.key], as_of).write()
    return progress


def _rule_of(book: Book, key: str) -> Reminder | None:
    table, name, _ = row_of_key(key) or ("", "", "")
    rules = book.tables[table].reminders if table in book.tables else ()
    return next((rule for rule in rules if rule.id == name), None)


class _Record:
    """What one answer writes into one table."""

    def __init__(self, progress: Progress, due: Due, what: Done, note: str, as_of: date) -> None:
        self._progress, self._due, self._what, self._note, self._day = progress, due, what, note, as_of

    def write(self) -> None:
        """Write it, unless it is there already."""
        what, table = self._what, self._what.into or self._due.table
        fields = self._progress.book.tables[table].fields
        if what.into is None:
            self._progress.put(fields[what.dated], {self._due.row_id: self._day})
            if what.noted and self._note:
                self._put_note(fields[what.noted])
        elif self._stands():
            return
        else:
            note = self._note or describe(
                "reminder.recorded", self._progress.book.lang, {"reason": self._due.reason}
            )
            row = {**self._carried(), what.dated: self._day, **({what.noted: note} if what.noted else {})}
            self._progress.add(table, {label: [value] for label, value in row.items()})
        self._progress.note(
            "answered", table, self._due.row_id, key=self._due.customer_id, reason=self._due.reason
        )

    def _put_note(self, field: Field) -> None:
        """Put what was noted into the row itself; what is there already stays, in a field with room the note below it."""
        held = items(self._progress.column(self._due.table, field.name), [self._due.row_id])[0]
        if held is None:
            self._progress.put(field, {self._due.row_id: self._note})
        elif field.type == "long_text" and self._note not in spell(held):
            self._progress.put(field, {self._due.row_id: f"{spell(held)}\n{self._note}"})

    def _carried(self) -> dict[str, object]:
        here, row = self._due.table, [self._due.row_id]
        return {
            target: items(self._progress.column(here, source), row)[0]
            for target, source in self._what.carry.items()
        }

    def _stands(self) -> bool:
        """Return whether such a row of this day is there: one contact settles all that was due about a customer."""
        table, what = self._what.into or "", self._what
        references = [name for name in what.carry if self._progress.book.tables[table].fields[name].to]
        wanted = self._carried()
        is_same = self._progress.column(table, what.dated).map(_day_of) == self._day
        for name in references:
            is_same &= self._progress.column(table, name) == wanted[name]
        if not is_same.any():
            return False
        if not self._note or what.noted is None:
            return True
        return any(self._note in spell(text) for text in self._progress.column(table, what.noted)[is_same])


def _day_of(value: object) -> object:
    return value.date() if hasattr(value, "date") else value

"""What people answered on the sheets of issues, of conflicts and of reminders, read back.

A held plan is confirmed or discarded in the lines of 校验问题 that name it; a conflict is settled in its line of
冲突处理, a reminder in its line of 跟进提醒. Answers that contradict each other are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import CONFLICTS, REMINDERS, row_of_key
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Location
    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Book


LIST: Final = "issues"
"""The table that lists the issues."""


def hold_decision(book: Book, snapshot: Snapshot) -> tuple[str, str] | None:
    """Return the plan that a person decided on, and the answer (``confirm`` or ``discard``).

    None while no answer is there, and where the answers in a plan's lines contradict each other.
    """
    found = snapshot.tables.get(LIST)
    if found is None or not {"decision", "plan"} <= found.columns.keys():
        return None
    choices = choices_of(book, "hold_decision")
    pairs = zip(found.frame["plan"], found.frame["decision"], strict=True)
    answers = {
        (tidy(spell(plan)), choice)
        for plan, answer in pairs
        if plan is not None and (choice := choices.get(spelled_answer(answer)))
    }
    return answers.pop() if len(answers) == 1 else None


def choices_of(book: Book, name: str) -> dict[str, str]:
    """Return the machine names of a list's values by their texts, in either language, as `spelled_answer` writes them."""
    values = book.lists[name].values.values() if name in book.lists else ()
    return {spelled_answer(text): value.name for value in values for text in value.texts.values()}


def spelled_answer(answer: object) -> str:
    """Return an answer without what a keyboard or an office program makes of it: capitals, curled apostrophes."""
    return tidy(spell(answer)).replace("’", "'").casefold()


def unknown_plan_answers(book: Book, snapshot: Snapshot) -> list[tuple[Location, str]]:
    """Return the answers to held plans that their dropdown does not know, each with its cell."""
    found = snapshot.tables.get(LIST)
    if found is None or not {"decision", "plan"} <= found.columns.keys():
        return []
    choices = choices_of(book, "hold_decision")
    typed = {
        row: found.raw("decision", row) for row in found.frame.index.tolist() if spell(found.raw("plan", row))
    }
    return [
        (found.cell("decision", row), spell(answer))
        for row, answer in typed.items()
        if spelled_answer(answer) and spelled_answer(answer) not in choices
    ]


_DECISIONS: Final = "conflict_decision"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person chose for a conflict.

    Attributes
    ----------
    conflict
        Id of the conflict.
    choice
        ``master``, ``copy`` or ``custom``; to the question who a row is, ``same`` or ``new``.
    custom
        What was typed as custom value, raw; None where nothing was.
    location
        The cell in which the choice is.
    """

    conflict: int
    choice: str
    custom: Any
    location: Location


@dataclass(frozen=True, slots=True)
class Misread:
    """What a person answered to a conflict that is no choice.

    Attributes
    ----------
    code
        ``conflict.choice-unknown``, ``conflict.choices-differ`` (two lines of one conflict) or ``conflict.custom-alone``
        (a value, and no choice).
    text
        What was typed.
    """

    conflict: int
    code: str
    text: str
    location: Location


def decisions(book: Book, snapshot: Snapshot) -> list[Decision]:
    """Return the choices made in a workbook, by conflict; one that contradicts another of its conflict is none."""
    made = _made(book, snapshot)
    return [made[number][0] for number in sorted(made) if _are_one(made[number])]


def misread_decisions(book: Book, snapshot: Snapshot) -> list[Misread]:
    """Return the answers in a workbook that settle nothing, whatever was meant."""
    found, made = snapshot.tables.get(CONFLICTS), _made(book, snapshot)
    if found is None:
        return []
    misread = [
        Misread(
            number, "conflict.choices-differ", spell(found.raw("decision", row)), found.cell("decision", row)
        )
        for number, row in numbered(found)
        if number in made and not _are_one(made[number]) and spell(found.raw("decision", row))
    ]
    for number, row in numbered(found):
        typed, custom = spell(found.raw("decision", row)), spell(found.raw("custom_value", row))
        if number not in made and tidy(typed):
            misread.append(Misread(number, "conflict.choice-unknown", typed, found.cell("decision", row)))
        elif number not in made and tidy(custom):
            misread.append(Misread(number, "conflict.custom-alone", custom, found.cell("decision", row)))
    return misread


def _made(book: Book, snapshot: Snapshot) -> dict[int, list[Decision]]:
    """Return the choices of every line, by conflict."""
    found, made = snapshot.tables.get(CONFLICTS), dict[int, list[Decision]]()
    if found is None:
        return made
    choices = choices_of(book, _DECISIONS)
    for number, row in numbered(found):
        choice = choices.get(spelled_answer(found.raw("decision", row)))
        if choice:
            custom = found.raw("custom_value", row)
            decision = Decision(number, choice, custom, found.cell("decision", row))
            made.setdefault(number, []).append(decision)
    return made


def _are_one(made: list[Decision]) -> bool:
    return len({one.choice for one in made}) == 1


def numbered(found: TableSnapshot) -> Iterator[tuple[int, int]]:
    """Yield the conflict's number and the row of every line that has one."""
    for row in found.frame.index.tolist() if "number" in found.columns else ():
        text = tidy(spell(found.raw("number", row)))
        if text.isascii() and text.isdigit():
            yield int(text), row


@dataclass(frozen=True, slots=True)
class ReminderAnswer:
    """What a person answered to a reminder.

    Attributes
    ----------
    reminder
        Its key, see `crmbook.build.reminders`; empty where it is in a line that is no reminder's.
    choice
        ``done``, ``postponed`` or ``never``; empty where none of them is there.
    text, until
        What is in the cells of the answer and of the day, raw.
    note
        What was written beside it.
    location, day
        The cells of the answer and of the day.
    """

    reminder: str
    choice: str
    text: str
    until: Any
    note: str
    location: Location
    day: Location


def reminder_answers(book: Book, snapshot: Snapshot) -> list[ReminderAnswer]:
    """Return what was answered, or merely noted, in the lines of the reminders."""
    found = snapshot.tables.get(REMINDERS)
    if found is None or not {"reminder", "decision", "until", "note"} <= found.columns.keys():
        return []
    choices = choices_of(book, "reminder_decision")
    answers: list[ReminderAnswer] = []
    for row in found.frame.index.tolist():
        key, text = tidy(spell(found.raw("reminder", row))), spell(found.raw("decision", row))
        until, note = found.raw("until", row), tidy(spell(found.raw("note", row)))
        key = key if row_of_key(key) is not None else ""
        if tidy(text) or until is not None or note:
            cells = found.cell("decision", row), found.cell("until", row)
            answers.append(
                ReminderAnswer(key, choices.get(spelled_answer(text), ""), text, until, note, *cells)
            )
    return answers

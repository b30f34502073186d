"""What a table asks for beside its fields: rules across fields, rows that open others, reminders and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.formula import Formula
    from crmbook.schema.written import Words


@dataclass(frozen=True)
class Check:
    """A rule across fields: `formula` is true for a good row."""

    id: str
    formula: Formula
    fields: tuple[str, ...]
    severity: Literal["error", "warning"]
    message: Words
    remedy: Words | None = None


@dataclass(frozen=True)
class Advance:
    """Opens a row in table `to` where `formula` is true; `carry` maps fields there to fields here.

    None is opened where `unless` is true. With `into` none is opened at all: the rows there in which it is true, and
    which have the same parent, take the values.
    """

    formula: Formula
    to: str
    carry: Mapping[str, str]
    close: bool
    unless: Formula | None = None
    into: Formula | None = None


@dataclass(frozen=True)
class Done:
    """What an answer that a reminder is done writes: a row of table `into`, or the row itself where that is None.

    Attributes
    ----------
    carry
        Field there → field here.
    dated
        Field that takes the as-of date.
    noted
        Field that takes what was noted beside the reminder, else why somebody was reminded.
    """

    into: str | None
    carry: Mapping[str, str]
    dated: str
    noted: str | None


@dataclass(frozen=True)
class Reminder:
    """Something due where `formula` is true.

    Attributes
    ----------
    due
        A field's name or a formula for the date.
    owner
        Field with the person in charge.
    occurrence
        What tells one occasion from the next, where the date does not.
    patient
        Whether it can wait and is never overdue.
    message, remedy
        Why somebody is reminded, and what to do.
    done
        What an answer that it is done writes.
    """

    id: str
    formula: Formula
    due: str | Formula | None
    owner: str | None
    message: str
    remedy: str = ""
    occurrence: Formula | None = None
    patient: bool = False
    done: tuple[Done, ...] = ()

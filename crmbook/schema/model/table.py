"""The table: one sheet's rows, with the rules that bind its fields together."""

import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from crmbook.schema.model.base import FormulaText, Identifier, Label, MachineName, Model, refuse_keys
from crmbook.schema.model.field import Constant, FieldSpec, Severity

_ROWS = re.compile(r"one per (?P<table>[a-z][a-z0-9_]*)|each of (?P<list>[a-z][a-z0-9_]*)|bands|parameters")


def _rows_rule(text: str) -> str:
    if not _ROWS.fullmatch(text):
        raise PydanticCustomError("schema.bad-rows", "no such rule")
    return text


def _listed(value: object) -> object:
    return (value,) if isinstance(value, Mapping) else value


RowsRule = Annotated[
    str,
    AfterValidator(_rows_rule),
    Field(
        json_schema_extra={"pattern": "^(one per [a-z][a-z0-9_]*|each of [a-z][a-z0-9_]*|bands|parameters)$"}
    ),
]


class CheckSpec(Model):
    """A rule across the fields of a row."""

    id: Identifier
    """Name of the rule in reports"""
    check: FormulaText
    """Formula that is true for a good row"""
    fields: tuple[MachineName, ...]
    """Fields that are marked where the rule fails"""
    severity: Severity = "error"
    """Whether the row is refused or only pointed at"""
    message: Label
    """What is wrong, in words"""
    remedy: Label | None = None
    """What to do about it"""


class AdvanceSpec(Model):
    """How a row moves on: sync opens a row in another table when the condition holds, or writes into one there."""

    when: FormulaText
    """Formula that is true for a row that moves on"""
    to: MachineName
    """Table in which the row is opened"""
    carry: Mapping[MachineName, MachineName] = Field(default_factory=dict)
    """Fields that are carried over: field there → field here"""
    unless: FormulaText | None = None
    """Formula: no row is opened where it is true"""
    into: FormulaText | None = None
    """Formula over the rows there: no row is opened, those of the same parent in which it is true take the values"""
    close: bool = False
    """The row left behind counts no longer for the current stage"""


class DoneSpec(Model):
    """What an answer that a reminder is done writes."""

    into: MachineName | None = None
    """Table that gets a row; without it the row itself is written to"""
    carry: Mapping[MachineName, MachineName] = Field(default_factory=dict)
    """Fields that such a row takes over: field there → field here"""
    dated: MachineName
    """Field that takes the as-of date"""
    noted: MachineName | None = None
    """Field that takes what was noted beside the reminder; in a new row else why somebody was reminded"""

    @model_validator(mode="after")
    def _carried_into_another(self) -> Self:
        if self.into is None and self.carry:
            refuse_keys(beside={"carry": "into"})
        return self


class ReminderSpec(Model):
    """Something that is due."""

    id: Identifier
    """Name of the rule in reports"""
    when: FormulaText
    """Formula that is true where a reminder is due"""
    due: str | None = None
    """Field with the date, or a formula for it"""
    owner: MachineName | None = None
    """Field with the person in charge; else whoever has the customer"""
    occurrence: FormulaText | None = None
    """Formula for what tells one occasion from the next, where the date does not: an answer holds for one occasion"""
    partial: bool = False
    """True: in a book without some of what `when` reads the rest of it counts; else such a book is without the reminder"""
    patient: bool = False
    """True for what can wait: it is never shown as overdue, and comes last"""
    done: tuple[DoneSpec, ...] = ()
    """What the answer that it is done writes, where that belongs"""
    message: Label
    """Why somebody is reminded"""
    remedy: Label | None = None
    """What to do"""


class TableSpec(Model):
    """One table: its sheet, fields, rules."""

    table: MachineName
    """Machine name"""
    title: Label
    """Title of the sheet"""
    help: Label | None = None
    """What the sheet is for"""
    filled_by: Label | None = None
    """Who fills it"""
    stage: Annotated[int, Field(ge=1, le=6)] | None = None
    """Stage of the customer relationship, for the tab colour and the funnel"""
    aliases: tuple[str, ...] = ()
    """Other sheet titles by which the table is known"""
    managed: bool = True
    """False: written by crmbook, only for looking"""
    rows: RowsRule | None = None
    """Where rows come from: `one per TABLE`, `each of LIST`, `bands`, `parameters`; else people"""
    seed: tuple[Mapping[MachineName, Constant | Label], ...] = ()
    """Rows written when the workbook is built"""
    key: MachineName
    """Field that identifies a row"""
    name_field: MachineName | None = None
    """Field with the human name of a row"""
    offers: MachineName | None = None
    """Computed field that begins with the key and a blank: what the dropdowns of references to the table show"""
    identity: tuple[Annotated[tuple[MachineName, ...], Field(min_length=1)], ...] = ()
    """Fields by which an import knows a row again, the most telling first; several in one item count together"""
    accounting: bool = False
    """True: rows that books of account may need when a customer is forgotten; they can stay without the name"""
    owned_by: MachineName | None = None
    """Field with the person whose row it is, in a table about no customer: only that person's copy shows it"""
    fields: Annotated[Mapping[MachineName, FieldSpec], Field(min_length=1)]
    """The columns, in order"""
    checks: tuple[CheckSpec, ...] = ()
    """Rules across fields"""
    advance: Annotated[tuple[AdvanceSpec, ...], BeforeValidator(_listed)] = ()
    """Where a row moves on to; one rule or a list of rules"""
    reminders: tuple[ReminderSpec, ...] = ()
    """What is due, when"""

    @model_validator(mode="after")
    def _offers_names(self) -> Self:
        if self.offers is not None and self.name_field is None:
            refuse_keys(beside={"offers": "name_field"})
        return self

    @property
    def one_per(self) -> str | None:
        """The table of which every row has one row here."""
        match = _ROWS.fullmatch(self.rows or "")
        return match["table"] if match else None

    @property
    def each_of(self) -> str | None:
        """The list of which every value has one row here."""
        match = _ROWS.fullmatch(self.rows or "")
        return match["list"] if match else None

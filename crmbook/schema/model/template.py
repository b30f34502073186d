"""Templates: which sheets a workbook has, in which order, with which fields, and what they change."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from crmbook.schema.model.base import FormulaText, Label, MachineName, Model, refuse_keys
from crmbook.schema.model.locale import LocaleSpec


def _colour(text: str) -> str:
    if not _COLOUR.fullmatch(text):
        raise PydanticCustomError("schema.bad-colour", "not a colour")
    return text


_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
Colour = Annotated[str, AfterValidator(_colour), Field(json_schema_extra={"pattern": f"^{_COLOUR.pattern}$"})]
"""A colour as `#RRGGBB`."""


def _field_of_a_table(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", text):
        raise PydanticCustomError("schema.bad-owner-field", "no field of a table")
    return text


class SheetSpec(Model):
    """One sheet: a table or a page."""

    table: MachineName | None = None
    """Table on the sheet"""
    page: MachineName | None = None
    """Page on the sheet"""
    fields: tuple[MachineName, ...] | None = None
    """Only these fields, in this order"""
    hide: tuple[MachineName, ...] = ()
    """All fields but these"""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.table is None) == (self.page is None):
            refuse_keys(
                missing=[] if self.table else ["table"],
                misplaced=["page"] if self.table else [],
                kind="table",
            )
        if self.page:
            refuse_keys(misplaced=self.model_fields_set & {"fields", "hide"}, kind="page")
        return self

    @property
    def name(self) -> str:
        """Machine name of the table or page."""
        return self.table or self.page or ""


class AddedSheetSpec(SheetSpec):
    """A sheet put into those of the template that is extended."""

    after: MachineName | None = None
    """Table or page behind which the sheet is put"""


class RoleSheetSpec(SheetSpec):
    """A sheet as a role has it: which fields, which rows, and what of it is for looking only."""

    where: FormulaText | None = None
    """Formula over the table's typed fields: the copies of the role hold the rows for which it is true; of the people whose book it is, the rows about them too"""
    read_only: tuple[MachineName, ...] = ()
    """Fields that the role sees and does not change: what is typed there is not taken"""

    @model_validator(mode="after")
    def _of_a_table(self) -> Self:
        given = [key for key in ("where", "read_only") if getattr(self, key)]
        refuse_keys(misplaced=[] if self.table else given, kind="page")
        return self


class RoleSpec(Model):
    """The sheets, fields and rows that a role needs."""

    title: Label
    """Name of the role"""
    sheets: Annotated[tuple[RoleSheetSpec | str, ...], Field(min_length=1)]
    """Tables and pages, by name or with a choice of fields and rows"""


class ThemeSpec(Model):
    """Colours and fonts."""

    accent: Colour | None = None
    """Colour of headers and tabs, `#RRGGBB`"""
    font: Label | None = None
    """Font of all cells"""


class TemplateSpec(Model):
    """One template."""

    template: MachineName
    """Machine name"""
    title: Label
    """Name for people"""
    help: Label | None = None
    """Whom it serves"""
    extends: MachineName | None = None
    """Template that this one changes"""
    lang: Literal["zh", "en"] | None = None
    """Language unless one is asked for"""
    theme: ThemeSpec = ThemeSpec()
    """Colours and fonts"""
    locale: LocaleSpec = LocaleSpec()
    """Where its books are at home: telephones, currency, dates, decimals, paper, week"""
    owner_field: Annotated[str, AfterValidator(_field_of_a_table)] | None = None
    """Who is in charge of whom, as `table.field`: copies of a part hold rows of that table, and those that refer to them"""
    sheets: Annotated[tuple[SheetSpec, ...], Field(min_length=1)]
    """The sheets, in order"""
    add: tuple[AddedSheetSpec, ...] = ()
    """Sheets added to those of the template it extends"""
    drop: tuple[MachineName, ...] = ()
    """Sheets left out of those of the template it extends"""
    hidden: tuple[MachineName, ...] = ()
    """Sheets that a new workbook hides; sync shows the conflicts when there are any"""
    overrides: Mapping[MachineName, Mapping[str, Any]] = Field(default_factory=dict)
    """Changes to tables"""
    lists: Mapping[MachineName, Mapping[str, Any]] = Field(default_factory=dict)
    """Changes to lists"""
    bands: Mapping[MachineName, Mapping[str, Any]] = Field(default_factory=dict)
    """Changes to scoring rules"""
    parameters: Mapping[MachineName, Mapping[str, Any]] = Field(default_factory=dict)
    """Changes to parameters"""
    pages: Mapping[MachineName, Mapping[str, Any]] = Field(default_factory=dict)
    """Changes to pages"""
    imports: Mapping[str, Any] = Field(default_factory=dict)
    """Changes to the words that lists from elsewhere use"""
    roles: Mapping[MachineName, RoleSpec] = Field(default_factory=dict)
    """Views for roles"""

    @property
    def people(self) -> tuple[str, str]:
        """The table and field of `owner_field`; those of the shipped templates where nothing is said."""
        table, _, field = (self.owner_field or "customers.owner").partition(".")
        return table, field

"""Dropdown lists (``schemas/lists.yaml``) and scoring rules (``schemas/rules.yaml``)."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from crmbook.schema.model.base import Label, MachineName, Model


class ValueSpec(Label):
    """One value of a list."""

    of: MachineName | None = None
    """Value of the parent list under which this one is offered"""


class ListSpec(Model):
    """One dropdown list."""

    title: Label
    """Header of the list in the dictionary"""
    by: MachineName | None = None
    """Parent list that narrows this one"""
    fixed: bool = False
    """Formulas use the values, so they cannot be renamed in the sheet"""
    hidden: bool = False
    """Words that formulas put together, no dropdown: not shown in the dictionary"""
    values: Annotated[Mapping[MachineName, ValueSpec], Field(min_length=1)]
    """The values, in order"""


class ListsFile(Model):
    """All dropdown lists."""

    lists: Mapping[MachineName, ListSpec] = Field(default_factory=dict)
    """Lists by machine name"""


class BandSpec(Model):
    """One band: from a lower bound up to the next band's."""

    from_: Annotated[int | float, Field(alias="from")]
    """Lower bound, included"""
    result: int | float | str | Label
    """Points, words, or a list value written `list.value`"""
    note: Label | None = None
    """Remark for people"""


class BandsSpec(Model):
    """One scoring rule: a value falls into the highest band that begins at or below it."""

    title: Label
    """What the rule scores"""
    unit: Label | None = None
    """Unit of the lower bounds"""
    min: int | float | None = None
    """Lowest number that may be typed as a result; 0 unless a band has less"""
    max: int | float | None = None
    """Highest number that may be typed as a result"""
    bands: Annotated[tuple[BandSpec, ...], Field(min_length=1)]
    """The bands, in any order"""


class ParameterSpec(Model):
    """One number (or word) that formulas read by PARAM."""

    title: Label
    """What the parameter means"""
    value: int | float | str
    """Default value; what is typed in its place is of the same kind: a whole number, a number, a value of the list"""
    min: int | float | None = None
    """Lowest number that may be typed; 0 unless the default is less"""
    max: int | float | None = None
    """Highest number that may be typed"""
    unit: Label | None = None
    """Unit"""
    note: Label | None = None
    """Remark for people"""


class RulesFile(Model):
    """All scoring rules and parameters."""

    bands: Mapping[MachineName, BandsSpec] = Field(default_factory=dict)
    """Scoring rules by machine name"""
    parameters: Mapping[MachineName, ParameterSpec] = Field(default_factory=dict)
    """Parameters by machine name"""

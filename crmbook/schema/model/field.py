"""The field: one column of a table."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from crmbook.base import Language
from crmbook.schema.fieldtypes import FIELD_TYPES, FieldType
from crmbook.schema.model.base import FormulaText, Label, MachineName, Model, Pattern, refuse_keys

Bound = int | float | date | datetime
Constant = str | int | float | bool | date | datetime
Severity = Literal["error", "warning"]
Policy = Literal["conflict", "latest", "max", "min", "append", "union"]
Style = Literal["good", "warn", "bad", "muted", "info", "link", "percent"]
IconSet = Literal[
    "3_arrows", "3_arrows_gray", "3_flags", "3_signs", "3_symbols", "3_symbols_circled", "3_traffic_lights",
    "3_traffic_lights_rimmed", "4_arrows", "4_arrows_gray", "4_ratings", "4_red_to_black", "4_traffic_lights",
    "5_arrows", "5_arrows_gray", "5_quarters", "5_ratings",
]  # fmt: skip

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\[\]]*\]')


def _field_type(text: str) -> str:
    if text not in FIELD_TYPES:
        raise PydanticCustomError("schema.unknown-field-type", "no such field type")
    return text


def _number_format(text: str) -> str:
    """Refuse what makes Excel repair the styles: empty, over 255 characters, open quotes, over four sections."""
    bare = _QUOTED.sub("", text)
    if not 0 < len(text) <= 255 or set('"[]') & set(bare) or bare.count(";") > 3 or bare.endswith("\\"):
        raise PydanticCustomError("schema.bad-format", "not a number format")
    return text


FieldTypeName = Annotated[
    str, AfterValidator(_field_type), Field(json_schema_extra={"enum": list(FIELD_TYPES)})
]
"""Name of a field type."""
NumberFormat = Annotated[str, AfterValidator(_number_format)]
"""An Excel number format code."""


class NumberFormats(Model):
    """A number format in both languages, where it holds words."""

    zh: NumberFormat
    """Chinese"""
    en: NumberFormat
    """English"""

    def text(self, lang: Language) -> str:
        """Return the format in `lang`."""
        return self.zh if lang == "zh" else self.en


def number_format(given: str | NumberFormats | None, lang: Language) -> str | None:
    """Return a format as it was given, in `lang`."""
    return given.text(lang) if isinstance(given, NumberFormats) else given


class HighlightSpec(Model):
    """A rule that colours the cell of a field."""

    when: FormulaText
    """Formula: the cell is coloured where it is true"""
    style: Style
    """good (green), warn (yellow), bad (red), muted (grey), info (blue), link (underlined), percent (0.05 is shown as 5.0%)"""


class FieldSpec(Model):
    """One column of a table: what it means, what may be typed, how it looks, how it merges."""

    title: Label
    """Header of the column"""
    type: FieldTypeName
    """Kind of value"""
    help: Label | None = None
    """What its cells say when they are chosen, and the dictionary"""
    example: Constant | Label | None = None
    """A value as one would type it"""
    unit: Label | None = None
    """Unit, shown in the dictionary"""
    aliases: tuple[str, ...] = ()
    """Other headers by which the column is known in imports and old workbooks"""

    required: bool = False
    """A row without the value is an error"""
    required_when: FormulaText | None = None
    """Formula: the value is required where it is true"""
    unique: bool = False
    """No two rows hold the same value"""
    min: Bound | None = None
    """Lowest value"""
    max: Bound | None = None
    """Highest value; for texts the greatest length"""
    pattern: Pattern | None = None
    """Regular expression that the whole text matches"""
    severity: Severity = "error"
    """Whether a bad value is kept out of the store or only pointed at"""
    default: Constant | None = None
    """Value of a new row: a constant, the machine name of a list value, or a formula"""
    default_when: FormulaText | None = None
    """Formula: the default is the value of every row in which it is true, new or not"""
    default_at_first: bool = True
    """Whether the first sync of a book, which takes in what was there before it, puts in the default too"""

    list: MachineName | None = None
    """List of the dictionary that holds the values"""
    by: MachineName | None = None
    """Field whose value narrows the list (dependent_enum)"""
    to: MachineName | None = None
    """Table whose key is referred to (ref)"""
    start: Annotated[int, Field(ge=0)] | None = None
    """First number given to a new row (id), in each year where the format names the year"""

    formula: FormulaText | None = None
    """Formula: makes the field a derived one"""
    override: bool = False
    """A derived field in which a typed value wins"""
    live: Literal["auto", "always", "never"] = "auto"
    """Whether the workbook carries the formula or the value that sync computed"""

    format: NumberFormat | NumberFormats | None = None
    """Excel number format; one for each language where it holds words. Of an id: '000', 'A-000', 'yyyy-0000'"""
    width: Annotated[float, Field(gt=0, le=255)] | None = None
    """Width of the column in characters"""
    hidden: bool = False
    """Stands in the sheet as a hidden column"""
    highlight: tuple[HighlightSpec, ...] = ()
    """Rules that colour the cell; the first that is true wins"""
    bars: bool = False
    """Show a data bar"""
    icons: IconSet | None = None
    """Show a set of icons"""
    suggest: bool = False
    """Offer what was entered before as a dropdown"""
    after: MachineName | None = None
    """Field that this one follows"""

    absent: Constant | None = None
    """What formulas of others take it to hold in a book that leaves it out; blank where nothing is said"""

    personal: bool = False
    """Personal data: masked in exports that ask for it"""
    policy: Policy = "conflict"
    """What happens when two copies changed the same cell"""
    group: MachineName | None = None
    """Fields of one group conflict together"""

    @model_validator(mode="after")
    def _keys_fit_the_type(self) -> Self:
        given = {key for key in self.model_fields_set if getattr(self, key) is not None}
        special = frozenset[str]().union(*(kind.keys for kind in FIELD_TYPES.values()))
        refuse_keys(
            missing=(
                self.traits.needs
                | ({"default"} if given & {"default_when", "default_at_first"} else frozenset())
            )
            - given,
            misplaced=(given & special) - self.traits.keys,
            kind=self.type,
            formula_only=given & {"override", "live"} if self.formula is None else frozenset(),
        )
        return self

    @property
    def traits(self) -> FieldType:
        """What the type says about storage and looks."""
        return FIELD_TYPES[self.type]

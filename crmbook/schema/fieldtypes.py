"""The field types: for each, in one place, how a value is stored, shown, typed and compared.

A type says what the office program needs to know (number format, width, alignment, kind of validation), what
the formula engine needs to know (`storage`) and which keys of the schema language belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Storage(StrEnum):
    """What a cell of the field holds, once it is read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ANY = "any"


class FieldValidation(StrEnum):
    """Which kind of data validation a column of the type carries."""

    NONE = "none"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    LENGTH = "length"
    LIST = "list"
    DEPENDENT_LIST = "dependent list"
    OPEN_LIST = "open list"  # offers values, warns about others
    REFERENCE = "reference"  # offers keys of another table; names are resolved by sync
    UNIQUE = "unique"


class Align(StrEnum):
    """Horizontal alignment of a value in its cell."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field.

    Attributes
    ----------
    name
        As written in YAML.
    storage
        What its cells hold.
    number_format
        Excel number format code used unless the field gives one; ``@`` is text, ``¤`` the book's currency.
    width
        Column width in characters of the default font.
    validation, align
        How the column checks and places what is typed.
    needs, allows
        Keys of the schema language that the type requires, or accepts besides the common ones.
    wrap
        Whether long values wrap to several lines.
    limits
        Lowest and highest value where the type itself sets them.
    """

    name: str
    storage: Storage
    number_format: str
    width: float
    validation: FieldValidation
    align: Align = Align.LEFT
    needs: frozenset[str] = frozenset()
    allows: frozenset[str] = frozenset()
    wrap: bool = False
    limits: tuple[float | None, float | None] = (None, None)

    @property
    def keys(self) -> frozenset[str]:
        """Every key that belongs to this type and not to all."""
        return self.needs | self.allows


_TEXT: Final = "@"
_LIST: Final = frozenset({"list"})
_RANGE: Final = frozenset({"min", "max", "bars", "icons"})
_DATES: Final = frozenset({"min", "max"})
_WORDS: Final = frozenset({"pattern", "suggest", "max"})

_ALL: Final = (
    FieldType("id", Storage.TEXT, _TEXT, 10, FieldValidation.UNIQUE, Align.CENTER, allows=frozenset({"start", "pattern"})),
    FieldType("ref", Storage.TEXT, _TEXT, 10, FieldValidation.REFERENCE, Align.CENTER, needs=frozenset({"to"})),
    FieldType("text", Storage.TEXT, _TEXT, 16, FieldValidation.NONE, allows=_WORDS),
    FieldType("long_text", Storage.TEXT, _TEXT, 32, FieldValidation.NONE, allows=_WORDS, wrap=True),
    FieldType("integer", Storage.NUMBER, "0", 10, FieldValidation.INTEGER, Align.RIGHT, allows=_RANGE),
    FieldType("number", Storage.NUMBER, "#,##0.##", 12, FieldValidation.NUMBER, Align.RIGHT, allows=_RANGE),
    FieldType("money", Storage.NUMBER, "¤#,##0.00", 14, FieldValidation.NUMBER, Align.RIGHT, allows=_RANGE),
    FieldType("percent", Storage.NUMBER, "0%", 10, FieldValidation.NUMBER, Align.RIGHT, allows=_RANGE),
    FieldType(
        "rating", Storage.NUMBER, "0", 10, FieldValidation.INTEGER, Align.CENTER, allows=_RANGE, limits=(1, 5)
    ),
    FieldType("date", Storage.DATE, "yyyy-mm-dd", 12, FieldValidation.DATE, Align.CENTER, allows=_DATES),
    FieldType("datetime", Storage.DATETIME, "yyyy-mm-dd hh:mm", 17, FieldValidation.DATE, Align.CENTER, allows=_DATES),
    FieldType("boolean", Storage.BOOLEAN, "General", 8, FieldValidation.LIST, Align.CENTER),
    FieldType("enum", Storage.TEXT, _TEXT, 12, FieldValidation.LIST, Align.CENTER, needs=_LIST),
    FieldType("multi_enum", Storage.TEXT, _TEXT, 20, FieldValidation.OPEN_LIST, needs=_LIST),
    FieldType(
        "dependent_enum", Storage.TEXT, _TEXT, 12, FieldValidation.DEPENDENT_LIST, Align.CENTER,
        needs=frozenset({"list", "by"}),
    ),
    FieldType("phone", Storage.TEXT, _TEXT, 15, FieldValidation.NONE, allows=frozenset({"pattern"})),
    FieldType("email", Storage.TEXT, _TEXT, 28, FieldValidation.NONE, allows=frozenset({"pattern"})),
    FieldType("url", Storage.TEXT, _TEXT, 28, FieldValidation.NONE, allows=frozenset({"pattern"})),
    FieldType("region", Storage.TEXT, _TEXT, 12, FieldValidation.OPEN_LIST, allows=_LIST),
    FieldType("national_id", Storage.TEXT, _TEXT, 21, FieldValidation.LENGTH, allows=frozenset({"pattern"})),
    FieldType("company_code", Storage.TEXT, _TEXT, 21, FieldValidation.LENGTH, allows=frozenset({"pattern"})),
    FieldType("value", Storage.ANY, "General", 12, FieldValidation.NONE, Align.CENTER),
)  # fmt: skip

FIELD_TYPES: Final[Mapping[str, FieldType]] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every field type by the name it has in YAML."""

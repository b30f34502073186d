"""`Domain`, what a field may hold, and `Parsed`, what reading one cell against it gave.

Reading never raises and never guesses. It ends in one of four ways: a blank, a value, a value with a *note*
(it was understood, but somebody should look: a year was assumed), or a *problem* (refused, and why). A
problem of severity warning keeps the value, one of severity error does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from crmbook.base import CHINA, Locale, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from crmbook.base import Value
    from crmbook.values.choices import Choices


class ValueKind(StrEnum):
    """The field types of the schema language."""

    ID = "id"
    REF = "ref"
    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    RATING = "rating"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ENUM = "enum"
    MULTI_ENUM = "multi_enum"
    DEPENDENT_ENUM = "dependent_enum"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    REGION = "region"
    NATIONAL_ID = "national_id"
    COMPANY_CODE = "company_code"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Domain:
    """What one field may hold.

    Attributes
    ----------
    kind
        The field's type.
    choices
        Entries of its list, for the enum kinds and regions.
    places
        Whether the entries are places, which go with and without their rank: 广东省 is 广东.
    units
        What may follow its numbers, e.g. ``("次/年",)``; a number typed with another unit is refused.
    minimum, maximum
        Inclusive bounds of numbers and days.
    longest
        Greatest length of its texts in characters; 0 leaves it to the cell.
    pattern
        Regular expression that the whole canonical text must match.
    personal
        Whether exports mask it; a masked value that comes back is refused.
    lenient
        Whether a bad text is kept with a warning. Numbers and days cannot be kept as text: they are refused.
    """

    kind: ValueKind
    choices: Choices | None = None
    places: bool = False
    units: tuple[str, ...] = ()
    minimum: float | dt.date | None = None
    maximum: float | dt.date | None = None
    longest: int = 0
    pattern: str = ""
    personal: bool = False
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the meaning of a cell depends on beside the cell.

    Attributes
    ----------
    as_of
        The day that counts as today; gives ``1月5日`` its year.
    locale
        Where the book is at home.
    date1904
        Whether the workbook counts its days from 1904.
    parent
        For a dependent enum, the canonical value of the field it depends on.
    """

    as_of: dt.date | None = None
    locale: Locale = CHINA
    date1904: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What reading a cell gave.

    Attributes
    ----------
    value
        The canonical value; None for a blank and for a refused cell.
    problem
        Message code of what is wrong, or None.
    note
        Message code of a remark on how the value was understood, or None.
    severity
        Of the problem. A warning keeps the value.
    params
        Values for the placeholders of the problem's or the note's message.
    """

    value: Value
    problem: str | None = None
    note: str | None = None
    severity: Severity = Severity.ERROR
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Return whether the cell holds something that is no value of its field."""
        return self.problem is not None and self.severity is Severity.ERROR


BLANK = Parsed(None)


def refuse(problem: str, **params: object) -> Parsed:
    """Return a refusal."""
    return Parsed(None, problem, params=params)


def warn(value: Value, problem: str, **params: object) -> Parsed:
    """Return a value that is kept although something is wrong with it."""
    return Parsed(value, problem, severity=Severity.WARNING, params=params)


def remark(value: Value, note: str, **params: object) -> Parsed:
    """Return a value that was understood in a way its author should know of."""
    return Parsed(value, note=note, severity=Severity.WARNING, params=params)

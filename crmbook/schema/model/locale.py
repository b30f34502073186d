"""Where a book is at home: ``locale:`` in a template, or in a file of a workspace for all of its templates."""

import re
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from crmbook.schema.model.base import Model

_SIGN = r"[^\d\s\"'()+,.;\[\]-](?:[^\d\"+,;\[\]-]{0,6}[^\d\s\"'()+,;\[\]-])?"


def _region(text: str) -> str:
    import phonenumbers  # here, for a book that says nothing of its region loads faster without it

    if text not in phonenumbers.SUPPORTED_REGIONS:
        raise PydanticCustomError("schema.unknown-region", "no such region")
    return text


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise PydanticCustomError("schema.unknown-zone", "no such time zone")
    return text


def _currency(text: str) -> str:
    if text and not re.fullmatch(_SIGN, text):
        raise PydanticCustomError("schema.bad-currency", "not the sign of a currency")
    return text


Region = Annotated[str, AfterValidator(_region), Field(json_schema_extra={"pattern": "^[A-Z]{2}$"})]
"""A country by its two letters (ISO 3166)."""
Zone = Annotated[
    str, AfterValidator(_zone), Field(json_schema_extra={"pattern": r"^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$"})
]
"""A time zone by its name in the IANA database."""
Currency = Annotated[str, AfterValidator(_currency), Field(json_schema_extra={"pattern": f"^({_SIGN})?$"})]
"""What is before an amount; empty for nothing."""


class LocaleSpec(Model):
    """Where a book is at home; what is not said follows from the region, and that from the language."""

    region: Region | None = None
    """Country by its two letters: its telephone numbers need no country code, and what is usual there holds where nothing else is said. A Chinese book has CN, an English one none"""
    zone: Zone | None = None
    """Time zone by its IANA name, such as Europe/London: which day is today, the times that are shown, and the watcher's daily rounds go by it. Without it today is that of Shanghai in a Chinese book, of the machine in an English one, and times are those of the machine"""
    currency: Currency | None = None
    """Sign before an amount: ¥, £, HK$; empty for none"""
    date_order: Literal["ymd", "dmy", "mdy"] | None = None
    """How people write a day that does not tell: 01/05/2023 is 1 May (dmy) or 5 January (mdy). Without it they are asked"""
    decimal: Literal[".", ","] | None = None
    """Sign before decimals in what people type and import. Without it 1.500 is asked about"""
    paper: Literal["A3", "A4", "A5", "B5", "letter", "legal"] | None = None
    """Size of printed pages"""
    week_start: Literal["monday", "sunday", "saturday"] | None = None
    """First day of the week; formulas know it as `locale.week_start`, for WEEKDAY and WEEKNUM"""
    holidays: tuple[date, ...] = ()
    """Days on which nobody works; formulas know them as `locale.holidays`, for WORKDAY and NETWORKDAYS"""
    working_days: bool | None = None
    """Whether durations (`DAYS_BETWEEN`, `DAYS_AFTER`) count Mondays to Fridays without the holidays; otherwise every day counts"""

    @property
    def said(self) -> dict[str, Any]:
        """What is said, by key."""
        return {key: value for key in self.model_fields_set if (value := getattr(self, key)) is not None}


class LocaleFile(Model):
    """Where all books of a workspace are at home."""

    locale: LocaleSpec = LocaleSpec()
    """Where they are at home"""

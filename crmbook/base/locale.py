"""Where a book is at home: what people there mean by a number that could be of several countries, and how they print.

A Chinese book is at home in China. Of an English one nothing is guessed: a telephone number without a country code
stays as it was typed, ``1.500`` and ``01/05/2023`` are asked about, and an amount has no currency. A template or
workspace may say more, see `at_home`: the country alone mostly says the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


@dataclass(frozen=True, slots=True)
class Locale:
    """What a book's region decides.

    Attributes
    ----------
    region
        The country whose telephone numbers need no country code, as two letters; empty for none.
    zone
        The time zone in which its days begin; empty where moments are taken as they were written.
    clock
        The time zone in which times of the day are shown and the watcher's rounds are held; empty for that of the machine.
    lang
        The language of its words for numbers: ``w`` is 万 to a Chinese reader, ``M`` a million to an English one.
    currency
        The sign of its amounts, as it is written before a number; empty where amounts are bare numbers.
    date_order
        What comes first in a day that does not say: ``ymd``, ``dmy``, ``mdy``; empty where somebody is asked.
    decimal
        The sign before decimals; empty where ``1.500`` is asked about.
    paper
        The size of printed pages.
    week_start
        The day with which a week begins.
    holidays
        Days on which nobody works.
    working_days
        Whether durations count working days alone.
    """

    region: str
    zone: str
    lang: str
    currency: str = ""
    date_order: str = ""
    decimal: str = ""
    paper: str = "A4"
    week_start: str = "monday"
    holidays: tuple[date, ...] = ()
    working_days: bool = False
    clock: str = ""

    @property
    def currency_word(self) -> str:
        """What is behind an amount in a sentence: 元 in a Chinese book, else the sign."""
        return "元" if (self.lang, self.currency) == ("zh", "¥") else self.currency

    @property
    def week_type(self) -> int:
        """The number by which Excel's WEEKDAY and WEEKNUM both know the first day of the week."""
        return {"sunday": 1, "monday": 2, "saturday": 16}[self.week_start]


CHINA = Locale("CN", "Asia/Shanghai", "zh", "¥", decimal=".")
ANYWHERE = Locale("", "", "en")

_COUNTRIES: Final = {
    "AE": ("AED", "dmy", ".", "A4", "monday"),
    "AT": ("€", "dmy", ",", "A4", "monday"),
    "AU": ("$", "dmy", ".", "A4", "monday"),
    "BE": ("€", "dmy", ",", "A4", "monday"),
    "BR": ("R$", "dmy", ",", "A4", "sunday"),
    "CA": ("$", "", ".", "letter", "sunday"),
    "CH": ("CHF", "dmy", ".", "A4", "monday"),
    "CN": ("¥", "", ".", "A4", "monday"),
    "DE": ("€", "dmy", ",", "A4", "monday"),
    "DK": ("kr", "dmy", ",", "A4", "monday"),
    "ES": ("€", "dmy", ",", "A4", "monday"),
    "FI": ("€", "dmy", ",", "A4", "monday"),
    "FR": ("€", "dmy", ",", "A4", "monday"),
    "GB": ("£", "dmy", ".", "A4", "monday"),
    "HK": ("HK$", "dmy", ".", "A4", "sunday"),
    "IE": ("€", "dmy", ".", "A4", "monday"),
    "IN": ("₹", "dmy", ".", "A4", "sunday"),
    "IT": ("€", "dmy", ",", "A4", "monday"),
    "JP": ("¥", "ymd", ".", "A4", "sunday"),
    "KR": ("₩", "ymd", ".", "A4", "sunday"),
    "MO": ("MOP$", "dmy", ".", "A4", "sunday"),
    "MX": ("$", "dmy", ".", "letter", "sunday"),
    "MY": ("RM", "dmy", ".", "A4", "monday"),
    "NL": ("€", "dmy", ",", "A4", "monday"),
    "NO": ("kr", "dmy", ",", "A4", "monday"),
    "NZ": ("$", "dmy", ".", "A4", "monday"),
    "PL": ("zł", "dmy", ",", "A4", "monday"),
    "PT": ("€", "dmy", ",", "A4", "monday"),
    "SE": ("kr", "ymd", ",", "A4", "monday"),
    "SG": ("S$", "dmy", ".", "A4", "sunday"),
    "TH": ("฿", "dmy", ".", "A4", "sunday"),
    "TW": ("NT$", "ymd", ".", "A4", "sunday"),
    "US": ("$", "mdy", ".", "letter", "sunday"),
    "VN": ("₫", "dmy", ",", "A4", "monday"),
    "ZA": ("R", "ymd", ",", "A4", "sunday"),
}
"""What is usual in a country: currency, order of a date, decimal sign, paper, first day of the week.

Canada writes dates in each of the three orders, and people in China years of two digits in any: there it is asked about.
"""
_USUAL: Final = ("currency", "date_order", "decimal", "paper", "week_start")


def locale_of(lang: str) -> Locale:
    """Return the locale of a book in a language of which nothing else was said."""
    return CHINA if lang == "zh" else ANYWHERE


def at_home(lang: str, said: Mapping[str, Any]) -> Locale:
    """Return the locale of a book in a language.

    Parameters
    ----------
    said
        What a template or workspace says of it, by the names of `Locale`. A region brings what is usual there, and what
        is said besides goes before that; a zone that is said is that of its clock too.
    """
    home = locale_of(lang)
    region = said.get("region", home.region)
    if region != home.region:
        bare = Locale(region, home.zone, lang)
        usual: dict[str, Any] = dict(zip(_USUAL, _COUNTRIES.get(region, ()), strict=False))
        home = replace(bare, **usual)
    return replace(home, **said, clock=said.get("zone", ""))


def moment_in(clock: str, text: str) -> datetime | None:
    """Return a stored moment as a clock shows it; None for a text that is none.

    Parameters
    ----------
    clock
        A time zone; empty for that of the machine.
    text
        ISO 8601. A moment that says no zone is what a clock showed.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(ZoneInfo(clock) if clock else None).replace(tzinfo=None)

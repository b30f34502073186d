"""Where a book is at home: what people there mean by a number that could be of several countries.

A Chinese book is at home in China. Of an English one nothing is guessed: a telephone number without a country code
stays as it was typed, and ``1.500`` is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """What a book's region decides.

    Attributes
    ----------
    region
        The country whose telephone numbers need no country code, as two letters; empty for none.
    zone
        The time zone in which its days begin; empty where moments are taken as they were written.
    lang
        The language of its words for numbers: ``w`` is 万 to a Chinese reader, ``M`` a million to an English one.
    """

    region: str
    zone: str
    lang: str


CHINA = Locale("CN", "Asia/Shanghai", "zh")
ANYWHERE = Locale("", "", "en")


def locale_of(lang: str) -> Locale:
    """Return the locale of a book in a language."""
    return CHINA if lang == "zh" else ANYWHERE

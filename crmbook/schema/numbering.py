"""How the ids of a field are written: what is before and behind the number, how far it is padded, and which year it is of.

``format: '000'`` gives 001, ``'A-000'`` gives A-001, and ``'yyyy-0000'`` gives 2025-0001: where the format names the year (or year
and month, ``yyyymm``), each one counts from the beginning. The last zeros of a format are the number; all else is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

_FORMAT: Final = re.compile(r"(?P<before>.*?)(?P<zeros>0+)(?P<behind>\D*)", re.DOTALL)
_PERIOD: Final = re.compile(r"yyyy(?:mm)?")
_LONGEST: Final = 15
"""Digits of the greatest number that counts; longer ones are no numbers that anybody gave in order."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """The way in which numbers are written as ids.

    Attributes
    ----------
    before, behind
        What is around the number; in `before` a period is it is written in the format.
    width
        Digits of the number at least.
    period
        ``yyyy`` or ``yyyymm`` where each of them counts from the beginning; else nothing.
    """

    before: str = ""
    width: int = 1
    behind: str = ""
    period: str = ""

    def text(self, number: int, day: dt.date | None = None) -> str:
        """Return `number` as an id given on `day`."""
        return self.texts([number], day)[0]

    def texts(self, numbers: Iterable[int], day: dt.date | None = None) -> list[str]:
        """Return numbers as ids given on `day`."""
        before = self.before.replace(self.period, self.of(day)) if self.period else self.before
        width, behind = self.width, self.behind
        return [before + str(number).zfill(width) + behind for number in numbers]

    def of(self, day: dt.date | None) -> str:
        """Return the period into which `day` falls; nothing where numbers go on for ever."""
        if not self.period or day is None:
            return ""
        return f"{day.year:04d}" + (f"{day.month:02d}" if "mm" in self.period else "")

    def read(self, text: object) -> tuple[str, int] | None:
        """Return period and number of an id, however far it is padded; None where it is written in another way."""
        found = _pattern(self).fullmatch(text) if isinstance(text, str) else None
        if found is None or len(found["number"]) > _LONGEST:
            return None
        return (found["period"] if self.period else ""), int(found["number"])

    def respelled(self, text: str) -> str | None:
        """Return an id padded as it should be; None where it is written in another way."""
        found = self.read(text)
        if found is None:
            return None
        before = self.before.replace(self.period, found[0]) if self.period else self.before
        return f"{before}{found[1]:0{self.width}d}{self.behind}"

    def highest(self, keys: Iterable[object]) -> dict[str, int]:
        """Return the highest number of each period among ids."""
        found: dict[str, int] = {}
        for key in keys:
            parts = self.read(key)
            if parts is not None:
                found[parts[0]] = max(parts[1], found.get(parts[0], 0))
        return found


@lru_cache(maxsize=256)
def _pattern(numbering: Numbering) -> re.Pattern[str]:
    before, period, rest = numbering.before.partition(numbering.period or "\0")
    named = rf"(?P<period>\d{{{len(period)}}})" if numbering.period else ""
    return re.compile(
        rf"{re.escape(before)}{named}{re.escape(rest)}(?P<number>\d+){re.escape(numbering.behind)}",
        re.IGNORECASE | re.ASCII,
    )


@lru_cache(maxsize=256)
def numbering_of(text: str | None) -> Numbering | None:
    """Return how a format writes ids, bare digits without one; None where it is no format for ids."""
    if text is None:
        return Numbering()
    plain = re.sub(r'"([^"]*)"|\\(.)', lambda found: found[1] or found[2] or "", text)
    found = _FORMAT.fullmatch(plain)
    if found is None:
        return None
    period = _PERIOD.search(found["before"])
    ends_in_digit = found["before"][-1:].isdigit() or (
        period is not None and period.end() == len(found["before"])
    )
    if ends_in_digit:
        return None  # nobody could tell where the number begins or ends
    return Numbering(found["before"], len(found["zeros"]), found["behind"], period[0] if period else "")

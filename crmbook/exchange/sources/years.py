"""Days without a year, in a list whose title says it: ``2月5日`` under “2024年2月销售明细” is 2024-02-05.

The year is taken from the nearest text that names one: a title above the headers, the title of the sheet, the name of the
file. One that names several years says nothing, nor does a line that only says when the list was printed. Days that come
every year, such as birthdays, are of no year that a title could name.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    import numpy as np

    Array = np.ndarray[tuple[int], np.dtype[Any]]

_DAY: Final = re.compile(r"([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号號]?")
_YEAR: Final = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_OF_WRITING: Final = re.compile(
    r"截止|截至|导出|打印|制表|生成|更新|填表|時間|时间|\b(?:as of|export|print|generated|updated)",
    re.IGNORECASE,
)
_EVERY_YEAR: Final = re.compile(
    r"生日|生辰|诞辰|誕辰|出生|纪念日|紀念日|周年|週年|birth|bday|anniversar", re.IGNORECASE
)
_SAMPLE: Final = 200


@dataclass(frozen=True, slots=True)
class Year:
    """A year, and the text that names it."""

    number: int
    text: str


def year_of(texts: Iterable[str]) -> Year | None:
    """Return the year that the first text with one names; None where that text names several."""
    for text in texts:
        years = set() if _OF_WRITING.search(text) else set(_YEAR.findall(text))
        if years:
            return Year(int(years.pop()), text) if len(years) == 1 else None
    return None


def comes_every_year(header: str) -> bool:
    """Return whether the days of a column come every year, such as birthdays: what year they began nobody can tell."""
    return _EVERY_YEAR.search(header) is not None


def complete_days(cells: MutableMapping[str, Array], year: Year) -> Mapping[str, int]:
    """Put the year to the days of columns that mostly hold days without one; return how many, by header."""
    counts: dict[str, int] = {}
    for header, column in cells.items():
        if _are_days(column) and not comes_every_year(header):
            days = [_day(cell, year.number) or cell for cell in column.tolist()]
            changed = [at for at, cell in enumerate(column.tolist()) if days[at] is not cell]
            for at in changed:
                column[at] = days[at]
            counts[header] = len(changed)
    return counts


def _are_days(column: Array) -> bool:
    sample = [cell for cell in column[:_SAMPLE].tolist() if cell is not None]
    without = sum(_day(cell, 2000) is not None for cell in sample)
    return without > 0 and 2 * (without + sum(isinstance(cell, dt.date) for cell in sample)) >= len(sample)


def _day(cell: Any, year: int) -> dt.date | None:
    found = _DAY.fullmatch(narrow(cell).strip()) if cell.__class__ is str else None
    try:
        return dt.date(year, int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None

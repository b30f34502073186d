"""Serial numbers to years, months and days, for whole columns.

The calendar is Excel's of 1900, with its 29 February 1900 (serial 60) and the day 0 January 1900 (serial 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmbook.formula.values import MAX_SERIAL, PHANTOM, UNIX_SERIAL

if TYPE_CHECKING:
    from crmbook.formula.vector import Indices, Mask, Numbers

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Days:
    """(n,) years, months (1–12) and days of month."""

    years: Indices
    months: Indices
    days: Indices


def valid(serials: Numbers) -> Mask:
    """(n,) which serials are dates from 0 January 1900 to 31 December 9999."""
    result: Mask = (serials >= 0) & (serials < MAX_SERIAL + 1)
    return result


def to_days(serials: Numbers) -> Days:
    """Return year, month and day of each serial; fractions are cut off, invalid serials give any date."""
    whole = np.floor(np.where(valid(serials), serials, 1.0)).astype(np.int64)
    real = whole + (whole < PHANTOM)
    dates = (real - UNIX_SERIAL).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    count = months.astype(np.int64)
    years, month = count // 12 + 1970, count % 12 + 1
    days = (dates - months).astype(np.int64) + 1
    phantom, zeroth = whole == PHANTOM, whole == 0
    years, month = np.where(zeroth, 1900, years), np.where(phantom, 2, np.where(zeroth, 1, month))
    return Days(years, month, np.where(phantom, 29, np.where(zeroth, 0, days)))


def to_moments(serials: Numbers, *, whole: bool) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """(n,) days (`whole`) or moments to the second, in microseconds; NaT for what is no day from 1900 on."""
    known = (serials >= 1) & (serials < MAX_SERIAL + 1)
    numbers = np.where(known, serials, 1.0)
    numbers = numbers + (numbers < PHANTOM) - UNIX_SERIAL
    micros = np.floor(numbers) * _DAY_US if whole else np.round(numbers * 86_400) * 1_000_000
    return np.where(known, micros.astype(np.int64).astype("datetime64[us]"), np.datetime64("NaT", "us"))


def month_start(years: Indices, months: Indices) -> Indices:
    """(n,) serial of the first of a month; months beyond 1–12 count into other years."""
    count = (years - 1970) * 12 + months - 1
    serials = count.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + UNIX_SERIAL
    return np.asarray(serials - (serials <= PHANTOM), dtype=np.intp)


def month_length(years: Indices, months: Indices) -> Indices:
    """(n,) days of a month, 29 for February 1900."""
    return month_start(years, months + 1) - month_start(years, months)

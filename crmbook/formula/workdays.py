"""Working days, Monday to Friday, by number: Monday 2 January 1900 is the first, Tuesday the second.

Counting days without weekends is then subtraction, and finding one by its number is arithmetic without a loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmbook.formula.vector import Indices, Mask, Numbers

_BEFORE = np.array([0, 0, 1, 2, 3, 4, 5])


def count_workdays(serials: Indices) -> Indices:
    """(n,) days from Monday to Friday among serials 1 (a Sunday) to `serials`."""
    result: Indices = serials // 7 * 5 + _BEFORE[serials % 7]
    return result


def is_workday(serials: Numbers) -> Mask:
    """(n,) which serials are days from Monday to Friday."""
    return np.isin((serials - 1) % 7, (1, 2, 3, 4, 5))


def nth_workday(numbers: Numbers) -> Numbers:
    """(n,) the serial of the day that has a number among the working days."""
    result: Numbers = (numbers - 1) // 5 * 7 + 2 + (numbers - 1) % 5
    return result


def move(days: Indices, distance: Numbers, free: Numbers) -> Numbers:
    """(n,) the serials so many working days after `days`, or before them; none of them is one of the `free` days.

    Parameters
    ----------
    free
        (m,) serials of holidays.
    """
    positions = np.unique(count_workdays(free[is_workday(free) & (free >= 1)].astype(np.int64)))
    back = distance < 0
    base = count_workdays(np.where(back, days - 1, days))
    target = base - np.searchsorted(positions, base, "right") + distance + back
    # Before a working day lie those holidays whose position is not above its number without them.
    number = target + np.searchsorted(positions - np.arange(len(positions)), target, "right")
    return np.where(distance == 0, days, nth_workday(number))


def move_around(days: Indices, distance: Numbers, free: Numbers, counts: Mask) -> Numbers:
    """(n,) the same with one holiday for each row, where it `counts`."""
    known = counts & is_workday(free) & (free >= 1)
    position = np.where(known, count_workdays(np.where(known, free, 1).astype(np.int64)), np.inf)
    back = distance < 0
    base = count_workdays(np.where(back, days - 1, days))
    target = base - (position <= base) + distance + back
    return np.where(distance == 0, days, nth_workday(target + (position <= target)))

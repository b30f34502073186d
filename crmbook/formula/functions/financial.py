"""Money over time: what a loan or a plan of saving costs in each period."""

from __future__ import annotations

import numpy as np

from crmbook.formula.coerce import as_numbers
from crmbook.formula.functions.registry import excel
from crmbook.formula.values import CellError
from crmbook.formula.vector import Vector, align, error_codes, fail_where, of_numbers, overlay


@excel("PMT", "rate nper pv fv? type?")
def pmt(
    rate: Vector, nper: Vector, pv: Vector, fv: Vector | None = None, due: Vector | None = None
) -> Vector:
    """Return the payment of each period for a loan at a constant rate, as a negative number.

    `fv` is what is left at the end, 0 unless given; with a `type` other than 0 payments are due at the beginning of a
    period. ``#NUM!`` for no periods.

    >>> =ROUND(PMT(0.06/12, 36, 10000), 2)
    -304.22
    >>> =PMT(0, 10, 1000)
    -100
    >>> =ROUND(PMT(0.05, 10, 1000, 500, 1), 2)
    -161.2
    """
    zero = of_numbers([0.0])
    terms = align(*(as_numbers(zero if one is None else one) for one in (rate, nper, pv, fv, due)))
    interest, periods, present, future, begin = (one.numbers for one in terms)
    growth = (1 + interest) ** periods
    even = -(present + future) / np.where(periods == 0, 1.0, periods)
    share = (1 + interest * (begin != 0)) * (growth - 1)
    grown = -(present * growth + future) * interest / np.where(share == 0, 1.0, share)
    result = of_numbers(np.where(interest == 0, even, grown))
    return overlay(
        fail_where(result, (periods == 0) | ((interest != 0) & (share == 0)), CellError.NUM),
        error_codes(*terms),
    )

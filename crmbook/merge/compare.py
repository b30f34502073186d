"""Comparing columns of canonical values, all cells at once: what `crmbook.records.same` says of two, of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.records import same

if TYPE_CHECKING:
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]


def differs(left: pd.Series, right: pd.Series) -> Mask:
    """Return where two columns of one length hold different values, place by place; their labels are not looked at.

    Blanks are alike however they are written (None, NaN, NaT).
    """
    mine, other = left.to_numpy(), right.to_numpy()
    if mine.dtype == other.dtype and mine.dtype.kind in "fM":
        return np.asarray((mine != other) & ~(pd.isna(mine) & pd.isna(other)), dtype=bool)
    mine, other = _as_objects(left), _as_objects(right)
    blank, other_blank = pd.isna(mine), pd.isna(other)
    unequal = np.asarray((mine != other) & ~(blank & other_blank), dtype=bool)
    # `5 == True` and a day equals its midnight for numpy: the few pairs of different types are asked one by one.
    for place in np.flatnonzero(~unequal & ~blank & ~other_blank & _types_differ(mine, other)):
        unequal[place] = not same(mine[place], other[place])
    return unequal


def _as_objects(column: pd.Series) -> Items:
    return np.asarray(column.astype(object).to_numpy(), dtype=object)


def _types_differ(mine: Items, other: Items) -> Mask:
    pairs = zip(map(type, mine), map(type, other), strict=True)
    return np.fromiter((left is not right for left, right in pairs), bool, len(mine))

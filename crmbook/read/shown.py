"""Whether a cell shows a value: what was read from it, held against what a formula gave."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from crmbook.base import same_computed
from crmbook.formula import to_serial
from crmbook.values import is_blank

Items = np.ndarray[tuple[int], np.dtype[Any]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


def are_same(raws: Items, values: Items) -> Mask:
    """Return where cells show the computed values, as `is_same` says of one; most do to the last bit."""
    days = (
        np.fromiter(map(date.__instancecheck__, raws.tolist()), bool, len(raws))
        if len(raws)
        else np.empty(0, bool)
    )
    shown = raws
    if days.any():
        shown = raws.copy()
        codes, distinct = pd.factorize(raws[days])
        shown[days] = np.array([float(to_serial(day)) for day in distinct.tolist()], dtype=object)[codes]
    alike = np.fromiter(map(_is_plainly_same, shown.tolist(), values.tolist()), bool, len(raws))
    for position in np.flatnonzero(~alike).tolist():
        alike[position] = is_same(raws[position], values[position])
    return alike


def _is_plainly_same(raw: object, value: object) -> bool:
    return raw.__class__ is value.__class__ and raw == value


def is_same(raw: object, value: object) -> bool:
    """Return whether a cell shows a computed value: blank and the empty text look alike, days are serials."""
    if shows_nothing(raw) and shows_nothing(value):
        return True
    if isinstance(raw, date):
        raw = to_serial(raw)
    if isinstance(raw, bool) or isinstance(value, bool):
        return raw is value or (isinstance(raw, bool) == isinstance(value, bool) and raw == value)
    if isinstance(raw, int | float) and isinstance(value, int | float):
        return same_computed(raw, value)
    return raw == value


def shows_nothing(value: object) -> bool:
    """Return whether a cell with a value looks empty."""
    if isinstance(value, str):
        return is_blank(value)
    return value is None or (isinstance(value, float) and math.isnan(value))

"""Columns are compared as single values are."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
import pytest

from crmbook.base.records import same
from crmbook.merge import differs

VALUES = [
    None,
    float("nan"),
    "",
    "5",
    5,
    5.0,
    0.0,
    1,
    True,
    False,
    dt.date(2023, 1, 5),
    dt.datetime(2023, 1, 5),
]


@pytest.mark.parametrize("pure", [False, True])
def test_columns_of_anything_are_compared_like_single_values(pure):
    """Also where one column holds texts only, which is compared faster."""
    pairs = [
        (left, right) for left, right in product(VALUES, VALUES) if not pure or isinstance(left, str | None)
    ]
    left, right = (pd.Series(list(side), dtype=object) for side in zip(*pairs, strict=True))
    expected = [not same(one, two) for one, two in pairs]
    assert differs(left, right).tolist() == expected
    assert differs(right, left).tolist() == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (np.array([1.0, np.nan, 2.0]), np.array([1.0, np.nan, np.nan]), [False, False, True]),
        (np.array([1, 2]), np.array([1.0, 3.0]), [False, True]),
        (np.array([1.0, np.nan]), np.array(["1", None], dtype=object), [True, False]),
        (np.array(["2023-01-05", "NaT"], "datetime64[us]"), np.array(["2023-01-05", "NaT"], "datetime64[ns]"), [False, False]),
        (np.array(["2023-01-05"], "datetime64[us]"), np.array([dt.datetime(2023, 1, 5)], dtype=object), [False]),
        (np.array([True, False]), np.array([1.0, 0.0]), [True, True]),
        (np.array([], dtype=float), np.array([], dtype=object), []),
    ],
)  # fmt: skip
def test_types_of_columns_do_not_matter_but_values_do(left, right, expected):
    assert differs(pd.Series(left), pd.Series(right)).tolist() == expected
    assert differs(pd.Series(right), pd.Series(left)).tolist() == expected


def test_texts_of_pandas_own_are_texts():
    assert differs(pd.Series(["a", None], dtype="str"), pd.Series(["a", None], dtype=object)).tolist() == [
        False,
        False,
    ]

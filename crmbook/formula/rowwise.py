"""Functions applied row by row in Python, for texts and exact whole numbers that numpy cannot compute as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmbook.formula.vector import Tag, Vector, align, error_codes, of_items, overlay

if TYPE_CHECKING:
    from collections.abc import Callable


def by_row(function: Callable[..., object], *arguments: Vector) -> Vector:
    """Apply a function of single texts and whole numbers to each row."""
    columns = align(*arguments)
    rows = zip(*(_plain(column) for column in columns), strict=True)
    codes = error_codes(*columns)
    if codes is None:
        return of_items([function(*row) for row in rows])
    items = [None if code else function(*row) for row, code in zip(rows, codes.tolist(), strict=True)]
    return overlay(of_items(items), codes)


def _plain(column: Vector) -> list[Any]:
    if column.has(Tag.TEXT):
        return list(column.words())
    whole: list[Any] = np.trunc(np.clip(column.numbers, -1e9, 1e9)).astype(int).tolist()
    return whole

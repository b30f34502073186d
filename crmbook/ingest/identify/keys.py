"""Keys: of rows that stand in a frame, and the numbers that ids have reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crmbook.schema import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from crmbook.schema import Field, Table

    Items = np.ndarray[tuple[int], np.dtype[np.object_]]

_LONGEST: Final = 15
"""Digits of the greatest number that counts; longer ones are no numbers that anybody gave in order."""


def highest(keys: Iterable[object], least: int = 0) -> int:
    """Return the highest number among ids; at least `least`."""
    numbers = (int(key) for key in keys if isinstance(key, str) and len(key) <= _LONGEST and key.isdecimal())
    return max(least, max(numbers, default=least))


def next_ids(field: Field, count: int, held: Iterable[object], counters: dict[str, int]) -> list[str]:
    """Return the next ids of a field, none of which was given before or is `held`; `counters` count on."""
    if not count:
        return []
    counter = f"key:{field.table}.{field.name}"
    first = highest(held, max(counters.get(counter, 0), (field.start or 1) - 1)) + 1
    counters[counter] = first + count - 1
    return [field.id_text(number) for number in range(first, first + count)]


def key_column(table: Table, frame: pd.DataFrame) -> Items:
    """Return the keys of a frame's rows, blank where they are blank or cannot be told.

    A key that is computed from fields of its own row (the bands of the scoring rules have one) is computed here.
    """
    target = table.key_field
    if target.typed:
        column = frame[target.name] if target.name in frame.columns else None
    else:
        reads = target.formula.references if target.formula else frozenset()
        told = reads and all(owner == table.name and name in frame.columns for owner, name in reads)
        formula = target.formula if told else None
        column = canonical(target, formula.evaluate({table.name: frame})) if formula else None
    if column is None:
        return np.full(len(frame), None, dtype=object)
    return column.to_numpy(dtype=object)

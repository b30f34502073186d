"""Keys: of rows that are in a frame, and the numbers that ids have reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmbook.schema import canonical

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    import pandas as pd

    from crmbook.schema import Field, Table

    Items = np.ndarray[tuple[int], np.dtype[np.object_]]


class Counting(NamedTuple):
    """How far ids have counted, and the day on which they count on."""

    counters: dict[str, int]
    day: dt.date


def count_ids(field: Field, keys: Iterable[object], counters: dict[str, int]) -> None:
    """Let the counters of a field pass every number among `keys`; ids of a year, or month, have a counter each."""
    for period, number in {"": 0, **field.numbering.highest(keys)}.items():
        counter = _counter(field, period)
        if period or not field.numbering.period:
            counters[counter] = max(number, counters.get(counter, 0), (field.start or 1) - 1)


def _counter(field: Field, period: str) -> str:
    name = f"key:{field.table}.{field.name}"
    return f"{name}:{period}" if period else name


def next_ids(field: Field, count: int, held: Iterable[object], counting: Counting) -> list[str]:
    """Return the next ids of a field, none of which was given before or is `held`; the counters count on."""
    if not count:
        return []
    count_ids(field, held, counting.counters)
    counter = _counter(field, field.numbering.of(counting.day))
    first = counting.counters.get(counter, (field.start or 1) - 1) + 1
    counting.counters[counter] = first + count - 1
    return field.numbering.texts(range(first, first + count), counting.day)


def key_column(table: Table, frame: pd.DataFrame) -> Items:
    """Return the keys of a frame's rows, blank where they are blank or cannot be read.

    A key that is computed from fields of its own row (the bands of the scoring rules have one) is computed here.
    """
    target = table.key_field
    if target.typed:
        column = frame[target.name] if target.name in frame.columns else None
    else:
        reads = target.formula.references if target.formula else frozenset()
        is_row_formula = reads and all(owner == table.name and name in frame.columns for owner, name in reads)
        formula = target.formula if is_row_formula else None
        column = canonical(target, formula.evaluate({table.name: frame})) if formula else None
    if column is None:
        return np.full(len(frame), None, dtype=object)
    return column.to_numpy(dtype=object)

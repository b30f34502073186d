"""How alike rows are: equal cells counted column by column, and rows without a name matched by their content."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.merge import cells_of, differs, rounded_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
    Content = dict[str, object]
    Likeness = Callable[[Content, Content], bool]

_LOOKED_AT: Final = 64  # rows that share the rarest cells of a row; more would make matching quadratic


def equal_cells(mine: pd.DataFrame, others: pd.DataFrame, leaving: str = "") -> Counts:
    """Return how many cells of each row are the same in two frames of one length, blanks among them.

    Parameters
    ----------
    leaving
        A column that does not count.
    """
    counts = np.zeros(len(mine), dtype=np.int64)
    for label in mine.columns:
        if label in others.columns and label != leaving:
            counts += ~differs(mine[label], others[label])
    return counts


def contents(frame: pd.DataFrame, labels: Sequence[str]) -> list[Content]:
    """Return what the rows of a frame hold in some of its columns: the cells that are not blank."""
    columns = {label: _comparable(frame[label]) for label in labels if label in frame.columns}
    filled = {label: column.notna().tolist() for label, column in columns.items()}
    values = {label: column.tolist() for label, column in columns.items()}
    return [
        {label: cells[position] for label, cells in values.items() if filled[label][position]}
        for position in range(len(frame))
    ]


def _comparable(column: pd.Series) -> pd.Series:
    """Return a column whose equal cells are equal in Python: numbers in the digits that office programs keep."""
    if column.dtype.kind == "f":
        column = pd.Series(rounded_numbers(cells_of(column)), index=column.index)
    return column.astype(object)


def have_common(mine: Content, other: Content) -> bool:
    """Return whether two rows have a cell in common."""
    return _compare(mine, other)[0] > 0


def are_alike(mine: Content, other: Content) -> bool:
    """Return whether two rows are the same in more than half of their cells."""
    alike, unlike = _compare(mine, other)
    return alike > unlike


def match_contents(rows: Sequence[Content], known: Sequence[Content], is_same: Likeness) -> dict[int, int]:
    """Match rows with known rows, each at most once, and return position → position.

    Equal rows are matched first, then those with most equal cells among the pairs that may be the same; they have
    at least one cell in common. Among equals the upper rows win.
    """
    matched = _equal_pairs(rows, known)
    taken = set(matched.values())
    left = [position for position in range(len(rows)) if position not in matched]
    index: dict[tuple[str, object], list[int]] = {}
    for position, content in enumerate(known):
        if position not in taken:
            for cell in _cells(content):
                index.setdefault(cell, []).append(position)
    pairs = []
    for position in left:
        for other in _candidates(rows[position], index):
            alike, unlike = _compare(rows[position], known[other])
            if alike and is_same(rows[position], known[other]):
                pairs.append((-alike, unlike, position, other))
    for _, _, position, other in sorted(pairs):
        if position not in matched and other not in taken:
            matched[position] = other
            taken.add(other)
    return matched


def _equal_pairs(rows: Sequence[Content], known: Sequence[Content]) -> dict[int, int]:
    waiting: dict[frozenset[tuple[str, object]], list[int]] = {}
    for position in reversed(range(len(known))):
        waiting.setdefault(frozenset(_cells(known[position])), []).append(position)
    pairs: dict[int, int] = {}
    for position, content in enumerate(rows):
        equal = waiting.get(frozenset(_cells(content)))
        if content and equal:
            pairs[position] = equal.pop()
    return pairs


def _candidates(content: Content, index: dict[tuple[str, object], list[int]]) -> Iterable[int]:
    """Return known rows that share a cell, by the rarest cells first."""
    found: Counter[int] = Counter()
    for positions in sorted((index.get(cell, []) for cell in _cells(content)), key=len):
        found.update(positions[:_LOOKED_AT])
        if len(found) >= _LOOKED_AT:
            break
    return sorted(found)


def _compare(mine: Content, other: Content) -> tuple[int, int]:
    """Return how many cells are the same, and how many are not."""
    alike = len(set(_cells(mine)).intersection(_cells(other)))
    return alike, len(mine.keys() | other.keys()) - alike


def _cells(content: Content) -> Iterable[tuple[str, Any]]:
    # A truth value is not a number, though Python finds True equal to 1.
    return ((label, ("bool", item) if isinstance(item, bool) else item) for label, item in content.items())

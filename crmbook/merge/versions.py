"""The versions of a table laid over each other: who edited which cell, and whether head moved since.

A workbook is compared with what it was last known to show (base). An old copy also repeats what *it* was given once: such
values are no edits, and rows that only an older state has are judged by that one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.merge.aligned import Aligned, blanks, blend, joined, tabled
from crmbook.merge.compare import unequal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.merge.compare import Items, Mask


@dataclass
class States:
    """The states of one table that a merge compares.

    Attributes
    ----------
    image
        What the workbook was last known to show; without any row or column where that is not known.
    head, file
        What the store holds, and what the workbook holds.
    unknown
        By label, the rows of the file whose cell is no value.
    seen
        Older states that the workbook may repeat, the oldest first.
    supersedes
        Whether the file's own earlier edits give way to its later ones.
    base
        The image, and below it rows of the file that only older states have.
    """

    image: pd.DataFrame
    head: pd.DataFrame
    file: pd.DataFrame
    unknown: Mapping[str, Collection[str]]
    seen: tuple[pd.DataFrame, ...]
    supersedes: bool
    base: pd.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        self.base = with_seen_rows(self.image, self.seen, self.file.index)


@dataclass(frozen=True, slots=True)
class Versions:
    """A column of edited rows: the three values, the file's without what is no edit, and whether head moved."""

    base: Items
    head: Items
    file: Items
    moved: Mask


class Common:
    """The three versions laid over the same rows."""

    def __init__(
        self, states: States, index: pd.Index, in_head: Items | None = None, in_file: Items | None = None
    ) -> None:
        self.index = index
        self.states = states
        self.base = Aligned(states.base, index)
        self.head, self.file = Aligned(states.head, index, in_head), Aligned(states.file, index, in_file)
        self.seen = [Aligned(state, index) for state in states.seen]
        self.known = self.base.present
        self.is_new = not (
            self.known.any() or self.head.present.any()
        )  # blank in both: nothing to compare with
        # Rows that were typed into a copy before they were taken in from the workbook: which is the newer, nobody knows.
        self.twice = self.known & ~Aligned(states.image, index).present if states.seen else None

    def edits(self, label: str) -> tuple[Mask, int]:
        """Return which rows the file edited in a column, and how many values it repeats from older states."""
        file = self.file.cells(label)
        base = self.base.cells(label, file)
        head = self.head.cells(label, file)
        if self.is_new:
            edited = ~np.asarray(pd.isna(file), dtype=bool)
        elif self.known.all():
            edited = unequal(file, base)
        elif not self.known.any():
            edited = unequal(file, head)
        else:
            edited = unequal(file, blend(self.known, base, head))
        if label in self.states.unknown:
            positions = self.index.get_indexer(pd.Index(list(self.states.unknown[label]), dtype=object))
            edited[positions[positions >= 0]] = False
        if self.twice is not None and self.twice.any():
            edited &= ~(self.twice & pd.isna(file))
        return edited, self._forget_seen(label, edited, file, head) if self.seen else 0

    def _forget_seen(self, label: str, edited: Mask, file: Items, head: Items) -> int:
        """Take out of `edited` what equals an older state; return how many values that kept from being merged."""
        positions = np.flatnonzero(edited & self.known)
        repeated = np.zeros(len(positions), dtype=bool)
        for state in self.seen:
            if state.has(label):
                alike = ~unequal(file[positions], state.cells(label)[positions])
                repeated |= alike & state.present[positions]
        edited[positions[repeated]] = False
        return int((repeated & unequal(file[positions], head[positions])).sum())

    def versions(self, label: str, edited: Mask, positions: Items) -> Versions:
        """Return a column at the positions of edited rows."""
        file = self.file.cells(label)
        head = self.head.cells(label, file)[positions]
        base, known = self.base.cells(label, head)[positions], self.known[positions]
        file = blend(edited, file[positions], blend(known, base, head))
        moved = unequal(head, base)
        if self.head.has(label) or self.base.has(label):
            moved |= ~known
        if self.twice is not None:
            moved |= self.twice[positions] & ~pd.isna(base)
            # What it held before nobody knows: both may have added to a blank.
            base = blend(self.twice[positions], blanks(len(positions), base), base)
        if self.states.supersedes and self.seen and self.seen[-1].has(label):
            own = self.seen[-1]
            moved &= ~own.present[positions] | unequal(head, own.cells(label, head)[positions])
        return Versions(base, head, file, moved)


def with_seen_rows(base: pd.DataFrame, seen: Sequence[pd.DataFrame], wanted: pd.Index) -> pd.DataFrame:
    """Return the base with those of the `wanted` rows that only other states have, the newest first."""
    for state in reversed(seen):
        more = wanted[Aligned(state, wanted).present & ~Aligned(base, wanted).present]
        if len(more):
            index = pd.Index([*base.index.tolist(), *more.tolist()], dtype=object)
            upper, lower = Aligned(base, base.index), Aligned(state, more)
            columns = {
                label: joined(upper.cells(label), lower.cells(label))
                for label in dict.fromkeys([*base.columns, *state.columns])
            }
            base = tabled(columns, index)
    return base

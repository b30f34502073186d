"""The rows that the store knows of a table: those of the image, then those that only the head has.

The rows of the head are looked at only where the image leaves something open, which in most workbooks is nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmbook.ingest.identify.keys import key_column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.schema import Table

    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
    Items = np.ndarray[tuple[int], np.dtype[np.object_]]


@dataclass
class Known:
    """Rows by position, of the image (None where it is not known) and of the head."""

    table: Table
    image: pd.DataFrame | None
    head: pd.DataFrame

    @cached_property
    def count(self) -> int:
        """Rows of the image."""
        return 0 if self.image is None else len(self.image)

    @cached_property
    def index(self) -> pd.Index:
        """Their ids."""
        return self.head.index if self.image is None else self.image.index.append(self._added.index)

    @cached_property
    def keys(self) -> Items:
        """Their keys."""
        parts = [key_column(self.table, frame) for frame in (self.image, self._added) if frame is not None]
        return np.concatenate(parts)

    @cached_property
    def _added(self) -> pd.DataFrame:
        if self.image is None:
            return self.head
        if _are_same(self.image.index.to_numpy(), self.head.index.to_numpy()):
            return self.head.iloc[:0]
        seen = set(self.image.index.tolist())
        added = np.fromiter((text not in seen for text in self.head.index.tolist()), bool, len(self.head))
        return self.head[added]

    def positions(self, ids: Items) -> Positions:
        """Return the position of each id, -1 for one that nobody knows."""
        if self.image is not None and _are_same(self.image.index.to_numpy(), ids):
            return np.arange(len(ids))
        known = {text: position for position, text in enumerate(self.index.tolist())}
        return np.fromiter((known.get(text, -1) for text in ids.tolist()), np.intp, len(ids))

    def take(self, positions: Iterable[int]) -> pd.DataFrame:
        """Return the rows at some positions, in their order."""
        wanted = np.fromiter(positions, dtype=np.intp)
        if self.image is None:
            return self.head.iloc[wanted]
        inside = wanted < self.count
        if inside.all():
            return self.image.iloc[wanted]
        parts = [self.image.iloc[wanted[inside]], self._added.iloc[wanted[~inside] - self.count]]
        order = np.argsort(np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)]))
        return pd.concat([part for part in parts if len(part)]).iloc[order]


def _are_same(mine: Items, others: Items) -> bool:
    return mine is others or (len(mine) == len(others) and bool(np.all(mine == others)))

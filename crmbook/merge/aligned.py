"""A version of a table laid over given rows: column by column, blank where it has no such row or column."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.merge.compare import all_cells, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.merge.compare import Items, Mask

    Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


class Aligned:
    """The rows `index` as `frame` holds them.

    Parameters
    ----------
    frame
        A version of the table.
    index
        Row ids, each once; they need not be in the frame.
    positions
        Where each row is in the frame, -1 where it is missing, if that is known; looking for 100,000 ids takes
        longer than comparing ten columns.
    """

    def __init__(self, frame: pd.DataFrame, index: pd.Index, positions: Positions | None = None) -> None:
        self.frame = frame
        self.index = index
        self._given = positions

    @cached_property
    def positions(self) -> Positions | None:
        """Where each row is in the frame, -1 where it is missing; None if they are the frame's own rows."""
        if self._given is not None:
            return self._given
        if self.frame.index is self.index or self.frame.index.equals(self.index):
            return None
        if not len(self.index):
            return np.zeros(0, dtype=np.intp)
        return np.asarray(self.frame.index.get_indexer(self.index))

    @cached_property
    def present(self) -> Mask:
        """Which rows the frame has."""
        return np.ones(len(self.index), dtype=bool) if self.positions is None else self.positions >= 0

    @cached_property
    def _columns(self) -> Mapping[str, Items]:
        return all_cells(self.frame)

    def has(self, label: str) -> bool:
        """Return whether the frame says anything about a column."""
        return label in self._columns

    def cells(self, label: str, like: Items | None = None) -> Items:
        """Return a column over the rows; where the frame lacks it, blanks of the type of `like`."""
        if label not in self._columns:
            return blanks(len(self.index), like)
        cells = self._columns[label]
        if self.positions is None:
            return cells
        taken = cells.take(self.positions) if len(cells) else blanks(len(self.index), cells)
        if not self.present.all():
            taken[~self.present] = blank_of(cells)
        return taken


def blanks(count: int, like: Items | None = None) -> Items:
    """Return an array of blanks, of the type of `like`, else of objects."""
    if like is None or like.dtype.kind == "O":
        return np.full(count, None, dtype=object)
    return np.full(count, blank_of(like), dtype=like.dtype)


def blank_of(cells: Items) -> Any:
    """Return how an array writes a blank."""
    return {"f": np.nan, "M": np.datetime64("NaT")}.get(cells.dtype.kind)


def tabled(columns: Mapping[str, Items], index: pd.Index) -> pd.DataFrame:
    """Return a frame of arrays, each in the type it has: pandas would make texts of its own of objects."""
    series = {
        label: pd.Series(cells, index=index, dtype=cells.dtype, copy=False)
        for label, cells in columns.items()
    }
    return pd.DataFrame(series, index=index, columns=pd.Index(list(columns), dtype=object), copy=False)


def blend(mask: Mask, chosen: Items, other: Items) -> Items:
    """Return `chosen` where the mask is set, else `other`."""
    return np.asarray(np.where(mask, *_alike(chosen, other)))


def joined(upper: Items, lower: Items) -> Items:
    """Return two arrays one below the other."""
    if not len(lower):
        return upper
    return lower if not len(upper) else np.concatenate(_alike(upper, lower))


def replaced(cells: Items, positions: Items, values: Items) -> Items:
    """Return a copy with other values at some positions."""
    whole, part = _alike(cells, values)
    result = whole.copy()
    result[positions] = part
    return result


def _alike(one: Items, two: Items) -> tuple[Items, Items]:
    """Return both arrays in one type: objects unless they are of one kind; a side without any value gives way."""
    if one.dtype.kind == two.dtype.kind:
        return one, two
    for mine, other, swapped in ((one, two, False), (two, one, True)):
        if pd.isna(mine).all():
            empty = blanks(len(mine), other)
            return (other, empty) if swapped else (empty, other)
    return _spelled(one), _spelled(two)


def _spelled(cells: Items) -> Items:
    """Return cells as objects whose blanks are None."""
    result = np.empty(len(cells), dtype=object)
    result[:] = plain(cells)
    return result

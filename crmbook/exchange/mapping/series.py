"""Columns of raw cells: any Python value, None for a blank; changed by their distinct cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.values import is_blank, narrow, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

Column = pd.Series
_ROOM: Final = 8
"""Blanks that may be around a word for nothing."""


def series(items: Iterable[Any], index: pd.Index) -> Column:
    """Return a column that holds its items as they are: pandas would make texts and None something of its own."""
    array = np.empty(len(index), dtype=object)
    for position, item in enumerate(items):
        array[position] = item
    return pd.Series(array, index=index, dtype=object)


def blanks(index: pd.Index) -> Column:
    """Return a column of blanks."""
    return series([], index)


def changed(column: Column, change: Callable[[Any], Any]) -> Column:
    """Return a column with every distinct cell changed; blanks stay."""
    codes, distinct = pd.factorize(column.to_numpy(dtype=object))
    items = np.empty(len(distinct) + 1, dtype=object)  # the last one for blanks, whose code is -1
    for position, raw in enumerate(distinct):
        items[position] = change(raw)
    return pd.Series(items[codes], index=column.index, dtype=object)


class _Beginnings(dict[str, bool]):
    """Whether a cell that begins with a sign may say nothing; each sign is looked at once."""

    def __init__(self, first: Collection[str]) -> None:
        super().__init__()
        self._first = frozenset(first)

    def __missing__(self, sign: str) -> bool:
        self[sign] = found = not sign.isalnum() or narrow(sign).casefold()[:1] in self._first
        return found


class Nothing:
    """Words that say a cell is blank, folded; nearly every cell differs from them in how it begins."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        self._longest = max(map(len, words), default=0) + _ROOM
        self._beginnings = frozenset(word[:2].casefold() for word in words)
        self._may_begin = _Beginnings(frozenset(word[:1] for word in words))

    def among(self, raws: Iterable[Any]) -> frozenset[str]:
        """Return those of many cells that are blank or hold one of the words."""
        may_begin = self._may_begin
        return frozenset(
            [raw for raw in raws if raw.__class__ is str and may_begin[raw[:1]] and self.says(raw)]
        )

    def says(self, raw: Any) -> bool:
        """Return whether a cell is blank, or holds one of the words."""
        if not isinstance(raw, str):
            return False
        first = raw[:2]
        if raw[:1].isalnum() and (
            len(raw) > self._longest or (first.isascii() and first.casefold() not in self._beginnings)
        ):
            return False
        return is_blank(raw) or narrow(raw).casefold() in self._words


def distinct(raws: Iterable[Any]) -> list[Any]:
    """Return cells each once, the first spelling of each."""
    known: dict[str, Any] = {}
    for raw in raws:
        known.setdefault(narrow(spell(raw)).casefold(), raw)
    return list(known.values())


def stripped(raw: Any) -> Any:
    """Return a cell without blanks at its ends; None for one that holds nothing else."""
    return raw.strip() or None if isinstance(raw, str) else raw

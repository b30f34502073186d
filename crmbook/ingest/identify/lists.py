"""The dropdown lists of a workbook as a frame of the state, and back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.read import ListEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def lists_frame(lists: Mapping[str, Iterable[ListEntry]]) -> pd.DataFrame:
    """Return dropdown lists as a state frame: a row per entry, known by list and text.

    An entry that a list has under several parents (two cities may each have a 鼓楼区) is known by its parent too.
    """
    rows: dict[str, tuple[str, str, str | None]] = {}
    for name, entries in lists.items():
        distinct = list(dict.fromkeys((entry.text, entry.of) for entry in entries))
        parents = Counter(text for text, _ in distinct)
        for text, of in distinct:
            rows[f"{name}/{text}/{of}" if parents[text] > 1 else f"{name}/{text}"] = (name, text, of)
    index = pd.Index(list(rows), dtype=object)
    return pd.DataFrame(list(rows.values()), index=index, columns=["list", "text", "of"], dtype=object)


def lists_of(frame: pd.DataFrame | None) -> dict[str, tuple[ListEntry, ...]]:
    """Return the dropdown lists of a state by name."""
    lists: dict[str, tuple[ListEntry, ...]] = {}
    for name, text, of in frame[["list", "text", "of"]].itertuples(index=False) if frame is not None else ():
        lists[name] = (*lists.get(name, ()), ListEntry(text, of if isinstance(of, str) else None))
    return lists

"""Whose the rows of a workbook are, once they are identified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.ingest.identify.lists import lists_frame

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.base import Issue


@dataclass
class Identity:
    """Whose the rows of a workbook are.

    Attributes
    ----------
    ids
        For every managed table of the workbook, the row ids by row number.
    new
        By table, the rows that the store does not know.
    sources
        By table, of each row that was copied with its hidden id the row that it is a copy of, both by id.
    twins
        By table, the ids of rows that came in with another copy of the same export before.
    blank
        By table, the rows whose id cell holds something else than the id.
    counters
        Highest numbers ever given, as handed in and counted on.
    issues
        What a person should know of it.
    keys
        By table, the key that a known row has in the store, for rows whose key cell is blank.
    numbers
        By (table, field), what such a row has in another field whose ids sync gives.
    lists
        Entries of dropdown lists that the workbook does not have, as the store knows them: a list that is gone
        from the dictionary says nothing about its entries.
    """

    ids: dict[str, pd.Series] = field(default_factory=dict)
    new: dict[str, tuple[int, ...]] = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    twins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    blank: dict[str, tuple[int, ...]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    keys: dict[str, dict[int, str]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    lists: pd.DataFrame = field(default_factory=lambda: lists_frame({}))

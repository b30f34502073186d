"""What somebody wants done to many rows, and what would come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmbook.base import Sample, describe
from crmbook.ingest import are_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from crmbook.base import Issue, Language
    from crmbook.ingest import Note
    from crmbook.revisions import Line

BulkAction = Literal["set", "delete", "restore"]


@dataclass(frozen=True, slots=True)
class BulkWish:
    """What is wanted, in the words of whoever wants it.

    Attributes
    ----------
    table
        Title or name of the table.
    where
        An Excel formula over the fields of a row; the rows for which it holds are meant.
    texts
        What is written, by title or name of the field, as one would type it; an empty text makes the cell blank.
    """

    table: str
    where: str
    action: BulkAction
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One mistake in a value, and the keys of the rows in which it is one."""

    issue: Issue
    keys: tuple[str, ...]

    def text(self, lang: Language) -> str:
        """Return what is wrong, in how many rows, and in which, in words."""
        rows = Sample(self.keys[:_NAMED], max(0, len(self.keys) - _NAMED))
        params = {"field": self.issue.params["field"], "problem": self.issue.text(lang), "rows": rows}
        return describe("bulk.finding", lang, {**params, "count": len(self.keys)})


_NAMED = 3


@dataclass(frozen=True)
class BulkPlan:
    """What an edit in bulk would do, judged and followed up; nothing is stored yet.

    Attributes
    ----------
    id
        Stands for exactly these rows and values: whoever accepts it accepts these and no others.
    table, labels
        Machine names of the table, and of the fields that are written.
    matched
        How many rows the condition holds for.
    of
        How many rows the table has.
    rows
        The ids of those that change.
    lines
        Everything that changes, what follows of it included.
    stays
        Keys of the rows that are not deleted, because a value in them waits for somebody's decision.
    referring
        By title of a table, how many of its rows refer to rows that would be deleted.
    refused, doubts
        What is wrong with the values: nothing can be done, or somebody should look at it.
    tables, counters, based_on
        The state that the book would have, and the revision that it was worked out from.
    """

    id: str
    wish: BulkWish
    table: str
    title: str
    labels: tuple[str, ...]
    matched: int
    of: int
    rows: tuple[str, ...]
    lines: Sequence[Line]
    stays: tuple[str, ...]
    referring: Mapping[str, int]
    refused: tuple[Refusal, ...]
    doubts: tuple[Refusal, ...]
    tables: Mapping[str, pd.DataFrame]
    counters: Mapping[str, int]
    based_on: int
    notes: Sequence[Note] = ()

    @property
    def is_large(self) -> bool:
        """Whether it changes more rows than people change without being asked."""
        return are_many(len(self.rows), self.of)

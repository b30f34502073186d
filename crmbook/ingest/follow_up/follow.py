"""From a merged state to a complete one: every step in turn, until none has anything left to do.

Keys come first, because everything else refers to them; then renamed keys, so that no reference is taken for a
missing one; defaults of new rows before the stages, so that an opened row takes over what its source ends up with;
then opened stages, and the tables with one row per customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ingest.follow_up.defaults import fill_defaults
from crmbook.ingest.follow_up.keys import carry_renames, follow_merges, give_keys
from crmbook.ingest.follow_up.parents import keep_one_per_parent
from crmbook.ingest.follow_up.stages import open_stages
from crmbook.ingest.follow_up.state import NO_ROWS, NOBODY, OF_THE_HEAD, Blanks, Note, Progress

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    import pandas as pd

    from crmbook.schema import Book

__all__ = ["Blanks", "Followed", "Note", "follow"]


@dataclass(frozen=True, slots=True)
class Followed:
    """The completed state.

    Attributes
    ----------
    tables
        All frames; those in which nothing had to be done are the ones handed in.
    counters
        Highest numbers ever given.
    notes
        What was done, in order.
    """

    tables: dict[str, pd.DataFrame]
    counters: dict[str, int]
    notes: list[Note]


def follow(  # noqa: PLR0913, PLR0917 - the state and all that it is followed up with
    book: Book,
    tables: Mapping[str, pd.DataFrame],
    before: Mapping[str, pd.DataFrame],
    counters: Mapping[str, int],
    as_of: date,
    typed: Mapping[tuple[str, str], Collection[str]] = NOBODY,
    returned: Mapping[str, pd.Index] = NO_ROWS,
    blanks: Blanks = OF_THE_HEAD,
    *,
    is_first: bool = False,
) -> Followed:
    """Complete a merged state.

    Parameters
    ----------
    tables
        The merged state, as state frames.
    before
        The head before the merge: it shows which rows are new, which keys were renamed, which conditions became true.
        Where a filled workbook is taken over as it stands, hand in `tables` themselves, and nothing counts as new.
    counters
        Highest number ever given: ``row:<table>`` of row ids, ``key:<table>.<field>`` of keys.
    as_of
        The day that counts as today.
    typed
        By table and label, the rows in which a reference was put just now: it names its row by the key of today.
    returned
        By table, rows that the head did not have and that are not new: an edit brought them back as they were.
    blanks
        Which blank references are blanks.
    is_first
        Whether the book takes in something for the first time: what was there before it, whenever that began.
    """
    progress = Progress(book, tables, before, counters, as_of)
    progress.typed, progress.returned, progress.is_first, progress.blanks = typed, returned, is_first, blanks
    _complete(progress)
    return Followed(progress.tables, progress.counters, progress.notes)


def _complete(progress: Progress) -> None:
    """Take every step in turn until none changes anything."""
    # Every round opens at least one stage more, so there are no more rounds than tables.
    for _ in range(len(progress.book.tables) + 2):
        progress.changed = False
        give_keys(progress)
        carry_renames(progress)
        follow_merges(progress)
        fill_defaults(progress)
        open_stages(progress)
        keep_one_per_parent(progress)
        if not progress.changed:
            break

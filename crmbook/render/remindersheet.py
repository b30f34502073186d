"""跟进提醒: what is due, listed anew at every sync, with what people typed into lines that are still open.

The lines are those that build writes, see `crmbook.build.reminders`; only links follow the sheet as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmbook.build import (
    ANSWERED,
    CONFLICTS,
    REMINDERS,
    find_due,
    line_frame,
    notes_of,
    numbered_link,
    open_of,
    reminder_lines,
    row_link,
)
from crmbook.render.marks import iter_lines
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from crmbook.base import Change
    from crmbook.build import Due
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.render.marks import Line
    from crmbook.schema import Book, Computed
    from crmbook.store import ConflictRecord


def due_here(  # noqa: PLR0913, PLR0917 - the book, and what its reminders may be about
    book: Book,
    computed: Computed,
    ids: Mapping[str, pd.Series],
    tables: Mapping[str, pd.DataFrame],
    as_of: date,
    conflicts: Sequence[ConflictRecord],
) -> list[Due]:
    """Return the open reminders about the rows of a workbook.

    Parameters
    ----------
    computed, ids
        What the workbook will show, and the id of each of its rows.
    tables
        The state, with the answers in it.
    conflicts
        Those that the workbook lists.
    """
    return open_of(find_due(book, computed, as_of, ids, conflicts), tables.get(ANSWERED), as_of)


def listed_lines(
    book: Book, due: Sequence[Due], conflicts: Sequence[ConflictRecord]
) -> dict[str, pd.DataFrame]:
    """Return what the lists of reminders and conflicts will hold, for the cells that count it."""
    found = {CONFLICTS: pd.DataFrame({"number": [float(one.id) for one in conflicts]})}
    if REMINDERS in book.tables:
        found[REMINDERS] = line_frame(book, reminder_lines(book, due, {}, lambda _: None))
    return found


def iter_reminders(
    book: Book, snapshot: Snapshot, package: Package, due: Sequence[Due], answers: pd.DataFrame | None
) -> Iterator[Change]:
    """Yield the changes of the list of reminders."""
    found = snapshot.tables.get(REMINDERS)
    if found is None:
        return

    def link(one: Due) -> tuple[str, str] | None:
        there = snapshot.tables.get(one.table)
        if one.table == CONFLICTS and there is not None and "number" in there.columns:
            return numbered_link(there.sheet, there.columns["number"].letter, one.row_id)
        if there is None or there.row_id is None:
            return None
        key = there.columns.get(book.tables[one.table].key)
        return row_link(there.sheet, key.letter if key else "A", there.row_id.letter, one.row_id)

    typed = _typed(found)
    lines = reminder_lines(book, due, notes_of(answers), link)
    yield from iter_lines(
        found, package, [{**line, **typed.get(str(line["reminder"][0]), {})} for line in lines]
    )


def _typed(found: TableSnapshot) -> dict[str, Line]:
    """Return what is in the cells of answers, by reminder: what settled nothing stays before whoever typed it."""
    if "reminder" not in found.columns:
        return {}
    return {
        tidy(spell(found.raw("reminder", row))): {
            name: (value if isinstance(value, str | int | float) else spell(value), None)
            for name in ("decision", "until")
            if (value := found.raw(name, row)) is not None
        }
        for row in found.frame.index.tolist()
    }

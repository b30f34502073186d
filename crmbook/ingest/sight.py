"""Which part of the head a working copy may know: what lies outside its scope is hidden from it.

A copy of some customers is read, and written, as if the rest of the book did not exist: it cannot refer to, name again
or number itself beside what it does not show. A conflict is reported as far as the copy shows what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crmbook.base import OWN, split_label
from crmbook.build import number_of, tables_in_scope
from crmbook.check import Part
from crmbook.ingest.identify import count_ids
from crmbook.schema import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from crmbook.build import Scope
    from crmbook.read import Snapshot, WorkingCopy
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord, State

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Sight:
    """A workbook, and what of the book counts for it.

    Attributes
    ----------
    snapshot
        The workbook as read, without row ids that it cannot have.
    head, known
        Rows that its own may be, and rows that it may refer to.
    counters
        Highest numbers ever given, in the whole book.
    part
        What may be named in it; None where it is not narrowed.
    """

    snapshot: Snapshot
    head: Tables
    known: Tables
    counters: Mapping[str, int]
    part: Part | None = None


def look(  # noqa: PLR0913, PLR0917 - a workbook, the book, and three states of its rows
    copy: WorkingCopy, head: State, known: Tables, scope: Scope, shown: Tables, held: Tables
) -> Sight:
    """Return what counts for a workbook.

    Parameters
    ----------
    known
        The state whose rows may be referred to.
    shown
        Every row that the workbook ever showed, empty where the store does not know it.
    held
        The rows that it holds, which are its own where they are nobody's.
    """
    if not scope.narrows or not head.revision:  # a store that knows nothing yet knows of no rights either
        return Sight(copy.snapshot, head.tables, known, head.counters)
    rows = {name: frame.index for name, frame in held.items()}
    mine = tables_in_scope(copy.book, scope, head.tables, rows)
    may_name = mine if known is head.tables else tables_in_scope(copy.book, scope, known, rows)
    snapshot = copy.snapshot if shown else _without_strange_ids(copy.snapshot, mine)
    part = part_of(copy.book, scope, may_name, shown)
    return Sight(snapshot, mine, may_name, _counted(copy.book, head), part)


def part_of(book: Book, scope: Scope, known: Tables, shown: Tables) -> Part:
    """Return what may be named in a workbook that shows a part of the customers, or of the rows that its role sees."""
    names = {book.people, *(name for name, _ in scope.rows)} & book.tables.keys()
    return Part({name: _keys(book, name, (known, shown)) for name in names}, shown or known)


def _keys(book: Book, name: str, states: Iterable[Tables]) -> frozenset[str]:
    key = book.tables[name].key
    frames = [state[name] for state in states if name in state]
    return frozenset[str]().union(*(frame[key].dropna() for frame in frames if key in frame.columns))


def _without_strange_ids(snapshot: Snapshot, mine: Tables) -> Snapshot:
    """Take off row ids that mean no row in scope, where they would be believed because no image speaks against them."""
    tables = {
        name: replace(found, row_ids=found.row_ids.where(found.row_ids.isin(mine[name].index), None))
        if name in mine
        else found
        for name, found in snapshot.tables.items()
    }
    return replace(snapshot, tables=tables)


def _counted(book: Book, head: State) -> dict[str, int]:
    """Return counters that have passed every number in the book: a number that is hidden is not given again."""
    counted = dict(head.counters)
    for name, table in book.tables.items():
        if name in head.tables:
            frame, rows = head.tables[name], f"row:{name}"
            counted[rows] = max([counted.get(rows, -1), *map(number_of, frame.index)])
            for target in table.fields.values():
                if target.type == "id" and target.name in frame.columns:
                    count_ids(target, frame[target.name].tolist(), counted)
    return counted


def listed_for(
    view: Book, scope: Scope, conflicts: Iterable[ConflictRecord], rows: Tables
) -> list[ConflictRecord]:
    """Return the conflicts that a workbook lists: about rows that it holds, if it is narrowed, and fields it shows."""
    return [
        one
        for one in conflicts
        if one.table == LISTS
        or (
            one.table in view.tables
            and (not one.labels or labels_shown(view, one))
            and (not scope.narrows or (one.table in rows and one.row_id in rows[one.table].index))
        )
    ]


def labels_shown(view: Book, record: ConflictRecord) -> tuple[str, ...]:
    """Return the labels of a conflict that a workbook shows."""
    cells = {label: split_label(record.table, label) for label in record.labels}
    return tuple(
        label
        for label, (table, inner) in cells.items()
        if table in view.tables and (inner in view.tables[table].fields or inner.startswith(OWN))
    )


def as_shown(view: Book, record: ConflictRecord) -> ConflictRecord:
    """Return a conflict without the values of fields that a workbook does not show."""
    if record.table not in view.tables:
        return record
    positions = [record.labels.index(label) for label in labels_shown(view, record)]
    if len(positions) == len(record.labels):
        return record
    base, head, file = (
        None if side is None else tuple(side[position] for position in positions)
        for side in (record.base, record.head, record.file)
    )
    return replace(record, labels=labels_shown(view, record), base=base, head=head, file=file)

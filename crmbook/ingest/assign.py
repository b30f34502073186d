"""Ids that a person leaves to crmbook: keys of new rows, and the hidden id of every row.

A key counts on from the highest number in its column; the hidden id from the highest ever given in its table. Where
a store remembers how far they have counted (`assign_keys`), the number of a row that was deleted never comes again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Change, ChangeKind
from crmbook.ingest.identify import Counting, next_ids
from crmbook.values import ValueKind, to_series

if TYPE_CHECKING:
    import datetime as dt

    from crmbook.check import Checked
    from crmbook.ingest.identify import Identity
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Field


def assign_ids(book: Book, snapshot: Snapshot, checked: Checked, as_of: dt.date) -> list[Change]:
    """Give every new row its id, in the frames and as changes; a cell that was refused is no blank."""
    changes: list[Change] = []
    for name, frame in checked.frames.items():
        for field in book.tables[name].fields.values():
            if field.type == "id" and field.name in snapshot.tables[name].columns:
                changes += _assign(field, snapshot, checked, as_of)
        checked.frames[name] = frame
    return changes


def _assign(field: Field, snapshot: Snapshot, checked: Checked, as_of: dt.date) -> list[Change]:
    frame, found = checked.frames[field.table], snapshot.tables[field.table]
    values = dict(frame[field.name].items())
    taken = checked.refused.get((field.table, field.name), set())
    blank = [row for row, value in values.items() if value is None and row not in taken]
    if not blank:
        return []
    given = dict(zip(blank, next_ids(field, len(blank), values.values(), Counting({}, as_of)), strict=True))
    values.update(given)
    frame[field.name] = to_series(ValueKind(field.type), [values[row] for row in frame.index], frame.index)
    return [
        Change(found.sheet, found.cell(field.name, int(str(row))).cell, text, ChangeKind.ASSIGNED)
        for row, text in given.items()
    ]


def assign_keys(
    book: Book, snapshot: Snapshot, checked: Checked, identity: Identity, counting: Counting
) -> dict[str, int]:
    """Give the rows of a workbook the keys they lack, in the frames of `checked`; return the counters counted on.

    A row that the store knows gets back its own key, and other ids with it: they were blanked by mistake, or sync has
    not been able to write them yet. But if another row has the same one by now, blanking it was the way out, and the row
    gets a new number like any new row. A cell that was refused is no blank.
    """
    counted = Counting(dict(counting.counters), counting.day)
    for name, frame in checked.frames.items():
        own = identity.keys.get(name, {})
        new = frozenset(identity.new.get(name, ()))
        for field in book.tables[name].fields.values():
            is_key = field.name == book.tables[name].key
            if field.name not in snapshot.tables[name].columns or not (
                field.type == "id" or (is_key and own)
            ):
                continue
            column = frame[field.name]
            taken: set[int] = checked.refused.get((name, field.name), set())
            blank = [row for row in column.index[column.isna()].tolist() if row not in taken]
            held = set(column.dropna().tolist())
            given: dict[int, str] = {}
            theirs = own if is_key else identity.numbers.get((name, field.name), {})
            for row in blank:
                if row in theirs and theirs[row] not in held:
                    given[row] = theirs[row]
                    held.add(theirs[row])
            if field.type == "id":
                wanting = [row for row in blank if row not in given and (row in new or row in own)]
                given |= dict(zip(wanting, next_ids(field, len(wanting), held, counted), strict=True))
            if given:
                pairs = zip(column.index.tolist(), column.tolist(), strict=True)
                values = [given.get(row, value) for row, value in pairs]
                frame[field.name] = to_series(ValueKind(field.type), values, column.index)
    return counted.counters

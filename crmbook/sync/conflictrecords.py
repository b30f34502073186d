"""Conflicts as the store keeps them: those that a merge made, and those that settled themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import split_label
from crmbook.ingest import asks_who
from crmbook.merge import changed_cells, differs, row_values
from crmbook.store import ConflictRecord, RevisionRecord
from crmbook.values import spell, spell_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from crmbook.ingest import Intake
    from crmbook.merge import Conflict
    from crmbook.schema import Book
    from crmbook.store import Cell, Step

    Values = tuple[Any, ...] | None
    LastChange = Callable[[Sequence[Cell]], Mapping[Cell, RevisionRecord]]


def untold(intake: Intake, known: Sequence[ConflictRecord]) -> list[tuple[str, Conflict]]:
    """Return the conflicts that a workbook's edits made, each with its table, without those that are open already."""
    known_already = {(one.table, one.row_id, one.labels, spell_all(one.file)) for one in known}
    return [
        (table, conflict)
        for table, conflict in intake.conflicts
        if (table, conflict.row_id, conflict.labels, spell_all(conflict.file)) not in known_already
    ]


def cell_of(book: Book, intake: Intake, table: str, conflict: Conflict, label: str) -> Cell:
    """Return the cell that a label of a conflict means: of the row itself, or of one that is beside it."""
    other, inner = split_label(table, label)
    if other == table:
        return table, conflict.row_id, label
    if conflict.head is None:  # what was beside the row only went with it
        return table, conflict.row_id, book.tables[table].key
    frame, key = intake.followed.get(other, pd.DataFrame()), _key(book, intake, table, conflict)
    for target in book.tables[other].references_to(table):
        if target.name in frame.columns:
            rows = frame.index[(frame[target.name] == key).to_numpy()].tolist()
            return other, rows[0] if rows else "", inner
    return other, "", inner


def as_record(
    book: Book, intake: Intake, table: str, conflict: Conflict, last: Mapping[Cell, RevisionRecord]
) -> ConflictRecord:
    """Return a conflict as the store keeps it; `last` says who changed the head's cells last."""
    label = conflict.labels[0] if conflict.labels else ""
    before = last.get(cell_of(book, intake, table, conflict, label))
    return ConflictRecord(
        table, conflict.row_id, conflict.labels, conflict.base, conflict.head, conflict.file,
        key=_key(book, intake, table, conflict),
        head_who=before.who if before else "", head_at=before.at if before else "",
    )  # fmt: skip


def agreed(
    known: Sequence[ConflictRecord], intake: Intake, settled: Collection[int], workbook: str
) -> list[tuple[int, str, str]]:
    """Return the open conflicts that are none any more: the state holds the other value, or has no such row.

    A question of this `workbook` ends as soon as the workbook does not ask it any more.
    """
    ended = []
    asked = {(table, one.row_id, one.labels, spell_all(one.file)) for table, one in intake.questions}
    for one in known:
        if one.id not in settled and one.table in intake.followed:
            frame = intake.followed[one.table]
            is_gone = one.row_id not in frame.index
            if asks_who(intake.book.tables.get(one.table), one.labels, one.file):
                is_gone = (
                    one.workbook_id == workbook
                    and (one.table, one.row_id, one.labels, spell_all(one.file)) not in asked
                )
            if is_gone or (one.file is not None and one.head is not None and _holds(frame, one)):
                ended.append((one.id, "agreed", ""))
    return ended


def superseded(
    known: Sequence[ConflictRecord], intake: Intake, made: Sequence[ConflictRecord], workbook: str, who: str
) -> list[ConflictRecord]:
    """Return the open conflicts whose author has typed something else into their cells since, in the same `workbook`.

    The later value replaces the one that waits, whether it was taken in or is one of the conflicts `made`
    now. What anybody else types there decides nothing about the one that waits: that stays open, against what the
    store holds now.
    """
    typed = {
        (table, change.row_id, change.label)
        for table, result in intake.results.items()
        for change in result.changes
    }
    typed |= {
        (one.table, one.row_id, label)
        for one in made
        if one.file is not None and one.head is not None
        for label in one.labels
    }
    return [
        one
        for one in known
        if (one.workbook_id, one.file_who) == (workbook, who)
        and (cells := _disputed(intake.book, one))
        and all((one.table, one.row_id, label) in typed for label in cells)
    ]


def _disputed(book: Book, record: ConflictRecord) -> list[str]:
    """Return the cells that a conflict's author had typed; none where it is about a whole row, or who a row is."""
    if (
        record.head is None
        or record.file is None
        or asks_who(book.tables.get(record.table), record.labels, record.file)
    ):
        return []
    before = record.head if record.base is None else record.base
    pairs = zip(record.labels, spell_all(before) or (), spell_all(record.file) or (), strict=True)
    return [label for label, old, file in pairs if old != file]


def in_todays_keys(
    book: Book,
    record: ConflictRecord,
    then: Callable[[int], Mapping[str, pd.DataFrame]],
    tables: Mapping[str, pd.DataFrame],
) -> ConflictRecord:
    """Return an open conflict whose references name their rows as these are called today.

    Parameters
    ----------
    then
        Returns the state at a revision: the one that a conflict came with says which rows its references mean.
    """
    fields = [
        inner.fields.get(label) if (inner := book.tables.get(table)) else None
        for table, label in (split_label(record.table, label) for label in record.labels)
    ]
    references = {
        position: str(field.to) for position, field in enumerate(fields) if field is not None and field.to
    }
    if record.state != "open" or not record.revision or not references:
        return record
    state = then(record.revision)
    sides = {name: getattr(record, name) for name in ("base", "head", "file")}
    for name, values in sides.items():
        if values is not None:
            sides[name] = tuple(
                _key_today(book, references[position], value, state, tables)
                if position in references
                else value
                for position, value in enumerate(values)
            )
    return replace(record, **sides)


def _key_today(
    book: Book, name: str, key: Any, then: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame]
) -> Any:
    """Return the key that the row has now which had a key then; the key itself where that names no row, or two."""
    label = book.tables[name].key
    if (
        name not in then
        or name not in now
        or label not in then[name].columns
        or label not in now[name].columns
    ):
        return key
    rows = then[name].index[(then[name][label] == key).to_numpy()]
    if len(rows) != 1 or rows[0] not in now[name].index or pd.isna(now[name].loc[rows[0], label]):
        return key
    return now[name].loc[rows[0], label]


def as_they_stand(
    records: Sequence[ConflictRecord], tables: Mapping[str, pd.DataFrame], last: LastChange
) -> list[ConflictRecord]:
    """Return open conflicts with what the state holds by now, and who put it there, for people to choose from."""
    heads = [_head(record, tables.get(record.table)) for record in records]
    moved = [spell_all(head) != spell_all(record.head) for record, head in zip(records, heads, strict=True)]
    cells = [
        (record.table, record.row_id, label)
        for record, has_moved in zip(records, moved, strict=True)
        for label in (record.labels if has_moved else ())
    ]
    changes = last(cells) if cells else {}
    return [
        _renewed(record, head, changes) if has_moved else record
        for record, head, has_moved in zip(records, heads, moved, strict=True)
    ]


def _head(record: ConflictRecord, frame: pd.DataFrame | None) -> Values:
    """Return the state's side of a conflict: its values by now, as they were where the row is gone."""
    if (
        record.head is None
        or frame is None
        or record.row_id not in frame.index
        or not set(record.labels) <= set(frame.columns)
    ):
        return record.head
    return row_values(frame, record.row_id, record.labels)


def _renewed(record: ConflictRecord, head: Values, changes: Mapping[Cell, RevisionRecord]) -> ConflictRecord:
    """Return a conflict with another value in the state, and who put it there."""
    cells = [(record.table, record.row_id, label) for label in record.labels]
    newest = max((changes[cell] for cell in cells if cell in changes), key=lambda one: one.at, default=None)
    if newest is None:
        return replace(record, head=head)
    return replace(record, head=head, head_who=newest.who, head_at=newest.at)


def unstored(steps: Sequence[Step], before: Mapping[str, pd.DataFrame]) -> dict[Cell, RevisionRecord]:
    """Return who changed which cells, just now, in steps that a dry run does not store."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    found: dict[Cell, RevisionRecord] = {}
    tables = dict(before)
    for step in steps:
        record = RevisionRecord(0, step.kind, step.who, step.workbook_id, step.note, at)
        for name, frame in step.tables.items():
            if frame is not None and name in tables:
                _, _, cells = changed_cells(tables[name], frame)
                found |= {(name, cell.row_id, cell.label): record for cell in cells}
            if frame is not None:
                tables[name] = frame
    return found


def _holds(frame: pd.DataFrame, record: ConflictRecord) -> bool:
    """Return whether a row holds the values of the other side."""
    if record.row_id not in frame.index or not set(record.labels) <= set(frame.columns):
        return False
    row = frame.loc[[record.row_id]]
    pairs = zip(record.labels, record.file or (), strict=True)
    return not any(differs(row[label], pd.Series([value], dtype=object)).any() for label, value in pairs)


def _key(book: Book, intake: Intake, table: str, conflict: Conflict) -> str:
    """Return the visible key of a conflict's row."""
    frames: list[Mapping[str, pd.DataFrame]] = [intake.merged, intake.file, intake.head]
    label = book.tables[table].key if table in book.tables else "text"
    for frames_of in frames:
        frame = frames_of.get(table)
        if frame is not None and conflict.row_id in frame.index and label in frame.columns:
            return spell(frame[label].loc[conflict.row_id])
    return ""

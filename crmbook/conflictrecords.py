"""Conflicts as the store keeps them: those that a merge made, and those that settled themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.merge import differs, row_values
from crmbook.store import ConflictRecord
from crmbook.values.text import spell

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.ingest import Intake
    from crmbook.merge import Conflict
    from crmbook.schema import Book
    from crmbook.store import Cell, RevisionRecord

    Values = tuple[Any, ...] | None


def untold(intake: Intake, known: Sequence[ConflictRecord]) -> list[tuple[str, Conflict]]:
    """Return the conflicts that a workbook's edits made, each with its table, without those that are open already."""
    told = {(one.table, one.row_id, one.labels, _plain(one.file)) for one in known}
    return [
        (table, conflict)
        for table, conflict in intake.conflicts
        if (table, conflict.row_id, conflict.labels, _plain(conflict.file)) not in told
    ]


def as_record(
    book: Book, intake: Intake, table: str, conflict: Conflict, last: Mapping[Cell, RevisionRecord]
) -> ConflictRecord:
    """Return a conflict as the store keeps it; `last` tells who changed the head's cells last."""
    before = last.get((table, conflict.row_id, conflict.labels[0] if conflict.labels else ""))
    return ConflictRecord(
        table, conflict.row_id, conflict.labels, conflict.base, conflict.head, conflict.file,
        key=_key(book, intake, table, conflict),
        head_who=before.who if before else "", head_at=before.at if before else "",
    )  # fmt: skip


def agreed(
    known: Sequence[ConflictRecord], intake: Intake, settled: Collection[int]
) -> list[tuple[int, str, str]]:
    """Return the open conflicts that are none any more: the state holds the other value, or has no such row."""
    ended = []
    for one in known:
        if one.id not in settled and one.table in intake.followed:
            frame = intake.followed[one.table]
            is_gone = one.row_id not in frame.index
            if is_gone or (one.file is not None and one.head is not None and _holds(frame, one)):
                ended.append((one.id, "agreed", ""))
    return ended


def as_it_stands(record: ConflictRecord, frame: pd.DataFrame) -> ConflictRecord:
    """Return an open conflict with what the state holds by now, for people to choose from."""
    if (
        record.head is None
        or record.row_id not in frame.index
        or not set(record.labels) <= set(frame.columns)
    ):
        return record
    return replace(record, head=row_values(frame, record.row_id, record.labels))


def _holds(frame: pd.DataFrame, record: ConflictRecord) -> bool:
    """Say whether a row holds the values of the other side."""
    row = frame.loc[[record.row_id]]
    if not set(record.labels) <= set(frame.columns):
        return False
    pairs = zip(record.labels, record.file or (), strict=True)
    return not any(differs(row[label], pd.Series([value], dtype=object)).any() for label, value in pairs)


def _plain(values: Values) -> Values:
    return None if values is None else tuple(spell(value) for value in values)


def _key(book: Book, intake: Intake, table: str, conflict: Conflict) -> str:
    """Return the visible key of a conflict's row."""
    frames: list[Mapping[str, pd.DataFrame]] = [intake.merged, intake.file, intake.head]
    label = book.tables[table].key if table in book.tables else "text"
    for frames_of in frames:
        frame = frames_of.get(table)
        if frame is not None and conflict.row_id in frame.index and label in frame.columns:
            return spell(frame[label].loc[conflict.row_id])
    return ""

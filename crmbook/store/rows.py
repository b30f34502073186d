"""Records as the rows of the database hold them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from crmbook.store.records import BookRecord, ConflictRecord, WorkbookRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.store.tombstone import Tombstone


def now() -> str:
    """Return the time, for people to read."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def as_json(record: ConflictRecord | Tombstone | WorkbookRecord) -> dict[str, Any]:
    """Return the fields of a record; days and moments as tagged texts."""
    return {item.name: _to_json(getattr(record, item.name)) for item in dataclasses.fields(record)}


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_to_json(item) for item in value]
    if isinstance(value, dt.datetime):
        return {"t": value.isoformat()}
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    if value is not None and value != value:  # noqa: PLR0124 - NaN and NaT
        return None
    return value


def conflict_of(row: Any) -> ConflictRecord:
    """Return a conflict as it was put in."""
    record: Mapping[str, Any] = row.record
    return ConflictRecord(
        **{
            name: _from_json(value, deep=name in {"labels", "base", "head", "file"})
            for name, value in record.items()
        },
        id=row.id,
        state=row.state,
    )


def _from_json(value: Any, *, deep: bool) -> Any:
    if deep and isinstance(value, list):
        return tuple(_from_json(item, deep=True) for item in value)
    if deep and isinstance(value, dict):
        ((tag, text),) = value.items()
        return dt.date.fromisoformat(text) if tag == "d" else dt.datetime.fromisoformat(text)
    return value


def book_of(row: Any) -> BookRecord:
    """Return a book as it was put in."""
    names = ("book_id", "template", "lang", "fingerprint", "example", "workspace", "schema", "revision")
    return BookRecord(**{name: getattr(row, name) for name in names})


def workbook_of(row: Any) -> WorkbookRecord:
    """Return a workbook as it was put in."""
    return WorkbookRecord(
        **{item.name: getattr(row, item.name) for item in dataclasses.fields(WorkbookRecord)}
    )

"""JSON and JSON Lines: each row an object whose names are those of the schema, values with their own types."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import orjson

from crmbook.values import from_series

if TYPE_CHECKING:
    from crmbook.exchange.export.model import Export, OutColumn, Outgoing


def as_json(export: Export) -> bytes:
    """Return all tables as one JSON document: ``crmbook`` says what it is, ``tables`` holds the rows."""
    tables = {table.table.name: records(table) for table in export.tables}
    return orjson.dumps(
        {"crmbook": export.about, "tables": tables},
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def as_json_lines(_export: Export, table: Outgoing) -> bytes:
    """Return a table as one line for each row."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in records(table))


def records(table: Outgoing) -> list[dict[str, Any]]:
    """Return the rows of a table with the values that JSON has: days as ISO texts, None for blanks and error values."""
    names = [one.name for one in table.columns]
    cells = [plain(one, table) for one in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)] if names else []


def plain(column: OutColumn, table: Outgoing) -> list[Any]:
    """Return the cells of a column as texts, numbers and truth values."""
    return [
        value
        if value.__class__ in {str, float, int, bool} or value is None
        else value.isoformat()
        if isinstance(value, dt.date)
        else None
        for value in from_series(column.kind, table.frame[column.name])
    ]

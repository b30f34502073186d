"""The tables of the store, one definition for SQLite and PostgreSQL.

A table of a book is one blob in `head`; `change` holds, per revision and table, the way back to the revision before.
An image is a revision and, in `overlay`, the differences from the head of that revision. Whatever a person typed may
hold characters that a database takes for none of its business (NUL, half a surrogate pair): `Words` writes them so
that any text comes back as it was.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[str]):
    """Any text; one that a database would refuse is in quotes as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        if value is None or not (value.startswith('"') or "\0" in value or _is_broken(value)):
            return value
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return json.loads(value) if value is not None and value.startswith('"') else value


class Json(TypeDecorator[Any]):
    """A JSON value, in ASCII."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002, D102
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002, D102
        return None if value is None else json.loads(value)


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


METADATA = MetaData()


def _table(name: str, keys: list[Column[Any]], columns: list[Column[Any]], parent: str = "") -> Table:
    """Return a table whose primary key is `keys`; the first of them are the key of `parent`."""
    items: list[Any] = [Column(key.name, key.type, primary_key=True, autoincrement=False) for key in keys]
    items += columns
    if parent:
        names = [column.name for column in METADATA.tables[f"crmbook_{parent}"].primary_key]
        items.append(
            ForeignKeyConstraint(names, [f"crmbook_{parent}.{name}" for name in names], ondelete="CASCADE")
        )
    return Table(f"crmbook_{name}", METADATA, *items)


def _key(name: str) -> Column[Any]:
    return Column(name, Words)


def _words(*names: str) -> list[Column[Any]]:
    return [Column(name, Words, nullable=False, default="") for name in names]


def _number(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Integer, nullable=nullable)


def _blob() -> Column[Any]:
    return Column("data", LargeBinary, nullable=False)


META = _table("meta", [_key("name")], [Column("value", Words, nullable=False)])

BOOK = _table(
    "book",
    [_key("book_id")],
    [
        *_words("template", "lang", "fingerprint", "example", "workspace"),
        Column("schema", Json, nullable=False),
        _number("revision"),
        Column("counters", Json, nullable=False),
    ],
)
LEASE = _table(
    "lease",
    [_key("book_id")],
    [Column("token", BigInteger, nullable=False), *_words("holder"), Column("until", Float, nullable=False)],
)
REVISION = _table(
    "revision",
    [_key("book_id"), _number("number")],
    [*_words("kind", "who", "workbook_id", "note", "at")],
    parent="book",
)
HEAD = _table("head", [_key("book_id"), Column("name", Words)], [_number("place"), _blob()], parent="book")
CHANGE = _table(
    "change",
    [_key("book_id"), _number("number"), Column("name", Words)],
    [_blob()],
    parent="revision",
)
WORKBOOK = _table(
    "workbook",
    [_key("book_id"), _key("workbook_id")],
    [
        *_words(
            "holder",
            "owner",
            "where",
            "role",
            "lang",
            "path",
            "digest",
            "as_of",
            "state",
            "content",
            "synced",
        ),
        _number("export"),
        _number("pending", nullable=True),
        _number("written_revision"),
        Column("plan", Json, nullable=False),
        Column("findings", Json, nullable=False),
        Column("overrides", Json, nullable=False),
        Column("listed", Json, nullable=False),
        Column("untold", Json, nullable=False),
    ],
    parent="book",
)
EXPORT = _table(
    "export",
    [_key("book_id"), _key("workbook_id"), _number("export")],
    [_number("revision"), *_words("digest", "state")],
    parent="workbook",
)
IMAGE = _table(
    "image",
    [_key("book_id"), _key("workbook_id"), _number("export"), _number("place")],
    [_number("revision"), Column("tables", Json, nullable=False), Column("journal", Json, nullable=False)],
    parent="export",
)
OVERLAY = _table(
    "overlay",
    [_key("book_id"), _key("workbook_id"), _number("export"), _number("place"), Column("name", Words)],
    [_blob()],
    parent="image",
)
WRITTEN = _table(
    "written",
    [_key("book_id"), _key("workbook_id"), _number("export"), Column("name", Words)],
    [_number("base", nullable=True), _number("depth"), _blob()],
    parent="export",
)
CONFLICT = _table(
    "conflict",
    [_key("book_id"), _number("id")],
    [*_words("state"), Column("record", Json, nullable=False)],
    parent="book",
)
MAP = _table(
    "map",
    [_key("book_id"), _key("shape")],
    [*_words("name", "who", "at"), Column("document", Json, nullable=False)],
    parent="book",
)
FORGOTTEN = _table(
    "forgotten",
    [_key("book_id"), _number("number")],
    [*_words("at"), Column("record", Json, nullable=False)],
    parent="book",
)

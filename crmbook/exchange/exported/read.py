"""A file → the tables that an export put into it; None for any other file.

JSON, SQLite and workbooks say what they are. CSV and JSON Lines hold nothing but rows: they are known by headers that are
those of a whole table, in the order of the schema.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import Location, digest, read_bytes
from crmbook.exchange.export.database import ABOUT, quoted
from crmbook.exchange.export.texts import unescaped
from crmbook.exchange.exported.headers import table_of
from crmbook.exchange.sources import SourceError
from crmbook.exchange.sources.delimited import split_delimited
from crmbook.exchange.sources.model import Source, SourceSheet
from crmbook.exchange.sources.workbooks import iter_sheets
from crmbook.ooxml import OoxmlError, Package
from crmbook.read import EXPORT
from crmbook.schema import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crmbook.schema import Book

_SQLITE: Final = b"SQLite format 3\0"
_ZIP: Final = b"PK\x03\x04"
_LINES: Final = frozenset({".jsonl", ".ndjson"})
_HEAD: Final = 1 << 16
_COMMA: Final = ","


def read_exported(path: Path, book: Book) -> Source | None:
    """Return the tables in a file that an export wrote; None for any other file.

    Raises
    ------
    CrmbookError
        ``file.…`` if the file cannot be read at all.
    SourceError
        ``import.not-an-export`` of JSON and SQLite from elsewhere, whose rows nobody can know.
    """
    data = read_bytes(path)
    sheets = _sheets(path, data, book)
    if sheets is None:
        return None
    kind, found = sheets
    return Source(path, kind, digest(data), tuple(found))


def export_about(path: Path) -> Mapping[str, Any]:
    """Return what a file says of the book that it was exported from; nothing where it says nothing."""
    data = read_bytes(path)
    if data.startswith(_SQLITE):
        with closing(_database(path, data)) as connection:
            return _about(connection)
    if data.startswith(_ZIP):
        return _about_of_workbook(data)
    if _is_json(path, data):
        found = _json(path, data)
        about = found.get("crmbook") if isinstance(found, dict) else None
        return about if isinstance(about, dict) else {}
    return {}


def _sheets(path: Path, data: bytes, book: Book) -> tuple[str, Sequence[SourceSheet]] | None:
    """Return the kind of an exported file, and its tables."""
    if data.startswith(_SQLITE):
        with closing(_database(path, data)) as connection:
            return "sqlite", list(_of_database(path, connection, book))
    if data.startswith(_ZIP):
        return ("xlsx", list(_of_workbook(data, book))) if _about_of_workbook(data) else None
    if path.suffix.lower() in _LINES:
        return "jsonl", [_of_lines(path, data, book)]
    if _is_json(path, data):
        return "json", list(_of_json(path, data, book))
    found = _of_csv(path, data, book)
    return None if found is None else ("csv", [found])


def _foreign(path: Path) -> SourceError:
    return SourceError("import.not-an-export", Location(file=str(path)), path=path)


def _database(path: Path, data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        connection.execute("PRAGMA trusted_schema = OFF")
        if not _about(connection):
            raise _foreign(path)
    except sqlite3.Error as error:
        connection.close()
        raise _foreign(path) from error
    except SourceError:
        connection.close()
        raise
    return connection


def _names(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    return [str(name) for (name,) in rows]


def _about(connection: sqlite3.Connection) -> dict[str, Any]:
    if ABOUT not in _names(connection):
        return {}
    return dict(connection.execute(f"SELECT name, value FROM {ABOUT}").fetchall())  # noqa: S608 - our own name


def _of_database(path: Path, connection: sqlite3.Connection, book: Book) -> Iterator[SourceSheet]:
    try:
        for name in _names(connection):
            if not name.startswith(("crmbook_", "sqlite_")):
                cursor = connection.execute(f"SELECT * FROM {quoted(name)}")  # noqa: S608 - the name is quoted
                headers = [column[0] for column in cursor.description]
                yield _sheet(book, name, name, headers, list(map(list, zip(*cursor, strict=True))))
    except sqlite3.Error as error:
        raise _foreign(path) from error


def _about_of_workbook(data: bytes) -> dict[str, Any]:
    try:
        text = Package.open(data).properties.get(EXPORT)
        found = json.loads(str(text)) if text else {}
    except (OoxmlError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _of_workbook(data: bytes, book: Book) -> Iterator[SourceSheet]:
    for raw in iter_sheets(data, "xlsx"):
        headers = [str(column[0] or "") for column in raw.columns]
        named = (
            table.name
            for table in book.tables.values()
            if table.managed and folded(raw.title) in {folded(title[:31]) for title in table.titles.values()}
        )
        name = next(named, "") or table_of(book, headers)
        yield _sheet(book, raw.title, name, headers, [column[1:] for column in raw.columns], first=2)


def _is_json(path: Path, data: bytes) -> bool:
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    says_so = head.startswith(b"{") and b'"crmbook"' in head[:200]
    return says_so or (path.suffix.lower() == ".json" and head[:1] in {b"{", b"["})


def _json(path: Path, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise _foreign(path) from error


def _of_json(path: Path, data: bytes, book: Book) -> Iterator[SourceSheet]:
    found = _json(path, data)
    tables = found.get("tables") if isinstance(found, dict) else None
    if not isinstance(tables, dict) or "crmbook" not in found:
        raise _foreign(path)
    for name, rows in tables.items():
        yield _of_records(path, book, name, name, rows)


def _of_lines(path: Path, data: bytes, book: Book) -> SourceSheet:
    try:
        rows = [json.loads(line) for line in data.decode("utf-8-sig").split("\n") if line.strip()]
    except ValueError as error:
        raise _foreign(path) from error
    headers = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    stem = path.stem if path.stem in book.tables else ""
    name = table_of(book, headers) or (stem if stem and book.tables[stem].key in headers else "")
    if not name and rows:
        raise _foreign(path)
    return _of_records(path, book, path.stem, name, rows)


def _of_records(path: Path, book: Book, title: str, name: str, rows: Any) -> SourceSheet:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _foreign(path)
    headers = list(dict.fromkeys(label for row in rows for label in row))
    return _sheet(book, title, name, headers, [[row.get(label) for row in rows] for label in headers])


def _of_csv(path: Path, data: bytes, book: Book) -> SourceSheet | None:
    """Return the rows of CSV whose headers are those of a whole table."""
    head = data[:_HEAD].decode("utf-8-sig", "replace").splitlines()
    first = split_delimited(head[0], _COMMA) if head and head[0].count('"') % 2 == 0 else []
    name = table_of(book, [unescaped(column[0]) for column in first])
    if not name:
        return None
    try:
        columns = split_delimited(data.decode("utf-8-sig"), _COMMA)
    except UnicodeDecodeError:
        return None
    headers = [unescaped(column[0]) for column in columns]
    cells = [[unescaped(cell) or None for cell in column[1:]] for column in columns]
    return _sheet(book, path.stem, name, headers, cells, first=2)


def _sheet(  # noqa: PLR0913 - the book, the table, and its cells
    book: Book, title: str, name: str, headers: list[str], columns: list[list[Any]], *, first: int = 1
) -> SourceSheet:
    """Return cells as a list; rows with nothing in them are none."""
    table = name if name in book.tables and book.tables[name].managed else ""
    count = len(columns[0]) if columns else 0
    index = pd.RangeIndex(first, first + count)
    cells = {
        header: pd.Series([None if cell == "" else cell for cell in column], index=index, dtype=object)
        for header, column in zip(headers, columns or [[] for _ in headers], strict=True)
        if header
    }
    frame = pd.DataFrame(cells, index=index, dtype=object)
    frame = frame[frame.notna().any(axis=1)]
    frame.index = pd.Index(frame.index, dtype="int64")
    positions = tuple(position for position, header in enumerate(headers) if header)
    return SourceSheet(title, tuple(cells), frame, positions=positions, table=table)

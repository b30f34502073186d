"""SQLite: a table for each table, with types, primary and foreign keys, and what people call its columns.

A key is declared where it holds: a primary key where no row lacks it or shares it, a foreign key where every row that
is referred to is there. So the file is sound for programs that insist on it, also where a part of a book goes out.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.export.records import plain
from crmbook.schema import Storage
from crmbook.values import ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.exchange.export.model import Export, OutColumn, Outgoing

ABOUT: Final = "crmbook_about"
COLUMNS: Final = "crmbook_columns"
"""Tables that say what the file is, and what people call its columns."""
_WHOLE: Final = frozenset({ValueKind.INTEGER, ValueKind.RATING})
_TYPES: Final = {
    Storage.NUMBER: "REAL", Storage.BOOLEAN: "BOOLEAN", Storage.DATE: "DATE", Storage.DATETIME: "DATETIME",
    Storage.ANY: "",
}  # fmt: skip


def as_sqlite(export: Export) -> bytes:
    """Return all tables as an SQLite database."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute("BEGIN")
        keyed = {one.table.name: one for one in export.tables if _is_key(one)}
        for table in export.tables:
            _write(connection, table, keyed)
        _describe(connection, export)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
        return connection.serialize()
    finally:
        connection.close()


def _is_key(table: Outgoing) -> bool:
    """Return whether the key of a table tells its rows apart."""
    key = table.table.key
    return key in table.frame and bool(table.frame[key].notna().all()) and table.frame[key].is_unique


def _write(connection: sqlite3.Connection, table: Outgoing, keyed: dict[str, Outgoing]) -> None:
    lines = [
        " ".join(filter(None, (quoted(name), _type(one))))
        for name, one in zip(column_names(table.columns), table.columns, strict=True)
    ]
    if table.table.name in keyed:
        lines.append(f"PRIMARY KEY ({quoted(table.table.key)})")
    lines += [
        f"FOREIGN KEY ({quoted(name)}) REFERENCES {quoted(to)} ({quoted(keyed[to].table.key)})"
        for name, to in _references(table, keyed)
    ]
    inner = ",\n  ".join(lines)
    connection.execute(f"CREATE TABLE {quoted(table.table.name)} (\n  {inner}\n)")
    holes = ", ".join("?" * len(table.columns))
    cells = [plain(one, table) for one in table.columns]
    connection.executemany(
        f"INSERT INTO {quoted(table.table.name)} VALUES ({holes})",  # noqa: S608 - names are quoted
        zip(*cells, strict=True),
    )
    for name, _ in _references(table, keyed):
        index = quoted(f"{table.table.name}_{name}")
        connection.execute(f"CREATE INDEX {index} ON {quoted(table.table.name)} ({quoted(name)})")


def _references(table: Outgoing, keyed: dict[str, Outgoing]) -> Iterator[tuple[str, str]]:
    """Yield the columns that refer to rows which all go out, and the tables of these."""
    for one in table.columns:
        to = keyed.get((one.field.to or "") if one.field is not None else "")
        if to is not None:
            keys = set(to.frame[to.table.key])
            if table.frame[one.name].dropna().isin(keys).all():
                yield one.name, to.table.name


def _type(column: OutColumn) -> str:
    return "INTEGER" if column.kind in _WHOLE else _TYPES.get(column.storage, "TEXT")


def column_names(columns: Iterable[OutColumn]) -> list[str]:
    """Return the names of columns; SQLite knows no case, so one that only differs by it is numbered."""
    names: list[str] = []
    taken: set[str] = set()
    for one in columns:
        name, number = one.name, 2
        while name.casefold() in taken:
            name, number = f"{one.name} {number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return '"' + name.replace('"', '""').replace("\0", "") + '"'


def _describe(connection: sqlite3.Connection, export: Export) -> None:
    """Say what the file is, and what people call its tables and columns."""
    connection.execute(f"CREATE TABLE {ABOUT} (name TEXT PRIMARY KEY, value)")
    connection.executemany(f"INSERT INTO {ABOUT} VALUES (?, ?)", export.about.items())  # noqa: S608 - our own name
    connection.execute(
        f'CREATE TABLE {COLUMNS} ("table" TEXT, "column" TEXT, table_title TEXT, title TEXT, help TEXT, '
        'PRIMARY KEY ("table", "column"))'
    )
    rows: list[tuple[Any, ...]] = [
        (table.table.name, name, table.title, one.title, one.field.help if one.field else "")
        for table in export.tables
        for name, one in zip(column_names(table.columns), table.columns, strict=True)
    ]
    connection.executemany(f"INSERT INTO {COLUMNS} VALUES (?, ?, ?, ?, ?)", rows)  # noqa: S608 - our own name

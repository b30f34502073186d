"""The store's own format: made where there is none, brought up to date where it is older, refused where it is newer."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, inspect, select, text, update

from crmbook.base import CrmbookError, HeldError
from crmbook.store.tables import META, METADATA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.store.engine import Database


def _add_content(connection: Connection) -> None:
    """Give workbooks the digest of their cells."""
    connection.execute(text("ALTER TABLE crmbook_workbook ADD COLUMN content TEXT NOT NULL DEFAULT ''"))


def _add_overrides(connection: Connection) -> None:
    """Give workbooks the list of values that were typed over formulas."""
    connection.execute(text("ALTER TABLE crmbook_workbook ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]'"))


def _add_maps(connection: Connection) -> None:
    """Let a store remember how old lists were mapped."""
    connection.execute(text(_MAPS))


def _add_untold(connection: Connection) -> None:
    """Let workbooks keep the report of a sync until somebody has read it."""
    connection.execute(text("ALTER TABLE crmbook_workbook ADD COLUMN untold TEXT NOT NULL DEFAULT 'null'"))


def _add_synced(connection: Connection) -> None:
    """Let workbooks say when they were synced last."""
    connection.execute(text("ALTER TABLE crmbook_workbook ADD COLUMN synced TEXT NOT NULL DEFAULT ''"))


def _add_forgotten(connection: Connection) -> None:
    """Let a store know again whom it has forgotten."""
    connection.execute(text(_FORGOTTEN))


_MAPS: Final = """
CREATE TABLE crmbook_map (
    book_id TEXT NOT NULL, shape TEXT NOT NULL,
    name TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (book_id, shape),
    FOREIGN KEY (book_id) REFERENCES crmbook_book (book_id) ON DELETE CASCADE
)
"""
_FORGOTTEN: Final = """
CREATE TABLE crmbook_forgotten (
    book_id TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (book_id, number),
    FOREIGN KEY (book_id) REFERENCES crmbook_book (book_id) ON DELETE CASCADE
)
"""
STEPS: Final[Sequence[Callable[[Connection], None]]] = (
    _add_content,
    _add_overrides,
    _add_maps,
    _add_untold,
    _add_synced,
    _add_forgotten,
)
"""Each brings a store from one format to the next: the first from 1 to 2."""


def prepare(
    database: Database, steps: Sequence[Callable[[Connection], None]] = STEPS, *, create: bool = True
) -> str:
    """Make the store ready for this version of crmbook, and return its id.

    Parameters
    ----------
    create
        Whether to make one where there is none.

    Raises
    ------
    HeldError
        ``store.missing`` where there is none and none is made.
    CrmbookError
        ``store.newer`` where a later version wrote it, ``store.unreadable`` where it is something else.
    """
    current = len(steps) + 1
    with database.read() as connection:
        found, store_id = _read(connection, database, current)
    if not found and not create:
        raise HeldError("store.missing", store=database.location)
    if found < current:
        with database.write() as connection:  # asked again: another process may have come first
            found, _ = _read(connection, database, current)
            _bring_up(connection, found, steps)
            _, store_id = _read(connection, database, current)
    return store_id


def _read(connection: Connection, database: Database, current: int) -> tuple[int, str]:
    """Return the format and the id of the store; 0 where there is nothing yet."""
    tables = inspect(connection)
    if not tables.has_table(META.name):
        if database.path is not None and tables.get_table_names():
            raise CrmbookError("store.unreadable", store=database.location, reason=META.name)
        return 0, ""
    values: dict[str, str] = {row.name: row.value for row in connection.execute(select(META))}
    found = values.get("format", "")
    if not found.isdecimal() or not values.get("id"):
        raise CrmbookError("store.unreadable", store=database.location, reason=f"format {found!r}")
    if int(found) > current:
        raise CrmbookError("store.newer", store=database.location, found=found, known=current)
    return int(found), values["id"]


def _bring_up(connection: Connection, found: int, steps: Sequence[Callable[[Connection], None]]) -> None:
    if not found:
        METADATA.create_all(connection)
        values = {"format": str(len(steps) + 1), "id": uuid.uuid4().hex}
        connection.execute(insert(META), [{"name": name, "value": value} for name, value in values.items()])
        return
    for step in steps[found - 1 :]:
        step(connection)
    connection.execute(update(META).where(META.c.name == "format").values(value=str(len(steps) + 1)))

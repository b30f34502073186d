"""How old lists of a book were mapped, so that the next list of the same shape is mapped the same way.

What a person decided about a list is no part of the book: keeping or forgetting it makes no revision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select

from crmbook.store.records import MapRecord
from crmbook.store.rows import now
from crmbook.store.tables import MAP

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement

    from crmbook.store.engine import Database
    from crmbook.store.lease import Lease


class Maps:
    """The remembered maps of a store's books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, book_id: str) -> list[MapRecord]:
        """Return all maps of a book, in the order of the names of their lists."""
        query = select(MAP).where(MAP.c.book_id == book_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found = [MapRecord(row.shape, row.name, row.document, row.who, row.at) for row in rows]
        return sorted(found, key=lambda one: (one.name, one.shape))

    def find(self, book_id: str, shape: str) -> MapRecord | None:
        """Return the map of lists of a shape; None where none is kept."""
        return next((one for one in self.of(book_id) if one.shape == shape), None)

    def keep(self, lease: Lease, book_id: str, record: MapRecord) -> None:
        """Keep a map, in place of what was kept for its shape.

        Raises
        ------
        BusyError
            ``store.stale`` if the lease went to somebody else.
        """
        values = {"name": record.name, "document": dict(record.document), "who": record.who, "at": now()}
        with self._database.write() as connection:
            lease.confirm(connection)
            connection.execute(delete(MAP).where(_is(book_id, [record.shape])))
            connection.execute(insert(MAP).values(book_id=book_id, shape=record.shape, **values))

    def drop(self, lease: Lease, book_id: str, shapes: Collection[str]) -> None:
        """Forget the maps of some shapes.

        Raises
        ------
        BusyError
            ``store.stale`` if the lease went to somebody else.
        """
        with self._database.write() as connection:
            lease.confirm(connection)
            connection.execute(delete(MAP).where(_is(book_id, shapes)))


def _is(book_id: str, shapes: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that chooses the maps of some shapes."""
    return and_(MAP.c.book_id == book_id, MAP.c.shape.in_(list(shapes)))

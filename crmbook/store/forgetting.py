"""Taking somebody out of a store: all it knows is rewritten, the room is given back, a tombstone stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from crmbook.store.rows import as_json, now
from crmbook.store.tables import BOOK, FORGOTTEN, REVISION
from crmbook.store.tombstone import Tombstone

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.store.engine import Database
    from crmbook.store.lease import Lease
    from crmbook.store.rewriting import Rewriting
    from crmbook.store.rowstore import RowStore


class Forgetting:
    """What a store does to forget somebody."""

    def __init__(self, database: Database, rows: RowStore) -> None:
        self._database, self._rows = database, rows

    def tombstones(self, book_id: str) -> list[Tombstone]:
        """Return what is left of those who were forgotten, in the order in which they were."""
        with self._database.read() as connection:
            return tombstones_of(connection, book_id)

    def rewrite(
        self, lease: Lease, book_id: str, wanted: Rewriting, tombstone: Tombstone | None = None, who: str = ""
    ) -> int:
        """Take out of a book what may not stay, as if it had never been there; return the new revision.

        The revision itself changes nothing: it says when, and that every workbook is out of date.

        Raises
        ------
        BusyError
            ``store.stale`` if the lease went to somebody else.
        """
        from crmbook.store.rewriting import rewrite  # pandas comes with it

        if lease.book_id != book_id:
            raise ValueError("a lease holds for its own book")
        with self._database.write() as connection:
            lease.confirm(connection)
            rewrite(connection, book_id, wanted)
            mine = BOOK.c.book_id == book_id
            number = int(connection.execute(select(BOOK.c.revision).where(mine)).scalar_one()) + 1
            row = {"number": number, "kind": "forget", "who": who, "workbook_id": "", "note": "", "at": now()}
            connection.execute(insert(REVISION).values(book_id=book_id, **row))
            connection.execute(update(BOOK).where(mine).values(revision=number))
            if tombstone is not None:
                record = {
                    name: one for name, one in as_json(tombstone).items() if name not in {"at", "book_id"}
                }
                values = {"book_id": book_id, "number": number, "at": now(), "record": record}
                connection.execute(insert(FORGOTTEN).values(**values))
        self._rows.forget()
        return number

    def search(self, count: Callable[[bytes], int]) -> dict[str, int]:
        """Return how often something occurs in each table of the store; `count` counts it in a run of bytes."""
        from crmbook.store.rewriting import search  # pandas comes with it

        with self._database.read() as connection:
            return search(connection, count)

    def vacuum(self) -> str:
        """Give the room back in which deleted rows were; return why a server refuses it, empty where it was done."""
        return self._database.vacuum()


def tombstones_of(connection: Connection, book_id: str) -> list[Tombstone]:
    """Return what is left of those whom a book has forgotten."""
    query = select(FORGOTTEN).where(FORGOTTEN.c.book_id == book_id).order_by(FORGOTTEN.c.number)
    return [Tombstone(**row.record, at=row.at, book_id=book_id) for row in connection.execute(query)]

"""A book that a command works on: found by what the person said, with its schema, its open store and its day."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.cli.location import find_book_at, open_schema
from crmbook.cli.options import day_in_book
from crmbook.store import Store
from crmbook.sync import days_shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from crmbook.schema import Book
    from crmbook.store import BookRecord


@dataclass(frozen=True)
class OpenBook:
    """A book with its open store.

    Attributes
    ----------
    location
        Where the store is: a folder or the address of a database.
    """

    location: str | Path
    record: BookRecord
    schema: Book
    store: Store

    def day(self, as_of: str | None) -> date:
        """Return the date that `as_of` names, or what is today in this book.

        Raises
        ------
        CrmbookError
            ``cli.bad-date``.
        """
        return day_of_stored(self.store, self.record.book_id, self.schema, as_of)


@contextmanager
def open_book_at(
    path: Path | None, wanted: str | None, workspace: Path | None, url: str | None
) -> Iterator[OpenBook]:
    """Open the book that a command means, for as long as the command needs it.

    Raises
    ------
    CrmbookError
        See `find_book_at` and `open_schema`.
    """
    location, record = find_book_at(path, wanted, url)
    schema = open_schema(record, path, workspace)
    with Store.open(location) as store:
        yield OpenBook(location, record, schema, store)


def day_of_stored(store: Store, book_id: str, schema: Book, as_of: str | None) -> date:
    """Return the date that `as_of` names, or what is today in a book of a store.

    Raises
    ------
    CrmbookError
        ``cli.bad-date``.
    """
    return day_in_book(as_of, schema.locale.zone, days_shown(store, book_id))

"""What is due in a book by what its store holds: nothing is read from workbooks, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import ANSWERED, find_due, open_of
from crmbook.render import with_rows_of_lists
from crmbook.schema import LISTS, recompute

if TYPE_CHECKING:
    from datetime import date

    from crmbook.build import Due
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


def read_due(store: Store, record: BookRecord, book: Book, as_of: date) -> list[Due]:
    """Return the open reminders of a book, the most urgent first.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed`` if the schema is not the one that the head was stored under; those of the store.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    tables = store.head(record.book_id).tables
    lists = {str(name): rows["text"].tolist() for name, rows in tables[LISTS].groupby("list", sort=False)}
    book = with_rows_of_lists(book, lists)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    computed, conflicts = recompute(book, frames, as_of), store.conflicts(record.book_id)
    found = find_due(book, computed, as_of, conflicts=conflicts)
    return open_of(found, tables.get(ANSWERED), as_of)

"""What an edit in bulk would do to a book as its store holds it: nothing of it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.bulk import plan_bulk
from crmbook.sync.checkout import left_book

if TYPE_CHECKING:
    from datetime import date

    from crmbook.bulk import BulkPlan, BulkWish
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


def read_bulk(store: Store, record: BookRecord, book: Book, wish: BulkWish, as_of: date) -> BulkPlan:
    """Return what an edit in bulk would do to the head.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed`` if the schema is not the one that the head was stored under; those of
        `crmbook.bulk.plan_bulk`.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    tables = store.head(record.book_id).tables
    return plan_bulk(store, record.book_id, left_book(book, tables), wish, as_of)

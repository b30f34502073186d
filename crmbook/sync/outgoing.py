"""What a book holds by its store, computed for a day, on its way into other programs: nothing of it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange import choose
from crmbook.schema import recompute
from crmbook.sync.checkout import left_book

if TYPE_CHECKING:
    from datetime import date

    from crmbook.exchange import Export, ExportWish
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


def read_export(store: Store, record: BookRecord, book: Book, wish: ExportWish, as_of: date) -> Export:
    """Return the part of a book's head that was asked for, with what is computed.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed`` if the schema is not the one that the head was stored under; those of
        `crmbook.exchange.choose`.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    tables = store.head(record.book_id).tables
    book = left_book(book, tables)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    return choose(book, recompute(book, frames, as_of), wish, as_of)

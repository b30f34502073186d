"""What is due in a book by what its store holds: nothing is read from workbooks, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import ANSWERED, Scope, find_due, open_of, role_book, row_of_key, scope_in, tables_in_scope
from crmbook.ingest import listed_for
from crmbook.render import with_rows_of_lists
from crmbook.schema import LISTS, recompute

if TYPE_CHECKING:
    from datetime import date

    from crmbook.build import Due
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


def read_due(
    store: Store, record: BookRecord, book: Book, as_of: date, scope: Scope | None = None
) -> list[Due]:
    """Return the open reminders of a book, the most urgent first; those that a copy of this scope lists.

    Raises
    ------
    CrmbookError
        ``checkout.schema-changed`` if the schema is not the one that the head was stored under; those of the store.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "checkout.schema-changed")
    scope, head = scope_in(book, scope or Scope()), store.head(record.book_id).tables
    tables = tables_in_scope(book, scope, head)
    lists = {str(name): rows["text"].tolist() for name, rows in tables[LISTS].groupby("list", sort=False)}
    book = with_rows_of_lists(book, lists)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    computed, view = recompute(book, frames, as_of), role_book(book, scope.role)
    conflicts = listed_for(view, scope, store.conflicts(record.book_id), tables)
    found = find_due(book, computed, as_of, conflicts=conflicts)
    rules = {(name, rule.id) for name, table in view.tables.items() for rule in table.reminders}
    shown = [one for one in found if (row_of_key(one.key) or ())[:2] in rules]
    return open_of(shown, head.get(ANSWERED), as_of)

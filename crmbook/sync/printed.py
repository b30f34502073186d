"""One page of a book as it is in the store, for printing and handing out: its values alone, no working copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.build import CUSTOMERS, build_page
from crmbook.ooxml import Package
from crmbook.read import CUSTOMER, PRODUCT
from crmbook.schema import recompute
from crmbook.sync.checkout import left_book

if TYPE_CHECKING:
    from datetime import date

    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store

CARD, CHOSEN = "card", "card_customer"


def print_card(store: Store, record: BookRecord, book: Book, customer: str, as_of: date) -> tuple[bytes, str]:
    """Return a workbook of one customer's card, and whose it is.

    Parameters
    ----------
    customer
        Key, name, or both as the page shows them: ``001 张三``.

    Raises
    ------
    CrmbookError
        ``card.no-page`` if the book has no such page, ``card.unknown`` and ``card.ambiguous`` about the customer.
    """
    if CARD not in book.pages or CUSTOMERS not in book.tables:
        raise CrmbookError("card.no-page", template=book.template)
    tables = store.head(record.book_id).tables
    book = left_book(book, tables)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    table = book.tables[CUSTOMERS]
    names = [table.key, *([table.name_field] if table.name_field else [])]
    people = [
        [str(value) for value in row]
        for row in frames[CUSTOMERS][names].dropna(subset=[table.key]).fillna("").to_numpy()
    ]
    chosen = find_customer(people, customer)
    computed = recompute(book, frames, as_of, {CHOSEN: chosen})
    package = Package.open(build_page(book, CARD, computed, chosen))
    package.set_property(PRODUCT, "card")
    package.set_property(CUSTOMER, chosen)
    return package.to_bytes(), chosen


def find_customer(people: list[list[str]], wanted: str) -> str:
    """Return key and name, as the page shows them, of the one customer that `wanted` names.

    Parameters
    ----------
    people
        Key and name of every customer.

    Raises
    ------
    CrmbookError
        ``card.unknown``, ``card.ambiguous``.
    """
    text = " ".join(wanted.split()).casefold()
    for part in (" ".join, lambda person: person[0], lambda person: person[-1]):
        found = [" ".join(person).strip() for person in people if part(person).casefold() == text]
        if len(found) == 1:
            return found[0]
        if found:
            raise CrmbookError("card.ambiguous", customer=wanted, known=tuple(found))
    raise CrmbookError("card.unknown", customer=wanted)

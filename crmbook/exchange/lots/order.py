"""The lists of one import in the order in which they can be taken: exported tables after those that they refer to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.exchange.intake.plan import in_order_of_references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.exchange.lots.model import Lot
    from crmbook.schema import Book


def in_order(lots: Sequence[Lot], book: Book, *, begins: bool) -> list[Lot]:
    """Return lists in order, those that are no exports behind the others and as they came.

    Parameters
    ----------
    begins
        Whether the book begins with them: of exports, what follows of rows follows of the last alone.
    """
    exported = [lot for lot in lots if lot.sheet.table in book.tables]
    others = [lot for lot in lots if lot.sheet.table not in book.tables]
    positions = {
        name: position
        for position, name in enumerate(in_order_of_references(book, [lot.sheet.table for lot in exported]))
    }
    exported.sort(key=lambda lot: positions[lot.sheet.table])
    if begins:
        exported = [
            replace(lot, begins_book=True, is_followed=position == len(exported))
            for position, lot in enumerate(exported, 1)
        ]
    return [*exported, *others]

"""A plan becomes one revision, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import BusyError, CrmbookError
from crmbook.store import Commit, Step

if TYPE_CHECKING:
    from crmbook.exchange.intake.model import Plan
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


def take_in(  # noqa: PLR0913, PLR0917 - the book, the plan, and what the history says of it
    store: Store, record: BookRecord, book: Book, plan: Plan, who: str, note: str
) -> int:
    """Let a book be as a plan has it, and return the number of the newest revision: the same where nothing changes.

    Parameters
    ----------
    who
        Who imports.
    note
        What the history says of the list, see `crmbook.exchange.intake.note.ImportNote`.

    Raises
    ------
    CrmbookError
        ``restore.schema-changed``.
    BusyError
        ``intake.stale`` if the book has moved on since the plan was made; ``store.busy``.
    """
    if record.fingerprint and record.fingerprint != book.fingerprint:
        raise CrmbookError("intake.schema-changed", template=book.template)
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        if head.revision != plan.based_on:
            raise BusyError("intake.stale", revision=head.revision, based_on=plan.based_on)
        tables = {name: frame for name, frame in plan.tables.items() if frame is not head.tables.get(name)}
        step = Step("import", who, note=note, tables=tables)
        return store.commit(lease, record.book_id, Commit(head.revision, [step], plan.counters))

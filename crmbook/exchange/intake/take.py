"""A plan becomes one revision, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import BusyError
from crmbook.store import Commit, Step

if TYPE_CHECKING:
    from crmbook.exchange.intake.model import ImportPlan
    from crmbook.schema import Book
    from crmbook.store import BookRecord, MapRecord, Store


def commit_plan(  # noqa: PLR0913, PLR0917 - the book, the plan, and what the history says of it
    store: Store,
    record: BookRecord,
    book: Book,
    plan: ImportPlan,
    who: str,
    note: str,
    *,
    remembered: MapRecord | None = None,
    led: int | None = None,
) -> int:
    """Let a book be as a plan has it, and return the number of the newest revision: the same where nothing changes.

    Parameters
    ----------
    who
        Who imports.
    note
        What the history says of the list, see `crmbook.exchange.intake.note.ImportNote`.
    remembered
        How such lists are mapped from now on.
    led
        The number of the leadership under which a watcher writes.

    Raises
    ------
    CrmbookError
        ``restore.schema-changed``.
    BusyError
        ``intake.stale`` if the book has moved on since the plan was made; ``store.busy``.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "intake.schema-changed")
    with store.lease(record.book_id, led=led) as lease:
        head = store.head(record.book_id)
        if head.revision != plan.based_on:
            raise BusyError("intake.stale", revision=head.revision, based_on=plan.based_on)
        tables = {name: frame for name, frame in plan.tables.items() if frame is not head.tables.get(name)}
        step = Step("import", who, note=note, tables=tables)
        revision = store.commit(lease, record.book_id, Commit(head.revision, [step], plan.counters))
        if remembered is not None:
            store.maps.keep(lease, record.book_id, remembered)
        return revision

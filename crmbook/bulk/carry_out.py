"""A plan becomes one revision, or none; and that revision is taken back alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.base import BusyError, CrmbookError
from crmbook.bulk.note import BulkNote
from crmbook.revisions import Naming, Reversed, reverse_revision, standing
from crmbook.store import Commit, Step

if TYPE_CHECKING:
    from crmbook.bulk.model import BulkPlan
    from crmbook.revisions import Hand
    from crmbook.schema import Book
    from crmbook.store import BookRecord, State, Store


@dataclass(frozen=True, slots=True)
class BulkUndone(Reversed):
    """What came of taking an edit in bulk back.

    Attributes
    ----------
    of
        Its revision.
    """

    of: int = 0


def carry_out(store: Store, record: BookRecord, book: Book, plan: BulkPlan, who: str) -> int:
    """Let a book be as a plan has it, and return the number of the newest revision: the same where nothing changes.

    Raises
    ------
    BusyError
        ``bulk.stale`` if the book has moved on since the plan was made; ``store.busy``.
    """
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        if head.revision != plan.based_on:
            raise BusyError("bulk.stale", revision=head.revision, based_on=plan.based_on)
        if not plan.rows:
            return head.revision
        return store.commit(lease, record.book_id, bulk_commit(book, plan, head, who))


def bulk_commit(  # noqa: PLR0913, PLR0917 - the plan, and who asks for it by which line of which workbook
    book: Book, plan: BulkPlan, head: State, who: str, request: str = "", workbook_id: str = ""
) -> Commit:
    """Return what is stored of a plan: one revision.

    Parameters
    ----------
    head
        The state that the plan was worked out from.
    request, workbook_id
        The line that asked for it, and its workbook; empty where a command did.
    """
    headers = {label: Naming(book, plan.tables).header(plan.table, label) for label in plan.labels}
    tables = {name: frame for name, frame in plan.tables.items() if frame is not head.tables.get(name)}
    step = Step("bulk", who, workbook_id, BulkNote.of(plan, headers, request).to_text(), tables)
    return Commit(head.revision, [step], dict(plan.counters))


def undo_bulk(store: Store, record: BookRecord, book: Book, revision: int, hand: Hand) -> BulkUndone:
    """Take an edit in bulk back, and what colleagues have done since stays.

    Parameters
    ----------
    revision
        That of the edit; 0 for the newest that was not taken back.

    Raises
    ------
    CrmbookError
        ``restore.schema-changed``, ``bulk.schema-between``, ``bulk.not-a-bulk-edit``, ``bulk.already-undone``,
        ``bulk.nothing-to-undo``; see
        `crmbook.revisions.reverse_revision`.
    BusyError
        ``store.busy``.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "restore.schema-changed")
    found: list[int] = []

    def find() -> int:
        found.append(_find(store, record.book_id, revision))
        return found[-1]

    done = reverse_revision(store, record, book, find, hand)
    return BulkUndone(done.revision, done.before, done.lines, done.notes, done.conflicts, found[-1])


def _find(store: Store, book_id: str, wanted: int) -> int:
    """Return the revision that is meant."""
    revisions = store.revisions(book_id)
    known = [one.number for one in standing(revisions, "bulk")]
    number = wanted or max(known, default=0)
    if number in known:
        later = [one.number for one in revisions if one.kind == "migrate" and one.number > number]
        if later:
            raise CrmbookError("bulk.schema-between", revision=number, migrated=later[0])
        return number
    if any(one.number == wanted and one.kind == "bulk" for one in revisions):
        raise CrmbookError("bulk.already-undone", revision=wanted)
    if wanted:
        raise CrmbookError("bulk.not-a-bulk-edit", revision=wanted, known=tuple(map(str, known)) or "–")
    raise CrmbookError("bulk.nothing-to-undo")

"""Taking an import back: its revision alone, reversed as `crmbook.revisions.reverse` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.exchange.intake.note import standing_imports
from crmbook.revisions import Reversed, reverse_revision

if TYPE_CHECKING:
    from crmbook.exchange.intake.note import ImportNote
    from crmbook.revisions import Hand
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store


@dataclass(frozen=True, slots=True)
class Undone(Reversed):
    """What came of taking an import back.

    Attributes
    ----------
    name, file
        What people call the list, and the name of its file.
    """

    name: str = ""
    file: str = ""


def undo(store: Store, record: BookRecord, book: Book, revision: int, hand: Hand) -> Undone:
    """Take an import back, and what colleagues have done since stays.

    Parameters
    ----------
    revision
        That of the import; 0 for the newest that was not taken back.

    Raises
    ------
    CrmbookError
        ``intake.nothing-to-undo``, ``intake.not-an-import``, ``intake.schema-changed``, ``intake.schema-between``.
    BusyError
        ``store.busy``.
    """
    record.refuse_other_schema(book.fingerprint, book.template, "intake.schema-changed")
    found: list[tuple[int, ImportNote]] = []

    def find() -> int:
        found.append(_find(store, record.book_id, revision))
        return found[-1][0]

    done = reverse_revision(store, record, book, find, hand)
    note = found[-1][1]
    return Undone(done.revision, done.before, done.lines, done.notes, done.conflicts, note.name, note.file)


def _find(store: Store, book_id: str, revision: int) -> tuple[int, ImportNote]:
    """Return the import that is meant, and what is known of its list."""
    revisions = store.revisions(book_id)
    standing = standing_imports(revisions)
    number = revision or max(standing, default=0)
    migrated = [one.number for one in revisions if one.kind == "migrate" and one.number > number]
    if number in standing and migrated:
        raise CrmbookError("intake.schema-between", revision=number, migrated=migrated[0])
    if number in standing:
        return number, standing[number]
    if revision and not any(one.number == revision and one.kind == "import" for one in revisions):
        known = tuple(f"{number} ({note.name})" for number, note in standing.items()) or "–"
        raise CrmbookError("intake.not-an-import", revision=revision, known=known)
    raise CrmbookError("intake.nothing-to-undo")

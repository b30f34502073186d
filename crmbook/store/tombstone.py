"""What a store keeps of somebody who was forgotten: nothing that says who it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a person who was forgotten: enough to know old copies again, and nothing of the person.

    Attributes
    ----------
    rows
        By table, the ids of the rows that went.
    kept
        By table, the ids of rows that stay without the person's name.
    stand_in
        The id of the row that these belong to now; empty where none stays.
    signs
        Keyed digests of what identified the person.
    lock
        What tells the key of the digests from any other; nobody who has only the store can make them.
    at, book_id
        When, and of which book; the store sets them.
    """

    rows: Mapping[str, Sequence[str]]
    kept: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stand_in: str = ""
    signs: Sequence[str] = ()
    lock: str = ""
    at: str = ""
    book_id: str = ""

"""What a revision says of two rows that were merged, or declared different: the note of its record, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.store import RevisionRecord

KINDS: Final = frozenset({"merge", "distinct"})


@dataclass(frozen=True, slots=True)
class PairNote:
    """Two rows.

    Attributes
    ----------
    first, second
        What people call them: the one that stays, and the one that went.
    first_key, second_key, first_row, second_row
        Their keys and ids.
    """

    table: str
    first: str
    second: str
    first_key: str
    second_key: str
    first_row: str
    second_row: str

    def to_text(self) -> str:
        """Return it as a revision keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> PairNote:
        """Return what a revision says."""
        return cls(**json.loads(text))

    def name(self, *, is_merge: bool) -> str:
        """Return what people call it."""
        return f"{self.second} → {self.first}" if is_merge else f"{self.first} ≠ {self.second}"


def standing_pairs(revisions: Sequence[RevisionRecord]) -> dict[int, tuple[RevisionRecord, PairNote]]:
    """Return the revisions that merged rows or declared them different, and that nobody has taken back, oldest first.

    One of a customer who was forgotten since says no key any more: there is nothing of it to take back.
    """
    undone = {int(one.note) for one in revisions if one.kind == "undo"}
    made = {
        one.number: (one, PairNote.from_text(one.note))
        for one in revisions
        if one.kind in KINDS and one.number not in undone
    }
    return {number: pair for number, pair in made.items() if pair[1].first_key and pair[1].second_key}

"""What a revision says of the import that made it, or that it takes back: the note of its record, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.store import RevisionRecord


@dataclass(frozen=True, slots=True)
class ImportNote:
    """Which list a revision brought.

    Attributes
    ----------
    file
        Name of the file.
    sheet
        Title of its sheet, where that is another name.
    digest
        SHA-256 of the file.
    """

    file: str
    sheet: str = ""
    digest: str = ""

    def to_text(self) -> str:
        """Return it as a revision keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> ImportNote:
        """Return what a revision says of its list; of any other text that this is the file's name."""
        try:
            found = json.loads(text)
        except ValueError:
            return cls(text)
        return cls(**found) if isinstance(found, dict) else cls(text)

    @property
    def name(self) -> str:
        """What people call the list."""
        return f"{self.file} · {self.sheet}" if self.sheet else self.file


def standing_imports(revisions: Sequence[RevisionRecord]) -> dict[int, ImportNote]:
    """Return the imports among some revisions that nobody has taken back, by number, oldest first."""
    undone = {int(one.note) for one in revisions if one.kind == "undo"}
    return {
        one.number: ImportNote.from_text(one.note)
        for one in revisions
        if one.kind == "import" and one.number not in undone
    }

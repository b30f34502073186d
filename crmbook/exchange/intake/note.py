"""What a revision says of the import that made it, or that it takes back: the note of its record, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from crmbook.base import digest
from crmbook.revisions import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.store import RevisionRecord


_LIST_ID = 16
"""Characters of a list's digest: enough that no two lists of a book are ever the same."""


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
    left
        Rows of the list that stayed out, such as ``3,7-9``.
    came
        By table and origin, the row of the book that came of a row which had stayed out of an import before, see
        `crmbook.exchange.intake.origins`.
    """

    file: str
    sheet: str = ""
    digest: str = ""
    left: str = ""
    came: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return it as a revision keeps it."""
        entries = {
            name: said for name, said in asdict(self).items() if said or name in {"file", "sheet", "digest"}
        }
        return json.dumps(entries, ensure_ascii=False)

    @property
    def list_id(self) -> str:
        """By what the list is known again, whatever its file is called by then."""
        return digest(f"{self.digest}\n{self.sheet}".encode())[:_LIST_ID]

    @property
    def left_rows(self) -> frozenset[int]:
        """The rows of the list that stayed out."""
        spans = [part.partition("-") for part in self.left.split(",") if part]
        return frozenset(row for first, _, last in spans for row in range(int(first), int(last or first) + 1))

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


def spans_of(rows: Iterable[int]) -> str:
    """Return row numbers as a note keeps them: ``3,7-9``."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in spans)


def standing_imports(revisions: Sequence[RevisionRecord]) -> dict[int, ImportNote]:
    """Return the imports among some revisions that nobody has taken back, by number, oldest first."""
    return {one.number: ImportNote.from_text(one.note) for one in standing(revisions, "import")}

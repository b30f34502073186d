"""What people answered on 疑似重复, read back: which of two rows stays, or that they are two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.build import DUPLICATES
from crmbook.read.decisions import choices_of, spelled_answer
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Location
    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Book

BETWEEN: Final = "|"
"""What is between the two row ids by which a line is known."""


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """What a person answered in the line of a pair.

    Attributes
    ----------
    first, second
        Ids of the rows to the left and to the right.
    choice
        ``keep_first``, ``keep_second`` or ``apart``; empty where none of them is there.
    take
        Which of two values stays: ``filled``, ``newest``, ``longest`` or ``other``; empty where nobody said, or where
        it is none of them.
    text, take_text
        What is in the two cells, raw.
    """

    first: str
    second: str
    choice: str
    take: str
    text: str
    take_text: str
    location: Location
    take_place: Location

    @property
    def pair(self) -> frozenset[str]:
        """The two rows, whichever is to the left."""
        return frozenset((self.first, self.second))

    @property
    def is_unread(self) -> bool:
        """Whether something is there that is no answer."""
        return bool((self.text and not self.choice) or (self.take_text and not self.take))


def pair_answers(book: Book, snapshot: Snapshot) -> list[PairAnswer]:
    """Return what was answered in the lines of pairs; a line in which nothing was said is none."""
    found = snapshot.tables.get(DUPLICATES)
    if found is None or not {"decision", "take"} <= found.columns.keys():
        return []
    choices, takes = choices_of(book, "duplicate_decision"), choices_of(book, "duplicate_take")
    answers = []
    for (first, second), row in paired(found):
        text, take = (tidy(spell(found.raw(name, row))) for name in ("decision", "take"))
        if text or take:
            positions = found.cell("decision", row), found.cell("take", row)
            said = choices.get(spelled_answer(text), ""), takes.get(spelled_answer(take), "")
            answers.append(PairAnswer(first, second, *said, text, take, *positions))
    return answers


def paired(found: TableSnapshot) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the ids of the two rows, and the row of the sheet, of every line that has a pair."""
    for row in found.frame.index.tolist() if "pair" in found.columns else ():
        first, mark, second = tidy(spell(found.raw("pair", row))).partition(BETWEEN)
        if mark and first and second:
            yield (first, second), row

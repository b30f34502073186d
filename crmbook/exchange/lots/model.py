"""A list that is to be taken, the book it goes into, and what would come of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from crmbook.build import with_lists
from crmbook.exchange.intake.note import ImportNote
from crmbook.exchange.intake.origins import Earlier, Origins, TakenRows
from crmbook.schema import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping as Mapped
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.exchange.intake.model import Decisions, ImportPlan
    from crmbook.exchange.intake.origins import Owned
    from crmbook.exchange.mapping import Memory
    from crmbook.exchange.mapping.model import Mapping, Policy
    from crmbook.exchange.sources.model import Source, SourceLayout, SourceSheet
    from crmbook.schema import Book
    from crmbook.store import MapRecord, State


_LEFT: Final = frozenset({"import.other-list", "intake.revoked"})
"""What says that the sheet holds more than was taken."""


@dataclass(frozen=True, slots=True)
class ListWish:
    """What a person said of lists: the table they go into, their mapping, the only sheet, what becomes of filled cells.

    Attributes
    ----------
    policy
        None where nothing was said: what is remembered counts, else blanks are filled.
    """

    table: str = ""
    map_file: Path | None = None
    sheet: str = ""
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """One list to take.

    Attributes
    ----------
    mapping, decisions
        What a person said of it; without a mapping it is found out.
    memory
        What is remembered of such lists.
    is_answered
        Whether a person has seen it and said yes: by a preview that was saved.
    carried
        By row, the origin that it brings along, see `crmbook.exchange.intake.origins`.
    begins_book
        Whether it is an export with which a book begins: what it says counts, whatever a new book holds already.
    is_followed
        Whether what follows of rows (rows per customer, next stages) follows of these: not of the tables of an export
        behind which more come, for these rows are in the export themselves.
    """

    source: Source
    sheet: SourceSheet
    layout: SourceLayout
    mapping: Mapping | None = None
    decisions: Decisions = field(default_factory=dict)
    memory: Memory | None = None
    is_answered: bool = False
    carried: Mapped[int, str] = field(default_factory=dict)
    begins_book: bool = False
    is_followed: bool = True

    @property
    def origins(self) -> Origins:
        """Where its rows come from."""
        return Origins(self.note.list_id, self.carried)

    @property
    def note(self) -> ImportNote:
        """What the history says of it."""
        own = self.sheet.title if self.sheet.title != self.source.path.stem else ""
        return ImportNote(self.source.path.name, own, self.source.digest)

    def noted(self, plan: ImportPlan) -> ImportNote:
        """Return what the history says of it, and of what a plan makes of its rows."""
        return replace(self.note, left=plan.left, came=plan.came)

    @property
    def name(self) -> str:
        """What people call it."""
        return self.note.name


@dataclass(frozen=True)
class Target:
    """A book that lists go into, as of one moment.

    Attributes
    ----------
    day
        The day that counts as today.
    maps
        What it remembers of lists.
    taken
        What was taken in before, and not taken back.
    owned
        Returns the cells whose value an import brought.
    """

    schema: Book
    head: State
    day: date
    maps: Sequence[MapRecord] = ()
    taken: TakenRows = field(default_factory=TakenRows)
    owned: Owned = Earlier().owned

    @cached_property
    def listed(self) -> Book:
        """The schema with the dropdown lists as people left them; formulas need all values of a fixed one."""
        entries: dict[str, list[tuple[str, str | None]]] = {}
        for name, text, of in self.head.tables[LISTS][["list", "text", "of"]].itertuples(index=False):
            if name in self.schema.lists and not self.schema.lists[name].fixed:
                entries.setdefault(name, []).append((text, of if isinstance(of, str) else None))
        return with_lists(self.schema, entries)

    @cached_property
    def lists(self) -> Mapped[str, Sequence[str]]:
        """The entries of its dropdown lists."""
        found: dict[str, list[str]] = {}
        for name, text in self.head.tables[LISTS][["list", "text"]].itertuples(index=False):
            found.setdefault(name, []).append(text)
        return found

    def has_taken(self, note: ImportNote) -> bool:
        """Return whether this very list was taken in before, and not taken back."""
        return bool(note.digest) and note.list_id in self.taken.left


@dataclass(frozen=True, slots=True)
class Planned:
    """What would come of a list.

    Attributes
    ----------
    sheet
        The list with the rows that its mapping makes of it.
    """

    mapping: Mapping
    plan: ImportPlan
    sheet: SourceSheet

    @property
    def needs_no_look(self) -> bool:
        """Return whether all that it takes was decided before: nothing is new, doubtful or left out."""
        return (
            self.mapping.origin is not None
            and not self.mapping.origin.news
            and not self.plan.failed
            and all(row.action != "doubtful" for row in self.plan.rows)
            and all(issue.code not in _LEFT for issue in self.plan.issues)
        )

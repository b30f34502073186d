"""What the store knows of a workbook that comes in: the base of its merge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build import Scope
from crmbook.check import no_former
from crmbook.merge import with_seen_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from crmbook.check import Former
    from crmbook.ingest.guard import Plan
    from crmbook.store import ConflictRecord, Image

    Tables = Mapping[str, pd.DataFrame]
    Unknown = Mapping[tuple[str, str], Collection[str]]
    Edits = Mapping[str, Mapping[str, tuple[Any, Any]]]


def _no_table(name: str) -> None:
    """Know nothing of any table."""


def _no_tables() -> dict[str, pd.DataFrame]:
    """Know nothing at all."""
    return {}


@dataclass(frozen=True, slots=True)
class Base:
    """What the store knows of the workbook that comes in.

    Attributes
    ----------
    image
        What it last took from this export; None for an export it does not know.
    is_old
        Whether the workbook has been written since: an old copy that came back, whose missing rows are no
        deletions.
    written
        Of a workbook without any stamp what was last written into its overridable cells; None for every other.
    is_own_past
        Whether such an old copy is the workbook itself: somebody goes on saving what was opened before it was written,
        in a program that shows no lock. What was taken from this export then is the session's own past.
    is_lent
        Whether the image is that of the workbook that the file was copied from: what waits there for its ids need not
        are in the copy.
    is_open
        Whether an office program holds the file, so that new rows cannot be given their ids yet.
    approved
        Id of the held plan that a person confirmed on the command line.
    discarded
        The held plan that a person discarded on the sheet of issues; what it found gone is back, and still blank.
    conflicts
        All conflicts, settled ones too.
    scope
        Whose rows the workbook shows, as the store knows it.
    former
        By table and label, the ids of the rows that had a value before.
    hidden
        What a table was when the workbook was written, for tables that it does not show.
    twins
        The new rows that copies of the same export brought in.
    unresolved
        Columns with references, by table and label, in which another workbook holds one to nobody.
    is_first
        Whether no workbook of the book was ever synced: what it holds was there before the book was.
    """

    image: Image | None = None
    is_old: bool = False
    written: Tables | None = None
    is_own_past: bool = False
    is_lent: bool = False
    is_open: bool = False
    approved: str = ""
    discarded: Plan | None = None
    conflicts: Sequence[ConflictRecord] = ()
    scope: Scope = field(default_factory=Scope)
    former: Former = no_former
    hidden: Callable[[str], pd.DataFrame | None] = _no_table
    twins: Callable[[], Tables] = _no_tables
    unresolved: Collection[tuple[str, str]] = ()
    is_first: bool = False

    @property
    def held(self) -> Sequence[Tables]:
        """Every state that the workbook is known to have held: what it is compared with, then the others, newest first."""
        shown, _ = self.states
        if self.image is None or shown is None:
            return ()
        states = (self.image.frames, *reversed(self.image.seen))
        return (shown, *(state for state in states if state is not shown))

    @property
    def states(self) -> tuple[Tables | None, Sequence[Tables]]:
        """What the file is compared with, and what was seen of it besides.

        The workbook itself goes on from what was last taken in. Whoever edits an old copy saw what that export
        showed, and nothing that was taken from it later.
        """
        if self.image is None or not self.is_old:
            return (self.image.frames if self.image else None), ()
        shown, *later = (*self.image.seen, self.image.frames)
        return shown, later

    @property
    def given(self) -> Tables | None:
        """What the workbook held when it was last written, as far as that is known."""
        return (*self.image.seen, self.image.frames)[0] if self.image else None

    @property
    def rows(self) -> Tables | None:
        """What the workbook's rows are known again by: every row that it ever held, an old copy's as it showed them."""
        shown, later = self.states
        if shown is None:
            return None
        return {
            name: with_seen_rows(frame, states, _rows_of(states))
            for name, frame in shown.items()
            for states in [[state[name] for state in later if name in state]]
        }


def _rows_of(states: Sequence[pd.DataFrame]) -> pd.Index:
    """Return the rows of several states, each once."""
    rows: dict[str, None] = dict.fromkeys(row for state in states for row in state.index)
    index: pd.Index = pd.Index(list(rows), dtype=object)
    return index

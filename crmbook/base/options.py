"""How a person wants a sync done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmbook.base.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from crmbook.base.progress import Progress

_APART = timedelta(days=1)
"""How far the days of two places can lie apart; what lies further apart is due to a clock, or was said."""


def day_of_book(zone: str, now: datetime, shown: Iterable[str] = ()) -> date:
    """Return the day that counts as today in a book.

    It is the day in the book's time zone, wherever somebody syncs it; and never one before a day that a workbook of the
    book shows already.

    Parameters
    ----------
    zone
        The book's time zone, see `crmbook.base.Locale`; empty for that of `now`.
    now
        The moment, with the zone of this machine.
    shown
        The days that its workbooks show, as ISO dates; empty for one that shows none yet.
    """
    today = (now.astimezone(ZoneInfo(zone)) if zone else now).date()
    return max([today, *(date.fromisoformat(day) for day in shown if day)])


def day_of_copy(zone: str, now: datetime, shown: Iterable[str] = ()) -> date:
    """Return the day of a further working copy: the latest that a workbook of its book shows, so that both agree.

    Where no workbook shows one, it is the day of a new book, see `day_of_book`.
    """
    days = [date.fromisoformat(day) for day in shown if day]
    return max(days) if days else day_of_book(zone, now)


@dataclass(frozen=True, slots=True)
class Options:
    """How to sync.

    Attributes
    ----------
    as_of
        截止日期, the day that counts as today.
    workspace
        Folder with changes to the schemas; otherwise the one remembered from the last time.
    store
        URL or folder of the store; otherwise ``.crmbook/`` beside the workbook.
    dry_run
        Find out everything, change nothing.
    accept
        Id of a held plan that is confirmed.
    who
        Who syncs, for workbooks that name no holder.
    led
        The numbers of the leaderships under which a watcher syncs, by the ids of the books.
    adopt_store
        Go on with a store that is new to workbooks which were last synced with another one.
    retired
        Names of workbooks that are gone for good.
    tells_gone
        Whether workbooks that are gone are reported to a person, which is then noted: each is reported once.
    notes_quiet
        Whether it is noted when workbooks brought nothing: a sync that only precedes something else is none to speak of.
    acknowledges
        Whether whoever asks for the sync says by himself that a person has read it, see `crmbook.sync.acknowledge`; otherwise
        a report counts as read when it is returned.
    now
        The moment of the sync, where no day was said: then each book has its own day, see `day_of_book`.
    lists_duplicates
        Whether rows that may be one are searched and listed in any case, however many there are.
    progress
        Takes note of each step.
    """

    as_of: date
    workspace: Path | None = None
    store: str | None = None
    dry_run: bool = False
    accept: str = ""
    who: str = ""
    adopt_store: bool = False
    now: datetime | None = None
    led: Mapping[str, int] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    tells_gone: bool = True
    acknowledges: bool = False
    notes_quiet: bool = True
    lists_duplicates: bool = False
    progress: Progress = silent

    def of_book(self, zone: str, shown: Iterable[str]) -> Options:
        """Return the options with the day of a book in a time zone whose workbooks show these days."""
        return self if self.now is None else replace(self, as_of=day_of_book(zone, self.now, shown))

    @property
    def is_day_ahead(self) -> bool:
        """Return whether the book shows a day that has not come anywhere yet: it was said, or a clock was wrong."""
        return self.now is not None and self.as_of > self.now.date() + _APART

"""Calendars of what is due, one for each person whom ``watch.yaml`` names: ``提醒-王芳.ics`` beside the workbooks.

They follow the store: a calendar is made anew once a book has another revision or another day, and written only where
its bytes change.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from crmbook.base import CrmbookError, day_of_book, describe
from crmbook.build import fold, owners_of
from crmbook.notify import write_calendar
from crmbook.read import find_book
from crmbook.sync import days_shown, read_due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from crmbook.build import Due
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store

Wanted = Literal["all"] | tuple[str, ...]
_UNFIT: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class Calendars:
    """The calendars beside the workbooks of a folder."""

    def __init__(self, folder: Path, workspace: Path | None) -> None:
        self._folder, self._workspace = folder, workspace
        self._known: dict[str, tuple[object, ...]] = {}

    def write(self, store: Store, book_id: str, wanted: Wanted, now: datetime) -> list[CrmbookError]:
        """Bring the calendars of a book up to date; return what kept one of them from being written."""
        record = store.book(book_id)
        if record is None or not wanted:
            return []
        day = day_of_book(record.zone, now, days_shown(store, book_id))
        state = (record.revision, record.fingerprint, day, wanted)
        if self._known.get(book_id) == state:
            return []
        known = Path(record.workspace) if record.workspace else None
        book = find_book(record, self._folder, self._workspace, known)
        due = read_due(store, record, book, day)
        people = owners_of(store.head(book_id).tables, book.people, book.owner) if wanted == "all" else wanted
        errors = [
            error
            for name in people
            if (error := self._write_one(record, book, _of(due, name), name, day, now))
        ]
        if not errors:
            self._known[book_id] = state
        return errors

    def _write_one(  # noqa: PLR0913, PLR0917 - the book, and what is due
        self, record: BookRecord, book: Book, due: Sequence[Due], owner: str, day: date, now: datetime
    ) -> CrmbookError | None:
        path = self._folder / describe("remind.file", book.lang, {"owner": _UNFIT.sub("_", owner)})
        if not due and not path.exists():
            return None
        title = describe("remind.calendar-of", book.lang, {"owner": owner})
        try:
            write_calendar(path, due, title=title, book_id=record.book_id, as_of=day, lang=book.lang, now=now)
        except CrmbookError as error:
            return error
        return None


def _of(due: Sequence[Due], owner: str) -> list[Due]:
    return [one for one in due if fold(one.owner) == fold(owner)]

"""What is due today, as one notification for each person in charge: how much, and the three most urgent.

It is reported once a day, with the first sync of that day. The day is the mark of the notification, so that the outbox knows
after a restart what was reported.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import day_of_book
from crmbook.build import fold
from crmbook.notify.notification import DAY, Notification
from crmbook.read import find_book
from crmbook.sync import days_shown, read_due

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from crmbook.build import Due
    from crmbook.notify.notifications import Wording
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store, WorkbookRecord

FIRST: Final = 3
"""How many of the most urgent a message names."""


def day_of(store: Store, record: BookRecord, now: datetime) -> date:
    """Return the day whose due items are reported for a book."""
    return day_of_book(record.zone, now, days_shown(store, record.book_id))


def iter_due(store: Store, record: BookRecord, day: date, wording: Wording) -> Iterator[Notification]:
    """Yield what is due on a day for each person, those with the most urgent first.

    Raises
    ------
    CrmbookError
        Those of `crmbook.sync.read_due`.
    """
    known = Path(record.workspace) if record.workspace else None
    book = find_book(record, wording.folder, wording.workspace, known)
    page = next((sheet.title for sheet in book.sheets if sheet.name == "reminders"), "")
    of: dict[str, list[Due]] = {}
    for one in read_due(store, record, book, day):
        of.setdefault(fold(one.owner), []).append(one)
    workbooks = [one for one in store.workbooks(record.book_id) if one.path and one.state != "archived"]
    for name, due in of.items():
        facts = {
            "workbook": _workbook_of(workbooks, name), "book": book.title, "page": page, "day": day.isoformat(),
            "count": len(due), "late": sum(one.urgency == "overdue" for one in due),
            "first": [_told(one, book, hides=wording.hides) for one in islice(due, FIRST)],
        }  # fmt: skip
        key = f"{DAY}{record.book_id}/{name}"
        yield Notification("day", key, day.isoformat(), due[0].owner, facts=facts)


def _told(one: Due, book: Book, *, hides: bool) -> dict[str, Any]:
    people = book.tables.get(book.people)  # a book may be about no people
    named = people.fields.get(people.name_field or "") if people is not None else None
    hidden = hides and named is not None and named.personal
    return {
        "customer": one.customer_id if hidden else one.customer or one.customer_id,
        "reason": one.reason, "remedy": one.remedy, "due": one.due.isoformat() if one.due else "",
    }  # fmt: skip


def _workbook_of(workbooks: Sequence[WorkbookRecord], name: str) -> str:
    """Return the file in which a person answers: one's own copy, else a whole one."""
    mine = [one for one in workbooks if name and name in {fold(one.holder), fold(one.owner)}]
    whole = [one for one in workbooks if not one.owner and not one.where]
    first = min(mine or whole or workbooks, key=lambda one: one.path, default=None)
    return Path(first.path).name if first else ""

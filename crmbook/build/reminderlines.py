"""跟进提醒: the lines of what is due, and the line above them that counts it; build and sync write the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import describe
from crmbook.build.links import hyperlink
from crmbook.build.reminders import REMINDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmbook.base import Language
    from crmbook.build.reminders import Due
    from crmbook.schema import Book

    Line = Mapping[str, tuple[Any, str | None]]
    """What is in a line, by field: value and formula."""

LISTED: Final = 1000
"""Reminders that the page shows; the most urgent ones."""


def reminder_lines(
    book: Book, due: Sequence[Due], notes: Mapping[str, str], link: Callable[[Due], tuple[str, str] | None]
) -> list[Line]:
    """Return the lines of the page, for the most urgent reminders.

    Parameters
    ----------
    notes
        What people wrote beside reminders without answering them.
    link
        The pieces of a link to a reminder's row, see `crmbook.build.links.row_link`; None where it is not shown.
    """
    words = {value.name: value.text for value in book.lists["reminder_urgency"].values.values()}  # noqa: PD011
    return [_line(book, one, words[one.urgency], notes.get(one.key), link(one)) for one in due[:LISTED]]


def _line(book: Book, one: Due, urgency: str, note: str | None, pieces: tuple[str, str] | None) -> Line:
    title = book.sheet_of(one.table).title
    cells: dict[str, Any] = {
        "urgency": urgency,
        "due": one.due,
        "days": told_days(one, book.lang) or None,
        "owner": one.owner or None,
        "customer_id": one.customer_id or None,
        "customer": one.customer or None,
        "reason": one.reason,
        "remedy": one.remedy or None,
        "note": note,
        "reminder": one.key,
    }
    shown = (title, hyperlink(pieces, title) if pieces else None)
    return {"source": shown, **{name: (value, None) for name, value in cells.items()}}


def line_frame(book: Book, lines: Sequence[Line]) -> pd.DataFrame:
    """Return the lines of the page as its table holds them."""
    fields = book.tables[REMINDERS].fields
    columns = {
        name: pd.Series([line.get(name, (None, None))[0] for line in lines], dtype=object) for name in fields
    }
    return pd.DataFrame(columns)


def told_days(one: Due, lang: Language) -> str:
    """Return how far away the day of a reminder is, in words; empty where it has none."""
    if one.days is None:
        return ""
    if one.days < 0:
        return describe("remind.past" if one.patient else "remind.overdue", lang, {"count": -one.days})
    if one.days > 1:
        return describe("remind.ahead", lang, {"count": one.days})
    return describe("remind.tomorrow" if one.days else "remind.today", lang, {})


def count_line(book: Book, due: Sequence[Due]) -> str:
    """Return how much is due, and by owner: those with the most that is late first."""
    page = book.pages.get(REMINDERS)
    if page is None:
        return ""
    labels = page.labels
    if not due:
        return labels["none"]
    late = Counter(one.owner for one in due if one.urgency == "overdue")
    total = Counter(one.owner for one in due)
    owners = [
        labels["owner_late" if late[name] else "owner"].format(
            owner=name or labels["nobody"], count=total[name], late=late[name]
        )
        for name in sorted(total, key=lambda name: (-late[name], -total[name], name))
    ]
    text = labels["counts"].format(count=len(due), late=late.total())
    text += labels["between"].join(owners)
    return text + (labels["listed"].format(count=LISTED) if len(due) > LISTED else "")

"""Reminders as a calendar file that calendars subscribe to or import (iCalendar, RFC 5545).

Each reminder is an all-day event whose UID stays the same, so that a calendar brings its own entry up to date. What
was due before is shown today. An event that changed gets the next sequence number, one that is settled is cancelled,
and goes from the file once calendars have had time to see that. Where nothing changed the file stays byte for byte.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any, Final

from icalendar import Calendar, Event

from crmbook.base import CrmbookError, describe, write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.build import Due

_PRODUCT: Final = "-//crmbook//reminders//"
_DAY: Final = dt.timedelta(days=1)
_REMEMBERED: Final = dt.timedelta(days=30)
"""How long a cancelled event stays in the file."""
_TOLD: Final = ("DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CATEGORIES", "STATUS")


def make_calendar(  # noqa: PLR0913 - whose reminders, and what they are compared with
    due: Sequence[Due],
    *,
    title: str,
    book_id: str,
    as_of: dt.date,
    lang: Language,
    now: dt.datetime,
    before: bytes = b"",
) -> bytes:
    """Return the calendar of some reminders.

    Parameters
    ----------
    title
        What calendars call it.
    now
        The moment at which it is made.
    before
        The calendar that is brought up to date; empty where there is none.

    Raises
    ------
    ValueError
        If `before` is no calendar of crmbook's.
    """
    old = _events(before)
    events: dict[str, Any] = dict(_event(one, book_id, as_of, lang) for one in due)
    for uid, event in events.items():
        _stamp(event, old.get(uid), now)
    for uid, event in old.items():
        if uid not in events and (gone := _cancelled(event, now)):
            events[uid] = gone
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    for uid in sorted(events):
        calendar.add_component(events[uid])
    return bytes(calendar.to_ical())


def write_calendar(  # noqa: PLR0913 - the file, and what it is made of
    path: Path,
    due: Sequence[Due],
    *,
    title: str,
    book_id: str,
    as_of: dt.date,
    lang: Language,
    now: dt.datetime,
) -> None:
    """Bring a calendar file up to date; one in which nothing changes is not written.

    Raises
    ------
    CrmbookError
        ``remind.not-ours`` if the file is no calendar of crmbook's; those of `crmbook.base.file.write_atomically`.
    """
    before = path.read_bytes() if path.exists() else b""
    try:
        data = make_calendar(
            due, title=title, book_id=book_id, as_of=as_of, lang=lang, now=now, before=before
        )
    except ValueError as error:
        raise CrmbookError("remind.not-ours", path=path) from error
    if data != before:
        write_atomically(path, data)


def _events(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    calendar = Calendar.from_ical(data)
    if str(calendar.get("prodid", "")) != _PRODUCT:
        raise ValueError("another program's calendar")
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def _event(one: Due, book_id: str, as_of: dt.date, lang: Language) -> tuple[str, Any]:
    uid = hashlib.sha256(f"{book_id}/{one.key}".encode()).hexdigest()[:32] + "@crmbook"
    day = max(one.due or as_of, as_of)
    params = {
        "reason": one.reason, "remedy": one.remedy, "customer": one.customer, "customer_id": one.customer_id,
        "owner": one.owner, "due": one.due.isoformat() if one.due else as_of.isoformat(),
    }  # fmt: skip
    event = Event()
    event.add("uid", uid)
    event.add("dtstart", day)
    event.add("dtend", day + _DAY)
    event.add("summary", describe("remind.summary" if one.customer else "remind.summary-alone", lang, params))
    event.add("description", describe("remind.description", lang, params))
    event.add("categories", ["crmbook"])
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return uid, event


def _stamp(event: Any, old: Any, now: dt.datetime) -> None:
    """Give an event its number and time: those it had, where it says what it said."""
    is_same = old is not None and all(_told(event, name) == _told(old, name) for name in _TOLD)
    number = int(old.get("sequence", 0)) if old is not None else 0
    event.add("sequence", number if is_same or old is None else number + 1)
    event.add("dtstamp", old["dtstamp"].dt if old is not None and is_same else now)


def _told(event: Any, name: str) -> Any:
    value = event.get(name)
    return value.to_ical() if hasattr(value, "to_ical") else value


def _cancelled(event: Any, now: dt.datetime) -> Any:
    """Return an event as one that is settled; None once it has been reported for long enough."""
    if str(event.get("status")) == "CANCELLED":
        return event if now - event["dtstamp"].dt < _REMEMBERED else None
    gone = event.copy()
    for name in ("status", "sequence", "dtstamp"):
        gone.pop(name, None)
    gone.add("status", "CANCELLED")
    gone.add("sequence", int(event.get("sequence", 0)) + 1)
    gone.add("dtstamp", now)
    return gone

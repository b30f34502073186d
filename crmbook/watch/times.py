"""The times of the scheduled rounds: every so often, or at certain times of the day, on all days or on working days.

Every day that counts has a first round, because what depends on the day changes with it: at midnight, or at the first
of the times that were asked for. APScheduler's triggers do the reckoning with the calendar and the clock's two changes a
year; nothing of it runs here, and the moment is always handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from crmbook.base import CrmbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_EVERY: Final = re.compile(
    r"(?:(\d++)\s*+(?:d|天))?\s*+(?:(\d++)\s*+(?:h|小时|时))?\s*+(?:(\d++)\s*+(?:min|m|分钟|分))?\s*+(?:(\d++)\s*+(?:s|秒))?",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"(\d{1,2})[:\uff1a](\d{2})")
_SHORTEST: Final = timedelta(seconds=10)
_LONGEST: Final = timedelta(days=1)
_TICK: Final = timedelta(microseconds=1)
_DAYS: Final = 400
"""How far ahead a day that counts is looked for."""


def local_now() -> datetime:
    """Return the moment in the time zone of this machine."""
    return datetime.now(get_localzone())


class Clock:
    """The clock of a watched folder: that of its books where all of them say the same time zone, else the machine's."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._zone: ZoneInfo | None = None

    def __call__(self) -> datetime:
        """Return the moment in the zone that is followed."""
        return self._now().astimezone(self._zone) if self._zone else self._now()

    def follow(self, zones: Iterable[str]) -> None:
        """Go by the zone that the books say; an empty one is none."""
        one = {*zones}
        self._zone = ZoneInfo(one.pop()) if len(one) == 1 and "" not in one else None


@dataclass(frozen=True, slots=True)
class Times:
    """When the scheduled rounds are.

    Attributes
    ----------
    every
        From midnight on, again and again after this time.
    at
        Times of the day. With neither, once a day at midnight.
    weekdays_only
        On Saturdays and Sundays there is none.
    holidays
        Whose holidays are left out as well, and whose working weekends count: ``"cn"``.
    """

    every: timedelta | None = None
    at: Sequence[time] = ()
    weekdays_only: bool = False
    holidays: Literal["cn"] | None = None

    def __post_init__(self) -> None:
        if self.holidays is not None:
            _works_in_china(date(2024, 5, 1))  # a missing library shows at once, not at a holiday

    def after(self, moment: datetime) -> datetime:
        """Return the first round after `moment`, in its time zone."""
        for _ in range(_DAYS):
            found = min(self._candidates(moment))
            if self._counts(found.date()):
                return found
            moment = _midnight(found + timedelta(days=1)) - _TICK
        raise CrmbookError("watch.no-working-day", days=_DAYS)

    def _candidates(self, moment: datetime) -> Iterator[datetime]:
        zone, since = moment.tzinfo, moment + _TICK
        for one in self.at:
            yield CronTrigger(hour=one.hour, minute=one.minute, timezone=zone).get_next_fire_time(None, since)
        if self.every is not None:
            start = _midnight(moment)
            seconds = self.every.total_seconds()
            yield IntervalTrigger(seconds=seconds, start_date=start, timezone=zone).get_next_fire_time(
                None, since
            )
        if self.every is not None or not self.at:
            yield CronTrigger(hour=0, minute=0, timezone=zone).get_next_fire_time(None, since)

    def _counts(self, day: date) -> bool:
        if self.holidays is not None:
            works = _works_in_china(day)
            if works is not None:
                return works
        return day.weekday() < 5 or not (self.weekdays_only or self.holidays)


def parse_every(text: str) -> timedelta:
    """Return the time that a text such as ``15m``, ``1h30m`` or ``15分钟`` stands for.

    Raises
    ------
    CrmbookError
        ``watch.bad-every`` if it is none, or shorter than ten seconds or longer than a day.
    """
    found = _EVERY.fullmatch(text.strip())
    numbers = [int(number or 0) for number in found.groups()] if found else []
    if numbers and max(numbers) < 10**6:
        every = timedelta(days=numbers[0], hours=numbers[1], minutes=numbers[2], seconds=numbers[3])
        if _SHORTEST <= every <= _LONGEST:
            return every
    raise CrmbookError("watch.bad-every", value=text)


def parse_at(text: str) -> time:
    """Return the time of the day that a text such as ``08:30`` stands for.

    Raises
    ------
    CrmbookError
        ``watch.bad-at``.
    """
    found = _AT.fullmatch(text.strip())
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise CrmbookError("watch.bad-at", value=text)


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), moment.tzinfo)


def _works_in_china(day: date) -> bool | None:
    """Return whether people work on a day in China; None for a year whose holidays are not known yet."""
    try:
        from chinese_calendar import is_workday
    except ImportError:
        raise CrmbookError("watch.no-holidays") from None
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return None

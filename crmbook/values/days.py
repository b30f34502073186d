"""Days and moments as people type them.

::

    2023-1-5  2023/1/5  2023.1.5  2023年1月5日  二〇二三年一月五日  20230105  5 Jan 2023     a day
    2023年1月5日 星期四  Thu 5 Jan 2023  January 5th, 2023                                  the same; the weekday is left out
    1月5日  三月五号          the last such day up to as_of, with a note
    44931                     the serial number of a day, where the cell lost its date format
    … 14:30  14:30:05  2:30 PM  下午2:30  14时30分                                         a moment
    … 06:30:00Z  14:30+08:00  a moment of the book's time zone; as written in a book that has none
    2023/13/1  2023-2-30                                                                   refused: no such day
    1.5  1/5  23-1-5  01/05/2023  2023-1  2023年1月                                        asked about, never guessed
    农历八月十五  腊月廿三                                                                refused: a day of another calendar

Where a book says in which order its people write a day (`Locale.date_order`), ``01/05/2023`` is one, ``1/5`` the last such day
and ``1/5/23`` a day of the last hundred years or of the ten to come, each of these two with a note.

A date exported with a zone is its day where it is midnight, as written or in the book's time zone.

A cell knows no day before 1900; the span of a bare serial number is kept narrower still, so that a year or
an amount typed into a date field is asked about.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crmbook.values.chinese import read_chinese_day
from crmbook.values.numerals import read_digits, read_numeral
from crmbook.values.parsed import BLANK, Domain, Parsed, Surroundings, ValueKind, refuse, remark
from crmbook.values.text import narrow

if TYPE_CHECKING:
    from crmbook.base import Locale, Value

FIRST_DAY = dt.date(1900, 1, 1)
"""The first day that a cell can hold."""

_SERIALS = range(10_000, 73_051)  # 1927-05-18 … 2099-12-31, counted from 1900
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]

_TIME = (
    r"(?:(?:T|\s++|(?<=[日号])|(?=上午|下午|晚上|早上|中午|凌晨))\s*+(?P<half>上午|下午|晚上|早上|中午|凌晨)?\s*+"
    r"(?P<hour>[0-9]{1,2})[:时点](?P<minute>[0-9]{1,2})?(?:[:分](?P<second>[0-9]{1,2}(?:\.[0-9]{1,9})?)?秒?)?\s*+(?P<ampm>AM|PM)?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.。年])\s*(?P<month>[0-9]{1,2})(?:(?P=mark)|月)\s*(?P<day>[0-9]{1,2})[日号]?"
    + _TIME,
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})" + _TIME, re.IGNORECASE)
_MONTH_DAY = re.compile(r"(?P<month>[0-9]{1,2})月\s*(?P<day>[0-9]{1,2})[日号]?" + _TIME, re.IGNORECASE)
_DAY_MONTH_YEAR = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<mark>[-/.])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})" + _TIME, re.IGNORECASE
)
_ENGLISH = re.compile(
    r"(?:(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[ -]?(?:of )?(?P<name>[A-Z]{3,9})\.?"
    r"|(?P<name2>[A-Z]{3,9})\.? ?(?P<day2>[0-9]{1,2})(?:st|nd|rd|th)?)[ ,-]{1,3}(?P<year>[0-9]{4})" + _TIME,
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(
    r"[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2}"
    r"|[0-9]{1,2}[- ][A-Z]{3,9}[- ,]{1,2}'?[0-9]{2}",
    re.IGNORECASE,
)
_TWO_DIGITS = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<mark>[-/.])(?P<two>[0-9]{1,2})(?P=mark)(?P<three>[0-9]{1,2})" + _TIME,
    re.IGNORECASE,
)
"""A day whose year has two digits, in whatever order."""
_NO_YEAR = re.compile(r"(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})" + _TIME, re.IGNORECASE)
_YEARS_AHEAD = 10
"""How far ahead a year of two digits may lie: a contract ends some years from now, a birthday lies behind."""
_NO_DAY = re.compile(r"[0-9]{4}(?:[-/.][0-9]{1,2}|年(?:[0-9]{1,2}月?)?|[0-9]{2})?")
_TWO_NUMBERS = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}")
_SPELLED_YEAR = re.compile(r"\A[〇零一二三四五六七八九]{4}(?=年)")
_SPELLED_PART = re.compile(
    r"(?:(?<=年)|\A)[一二三四五六七八九十]{1,3}(?=月)|(?<=月)[一二三四五六七八九十]{1,3}(?=[日号])"
)
_DIGITS = re.compile(r"[0-9]+(?:\.0*)?")
_ZONED = re.compile(
    r"(?P<moment>.*?[0-9]:[0-9.]{2,18}) ?(?:Z|(?:UTC|GMT)?(?:(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?)?"
    r"(?: ?\([^()]*\))?)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r" ?\(?(?:星期|周|礼拜)[一二三四五六日天]\)? ?|\A(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? ",
    re.IGNORECASE,
)
_LONGEST = 80
"""Characters that a day or a moment can have, its weekday and the name of its zone among them."""


def parse_day(domain: Domain, raw: object, around: Surroundings) -> Parsed:
    """Read a cell of a date or datetime field."""
    parsed = _read(domain, raw, around)
    if not isinstance(parsed.value, dt.datetime):
        return parsed
    moment = _to_second(parsed.value)
    if domain.kind is ValueKind.DATETIME:
        return replace(parsed, value=moment)
    if moment.time() == dt.time():
        return replace(parsed, value=moment.date())
    return remark(moment.date(), "value.time-dropped", day=moment.date().isoformat())


def _to_second(moment: dt.datetime) -> dt.datetime:
    """Round to the second: a serial number carries no finer truth."""
    half = dt.timedelta(microseconds=500_000)
    return (moment + half if moment.year < dt.MAXYEAR else moment).replace(microsecond=0)


def _read(domain: Domain, raw: object, around: Surroundings) -> Parsed:
    """Read anything into a datetime without zone, or a refusal."""
    if isinstance(raw, dt.datetime):
        return _bounded(dt.datetime(*raw.timetuple()[:6], raw.microsecond))  # noqa: DTZ001 - sheds pandas' type
    if isinstance(raw, dt.date):
        return _bounded(dt.datetime(raw.year, raw.month, raw.day))  # noqa: DTZ001
    if isinstance(raw, (bool, dt.time, dt.timedelta)):
        return refuse("value.not-a-date")
    if isinstance(raw, (int, float)):
        return _read_number(float(raw), around)
    text = narrow(str(raw))
    if not text:
        return BLANK
    if len(text) > _LONGEST:
        return refuse("value.not-a-date")
    text = _WEEKDAY.sub(" ", text).strip()
    zoned = _ZONED.fullmatch(text)
    if zoned and zoned["moment"] != text:
        return _in_zone(_read_text(zoned["moment"], around), zoned, domain, around.locale)
    return read_chinese_day(text) or _read_text(text, around)


def _in_zone(parsed: Parsed, shape: re.Match[str], domain: Domain, locale: Locale) -> Parsed:
    """Return a moment written for another zone as the book's own zone has it."""
    moment = parsed.value
    whole_day = (
        isinstance(moment, dt.datetime) and moment.time() == dt.time() and domain.kind is ValueKind.DATE
    )
    if not isinstance(moment, dt.datetime) or whole_day or not locale.zone:
        return parsed
    offset = dt.timedelta(hours=int(shape["hours"] or 0), minutes=int(shape["minutes"] or 0))
    try:
        universal = (moment + offset if shape["sign"] == "-" else moment - offset).replace(tzinfo=dt.UTC)
        return _bounded(universal.astimezone(ZoneInfo(locale.zone)).replace(tzinfo=None))
    except OverflowError:
        return refuse("value.no-such-date")


def _read_number(number: float, around: Surroundings) -> Parsed:
    """Read ``20230105`` typed as a number, or a serial number whose cell lost its date format."""
    if number != number:  # noqa: PLR0124 - NaN
        return BLANK
    compact = _COMPACT.fullmatch(str(int(number))) if abs(number) < 1e9 and number.is_integer() else None
    if compact:
        return _build(compact, int(compact["year"]), int(compact["month"]), int(compact["day"]))
    if (
        60 <= number < 61 and not around.date1904
    ):  # 29 February 1900, which workbooks count and calendars do not
        return refuse("value.no-such-date")
    from crmbook.formula import DAYS_1904, to_date  # a number among days is rare, and this import takes long

    serial = number + DAYS_1904 if around.date1904 else number
    if not _SERIALS.start <= serial < _SERIALS.stop:
        return refuse("value.date-doubtful")
    moment = dt.datetime.combine(to_date(serial), dt.time()) + dt.timedelta(days=number % 1)
    return remark(moment, "value.date-from-serial", day=moment.date().isoformat())


def _read_text(text: str, around: Surroundings) -> Parsed:
    """Try the grammars from the certain to the doubtful."""
    text = in_digits(text)
    shape = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if shape:
        return _build(shape, int(shape["year"]), int(shape["month"]), int(shape["day"]))
    shape = _MONTH_DAY.fullmatch(text)
    if shape:
        return _give_year(shape, around, int(shape["month"]), int(shape["day"]))
    shape = _ENGLISH.fullmatch(text)
    if shape:
        return _build_english(shape)
    shape = _DAY_MONTH_YEAR.fullmatch(text)
    if shape:
        return _build_year_last(shape, around.locale.date_order)
    parsed = _read_in_order(text, around) if around.locale.date_order else None
    if parsed is not None:
        return parsed
    if _SHORT_YEAR.fullmatch(text):
        return refuse("value.date-short-year")
    if _NO_DAY.fullmatch(text):
        return refuse("value.date-without-day")
    if _DIGITS.fullmatch(text) and len(text) < 12:
        return _read_number(float(text), around)
    return refuse("value.date-doubtful" if _TWO_NUMBERS.fullmatch(text) else "value.not-a-date")


def _build(shape: re.Match[str], year: int, month: int, day: int) -> Parsed:
    """Make the moment of a matched text, if the calendar and the clock have it."""
    hour, minute = int(shape["hour"] or 0), int(shape["minute"] or 0)
    seconds = float(shape["second"] or 0)
    half = shape["half"] or (shape["ampm"] or "").upper()
    if half in {"下午", "晚上", "PM"} and hour < 12:
        hour += 12
    elif half in {"凌晨", "AM"} and hour == 12:
        hour = 0
    try:
        whole = dt.datetime(year, month, day, hour, minute, int(seconds), round(seconds % 1 * 10**6) % 10**6)  # noqa: DTZ001
    except ValueError:
        return refuse("value.no-such-date")
    return _bounded(whole)


def _bounded(moment: dt.datetime) -> Parsed:
    return Parsed(moment) if moment.date() >= FIRST_DAY else refuse("value.date-too-early")


def in_digits(text: str) -> str:
    """Return a day whose numbers are spelled, such as ``二〇二三年一月五日`` or ``三月五号``, in digits; anything else as it is."""
    if text.isascii() or "月" not in text:
        return text
    text = _SPELLED_YEAR.sub(lambda found: read_digits(found[0]) or found[0], text)
    return _SPELLED_PART.sub(_in_digits, text)


def _in_digits(found: re.Match[str]) -> str:
    number = read_numeral(found[0])
    return found[0] if number is None else str(int(number))


def _give_year(shape: re.Match[str], around: Surroundings, month: int, day: int) -> Parsed:
    """Give ``1月5日`` the year of the last such day up to as_of."""
    if around.as_of is None:
        return refuse("value.date-doubtful")
    # A 29 February lies at most eight years back (1896–1904 aside, before a workbook's time).
    for year in range(around.as_of.year, around.as_of.year - 9, -1):
        parsed = _build(shape, year, month, day)
        if isinstance(parsed.value, dt.datetime) and parsed.value.date() <= around.as_of:
            return _noted(parsed, "value.year-assumed")
    return refuse("value.no-such-date")


def _build_english(shape: re.Match[str]) -> Parsed:
    """Make the day of ``5 Jan 2023`` or ``January 5, 2023``."""
    name = (shape["name"] or shape["name2"]).casefold()
    month = next((index for index, full in enumerate(_MONTHS, start=1) if full.startswith(name)), None)
    if month is None:
        return refuse("value.not-a-date")
    return _build(shape, int(shape["year"]), month, int(shape["day"] or shape["day2"]))


def _build_year_last(shape: re.Match[str], order: str) -> Parsed:
    """Make the day of ``25/12/2023``; where both numbers could be the month, by the order of the book, else ask."""
    one, two, year = int(shape["one"]), int(shape["two"]), int(shape["year"])
    if one <= 12 and two <= 12 and one != two:
        if order not in _MONTH_FIRST:
            return refuse("value.date-day-or-month")
        return _build(shape, year, *((one, two) if _MONTH_FIRST[order] else (two, one)))
    return _build(shape, year, *((two, one) if one > 12 else (one, two)))


_MONTH_FIRST = {"mdy": True, "dmy": False}
"""Orders with the year at the end, and whether the month precedes the day."""


def _read_in_order(text: str, around: Surroundings) -> Parsed | None:
    """Read a day without year, or with two digits of it, as the people of the book write one; None for anything else."""
    order = around.locale.date_order
    shape = _TWO_DIGITS.fullmatch(text)
    if shape:
        parts = dict(zip(order, (shape["one"], shape["two"], shape["three"]), strict=True))
        year = _whole_year(parts["y"], around)
        parsed = None if year is None else _build(shape, year, int(parts["m"]), int(parts["d"]))
        return _noted(parsed, "value.century-assumed") if parsed else None
    shape = _NO_YEAR.fullmatch(text)
    if shape:
        one, two = int(shape["one"]), int(shape["two"])
        return _give_year(shape, around, *((two, one) if order == "dmy" else (one, two)))
    return None


def _whole_year(short: str, around: Surroundings) -> int | None:
    """Return the year that ends in two digits, of the hundred up to ten years from now."""
    if around.as_of is None or len(short) != 2:
        return None
    last = around.as_of.year + _YEARS_AHEAD
    return last - (last - int(short)) % 100


def _noted(parsed: Parsed, note: str) -> Parsed:
    day = parsed.value
    return remark(day, note, day=day.date().isoformat()) if isinstance(day, dt.datetime) else parsed


def format_day(domain: Domain, value: Value) -> str:
    """Return ``2023-01-05`` or ``2023-01-05 14:30:00``."""
    if isinstance(value, dt.datetime) and domain.kind is ValueKind.DATETIME:
        return value.isoformat(sep=" ", timespec="seconds")
    return f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else ""

r"""Number formats as the function TEXT applies them: digits, thousands, percent, exponents, dates and times.

A format has up to four sections, for positive numbers, negative numbers, zero and text; a section may carry a
condition ``[>=100]``. Placeholders: ``0`` a digit, ``#`` a digit if there is one, ``?`` a digit or a blank; text
in quotation marks or after ``\\`` is taken as it is. Month and weekday names are English (``mmm``, ``ddd``) or
Chinese (``aaa``, ``aaaa``), as in every language version of Excel.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import numpy as np

from crmbook.formula.serials import to_days
from crmbook.formula.values import MAX_SERIAL, number_text

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_CHINESE_DAYS = "日一二三四五六"

_PART = re.compile(
    r"""(?P<quoted>"[^"]*"?) | \\(?P<escaped>.) | _(?P<padding>.) | \*(?P<fill>.)
      | \[(?P<bracket>[^\[\]]*)\]
      | (?P<general>General|G/通用格式)
      | (?P<exponent>E[+-])(?=[0#?])
      | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+|a{3,4}(?![a-z/])|AM/PM|A/P|上午/下午)
      | (?P<digit>[0#?]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%) | (?P<text>@)
      | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'((?:"[^"]*"?|\\.|\[[^\[\]]*\]|[^;"\\\[])*)(;|$)', re.DOTALL)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_LOCALE = re.compile(r"\$([^-]*)(?:-.*)?")


@dataclass(frozen=True, slots=True)
class _Item:
    """One piece of a section: what it is and what it says."""

    sort: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    """One section of a format."""

    items: tuple[_Item, ...]
    condition: tuple[str, float] | None

    def has(self, sort: str) -> bool:
        return any(item.sort == sort for item in self.items)


def format_number(number: float, code: str) -> str:
    """Return a number in a format.

    Raises
    ------
    ValueError
        If the format asks for a date and the number is none.

    >>> format_number(1234.5, "#,##0.00"), format_number(44957, "yyyy-mm-dd"), format_number(0.125, "0.0%")
    ('1,234.50', '2023-01-31', '12.5%')
    """
    sections = _sections(code)
    section, number = _choose(sections, number)
    if section.has("date") or section.has("elapsed"):
        return _format_date(number, section)
    if section.has("general"):
        return _plain(section, {"general": number_text(number)})
    if section.has("text") and not section.has("digit"):
        return _plain(section, {"text": number_text(number)})
    return _format_digits(number, section)


def format_text(text: str, code: str) -> str:
    """Return a text in the fourth section of a format, or in its only one if that speaks of text."""
    sections = _sections(code)
    if len(sections) > 3:
        return _plain(sections[3], {"text": text})
    if len(sections) == 1 and sections[0].has("text"):
        return _plain(sections[0], {"text": text})
    return text


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    texts = [match[1] for match in _SECTION.finditer(code)]
    if len(texts) > 1 and not code.endswith(";"):
        texts = texts[:-1] if texts[-1] == "" else texts
    return tuple(_parse(text) for text in texts[:4]) or (_parse(""),)


def _parse(text: str) -> _Section:
    items: list[_Item] = []
    condition = None
    for match in _PART.finditer(text):
        sort, value = match.lastgroup or "", match[match.lastgroup or 0]
        if sort == "bracket":
            found = _CONDITION.fullmatch(value)
            condition = (found[1], float(found[2])) if found else condition
            items += _bracket(value)
        elif sort == "quoted":
            items.append(_Item("literal", value.strip('"')))
        elif sort in {"escaped", "other"}:
            items.append(_Item("literal", value))
        elif sort == "padding":
            items.append(_Item("literal", " "))
        elif sort != "fill":
            items.append(_Item(sort, value))
    return _Section(tuple(_minutes(items)), condition)


def _bracket(value: str) -> list[_Item]:
    if _ELAPSED.fullmatch(value):
        return [_Item("elapsed", value.lower())]
    locale = _LOCALE.fullmatch(value)
    return [_Item("literal", locale[1])] if locale and locale[1] else []


def _minutes(items: list[_Item]) -> list[_Item]:
    """Tell minutes from months: ``m`` after an hour or before a second is a minute."""
    result = list(items)
    clock = [index for index, item in enumerate(items) if item.sort in {"date", "elapsed"}]
    for order, index in enumerate(clock):
        text = items[index].text.lower()
        if set(text) != {"m"} or len(text) > 2 or items[index].sort == "elapsed":
            continue
        before = items[clock[order - 1]].text.lower() if order else ""
        after = items[clock[order + 1]].text.lower() if order + 1 < len(clock) else ""
        if before.startswith("h") or after.startswith("s"):
            result[index] = _Item("date", "n" * len(text))
    return result


def _choose(sections: tuple[_Section, ...], number: float) -> tuple[_Section, float]:
    """Return the section for a number, and the number as that section shows it."""
    if any(section.condition for section in sections[:2]):
        for section in sections[:2]:
            if section.condition is None or _holds(number, section.condition):
                return section, abs(number) if section.condition and number < 0 else number
        return sections[min(2, len(sections) - 1)], number
    if len(sections) > 1 and number < 0:
        return sections[1], -number
    if len(sections) > 2 and number == 0:
        return sections[2], number
    return sections[0], number


def _holds(number: float, condition: tuple[str, float]) -> bool:
    operator, bound = condition
    return {
        "<": number < bound,
        "<=": number <= bound,
        ">": number > bound,
        ">=": number >= bound,
        "=": number == bound,
        "<>": number != bound,
    }[operator]


def _plain(section: _Section, values: dict[str, str]) -> str:
    return "".join(
        values.get(item.sort, item.text if item.sort == "literal" else "") for item in section.items
    )


def _format_digits(number: float, section: _Section) -> str:
    items = list(section.items)
    digits = [index for index, item in enumerate(items) if item.sort == "digit"]
    if not digits:
        text = "".join(item.text for item in items if item.sort in {"literal", "percent", "comma", "point"})
        return ("-" if number < 0 else "") + text
    value = Decimal(f"{abs(number):.15g}").scaleb(2 * sum(item.sort == "percent" for item in items))
    items, thousands, scale = _commas(items)
    value = value.scaleb(-3 * scale)
    if section.has("exponent"):
        text, shown = _format_exponent(value, items)
    else:
        text, shown = _format_fixed(value, items, thousands=thousands)
    return f"-{text}" if number < 0 and shown else text


def _commas(items: list[_Item]) -> tuple[list[_Item], bool, int]:
    """Take the commas out: between digits they ask for thousands, after the last one they divide by 1,000."""
    digits = [index for index, item in enumerate(items) if item.sort == "digit"]
    point = next((index for index, item in enumerate(items) if item.sort == "point"), len(items))
    whole = [index for index in digits if index < point]
    last, scale = (digits[-1] if digits else -1), 0
    thousands = False
    for index, item in enumerate(items):
        if item.sort != "comma":
            continue
        if whole and whole[0] < index < whole[-1]:
            thousands = True
        elif index > (whole[-1] if whole and index < point else last):
            scale += 1
    kept = [item for item in items if item.sort != "comma"]
    return kept, thousands, scale


def _format_fixed(value: Decimal, items: list[_Item], *, thousands: bool) -> tuple[str, bool]:
    """Return the digits in their places, and whether any of them is not 0."""
    point = next((index for index, item in enumerate(items) if item.sort == "point"), len(items))
    decimals = sum(item.sort == "digit" for item in items[point:])
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    whole, _, fraction = format(rounded, "f").partition(".")
    left = _whole(whole.lstrip("0"), items[:point], thousands=thousands)
    return left + _fraction(fraction, items[point:]), rounded != 0


def _whole(digits: str, items: list[_Item], *, thousands: bool) -> str:
    """Lay digits into placeholders from the right; what is left over goes before the first."""
    decimals = sum(item.sort == "digit" for item in items)
    surplus = max(len(digits) - decimals, 0)
    queue, result, position = list(digits), [], 0
    seen = 0
    for item in reversed(items):
        if item.sort != "digit":
            result.append(item.text)
            continue
        seen += 1
        take = 1 + (surplus if seen == decimals else 0)
        for _ in range(take):
            character = queue.pop() if queue else {"0": "0", "?": " "}.get(item.text, "")
            if character and thousands and position and position % 3 == 0:
                result.append("," if character != " " else " ")
            result.append(character)
            position += bool(character)
    return "".join(reversed(result))


def _fraction(digits: str, items: list[_Item]) -> str:
    significant = len(digits.rstrip("0"))
    result, index = [], 0
    for item in items:
        if item.sort != "digit":
            result.append(item.text)
            continue
        if index < significant or item.text == "0":
            result.append(digits[index])
        elif item.text == "?":
            result.append(" ")
        index += 1
    return "".join(result)


def _format_exponent(value: Decimal, items: list[_Item]) -> tuple[str, bool]:
    split = next(index for index, item in enumerate(items) if item.sort == "exponent")
    mantissa, tail = items[:split], items[split + 1 :]
    point = next((index for index, item in enumerate(mantissa) if item.sort == "point"), len(mantissa))
    wide = max(sum(item.sort == "digit" for item in mantissa[:point]), 1)
    power = 0
    if value:
        power = math.floor((value.adjusted() - (wide - 1 if wide == 1 else 0)) / wide) * wide
        decimals = sum(item.sort == "digit" for item in mantissa[point:])
        step = Decimal(1).scaleb(-decimals)
        if value.scaleb(-power).quantize(step, rounding=ROUND_HALF_UP) >= Decimal(10) ** wide:
            power += wide
    text, shown = _format_fixed(value.scaleb(-power), mantissa, thousands=False)
    sign = "-" if power < 0 else "+" if items[split].text.endswith("+") else ""
    width = sum(item.sort == "digit" for item in tail)
    rest = "".join(item.text for item in tail if item.sort != "digit")
    return f"{text}E{sign}{abs(power):0{width}d}{rest}", shown


def _format_date(number: float, section: _Section) -> str:
    if not 0 <= number < MAX_SERIAL + 1:
        raise ValueError(number)
    moment = _Moment(number, section)
    return "".join(
        moment.part(item.text) if item.sort in {"date", "elapsed"} else item.text for item in section.items
    )


class _Moment:
    """A serial number taken apart, at the precision that a section shows."""

    def __init__(self, number: float, section: _Section) -> None:
        dates = [item.text.lower() for item in section.items if item.sort == "date"]
        self.half = any("/" in text for text in dates)
        shown = max((len(text) - 1 - text.index(".") for text in dates if "." in text), default=0)
        clock = any(text[0] in "hns" for text in dates) or section.has("elapsed")
        ticks = 10**shown
        total = math.floor(number * 86400 * ticks + 0.5) if clock else math.floor(number) * 86400 * ticks
        self.total, self.fraction, self.decimals = total // ticks, total % ticks, shown
        self.serial: int = self.total // 86400
        days = to_days(np.array([float(self.serial)]))
        self.year, self.month, self.day = int(days.years[0]), int(days.months[0]), int(days.days[0])
        self.elapsed = {item.text[0] for item in section.items if item.sort == "elapsed"}

    def part(self, text: str) -> str:
        text = text.lower()
        match text[0]:
            case "y" | "e":
                return f"{self.year % 100:02d}" if text in {"y", "yy"} else f"{self.year:04d}"
            case "m":
                return self._month(len(text))
            case "d":
                names = {3: WEEKDAYS[self._weekday][:3], 4: WEEKDAYS[self._weekday]}
                return names.get(len(text), f"{self.day:0{min(len(text), 2)}d}")
            case "a" | "上":
                return self._letters(text)
        return self._clock(text)

    @property
    def _weekday(self) -> int:
        return int((self.serial - 1) % 7)

    def _month(self, width: int) -> str:
        if "m" in self.elapsed:
            return str(self.total // 60).zfill(width)
        name = MONTHS[self.month - 1]
        if width >= 3:
            return {3: name[:3], 5: name[0]}.get(width, name)
        return f"{self.month:0{width}d}"

    def _letters(self, text: str) -> str:
        afternoon = self.total // 3600 % 24 >= 12
        match text:
            case "am/pm":
                return "PM" if afternoon else "AM"
            case "a/p":
                return "P" if afternoon else "A"
            case "上午/下午":
                return "下午" if afternoon else "上午"
        day = _CHINESE_DAYS[self._weekday]
        return day if text == "aaa" else f"星期{day}"

    def _clock(self, text: str) -> str:
        unit, width = text[0], len(text.partition(".")[0])
        hours, minutes, seconds = self.total // 3600, self.total // 60 % 60, self.total % 60
        if unit == "h":
            hours = hours if "h" in self.elapsed else hours % 24
            hours = (hours - 1) % 12 + 1 if self.half else hours
            return f"{hours:0{width}d}"
        if unit == "n":
            return f"{minutes:0{width}d}"
        seconds = self.total if "s" in self.elapsed else seconds
        decimals = f".{self.fraction:0{self.decimals}d}" if "." in text else ""
        return f"{seconds:0{width}d}{decimals}"

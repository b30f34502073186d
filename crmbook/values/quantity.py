"""Numbers of every kind: integers, amounts, percents, ratings.

Money, numbers and percents are floats of at most 15 digits, as a workbook keeps them; integers and ratings are ints.
A percent is its share: ``15%`` is 0.15, so that it computes as it does in the cell.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from crmbook.base import rounded
from crmbook.values.amounts import is_plain, read_amount
from crmbook.values.numerals import read_digits
from crmbook.values.parsed import BLANK, Domain, Parsed, ValueKind, refuse, remark
from crmbook.values.text import narrow

if TYPE_CHECKING:
    from crmbook.base import Locale, Value

MAX_INTEGER = 10**15
_LONGEST = 400
"""Characters that a number, with its currency and unit, may have: written out, the smallest one has 317."""
"""Beyond this a cell no longer holds every whole number: it keeps 15 digits."""

_HUGE = 10**300
_STARS = re.compile("(?P<full>[★⭐]*)☆*")
_DISCOUNT = re.compile(
    r"(?P<tenths>[1-9一二三四五六七八九](?:\.[0-9])?)折|(?P<hundredths>[1-9一二三四五六七八九]{2})折"
)
_NUMBER = Domain(ValueKind.NUMBER)


def parse_quantity(domain: Domain, raw: object, locale: Locale) -> Parsed:
    """Read a cell of an integer, number, money, percent or rating field."""
    if isinstance(raw, (bool, dt.date, dt.time, dt.timedelta)):
        return refuse("value.not-a-number")
    if isinstance(raw, (int, float)):
        return _settle(domain, raw)
    text = narrow(str(raw))
    if text[:1] == "'" and text[1:2].isdigit():
        text = text[1:]  # the sign by which a number is typed as text
    if not text:
        return BLANK
    if len(text) > _LONGEST:
        return refuse("value.number-too-long", length=len(text), limit=_LONGEST)
    if domain.kind is ValueKind.PERCENT:
        return _read_percent(domain, text, locale)
    stars = _STARS.fullmatch(text) if domain.kind is ValueKind.RATING else None
    number = Decimal(len(stars["full"])) if stars else read_amount(domain, text, locale)
    return number if isinstance(number, Parsed) else _settle(domain, number)


def _read_percent(domain: Domain, text: str, locale: Locale) -> Parsed:
    """Read ``15%``, ``百分之十五``, ``8折`` and ``0.15``; a bare ``15`` is asked about."""
    discount = _DISCOUNT.fullmatch(text)
    if discount:
        return _read_discount(discount)
    inner = text.removeprefix("百分之") if text.startswith("百分之") else text.removesuffix("%").rstrip()
    number = read_amount(_NUMBER, inner, locale)
    if isinstance(number, Parsed):
        return number
    if inner != text:
        return _settle(domain, number / 100)
    return (
        _settle(domain, number)
        if is_plain(text.lstrip("+-")) and abs(number) <= 1
        else refuse("value.percent-doubtful")
    )


def _read_discount(discount: re.Match[str]) -> Parsed:
    """Read ``8折`` as 0.8 and ``85折`` as 0.85, and say so."""
    if discount["tenths"]:
        digits = discount["tenths"]
        share = Decimal((read_digits(digits[0]) or "") + digits[1:]) / 10
    else:
        share = Decimal(read_digits(discount["hundredths"]) or "") / 100
    return remark(float(share), "value.discount-as-share", share=f"{share:%}")


def _settle(domain: Domain, number: Decimal | float) -> Parsed:
    """Give a number its field's Python type, within what a cell can hold."""
    if isinstance(number, float) and math.isnan(number):
        return BLANK
    if not -_HUGE < number < _HUGE:
        return refuse("value.number-too-large")
    if isinstance(number, float):
        number = rounded(number)
    if domain.kind in {ValueKind.INTEGER, ValueKind.RATING}:
        if number != int(number):
            return refuse("value.not-an-integer")
        return (
            Parsed(int(number)) if -MAX_INTEGER < number < MAX_INTEGER else refuse("value.number-too-large")
        )
    if isinstance(number, Decimal) and number == int(number) and Decimal(repr(float(number))) != number:
        return refuse("value.digits-lost")
    return Parsed(rounded(float(number)) + 0.0)  # adding 0.0 makes -0.0 an ordinary zero


def format_quantity(domain: Domain, value: Value) -> str:
    """Return the number as plain digits that read back exactly; percents with their sign."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    number = Decimal(repr(value))
    return f"{_digits(number * 100)}%" if domain.kind is ValueKind.PERCENT else _digits(number)


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

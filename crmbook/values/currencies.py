"""What an amount may be written with in a book: the words and signs of its own currency, and those of others.

A book without a currency of its own takes what is on a Chinese list, as it always did, and asks about every other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from crmbook.values.text import narrow

if TYPE_CHECKING:
    from crmbook.base import Locale

_YUAN: Final = frozenset({"¥", "rmb", "cny", "人民币", "rmb¥", "cny¥", "人民币¥"})
_YUAN_UNITS: Final = frozenset({"元", "圆", "块", "块钱", "元整", "圆整", "元人民币", "rmb", "cny", "人民币"})
_WORDS: Final = {
    "USD": "$ us$ usd dollar dollars 美元 美金",
    "EUR": "€ eur euro euros 欧元",
    "GBP": "£ gbp pound pounds 英镑",
    "AUD": "$ a$ au$ aud dollar dollars 澳元",
    "CAD": "$ c$ ca$ cad dollar dollars 加元",
    "NZD": "$ nz$ nzd dollar dollars 新西兰元",
    "MXN": "$ mx$ mxn peso pesos 比索",
    "HKD": "hk$ $ hkd 港币 港元 元",
    "MOP": "mop$ $ mop 澳门元 元",
    "TWD": "nt$ $ twd ntd 台币 新台币 元",
    "SGD": "s$ $ sgd 新元 新加坡元",
    "JPY": "¥ jpy yen 日元 円",
    "KRW": "₩ krw won 韩元",
    "INR": "₹ rs rs. inr 卢比",
    "CHF": "chf fr. 法郎",
    "RUB": "₽ rub 卢布",
    "BRL": "r$ brl reais 雷亚尔",
    "MYR": "rm myr 令吉",
    "THB": "฿ thb 泰铢",
    "VND": "₫ vnd đ 越南盾",
    "PLN": "zł pln",
    "ZAR": "r zar rand",
    "AED": "aed dhs 迪拉姆",
    "DKK": "kr dkk",
    "NOK": "kr nok",
    "SEK": "kr sek",
}
_CODES: Final = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_COUNTRIES: Final = {
    "AU": "AUD", "CA": "CAD", "NZ": "NZD", "MX": "MXN", "JP": "JPY", "DK": "DKK", "NO": "NOK", "SE": "SEK",
}  # fmt: skip
"""Countries whose sign is that of another one too: ``$`` is an American dollar only where nothing else is said."""
_IN_BRACKETS: Final = re.compile(r"[(\[【〔](?:单位:?|币种:?)?([^(\[【〔)\]】〕]*+)[)\]】〕]")
_BETWEEN: Final = re.compile(r"[\s/_,、;:|\-]+")
_COUNTED: Final = re.compile(r"(?P<scale>[百千万亿]*)(?P<word>.+)")
_SPOKEN: Final = frozenset(
    {*map(str.casefold, _CODES), *(word for words in _CODES.values() for word in words if not word.isalpha() or not word.isascii()), "dollar",
     "dollars", "euro", "euros"}
) - {"元", "新元"}  # fmt: skip
"""Names of currencies that mean nothing else in a header, as ``won`` and ``rm`` do; those are names only alone in brackets."""
_ALWAYS_FOREIGN: Final = frozenset().union(*_CODES.values()) - {"¥", "元", "r"}


@dataclass(frozen=True, slots=True)
class Money:
    """What may precede and follow an amount of the book's own currency, and what says that it is in another."""

    before: frozenset[str]
    after: frozenset[str]
    foreign: frozenset[str]

    @property
    def is_yuan(self) -> bool:
        """Return whether ``3元5角`` is an amount."""
        return "块" in self.after


@cache
def money_of(locale: Locale) -> Money:
    """Return how amounts are written in a book that is at home somewhere."""
    sign = locale.currency.strip().casefold()
    if not sign or (sign == "¥" and locale.region != "JP"):
        return Money(_YUAN, _YUAN_UNITS, _ALWAYS_FOREIGN)
    codes = [_COUNTRIES.get(locale.region, ""), *_CODES]
    own = next((_CODES[code] for code in codes if code and sign in _CODES[code]), frozenset[str]()) | {sign}
    return Money(own, own, (_ALWAYS_FOREIGN | _YUAN | _YUAN_UNITS) - own)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a column counts its amounts in: a currency, and maybe thousands of it."""

    word: str
    scale: str = ""

    def of(self, number: str) -> str:
        """Return an amount as a person would write it: ``$10``, ``USD 10``, ``10万美元``."""
        if self.scale or (self.word.isalpha() and not self.word.isascii()):
            return f"{number}{self.scale}{self.word}"
        return f"{self.word} {number}" if self.word.isalpha() else f"{self.word}{number}"


def other_currency(text: str, locale: Locale) -> Unit | None:
    """Return the currency that a header, or the format of a number, names, where it is another one than the book's.

    ``金额（万美元）``, ``Amount (EUR)`` and ``total_usd`` do; ``金额(RMB/USD)`` leaves it open. To a book without a currency
    none is another.
    """
    if not locale.currency:
        return None
    money, text = money_of(locale), narrow(text).casefold()
    spoken = money.foreign & _SPOKEN
    inside = [_BETWEEN.split(one.strip()) for one in _IN_BRACKETS.findall(text)]
    counted = [one for parts in inside for part in parts if (one := _COUNTED.fullmatch(part))]
    alone = {parts[0] for parts in inside if len(parts) == 1}
    words = [part for part in _BETWEEN.split(_IN_BRACKETS.sub(" ", text)) if part]
    if any(one["word"] in money.before | money.after for one in counted) or set(words) & money.before:
        return None
    found = [
        Unit(one["word"].upper(), one["scale"])
        for one in counted
        if one["word"] in (money.foreign if one[0] in alone else spoken)
    ]
    found += [Unit(one.upper()) for word in words for one in spoken if _names(word, one)]
    return found[0] if found else None


def _names(word: str, currency: str) -> bool:
    """Return whether a word of a header is a currency, or begins or ends with one that is no Latin word: ``美元金额``."""
    return word == currency or (
        not currency[-1:].isascii()
        and len(currency) > 1
        and (word.startswith(currency) or word.endswith(currency))
    )

"""What an amount may be written with in a book: the words and signs of its own currency, and those of others.

A book without a currency of its own takes what is on a Chinese list, as it always did, and asks about every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

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

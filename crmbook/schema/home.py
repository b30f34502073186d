"""The country of a book: its currency, country code and address words in texts, number formats and formulas.

In words and formats ``¤`` stands for the sign before an amount and ``¤¤`` for what follows one in a sentence (元 in a Chinese
book of yuan, elsewhere the sign); where a book has no currency nothing is there. Formulas know it all as constants.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.base import at_home
from crmbook.formula import to_serial

if TYPE_CHECKING:
    from crmbook.base import Language, Locale
    from crmbook.schema.model import ListSpec, LocaleSpec

_SIGN: Final = "¤"
_WORD: Final = "¤¤"
_PARTS: Final = re.compile(r'"[^"]*"|\\.|\[[^\[\]]*\]|¤¤?|.', re.DOTALL)


def home_of(spec: LocaleSpec, lang: Language) -> Locale:
    """Return where a book in `lang` is at home."""
    return at_home(lang, spec.said)


def worded(text: str, home: Locale) -> str:
    """Return words with the currency in its places."""
    if _SIGN not in text:
        return text
    said = text.replace(_WORD, home.currency_word).replace(_SIGN, home.currency)
    return said if home.currency else said.replace("()", "").replace("（）", "").strip()


def formatted(code: str, home: Locale) -> str:
    """Return a number format with the currency in its places, in quotation marks: no program takes it for a code."""
    if _SIGN not in code:
        return code
    return "".join(_part(one, home) for one in _PARTS.findall(code))


def _part(one: str, home: Locale) -> str:
    if one.startswith('"'):
        inner = one[1:-1].replace(_WORD, home.currency_word).replace(_SIGN, home.currency)
        return f'"{inner}"' if inner else ""
    sign = {_SIGN: home.currency, _WORD: home.currency_word}.get(one)
    return one if sign is None else f'"{sign}"' if sign else ""


def localized(entry: ListSpec, spec: LocaleSpec) -> ListSpec:
    """Return a list whose values have the currency of each language's book in its places."""
    if not any(_SIGN in value.zh + value.en for value in entry.values.values()):
        return entry
    languages: tuple[Language, ...] = ("zh", "en")
    values = {
        name: value.model_copy(update={lang: _called(value.text(lang), spec, lang) for lang in languages})
        for name, value in entry.values.items()
    }
    return entry.model_copy(update={"values": values})


def _called(text: str, spec: LocaleSpec, lang: Language) -> str:
    """Return the words of a list value; of one that is only a currency, in a book without one, those of its language's home."""
    return worded(text, home_of(spec, lang)) or worded(text, at_home(lang, {})) or text


def constants_of(home: Locale) -> dict[str, str | float | tuple[float, ...]]:
    """Return what formulas may say of it."""
    return {
        "locale.region": home.region,
        "locale.currency": home.currency,
        "locale.week_start": home.week_type,
        "locale.working_days": float(home.working_days),
        "locale.holidays": tuple(to_serial(day) for day in home.holidays),
    }

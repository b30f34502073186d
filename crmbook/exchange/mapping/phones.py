"""Telephones among other words in one cell: ``微信 qiandd 电话13703030303``, ``张经理13811112222 李会计13922223333``.

A cell is searched for numbers only where it is none, nor several, as it stands. What is found must be a telephone by the
grammar of typed cells; the words around stay beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import EXTENSION_SIGN, Domain, ValueKind, find_phones, narrow, parse_value

if TYPE_CHECKING:
    from crmbook.values import Surroundings

_DOMAIN: Final = Domain(ValueKind.PHONE)
_SEVERAL: Final = "value.several-phones"
_NONE: Final = "value.not-a-phone"
_EXTENSION: Final = rf"(?:\s*+(?:\(\s*+)?+(?i:{EXTENSION_SIGN}|[-*]\s*+)\d{{1,6}}\)?)?"
_NUMBER: Final = re.compile(
    rf"(?<![\w@.])(?:(?:\+?86[\s-]?)?1[3-9]\d(?:[\s-]?\d{{4}}){{2}}{_EXTENSION}|\(?0\d{{2,3}}\)?[\s-]?\d{{7,8}}{_EXTENSION}|"
    rf"[48]00[\s-]?\d{{3,4}}[\s-]?\d{{3,4}}{_EXTENSION}|\+\d[\d\s().-]{{6,16}}\d{_EXTENSION}|"
    rf"\(?\d{{3}}\)?[\s.-]\d{{3}}[\s.-]\d{{4}}{_EXTENSION})(?!-?\d|@)",
    re.ASCII,
)
_EXT: Final = re.compile(r"(?<!\s)\s*+;\s*+ext\s*+=\s*+(?=\d)", re.IGNORECASE)
"""How telephones themselves write an extension: ``+86-10-62551234;ext=88``."""
_LABELS: Final = ("联系电话", "联系方式", "电话", "手机", "座机", "telephone", "tel", "phone", "mobile")
_EDGES: Final = " \t\n,，、;；/|:：()（）[]【】·-—"


def split_phones(raw: Any, around: Surroundings) -> tuple[Any, ...]:
    """Return the telephones of a cell, as typed; the cell itself where it holds none."""
    return read_phones(raw, around)[0]


def read_phones(raw: Any, around: Surroundings) -> tuple[tuple[Any, ...], str]:
    """Return the telephones of a cell, and what else it says; of several numbers among words the whole cell."""
    if isinstance(raw, str):
        raw = _EXT.sub("转", raw)
    parsed = parse_value(_DOMAIN, raw, around)
    if parsed.problem == _SEVERAL:
        numbers = parsed.params["numbers"]
        return (tuple(numbers) if isinstance(numbers, tuple) else (raw,)), ""
    if parsed.problem != _NONE or not isinstance(raw, str):
        return (raw,), ""
    text = narrow(raw) if len(narrow(raw)) == len(raw) else raw
    found = _numbers(text, around)
    if not found:
        return (raw,), ""
    rest = _without(raw, found)
    is_one = len({re.sub(r"\D", "", one) for _, one in found}) == 1
    return tuple(dict.fromkeys(one.strip() for _, one in found)), rest if is_one or not rest else raw.strip()


def part_phones(raw: Any, around: Surroundings) -> tuple[tuple[str, ...], str]:
    """Return the telephones in a cell of other words, and the words, those before and after a number parted by a slash.

    ::

        张三13800001111/李四13900002222    13800001111 13900002222    张三/李四
    """
    text = narrow(raw) if len(narrow(raw)) == len(raw) else raw
    found = _numbers(text, around)
    ends = [start + len(one) for start, one in found]
    between = zip([0, *ends], [*(start for start, _ in found), len(text)], strict=True)
    words = (_without_label(raw[one:other]).strip(_EDGES) for one, other in between)
    return tuple(one.strip() for _, one in found), "/".join(filter(None, words))


def holds_more_than_a_phone(raw: Any, around: Surroundings) -> bool:
    """Return whether a cell holds several telephones, or one among words."""
    phones, rest = read_phones(raw, around)
    return len(phones) > 1 or bool(rest) or phones != (raw,)


def _numbers(text: str, around: Surroundings) -> list[tuple[int, str]]:
    """Return where the numbers in a text are, and each as it is written.

    Where the book is at home in another country than China, the library that knows the numbers there finds them.
    """
    if around.locale.region not in {"", "CN"}:
        return find_phones(text, around.locale)
    found = _NUMBER.finditer(text)
    return [(one.start(), one[0]) for one in found if _is_phone(one[0], around)]


def _is_phone(text: str, around: Surroundings) -> bool:
    return parse_value(_DOMAIN, text, around).problem is None


def _without(text: str, found: list[tuple[int, str]]) -> str:
    """Return what a text says besides the numbers in it and the words that announce them."""
    parts, at = [], 0
    for start, one in found:
        parts.append(_without_label(text[at:start]))
        at = start + len(one)
    parts.append(text[at:])
    return " ".join(filter(None, (part.strip(_EDGES) for part in parts)))


def _without_label(text: str) -> str:
    """Return what is before a number without the word that announces it."""
    bare = text.rstrip(" \t\n\u3000:：.")
    label = next((one for one in _LABELS if bare.casefold().endswith(one)), "")
    rest = bare[: len(bare) - len(label)]
    is_word_of_its_own = not (label.isascii() and rest[-1:].isalpha())  # and not the end of a hotel
    return rest if label and is_word_of_its_own else text

"""A cell that says how to reach somebody: which of it is a telephone number, which an e-mail address, and what is neither.

::

    13800000000 / a@b.cn              13800000000, a@b.cn
    手机：138 0000 0000，邮箱 a@b.cn   13800000000, a@b.cn
    微信 abc123                        neither
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.values.contact import parse_email
from crmbook.values.phones import parse_phone
from crmbook.values.text import narrow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crmbook.base import Locale

_WORD = re.compile(r"[^\s,;、/|<>():，；（）：]+")
_PART = re.compile(r"[^\n,;、/|<>，；]+")
_LABEL = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?\.?")
_REMARK = re.compile(r"\([^()0-9]*\)")
"""Words in brackets behind a number: (家)."""
_EDGES = " \t\n\r,;、/|<>:，；：。."
_SEVERAL, _DOUBTFUL = "value.several-phones", "value.phone-doubtful"


@dataclass(frozen=True, slots=True)
class ContactPoints:
    """What a cell says, in its order; numbers and addresses in form.

    Attributes
    ----------
    others
        What is neither.
    """

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def find_contact_points(text: str, locale: Locale, labels: Collection[str] = ()) -> ContactPoints:
    """Tell the telephone numbers and e-mail addresses of a text apart.

    Parameters
    ----------
    labels
        Words that only name what follows them: 手机, 邮箱.
    """
    known = {label.casefold() for label in labels}
    plain = narrow(text)
    emails, rest, begin = [], [], 0
    for word in _WORD.finditer(plain):
        address = parse_email(word[0]) if "@" in word[0] else None
        if address is not None and address.problem is None and address.value is not None:
            emails.append(str(address.value))
            rest.append(plain[begin : word.start()])
            begin = word.end()
    rest.append(plain[begin:])
    phones: list[str] = []
    others: list[str] = []
    for piece in rest:
        for found, part in _iter_phones(_bare(piece, known), locale, known):
            phones += found
            others += [] if found else [part]
    return ContactPoints(tuple(dict.fromkeys(phones)), tuple(dict.fromkeys(emails)), tuple(others))


def _iter_phones(text: str, locale: Locale, labels: Collection[str]) -> Iterator[tuple[list[str], str]]:
    """Yield the numbers of a text as a whole, else those of each of its parts; none for a part that is no number."""
    if not text:
        return
    found = _phones(text, locale)
    parts = [_bare(part[0], labels) for part in _PART.finditer(text)]
    if found or len(parts) < 2:
        yield found, text
        return
    for part in parts:
        if part:
            yield _phones(part, locale), part


def _phones(text: str, locale: Locale) -> list[str]:
    parsed = parse_phone(_REMARK.sub(" ", text), locale)
    if parsed.problem == _SEVERAL:
        numbers = parsed.params["numbers"]
        parts = [parse_phone(one, locale) for one in numbers] if isinstance(numbers, tuple) else []
        return [str(one.value) for one in parts if one.value is not None]
    is_one = parsed.value is not None and parsed.problem in {None, _DOUBTFUL}
    return [str(parsed.value)] if is_one else []


def _bare(text: str, labels: Collection[str]) -> str:
    """Return a text without separators at its ends and without words that only name what follows, or what was there."""
    text = text.strip(_EDGES)
    while (word := _LABEL.match(text)) is not None and word[0].rstrip(".").casefold() in labels:
        text = text[word.end() :].strip(_EDGES)
    before, _, last = text.rpartition(" ")
    return before.strip(_EDGES) if last.rstrip(".").casefold() in labels else text

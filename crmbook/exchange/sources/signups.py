"""A list in which people signed up one after the other in a chat, pasted as text: a line, or a few, for each.

::

    #接龙
    周六品鉴会，姓名 + 电话
    1. 张三 13800000001
    2. 李四-138 0000 0002 带两人
    3. 王五

The lines are numbered from 1 on, and half of them at least hold a telephone. What is before the telephone is the name, what
is behind it a remark; without one, the first word is the name. A line without a number goes on with the one above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADERS: Final = ("姓名", "电话", "备注")
"""The names of its columns; they are known in any language."""
_NUMBERED: Final = re.compile(
    r"[ \t]*(?P<number>\d{1,4})[ \t]*[.．。、)）:：](?:[ ]+|(?=[^\s\d.,;|]))(?P<text>[^\t|]+)"
)
_PHONE: Final = re.compile(
    r"(?<!\d)(?:(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8})(?!\d)"
)
_LABEL: Final = re.compile(r"(?:姓名|电话|手机号?|联系方式|联系电话)[ ]*[:：]?[ ]*")
_BETWEEN: Final = " \t\r,，;；、/+＋-—–:：。"
_DIGITS: Final = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0B: "+", 0xFF0D: "-", 0x3000: " "}
"""Wide signs of telephones; each stays at its position."""
_FEWEST: Final = 2
_ROUND: Final = {"(": ")", "（": "）", "[": "]", "【": "】"}


@dataclass(frozen=True, slots=True)
class SignUps:
    """The people who signed up.

    Attributes
    ----------
    columns
        Their cells under `HEADERS`, a row for each line of the text; of lines before the first of them the first cell.
    first
        The row of the first of them, 0-based.
    """

    columns: list[list[str]]
    first: int


def read_sign_ups(text: str) -> SignUps | None:
    """Return the people who signed up in a text; None for any other text."""
    lines = text.splitlines()
    starts = list(_starts(lines))
    if len(starts) < _FEWEST:
        return None
    with_phone = sum(_PHONE.search(words.translate(_DIGITS)) is not None for _, words in starts)
    behind = sum(bool(line.strip()) for line in lines[starts[0][0] :])
    if with_phone * 2 < len(starts) or len(starts) * 2 < behind:
        return None
    rows = [(line.strip(), "", "") for line in lines[: starts[0][0]]]
    ends = [at for at, _ in starts[1:]] + [len(lines)]
    for (at, words), end in zip(starts, ends, strict=True):
        more = filter(None, map(str.strip, lines[at + 1 : end]))
        rows += [_person(" ".join([words, *more])), *[("", "", "")] * (end - at - 1)]
    return SignUps([list(column) for column in zip(*rows, strict=True)], starts[0][0])


def _starts(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are numbered, each one more than the one before, with what they say."""
    last = 0
    for at, line in enumerate(lines):
        found = _NUMBERED.fullmatch(line.rstrip())
        if found is not None and int(found["number"]) == last + 1:
            last += 1
            yield at, found["text"]


def _person(words: str) -> tuple[str, str, str]:
    """Return the name, the telephones and the remark of one who signed up."""
    plain = _LABEL.sub(" ", words)
    phones = list(_PHONE.finditer(plain.translate(_DIGITS)))
    before = plain[: phones[0].start()] if phones else plain
    behind = plain[phones[-1].end() :] if phones else ""
    between = [plain[one.end() : other.start()] for one, other in pairwise(phones)]
    name, _, rest = before.strip(_BETWEEN).partition(" ")
    if not name:
        name, _, behind = behind.strip(_BETWEEN).partition(" ")
    remarks = (part.strip(_BETWEEN) for part in (rest, *between, behind))
    numbers = " / ".join(one[0] for one in phones)
    return name.strip(_BETWEEN), numbers, " ".join(map(_unopened, filter(None, remarks)))


def _unopened(remark: str) -> str:
    """Return a remark without the brackets around all of it."""
    is_round = _ROUND.get(remark[0]) == remark[-1]
    return remark[1:-1] if is_round and len(remark) > _FEWEST else remark

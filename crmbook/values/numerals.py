"""Numbers written with Chinese units: ``1.2万``, ``三千``, ``1亿2000万``, ``两万五``, ``伍仟``.

A numeral is split at its largest unit: what is before it counts that unit, what follows must be smaller
than it, and both are numerals again. A bare last digit follows speech: after ``零`` or ``十`` it is itself
(一百零五 = 105, 十五), directly after a larger unit it counts tenths of it (两万五 = 25,000, 一百五 = 150).
Digits strung together (一二三) and whatever could be read two ways are no number here.
"""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {
    **dict(zip("零一二三四五六七八九", map(Decimal, range(10)), strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", map(Decimal, range(10)), strict=True)),
    **dict(zip("0123456789", map(Decimal, range(10)), strict=True)),
    "两": Decimal(2),
    "兩": Decimal(2),
    "貳": Decimal(2),
}
_UNITS = (("亿億", 10**8), ("万萬", 10**4), ("千仟", 10**3), ("百佰", 10**2), ("十拾", 10))
_ARABIC = re.compile(r"[1-9][0-9]{0,14}(?:\.[0-9]{1,10})?|0\.[0-9]{1,10}")
_NOTHING = re.compile(r"0(?:\.0{1,10})?[亿億万萬千仟]")
"""Nothing in a unit, as programs write it that show amounts in 万; nobody says 零万."""
_LONGEST = 40

NUMERAL_CHARACTERS = "".join(_DIGITS) + "".join(names for names, _ in _UNITS) + "点"


def read_numeral(text: str) -> Decimal | None:
    """Return the number that `text` spells, or None where it spells none."""
    if not text or len(text) > _LONGEST:
        return None
    return Decimal(0) if _NOTHING.fullmatch(text) else _read(text, _UNITS, spoken=True)


def read_digits(text: str) -> str | None:
    """Return ``"2023"`` for ``"二〇二三"``; None where a character is no digit."""
    if not text or any(character not in _DIGITS for character in text):
        return None
    return "".join(str(_DIGITS[character]) for character in text)


def _read(text: str, units: tuple[tuple[str, int], ...], *, spoken: bool) -> Decimal | None:
    """Read a numeral made of `units`; `spoken` allows the bare last digit that counts tenths."""
    for position, (names, unit) in enumerate(units):
        split = next((index for index in range(len(text) - 1, -1, -1) if text[index] in names), None)
        if split is None:
            continue
        head, tail, smaller = text[:split], text[split + 1 :], units[position + 1 :]
        # 十五 has no 一 before its 十; every other unit is counted.
        counting = smaller if unit >= 10**4 else ()
        many = Decimal(1) if not head and unit == 10 else _read(head, counting, spoken=False)
        rest = _rest(tail, unit, smaller, spoken=spoken)
        if many is None or rest is None or many == 0 or rest >= unit or (rest and many != int(many)):
            return None
        return many * unit + rest
    return _bare(text)


def _rest(tail: str, unit: int, smaller: tuple[tuple[str, int], ...], *, spoken: bool) -> Decimal | None:
    """Read what follows a unit, smaller than it."""
    if not tail:
        return Decimal(0)
    if tail[0] in "零〇":
        return _read(tail[1:], smaller, spoken=False) if len(tail) > 1 else None
    if len(tail) == 1 and unit > 10:
        return _DIGITS[tail] * (unit // 10) if spoken and tail in _DIGITS else None
    rest = _read(tail, smaller, spoken=spoken)
    return rest if rest is None or rest == int(rest) else None


def _bare(text: str) -> Decimal | None:
    """Read a single digit, an Arabic number or ``三点五``."""
    if text in _DIGITS:
        return _DIGITS[text]
    whole, point, digits = text[:1], text[1:2], read_digits(text[2:])
    if point == "点" and whole in _DIGITS and digits:
        return Decimal(f"{_DIGITS[whole]}.{digits}")
    return Decimal(text) if _ARABIC.fullmatch(text) else None

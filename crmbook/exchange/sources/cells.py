"""What programs do to cells on the way into a file, undone: padding, ``="001"``, a leading apostrophe.

A number that lost its digits (``1.38E+10``) is not guessed: the cell becomes None and is named.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_EXACT: Final = 1e15
"""From here on a spreadsheet's numbers have lost their last digits."""
_FORCED: Final = re.compile(r"'(?=[-+=@0-9０-９(（]|$)")
_EXPONENT: Final = re.compile(r"([+-]?)(\d)(?:\.(\d+))?[eE]\+?(\d{1,3})")
_LONG: Final = re.compile(r"(?:^|\0)\d{16,20}(?:\0|$)")
_ROUNDED: Final = re.compile(r"\d{15}0{1,5}")
_DIGITS: Final = 15
_ENOUGH: Final = 3
"""So many long numbers, and all end in zeros: a spreadsheet kept 15 digits of them."""
_MAY_BE_EXPONENT: Final = re.compile(r"\d[eE][+\d]")
_UNSEEN: Final = "".join(
    map(
        chr,
        (
            *range(9, 14),
            *range(28, 33),
            0x85,
            0xA0,
            *range(0x2000, 0x2010),
            0x2028,
            0x2029,
            0x202F,
            0x205F,
            0x3000,
            0xFEFF,
        ),
    )
)
"""Signs that nobody sees at the ends of a cell."""
_LINE_END: Final = re.compile(r"\r\n?|_x000[Dd]_\n?")
_MARKS: Final = ("'", '="', "\r", "_x000", "\ufeff", "\u200b", "\u200e", "\u200f")


def clean(column: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """Return the cells of a column as they were meant, and those that lost digits: position → as it stood."""
    lost: dict[int, str] = {}
    try:
        return _clean_texts(column, "\0".join(column), lost), lost
    except TypeError:  # not all are texts
        pass
    cells: list[Any] = []
    text = _text_cleaner([cell for cell in column if cell.__class__ is str])
    for at, cell in enumerate(column):
        if cell.__class__ is str:
            value = text(cell)
            if value is _LOST:
                lost[at], value = cell, None
        elif cell.__class__ in {float, int} and abs(cell) >= MOST_EXACT:
            lost[at], value = f"{cell:.6g}".replace("e", "E"), None
        else:
            value = _value(cell)
        cells.append(value)
    return cells, lost


def _value(cell: Any) -> Any:
    """Return a workbook's value as rows hold it: whole numbers without a point, moments of a day as text."""
    if cell.__class__ is float:
        return int(cell) if cell.is_integer() else cell
    if cell.__class__ is dt.time:
        return cell.isoformat("seconds")
    if cell.__class__ is dt.timedelta:
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell


class _Lost:
    """Stands for a number whose digits are gone."""


_LOST: Final = _Lost()


def _clean_texts(texts: Sequence[str], joined: str, lost: dict[int, str]) -> list[Any]:
    if max(map(len, texts), default=0) > _DIGITS and _LONG.search(joined):
        return _without_rounded(texts, lost)
    has_exponents = ("E" in joined or "e" in joined) and _MAY_BE_EXPONENT.search(joined)
    if not has_exponents and not any(mark in joined for mark in _MARKS):
        return [cell or None for cell in map(str.strip, texts)]
    return _cleaned_one_by_one(texts, lost)


def _without_rounded(texts: Sequence[str], lost: dict[int, str]) -> list[Any]:
    """Return the cells of a column with long numbers; these are lost where a spreadsheet rounded all of them."""
    cells = _cleaned_one_by_one(texts, lost)
    long = [at for at, text in enumerate(texts) if len(text) > _DIGITS and text.strip().isdecimal()]
    if len(long) >= _ENOUGH and all(_ROUNDED.fullmatch(texts[at].strip()) for at in long):
        lost.update({at: texts[at] for at in long})
        for at in long:
            cells[at] = None
    return cells


def _cleaned_one_by_one(texts: Sequence[str], lost: dict[int, str]) -> list[Any]:
    cells = list(map(_text_cleaner(texts), texts))
    if _LOST in cells:
        lost.update({at: texts[at] for at, cell in enumerate(cells) if cell is _LOST})
        cells = [None if cell is _LOST else cell for cell in cells]
    return cells


def _text_cleaner(texts: Sequence[str]) -> Callable[[str], Any]:
    """Return what cleans the texts of a column: an apostrophe that begins most of them is none of anybody's."""
    count = sum(map(bool, texts))
    is_forced = sum(text[:1] == "'" for text in map(str.lstrip, texts)) * 2 > count

    def text_of(cell: str) -> Any:
        text = cell.strip(_UNSEEN)
        if text[:2] == '="' and text[-1] == '"' and text.count('"') == 2:
            text = text[2:-1].strip(_UNSEEN)
        elif text[:1] == "'" and (is_forced or _FORCED.match(text)):
            text = text[1:].strip(_UNSEEN)
        if "\r" in text or "_x" in text:
            text = _LINE_END.sub("\n", text)
        if "E" in text or "e" in text:
            exponent = _EXPONENT.fullmatch(text)
            return (_whole(exponent) if exponent else text) or None
        return text or None

    return text_of


def _whole(found: re.Match[str]) -> Any:
    """Return the number that an exponent stands for where all its digits are there; a code like ``4E10`` as it is."""
    sign, first, rest, power = found[1], found[2], found[3] or "", int(found[4])
    if not rest and "+" not in found[0][1:]:
        return found[0]
    if len(rest) < power:
        return _LOST
    return f"{sign}{first}{rest[:power]}" + (f".{rest[power:]}" if rest[power:].strip("0") else "")

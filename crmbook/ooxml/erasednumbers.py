"""Taking a number out of a part that needs a number in its place: a text there would damage the file.

A cell that shows such a number is left blank, its formula stays; in a formula it is 0 outside of texts, in a chart's cache
its point is missing, and in a pivot table's cache 0. A number goes whole or not at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Stays = Callable[[str], str]

_CELL: Final = re.compile(
    rb"<(?P<name>(?:\w+:)?(?:c|cell))(?=\s)(?P<said>[^<>]*?)(?<!/)>(?P<inside>.*?)</(?P=name)\s*+>", re.DOTALL
)
_TYPE: Final = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_VALUE: Final = re.compile(rb"<(?P<name>(?:\w+:)?v)(?:\s[^<>]*+)?>(?P<value>[^<]*+)</(?P=name)\s*+>")
_FORMULA: Final = re.compile(
    rb"(<(?:\w+:)?(?:f|formula|formula[12]|definedName)(?:\s[^<>]*)?(?<!/)>)([^<]+)(<)"
)
_POINT: Final = re.compile(
    rb"<(?P<name>(?:\w+:)?pt)(?=\s)[^<>]*>\s*<(?:\w+:)?v>\s*(?P<value>[^<]*?)\s*</(?:\w+:)?v>\s*</(?P=name)\s*+>"
)
_CACHE: Final = re.compile(
    rb"<(?P<name>(?:\w+:)?num(?:Cache|Lit))>(?:[^<]++|<(?!/?(?:\w+:)?num(?:Cache|Lit)>))*+</(?P=name)>"
)
_PIVOT: Final = re.compile(
    rb"""(<(?:\w+:)?n\s[^<>]*?\bv\s*=\s*["']|\b(?:min|max)Value\s*=\s*["'])([^"'<>]+)(?=["'])"""
)
_LITERAL: Final = re.compile(r'"[^"]*"|\'[^\']*\'|&quot;.*?&quot;|(?<![\w.$])(\d{5,}(?:\.\d+)?)(?![\w.(!])')
_NO_TEXT: Final = frozenset({b"s", b"n", b"b", b"e", b"d"})
"""Types of cells whose value is no text but a number, an index or a sign."""


def without_numbers(data: bytes, stays: Stays) -> bytes:
    """Return a part's XML without the numbers from which something must go; texts are as they were."""
    data = _FORMULA.sub(lambda match: match[1] + _formula_without(match[2], stays) + match[3], data)
    data = _CACHE.sub(
        lambda cache: _POINT.sub(lambda one: b"" if _goes(one["value"], stays) else one[0], cache[0]), data
    )
    return _PIVOT.sub(lambda match: match[1] + (b"0" if _goes(match[2], stays) else match[2]), data)


def erase_around_numbers(data: bytes, stays: Stays, erase: Callable[[bytes], bytes]) -> bytes:
    """Return a part's XML with its texts as `erase` leaves them, and no cell's number turned into a text."""
    pieces, end = [], 0
    for match in _CELL.finditer(data):
        kind = _TYPE.search(match["said"])
        if kind is not None and kind[1] not in _NO_TEXT:
            continue
        cell = match[0]
        if kind is None or kind[1] == b"n":
            cell = _VALUE.sub(lambda value: b"" if _goes(value["value"], stays) else value[0], cell)
        pieces += [erase(data[end : match.start()]), _with_formula(cell, erase)]
        end = match.end()
    return b"".join([*pieces, erase(data[end:])])


def _with_formula(cell: bytes, erase: Callable[[bytes], bytes]) -> bytes:
    """Return a cell whose formula's texts are as `erase` leaves them."""
    return _FORMULA.sub(lambda match: match[1] + erase(b">" + match[2] + b"<")[1:-1] + match[3], cell)


def _goes(raw: bytes, stays: Stays) -> bool:
    """Return whether nothing may stay of a number, however it is written."""
    try:
        number = float(raw)
    except ValueError:
        return False
    text = str(int(number)) if number.is_integer() else raw.strip().decode("ascii", "replace")
    kept = stays(text)
    return kept != text and not any(sign.isdigit() for sign in kept)


def _formula_without(raw: bytes, stays: Stays) -> bytes:
    text = raw.decode("utf-8", "surrogateescape")

    def literal(match: re.Match[str]) -> str:
        return "0" if match[1] and _goes(match[1].encode(), stays) else match[0]

    return _LITERAL.sub(literal, text).encode("utf-8", "surrogateescape")

"""Text as people type it: what is tidied silently, and what a number or a code must first be stripped of.

`tidy` is for words: it changes nothing that anybody can see. `narrow` is for everything that has a grammar:
it turns what Chinese input methods produce (full-width digits and punctuation, ideographic spaces) into the
plain characters that the grammars are written in. It does not use NFKC, which would read ``5²`` as 52.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING

from crmbook.base import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_CELL_TEXT = 32_767
"""UTF-16 units that one cell holds (Excel specifications and limits)."""

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys((0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x09), " ")
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE63), "-")
_NARROW = _WIDE | _SPACES | _DASHES | {0xFFE5: "¥", 0x066A: "%", 0xFE6A: "%"}
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# What XML 1.0 cannot carry: a cell cannot hold it either.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_EDGES = " \t\n\u00a0\u3000\u200b\ufeff\u0085\u2028\u2029"
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\u0085")
_TRAILING = re.compile(r"(?<![ \t\u00a0\u3000])[ \t\u00a0\u3000]++(?=\n)")


def tidy(text: str) -> str:
    """Return `text` in NFC, with one kind of line end and no invisible edges; the same words to the eye."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    previous = None
    # Taking a character away can let its neighbours compose, so go on until nothing moves.
    while text != previous:
        previous = text
        text = _ILLEGAL.sub("", unicodedata.normalize("NFC", _LINE_END.sub("\n", text)))
        text = _TRAILING.sub("", text).strip(_EDGES)
    return text


def is_blank(text: str) -> bool:
    """Return whether nothing in `text` can be seen: a cell that holds spaces alone is a blank one."""
    return not text[:1].isalnum() and not _INVISIBLE.sub("", text).strip()


def is_too_long(text: str) -> bool:
    """Return whether no cell holds all of `text`."""
    return len(text) > MAX_CELL_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > MAX_CELL_TEXT


def cut_short(text: str, length: int) -> str:
    """Return a text of at most so many characters; the last of one that was longer is ``…``."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def cut_to_cell(text: str, ending: str) -> str:
    """Return `text` as far as a cell holds it together with `ending`, and that; whole where a cell holds it whole."""
    if not is_too_long(text):
        return text
    room = 2 * (MAX_CELL_TEXT - len(ending.encode("utf-16-le")) // 2)
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + ending


def narrow(text: str) -> str:
    """Return `text` as the grammars want it: plain width, plain dashes and spaces, nothing invisible."""
    if text.isascii():
        return text.strip()
    return _INVISIBLE.sub("", text).translate(_NARROW).strip()


def whole_number_text(number: float) -> str:
    """Return a number as it was typed: ``1001.0`` → ``"1001"``, ``1.5`` → ``"1.5"``, in the digits that a cell keeps."""
    return str(int(number)) if number == int(number) else repr(rounded(float(number)))


def spell_all(values: Sequence[object] | None) -> tuple[str, ...] | None:
    """Return what cells show, as texts; None where there are no cells."""
    return None if values is None else tuple(spell(value) for value in values)


def spell(raw: object) -> str:
    """Return what a cell shows, as text: a day as ``2023-01-05``, a whole number without ``.0``."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, (int, float)) and abs(raw) < 1e15:
        return whole_number_text(raw)
    if isinstance(raw, dt.datetime):
        return raw.isoformat(sep=" ", timespec="auto")
    return str(raw)

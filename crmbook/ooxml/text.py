"""Text as cells hold it: what may be stored, and how what XML cannot carry is written.

A character that XML does not allow, and a carriage return, is written ``_xHHHH_`` (ISO/IEC 29500-1, 22.9.2.19
ST_Xstring); a text that happens to look like that has its underscore written ``_x005F_``. Lone surrogates and
the two non-characters U+FFFE and U+FFFF have no spelling at all. A cell holds 32,767 UTF-16 units.
"""

from __future__ import annotations

import re

from crmbook.ooxml.errors import EditError
from crmbook.ooxml.xml import escape

MAX_UNITS = 32_767
_WRITTEN = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NEEDS = re.compile("[\x01-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")
_IMPOSSIBLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
_EDGE = re.compile(r"\A[ \t\n\r]|[ \t\n\r]\Z|\n|\t|  ")


def decode(text: str) -> str:
    """Return what a stored text stands for."""
    if "_x" not in text:
        return text
    text = _WRITTEN.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def encode(text: str) -> str:
    """Return how `text` is stored."""
    return _NEEDS.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def check(text: str) -> str:
    """Return `text` if a cell can hold it.

    Raises
    ------
    EditError
        ``ooxml.illegal-character`` or ``ooxml.text-too-long``.
    """
    bad = _IMPOSSIBLE.search(text)
    if bad:
        raise EditError("ooxml.illegal-character", character=f"U+{ord(bad[0]):04X}", position=bad.start() + 1)
    if len(text) > MAX_UNITS // 2:
        units = len(text) + sum(character > "\uffff" for character in text)
        if units > MAX_UNITS:
            raise EditError("ooxml.text-too-long", units=units, limit=MAX_UNITS)
    return text


def element(text: str) -> bytes:
    """Return the ``<t>`` element that holds `text`."""
    space = b' xml:space="preserve"' if _EDGE.search(text) else b""
    return b"<t" + space + b">" + escape(encode(text)) + b"</t>"

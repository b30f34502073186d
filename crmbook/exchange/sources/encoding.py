"""From bytes to text: the encoding is the one that a byte order mark names, else the first that fits without a fault.

Strict UTF-8 comes before GB18030, which nearly any bytes fit: what it makes of another encoding is characters that
nobody writes. Only then charset-normalizer is asked.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

from crmbook.exchange.sources.errors import SourceError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 200_000
_PLAUSIBLE: Final = 0.7
"""Share of characters beyond ASCII that the 6,763 everyday characters of GB 2312 must make up in a Chinese text."""
_ENDS_EARLY: Final = frozenset({"unexpected end of data", "incomplete multibyte sequence", "truncated data"})
_FAULT: Final = "\ufffd"
_SOUND: Final = 20
"""A text holds so many characters beyond ASCII for each fault in it; in another encoding, faults are as many."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and its encoding.

    Attributes
    ----------
    is_cut
        Whether its last character was cut in the middle; that one is left out.
    bad_lines
        Lines with bytes that are in no encoding; ``�`` stands for them.
    """

    text: str
    encoding: str
    is_cut: bool = False
    bad_lines: tuple[int, ...] = ()


def decode(data: bytes, encoding: str = "") -> Decoded:
    """Return the text in `data`.

    Parameters
    ----------
    encoding
        The one that a person named; empty to find it out.

    Raises
    ------
    SourceError
        ``import.unknown-encoding`` if no encoding of that name is known, ``import.not-in-encoding`` if the bytes are
        not in it, ``import.no-encoding`` if none fits.
    """
    if encoding:
        return _as_named(data, encoding)
    for mark, name in _MARKS:
        if data.startswith(mark):
            while data.startswith(mark):  # a program that adds a mark to a file that has one
                data = data[len(mark) :]
            found = _strictly(data, name)
            if found is None:
                raise SourceError("import.not-in-encoding", encoding=name)
            return found
    wide = _wide(data)
    if wide and (found := _strictly(data, wide)):
        return found
    found = _strictly(data, "utf-8")
    if found is None:
        found = _strictly(data, "gb18030")
        if found is None or not _is_chinese(found.text):
            found = _with_faults(data) or _guessed(data) or found
    if found is None:
        raise SourceError("import.no-encoding")
    return found


def _as_named(data: bytes, encoding: str) -> Decoded:
    try:
        name = codecs.lookup(encoding).name
        found = _strictly(data, name)
    except (LookupError, ValueError):
        raise SourceError("import.unknown-encoding", encoding=encoding) from None
    if found is None:
        raise SourceError("import.not-in-encoding", encoding=encoding)
    return Decoded(found.text.lstrip("\ufeff"), name, found.is_cut)


def _strictly(data: bytes, encoding: str) -> Decoded | None:
    """Return the text if all of it is in an encoding, but for a last character whose end is missing."""
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        whole, reason = data[: error.start], error.reason
    if reason not in _ENDS_EARLY or not whole or (encoding == "utf-8" and whole.isascii()):
        return None
    return Decoded(whole.decode(encoding), encoding, is_cut=True)


def _wide(data: bytes) -> str:
    """Return which UTF-16 a text without a mark is in: the zeros of its commas and line ends are on one side."""
    sample = data[:_SAMPLE]
    high, low = sample[1::2].count(0), sample[::2].count(0)
    if max(high, low) * 20 < len(sample) or min(high, low) * 10 > max(high, low):
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _is_chinese(text: str) -> bool:
    """Return whether a text read as GB18030 consists of characters that people write."""
    others = [sign for sign in text[:_SAMPLE] if sign > "\x7f"]
    if not others:
        return True
    written = len("".join(others).encode("gb2312", "ignore")) / 2
    return written / len(others) >= _PLAUSIBLE


def _with_faults(data: bytes) -> Decoded | None:
    """Return a text that is in UTF-8 or GB18030 but for a few bytes."""
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "replace")
        faults = text.count(_FAULT)
        good = sum(sign > "\x7f" for sign in text) - faults
        if 0 < faults * _SOUND <= good and (encoding == "utf-8" or _is_chinese(text.replace(_FAULT, ""))):
            lines = tuple(at for at, line in enumerate(text.split("\n"), 1) if _FAULT in line)
            return Decoded(text, encoding, bad_lines=lines)
    return None


def _guessed(data: bytes) -> Decoded | None:
    best = from_bytes(data[:_SAMPLE]).best()
    return _strictly(data, best.encoding) if best is not None else None

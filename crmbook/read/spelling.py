"""Formulas as two programs spell them: LibreOffice bares sheet names and writes truth values as numbers."""

from __future__ import annotations

import re
from typing import Final

_STRINGS: Final = re.compile(r'("(?:[^"]|"")*")')
_QUOTED_SHEET: Final = re.compile(r"(?<!')'((?:[^']|'')++)'!")
_TRUTH: Final = re.compile(r"\b(TRUE|FALSE)\b(?:\(\))?", re.IGNORECASE)
_CELLS: Final = re.compile(
    r"(?:(?<![\w.])[\w.]++!)?\$?[A-Z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?(?![\w(])"
)
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")


def plain(formula: str) -> str:
    """Return a formula in the one spelling in which formulas are compared."""
    if _NUMBER.fullmatch(formula):
        return repr(float(formula))
    pieces = _STRINGS.split(formula)
    pieces[::2] = [_outside_strings(piece) for piece in pieces[::2]]
    return "".join(pieces)


def _outside_strings(piece: str) -> str:
    piece = _QUOTED_SHEET.sub(r"\1!", "".join(piece.split()))
    return _TRUTH.sub(lambda found: "1" if found[1].upper() == "TRUE" else "0", piece)


def shape(formula: str) -> str:
    """Return a formula without the cells it refers to: moved by whatever, it keeps its shape."""
    pieces = _STRINGS.split(plain(formula))
    pieces[::2] = [_CELLS.sub("§", piece) for piece in pieces[::2]]
    return "".join(pieces)

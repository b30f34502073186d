"""Lines no wider than a window, broken between words.

Chinese has no blanks to break a line at: a line breaks between any two of its characters, but never before a sign that
closes or behind one that opens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator

NARROWEST: Final = 40
"""Columns that a line has at least, however narrow the window says that it is."""
_SET_IN: Final = 4
"""Blanks before the further lines of a text."""
_CLOSING: Final = "，。；：、！？）」』》”’…—,.;:!?)]}"
_OPENING: Final = "（「『《“‘([{"
_PIECES: Final = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|\s+"
)


def wrapped(text: str, width: int, first: int | None = None) -> list[str]:
    """Return the lines of a text, none wider than `width` columns unless a single word is; the first line may have others."""
    lines: list[str] = []
    line = ""
    for unit in _iter_units(text):
        room = width if lines or first is None else first
        if line.strip() and cell_len(line) + cell_len(unit.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += unit if line else unit.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def fitted(text: str, width: int) -> str:
    """Return a text in lines of at most `width` columns; of each line that is too long all but the first part is set in."""
    return "\n".join(_fitted_line(line, max(NARROWEST, width)) for line in text.split("\n"))


def _fitted_line(line: str, width: int) -> str:
    if cell_len(line) <= width:
        return line
    lead = " " * (len(line) - len(line.lstrip()))
    room = width - len(lead)
    first, *rest = wrapped(line.lstrip(), room - _SET_IN, room)
    return "\n".join([lead + first, *(f"{lead}{' ' * _SET_IN}{part}" for part in rest)])


def _iter_units(text: str) -> Iterator[str]:
    """Yield what stays together on a line: a word, or a character with the signs that belong to it."""
    unit = ""
    for piece in _PIECES.findall(text):
        if unit and not (piece[0] in _CLOSING or piece.isspace() or unit[-1] in _OPENING):
            yield unit
            unit = ""
        unit += piece
    if unit:
        yield unit

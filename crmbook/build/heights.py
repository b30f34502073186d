"""Heights of a table's rows: as many lines as the longest of their texts fills.

Excel makes room for a text that wraps as it opens a file; LibreOffice does not, and there one text lies over the next.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.build.page import ROW_LINE
from crmbook.build.tablesheet import WIDE, column_width

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.schema import Book, Table

EDGES: Final = 1.5
"""Characters of a column that are its edges and the indent."""
LETTER: Final = 0.85
"""Room of a letter of English words as they come, that of a digit being 1, in the widest of usual fonts."""
_WORD: Final = re.compile(rf"[^\s{chr(WIDE + 1)}-\U0010ffff]+\s*|\S\s*")
"""What is kept whole in a line: a word, beside Chinese characters too, or one of these."""
MOST_LINES: Final = 27  # no row may be higher than 409 points


def row_heights(book: Book, table: Table, frame: pd.DataFrame) -> list[float | None]:
    """Return the height of each row in points, None for that of every row; nothing where all are alike."""
    lines = [1] * len(frame)
    for name, field in table.fields.items():
        if not field.traits.wrap or field.hidden or name not in frame:
            continue
        width = column_width(field, book) - EDGES
        for row, text in enumerate(frame[name]):
            if isinstance(text, str):
                lines[row] = max(lines[row], wrapped_lines(text, width))
    return [height_of(count) for count in lines] if max(lines, default=1) > 1 else []


def wrapped_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of `width` characters, its words kept whole."""
    return sum(_lines(line, width) for line in text.splitlines() or [""])


def _lines(line: str, width: float) -> int:
    lines, filled = 1, 0.0
    for word in _WORD.findall(line):
        room = _room(word.rstrip())
        if filled and filled + room > width:
            lines, filled = lines + 1, 0.0
        filled += room
        while filled > width > 0 and len(word) > 1:  # what is longer than a line breaks anywhere
            lines, filled = lines + 1, filled - width
        filled += LETTER * (len(word) - len(word.rstrip()))
    return lines


def _room(word: str) -> float:
    return sum(2.0 if ord(sign) > WIDE else LETTER for sign in word)


def height_of(lines: int) -> float | None:
    """Return how high a row of so many lines is, in points; None where it is as high as every other."""
    return ROW_LINE * min(lines, MOST_LINES) if lines > 1 else None

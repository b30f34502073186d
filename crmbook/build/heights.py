"""Heights of a table's rows: as many lines as the longest of their texts fills.

Excel makes room for a text that wraps as it opens a file; LibreOffice does not, and there one text lies over the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.build.page import ROW_LINE, lines_of
from crmbook.build.tablesheet import column_width

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.schema import Book, Table

EDGES: Final = 2
"""Characters of a column that are its edges and the indent."""
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
                lines[row] = max(lines[row], lines_of(text, width))
    return [height_of(count) for count in lines] if max(lines, default=1) > 1 else []


def height_of(lines: int) -> float | None:
    """Return how high a row of so many lines is, in points; None where it is as high as every other."""
    return ROW_LINE * min(lines, MOST_LINES) if lines > 1 else None

"""Heights of the rows of 校验问题, 冲突处理, 疑似重复 and 批量操作: as many lines as their sentences fill.

A text that wraps has room in Excel, which makes it as it opens a file; LibreOffice shows the first line of it only.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from crmbook.build import BULK, CONFLICTS, DUPLICATES, lines_of
from crmbook.ooxml import column_width, parse_cell
from crmbook.read import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.base import Change
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Table

LINE: Final = 15.0
"""Points of one line, which is how high a row is by itself."""
EDGES: Final = 2
"""Characters of a column that are its edges and the indent."""


def fit_lists(book: Book, snapshot: Snapshot, package: Package, changes: Sequence[Change]) -> None:
    """Give the rows of the lists of issues, conflicts, pairs and edits in bulk whose texts are written anew the heights that these take.

    Parameters
    ----------
    changes
        What is being written into the workbook, on other sheets too.
    """
    for name in (LIST, CONFLICTS, DUPLICATES, BULK):
        found = snapshot.tables.get(name)
        if found is not None:
            _fit(book.tables[name], found, package, changes)


def _fit(table: Table, found: TableSnapshot, package: Package, changes: Iterable[Change]) -> None:
    columns = {
        place.index + 1: _width(package, found.sheet, place.index + 1)
        for name, place in found.columns.items()
        if table.fields[name].traits.wrap
    }
    written: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for change in changes:
        row, column = parse_cell(change.ref)
        if change.sheet == found.sheet and row > found.header_row:
            written[row][column] = str(change.value or "")
    sheet = package.sheet(found.sheet)
    for cell in sheet.cells(written, set(columns)):
        written[cell.row].setdefault(cell.column, str(cell.value or ""))
    for row, texts in written.items():
        lines = max((lines_of(texts.get(column, ""), width) for column, width in columns.items()), default=1)
        sheet.set_height(row, LINE * lines if lines > 1 else None)


def _width(package: Package, sheet: str, column: int) -> float:
    """Return how many characters of text a column holds."""
    width = column_width(package.sheet(sheet), column)
    return EDGES * LINE if width is None else width - EDGES

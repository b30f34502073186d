"""Heights of the rows in which sync writes: as many lines as their texts fill, see `crmbook.build.heights`.

Those of 校验问题, 冲突处理, 疑似重复 and 批量操作 are crmbook's alone. In other tables people may have made rows higher, or have texts of their
own there, so that a row is raised, and lowered only where it is as high as what stood in it until now: when its issue is solved.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from crmbook.build import (
    BULK,
    CONFLICTS,
    DUPLICATES,
    EDGES,
    MOST_LINES,
    ROW_LINE,
    height_of,
    lines_of,
    wrapped_lines,
)
from crmbook.ooxml import Area, column_width, parse_cell
from crmbook.read import LIST, target_of
from crmbook.schema import line_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crmbook.base import Change
    from crmbook.ooxml import Package, Sheet
    from crmbook.read import FoundColumn, Snapshot, TableSnapshot
    from crmbook.schema import Book, Table

_OURS: Final = frozenset({LIST, CONFLICTS, DUPLICATES, BULK})
_UNKNOWN: Final = 30.0
_OUR_LINES: Final = tuple(ROW_LINE * lines for lines in range(2, MOST_LINES + 1))
"""The heights that build gives to the lines above lists."""


def fit_rows(book: Book, snapshot: Snapshot, package: Package, changes: Sequence[Change]) -> None:
    """Give the rows whose texts are written anew the heights that these take.

    Parameters
    ----------
    changes
        What is being written into the workbook, on other sheets too.
    """
    written: defaultdict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for change in changes:
        written[change.sheet][parse_cell(change.ref)] = str(change.value or "")
    for name, found in snapshot.tables.items():
        if name in _OURS or book.sheet_of(name).page is None:
            _fit(book.tables[name], found, package, written.get(found.sheet, {}))
    names = {line_name(page) for page in book.pages}
    for defined in package.defined_names:
        target = target_of(defined) if defined.name in names else None
        if target and target[1:] in written.get(target[0], {}):
            _fit_line(package.sheet(target[0]), target[1:], written[target[0]][target[1:]])


def _fit_line(sheet: Sheet, cell: tuple[int, int], text: str) -> None:
    """Give the line above a list the height that it takes; one that is in a single cell runs out over the next."""
    row, column = cell
    for area in sheet.merged(Area(row, column, row, column)):
        width = sum(column_width(sheet, one) or 0 for one in range(area.left, area.right + 1))
        sheet.set_height(row, height_of(lines_of(text, width)), _OUR_LINES)


def _fit(
    table: Table, found: TableSnapshot, package: Package, written: Mapping[tuple[int, int], str]
) -> None:
    wrapping = [one for name, one in found.columns.items() if table.fields[name].traits.wrap]
    columns = _widths(package, found.sheet, [*wrapping, *([found.issues] if found.issues else [])])
    is_ours = table.name in _OURS
    texts: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in written.items():
        if row > found.header_row and (is_ours or column in columns):
            texts[row][column] = text
    if not texts:
        return
    sheet, own = package.sheet(found.sheet), _widths(package, found.sheet, found.custom.values())
    stood: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for cell in sheet.cells(texts, columns.keys() | own.keys()):
        stood[cell.row][cell.column] = str(cell.value or "")
    count = _most_lines if is_ours else wrapped_lines
    for row, here in texts.items():
        lines, before = (_lines(one, columns, count) for one in (stood[row] | here, stood[row]))
        if is_ours:
            sheet.set_height(row, height_of(lines))
            continue
        if lines < before:  # whether people's own texts wrap is not known: what they may need, they keep
            lines = max(lines, _lines(stood[row], own, count))
        sheet.set_height(row, height_of(lines), only_raise=True, before=height_of(before))


def _most_lines(text: str, width: float) -> int:
    """Return how many lines a text takes in our own lists, which nobody makes higher: rather one too many."""
    return max(wrapped_lines(text, width), lines_of(text, width))


def _lines(texts: Mapping[int, str], columns: Mapping[int, float], count: Callable[[str, float], int]) -> int:
    """Return how many lines a row's longest text fills."""
    return max((count(texts.get(column, ""), width) for column, width in columns.items()), default=1)


def _widths(package: Package, sheet: str, columns: Iterable[FoundColumn]) -> dict[int, float]:
    """Return how many characters of text each column holds, by number; of one that says nothing of its width, much."""
    widths = {one.index + 1: column_width(package.sheet(sheet), one.index + 1) for one in columns}
    return {column: _UNKNOWN if width is None else width - EDGES for column, width in widths.items()}

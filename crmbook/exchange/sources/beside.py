"""Lists that are beside each other on one sheet: each becomes a sheet of its own, whose other columns are blank.

::

    姓名 电话 | 姓名 电话          the headers once more: a list laid out in two columns to print it
    姓名 电话 |   | 订单号 金额    a blank column, and a list of other rows behind it

A blank column alone parts nothing: people leave one within a list, too. What is behind it is another list where it
bears the first headers again, has a title of its own as the first one has, or ends in another row, with no gap before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.exchange.sources.headers import find_headers, headers_at, reads_as_labels
from crmbook.ooxml import letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.exchange.sources.headers import Headers
    from crmbook.exchange.sources.raw import RawSheet

_FEWEST: Final = 2
"""Columns of a list."""
_CERTAIN: Final = 0.6
"""Share of the headers behind a blank column that must be words of headers."""


def part_lists(sheet: RawSheet, header_row: int | None) -> list[RawSheet]:
    """Return the lists that are beside each other on a sheet, titled by their first columns; mostly the sheet itself.

    Parameters
    ----------
    sheet
        Cleaned: None for a blank.
    header_row
        See `SourceLayout`.
    """
    starts = _starts(sheet, header_row)
    if len(starts) < 2:
        return [sheet]
    ends = [*starts[1:], len(sheet.columns)]
    return [_part(sheet, left, right) for left, right in zip(starts, ends, strict=True)]


def _part(sheet: RawSheet, left: int, right: int) -> RawSheet:
    """Return a sheet with the columns of one list; they stay where they are, so that cells are named as people see them."""
    blank = [None] * sheet.height
    inside = range(left, right)
    return replace(
        sheet,
        title=f"{sheet.title} ({letters(left + 1)})",
        columns=[column if at in inside else list(blank) for at, column in enumerate(sheet.columns[:right])],
        merged=[area for area in sheet.merged if area[1] in inside],
        unreadable={position: one for position, one in sheet.unreadable.items() if position[1] - 1 in inside},
    )


def _starts(sheet: RawSheet, header_row: int | None) -> list[int]:
    """Return the columns, 0-based, with which a list begins."""
    if sheet.names is not None or header_row == 0 or len(sheet.columns) < 2 * _FEWEST:
        return [0]
    headers = headers_at(sheet, header_row - 1) if header_row else find_headers(sheet)
    if headers is None:
        return [0]
    names = [_last(name) for name in headers.names]
    for width in range(_FEWEST, len(names) // 2 + 1):
        if len(names) % width == 0 and all(names[:width]) and names == names[:width] * (len(names) // width):
            return list(range(0, len(names), width))
    starts = [0]
    for gap in _gaps(sheet):
        if _is_another(sheet, headers, names, starts[-1], gap):
            starts.append(gap + 1)
    return starts


def _last(name: str) -> str:
    """Return a header without the title above it."""
    return name.rpartition("/")[2]


def _gaps(sheet: RawSheet) -> Iterator[int]:
    """Yield the last column of each run of blank ones between others."""
    are_blank = [all(cell is None for cell in column) for column in sheet.columns]
    first = next((at for at, is_blank in enumerate(are_blank) if not is_blank), len(are_blank))
    for at in range(first + 1, len(are_blank) - 1):
        if are_blank[at] and not are_blank[at + 1]:
            yield at


def _is_another(sheet: RawSheet, headers: Headers, names: Sequence[str], left: int, gap: int) -> bool:
    """Return whether what is behind a blank column is a list of its own."""
    before = [at for at in range(left, gap) if names[at]]
    behind = [at for at in range(gap + 1, len(names)) if names[at]]
    if len(before) < _FEWEST or len(behind) < _FEWEST:
        return False
    again = [names[at] for at in behind[: len(before)]]
    if [names[at] for at in before][: len(again)] == again:
        return True
    if not reads_as_labels([names[at] for at in behind], _CERTAIN):
        return False
    ends = _end(sheet, headers.bottom, before[0]), _end(sheet, headers.bottom, behind[0])
    if None in ends:
        return False
    return ends[0] != ends[1] or _have_titles(sheet, headers, before[0], behind[0])


def _end(sheet: RawSheet, first: int, column: int) -> int | None:
    """Return the row after the last filled one of a column; None where a blank precedes it, or nothing."""
    cells = sheet.columns[column]
    end = next((row for row in range(len(cells), first, -1) if cells[row - 1] is not None), first)
    return end if end > first and all(cell is not None for cell in cells[first:end]) else None


def _have_titles(sheet: RawSheet, headers: Headers, *columns: int) -> bool:
    """Return whether a title is above each of several columns, and nothing else in its row."""
    above = [sheet.row(row) for row in range(headers.bottom - 1)]
    return any(
        all(row[column] is not None for column in columns)
        and sum(cell is not None for cell in row) == len(columns)
        for row in above
    )

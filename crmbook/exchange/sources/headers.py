"""Where the headers of a list stand, and what they are: below titles, in one row or in several with merged cells."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from crmbook.ooxml import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.exchange.sources.raw import RawSheet

_DEEPEST: Final = 60
"""Rows in which the headers are looked for."""
_SAMPLE: Final = 200
_FULL: Final = 0.6
"""Share of the cells of a usual row that a row of headers fills."""
_LEVELS: Final = 3
_LONGEST: Final = 40
_DATA: Final = re.compile(
    r"[\d\s+\-()（）]{7,}|\S+[@＠]\S+|(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}.*|[一-龥]{0,3}1[3-9]\d{9}"
)
_NUMBER: Final = re.compile(r"[¥￥$€+-]?\d[\d,.]*\s*[%元万]?")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_TITLE: Final = re.compile(r".*[^\s:：][:：]\s*\S")
_LINE: Final = re.compile(r"\s*\n\s*")
_WIDE: Final = re.compile(r"(?<=[\u2e80-\uffef])\n|\n(?=[\u2e80-\uffef])")


@dataclass(frozen=True, slots=True)
class Headers:
    """The rows of headers, 0-based from `top` to before `bottom`, and the name of each column ("" for none)."""

    top: int
    bottom: int
    names: tuple[str, ...]


def find_headers(sheet: RawSheet) -> Headers | None:
    """Return where the headers stand; None where the list begins with a record."""
    rows = [sheet.row(index) for index in range(min(sheet.height, _SAMPLE))]
    counts = [sum(cell is not None for cell in row) for row in rows]
    usual = median([count for count in counts if count] or [0])
    least = max(min(2, usual), _FULL * usual)
    for index, row in enumerate(rows[:_DEEPEST]):
        if counts[index] < least:
            continue
        if _is_label_row(row):
            return _block(sheet, index)
        if any(map(_is_data, row)):
            return None
    return None


def headers_at(sheet: RawSheet, row: int) -> Headers:
    """Return the headers in the row that a person named, 0-based, with the row below where that belongs to them."""
    return _block(sheet, row, is_named=True)


def unique(names: Sequence[str], filled: Sequence[bool]) -> tuple[str, ...]:
    """Return the headers of columns, each once; of a column without one but with cells its letter, else empty."""
    taken = {name for name in names if name}
    seen: set[str] = set()
    found: list[str] = []
    for number, (name, has_cells) in enumerate(zip(names, filled, strict=True), 1):
        own = name or (f"列 {letters(number)}" if has_cells else "")
        header, count = own, 1
        while header and (header in seen or (count > 1 and header in taken)):
            count += 1
            header = f"{own} {count}"
        seen.add(header)
        found.append(header)
    return tuple(found)


def _is_label_row(row: Sequence[Any]) -> bool:
    filled = [cell for cell in row if cell is not None]
    if not filled or any(map(_is_data, filled)) or any(_is_title(cell) for cell in filled):
        return False
    numbers = sum(map(_is_number, filled))
    return numbers * 3 <= len(filled) and all(len(str(cell)) <= _LONGEST for cell in filled)


def _is_data(cell: Any) -> bool:
    """Return whether a cell can only be part of a record: a telephone, an address of mail, a day."""
    if cell is None or cell.__class__ is bool:
        return False
    if cell.__class__ in {float, int}:
        return bool(abs(cell) >= 1e6)
    return isinstance(cell, dt.date) or (cell.__class__ is str and _DATA.fullmatch(cell.strip()) is not None)


def _is_number(cell: Any) -> bool:
    text = f"{cell:g}" if cell.__class__ is float else str(cell).strip()
    return bool(_NUMBER.fullmatch(text)) and not _YEAR.fullmatch(text)


def _is_title(cell: Any) -> bool:
    return cell.__class__ is str and _TITLE.match(cell) is not None


def _block(sheet: RawSheet, top: int, *, is_named: bool = False) -> Headers:
    """Return the headers whose first full row is `top`: with a row of groups above, and rows below that go on."""
    bottom = top + 1
    first = top
    if not is_named and top and _is_group_row(sheet, top - 1, top):
        first = top - 1
    while bottom - first < _LEVELS and bottom < sheet.height and _goes_on(sheet, bottom - 1, bottom):
        bottom += 1
    return Headers(first, bottom, tuple(_names(sheet, first, bottom)))


def _is_group_row(sheet: RawSheet, row: int, below: int) -> bool:
    """Return whether a sparse row above the headers names groups of them, and is no title."""
    cells = sheet.row(row)
    filled = [at for at, cell in enumerate(cells) if cell is not None]
    if not filled or not _is_label_row(cells):
        return False
    under = sheet.row(below)
    wide = [area for area in sheet.merged if area[0] == row == area[2]]
    if sheet.knows_merged:
        whole = sum(cell is not None for cell in under)
        return any(right - left + 1 < whole and right > left for _, left, _, right in wide)
    return len(filled) > 1 and all(under[at] is not None for at in filled)


def _goes_on(sheet: RawSheet, row: int, below: int) -> bool:
    """Return whether the headers in `row` go on in the row below: under merged cells, or where blanks are filled."""
    upper, lower = sheet.row(row), sheet.row(below)
    if not _is_label_row(lower):
        return False
    if sheet.knows_merged:
        return any(
            area[0] <= row <= area[2] and area[3] > area[1] and area[2] < below
            and any(lower[area[1] : area[3] + 1]) and any(upper[area[1] : area[3] + 1])
            for area in sheet.merged
        ) or any(area[0] <= row < below <= area[2] for area in sheet.merged)  # fmt: skip
    blanks = [at for at, cell in enumerate(upper) if cell is None and any(upper[:at])]
    if not blanks or not all(lower[at] is not None for at in blanks if _is_used(sheet, at, below)):
        return False
    stands_alone = any(up is not None and low is None for up, low in zip(upper, lower, strict=True))
    return stands_alone or any(
        sum(map(_is_data, column[below + 1 : below + 21])) * 2 > len(column[below + 1 : below + 21])
        for at, column in enumerate(sheet.columns)
        if lower[at] is not None
    )


def _is_used(sheet: RawSheet, column: int, row: int) -> bool:
    return any(cell is not None for cell in sheet.columns[column][row : row + _SAMPLE])


def _names(sheet: RawSheet, first: int, bottom: int) -> list[str]:
    """Return the name of each column: the labels above each other, each once, parted by a slash."""
    levels = [_filled_right(sheet, row, bottom) for row in range(first, bottom)]
    names = []
    for labels in zip(*levels, strict=True):
        parts: list[str] = []
        for label in labels:
            if label and label not in parts[-1:]:
                parts.append(label)
        names.append("/".join(parts))
    return names


def _filled_right(sheet: RawSheet, row: int, bottom: int) -> list[str]:
    """Return the labels of a row, those of groups in all of their columns."""
    labels = [label(cell) for cell in sheet.row(row)]
    for top, left, _, right in sheet.merged:
        if top == row:
            labels[left : right + 1] = [labels[left]] * (min(right + 1, len(labels)) - left)
    if sheet.knows_merged or row + 1 >= bottom:
        return labels
    below = [label(cell) for cell in sheet.row(row + 1)]
    for at in range(1, len(labels)):
        if not labels[at] and below[at] and below[at - 1]:
            labels[at] = labels[at - 1]
    return labels


def label(cell: Any) -> str:
    """Return a cell as a header: on one line, whole numbers without a point."""
    if cell is None:
        return ""
    text = f"{cell:g}" if cell.__class__ is float else str(cell)
    text = _LINE.sub("\n", text.strip())
    return _WIDE.sub("", text).replace("\n", " ")

"""Where the headers of a list are, and what they are: below titles, in one row or in several with merged cells."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from crmbook.ooxml import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.exchange.sources.raw import RawSheet

_DEEPEST: Final = 60
"""Rows in which the headers are looked for."""
_SAMPLE: Final = 200
_FULL: Final = 0.6
"""Share of the cells of a usual row that a row of headers fills."""
_LEVELS: Final = 3
_LONGEST: Final = 40
_DATA: Final = re.compile(
    r"[\d\s+\-()（）.,]{7,}|\S+[@＠]\S+|(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}.*|[一-龥]{0,3}1[3-9]\d{9}"
)
_NUMBER: Final = re.compile(r"[¥￥$€+-]?\d[\d,.]*\s*[%元万]?")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_TITLE: Final = re.compile(r".*[^\s:：][:：]\s*\S")
_WORDS: Final = re.compile(
    "姓名|名称|称呼|联系|电话|手机|座机|传真|邮箱|邮件|邮编|地址|性别|年龄|生日|日期|时间|等级|级别|类型|类别|分类|状态|负责|业务|"
    "金额|数量|单价|价格|合计|编号|序号|代码|备注|说明|公司|单位|部门|职位|职务|行业|地区|区域|省份|城市|来源|渠道|产品|商品|品名|"
    "订单|单号|付款|支付|账号|微信|QQ|网址|电邮|姓氏|名字|編號|電話|"
    r"\b(?:id|no|code|name|phone|tel|mobile|fax|e-?mail|mail|address|city|region|country|company|title|date|time|type|"
    r"status|level|owner|source|amount|price|quantity|qty|notes?|remarks?|total|product|order)\b",
    re.IGNORECASE,
)
"""Words that headers consist of; asked for only where rows below the first may be headers as well."""
_FEWEST_LABELS: Final = 3
_SHORT: Final = 12
"""The first column of a list that lies on its side: as many headers at the least, and none longer."""
_WIDE: Final = re.compile(r"(?<=[\u2e80-\uffef])\n|\n(?=[\u2e80-\uffef])")


@dataclass(frozen=True, slots=True)
class Headers:
    """The rows of headers, 0-based from `top` to before `bottom`, and the name of each column ("" for none)."""

    top: int
    bottom: int
    names: tuple[str, ...]


def find_headers(sheet: RawSheet) -> Headers | None:
    """Return where the headers are; None where the list begins with a record."""
    rows = [sheet.row(index) for index in range(min(sheet.height, _SAMPLE))]
    counts = [sum(cell is not None for cell in row) for row in rows]
    usual = usual_count(counts)
    least = max(min(2, usual), _FULL * usual)
    for index, row in enumerate(rows[:_DEEPEST]):
        if counts[index] < least:
            continue
        if is_label_row(row):
            return _block(sheet, index)
        if any(map(_is_data, row)):
            return None
    return None


def usual_count(counts: Iterable[int]) -> float:
    """Return how many cells a usual row has; rows of a single cell are prefaces and notes if one in five has more."""
    filled = [count for count in counts if count]
    several = [count for count in filled if count > 1]
    return float(median(several if len(several) * 5 >= len(filled) > 0 else filled or [0]))


def lies_on_its_side(sheet: RawSheet) -> bool:
    """Return whether a list has its headers in the first column and a record in each column behind it.

    The first column holds nothing but different words of headers, and of one of them all cells are telephones, addresses of
    mail or days, which nobody has for headers.
    """
    lines = [cells for row in range(min(sheet.height, _SAMPLE)) if any((cells := sheet.row(row))[1:])]
    words = [cells[0] for cells in lines]
    if len(words) < _FEWEST_LABELS or any(
        word.__class__ is not str or len(word) > _SHORT or _WORDS.search(word) is None for word in words
    ):
        return False
    others = [[cell for cell in cells[1:] if cell is not None] for cells in lines]
    return (
        len(set(words)) == len(words)
        and not reads_as_labels(lines[0][1:])
        and any(all(map(_is_data, cells)) for cells in others)
    )


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


def is_label_row(row: Sequence[Any]) -> bool:
    """Return whether a row may be headers: no part of a record in it, mostly short texts."""
    filled = [cell for cell in row if cell is not None]
    if not filled or any(map(_is_data, filled)):
        return False
    odd = [sum(map(_is_number, filled)) * 3, sum(len(str(cell)) > _LONGEST for cell in filled) * 3]
    titles = sum(map(_is_title, filled))
    return max(odd) <= len(filled) and titles * 2 < len(filled)


def reads_as_labels(row: Sequence[Any], share: float = 0.5) -> bool:
    """Return whether a share of a row's cells are words that headers consist of."""
    filled = [cell for cell in row if cell is not None]
    known = sum(cell.__class__ is str and _WORDS.search(cell) is not None for cell in filled)
    return known >= share * len(filled) > 0


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
    """Return the headers whose first full row is `top`: with rows of groups above, and rows below that go on."""
    bottom = top + 1
    first = top
    while not is_named and first and bottom - first < _LEVELS and _is_group_row(sheet, first - 1, bottom):
        first -= 1
    while bottom - first < _LEVELS and bottom < sheet.height and _goes_on(sheet, bottom - 1, bottom):
        bottom += 1
    return Headers(first, bottom, tuple(_names(sheet, first, bottom)))


def _is_group_row(sheet: RawSheet, row: int, bottom: int) -> bool:
    """Return whether a sparse row above headers, which end before `bottom`, names groups of them, and is no title."""
    cells = sheet.row(row)
    filled = [at for at, cell in enumerate(cells) if cell is not None]
    if not filled or not is_label_row(cells):
        return False
    under = [any(cell is not None for cell in column[row + 1 : bottom]) for column in sheet.columns]
    wide = [area for area in sheet.merged if area[0] == row == area[2]]
    if wide:
        whole = sum(is_named or cell is not None for is_named, cell in zip(under, cells, strict=True))
        return any(right - left + 1 < whole and right > left for _, left, _, right in wide)
    # A header beside the groups has nothing below it but records.
    alone = [at for at in filled if not under[at]]
    are_whole = all(_is_used(sheet, at, bottom) for at in alone)
    return len(filled) > max(1, len(alone)) and are_whole and reads_as_labels(sheet.row(bottom - 1))


def _goes_on(sheet: RawSheet, row: int, below: int) -> bool:
    """Return whether the headers in `row` go on in the row below: under merged cells, or where blanks are filled."""
    upper, lower = sheet.row(row), sheet.row(below)
    if not is_label_row(lower):
        return False
    if any(top <= row < below <= bottom for top, _, bottom, _ in sheet.merged):
        return True
    if not reads_as_labels(lower):
        return False
    if any(top == row == bottom and right > left for top, left, bottom, right in sheet.merged):
        return True
    blanks = [at for at, cell in enumerate(upper) if cell is None and any(upper[:at])]
    return bool(blanks) and all(lower[at] is not None for at in blanks if _is_used(sheet, at, below))


def _is_used(sheet: RawSheet, column: int, row: int) -> bool:
    return any(cell is not None for cell in sheet.columns[column][row : row + _SAMPLE])


def _names(sheet: RawSheet, first: int, bottom: int) -> list[str]:
    """Return the name of each column: the labels above each other, each once, parted by a slash."""
    levels: list[list[str]] = []
    for row in reversed(range(first, bottom)):
        levels.insert(0, _filled_right(sheet, row, levels[0] if levels else None))
    names = []
    for labels in zip(*levels, strict=True):
        parts: list[str] = []
        for label in labels:
            if label and label not in parts[-1:]:
                parts.append(label)
        names.append("/".join(parts))
    return names


def _filled_right(sheet: RawSheet, row: int, below: list[str] | None) -> list[str]:
    """Return the labels of a row, those of groups in all of their columns, which the labels below show."""
    labels = [label(cell) for cell in sheet.row(row)]
    for top, left, _, right in sheet.merged:
        if top == row:
            labels[left : right + 1] = [labels[left]] * (min(right + 1, len(labels)) - left)
    if below is None or any(top <= row <= last for top, _, last, _ in sheet.merged):
        return labels
    for at in range(1, len(labels)):
        if not labels[at] and below[at] and below[at - 1]:
            labels[at] = labels[at - 1]
    return labels


def label(cell: Any) -> str:
    """Return a cell as a header: on one line, whole numbers without a point."""
    if cell is None:
        return ""
    text = f"{cell:g}" if cell.__class__ is float else str(cell)
    text = "\n".join(filter(None, map(str.strip, text.split("\n"))))
    return _WIDE.sub("", text).replace("\n", " ")

"""Which rows below the headers are records: not the totals, the headers once more, or notes below the list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmbook.exchange.sources.headers import is_label_row, label, reads_as_labels, usual_count
from crmbook.exchange.sources.model import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.exchange.sources.model import LeftOutKind
    from crmbook.exchange.sources.raw import RawSheet

    Mask = np.ndarray[Any, np.dtype[np.bool_]]

_MARKS: Final = ("计", "計", "总", "汇", "total")
"""One of these is in every word for totals."""
_TOTAL: Final = re.compile(
    r"(?:[本当全]?[页月日年周季]?度?|累|期末)?(?:合计|小计|总计|共计|总和|汇总|合計|總計|小計)(?:[（(].{0,6}[)）])?|"
    r"(?:grand|sub|page)?[\s-]*totals?",
    re.IGNORECASE,
)
_PART_TOTAL: Final = re.compile(r".+\s(?:汇总|[Tt]otal)|.+\s?(?:小计|合计)")
_NOTE: Final = re.compile(
    r"(?:[（(【\[]?\s*(?:备?注|说明|备注说明|附注|填表说明|制[表单]|审[核批]|打印|导出|数据来源|以上|以下空白|共\s*\d+|第\s*\d+\s*页|"
    r"note|remark|source|exported|generated|page\s+\d)|[※*＊#]|[-=_—]{5,})",
    re.IGNORECASE,
)
_PAGE: Final = re.compile(
    r"[-–—]?\s*第\s*\d+\s*[页頁][\s,，/／]*(?:共\s*\d+\s*[页頁])?\s*[-–—]?|共\s*\d+\s*[页頁][\s,，/／]*第\s*\d+\s*[页頁]|"
    r"page\s+\d+(?:\s*(?:of|/)\s*\d+)?|[-–—]\s*\d+\s*[-–—]|\d+\s*/\s*\d+\s*[页頁]",
    re.IGNORECASE,
)
_PERIOD: Final = re.compile(
    r"(?:(?:19|20)\d{2}\s*+年?+度?+\s*+[-/.]?+\s*+)?(?:[01]?\d\s*+月份?|[一二三四五六七八九十]{1,3}月份?|第?[一二三四1-4]\s*+季度?|"
    r"[上下]半年|q[1-4]|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*+\.?+(?:\s++(?:19|20)\d{2})?)|"
    r"(?:19|20)\d{2}\s*+年?+度?+",
    re.IGNORECASE,
)
"""A month, a quarter or a year, as the title of a part of a list."""
_SIGNED: Final = re.compile(r"[^\s:：]{2,8}[:：]")
_SECTION: Final = re.compile(r"(?P<label>[^\s:：\d]{2,8}?)\s*[:：]\s*(?P<value>\S.*)")
"""What heads a part of a list in the words of a header: ``负责人：王芳``."""
_PLACE: Final = (
    "(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|"
    "甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|港澳台?|华东|华南|华北|华中|东北|西北|西南|国内|国外|海外|其[他它余])"
)
_PART: Final = re.compile(
    rf"{_PLACE}(?:地?区|大区|片区|地区|区域|省|市)?|{_PLACE}?(?:(?:[第一二三四五六七八九十0-9A-Z]|销售|业务|市场|大?客户|渠道|电商){{1,6}}(?:部|组|区|队)|"
    r"分公司|办事处)|[^\W\d_]{1,4}(?:大区|片区|地区|区域|省|(?<![超门夜集菜])市)|"
    r"(?:(?:north|south|east|west|central)[a-z-]* )?(?:region|area|district|team|branch)(?: [A-Z0-9]{1,3})?",
    re.IGNORECASE,
)
"""What heads a part of a list by itself, and is hardly anybody's name: a place, or a part of a firm."""
_RULE: Final = re.compile(r":?-{3,}:?")
"""What is below the headers of a table in Markdown."""
_NUMERAL: Final = re.compile(r"\d")
_LONGEST: Final = 30
_CERTAIN: Final = 0.75
"""Share of the cells of a row that must be words of headers where records are expected."""
_FEWEST: Final = 2
"""Headers of another list, at the least."""


class Body:
    """The rows of a sheet below its headers, and which of them are records.

    Parameters
    ----------
    first
        The first row below the headers, 0-based.
    headers
        The rows of headers and titles above.
    arrays, filled
        The cells of the sheet by column; whether anything is there, unreadable or not.
    """

    def __init__(
        self,
        sheet: RawSheet,
        first: int,
        headers: Sequence[Sequence[Any]],
        arrays: Sequence[np.ndarray[tuple[int], np.dtype[Any]]],
        filled: Mask,
    ) -> None:
        self._sheet = sheet
        self._arrays = arrays
        self._first = first
        self._headers = [[cell for cell in row if cell is not None] for row in headers]
        self._filled = filled[:, first:]
        self._counts = self._filled.sum(axis=0)
        self.left_out: list[LeftOut] = []

    def records(self) -> Mask:
        """Return which rows are records; what else holds cells is in `left_out` afterwards."""
        is_record: Mask = self._counts > 0
        usual = usual_count(self._counts[: 1 << 16].tolist())
        furniture = [
            *self._repeated(), *self._totals(), *self._banners(usual), *self._sections(usual), *self._pages(usual)
        ]  # fmt: skip
        for row, kind in furniture:
            if is_record[row]:
                self._leave_out(row, kind)
                is_record[row] = False
        notes = self._notes(is_record, usual)
        for row in [*notes, *self._noted_before(notes, is_record, usual)]:
            self._leave_out(row, "note")
            is_record[row] = False
        self.left_out.sort(key=lambda one: one.row)
        return is_record

    def _row(self, row: int) -> list[Any]:
        return [cell for cell in self._sheet.row(self._first + row) if cell is not None]

    def _leave_out(self, row: int, kind: LeftOutKind) -> None:
        self.left_out.append(left_out(self._sheet, self._first + row, kind))

    def _repeated(self) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows that are the headers, or a title, once more."""
        for cells in self._headers:
            if not cells:
                continue
            column = next(items for items in self._arrays if cells[0] in items[: self._first].tolist())
            for row in np.flatnonzero(column[self._first :] == cells[0]).tolist():
                if self._row(row) == cells and (len(cells) > 1 or len(self._sheet.columns) > 1):
                    yield row, "repeated_header" if len(cells) > 1 else "title"
                    if len(cells) > 2 and row > 1 and self._heads_a_part(row - 1):
                        yield row - 1, "title"  # of the part that begins with the headers

            if len(cells) == 1:
                yield from self._retitled(cells[0])

    def _retitled(self, title: Any) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows that are a title once more but for its numbers: each page has its own, and its own time."""
        text = _without_numbers(title)
        if text == title or len(self._sheet.columns) == 1:
            return
        for row in np.flatnonzero(self._counts == 1).tolist():
            if _without_numbers(self._row(row)[0]) == text:
                yield row, "title"

    def _heads_a_part(self, row: int) -> bool:
        """Return whether a row above repeated headers is their title: one cell below a blank row, or a month."""
        if self._counts[row] != 1:
            return False
        return bool(self._counts[row - 1] == 0) or _PERIOD.fullmatch(label(self._row(row)[0])) is not None

    def _totals(self) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows whose first or second cell is a word for totals."""
        ordinal = np.zeros(len(self._counts), dtype=np.int32)
        for column, filled in zip(self._arrays, self._filled, strict=True):
            ordinal += filled
            rows = np.flatnonzero(filled & (ordinal <= 2))
            texts = column[self._first :][rows].tolist()
            if words := _words(texts):
                found = [row for row, text in zip(rows.tolist(), texts, strict=True) if text in words]
                yield from ((row, "total") for row in found if self._sums_up(row))

    def _sums_up(self, row: int) -> bool:
        cells = self._row(row)
        if cells[0].__class__ is str and _is_total(cells[0]) and not cells[0].isascii():
            return True
        at = next(
            (at for at, cell in enumerate(cells[:2]) if cell.__class__ is str and _names_total(cell)), None
        )
        if at is None:
            return False
        others = [cell for ordinal, cell in enumerate(cells) if ordinal != at]
        are_numbers = all(
            cell.__class__ is not str or _NUMERAL.search(cell) or _is_total(cell) for cell in others
        )
        return are_numbers and (_is_total(cells[at]) or 0 < len(others) < len(self._sheet.columns) - 1)

    def _banners(self, usual: float) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows that are one cell merged over half of the list: they part it into sections."""
        for top, left, _, right in self._sheet.merged:
            row = top - self._first
            if 0 <= row < len(self._counts) and self._counts[row] == 1 and (right - left + 1) * 2 > usual > 1:
                yield row, "title"

    def _sections(self, usual: float) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows of one cell that say in the words of a header what the records below have in common.

        The list begins with one: what is below a record, such as its address, belongs to that.
        """
        filled = np.flatnonzero(self._counts)
        begin = self._begin(int(filled[0])) if usual > 1 and len(filled) else ""
        if usual > _FEWEST and self._counts[filled[:1]].tolist() == [1] and _PART.fullmatch(begin):
            yield from self._parts()
        first = _SECTION.fullmatch(begin)
        if first is None or not reads_as_labels([first["label"]]):
            return
        for row in np.flatnonzero((self._counts == 1) & self._filled[0]).tolist():
            found = _SECTION.fullmatch(self._begin(row))
            goes_on = row + 1 < len(self._counts) and self._counts[row + 1] > 1
            if found and goes_on and found["label"] == first["label"]:
                yield row, "title"

    def _parts(self) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows of one cell that name a place or a part of a firm, each above records.

        One alone parts nothing, and where another row has but a first cell, such a row may be a record: a customer's name.
        """
        rows = np.flatnonzero(
            (self._counts[:-1] == 1) & (self._counts[1:] > 1) & self._filled[0][:-1]
        ).tolist()
        if len(rows) >= _FEWEST and all(_PART.fullmatch(self._begin(row)) for row in rows):
            yield from ((row, "title") for row in rows)

    def _noted_before(self, notes: Sequence[int], is_record: Mask, usual: float) -> list[int]:
        """Return the rows that say what a note below the list says: a printed list says so at the end of each page."""
        said = {_without_numbers(self._row(row)) for row in notes if _SIGNED.match(self._begin(row))}
        counts = {len(self._row(row)) for row in notes}
        sparse = is_record & (self._counts < usual) & np.isin(self._counts, list(counts))
        rows = np.flatnonzero(sparse).tolist() if said else []
        return [row for row in rows if row not in notes and _without_numbers(self._row(row)) in said]

    def _pages(self, usual: float) -> Iterator[tuple[int, LeftOutKind]]:
        """Yield the rows that only number the pages of a list that was printed, and the rule below its headers."""
        if len(self._counts) and self._counts[0] > 1 and all(_is_rule(cell) for cell in self._row(0)):
            yield 0, "note"
        for row in np.flatnonzero(self._counts == 1).tolist() if usual > 1 else ():
            if _PAGE.fullmatch(self._begin(row)):
                yield row, "note"

    def _notes(self, is_record: Mask, usual: float) -> list[int]:
        """Return the rows at the end that are notes: sparse, and after a gap or in the words of one."""
        found: list[int] = []
        kept = np.flatnonzero(is_record)
        for row in kept[::-1].tolist():
            is_sparse = self._counts[row] <= max(1, usual / 4)
            if usual < 2 or not (
                is_sparse or (self._counts[row] < usual and _SIGNED.match(self._begin(row)))
            ):
                break
            found.append(row)
        found.reverse()
        last = int(kept[-len(found) - 1]) if len(kept) > len(found) else -1
        for at, row in enumerate(found):
            is_note = _NOTE.match(self._begin(row))
            before = found[at - 1] if at else last
            if is_note or row - before > 1:
                return found[at:]
        return []

    def _begin(self, row: int) -> str:
        """Return the first cell of a row if it is a text, or an empty one."""
        first = next(iter(self._row(row)), None)
        return first if isinstance(first, str) else ""


def find_other_list(sheet: RawSheet, first: int, filled: Mask) -> tuple[int, int] | None:
    """Return where another list begins below the one of a sheet, and the row of its headers; None where none does.

    Below a blank row are other headers, maybe under a title of one cell, and below these something else than headers.
    """
    counts = filled.sum(axis=0)
    rows = np.flatnonzero(counts)
    rows = rows[rows >= first]
    after_gap = rows[1:][np.diff(rows) > 1].tolist() if len(rows) else []
    known = {label(cell) for row in range(first) for cell in sheet.row(row)}
    for start in after_gap:
        row = start + 1 if counts[start] == 1 and start + 1 < sheet.height else start
        labels = [label(cell) for cell in sheet.row(row) if cell is not None]
        if len(labels) < _FEWEST or any(map(_names_total, labels)) or known.issuperset(labels):
            continue
        if row + 1 >= sheet.height or not counts[row + 1]:
            continue
        if not reads_as_labels(sheet.row(row), _CERTAIN) or reads_as_labels(sheet.row(row + 1)):
            continue
        if is_label_row(sheet.row(row)):
            return start, row
    return None


def left_out(sheet: RawSheet, row: int, kind: LeftOutKind) -> LeftOut:
    """Return a row, 0-based, as one that is no record."""
    cells = [str(cell) for cell in sheet.row(row) if cell is not None]
    return LeftOut(row + 1, kind, " ".join(" ".join(cells).split()))


def _words(texts: Sequence[Any]) -> set[str]:
    """Return the cells of a column that read as words for totals; most columns are known not to hold any."""
    try:
        joined = "\0".join(texts)
    except TypeError:  # not all are texts
        texts = [text for text in texts if text.__class__ is str]
        joined = "\0".join(texts)
    joined = joined.lower()
    if not any(mark in joined for mark in _MARKS):
        return set()
    return {text for text in texts if len(text) < _LONGEST and _names_total(text)}


def _is_rule(cell: Any) -> bool:
    return cell.__class__ is str and _RULE.fullmatch(cell) is not None


def _without_numbers(cells: Any) -> str:
    """Return what a cell, or several of them, say besides their numbers."""
    return re.sub(r"\d+", "0", "\0".join(map(str, cells)) if isinstance(cells, list) else str(cells))


def _is_total(text: str) -> bool:
    return _TOTAL.fullmatch(re.sub(r"\s+", "", text).rstrip(":：")) is not None


def _names_total(text: str) -> bool:
    return _is_total(text) or _PART_TOTAL.fullmatch(text.strip()) is not None

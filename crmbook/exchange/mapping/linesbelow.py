"""Rows below a record, each of which says one thing more of it: its address, a remark.

::

    张三   13800138000   星河
    地址：上海市浦东新区世纪大道1号                   the address of 张三
    李四   13900139000   云帆
    地址：北京市海淀区中关村大街2号

Such a row has a single cell, which names the field itself; without a word for it every second row must read as an address.
Each becomes a cell of the record above, under a column of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from crmbook.exchange.mapping.choose import main_table
from crmbook.exchange.mapping.names import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book

_LABELLED: Final = re.compile(r"\s*([^\s:：\d]{1,12})\s*[:：]\s*(\S.*?)\s*", re.DOTALL)
_ADDRESS: Final = re.compile(r"(?=.*[省市区县镇乡])(?=.*[路街道巷弄村号])[^:：]{6,}", re.DOTALL)
_FEWEST, _FEWEST_BARE = 2, 3
"""Rows below that make a habit: fewer may be something else."""


class _Below(NamedTuple):
    """What a row says of the record above it."""

    row: int
    of_row: int
    header: str
    column: int
    text: str


def join_lines_below(book: Book, sheet: SourceSheet) -> tuple[SourceSheet, int]:
    """Return a list with what is below its records beside them, and how many rows that were."""
    alone = _alone(sheet)
    many = len(alone) >= _FEWEST
    found = _labelled(book, sheet, alone) or _addresses(book, sheet, alone) if many else ()
    if not found:
        return sheet, 0
    frame, columns = sheet.frame.copy(), {header: sheet.column(header) for header in sheet.headers}
    for one in found:
        if one.header not in frame.columns:
            frame[one.header] = pd.Series([None] * len(frame), index=frame.index, dtype=object)
            columns[one.header] = one.column
        frame.loc[one.of_row, one.header] = one.text
    frame = frame.drop(index=[one.row for one in found])
    return replace(sheet, headers=tuple(columns), frame=frame, positions=tuple(columns.values())), len(found)


def _alone(sheet: SourceSheet) -> dict[int, tuple[int, str]]:
    """Return the rows with a single cell, a text, and the column where it is."""
    filled = sheet.frame.notna().to_numpy()
    found: dict[int, tuple[int, str]] = {}
    if len(sheet.headers) > 1:
        for at in (filled.sum(axis=1) == 1).nonzero()[0].tolist():
            column = int(filled[at].argmax())
            raw = sheet.frame.iloc[at, column]
            if isinstance(raw, str):
                found[int(sheet.frame.index[at])] = (column, raw)
    return found


def _labelled(book: Book, sheet: SourceSheet, alone: dict[int, tuple[int, str]]) -> Sequence[_Below]:
    """Return the rows that name what they say; a field that the record above has filled is none."""
    names = Names(book, book.tables[main_table(book)])
    found: list[_Below] = []
    above = 0
    for row in sheet.frame.index.tolist():
        column, text = alone.get(row, (0, ""))
        said = _LABELLED.fullmatch(text)
        if said is None or not names.exact(said[1]):
            above = row
            continue
        header = next((one for one in sheet.headers if one == said[1]), said[1])
        is_free = header not in sheet.frame.columns or bool(
            sheet.frame.loc[[above or row], header].isna().all()
        )
        if not above or not is_free or any((one.of_row, one.header) == (above, header) for one in found[-3:]):
            return ()
        found.append(_Below(row, above, header, sheet.column(sheet.headers[column]), said[2]))
    most = Counter(one.header for one in found).most_common(1)
    return found if most and most[0][1] >= _FEWEST else ()


def _addresses(book: Book, sheet: SourceSheet, alone: dict[int, tuple[int, str]]) -> Sequence[_Below]:
    """Return every second row of a list, where each is an address and nothing else."""
    name = main_table(book)
    words = book.imports.tables.get(name)
    address = book.tables[name].fields.get(words.address or "") if words else None
    rows = sheet.frame.index.tolist()
    seconds = rows[1::2]
    if address is None or len(rows) % 2 or len(seconds) < _FEWEST_BARE or set(alone) != set(seconds):
        return ()
    if address.title in sheet.headers or not all(_ADDRESS.fullmatch(alone[row][1]) for row in seconds):
        return ()
    return [
        _Below(row, above, address.title, sheet.column(sheet.headers[alone[row][0]]), alone[row][1].strip())
        for above, row in zip(rows[::2], seconds, strict=True)
    ]

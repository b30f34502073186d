"""What holds for several rows of a list: titles of its sections, names of its sheets.

::

    姓名   电话            姓名   电话   小节标题
    华东区                 张三   138…   华东区
    张三   138…     →      李四   139…   华南区
    华南区
    李四   139…

They become further columns, which are mapped like any other. A title that says in the words of a header what it is, such
as ``负责人：王芳``, is headed so. Sheets that continue each other are told apart by their names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.base import Language
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.sources.model import SourceSheet

SHEET_NAME: Final = "mapping.sheet-name"
_LABELLED: Final = re.compile(r"(?P<label>[^\s:：\d]{2,8}?)\s*[:：]\s*(?P<value>\S.*)")
_SAYS_NOTHING: Final = re.compile(
    r"(?:sheet|工作表|tabelle|feuil|hoja|表)\s*[\d一二三四五六七八九十]*", re.IGNORECASE
)
"""Names that programs give to sheets."""
_PART_OF_A_SHEET: Final = re.compile(r" \([A-Z]{1,3}\)$")
"""Behind the title of a list that is beside another one on its sheet."""


def with_sections(sheet: SourceSheet, lang: Language) -> SourceSheet:
    """Return a list with the titles of its sections as a column; mostly the list itself."""
    titles = dict(_iter_titles(sheet))
    rows = sheet.frame.index.tolist()
    at = sorted(row for row in titles if rows and row < rows[-1])
    if not at:
        return sheet
    labelled = [_LABELLED.fullmatch(titles[row]) for row in at]
    labels = {found["label"] if found else "" for found in labelled}
    header = describe("mapping.section", lang, {})
    texts = [titles[row] for row in at]
    if len(labels) == 1 and (label := labels.pop()) and label not in sheet.headers:
        header, texts = label, [found["value"].strip() for found in labelled if found]
    cells = [texts[before - 1] if (before := bisect_left(at, row)) else None for row in rows]
    return _with_column(sheet, header, cells)


def with_sheet_names(sheets: Sequence[SourceSheet], lang: Language) -> list[SourceSheet]:
    """Return lists with the names of their sheets as a column where several of them continue each other."""
    shapes = Counter(sheet.own_headers for sheet in sheets if _is_named(sheet))
    return [
        _with_name(sheet, lang) if _is_named(sheet) and shapes[sheet.own_headers] > 1 else sheet
        for sheet in sheets
    ]


def with_wanted_name(sheet: SourceSheet, mapping: Mapping | None, lang: Language) -> SourceSheet:
    """Return a list with the name of its sheet as a column where its mapping takes that: it may have been read alone."""
    header = describe(SHEET_NAME, lang, {})
    is_wanted = mapping is not None and any(rule.header == header and rule.table for rule in mapping.columns)
    return _with_name(sheet, lang) if is_wanted else sheet


def _with_name(sheet: SourceSheet, lang: Language) -> SourceSheet:
    return _with_column(sheet, describe(SHEET_NAME, lang, {}), [sheet.title] * len(sheet.frame))


def _is_named(sheet: SourceSheet) -> bool:
    is_list = len(sheet.frame) and not sheet.is_hidden and not sheet.table
    says_nothing = _SAYS_NOTHING.fullmatch(sheet.title.strip()) or _PART_OF_A_SHEET.search(sheet.title)
    return bool(is_list) and says_nothing is None


def _iter_titles(sheet: SourceSheet) -> Iterator[tuple[int, str]]:
    """Yield the titles within a list; what is above it, once more or with another number of a page, is none."""
    first = max((one.row for one in sheet.left_out if one.kind == "header"), default=0)
    above = {_bare(one.text) for one in sheet.left_out if one.row < first}
    for one in sheet.left_out:
        if one.kind == "title" and one.row > first > 0 and _bare(one.text) not in above:
            yield one.row, one.text


def _bare(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _with_column(sheet: SourceSheet, header: str, cells: Sequence[str | None]) -> SourceSheet:
    """Return a list with a column behind its own, unless it has one of that header; it is where the titles are, in the first."""
    if header in sheet.headers:
        return sheet
    column = pd.Series(list(cells), index=sheet.frame.index, dtype=object)
    return replace(
        sheet,
        headers=(*sheet.headers, header),
        frame=sheet.frame.assign(**{header: column}),
        positions=(*map(sheet.column, sheet.headers), 0),
        made=(*sheet.made, header),
    )

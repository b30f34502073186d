"""From the cells of a sheet to its list: rows of headers and titles apart, records below, each cell as it was meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import Issue, Location, Severity
from crmbook.exchange.sources.cells import clean
from crmbook.exchange.sources.headers import Headers, find_headers, headers_at, label, unique
from crmbook.exchange.sources.model import LeftOut, SourceSheet
from crmbook.exchange.sources.records import Body, left_out
from crmbook.ooxml import reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.exchange.sources.model import SourceLayout
    from crmbook.exchange.sources.raw import RawSheet

    Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A list, and what is to be said of its cells."""

    sheet: SourceSheet
    issues: tuple[Issue, ...]


def find_list(raw: RawSheet, layout: SourceLayout, place: Location, before: SourceSheet | None = None) -> Found | None:
    """Return the list in a sheet; None where there is none.

    Parameters
    ----------
    place
        The file, and the sheet where the file has sheets.
    before
        The list of the sheet before: one without headers of its own that is as wide goes on from it.
    """
    if not raw.height:
        return None
    lost: dict[tuple[int, int], str] = {}
    columns = []
    for at, column in enumerate(raw.columns):
        cells, mine = clean(column)
        lost.update({(row + 1, at + 1): text for row, text in mine.items()})
        columns.append(cells)
    sheet = _with_merged_texts(replace(raw, columns=columns))
    if not lost and not raw.unreadable and all(cell is None for column in columns for cell in column):
        return None
    headers = _headers(sheet, layout, before)
    return _Reading(sheet, headers, place, lost).found()


def _headers(sheet: RawSheet, layout: SourceLayout, before: SourceSheet | None) -> Headers:
    width = len(sheet.columns)
    if layout.columns:
        names = [""] * width
        for name, (first, _) in layout.columns.items():
            if first <= width:
                names[first - 1] = name
        top = layout.header_row or 0
        return Headers(top, top, tuple(names))
    if layout.header_row:
        return headers_at(sheet, layout.header_row - 1)
    found = find_headers(sheet) if layout.header_row is None else None
    if found is not None:
        return found
    goes_on = before is not None and len(before.headers) == width and layout.header_row is None
    return Headers(0, 0, before.headers if before is not None and goes_on else ("",) * width)


def _with_merged_texts(sheet: RawSheet) -> RawSheet:
    return sheet


class _Reading:
    """A sheet whose headers are known."""

    def __init__(self, sheet: RawSheet, headers: Headers, place: Location, lost: Mapping[Place, str]) -> None:
        self._sheet = sheet
        self._headers = headers
        self._place = place
        self._lost = lost

    def found(self) -> Found | None:
        """Return the list."""
        sheet, first = self._sheet, self._headers.bottom
        above = [sheet.row(row) for row in range(first)]
        arrays = [_array(column) for column in sheet.columns]
        filled = np.array([array != None for array in arrays], dtype=bool)  # noqa: E711 - of each cell
        for row, column in [*self._lost, *sheet.unreadable]:
            filled[column - 1, row - 1] = True
        body = Body(sheet, first, above, arrays, filled)
        rows = np.flatnonzero(body.records())
        names = unique(self._headers.names, filled[:, first:].any(axis=1).tolist())
        if not any(names):
            return None
        cells = {name: array[first:][rows] for name, array in zip(names, arrays, strict=True) if name}
        frame = pd.DataFrame(cells, index=pd.Index(rows + first + 1, dtype="int64"), dtype=object)
        left = (*self._above(above), *body.left_out)
        found = SourceSheet(sheet.title, tuple(cells), frame, left, sheet.is_hidden)
        return Found(found, tuple(self._issues(names, set(frame.index))))

    def _above(self, rows: Sequence[Sequence[Any]]) -> list[LeftOut]:
        return [
            left_out(self._sheet, at, "header" if at >= self._headers.top else "title")
            for at, row in enumerate(rows)
            if any(cell is not None for cell in row)
        ]

    def _issues(self, names: Sequence[str], rows: set[int]) -> list[Issue]:
        refused = [(at, "import.lost-digits", text) for at, text in self._lost.items()]
        refused += [(at, found.code, found.text) for at, found in self._sheet.unreadable.items()]
        return [
            self._issue(code, row, column, names[column - 1], text)
            for (row, column), code, text in sorted(refused)
            if row in rows and names[column - 1]
        ]

    def _issue(self, code: str, row: int, column: int, header: str, text: str) -> Issue:
        place = replace(self._place, cell=reference(row, column))
        params = {"header": header, "row": row}
        return Issue(code, Severity.ERROR, place, value=text, params=params)


def _array(column: Sequence[Any]) -> np.ndarray[tuple[int], np.dtype[Any]]:
    cells = np.empty(len(column), dtype=object)
    cells[:] = column
    return cells

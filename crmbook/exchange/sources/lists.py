"""From the cells of a sheet to its list: rows of headers and titles apart, records below, each cell as it was meant."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.exchange.sources.beside import part_lists
from crmbook.exchange.sources.cells import clean
from crmbook.exchange.sources.errors import SourceError
from crmbook.exchange.sources.headers import (
    Headers,
    find_headers,
    headers_at,
    label,
    lies_on_its_side,
    unique,
)
from crmbook.exchange.sources.model import LeftOut, SourceSheet
from crmbook.exchange.sources.records import Body, find_other_list, left_out
from crmbook.exchange.sources.remarks import Remarks
from crmbook.exchange.sources.years import complete_days, year_of
from crmbook.values import object_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Issue, Location
    from crmbook.exchange.sources.raw import RawSheet

    CellOrigin = tuple[int, int]
    Array = np.ndarray[tuple[int], np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """A list, and what is to be said of its cells."""

    sheet: SourceSheet
    issues: tuple[Issue, ...]


def find_lists(
    raw: RawSheet, location: Location, header_row: int | None = None, before: SourceSheet | None = None
) -> list[Found]:
    """Return the lists in a sheet: mostly one; none where it is empty.

    Parameters
    ----------
    location
        The file, and the sheet where the file has sheets.
    header_row
        See `SourceLayout`.
    before
        The list of the sheet before: one without headers of its own that is as wide goes on from it.
    """
    lost: dict[CellOrigin, str] = {}
    columns = []
    for at, column in enumerate(raw.columns):
        cells, mine = clean(column)
        lost.update({(row + 1, at + 1): text for row, text in mine.items()})
        columns.append(cells)
    sheet = replace(raw, columns=columns)
    if not lost and not raw.unreadable and all(cell is None for column in columns for cell in column):
        return []
    parts = part_lists(sheet, header_row)
    found = []
    for part in parts:
        where = replace(location, sheet=part.title) if location.sheet or len(parts) > 1 else location
        inside = {cell: text for cell, text in lost.items() if len(parts) == 1 or _holds(part, cell)}
        remarks = Remarks(part, where, inside)
        one = _found(part, _headers_of(part, header_row, before, remarks), remarks)
        found += [one] if one is not None else []
    return found


def _holds(part: RawSheet, at: CellOrigin) -> bool:
    """Return whether a column is one of a part of a sheet."""
    column = at[1] - 1
    return column < len(part.columns) and any(cell is not None for cell in part.columns[column])


def _headers_of(
    sheet: RawSheet, header_row: int | None, before: SourceSheet | None, remarks: Remarks
) -> Headers:
    headers = _headers(sheet, header_row, before)
    if not any(headers.names) and header_row is None:
        remarks.lacks_headers()
    remarks.filled_down(_fill_down(sheet, headers.bottom))
    return headers


def _headers(sheet: RawSheet, row: int | None, before: SourceSheet | None) -> Headers:
    if row and row > sheet.height:
        raise SourceError("import.no-such-row", row=row, sheet=sheet.title, height=sheet.height)
    if sheet.names is not None:
        first = row or sheet.first
        return Headers(first, first, tuple(sheet.names))
    if row:
        return headers_at(sheet, row - 1)
    if row is None and lies_on_its_side(sheet):
        raise SourceError("import.on-its-side", sheet=sheet.title)
    found = find_headers(sheet) if row is None else None
    if found is not None:
        return found
    width = len(sheet.columns)
    goes_on = before is not None and len(before.headers) == width and row is None
    return Headers(0, 0, before.headers if before is not None and goes_on else ("",) * width)


def _fill_down(sheet: RawSheet, first: int) -> int:
    """Put what is in cells merged over several records into each of them, unless it is a number; return how many."""
    count = 0
    for top, left, bottom, _ in sheet.merged:
        if top < first or bottom == top or left >= len(sheet.columns):
            continue
        column = sheet.columns[left]
        if isinstance(column[top], str | dt.date):
            last = min(bottom + 1, sheet.height)
            column[top:last] = [column[top]] * (last - top)
            count += 1
    return count


def _found(sheet: RawSheet, headers: Headers, remarks: Remarks) -> Found | None:
    first = headers.bottom
    above = [sheet.row(row) for row in range(first)]
    arrays = [object_array(column) for column in sheet.columns]
    filled = np.array([array != None for array in arrays], dtype=bool)  # noqa: E711 - of each cell
    for row, column in remarks.refused:
        filled[column - 1, row - 1] = True
    named = list(headers.names)
    other = find_other_list(sheet, first, filled)
    if other is not None:
        start, row = other
        remarks.other_list(start + 1, [label(cell) for cell in sheet.row(row) if cell is not None])
        filled[:, start:] = False
        for array in arrays:
            array[start:] = None
    body = Body(sheet, first, above, arrays, filled)
    is_record = body.records()
    rows = np.flatnonzero(is_record)
    names = unique(named, [bool(column[first:][is_record].any()) for column in filled])
    if not any(names):
        return None
    cells = {name: array[first:][rows] for name, array in zip(names, arrays, strict=True) if name}
    left = (*_above(sheet, headers), *body.left_out)
    year = year_of(_texts_with_a_year(sheet, left, remarks.file))
    if year is not None:
        remarks.years(year, complete_days(cells, year))
    frame = pd.DataFrame(cells, index=pd.Index(rows + first + 1, dtype="int64"), dtype=object)
    positions = tuple(at for at, name in enumerate(names) if name)
    found = SourceSheet(sheet.title, tuple(cells), frame, left, sheet.is_hidden, positions, units=sheet.units)
    return Found(found, remarks.issues(names, named, frame.index))


def _texts_with_a_year(sheet: RawSheet, left: Sequence[LeftOut], file: str) -> list[str]:
    """Return the texts that may name the year of a list, the nearest first."""
    titles = [one.text for one in left if one.kind == "title"]
    return [*reversed(titles), sheet.title, Path(file).stem]


def _above(sheet: RawSheet, headers: Headers) -> list[LeftOut]:
    return [
        left_out(sheet, row, "header" if row >= headers.top else "title")
        for row in range(headers.bottom)
        if any(cell is not None for cell in sheet.row(row))
    ]

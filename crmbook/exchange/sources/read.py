"""A file → its lists: what kind it is, how it is encoded, which sheets it has, where the list of each is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import CrmbookError, Issue, Location, Severity, digest, read_bytes
from crmbook.exchange.sources.cells import clean
from crmbook.exchange.sources.encoding import decode
from crmbook.exchange.sources.errors import SourceError
from crmbook.exchange.sources.kind import sniff_kind
from crmbook.exchange.sources.lists import find_lists
from crmbook.exchange.sources.model import Source, SourceLayout, SourceSheet
from crmbook.exchange.sources.texts import names_at, read_text
from crmbook.exchange.sources.vcard import columns_of, read_cards
from crmbook.exchange.sources.workbooks import iter_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crmbook.exchange.sources.encoding import Decoded
    from crmbook.exchange.sources.raw import RawSheet
    from crmbook.read import WorkbookKind


def read_source(path: Path, layout: SourceLayout | None = None) -> Source:
    """Return the lists in a file.

    Raises
    ------
    CrmbookError
        ``file.…`` if the file cannot be read at all.
    SourceError
        ``import.…``, or a code of the package or of `crmbook.read`, if no list can be taken from it; it names the file.
    """
    data = read_bytes(path)
    try:
        kind = sniff_kind(data)
        if kind == "vcard":
            return _read_cards(path, data, layout or SourceLayout())
        if kind == "csv":
            return _read_text(path, data, layout or SourceLayout())
        return _read_workbook(path, data, kind, layout or SourceLayout())
    except CrmbookError as error:
        raise SourceError(error.code, Location(file=str(path)), **error.params) from error


def _read_text(path: Path, data: bytes, layout: SourceLayout) -> Source:
    found = read_text(data, path.stem, layout)
    source = Source(path, "csv", digest(data), (), found.decoded.encoding, found.delimiter)
    read = _with_lists(source, [found.sheet], layout)
    return replace(read, issues=(*read.issues, *_of_encoding(found.decoded, path)))


def _of_encoding(decoded: Decoded, path: Path) -> Iterator[Issue]:
    """Yield what is to be said of a text's bytes."""
    for line in decoded.bad_lines:
        location = Location(file=str(path), line=line)
        yield Issue(
            "import.bad-characters",
            Severity.WARNING,
            location,
            params={"line": line, "encoding": decoded.encoding},
        )
    if decoded.is_cut:
        yield Issue("import.cut-off", Severity.WARNING, Location(file=str(path)))


def _read_workbook(path: Path, data: bytes, kind: WorkbookKind, layout: SourceLayout) -> Source:
    sheets = list(iter_sheets(data, kind))
    source = Source(path, kind, digest(data), ())
    if layout.sheet:
        chosen = [sheet for sheet in sheets if sheet.title == layout.sheet] or [
            sheet for sheet in sheets if layout.sheet.startswith(f"{sheet.title} (")
        ]
        if not chosen:
            titles = tuple(sheet.title for sheet in sheets)
            raise SourceError("import.no-such-sheet", sheet=layout.sheet, sheets=titles)
        return _with_lists(source, chosen, layout)
    shown = [sheet for sheet in sheets if not sheet.is_hidden]
    hidden = tuple(
        Issue("import.hidden-sheet", Severity.WARNING, _place(source, sheet), params={"sheet": sheet.title})
        for sheet in sheets
        if sheet.is_hidden and any(sheet.columns)
    )
    found = _with_lists(source, shown, layout)
    return replace(found, issues=(*found.issues, *hidden))


def _with_lists(source: Source, sheets: Sequence[RawSheet], layout: SourceLayout) -> Source:
    lists: list[SourceSheet] = []
    issues: list[Issue] = []
    for raw in sheets:
        named = raw if raw.names is not None else replace(raw, names=names_at(layout, list(raw.columns)))
        before = lists[-1] if lists else None
        parts = find_lists(named, _place(source, raw), layout.header_row, before)
        for found in parts:
            if len(parts) == 1 or layout.sheet in {"", raw.title, found.sheet.title}:
                lists.append(found.sheet)
                issues += found.issues
    if not lists:
        raise SourceError("import.no-list")
    return replace(source, sheets=tuple(lists), issues=tuple(issues))


def _read_cards(path: Path, data: bytes, layout: SourceLayout) -> Source:
    """Return the cards of a file as one list; their rows are counted from 1, as a telephone shows them."""
    decoded = decode(data, layout.encoding)
    location = Location(file=str(path))
    cards, issues = read_cards(decoded.text, location)
    issues += _of_encoding(decoded, path)
    cells = {}
    for header, column in columns_of(cards).items():
        cells[header], lost = clean([value or "" for value in column])
        for at, text in lost.items():
            where, params = replace(location, line=cards[at].line), {"header": header, "row": at + 1}
            issues.append(Issue("import.lost-digits", Severity.ERROR, where, value=text, params=params))
    if not cells:
        raise SourceError("import.no-list")
    frame = pd.DataFrame(cells, index=pd.RangeIndex(1, len(cards) + 1), dtype=object)
    sheet = SourceSheet(path.stem, tuple(cells), frame)
    return Source(path, "vcard", digest(data), (sheet,), decoded.encoding, "", tuple(issues))


def _place(source: Source, sheet: RawSheet) -> Location:
    return Location(file=str(source.path), sheet="" if source.kind == "csv" else sheet.title)

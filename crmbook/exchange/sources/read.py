"""A file → its lists: what kind it is, how it is encoded, which sheets it has, where the list of each stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError, Issue, Location, Severity, digest, read_bytes
from crmbook.exchange.sources.delimited import sniff_delimiter, split_delimited, split_fixed
from crmbook.exchange.sources.encoding import decode
from crmbook.exchange.sources.errors import SourceError
from crmbook.exchange.sources.kind import sniff_kind
from crmbook.exchange.sources.lists import find_list
from crmbook.exchange.sources.model import Source, SourceLayout
from crmbook.exchange.sources.raw import RawSheet
from crmbook.exchange.sources.workbooks import iter_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.exchange.sources.kind import Kind
    from crmbook.exchange.sources.model import SourceSheet


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
        return _read(path, data, layout or SourceLayout())
    except CrmbookError as error:
        raise SourceError(error.code, Location(file=str(path)), **error.params) from error


@dataclass(frozen=True, slots=True)
class _Content:
    """The sheets of a file, and what was found out about it on the way."""

    sheets: Sequence[RawSheet]
    encoding: str = ""
    delimiter: str = ""
    is_cut: bool = False


def _read(path: Path, data: bytes, layout: SourceLayout) -> Source:
    kind = sniff_kind(data)
    content = _content(path, data, kind, layout)
    issues: list[Issue] = []
    lists: list[SourceSheet] = []
    for raw in _chosen(content.sheets, layout.sheet):
        place = Location(file=str(path), sheet="" if kind in {"csv", "vcard"} else raw.title)
        found = find_list(raw, layout, place, lists[-1] if lists else None)
        if found is not None:
            lists.append(found.sheet)
            issues += found.issues
    if not lists:
        raise SourceError("import.no-list")
    if content.is_cut:
        issues.append(Issue("import.cut-off", Severity.WARNING, Location(file=str(path))))
    return Source(path, kind, digest(data), tuple(lists), content.encoding, content.delimiter, tuple(issues))


def _content(path: Path, data: bytes, kind: Kind, layout: SourceLayout) -> _Content:
    if kind in {"xlsx", "xls", "xlsb", "ods"}:
        return _Content(list(iter_sheets(data, kind)))
    decoded = decode(data, layout.encoding)
    if any(first != last for first, last in layout.columns.values()):
        columns, delimiter = split_fixed(decoded.text, layout.columns), ""
    else:
        delimiter = layout.delimiter or sniff_delimiter(decoded.text)
        columns = split_delimited(decoded.text, delimiter)
    return _Content([RawSheet(path.stem, columns)], decoded.encoding, delimiter, decoded.is_cut)


def _chosen(sheets: Sequence[RawSheet], title: str) -> Sequence[RawSheet]:
    """Return the sheet of a title, else all that are not hidden."""
    if not title:
        return [sheet for sheet in sheets if not sheet.is_hidden]
    found = [sheet for sheet in sheets if sheet.title == title]
    if not found:
        raise SourceError("import.no-such-sheet", sheet=title, sheets=tuple(sheet.title for sheet in sheets))
    return found

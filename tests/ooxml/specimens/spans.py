"""A splitter of worksheets of its own: where the rows and cells of a part begin and end, told by expat.

It shares no line with the package layer that it is used to judge.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

MAIN = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
}
DECLARED = re.compile(r"^\ufeff?<\?xml[^>]*\?>")


class Span(NamedTuple):
    """A piece of a part: a row with its number, or (number 0) what lies between rows."""

    number: int
    data: bytes


def in_utf8(data: bytes) -> bytes:
    """Return the part in UTF-8 without its declaration, where it stands in another encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return DECLARED.sub("", data.decode("utf-16")).encode()
    if b"ISO-8859-1" in data[:100]:
        return DECLARED.sub("", data.decode("latin-1")).encode()
    return data


def split_rows(data: bytes) -> list[Span]:
    """Return the pieces of a worksheet in order; joined they are the part (in UTF-8)."""
    data = in_utf8(data)
    spans, at, last = [], 0, 0
    for start, end, reference in _elements(data, ["worksheet", "sheetData", "row"]):
        last = int(reference) if reference else last + 1
        spans += [Span(0, data[at:start]), Span(last, data[start:end])]
        at = end
    return [*spans, Span(0, data[at:])]


def split_cells(row: bytes) -> dict[str, bytes]:
    """Return the cells of one row of a plain worksheet by their reference."""
    wrapped = b'<row xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:x14ac="urn:x">'
    wrapped += row + b"</row>"
    return {name: wrapped[start:end] for start, end, name in _elements(wrapped, ["row", "row", "c"])}


def _elements(data: bytes, wanted: list[str]) -> list[tuple[int, int, str]]:
    path: list[str] = []
    starts: list[tuple[int, str]] = []
    found: list[tuple[int, int, str]] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def on_start(tag: str, attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition(" ")
        path.append(local if namespace in MAIN else "?")
        if path == wanted:
            starts.append((parser.CurrentByteIndex, attributes.get("r", "")))

    def on_end(_: str) -> None:
        if path == wanted:
            end = parser.CurrentByteIndex
            if data[end : end + 2] == b"</":
                end = data.index(b">", end) + 1
            found.append((starts[-1][0], end, starts[-1][1]))
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = on_start, on_end
    parser.Parse(data, True)
    return found

"""XML of a part, read with the standard library once a DOCTYPE is ruled out.

Transitional and strict names are made one: an element of SpreadsheetML loses its namespace, an attribute of
the relationships namespace becomes ``r:id``; everything else keeps ``{namespace}name``. So a check written
for one dialect serves both, whatever prefix the producer chose.
"""

from __future__ import annotations

import io
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIN = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
RELATIONSHIPS = frozenset(
    {
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
)
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"

_PROLOG_BYTES = 1 << 16


class MarkupError(Exception):
    """A part that is not well-formed XML, or one with a DOCTYPE (``doctype`` is then true)."""

    def __init__(self, reason: str, *, doctype: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.doctype = doctype


class _Element(Exception):  # noqa: N818 - a signal that the prolog is over, not an error
    """The document element begins."""


@cache
def short(name: str) -> str:
    """Return the local name for SpreadsheetML, ``r:name`` for relationships, else the name as it stands."""
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].rpartition("}")
    if namespace in MAIN:
        return local
    return f"r:{local}" if namespace in RELATIONSHIPS else name


def refuse_doctype(data: bytes) -> None:
    """Raise `MarkupError` where a DOCTYPE stands before the document element."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _on_doctype
    parser.StartElementHandler = _on_element
    try:
        for start in range(0, len(data), _PROLOG_BYTES):
            parser.Parse(data[start : start + _PROLOG_BYTES], False)
    except _Element:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise MarkupError(str(error)) from None


def parse(data: bytes) -> ET.Element:
    """Return the document element with shortened names.

    Raises
    ------
    MarkupError
        If the part has a DOCTYPE or is not well-formed.
    """
    refuse_doctype(data)
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError) as error:
        raise MarkupError(str(error)) from None
    for element in root.iter():
        shorten(element)
    return root


def iter_events(data: bytes) -> Iterator[tuple[str, ET.Element]]:
    """Yield ``start`` and ``end`` of the elements, names not yet shortened.

    Raises
    ------
    MarkupError
        If the part has a DOCTYPE or is not well-formed.
    """
    refuse_doctype(data)
    try:
        yield from ET.iterparse(io.BytesIO(data), ("start", "end"))
    except (ET.ParseError, ValueError, LookupError) as error:
        raise MarkupError(str(error)) from None


def shorten(element: ET.Element) -> None:
    """Shorten the names of one element and its attributes in place."""
    element.tag = short(element.tag)
    if "{" in "".join(element.attrib):  # rare, and looking once is faster than looking at each
        for name in [name for name in element.attrib if name.startswith("{")]:
            element.attrib[short(name)] = element.attrib.pop(name)


def text_of(element: ET.Element | None) -> str:
    """Return the text of an ``si`` or ``is``: plain, or its runs joined; phonetic runs do not count."""
    if element is None:
        return ""
    runs = (child.find("t") if child.tag == "r" else child for child in element if child.tag in {"t", "r"})
    return "".join(run.text or "" for run in runs if run is not None)


def whole(text: str | None) -> int | None:
    """Return a whole number, or None where the text is missing or is none."""
    with suppress(ValueError, TypeError):
        return int(text or "")
    return None


def _on_doctype(*_: object) -> None:
    raise MarkupError("DOCTYPE", doctype=True)


def _on_element(*_: object) -> None:
    raise _Element

"""XML parts in UTF-16: OPC allows them beside UTF-8, and a few programs write them.

Source: ECMA-376 part 2, 6.2.5 (the XML of a package is in UTF-8 or UTF-16).
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from crmbook.ooxml.errors import PartError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGINNINGS = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_DECLARED = re.compile(
    r"\A(\ufeff?<\?xml\b(?:\s++(?!encoding)[^\s>]*+)*+)\s++encoding\s*+=\s*+(?:\"[^\"]*\"|'[^']*')"
)


def in_utf8(pieces: Iterator[bytes], part: str) -> Iterator[bytes]:
    """Yield the pieces of an XML part as they are; those of one in UTF-16 as one piece in UTF-8.

    Raises
    ------
    PartError
        ``ooxml.encoding`` where it is no UTF-16 after all.
    """
    first = next(pieces, b"")
    encoding = _BEGINNINGS.get(first[:2])
    if encoding is None:
        yield first
        yield from pieces
        return
    try:
        text = b"".join(chain((first,), pieces)).decode(encoding)
    except UnicodeDecodeError as error:
        raise PartError("ooxml.encoding", part=part, encoding="UTF-16") from error
    yield _DECLARED.sub(r"\1", text, count=1).encode("utf-8", "surrogatepass")

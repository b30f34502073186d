"""The bytes around the rows of a sheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.ooxml.errors import EditError
from crmbook.ooxml.refs import Area, parse_area

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_DIMENSION = re.compile(rb"(<(?:[\w.-]+:)?dimension\s[^<>]*?ref\s*=\s*[\"'])([^\"']*)")


def sequence(head: bytes, rows: Iterable[bytes], tail: bytes) -> Iterator[bytes]:
    """Yield a sheet from its head to its tail."""
    yield head
    yield from rows
    yield tail


def with_dimension(head: bytes, area: Area, *, grow: bool) -> bytes:
    """Return the head with its dimension (if it states one) holding `area`, together with the old one to `grow`."""
    found = _DIMENSION.search(head)
    if found is None:
        return head
    if grow:
        try:
            area = area.union(parse_area(found[2].decode("ascii", "replace")))
        except EditError:
            return head
    return head[: found.start(2)] + str(area).encode() + head[found.end(2) :]

"""Parsed YAML kept between runs, as JSON under the hash of its text: reading that is many times faster.

The cache lies in the user's cache folder (``CRMBOOK_CACHE`` names another, ``off`` turns it off). It only ever
saves time: an entry that is missing, damaged or cannot be written changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Location
from crmbook.schema.node import Node
from crmbook.schema.sources import cache_folder, put_away

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT: Final = "1"
"""Changed whenever entries are written differently."""
_SMALLEST: Final = 500
"""Characters; shorter texts are parsed faster than looked up."""
_MOST_ENTRIES: Final = 400


def recall(text: str, name: str) -> Node | None:
    """Return the tree of `text` as it was kept, its locations in file `name`; None where it was not."""
    path = _entry(text)
    if path is None:
        return None
    try:
        return _decode(json.loads(path.read_bytes()), name)
    except (OSError, ValueError, TypeError, IndexError):
        return None


def keep(text: str, node: Node) -> None:
    """Keep the tree of `text` for the next run."""
    path = _entry(text)
    if path is None:
        return
    content = json.dumps(_encode(node), ensure_ascii=False, separators=(",", ":"))
    put_away(path.name, content.encode("utf-8", "surrogatepass"), most=_MOST_ENTRIES)


def _entry(text: str) -> Path | None:
    folder = cache_folder() if len(text) >= _SMALLEST else None
    digest = hashlib.sha256((_FORMAT + text).encode("utf-8", "surrogatepass")).hexdigest()
    return folder / f"{digest[:40]}.json" if folder else None


def _encode(node: Node) -> list[Any]:
    value: Any = node.value
    kind = "scalar"
    if isinstance(value, dict):
        kind, value = "mapping", [[name, _encode(inner)] for name, inner in value.items()]
    elif isinstance(value, tuple):
        kind, value = "list", [_encode(inner) for inner in value]
    elif isinstance(value, date):
        kind, value = type(value).__name__, value.isoformat()
    raw = None if node.raw == value else node.raw
    location, key = node.location, node.key_location
    return [kind, value, location.line, location.column, key.line, key.column, raw, node.style]


def _decode(entry: list[Any], name: str) -> Node:
    kind, value, line, column, key_line, key_column, raw, style = entry
    if raw is None:
        raw = value if isinstance(value, str) else ""
    if kind == "mapping":
        value = {key: _decode(inner, name) for key, inner in value}
    elif kind == "list":
        value = tuple(_decode(inner, name) for inner in value)
    elif kind == "date":
        value = date.fromisoformat(value)
    elif kind != "scalar":
        value = datetime.fromisoformat(value)
    location = Location(name, line, column)
    key = location if (key_line, key_column) == (line, column) else Location(name, key_line, key_column)
    return Node(value, location, key, raw, style)

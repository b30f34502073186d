"""Sheet markup in plain form: how odd spellings are made even before a row is looked into.

Rows are read and edited with regular expressions over one plain dialect: main elements without prefix, double
quotes, no comments, CDATA or instructions. A row in another dialect is rewritten into it by the tokenizer when,
and only when, that row is read or edited; an edited row then gets its prefix back. All other rows keep their
bytes.
"""

from __future__ import annotations

import re

from crmbook.ooxml.errors import PartError
from crmbook.ooxml.xml import attributes, quote, tokens

_UNPREFIXED = re.compile(rb"<(/?)([A-Za-z_][\w.-]*)(?=[\s/>])")


def plain(raw: bytes, prefix: bytes, part: str) -> bytes:
    """Return `raw` with the main `prefix` (``b"x:"`` or nothing) and all odd spellings taken away.

    Raises
    ------
    PartError
        ``ooxml.doctype``, ``ooxml.malformed-xml``; ``ooxml.row-namespace`` where a row with prefix declares a
        default namespace, so that the prefix could not be put back.
    """
    pieces, at = [], 0
    for match in tokens(raw, part):
        pieces += [raw[at : match.start()], _plain_token(match, prefix, part)]
        at = match.end()
    return b"".join([*pieces, raw[at:]])


def _plain_token(match: re.Match[bytes], prefix: bytes, part: str) -> bytes:
    if match["open"] is not None:
        written = attributes(match["attributes"])
        if prefix and "xmlns" in written:
            raise PartError("ooxml.row-namespace", part=part)
        shown = b"".join(
            b" " + name.encode() + b'="' + quote(value) + b'"' for name, value in written.items()
        )
        return b"<" + match["open"].removeprefix(prefix) + shown + match["empty"] + b">"
    if match["close"] is not None:
        return b"</" + match["close"].removeprefix(prefix) + b">"
    if match[0].startswith(b"<![CDATA["):
        return match[0][9:-3].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    return b""


def prefixed(raw: bytes, prefix: bytes) -> bytes:
    """Return plain `raw` with `prefix` put before every element name that has none."""
    return _UNPREFIXED.sub(rb"<\1" + prefix + rb"\2", raw) if prefix else raw

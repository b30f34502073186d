"""Files of text → the cells of their only sheet: decoded, and parted at a delimiter or at positions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.exchange.sources.delimited import sniff_delimiter, sniff_inner, split_delimited, split_fixed
from crmbook.exchange.sources.encoding import decode
from crmbook.exchange.sources.errors import SourceError
from crmbook.exchange.sources.model import SourceLayout
from crmbook.exchange.sources.raw import RawSheet
from crmbook.exchange.sources.signups import HEADERS, read_sign_ups

if TYPE_CHECKING:
    from crmbook.exchange.sources.encoding import Decoded

_SAID: Final = re.compile(r'"?sep=([^\r\n])"?(?=[\r\n])', re.IGNORECASE)
"""How a first line names the delimiter to Excel; it does not show that line."""
_SPELT: Final = {"\\t": "\t", "tab": "\t", "TAB": "\t"}


@dataclass(frozen=True, slots=True)
class TextSheet:
    """The sheet of a file of text, and how it was read."""

    sheet: RawSheet
    decoded: Decoded
    delimiter: str


def read_text(data: bytes, title: str, layout: SourceLayout) -> TextSheet:
    """Return the only sheet of a file of text.

    Raises
    ------
    SourceError
        See `decode` and `split_delimited`; ``import.no-such-position`` if a column is named that is not there.
    """
    decoded = decode(data, layout.encoding)
    text = decoded.text.replace("\0", "")
    if any(first != last for first, last in layout.columns.values()):
        columns = split_fixed(text, layout.columns)
        return TextSheet(RawSheet(title, columns, tuple(layout.columns), is_text=True), decoded, "")
    signed_up = read_sign_ups(text) if layout == SourceLayout(encoding=layout.encoding) else None
    if signed_up is not None:
        sheet = RawSheet(title, signed_up.columns, HEADERS, signed_up.first, is_text=True)
        return TextSheet(sheet, decoded, "")
    said = _SAID.match(text)
    text = text[said.end() :] if said else text  # its row stays, as an empty one
    delimiter = _SPELT.get(layout.delimiter, layout.delimiter) or (said[1] if said else sniff_delimiter(text))
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise SourceError("import.bad-delimiter", delimiter=delimiter)
    columns = split_delimited(text, delimiter)
    inner = "" if layout.delimiter or len(columns) != 1 else sniff_inner(columns[0])
    if inner:  # each line was put between quotation marks as a whole
        delimiter, columns = inner, split_delimited("\n".join(columns[0]), inner)
    names = names_at(layout, columns)
    return TextSheet(RawSheet(title, columns, names, is_text=True), decoded, delimiter)


def names_at(layout: SourceLayout, columns: list[list[Any]]) -> tuple[str, ...] | None:
    """Return the names that a layout gives to columns by their positions; None where it names none."""
    if not layout.columns:
        return None
    names = [""] * len(columns)
    for name, (position, _) in layout.columns.items():
        if not 1 <= position <= len(names):
            raise SourceError("import.no-such-position", name=name, position=position, width=len(names))
        names[position - 1] = name
    return tuple(names)

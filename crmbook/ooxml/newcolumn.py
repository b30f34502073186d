"""The new column itself: its width and format among the sheet's columns, its position among a table's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml import refs, text
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.xml import Document, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Edit, Element


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How a new column looks.

    Attributes
    ----------
    width
        Width in characters; None for the sheet's usual one.
    hidden
        Whether it is hidden.
    style, header_style
        Cell formats of the column with its cells in a table, and of its header there.
    """

    width: float | None = None
    hidden: bool = False
    style: int = 0
    header_style: int = 0


@dataclass(frozen=True, slots=True)
class NewColumn:
    """A column to insert.

    Attributes
    ----------
    header
        Its header in the tables that lie around it; a free name like ``Column1`` where it is empty.
    table
        Name of a table that takes the column although it is at its left edge or just right of it.
    look
        Width and formats; None for those of the left neighbour.
    """

    header: str = ""
    table: str = ""
    look: ColumnLook | None = None


def column_edits(sheet: Sheet, at: int, look: ColumnLook | None) -> Iterator[Edit]:
    """Yield the edits of the sheet's ``<cols>`` that make room for column `at` and give it its look."""
    root = sheet.frame.root
    holder = root.find("cols")
    prefix = root.prefix
    own = _column(prefix, at, look) if look else b""
    if holder is None:
        if own:
            whole = f"<{prefix}cols>".encode() + own + f"</{prefix}cols>".encode()
            yield insertion(root, "cols", whole, WORKSHEET)
        return
    columns = holder.all("col")
    left = next((one for one in columns if _last(one) >= at - 1 >= _first(one)), None)
    pieces: list[tuple[int, bytes]] = []
    if look is None and left is not None:
        own = left.with_attributes(min=str(at), max=str(at), hidden=None, collapsed=None)
    if own:
        pieces.append((at, own))
    for one in columns:
        first, last = _first(one), _last(one)
        if first < at:
            pieces.append((first, one.with_attributes(min=str(first), max=str(min(last, at - 1)))))
        if last >= at and max(first, at) < refs.MAX_COLUMN:
            end = min(last + 1, refs.MAX_COLUMN)
            begin = max(first, at) + 1
            pieces.append((begin, one.with_attributes(min=str(begin), max=str(end))))
    yield holder.replace_content(b"".join(content for _, content in sorted(pieces)))


def _first(column: Element) -> int:
    return natural(column.get("min")) or 1


def _last(column: Element) -> int:
    return natural(column.get("max")) or _first(column)


def _column(prefix: str, at: int, look: ColumnLook) -> bytes:
    attributes = f' min="{at}" max="{at}"'
    if look.width is not None:
        attributes += f' width="{look.width:g}" customWidth="1"'
    if look.style:
        attributes += f' style="{look.style}"'
    if look.hidden:
        attributes += ' hidden="1"'
    return f"<{prefix}col{attributes}/>".encode()


def with_table_column(data: bytes, part: str, position: int, header: str) -> bytes:
    """Return a table part with one more column: the one that is at `position`, counted from 0."""
    root = Document(data, part).root
    holder = root.find("tableColumns")
    columns = holder.all("tableColumn") if holder else []
    if holder is None:
        return data
    number = max((natural(one.get("id")) or 0 for one in columns), default=0) + 1
    name = quote(text.encode(header).replace("\n", "_x000a_")).decode()
    element = f'<{root.prefix}tableColumn id="{number}" name="{name}"/>'.encode()
    before = columns[position] if position < len(columns) else None
    return splice(data, [holder.set(count=str(len(columns) + 1)), holder.insert(element, before)])

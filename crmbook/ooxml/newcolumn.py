"""New columns themselves: their widths and formats among the sheet's columns, their positions among a table's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from crmbook.ooxml import refs, text
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.xml import Document, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.tables import Table
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


@dataclass(frozen=True, slots=True)
class NewHeaders:
    """The columns that a table gets: the position of the first among the columns, from 0, and their headers."""

    position: int
    headers: tuple[str, ...]


def column_edits(sheet: Sheet, at: int, looks: Sequence[ColumnLook | None]) -> Iterator[Edit]:
    """Yield the edits of the sheet's ``<cols>`` that make room for columns from `at` on and give them their looks."""
    root, count = sheet.frame.root, len(looks)
    holder = root.find("cols")
    columns = holder.all("col") if holder is not None else []
    left = next((one for one in columns if _last(one) >= at - 1 >= _first(one)), None)
    pieces = list(_new_pieces(root.prefix, at, looks, left))
    if holder is None:
        if pieces:
            own = b"".join(content for _, content in pieces)
            whole = f"<{root.prefix}cols>".encode() + own + f"</{root.prefix}cols>".encode()
            yield insertion(root, "cols", whole, WORKSHEET)
        return
    for one in columns:
        first, last = _first(one), _last(one)
        if first < at:
            pieces.append((first, one.with_attributes(min=str(first), max=str(min(last, at - 1)))))
        begin = max(first, at) + count
        if last >= at and begin <= refs.MAX_COLUMN:
            end = min(last + count, refs.MAX_COLUMN)
            pieces.append((begin, one.with_attributes(min=str(begin), max=str(end))))
    yield holder.replace_content(b"".join(content for _, content in sorted(pieces)))


def _new_pieces(
    prefix: str, at: int, looks: Sequence[ColumnLook | None], left: Element | None
) -> Iterator[tuple[int, bytes]]:
    """Yield first column and ``<col>`` of new columns, one for neighbours that look alike."""
    first = at
    for look, alike in groupby(looks):
        last = first + len(list(alike)) - 1
        if look is not None:
            yield first, _column(prefix, first, last, look)
        elif left is not None:
            yield first, left.with_attributes(min=str(first), max=str(last), hidden=None, collapsed=None)
        first = last + 1


def _first(column: Element) -> int:
    return natural(column.get("min")) or 1


def _last(column: Element) -> int:
    return natural(column.get("max")) or _first(column)


def _column(prefix: str, first: int, last: int, look: ColumnLook) -> bytes:
    attributes = f' min="{first}" max="{last}"'
    if look.width is not None:
        attributes += f' width="{look.width:g}" customWidth="1"'
    if look.style:
        attributes += f' style="{look.style}"'
    if look.hidden:
        attributes += ' hidden="1"'
    return f"<{prefix}col{attributes}/>".encode()


def free_headers(table: Table, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the headers that new columns get in a table: those that are wanted, else free ones."""
    taken = {name.lower() for name in table.columns}
    headers = []
    for header in wanted:
        if header and header.lower() in taken:
            raise EditError("ooxml.header-taken", table=table.display_name, header=header)
        free = (f"Column{number}" for number in range(1, len(taken) + 2))
        headers.append(header or next(name for name in free if name.lower() not in taken))
        taken.add(headers[-1].lower())
    return tuple(headers)


def with_table_columns(data: bytes, part: str, position: int, headers: Sequence[str]) -> bytes:
    """Return a table part with more columns: those that are from `position` on, counted from 0."""
    root = Document(data, part).root
    holder = root.find("tableColumns")
    columns = holder.all("tableColumn") if holder else []
    if holder is None:
        return data
    free = max((natural(one.get("id")) or 0 for one in columns), default=0) + 1
    names = (quote(text.encode(header).replace("\n", "_x000a_")).decode() for header in headers)
    elements = "".join(
        f'<{root.prefix}tableColumn id="{number}" name="{name}"/>' for number, name in enumerate(names, free)
    )
    before = columns[position] if position < len(columns) else None
    count = str(len(columns) + len(headers))
    return splice(data, [holder.set(count=count), holder.insert(elements.encode(), before)])

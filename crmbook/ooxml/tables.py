"""Tables (ListObjects): a named range with headers, in a part of its own.

``<table name="T" displayName="T" ref="A1:C5" totalsRowCount="1"><autoFilter ref="A1:C4"/><tableColumns>…``

`name` may be missing, `displayName` is what formulas use. Header texts hold line breaks as ``_x000a_``.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from crmbook.ooxml import text
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.refs import parse_area, parse_areas
from crmbook.ooxml.xml import Document, Element, natural, splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.ooxml.refs import Area


@dataclass(frozen=True, slots=True)
class Table:
    """One table as its part states it.

    Attributes
    ----------
    name, display_name
        Internal name, and the one that formulas use.
    sheet
        Title of its sheet.
    ref
        Its range, header and totals included.
    columns
        Names of the columns, in order.
    part
        Name of the part.
    header_rows, totals_rows
        Number of header and totals rows, 0 or 1.
    """

    name: str
    display_name: str
    sheet: str
    ref: str
    columns: tuple[str, ...]
    part: str
    header_rows: int = 1
    totals_rows: int = 0

    @property
    def area(self) -> Area:
        """The range as numbers."""
        return parse_area(self.ref)


@lru_cache(maxsize=256)  # tables are asked for again after every change of the package, and seldom changed
def read_table(data: bytes, part: str, sheet: str) -> Table:
    """Return the table that a part describes.

    Raises
    ------
    PartError
        ``ooxml.malformed-xml`` if it is none.
    """
    root = Document(data, part).root
    name = root.get("displayName") or root.get("name")
    ref = root.get("ref")
    if root.local != "table" or not name or not ref:
        raise PartError("ooxml.malformed-xml", part=part, reason="no table")
    columns = tuple(text.decode(item.get("name") or "") for item in _columns(root))
    header = natural(root.get("headerRowCount"))
    return Table(
        root.get("name") or name,
        name,
        sheet,
        ref,
        columns,
        part,
        1 if header is None else header,
        natural(root.get("totalsRowCount")) or 0,
    )


def told_apart(tables: Iterable[Table]) -> Iterator[Table]:
    """Yield tables of a workbook as they come, as long as none has the name or a cell of another one.

    No office program opens a workbook in which two have: it drops one of them, and with it its formulas.

    Raises
    ------
    PartError
        ``ooxml.table-twice``, ``ooxml.tables-overlap``.
    """
    names: dict[str, Table] = {}
    sheets: defaultdict[str, list[tuple[Area, str]]] = defaultdict(list)
    for table in tables:
        other = names.setdefault(table.display_name.casefold(), table)
        if other is not table:
            raise PartError(
                "ooxml.table-twice", table=table.display_name, sheet=table.sheet, other=other.sheet
            )
        sheets[table.sheet] += [(area, table.display_name) for area in parse_areas(table.ref)]
        yield table
    for sheet, areas in sheets.items():
        for one, other_name in _overlaps(areas):
            raise PartError("ooxml.tables-overlap", table=one, sheet=sheet, other=other_name)


def _overlaps(areas: list[tuple[Area, str]]) -> Iterator[tuple[str, str]]:
    """Yield pairs of names whose areas meet, down the sheet; what lies side by side is held by its columns."""
    beside: list[tuple[int, int, int, str]] = []  # left, right, bottom, name
    for area, name in sorted(areas):
        position = bisect_left(beside, (area.left,))
        position -= bool(position and beside[position - 1][1] >= area.left)
        while position < len(beside) and beside[position][0] <= area.right:
            _, _, bottom, other = beside[position]
            if bottom >= area.top:
                yield name, other
            del beside[position]
        insort(beside, (area.left, area.right, area.bottom, name))


def with_ref(data: bytes, part: str, ref: str) -> bytes:
    """Return the part with the table's range and its filter's set to `ref` (the table has no totals row)."""
    root = Document(data, part).root
    edits = [root.set(ref=ref)]
    if root.get("insertRow") is not None:
        edits = [root.set(ref=ref, insertRow=None)]
    autofilter = root.find("autoFilter")
    if autofilter is not None:
        edits.append(autofilter.set(ref=ref))
    return splice(data, edits)


def _columns(root: Element) -> list[Element]:
    holder = root.find("tableColumns")
    return holder.all("tableColumn") if holder else []

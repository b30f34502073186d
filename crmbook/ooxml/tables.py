"""Tables (ListObjects): a named range with headers, in a part of its own.

``<table name="T" displayName="T" ref="A1:C5" totalsRowCount="1"><autoFilter ref="A1:C4"/><tableColumns>…``

`name` may be missing, `displayName` is what formulas use. Header texts hold line breaks as ``_x000a_``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml import text
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.refs import parse_area
from crmbook.ooxml.xml import Document, Element, natural, splice

if TYPE_CHECKING:
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

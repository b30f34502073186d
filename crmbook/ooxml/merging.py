"""Merging cells of a sheet into one, as an office program does it.

``<mergeCells count="1"><mergeCell ref="A3:H3"/></mergeCells>``: the first cell shows its content over all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml.errors import EditError
from crmbook.ooxml.schemaorder import WORKSHEET, insertion

if TYPE_CHECKING:
    from crmbook.ooxml.refs import Area
    from crmbook.ooxml.sheet import Sheet


def merge_cells(sheet: Sheet, area: Area) -> None:
    """Merge the cells of an area; what others than the first hold would not be seen.

    Raises
    ------
    EditError
        ``ooxml.merged-cell``: some of them are merged already.
    """
    for other in sheet.merged(area):
        raise EditError("ooxml.merged-cell", sheet=sheet.title, ref=str(area), area=str(other))
    root = sheet.frame.root
    item = f'<{root.prefix}mergeCell ref="{area}"/>'.encode()
    holder = root.find("mergeCells")
    if holder is None:
        whole = f'<{root.prefix}mergeCells count="1">'.encode() + item
        whole += f"</{root.prefix}mergeCells>".encode()
        sheet.edit_frame([insertion(root, "mergeCells", whole, WORKSHEET)])
        return
    counted = {"count": str(len(holder.all("mergeCell")) + 1)} if holder.get("count") else {}
    sheet.edit_frame([holder.set(**counted), holder.insert(item)] if counted else [holder.insert(item)])

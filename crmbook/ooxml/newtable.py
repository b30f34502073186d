"""A table over cells that are in a sheet already: its part, the relationship to it, its place in the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.ooxml import text
from crmbook.ooxml.refs import reference
from crmbook.ooxml.relationships import STRICT
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.workbook import STRICT_MAIN
from crmbook.ooxml.xml import Document, natural, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.refs import Area
    from crmbook.ooxml.sheet import Sheet

_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def add_table(package: Package, sheet_title: str, name: str, area: Area, headers: Sequence[str]) -> None:
    """Make a table of an area whose first row holds, or shall hold, these headers.

    Parameters
    ----------
    name
        Its name, which must be free.
    headers
        One text for each column, each once regardless of case.

    Raises
    ------
    MissingError
        ``ooxml.missing-sheet``.
    EditError
        ``ooxml.signed``.
    """
    sheet = package.sheet(sheet_title)
    for number, header in enumerate(headers, area.left):
        cell = reference(area.top, number)
        if sheet.cell(cell).value != header:
            sheet.set(cell, header)
    package.flush()
    _drop_lost_tables(package, package.sheet(sheet_title))
    part = package.add_part(
        "xl/tables/table1.xml",
        _markup(package, name, area, headers),
        _TYPE,
        f"{package.workbook.relationships_uri}/table",
        package.sheet(sheet_title).info.part,
    )
    sheet = package.sheet(sheet_title)
    [link] = [item for item in package.relationships(sheet.info.part).of_kind("table") if item.target == part]
    root = sheet.frame.root
    uri = package.workbook.relationships_uri
    item = f'<{root.prefix}tablePart xmlns:r="{uri}" r:id="{link.id}"/>'.encode()
    holder = root.find("tableParts")
    if holder is not None:
        count = len(holder.all("tablePart")) + 1
        sheet.edit_frame([holder.set(count=str(count)), holder.insert(item)])
    else:
        tag = f"{root.prefix}tableParts"
        whole = f'<{tag} count="1">'.encode() + item + f"</{tag}>".encode()
        sheet.edit_frame([insertion(root, "tableParts", whole, WORKSHEET)])
    package.flush()


def _drop_lost_tables(package: Package, sheet: Sheet) -> None:
    """Take away what a sheet says of tables whose parts are gone: the new part may get the name of one."""
    relationships = package.relationships(sheet.info.part)
    lost = [item for item in relationships.of_kind("table") if not package.parts.has(item.target)]
    if not lost:
        return
    ids, uri = {item.id for item in lost}, package.workbook.relationships_uri
    holder = sheet.frame.root.find("tableParts")
    listed = holder.all("tablePart") if holder is not None else []
    gone = [one for one in listed if one.get("id", uri) in ids]
    if holder is not None and len(gone) == len(listed):
        sheet.edit_frame([holder.remove()])
    elif holder is not None:
        sheet.edit_frame([holder.set(count=str(len(listed) - len(gone))), *(one.remove() for one in gone)])
    package.flush()
    for item in lost:
        relationships = package.relationships(sheet.info.part)
        package.parts.replace(relationships.part, relationships.drop(item.target))


def _markup(package: Package, name: str, area: Area, headers: Sequence[str]) -> bytes:
    """Return the part of a table, with a number that no other has."""
    parts = [part for part in package.parts.names if "/tables/" in part and part.endswith(".xml")]
    known = [Document(package.parts.read(part), part).root.get("id") for part in parts]
    number = max((natural(one) or 0 for one in known), default=0) + 1
    uri = STRICT_MAIN if package.workbook.relationships_uri == STRICT else _MAIN
    columns = "".join(
        f'<tableColumn id="{cell}" name="{_attribute(header)}"/>' for cell, header in enumerate(headers, 1)
    )
    title = quote(name).decode()
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<table xmlns="{uri}" id="{number}" name="{title}" displayName="{title}" ref="{area}" totalsRowShown="0">'
        f'<autoFilter ref="{area}"/><tableColumns count="{len(headers)}">{columns}</tableColumns></table>'
    ).encode()


def _attribute(header: str) -> str:
    return quote(text.encode(header).replace("\n", "_x000a_")).decode()

"""Small furniture of tables and sheets that LibreOffice drops on saving, and how each piece is put back.

``calculatedColumnFormula`` lets Excel fill a formula down when a row is added; ``tableStyleInfo`` is a table's look;
``ignoredErrors`` keeps the green triangles away from numbers stored as text. The size of the paper is here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.ooxml import text
from crmbook.ooxml.errors import MissingError
from crmbook.ooxml.refs import parse_areas
from crmbook.ooxml.schemaorder import TABLE, TABLE_COLUMN, WORKSHEET, insertion
from crmbook.ooxml.xml import Document, escape, quote, splice

if TYPE_CHECKING:
    from crmbook.ooxml.refs import Area
    from crmbook.ooxml.sheet import Sheet


def with_calculated_column(data: bytes, part: str, column: str, formula: str | None) -> bytes:
    """Return a table part whose column has this formula (None: has none).

    Raises
    ------
    MissingError
        ``ooxml.missing-column``.
    """
    root = Document(data, part).root
    holder = root.find("tableColumns")
    for item in holder.all("tableColumn") if holder else []:
        if text.decode(item.get("name") or "") != column:
            continue
        old = item.find("calculatedColumnFormula")
        if formula is None:
            return splice(data, [old.remove()]) if old else data
        if old is not None:
            return data if old.text == formula else splice(data, [old.replace_content(escape(formula))])
        tag = f"{root.prefix}calculatedColumnFormula".encode()
        element = b"<" + tag + b">" + escape(formula) + b"</" + tag + b">"
        return splice(data, [insertion(item, "calculatedColumnFormula", element, TABLE_COLUMN)])
    raise MissingError("ooxml.missing-column", table=root.get("displayName") or "", column=column)


def with_table_style(data: bytes, part: str, style: str, *, row_stripes: bool) -> bytes:
    """Return a table part with this style, its other style switches as they were."""
    root = Document(data, part).root
    stripes = "1" if row_stripes else "0"
    old = root.find("tableStyleInfo")
    if old is not None:
        if old.get("name") == style and (old.get("showRowStripes") in {"1", "true"}) == row_stripes:
            return data
        return splice(data, [old.set(name=style, showRowStripes=stripes)])
    attributes = (
        f'name="{quote(style).decode()}" showFirstColumn="0" showLastColumn="0" showRowStripes="{stripes}"'
    )
    element = f'<{root.prefix}tableStyleInfo {attributes} showColumnStripes="0"/>'.encode()
    return splice(data, [insertion(root, "tableStyleInfo", element, TABLE)])


def set_ignored_errors(sheet: Sheet, sqref: str, kind: str = "numberStoredAsText") -> None:
    """Have office programs not point at an error of this kind (an attribute of CT_IgnoredError) in these ranges."""
    root = sheet.frame.root
    wanted = frozenset(parse_areas(sqref))
    holder = root.find("ignoredErrors")
    for item in holder.all("ignoredError") if holder else []:
        if item.get(kind) in {"1", "true"}:
            areas = frozenset(parse_areas(item.get("sqref") or ""))
            if wanted <= areas:
                return
            if any(one.meets(other) for one in areas for other in wanted):
                sheet.edit_frame([item.set(sqref=" ".join(map(str, sorted(_largest(areas | wanted)))))])
                return
    element = f'<{root.prefix}ignoredError sqref="{" ".join(sqref.split())}" {kind}="1"/>'
    if holder is not None:
        sheet.edit_frame([holder.insert(element.encode())])
        return
    whole = f"<{root.prefix}ignoredErrors>{element}</{root.prefix}ignoredErrors>".encode()
    sheet.edit_frame([insertion(root, "ignoredErrors", whole, WORKSHEET)])


PAPER_SIZES: Final = {"letter": 1, "legal": 5, "A3": 8, "A4": 9, "A5": 11, "B5": 13}
"""The numbers of ST_PaperSize by the names of the sizes."""
_NO_SIZE: Final = str(PAPER_SIZES["letter"])
"""What a set-up without a size means."""


def change_paper(sheet: Sheet, was: str, now: str) -> None:
    """Have a sheet printed on paper of another size, where it is printed on the one that it had; by `PAPER_SIZES`."""
    setup = sheet.frame.root.find("pageSetup")
    if setup is not None and (setup.get("paperSize") or _NO_SIZE) == str(PAPER_SIZES[was]):
        sheet.edit_frame([setup.set(paperSize=str(PAPER_SIZES[now]))])


def _largest(areas: frozenset[Area]) -> list[Area]:
    """Leave out ranges that lie inside another one."""
    return [
        area for area in areas if not any(other != area and other.union(area) == other for other in areas)
    ]

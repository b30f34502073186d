"""Growing a table: rows added below it, its range, and what covered its columns down to the last row.

A table that has only its one obligatory empty row is filled from that row on. Nothing is ever moved out of the
way: where cells, merged cells or another table are below, or a totals row, the growth is refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml import tables
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.refs import MAX_ROW, Area, parse_areas, reference
from crmbook.ooxml.rowsplice import CellEdit
from crmbook.ooxml.values import CellContent, Formula, checked
from crmbook.ooxml.xml import Document, Edit, escape, quote, splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.spreadsheet import Spreadsheet
    from crmbook.ooxml.tables import Table
    from crmbook.ooxml.xml import Element

_RANGED = frozenset({"conditionalFormatting", "dataValidation", "ignoredError"})


def append_rows(package: Spreadsheet, table: Table, rows: Sequence[Sequence[CellContent]]) -> None:
    """Add `rows`, each a value per table column from the first on, below `table`.

    Raises
    ------
    EditError
        ``ooxml.table-has-totals``, ``ooxml.row-too-wide``, ``ooxml.sheet-full``, ``ooxml.rows-in-the-way`` or what
        `Sheet.set` refuses.
    """
    if not rows:
        return
    edits = [[_edit(content) for content in row] for row in rows]
    sheet, area = package.sheet(table.sheet), table.area
    first = _first_free_row(sheet, table)
    grown = Area(area.top, area.left, max(area.bottom, first + len(rows) - 1), area.right)
    _check(package, table, grown, max(map(len, rows)))
    for take in (sheet.check_edit, sheet.set_at):
        for row, contents in enumerate(edits, first):
            for column, edit in enumerate(contents, area.left):
                take(row, column, edit)
    resize(package, table, grown)


def resize(package: Spreadsheet, table: Table, grown: Area) -> None:
    """Let a table end further down, together with its filter and the rules that cover its columns."""
    if grown == table.area:
        return
    package.replace_part(table.part, tables.with_ref(package.parts.read(table.part), table.part, str(grown)))
    sheet = package.sheet(table.sheet)
    sheet.edit_frame(_longer_ranges(sheet, table.area, grown.bottom))


def redraw(package: Spreadsheet, table: Table, bottom: int) -> None:
    """Let the charts that draw columns of a table down to its last row draw them down to `bottom`."""
    for name in package.parts.names:
        if not package.content_types.of(name).endswith("chart+xml"):
            continue
        root = Document(package.parts.read(name), name).root
        formulas = [element for element in root.walk() if element.local == "f" and not element.children]
        edits = [
            element.replace_content(escape(longer))
            for element in formulas
            if (longer := _drawn(element.text, table, bottom)) != element.text
        ]
        if edits:
            package.replace_part(name, splice(root.document.data, edits))


def _drawn(formula: str, table: Table, bottom: int) -> str:
    """Return the range of a series, ending at `bottom` where it ended with the table."""
    title, _, ref = formula.rpartition("!")
    areas = parse_areas(ref.replace("$", ""))
    if title.strip("'").replace("''", "'") != table.sheet or len(areas) != 1:
        return formula
    (area,), whole = areas, table.area
    if (
        area.bottom != whole.bottom
        or area.left < whole.left
        or area.right > whole.right
        or area.top <= whole.top
    ):
        return formula
    first, last = reference(area.top, area.left), reference(bottom, area.right)
    return f"{title}!{_fixed(first)}:{_fixed(last)}"


def _fixed(ref: str) -> str:
    letters = ref.rstrip("0123456789")
    return f"${letters}${ref.removeprefix(letters)}"


def _edit(content: CellContent) -> CellEdit:
    if isinstance(content, Formula):
        return CellEdit(checked(content.value), checked_formula(content.text))
    return CellEdit(checked(content))


def _first_free_row(sheet: Sheet, table: Table) -> int:
    area = table.area
    if table.totals_rows:
        raise EditError("ooxml.table-has-totals", table=table.display_name)
    only_row = area.bottom == area.top + table.header_rows
    if only_row and sheet.first_filled(Area(area.bottom, area.left, area.bottom, area.right)) is None:
        return area.bottom
    return area.bottom + 1


def _check(package: Spreadsheet, table: Table, grown: Area, width: int) -> None:
    area = table.area
    if width > area.right - area.left + 1:
        raise EditError(
            "ooxml.row-too-wide", table=table.display_name, found=width, limit=area.right - area.left + 1
        )
    if grown.bottom > MAX_ROW:
        raise EditError("ooxml.sheet-full", sheet=table.sheet)
    added = Area(area.bottom + 1, area.left, grown.bottom, area.right)
    if added.bottom < added.top:
        return
    sheet = package.sheet(table.sheet)
    in_the_way = sheet.first_filled(added) or sheet.first_merged(added)
    for other in package.tables:
        if other.sheet == table.sheet and other.part != table.part and other.area.meets(added):
            in_the_way = in_the_way or reference(other.area.top, other.area.left)
    if in_the_way:
        raise EditError("ooxml.rows-in-the-way", table=table.display_name, sheet=table.sheet, ref=in_the_way)


def _longer_ranges(sheet: Sheet, old: Area, bottom: int) -> Iterator[Edit]:
    for element in sheet.frame.root.walk():
        if element.local in _RANGED and (sqref := element.get("sqref")):
            longer = _longer(sqref, old, bottom)
            if longer != sqref:
                yield element.set(sqref=longer)
        elif element.local == "sqref" and not element.children:
            longer = _longer(element.text, old, bottom)
            if longer != element.text:
                yield _content(element, longer)


def _content(element: Element, content: str) -> Edit:
    return element.replace_content(quote(content))


def _longer(sqref: str, old: Area, bottom: int) -> str:
    """Return the ranges, those that reach the table's last row in its columns now reaching `bottom`."""
    ranges = []
    for ref in sqref.split():
        for area in parse_areas(ref):
            column = Area(old.bottom, old.left, old.bottom, old.right)
            if area.bottom == old.bottom and area.meets(column):
                ref = str(area._replace(bottom=bottom))  # noqa: PLW2901 - the range as it is to be written
        ranges.append(ref)
    return " ".join(ranges) if ranges != sqref.split() else sqref

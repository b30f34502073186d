"""What the checks of single sheets need to know of the whole workbook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.ooxml_lint.formula_text import Names
from tests.ooxml_lint.markup import text_of, whole
from tests.ooxml_lint.reference import Range, parse_range

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.archive import Archive

SHEET_KINDS = {"worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"}


class SheetEntry(NamedTuple):
    """A ``sheet`` of the workbook: `part` is None where the relationship leads nowhere."""

    title: str
    sheet_id: int | None
    part: str | None
    kind: str


class TableEntry(NamedTuple):
    """A table part and the sheet that relates to it."""

    part: str
    sheet: str
    root: Element
    name: str
    range: Range | None
    columns: list[str]


@dataclass
class Styles:
    """How many of each kind of format the style sheet has."""

    cell_formats: int
    differential: int


@dataclass
class Book:
    """The workbook part and the lists that its sheets point into."""

    archive: Archive
    part: str
    root: Element
    sheets: list[SheetEntry]
    strings: list[str]
    styles: Styles
    tables: list[TableEntry]
    names: Names
    formula_cells: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def tables_of(self, part: str) -> list[TableEntry]:
        """Return the tables on the sheet whose part is `part`."""
        return [table for table in self.tables if table.sheet == part]


def read_book(archive: Archive) -> Book | None:
    """Return the workbook that the package's relationships lead to, or None where there is none."""
    part = next(iter(archive.targets("", "officeDocument")), None)
    root = archive.root(part) if part else None
    if part is None or root is None:
        return None
    sheets = [_sheet(archive, part, item) for item in root.iterfind("sheets/sheet")]
    tables = [
        table
        for entry in sheets
        if entry.part and entry.kind == "worksheet"
        for table in _tables(archive, entry.part)
    ]
    names = Names([entry.title for entry in sheets], {table.name: table.columns for table in tables})
    return Book(archive, part, root, sheets, _strings(archive, part), _styles(archive, part), tables, names)


def _sheet(archive: Archive, workbook: str, item: Element) -> SheetEntry:
    identifier = item.get("r:id")
    relationship = next((rel for rel in archive.relationships(workbook) if rel.id == identifier), None)
    found = relationship is not None and relationship.kind in SHEET_KINDS and not relationship.external
    part = archive.find(relationship.target) if relationship and found else None
    kind = relationship.kind if relationship else ""
    return SheetEntry(item.get("name", ""), whole(item.get("sheetId")), part, kind)


def _tables(archive: Archive, sheet: str) -> list[TableEntry]:
    tables = []
    for part in archive.targets(sheet, "table"):
        root = archive.root(part)
        if root is None:
            continue
        name = root.get("displayName") or root.get("name") or ""
        columns = [column.get("name", "") for column in root.iterfind("tableColumns/tableColumn")]
        tables.append(TableEntry(part, sheet, root, name, parse_range(root.get("ref", "")), columns))
    return tables


def _strings(archive: Archive, workbook: str) -> list[str]:
    part = next(iter(archive.targets(workbook, "sharedStrings")), None)
    root = archive.root(part) if part else None
    return [text_of(item) for item in root.iterfind("si")] if root is not None else []


def _styles(archive: Archive, workbook: str) -> Styles:
    part = next(iter(archive.targets(workbook, "styles")), None)
    root = archive.root(part) if part else None
    if root is None:
        return Styles(1, 0)
    return Styles(max(1, len(root.findall("cellXfs/xf"))), len(root.findall("dxfs/dxf")))

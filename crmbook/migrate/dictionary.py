"""The dictionary sheet of a filled workbook, fitted to the new schema: its lists, and the table that explains fields.

A list is a column known by its header. People add, rename and delete entries there; so an entry is renamed only where
its old words are, and what is new goes below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.base import describe
from crmbook.build import FIELD_WIDTHS, ROW_LINE, build_names, field_row_height, field_widths
from crmbook.migrate.locating import header_texts
from crmbook.migrate.plan import SchemaChangeKind, new_values
from crmbook.ooxml import (
    Area,
    ColumnLook,
    NewColumn,
    StyleImport,
    column_width,
    insert_column,
    reference,
    resize,
    widen_column,
)
from crmbook.schema import PAGE_HEADER_ROW, Layout, folded, layout_of
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Described, Migration
    from crmbook.ooxml import Package, Sheet, Table

    _Rows = list[list[object]]


_WRITTEN: Final = 0.7109375
"""What a file says of a width besides its characters: the edges of the cell."""
_FORMER_LINE, _FORMER_EDGE, _MOST_LINES = 17, 3, 8
_OUR_HEIGHTS: Final = tuple(
    height
    for lines in range(2, _MOST_LINES + 1)
    for height in (ROW_LINE * lines, _FORMER_LINE * lines + _FORMER_EDGE)
)
"""The heights that build gives, and gave, to rows of the dictionary; any other is a person's."""


def fit_dictionary(migration: Migration, package: Package, pattern: Pattern) -> None:
    """Fit the lists of the dictionary, where the workbook has one."""
    layout = layout_of(migration.book)
    if not any(sheet.name == layout.dictionary for sheet in package.sheets):
        return
    lists = _Lists(migration, package, pattern, layout)
    lists.rename_headers()
    lists.rename_values()
    lists.insert_columns()
    lists.add_values()
    _refresh_fields(migration, package, pattern, layout.dictionary)


class _Lists:
    """The columns of the dictionary; counted from 1."""

    def __init__(self, migration: Migration, package: Package, pattern: Pattern, layout: Layout) -> None:
        self._migration = migration
        self._package = package
        self._pattern = pattern
        self._layout = layout
        self._title = layout.dictionary
        self._lang = migration.book.lang

    def _columns(self) -> dict[str, int]:
        row = header_texts(self._package, self._title, PAGE_HEADER_ROW)
        return {folded(text): number for number, text in reversed(row.items())}

    def _texts(self, column: int) -> dict[int, str]:
        cells = self._package.sheet(self._title).cells(columns={column})
        return {
            cell.row: tidy(spell(cell.value))
            for cell in cells
            if cell.row > PAGE_HEADER_ROW and cell.value is not None and cell.formula is None
        }

    def _set(self, row: int, column: int, text: str) -> None:
        self._package.sheet(self._title).set(reference(row, column), text)

    def rename_headers(self) -> None:
        """Give lists whose title changed their new header, those that depend on them too."""
        columns = self._columns()
        old = {one["name"]: one for one in self._migration.old["lists"]}
        moved = {one.table: one.was for one in self._migration.of(SchemaChangeKind.LIST_RENAMED) if one.was}
        for name, list_layout in self._layout.lists.items():
            before = old.get(moved.get(name, name))
            if before is None:
                continue
            for was, header in zip(
                self._headers(before, old), (list_layout.header, list_layout.parent_header), strict=True
            ):
                column = columns.get(folded(was))
                if column is not None and was != header and header:
                    self._set(PAGE_HEADER_ROW, column, header)

    def _headers(self, one: Described, known: dict[str, Described]) -> tuple[str, str]:
        title = str(one["titles"].get(self._lang, ""))
        parent = known.get(one["by"])
        return title, f"{title}·{parent['titles'].get(self._lang, '')}" if parent else ""

    def rename_values(self) -> None:
        """Put the new words of values in place of the old ones, in the list and where others hang on it."""
        columns = self._columns()
        for name, list_layout in self._layout.lists.items():
            by = self._migration.book.lists[name].by
            for texts, header in (
                (self._migration.new_texts(name), list_layout.header),
                (self._migration.new_texts(by or ""), list_layout.parent_header),
            ):
                column = columns.get(folded(header)) if header and texts else None
                for row, text in self._texts(column).items() if column else ():
                    if text in texts:
                        self._set(row, column or 0, texts[text])

    def insert_columns(self) -> None:
        """Insert the columns that the new schema has and the dictionary lacks, filled as build fills them."""
        columns, before = self._columns(), 0
        for number, header in self._wanted():
            known = columns.get(folded(header))
            if known is None:
                known = before + 1
                self._insert(known, number, header)
                columns = self._columns()
            before = known

    def _wanted(self) -> Iterator[tuple[int, str]]:
        """Yield column in the pattern and header of each list and of what was entered before, in order."""
        names = build_names(self._migration.book, self._layout)
        for list_layout in self._layout.lists.values():
            yield list_layout.column + 1, list_layout.header
            if list_layout.parent_column is not None:
                yield list_layout.parent_column + 1, list_layout.parent_header
        titles: dict[str, str] = {}
        for table, field in names.entered:
            titles.setdefault(field, self._migration.book.tables[table].fields[field].title)
        for field, column in names.entered_columns.items():
            yield column + 1, describe("workbook.entered", self._lang, {"field": titles[field]})

    def _insert(self, at: int, number: int, header: str) -> None:
        there = self._pattern.package.sheet(self._title)
        cells = [cell for cell in there.cells(columns={number}) if cell.row >= PAGE_HEADER_ROW]
        styles = StyleImport(self._package, self._pattern.package)
        formats = {cell.row: styles.of(cell.style) for cell in cells}
        element = self._pattern.column(self._title, number)
        style = styles.of(int(element.get("style") or 0)) if element is not None else 0
        styles.finish()
        width = float(element.get("width") or 0) if element is not None else 0
        insert_column(self._package, self._title, at, NewColumn(look=ColumnLook(width or None, style=style)))
        sheet = self._package.sheet(self._title)
        for cell in cells:
            value = header if cell.row == PAGE_HEADER_ROW else cell.value
            sheet.set(reference(cell.row, at), value, style=formats[cell.row])

    def add_values(self) -> None:
        """Add the values that are new below the others; those of a list with parents find their place in a sync."""
        columns = self._columns()
        for name, text, _ in new_values(self._migration):
            list_layout = self._layout.lists.get(name)
            column = columns.get(folded(list_layout.header)) if list_layout else None
            if list_layout is None or column is None or list_layout.parent_header:
                continue
            known = self._texts(column)
            if text not in known.values():
                self._set(max(known, default=PAGE_HEADER_ROW) + 1, column, text)


def _refresh_fields(migration: Migration, package: Package, pattern: Pattern, title: str) -> None:
    """Write the table that explains every field anew."""
    name = describe("workbook.field-table", migration.book.lang, {})
    old = next((one for one in package.tables if one.display_name == name and one.sheet == title), None)
    new = next((one for one in pattern.package.tables if one.display_name == name), None)
    if old is None or new is None or old.columns != new.columns:
        return
    wanted = _body(pattern.package, new)
    sheet, area = package.sheet(title), old.area
    rows = len(wanted)
    if rows > area.bottom - area.top:
        added = Area(area.bottom + 1, area.left, area.top + rows, area.right)
        if sheet.first_filled(added) or sheet.first_merged(added):
            return
        resize(package, old, area._replace(bottom=area.top + rows))
        sheet = package.sheet(title)
    present = _body(package, package.table(name))
    for row in range(max(rows, len(present))):
        for offset in range(len(new.columns)):
            value = wanted[row][offset] if row < rows else None
            if row >= len(present) or present[row][offset] != value:
                sheet.set(reference(area.top + 1 + row, area.left + offset), value)
    _fit_rows(sheet, area, wanted, present)


def _fit_rows(sheet: Sheet, area: Area, wanted: _Rows, present: _Rows) -> None:
    """Give the table that explains fields the widths and heights that its texts need, where no person chose others."""
    widths, former = field_widths(_texts(wanted)), field_widths(_texts(present))
    for offset, width in enumerate(widths):
        number = area.left + offset
        now = column_width(sheet, number) or 0
        given = (FIELD_WIDTHS[offset] + _WRITTEN, former[offset] + _WRITTEN)
        if any(abs(now - one) < 1 / 2 for one in given) and now != width + _WRITTEN:
            widen_column(sheet, number, width + _WRITTEN)
    texts = _texts(wanted)
    for row in range(max(len(wanted), len(present))):
        number, first = area.top + 1 + row, wanted[row][0] if row < len(wanted) else None
        sheet.set(reference(number, area.left), first)  # only rows that are edited get a height
        height = field_row_height(texts[row], widths) if row < len(wanted) else None
        sheet.set_height(number, height, _OUR_HEIGHTS)


def _texts(rows: _Rows) -> list[list[str]]:
    return [[str(value or "") for value in row] for row in rows]


def _body(package: Package, table: Table) -> _Rows:
    area = table.area
    rows: _Rows = [[None] * len(table.columns) for _ in range(area.bottom - area.top)]
    wanted_rows = set(range(area.top + 1, area.bottom + 1))
    wanted_columns = set(range(area.left, area.right + 1))
    for cell in package.sheet(table.sheet).cells(wanted_rows, wanted_columns):
        rows[cell.row - area.top - 1][cell.column - area.left] = cell.value or None
    return rows

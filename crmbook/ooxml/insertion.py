"""Inserting columns into a worksheet, as an office program does it.

Cells at the first new column and right of it move to the right, and with them everything that is tied to them: column
widths, merged cells, links, validations, conditional formats, filters, tables, comments, drawings, panes, page breaks
and every A1 reference in the workbook. A table that lies around the new columns gets them as its own. References by
name (``表[列]``) do not move. What the pass does not understand it refuses before anything changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.ooxml import refs, text
from crmbook.ooxml.anchors import moved_comments, moved_drawing, moved_legacy_drawing
from crmbook.ooxml.cells import CellMarkup, RowMarkup, find_formula, formula_attributes
from crmbook.ooxml.columnshift import ColumnShift
from crmbook.ooxml.errors import EditError, MissingError
from crmbook.ooxml.formulapass import FormulaPass, shared_number, with_formula_text
from crmbook.ooxml.markup import prefixed
from crmbook.ooxml.newcolumn import (
    ColumnLook,
    NewColumn,
    NewHeaders,
    column_edits,
    free_headers,
    with_table_columns,
)
from crmbook.ooxml.schemaorder import WORKSHEET
from crmbook.ooxml.xml import Document, Edit, natural, quote, splice, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.deflate import Packed
    from crmbook.ooxml.package import Package
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Element

_TIED = frozenset(
    {
        "table",
        "comments",
        "vmlDrawing",
        "drawing",
        "hyperlink",
        "printerSettings",
        "threadedComment",
        "image",
        "slicer",
        "timeline",
    }
)
_REFUSED = frozenset(
    {
        "customSheetViews",
        "scenarios",
        "dataConsolidate",
        "oleObjects",
        "controls",
        "webPublishItems",
        "smartTags",
        "pivotSelection",
    }
)
_REFS = {
    "dimension": ("ref",), "sheetView": ("topLeftCell",), "pane": ("topLeftCell",), "selection": ("activeCell", "sqref"),
    "mergeCell": ("ref",), "hyperlink": ("ref",), "dataValidation": ("sqref",), "conditionalFormatting": ("sqref",),
    "autoFilter": ("ref",), "sortState": ("ref",), "sortCondition": ("ref",), "ignoredError": ("sqref",),
    "protectedRange": ("sqref",), "cellWatch": ("r",),
}  # fmt: skip
_CELL_PLACE = re.compile(rb'\A(<c(?:\s[^>]*?)?\sr=")([A-Za-z]{1,3})([0-9]+")')
_SPANS = re.compile(rb'(\sspans=")([0-9]{1,5}):([0-9]{1,5})(")')
_FORMULA_REFS = ("ref", "r1", "r2")


def insert_column(package: Package, sheet_title: str, at: int, column: NewColumn | None = None) -> None:
    """Insert one column into a worksheet; what was there and right of it moves one column to the right.

    Parameters
    ----------
    package
        The workbook.
    sheet_title
        Title of the worksheet.
    at
        Number of the new column, counted from 1.
    column
        What it holds; nothing, and the formats of its left neighbour, where it is not given.

    Raises
    ------
    MissingError
        ``ooxml.missing-sheet``, ``ooxml.missing-table``.
    EditError
        ``ooxml.bad-reference`` for a column that sheets do not have; ``ooxml.insert-full`` where the last column is
        in use; ``ooxml.insert-array`` inside an array formula; ``ooxml.insert-span`` where references span several
        sheets; ``ooxml.insert-unsupported`` for what cannot be moved; ``ooxml.header-taken``; ``ooxml.signed``.
    """
    insert_columns(package, sheet_title, at, [column or NewColumn()])


def insert_columns(package: Package, sheet_title: str, at: int, columns: Sequence[NewColumn]) -> None:
    """Insert columns side by side into a worksheet, from `at` on and in order; all of them name the same table.

    Raises
    ------
    MissingError, EditError
        See `insert_column`; none is inserted then.
    """
    if not columns:
        return
    if not 1 <= at <= at + len(columns) - 1 <= refs.MAX_COLUMN:
        raise EditError("ooxml.bad-reference", ref=str(at))
    sheet = package.sheet(sheet_title)
    package.refuse_signed()
    package.flush()
    insertion = _Insertion(package, sheet, at, [column.look for column in columns])
    insertion.place_headers(columns)
    insertion.run()
    package.drop_calculation_chain()
    for (row, number), name in insertion.headers.items():
        look = columns[number - at].look
        style = look.header_style if look else None
        package.sheet(sheet_title).set(refs.reference(row, number), name, style=style)
    package.flush()


class _Insertion(FormulaPass):
    """The pass over the workbook; on the sheet itself it moves what is there besides."""

    def __init__(self, package: Package, sheet: Sheet, at: int, looks: Sequence[ColumnLook | None]) -> None:
        super().__init__(package)
        titles = tuple(info.name for info in package.sheets)
        self.shift = ColumnShift(sheet.title, at, titles, len(looks))
        self.headers: dict[tuple[int, int], str] = {}
        self._looks = looks
        self._part = sheet.info.part
        self._widened: dict[str, NewHeaders] = {}
        self._bodies: list[refs.Area] = []
        self._refuse_ties(sheet)

    def place_headers(self, columns: Sequence[NewColumn]) -> None:
        """Find the tables that get the columns, and what their headers say in each."""
        at, tables = self.shift.at, [one for one in self.package.tables if one.sheet == self.shift.sheet]
        wanted = columns[0].table.lower()
        if wanted and not any(one.display_name.lower() == wanted for one in tables):
            raise MissingError("ooxml.missing-table", table=columns[0].table)
        for table in tables:
            area = table.area
            at_edge = table.display_name.lower() == wanted and area.left <= at <= area.right + 1
            if not (area.left < at <= area.right or at_edge):
                continue
            names = free_headers(table, [column.header for column in columns])
            self._widened[table.part] = NewHeaders(at - area.left, names)
            self._bodies.append(area)
            if table.header_rows:
                self.headers |= {(area.top, number): name for number, name in enumerate(names, at)}

    def formula(self, written: str, home: str | None) -> str:
        return self.shift.formula(written, home)

    def name_formula(self, written: str, home: str | None) -> str:
        return self.shift.formula(written, home, absolute_only=True)

    def concerns(self, sheet: Sheet) -> bool:
        if self._is_target(sheet):
            return True
        title = self.shift.sheet
        spellings = {quote(title), quote(title.replace("'", "''")), title.encode()}
        spelled = re.compile(b"|".join(map(re.escape, spellings)) + b"|[^<]:[^<:!]*!|&#", re.IGNORECASE)
        return any(b"!" in block.data and spelled.search(block.data) for block in sheet.body.blocks())

    def _is_target(self, sheet: Sheet) -> bool:
        return sheet.info.part == self._part

    # parts that belong to the sheet

    def _refuse_ties(self, sheet: Sheet) -> None:
        for item in self.package.relationships(sheet.info.part).items:
            if item.kind not in _TIED:
                raise self._unsupported(item.kind)
        for element in sheet.frame.root.walk():
            if element.local in _REFUSED:
                raise self._unsupported(element.local)
        for element in sheet.frame.root.children:
            if element.local not in WORKSHEET and element.local != "AlternateContent":
                raise self._unsupported(element.local)

    def _unsupported(self, what: str) -> EditError:
        return EditError("ooxml.insert-unsupported", sheet=self.shift.sheet, what=what)

    def sheet_contents(self, sheet: Sheet) -> Iterator[tuple[str, bytes | Packed]]:
        yield from super().sheet_contents(sheet)
        if not self._is_target(sheet):
            return
        for item in self.package.relationships(self._part).of_kind("comments", "threadedComment"):
            data = self.package.parts.read(item.target)
            yield item.target, moved_comments(data, item.target, self.shift)

    def _contents(self) -> Iterator[tuple[str, bytes | Packed]]:
        yield from super()._contents()
        types = self.package.content_types
        for name in self.package.parts.names:
            if types.of(name).endswith("pivotCacheDefinition+xml"):
                root = Document(self.package.parts.read(name), name).root
                sources = [
                    item for item in root.walk() if item.local == "worksheetSource" and item.get("ref")
                ]
                here = [
                    one for one in sources if (one.get("sheet") or "").lower() == self.shift.sheet.lower()
                ]
                edits = [one.set(ref=self.shift.ref(one.get("ref") or "")) for one in here]
                yield from self._differing(name, splice(root.document.data, edits))

    def drawing(self, data: bytes, home: str) -> bytes:
        data = super().drawing(data, home)
        return moved_drawing(data, self.shift) if home == self.shift.sheet else data

    def legacy_drawing(self, data: bytes, home: str) -> bytes:
        data = super().legacy_drawing(data, home)
        return moved_legacy_drawing(data, self.shift) if home == self.shift.sheet else data

    def table_part(self, name: str, sheet: str) -> bytes:
        data = super().table_part(name, sheet)
        if sheet != self.shift.sheet:
            return data
        root = Document(data, name).root
        widened = self._widened.get(name)
        if widened is not None and self.package.relationships(name).of_kind("queryTable"):
            raise self._unsupported("queryTable")
        edits = []
        for element in root.walk():
            if element.local in {"table", "autoFilter", "sortState", "sortCondition"} and element.get("ref"):
                edits.append(element.set(ref=self._table_ref(element.get("ref") or "", widened)))
            elif element.local == "filterColumn" and widened is not None:
                number = natural(element.get("colId")) or 0
                moved = number + self.shift.count if number >= widened.position else number
                edits.append(element.set(colId=str(moved)))
        data = splice(data, edits)
        return data if widened is None else with_table_columns(data, name, widened.position, widened.headers)

    def _table_ref(self, written: str, widened: NewHeaders | None) -> str:
        moved = self.shift.ref(written)
        if widened is None:
            return moved
        old, new = refs.parse_area(written), refs.parse_area(moved)
        if old.left == old.right:  # a sort condition's column, not the table
            return moved
        left = old.left if widened.position == 0 else new.left
        return str(new._replace(left=left, right=old.right + self.shift.count))

    # the sheet itself

    def frame_edits(self, sheet: Sheet) -> Iterator[Edit]:
        yield from super().frame_edits(sheet)
        if self._is_target(sheet):
            yield from column_edits(sheet, self.shift.at, self._looks)

    def element_edits(self, element: Element, sheet: Sheet) -> Iterator[Edit]:
        yield from super().element_edits(element, sheet)
        if self._is_target(sheet) and element.local == "sqref" and not element.children:
            yield element.replace_content(quote(self.shift.sqref(element.text)))

    def attribute_values(self, element: Element, sheet: Sheet) -> dict[str, str | None]:
        values = super().attribute_values(element, sheet)
        if not self._is_target(sheet):
            return values
        for name in _REFS.get(element.local, ()):
            written = element.get(name)
            if written:
                values[name] = self.shift.sqref(written)
        at = self.shift.at
        if element.local == "pane" and (element.get("state") or "").startswith("frozen"):
            split = natural(element.get("xSplit")) or 0
            values["xSplit"] = str(split + self.shift.count) if at <= split else element.get("xSplit")
        elif element.local == "filterColumn":
            values["colId"] = self._filter_column(element, sheet)
        elif element.local == "brk" and _parent(element, sheet).local == "colBreaks":
            number = natural(element.get("id")) or 0
            values["id"] = str(self.shift.moved(number))
        return values

    def _filter_column(self, element: Element, sheet: Sheet) -> str:
        holder = _parent(element, sheet)
        left = refs.parse_area(holder.get("ref") or "A1").left
        number = natural(element.get("colId")) or 0
        return str(self.shift.column(left + number) - self.shift.column(left))

    # its rows

    def row(self, raw: bytes, number: int, sheet: Sheet) -> bytes:
        if not self._is_target(sheet):
            return super().row(raw, number, sheet)
        row = RowMarkup.parse(raw, number, sheet.prefix, sheet.info.part)
        at, edits = self.shift.at, []
        for cell in row.cells:
            old = row.data[cell.start : cell.end]
            new = self.cell(old, cell, number, sheet)
            if cell.column >= at:
                new = self._moved(new, cell, number)
            if new != old:
                edits.append(Edit(cell.start, cell.end, new))
        spans = _SPANS.search(row.data, 0, row.inner)
        if spans:
            low, high = (self.shift.column(int(spans[group])) for group in (2, 3))
            edits.append(Edit(spans.start(), spans.end(), b"%s%d:%d%s" % (spans[1], low, high, spans[4])))
        edits += self._new_cells(row, number)
        return prefixed(splice(row.data, edits), sheet.prefix) if edits else raw

    def _moved(self, stored: bytes, cell: CellMarkup, row: int) -> bytes:
        column = self.shift.moved(cell.column)
        if column > refs.MAX_COLUMN:
            raise EditError("ooxml.insert-full", sheet=self.shift.sheet, ref=refs.reference(row, cell.column))
        letters = refs.letters(column).encode()
        found = _CELL_PLACE.match(stored)
        if found is None:
            return b'<c r="%s%d"' % (letters, row) + stored[2:]
        return found[1] + letters + stored[found.start(3) :]

    def _new_cells(self, row: RowMarkup, number: int) -> list[Edit]:
        """Return the edit that gives the new columns' cells of a row their formats; nothing where they have none."""
        if row.is_empty_tag:
            return []
        first = self.shift.at
        styles = enumerate(self._styles(row, number), first)
        cells = [
            f'<c r="{refs.reference(number, column)}" s="{style}"/>' for column, style in styles if style
        ]
        if not cells:
            return []
        at = next((cell.start for cell in row.cells if cell.column >= first), None)
        if at is None:
            at = row.cells[-1].end if row.cells else row.inner
        return [Edit(at, at, "".join(cells).encode())]

    def _styles(self, row: RowMarkup, number: int) -> Iterator[int | None]:
        """Yield the formats of the new columns' cells of a row, None for none."""
        is_inside = any(one.top <= number <= one.bottom for one in self._bodies)
        neighbour = row.find(self.shift.at - 1)
        for column, look in enumerate(self._looks, self.shift.at):
            if look is not None and is_inside:
                yield look.header_style if (number, column) in self.headers else look.style
            else:
                yield neighbour.style if neighbour else None

    def cell(self, stored: bytes, cell: CellMarkup, row: int, sheet: Sheet) -> bytes:
        found = find_formula(stored)
        if found is None:
            return stored
        number = shared_number(found)
        if number is not None and self._is_spread(sheet, number, row, cell.column):
            own = _shared_text(sheet, number, row, cell.column, found)
            return with_formula_text(stored, found, self.changed(own, sheet.title), b"")
        stored = super().cell(stored, cell, row, sheet)
        return self._with_refs(stored, row, cell.column) if self._is_target(sheet) else stored

    def _with_refs(self, stored: bytes, row: int, column: int) -> bytes:
        """Move the ranges of shared, array and data table formulas."""
        found = find_formula(stored)
        if found is None or b"r" not in found[1]:
            return stored
        attributes = found[1]
        written = formula_attributes(attributes)
        if "ref" in written and written.get("t") != "shared":
            area = refs.parse_area(written["ref"])
            if area.left < self.shift.at <= area.right:
                cell = refs.reference(row, column)
                raise EditError("ooxml.insert-array", sheet=self.shift.sheet, ref=cell, area=written["ref"])
        for name in _FORMULA_REFS:
            if name in written:
                pattern = rb"(\s" + name.encode() + rb'=")[^"]*'
                new = self.shift.ref(written[name]).encode()
                attributes = re.sub(pattern, lambda match, new=new: match[1] + new, attributes)
        start = stored.find(found[1], found.start())
        return stored[:start] + attributes + stored[start + len(found[1]) :]

    def _is_spread(self, sheet: Sheet, number: str, row: int, column: int) -> bool:
        """Return whether a shared formula is in several columns, whose references then move apart."""
        group = sheet.formula_index.mastered_at(row, column) or sheet.formula_index.group_of(
            number, row, column
        )
        if group is None or group.master is None:
            return False
        return any(cell != group.master[1] for _, cell in group.members())


def _shared_text(sheet: Sheet, number: str, row: int, column: int, found: re.Match[bytes]) -> str:
    if found[2]:
        return text.decode(unescape(found[2]))
    own = sheet.shared_formula(number, row, column)
    if own is None:
        raise EditError("ooxml.shared-formula", ref=refs.reference(row, column))
    return own


def _parent(element: Element, sheet: Sheet) -> Element:
    """Return the child of the sheet that holds an element."""
    children = sheet.frame.root.children
    return next(one for one in children if one.start <= element.start and element.end <= one.end)

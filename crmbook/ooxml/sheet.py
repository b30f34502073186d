"""A worksheet: cells read as stored, edits gathered, rows spliced when the package is written.

`set` checks an edit at once (so that it is refused where it is made) and remembers it; `flush` goes through the
rows once, rewrites those that have edits and passes all others on untouched. The *frame* is the sheet without its
rows (head and tail, a well-formed document of its own): dimension, columns, merged cells, validations, conditional
formats live there.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.ooxml import dates, deflate, refs
from crmbook.ooxml.body import Body
from crmbook.ooxml.cells import Cell, RowMarkup, read_cell
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.formulas import FormulaIndex, Promotion, promote
from crmbook.ooxml.frame import sequence, with_dimension
from crmbook.ooxml.refs import Area, parse_area
from crmbook.ooxml.rowpass import RowPass
from crmbook.ooxml.rowsplice import CellEdit, RowSplicer, Tally
from crmbook.ooxml.values import checked
from crmbook.ooxml.xml import Document, Edit, splice, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from crmbook.ooxml.holder import Holder
    from crmbook.ooxml.workbook import SheetInfo


class Sheet:
    """Editor of one worksheet; get it from `Package.sheet`.

    Attributes
    ----------
    info
        The tab: title, part, state.
    has_all_texts
        Whether every index of a shared string in its cells is known to lead to one.
    """

    def __init__(self, package: Holder, info: SheetInfo) -> None:
        self.info = info
        self.date1904 = package.date1904
        self.has_all_texts = False
        self._package = package
        self._edits: dict[int, dict[int, CellEdit | Promotion]] = {}
        self._heights: dict[int, float | None] = {}
        self._head: bytes | None = None
        self._tail: bytes | None = None
        self._frame: tuple[bytes, bytes, Document] | None = None

    @property
    def title(self) -> str:
        """Title of the tab."""
        return self.info.name

    @cached_property
    def body(self) -> Body:
        """The part as it was last written, edits not included."""
        parts, name = self._package.parts, self.info.part
        return Body(lambda: parts.pieces(name), name, parts.size(name))

    @property
    def head(self) -> bytes:
        """Bytes up to and including ``<sheetData>``."""
        return self.body.head if self._head is None else self._head

    @property
    def tail(self) -> bytes:
        """Bytes from ``</sheetData>`` on."""
        return self.body.tail if self._tail is None else self._tail

    @property
    def prefix(self) -> bytes:
        """Prefix of the sheet's elements with its colon, or nothing."""
        return self.body.prefix

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and stored bytes of every row, edits included."""
        self.flush()
        return self.body.rows()

    # reading

    def cells(
        self, rows: Collection[int] | None = None, columns: Collection[int] | None = None
    ) -> Iterator[Cell]:
        """Yield cells as stored, in order; only those in `rows` and `columns` (counted from 1), where given.

        Raises
        ------
        PartError
            ``ooxml.malformed-row``, ``ooxml.malformed-xml``.
        """
        for number, raw in self.rows():
            if rows is not None and number not in rows:
                continue
            for markup in self._parse(raw, number).cells:
                if columns is None or markup.column in columns:
                    yield read_cell(markup, number, self)

    def cell(self, ref: str) -> Cell:
        """Return the cell at ``B7``; a blank one where nothing is stored."""
        row, column = refs.parse_cell(ref)
        self.flush()
        stored = self._stored_row(row)
        markup = stored.find(column) if stored else None
        if markup is not None:
            return read_cell(markup, row, self)
        return Cell(refs.reference(row, column), row, column, "blank", None, None, 0)

    def first_filled(self, area: Area) -> str | None:
        """Return the first cell of `area` that holds a value or formula, edits included; None if all are blank."""
        filled: set[tuple[int, int]] = set()
        for block in self.body.blocks():
            if not block.numbers or block.numbers[-1] < area.top:
                continue
            for index, number in enumerate(block.numbers):
                if area.top <= number <= area.bottom:
                    row = self._parse(block.row(index), number)
                    filled |= {(number, cell.column) for cell in row.cells if not cell.is_blank}
        for row_number, edits in self._edits.items():
            for column, edit in edits.items():
                if isinstance(edit, CellEdit) and not edit.keeps_formula:
                    filled.discard((row_number, column))
                    filled |= {(row_number, column)} if _fills(edit) else set()
        found = min((place for place in filled if area.holds(*place)), default=None)
        return refs.reference(*found) if found else None

    def first_merged(self, area: Area) -> str | None:
        """Return the first cell of a merged range that reaches into `area`, None if there is none."""
        chunks = range(area.top >> 6, (area.bottom >> 6) + 1)
        found = [merged for chunk in chunks for merged in self._merges.get(chunk, ()) if merged.meets(area)]
        return refs.reference(min(found).top, min(found).left) if found else None

    def is_covered(self, row: int, column: int) -> bool:
        """Return whether a merged range hides a cell: all of its cells but the first."""
        area = self._merge_over(row, column)
        return area is not None and (row, column) != (area.top, area.left)

    def merged(self, area: Area) -> list[Area]:
        """Return the merged ranges that reach into `area`."""
        chunks = [
            places for chunk, places in self._merges.items() if area.top >> 6 <= chunk <= area.bottom >> 6
        ]
        return sorted({found for places in chunks for found in places if found.meets(area)})

    # what reading a cell needs (cells.Context)

    def shared_text(self, index: int) -> str:
        """Return a shared string."""
        return self._package.shared_text(index)

    def is_date(self, style: int) -> bool:
        """Return whether a cell format shows dates."""
        return self._package.styles.is_date(style)

    def shared_formula(self, group: str, row: int, column: int) -> str | None:
        """Return the formula of a member of a shared group."""
        found = self.formula_index.group_of(group, row, column)
        return found.at(row, column) if found else None

    # editing

    def set(self, ref: str, value: object, *, formula: str | None = None, style: int | None = None) -> None:
        """Put a value into a cell; with `formula` (no leading ``=``), as its cached value.

        The cell keeps its format unless `style` is given; a new cell takes that of its row, of the cell above
        or of its column.

        Raises
        ------
        EditError
            ``ooxml.merged-cell``, ``ooxml.array-formula``, ``ooxml.table-header``, ``ooxml.bad-style``,
            ``ooxml.empty-formula``, ``ooxml.formula-too-long``, ``ooxml.signed``, ``ooxml.bad-reference`` or what
            `values.checked` refuses.
        """
        row, column = refs.parse_cell(ref)
        if style is not None and not 0 <= style < self._package.styles.count:
            raise EditError("ooxml.bad-style", sheet=self.title, ref=ref, style=style)
        self.set_at(row, column, CellEdit(checked(value), checked_formula(formula), style))

    def set_cached(self, ref: str, value: object) -> None:
        """Give the formula in a cell a new cached value; a cell without one just takes the value."""
        row, column = refs.parse_cell(ref)
        self.set_at(row, column, CellEdit(checked(value), keeps_formula=True))

    def set_at(self, row: int, column: int, edit: CellEdit) -> None:
        """Remember an edit whose value was checked; raises as `set` does."""
        self.check_edit(row, column, edit)
        self._edits.setdefault(row, {})[column] = edit

    def set_height(self, row: int, points: float | None) -> None:
        """Give a row whose cells are edited a height, None for that of every row; one that a person set stays.

        Office programs make room for wrapped text as somebody types; LibreOffice does not as it opens a file.
        """
        self._heights[row] = points

    def check_edit(self, row: int, column: int, edit: CellEdit) -> None:
        """Refuse an edit of a cell that cannot be changed, or not to this value; raises as `set` does."""
        self._package.refuse_signed()
        if isinstance(edit.value, dt.date):
            dates.serial(edit.value, date1904=self.date1904)
        header = self._headers.get((row, column))
        if header is not None and not edit.keeps_formula and _as_header(edit) != header:
            raise EditError(
                "ooxml.table-header", sheet=self.title, ref=refs.reference(row, column), header=header
            )
        covered = self._merge_over(row, column)
        if covered is not None and (row, column) != (covered.top, covered.left):
            raise EditError(
                "ooxml.merged-cell", sheet=self.title, ref=refs.reference(row, column), area=str(covered)
            )
        block = self.formula_index.block_at(row, column)
        if block is not None and not edit.keeps_formula:
            raise EditError(
                "ooxml.array-formula", sheet=self.title, ref=refs.reference(row, column), area=str(block)
            )

    def clear_row(self, row: int, columns: Collection[int] | None = None) -> None:
        """Empty the cells of a row; see `clear_rows`."""
        self.clear_rows({row}, columns)

    def clear_rows(self, rows: Collection[int], columns: Collection[int] | None = None) -> None:
        """Empty the cells of some rows (of `columns`, where given) in place; the rows and their formats stay.

        Raises
        ------
        EditError
            ``ooxml.array-formula`` and the others of `set`; nothing is emptied then.
        """
        filled = {(row, column) for row in rows for column in self._edits.get(row, ())}
        for block in self.body.blocks():
            if not block.numbers or not rows or block.numbers[-1] < min(rows):
                continue
            for index, number in enumerate(block.numbers):
                if number in rows:
                    parsed = self._parse(block.row(index), number)
                    filled |= {(number, cell.column) for cell in parsed.cells if not cell.is_blank}
        for take in (self.check_edit, self.set_at):
            for row, column in sorted(filled):
                if columns is None or column in columns:
                    take(row, column, CellEdit(None))

    def clear(self, ref: str) -> None:
        """Empty a cell in place; its format stays."""
        self.set(ref, None)

    # the frame

    @property
    def frame(self) -> Document:
        """The sheet without its rows, parsed; places in it are what `edit_frame` takes."""
        head, tail = self.head, self.tail
        if self._frame is None or self._frame[0] is not head or self._frame[1] is not tail:
            self._frame = (head, tail, Document(head + tail, self.info.part))
        return self._frame[2]

    def edit_frame(self, edits: Iterable[Edit]) -> None:
        """Change the sheet around its rows."""
        edits = list(edits)
        if not edits:
            return
        self._package.refuse_signed()
        edge = len(self.head)
        moved = [Edit(edit.start - edge, edit.end - edge, edit.new) for edit in edits if edit.start >= edge]
        self._tail = splice(self.tail, moved)
        self._head = splice(self.head, [edit for edit in edits if edit.start < edge])

    def replace_rows(self, rows: Iterable[bytes], area: Area | None = None) -> None:
        """Write all rows anew from `rows`, ready markup in order; `area` is the new dimension."""
        self._package.refuse_signed()
        head = self.head if area is None else with_dimension(self.head, area, grow=False)
        tail = self.tail
        self._written(deflate.pack(sequence(head, rows, tail)))

    # writing

    @property
    def is_changed(self) -> bool:
        """Return whether edits wait to be written."""
        return bool(self._edits) or self._head is not None or self._tail is not None

    def flush(self) -> None:
        """Write the edits into the package's part."""
        if not self.is_changed:
            return
        self.frame  # noqa: B018 - a sheet that other programs cannot parse is refused here
        self._promote()
        tally = Tally()
        splicer = RowSplicer(
            self.info.part,
            self.prefix,
            lambda: self._package.shared_strings,
            self.date1904,
            tally,
            self._heights,
        )
        head = self.head
        if self._edits:
            head = with_dimension(head, self._edited_area(), grow=True)
        headers = self.header_rows() if self._edits else frozenset()
        passed = RowPass(self.body, self._edits, splicer, self.column_style, headers)
        packed = deflate.pack(sequence(head, passed.rows(), self.tail))
        if passed.changed or head != self.body.head or self.tail != self.body.tail:
            self._written(packed)
        else:
            self._reset()
        if tally.uses:
            self._package.shared_strings.uses(tally.uses)
        if tally.formulas_lost:
            self._package.drop_calculation_chain()

    def _written(self, packed: deflate.Packed) -> None:
        self._package.parts.replace(self.info.part, packed)
        self._reset()

    def _reset(self) -> None:
        self._edits, self._heights = {}, {}
        self._head = self._tail = None
        for name in ("body", "formula_index", "_merges", "_column_styles"):
            self.__dict__.pop(name, None)

    def _promote(self) -> None:
        """Add to the edits what overwriting the masters of shared formulas asks for."""
        overwritten = [
            (row, column)
            for row, edits in self._edits.items()
            for column, edit in edits.items()
            if isinstance(edit, CellEdit) and not edit.keeps_formula
        ]
        gone = set(overwritten)
        for place in overwritten:
            group = self.formula_index.mastered_at(*place)
            promotion = promote(group, gone) if group else None
            if promotion is not None:
                row, column = promotion.place
                edits = self._edits.setdefault(row, {})
                waiting = edits.get(column)
                edits[column] = (
                    replace(waiting, promotion=promotion) if isinstance(waiting, CellEdit) else promotion
                )

    def _edited_area(self) -> Area:
        rows = [row for row, edits in self._edits.items() if any(map(_fills, edits.values()))] or [
            min(self._edits)
        ]
        columns = [
            column for edits in self._edits.values() for column, edit in edits.items() if _fills(edit)
        ] or [min(self._edits[min(self._edits)])]
        return Area(min(rows), min(columns), max(rows), max(columns))

    # places

    @cached_property
    def formula_index(self) -> FormulaIndex:
        """Shared, array and data table formulas."""
        return FormulaIndex.read(self.body)

    @cached_property
    def _merges(self) -> dict[int, list[Area]]:
        """Merged ranges by the chunk of 64 rows they touch."""
        found: dict[int, list[Area]] = {}
        if b"mergeCell" not in self.tail:
            return found
        for element in self.frame.root.children:
            for item in element.children if element.local == "mergeCells" else []:
                area = parse_area(item.get("ref") or "")
                for chunk in range(area.top >> 6, (area.bottom >> 6) + 1):
                    found.setdefault(chunk, []).append(area)
        return found

    def _merge_over(self, row: int, column: int) -> Area | None:
        return next((area for area in self._merges.get(row >> 6, ()) if area.holds(row, column)), None)

    @cached_property
    def _column_styles(self) -> list[tuple[int, int, int]]:
        """``(first, last, style)`` of the columns that have a format."""
        found = []
        for match in tokens(self.head, self.info.part):
            name = match["open"]
            if name is not None and name.rpartition(b":")[2] == b"col":
                written = dict(_numbers(match["attributes"]))
                if written.get("style") and "min" in written:
                    found.append((written["min"], written.get("max", written["min"]), written["style"]))
        return found

    def column_style(self, column: int) -> int | None:
        """Return the format of a column, None where it has none."""
        return next((style for first, last, style in self._column_styles if first <= column <= last), None)

    def _parse(self, raw: bytes, number: int) -> RowMarkup:
        return RowMarkup.parse(raw, number, self.prefix, self.info.part)

    def _stored_row(self, number: int) -> RowMarkup | None:
        for block in self.body.blocks():
            if block.numbers and block.numbers[-1] >= number:
                try:
                    return self._parse(block.row(block.numbers.index(number)), number)
                except ValueError:
                    continue
        return None

    @cached_property
    def _headers(self) -> dict[tuple[int, int], str]:
        """What the header cells of tables must say: Excel drops a table whose part says otherwise."""
        return {
            (table.area.top, column): name.replace("\r\n", "\n")
            for table in self._package.tables
            if table.sheet == self.title and table.header_rows
            for column, name in enumerate(table.columns, table.area.left)
        }

    def header_rows(self) -> frozenset[int]:
        """Return the rows in which tables have their headers: nothing takes its format from them."""
        tables = self._package.tables
        return frozenset(
            table.area.top for table in tables if table.sheet == self.title and table.header_rows
        )


def _as_header(edit: CellEdit) -> str | None:
    """Return the text that an edit puts into a cell, None for anything but plain text."""
    if edit.formula is None and isinstance(edit.value, str):
        return edit.value.replace("\r\n", "\n")
    return None


def _fills(edit: CellEdit | Promotion) -> bool:
    return not isinstance(edit, CellEdit) or edit.value is not None or edit.formula is not None


def _numbers(raw: bytes) -> Iterator[tuple[str, int]]:
    for match in re.finditer(rb"(?<![\w.-])([\w.-]++)\s*+=\s*+[\"']([0-9]{1,9})[\"']", raw):
        yield match[1].decode(), int(match[2])

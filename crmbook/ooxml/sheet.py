"""A worksheet: cells read as stored, edits gathered, rows spliced when the package is written.

`set` checks an edit at once (so that it is refused where it is made) and remembers it; `flush` goes through the
rows once, rewrites those that have edits and passes all others on untouched.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.ooxml import dates, deflate, refs
from crmbook.ooxml.cells import Cell, read_cell
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.formulas import Promotion, promote
from crmbook.ooxml.frame import sequence, with_dimension
from crmbook.ooxml.refs import Area
from crmbook.ooxml.rowpass import RowPass
from crmbook.ooxml.rowsplice import CellEdit, NewHeight, RowSplicer, Tally
from crmbook.ooxml.storedsheet import StoredSheet
from crmbook.ooxml.values import checked
from crmbook.ooxml.xml import Edit, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from crmbook.ooxml.holder import Holder
    from crmbook.ooxml.workbook import SheetInfo


class Sheet(StoredSheet):
    """Editor of one worksheet; get it from `Package.sheet`."""

    def __init__(self, package: Holder, info: SheetInfo) -> None:
        super().__init__(package, info)
        self._edits: dict[int, dict[int, CellEdit | Promotion]] = {}
        self._heights: dict[int, NewHeight] = {}

    def rows(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and stored bytes of every row, edits included."""
        self.flush()
        return self.body.rows()

    # reading

    def texts(self) -> list[str]:
        """Return the shared strings, by the index under which cells name them."""
        strings = self._package.shared_strings
        return [strings.text(index) for index in range(len(strings))]

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
        found = min((one for one in filled if area.holds(*one)), default=None)
        return refs.reference(*found) if found else None

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

    def set_height(
        self,
        row: int,
        points: float | None,
        ours: Collection[float] = (),
        *,
        only_raise: bool = False,
        before: float | None = None,
    ) -> None:
        """Give a row whose cells are edited a height, None for that of every row; one that a person set stays.

        Office programs make room for wrapped text as somebody types; LibreOffice does not as it opens a file.

        Parameters
        ----------
        ours
            Heights that are nobody's though they are marked as a person's, as build marks all that it gives.
        only_raise
            Whether a row that is higher stays so.
        before
            The height that the row was given for what was in it until now: one that is as high may be lowered.
        """
        self._heights[row] = NewHeight(points, ours, only_raise, before)

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

    # around and beside the cells

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
        self._forget()

    def _promote(self) -> None:
        """Add to the edits what overwriting the masters of shared formulas asks for."""
        overwritten = [
            (row, column)
            for row, edits in self._edits.items()
            for column, edit in edits.items()
            if isinstance(edit, CellEdit) and not edit.keeps_formula
        ]
        gone = set(overwritten)
        for cell in overwritten:
            group = self.formula_index.mastered_at(*cell)
            promotion = promote(group, gone) if group else None
            if promotion is not None:
                row, column = promotion.cell
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


def _as_header(edit: CellEdit) -> str | None:
    """Return the text that an edit puts into a cell, None for anything but plain text."""
    if edit.formula is None and isinstance(edit.value, str):
        return edit.value.replace("\r\n", "\n")
    return None


def _fills(edit: CellEdit | Promotion) -> bool:
    return not isinstance(edit, CellEdit) or edit.value is not None or edit.formula is not None

"""Formulas that belong to more than one cell: shared, array and data table formulas.

Shared: the *master* holds text, group number and range, the others only the number::

    <c r="B2"><f t="shared" ref="B2:B4" si="0">A2*2</f><v>4</v></c>
    <c r="B3"><f t="shared" si="0"/><v>6</v></c>

Overwriting the master would orphan the others. The first of them that stays is promoted: it gets the text,
moved to its own cell, and the range around those that are left; exactly that one cell changes besides.
Array and data table formulas cannot be changed in part; an edit inside one of more than a cell is refused.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.ooxml import refs, text
from crmbook.ooxml.cells import RowMarkup, find_formula, formula_attributes
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.xml import unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.formula.translate import Translator

    from crmbook.ooxml.body import Body

_WIDTH = refs.MAX_COLUMN + 1


@dataclass(slots=True)
class SharedGroup:
    """The cells that share one formula.

    Attributes
    ----------
    number
        The group's ``si`` as written.
    master
        ``(row, column)`` of the cell that holds the text; None if no cell does.
    formula
        The text, without ``=``.
    children
        The other cells, each as row × 16385 + column, in document order.
    """

    number: str
    master: tuple[int, int] | None = None
    formula: str = ""
    children: array[int] = field(default_factory=lambda: array("q"))
    _translator: Translator | None = None

    def at(self, row: int, column: int) -> str | None:
        """Return the formula as it reads in a cell; None where it cannot be moved there."""
        if self.master is None:
            return None
        from openpyxl.formula.translate import Translator, TranslatorError  # 0.2 s that few sheets need

        if self._translator is None:
            self._translator = Translator("=" + self.formula, origin=refs.reference(*self.master))
        try:
            return str(self._translator.translate_formula(refs.reference(row, column)))[1:]
        except TranslatorError:
            return None

    def members(self) -> Iterator[tuple[int, int]]:
        """Yield the children's ``(row, column)``."""
        for cell in self.children:
            yield divmod(cell, _WIDTH)


@dataclass(slots=True)
class FormulaIndex:
    """The formulas of a sheet that reach beyond their cell.

    Attributes
    ----------
    blocks
        Ranges of array and data table formulas larger than a cell.
    groups
        Shared formulas by number, in the order in which their cells occur.
    """

    blocks: list[refs.Area] = field(default_factory=list)
    groups: dict[str, list[SharedGroup]] = field(default_factory=dict)
    _current: dict[str, SharedGroup] = field(default_factory=dict)
    _masters: dict[tuple[int, int], SharedGroup] = field(default_factory=dict)

    @classmethod
    def read(cls, body: Body) -> FormulaIndex:
        """Go through the rows of a sheet once."""
        index = cls()
        if not body.has_formula_attributes:
            return index
        tag = re.compile(rb"<" + body.prefix + rb"f\s")
        for block in body.blocks():
            if tag.search(block.data) is None:
                continue
            for at, number in enumerate(block.numbers):
                raw = block.row(at)
                if tag.search(raw):
                    index._add_row(RowMarkup.parse(raw, number, body.prefix, body.part), number)
        return index

    def block_at(self, row: int, column: int) -> refs.Area | None:
        """Return the array or data table range that covers a cell."""
        return next((area for area in self.blocks if area.holds(row, column)), None)

    def group_of(self, number: str, row: int, column: int) -> SharedGroup | None:
        """Return the shared formula `number` that the cell belongs to: where numbers repeat, the one it is in."""
        same = self.groups.get(number, ())
        if len(same) <= 1:
            return same[0] if same else None
        cell = row * _WIDTH + column
        return next((group for group in same if cell in group.children), None)

    def mastered_at(self, row: int, column: int) -> SharedGroup | None:
        """Return the shared formula whose text a cell holds."""
        return self._masters.get((row, column))

    def _add_row(self, row: RowMarkup, number: int) -> None:
        for cell in row.cells:
            found = find_formula(cell.body)
            if found is None:
                continue
            written = formula_attributes(found[1])
            kind = written.get("t")
            if kind == "shared":
                own = text.decode(unescape(found[2] or b""))
                self._add_shared(written.get("si", ""), own, number, cell.column)
            elif kind in {"array", "dataTable"} and "ref" in written:
                self.blocks += [area for area in refs.parse_areas(written["ref"]) if not area.is_cell]

    def _add_shared(self, number: str, formula: str, row: int, column: int) -> None:
        group = self._current.get(number)
        if group is None or (formula and group.master is not None):
            group = self._current[number] = SharedGroup(number)
            self.groups.setdefault(number, []).append(group)
        if formula:
            group.master, group.formula = (row, column), formula
            self._masters[row, column] = group
        else:
            group.children.append(row * _WIDTH + column)


@dataclass(frozen=True, slots=True)
class Promotion:
    """The new master of a shared formula.

    Attributes
    ----------
    cell
        ``(row, column)`` of the cell.
    formula
        The text as it reads there.
    ref
        Range around the cells that are left.
    """

    cell: tuple[int, int]
    formula: str
    ref: str


def promote(group: SharedGroup, gone: set[tuple[int, int]]) -> Promotion | None:
    """Return who becomes master of `group` when the cells `gone` are overwritten; None where nobody is left.

    Raises
    ------
    EditError
        ``ooxml.shared-formula`` where the text cannot be moved to the new master.
    """
    left = [cell for cell in group.members() if cell not in gone]
    if not left:
        return None
    cell = min(left)
    formula = group.at(*cell)
    if formula is None:
        raise EditError("ooxml.shared-formula", ref=refs.reference(*cell))
    rows, columns = [row for row, _ in left], [column for _, column in left]
    ref = str(refs.Area(min(rows), min(columns), max(rows), max(columns)))
    return Promotion(cell, formula, ref)

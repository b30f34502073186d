"""Editing one row: cells replaced, inserted in column order, everything else in it as it was.

Only ``r``, ``s`` and ``t`` are written on a replaced cell: ``cm`` and ``vm`` describe the value that went, ``ph`` its
reading. A row in an odd dialect comes back plain, under its own prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from crmbook.ooxml import refs, text
from crmbook.ooxml.cells import CellMarkup, RowMarkup, find_formula
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.markup import prefixed
from crmbook.ooxml.values import CellValue, written
from crmbook.ooxml.xml import Edit, escape, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from crmbook.ooxml.formulas import Promotion
    from crmbook.ooxml.sharedstrings import SharedStrings

_HEIGHT = re.compile(rb'\sht="([^"]*)"')
_OWN_HEIGHT = re.compile(rb'\scustomHeight="(?:1|true)"')
_PIXEL = 0.75
"""Points of a pixel: programs round heights to whole ones."""
_SPANS = re.compile(rb'(\sspans=")([0-9]{1,5}):([0-9]{1,5})(")')


@dataclass(frozen=True, slots=True)
class CellEdit:
    """What is to be in a cell.

    Attributes
    ----------
    value
        The value; with a formula, its cached value.
    formula
        Text without ``=``, None for none.
    style
        Cell format, None to keep the cell's own.
    keeps_formula
        Whether the formula that is there stays and only its cached value is new.
    promotion
        How the formula that stays becomes the master of its group, where it does.
    """

    value: CellValue
    formula: str | None = None
    style: int | None = None
    keeps_formula: bool = False
    promotion: Promotion | None = None


@dataclass(frozen=True, slots=True)
class NewHeight:
    """The height that a row gets as it is edited; one that a person set stays.

    Attributes
    ----------
    points
        The height, None for that of every row.
    ours
        Heights that are nobody's though they are marked as a person's.
    only_raise
        Whether a row that is higher stays so.
    before
        The height that the row was given for what was in it until now: one that is as high may be lowered.
    """

    points: float | None
    ours: Collection[float] = ()
    only_raise: bool = False
    before: float | None = None


@dataclass(slots=True)
class Tally:
    """What the edits of a sheet did, for those who must follow: shared strings and the calculation chain."""

    formulas_lost: int = 0
    uses: int = 0


@dataclass(frozen=True, slots=True)
class RowSplicer:
    """Edits rows of one sheet.

    Attributes
    ----------
    part, prefix
        Name of the part, and the prefix of its elements.
    strings
        Gives the shared strings; asked only when text is written.
    date1904
        The workbook's date system.
    tally
        Kept up to date while rows are edited.
    heights
        By row, the height that a row gets as it is edited.
    """

    part: str
    prefix: bytes
    strings: Callable[[], SharedStrings]
    date1904: bool
    tally: Tally
    heights: Mapping[int, NewHeight] = field(default_factory=dict)

    def edit(
        self,
        raw: bytes | None,
        number: int,
        edits: Mapping[int, CellEdit | Promotion],
        new_style: Callable[[RowMarkup, int], int | None],
    ) -> bytes:
        """Return row `number` with `edits` (by column) made; `raw` None makes a new row.

        Raises
        ------
        PartError
            ``ooxml.malformed-row``, ``ooxml.cell-order``.
        """
        row = RowMarkup.parse(
            raw or b'<row r="%d"></row>' % number, number, b"" if raw is None else self.prefix, self.part
        )
        columns = [cell.column for cell in row.cells]
        if any(one >= two for one, two in pairwise(columns)):
            raise PartError("ooxml.cell-order", part=self.part, row=number)
        existing = {cell.column: cell for cell in row.cells}
        changes: list[Edit] = []
        for column in sorted(edits):
            edit, old = edits[column], existing.get(column)
            if old is not None:
                changes.append(Edit(old.start, old.end, self._replaced(row, old, number, edit)))
            elif isinstance(edit, CellEdit):
                new = self._new(
                    number, column, edit, new_style(row, column) if edit.style is None else edit.style
                )
                at = next((cell.start for cell in row.cells if cell.column > column), _content_end(row))
                changes.append(Edit(at, at, new))
        before = row.data[: row.inner]
        tag = _with_height(before, self.heights[number]) if number in self.heights else before
        return self._finished(row, tag, changes, min(edits), max(edits))

    def _finished(self, row: RowMarkup, tag: bytes, changes: list[Edit], first: int, last: int) -> bytes:
        changes = [change for change in changes if change.new or change.start != change.end]
        if not changes and tag == row.data[: row.inner]:
            return prefixed(row.data, self.prefix)
        spans = _SPANS.search(tag)
        if spans:
            low, high = min(int(spans[2]), first), max(int(spans[3]), last)
            tag = tag[: spans.start()] + b"%s%d:%d%s" % (spans[1], low, high, spans[4]) + tag[spans.end() :]
        if row.is_empty_tag and changes:
            cells = b"".join(change.new for change in changes)
            return prefixed(tag[:-2].rstrip() + b">" + cells + b"</row>" + row.data[row.inner :], self.prefix)
        return prefixed(splice(row.data, [Edit(0, row.inner, tag), *changes]), self.prefix)

    def _replaced(self, row: RowMarkup, old: CellMarkup, number: int, edit: CellEdit | Promotion) -> bytes:
        stored = row.data[old.start : old.end]
        if not isinstance(edit, CellEdit):
            return _promoted(stored, edit)
        kept = find_formula(old.body) if edit.keeps_formula else None
        self.tally.uses -= old.type == "s"
        if old.has_formula and edit.formula is None and kept is None:
            self.tally.formulas_lost += 1
        style = old.style if edit.style is None else edit.style
        if kept is not None:
            formula = _promoted(kept[0], edit.promotion) if edit.promotion else kept[0]
            return self._cell(number, old.column, edit, style, formula)
        return self._cell(number, old.column, edit, style, _formula(edit.formula))

    def _new(self, number: int, column: int, edit: CellEdit, style: int | None) -> bytes:
        if edit.value is None and edit.formula is None and not style:
            return b""
        return self._cell(number, column, edit, style, _formula(edit.formula))

    def _cell(self, row: int, column: int, edit: CellEdit, style: int | None, formula: bytes) -> bytes:
        tag = f'<c r="{refs.reference(row, column)}"'
        if style:
            tag += f' s="{style}"'
        kind, content = "", b""
        if isinstance(edit.value, str):
            if formula:
                kind, content = "str", escape(text.encode(edit.value))
            else:
                kind, content = "s", b"%d" % self.strings().index(edit.value)
                self.tally.uses += 1
        elif edit.value is not None:
            kind, shown = written(edit.value, date1904=self.date1904)
            content = shown.encode()
        if kind:
            tag += f' t="{kind}"'
        if edit.value is not None:
            content = b"<v>" + content + b"</v>"
        if not formula and not content:
            return tag.encode() + b"/>"
        return tag.encode() + b">" + formula + content + b"</c>"


def _with_height(tag: bytes, new: NewHeight) -> bytes:
    """Return the tag of a row with a height that office programs may still change, where no person set one."""
    found, points = _HEIGHT.search(tag), new.points
    height = float(found[1]) if found else None
    if _OWN_HEIGHT.search(tag) and not _is_one_of(height, new.ours):
        return tag
    is_lowered = height is not None and height >= (points or 0)
    if new.only_raise and is_lowered and not (new.before and _is_one_of(height, (new.before,))):
        return tag
    tag = _OWN_HEIGHT.sub(b"", _HEIGHT.sub(b"", tag))
    if points is None:
        return tag
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end].rstrip() + b' ht="%g"' % points + tag[end:]


def _is_one_of(height: float | None, heights: Collection[float]) -> bool:
    """Return whether a row is as high as one of these, as office programs round them."""
    return height is not None and any(abs(height - one) <= _PIXEL for one in heights)


def _formula(formula: str | None) -> bytes:
    return b"" if formula is None else b"<f>" + escape(text.encode(formula)) + b"</f>"


def _promoted(stored: bytes, promotion: Promotion) -> bytes:
    """Return a cell of a shared formula as its master: value and attributes stay, the formula gets its text."""
    found = find_formula(stored)
    if found is None:
        return stored
    attributes = re.sub(rb'\sref="[^"]*"', b"", found[1]) + b' ref="' + promotion.ref.encode() + b'"'
    formula = b"<f" + attributes + b">" + escape(text.encode(promotion.formula)) + b"</f>"
    return stored[: found.start()] + formula + stored[found.end() :]


def _content_end(row: RowMarkup) -> int:
    return row.cells[-1].end if row.cells else row.inner

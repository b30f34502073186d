"""One pass over a sheet's rows that makes the edits waiting for them; rows without edits pass as they are."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING

from crmbook.ooxml.cells import RowMarkup
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.xml import check_ampersands

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from crmbook.ooxml.body import Block, Body
    from crmbook.ooxml.formulas import Promotion
    from crmbook.ooxml.rowsplice import CellEdit, RowSplicer


class RowPass:
    """The pass; `rows` can be gone through once.

    Parameters
    ----------
    body
        The sheet's rows.
    edits
        By row and column.
    splicer
        Makes the edits of one row.
    column_style
        Gives the format of a column.
    headers
        Rows from which no cell below takes its format.

    Attributes
    ----------
    changed
        Number of rows that came out different, once `rows` is through.
    """

    def __init__(
        self,
        body: Body,
        edits: Mapping[int, Mapping[int, CellEdit | Promotion]],
        splicer: RowSplicer,
        column_style: Callable[[int], int | None],
        headers: Collection[int],
    ) -> None:
        self.changed = 0
        self._body = body
        self._edits = edits
        self._splicer = splicer
        self._column_style = column_style
        self._headers = headers
        self._waiting = sorted(edits, reverse=True)
        self._above: tuple[int, bytes] = (0, b"")

    def rows(self) -> Iterator[bytes]:
        """Yield the rows in runs, edited.

        Raises
        ------
        PartError
            ``ooxml.row-order`` where rows that are to be edited do not ascend, ``ooxml.malformed-xml`` where other
            programs could read none of the rows; and as `RowSplicer.edit` does.
        """
        last = 0
        for block in self._body.blocks():
            if self._waiting:
                self._check_order(block, last)
            check_ampersands(block.data, self._body.part)
            last = block.numbers[-1]
            if self._waiting and self._waiting[-1] <= last:
                yield from self._edited(block)
            else:
                yield block.data
            if self._above[0] != last:
                self._above = (last, block.row(len(block.numbers) - 1))
        while self._waiting:
            yield self._row(None, self._waiting.pop())

    def _check_order(self, block: Block, last: int) -> None:
        numbers = block.numbers
        if numbers[0] <= last or any(one >= two for one, two in pairwise(numbers)):
            raise PartError("ooxml.row-order", part=self._body.part, row=numbers[0])

    def _edited(self, block: Block) -> Iterator[bytes]:
        at, numbers = 0, block.numbers
        while self._waiting and self._waiting[-1] <= numbers[-1]:
            number = self._waiting.pop()
            index = bisect_left(numbers, number)
            yield block.data[at : block.starts[index]]
            at = block.starts[index]
            if index and numbers[index - 1] > self._above[0]:
                self._above = (numbers[index - 1], block.row(index - 1))
            raw = block.row(index) if numbers[index] == number else None
            at += len(raw or b"")
            yield self._row(raw, number)
        yield block.data[at:]

    def _row(self, raw: bytes | None, number: int) -> bytes:
        new = self._splicer.edit(raw, number, self._edits[number], self._style(number))
        if raw is None and (b"<" + self._body.prefix + b"c ") not in new:
            return b""
        self.changed += new != raw
        self._above = (number, new)
        return new

    def _style(self, number: int) -> Callable[[RowMarkup, int], int | None]:
        """Return where a new cell of a row takes its format: the row, the cell above, the column."""
        row_above, raw = self._above
        parsed: RowMarkup | None = None

        def style(row: RowMarkup, column: int) -> int | None:
            nonlocal parsed
            if row.style is not None:
                return row.style
            if parsed is None and row_above == number - 1 and raw and row_above not in self._headers:
                parsed = RowMarkup.parse(raw, row_above, self._body.prefix, self._body.part)
            neighbour = parsed.find(column) if parsed else None
            found = neighbour.style if neighbour else None
            return self._column_style(column) if found is None else found

        return style

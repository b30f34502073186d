"""Rows from columns: the bulk writer's XML, streamed a thousand rows at a time.

Model. All rows of a block look alike but for their values and their number. So a block is one list of strings with
empty positions in it, made once, then copied, filled column by column, and joined::

    '<row r="¤007"><c r="A¤007" s="3" t="s"><v>', '', '</v></c><c r="B¤007"><v>', '', '</v></c></row>', '<row r="¤008"…

``''`` are the positions of the values (`columns.HOLE`); ``¤`` stands for the row number's thousands, which one
replacement sets for the whole block, because blocks begin at full thousands. The cost of a cell is thus a slice
assignment and a join, whatever its row or style.

Nothing here knows of zip members, tables or sheets; `fill` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml.columns import HOLE, ColumnEncoder, ColumnFill
from crmbook.ooxml.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml.columns import Texts

_BLOCK = 1000
_THOUSANDS, _NUMBER = "\x01", "\x03"  # like HOLE: no XML text can hold them


@dataclass(frozen=True, slots=True)
class RowCell:
    """A column's position in the rows: its letters, the index of its cells' style, and its data."""

    letters: str
    style: int
    fill: ColumnFill

    @property
    def opening(self) -> str:
        """The cell up to its tail."""
        return f'<c r="{self.letters}{_NUMBER}"' + (f' s="{self.style}"' if self.style else "")


class RowWriter:
    """Writes the rows of one table.

    Parameters
    ----------
    cells
        The cells of a row, from left to right, all with the same number of values.
    indexes
        Gives the index in the shared strings, as text, of each text.
    attributes
        What every ``<row>`` carries besides its number, such as ``ht="20" customHeight="1"``, as XML.
    heights
        The height of each row in points, None for that of every row; empty where all are alike.
    date1904
        Whether serial numbers count from 1904.
    """

    def __init__(
        self,
        cells: Sequence[RowCell],
        indexes: Texts,
        *,
        attributes: str = "",
        heights: Sequence[float | None] = (),
        date1904: bool = False,
    ) -> None:
        self._cells = cells
        self._heights = [f' ht="{points:g}"' if points else "" for points in heights]
        self._encoders = [ColumnEncoder(cell.fill, indexes, date1904=date1904) for cell in cells]
        self._row = f'<row r="{_NUMBER}"{" " if attributes else ""}{attributes}{HOLE if heights else ""}>'
        self._template: _BlockTemplate | None = None

    def chunks(self, first: int, count: int) -> Iterator[bytes]:
        """Yield the UTF-8 XML of `count` rows from number `first` on, at most a thousand rows at a time.

        Raises
        ------
        EditError
            Why a value cannot be stored (see `values.checked`), with its ``cell``.
        """
        last = first + count - 1
        starts = [first, *range((first // _BLOCK + 1) * _BLOCK, last + 1, _BLOCK)]
        for start, stop in zip(starts, [*starts[1:], last + 1], strict=True):
            yield self._block(first, start, stop)

    def _block(self, first: int, start: int, stop: int) -> bytes:
        """Return rows `start` to ``stop - 1``, all of one thousand; the data begins at row `first`."""
        encoded = [self._encoded(index, first, start, stop) for index in range(len(self._cells))]
        cells = [cell.opening + tail for cell, (tail, _) in zip(self._cells, encoded, strict=True)]
        row = f"{self._row}{''.join(cells)}</row>"
        thousands = start // _BLOCK
        if self._template is None or self._template.made_of != (row, thousands > 0):
            self._template = _BlockTemplate(row, padded=thousands > 0)
        columns = [self._heights[start - first : stop - first]] if self._heights else []
        columns += [texts for tail, texts in encoded if HOLE in tail]
        return self._template.filled(columns, start % _BLOCK, stop - start, thousands)

    def _encoded(self, index: int, first: int, start: int, stop: int) -> tuple[str, list[str]]:
        encoder = self._encoders[index]
        try:
            return encoder.encode(start - first, stop - first)
        except EditError as error:
            if stop - start == 1:
                raise EditError(
                    error.code, **error.params, cell=f"{self._cells[index].letters}{start}"
                ) from error
            for row in range(start, stop):  # find the one that is to blame
                self._encoded(index, first, row, row + 1)
            raise


class _BlockTemplate:
    """A thousand rows, cut at the positions of their values.

    Parameters
    ----------
    row
        One row, with `_NUMBER` and `HOLE` in it.
    padded
        Whether thousands precede the number, which then has three digits.
    """

    def __init__(self, row: str, *, padded: bool) -> None:
        self.made_of = row, padded
        self._stride = 2 * row.count(HOLE) + 1  # pieces of a row: what is around its holes, and the holes
        self._pieces = [""] * (self._stride * _BLOCK)
        numbers = [f"{_THOUSANDS}{number:03d}" if padded else str(number) for number in range(_BLOCK)]
        for position, piece in enumerate(row.split(HOLE)):
            self._pieces[2 * position :: self._stride] = [
                piece.replace(_NUMBER, number) for number in numbers
            ]

    def filled(self, columns: list[list[str]], first: int, count: int, thousands: int) -> bytes:
        """Return `count` rows from the one numbered `first` on, with the texts of each column in its holes."""
        pieces = self._pieces[first * self._stride : (first + count) * self._stride]
        for position, texts in enumerate(columns):
            pieces[2 * position + 1 :: self._stride] = texts
        return "".join(pieces).replace(_THOUSANDS, str(thousands)).encode()

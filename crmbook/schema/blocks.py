"""Where the parts of a page are that says how it is laid out: a grid of two halves, filled from top to bottom.

Each half has a narrow column, which numbers the rows of its tables, and four columns for words, dates and amounts. A
part on the left begins below everything before it, a part on the right is beside the part before it, so that both
begin in the same row; a part across fills all columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmbook.schema.page import Block, Page

HALF: Final = 5
"""Columns of a half, its narrow first one included."""
BLOCK_COLUMNS: Final = 2 * HALF + 1
"""Columns that a page laid out by parts keeps free for them; what is behind is hidden."""
FIRST_BLOCK_ROW: Final = 6
"""Row of the first heading, counted from 1, below title, help and what is chosen."""
CHART_ROWS: Final = 10
"""Rows of a chart below its heading."""
PAIRS: Final[Mapping[str, int]] = {"left": 2, "right": 1, "across": 1}
"""Cells that are side by side in one row of a part, each with its title before it."""
FIGURES: Final = 2 * (HALF - 1)
"""Figures that are side by side in one row."""


@dataclass(frozen=True, slots=True)
class BlockArea:
    """Where a part is: rows count from 1, columns from 0.

    Attributes
    ----------
    top
        Row of the heading, where it has one.
    first
        First row below the heading.
    column
        First column, the narrow one.
    rows
        Number of rows below the heading.
    """

    block: Block
    top: int
    first: int
    column: int
    rows: int

    @property
    def after(self) -> int:
        """The row below it."""
        return self.first + self.rows


def arrange_blocks(page: Page, seeds: Mapping[str, int]) -> tuple[BlockArea, ...]:
    """Return where the parts of a page are, in their order, without the line on top.

    Parameters
    ----------
    seeds
        Number of rows of each table of the page.
    """
    areas: list[BlockArea] = []
    top = bottom = FIRST_BLOCK_ROW
    for block in page.blocks:
        if block.place == "top":
            continue
        if block.place != "right":
            top = bottom
        first = top + 1 if block.heading or block.chart else top
        column = HALF if block.place == "right" else 0
        areas.append(BlockArea(block, top, first, column, _rows(page, block, seeds)))
        bottom = max(bottom, areas[-1].after + 1)
    return tuple(areas)


def iter_paired(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the parts of a page, on the left those whose left neighbour the book does without."""
    before = ""
    for block in blocks:
        kept = block if block.place != "right" or before == "left" else replace(block, place="left")
        yield kept
        before = kept.place


def is_strip(page: Page, block: Block) -> bool:
    """Return whether a part holds figures, shown large below their titles."""
    figures = {cell.id for cell in page.cells if cell.kpi}
    return bool(block.cells) and set(block.cells) <= figures


def _rows(page: Page, block: Block, seeds: Mapping[str, int]) -> int:
    if block.table:
        return 1 + seeds[block.table]
    if block.chart:
        return CHART_ROWS
    if is_strip(page, block):
        return 2 * -(-len(block.cells) // FIGURES)
    return -(-len(block.cells) // PAIRS[block.place])

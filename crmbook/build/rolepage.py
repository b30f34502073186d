"""A page on which somebody chooses a row, in a role's copy: what cannot follow the choice there is left out.

Elsewhere a figure that reads what a copy lacks is a value. Here that value would speak of the customer who was
chosen when the workbook was written, beside the name of another.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from crmbook.build.extract import reads_only
from crmbook.schema import PAIRS, iter_paired

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmbook.build.live import FieldKey
    from crmbook.schema import Block, Book, Page


def follows_choice(page: Page) -> bool:
    """Return whether a page shows what somebody chooses on it."""
    return any(cell.offers for cell in page.cells)


def live_part(book: Book, page: Page, present: Collection[FieldKey]) -> Page:
    """Return what of a page can be computed from what is present, on it and elsewhere."""
    absent: set[FieldKey] = set()
    tables = {name: {(name, inner) for inner in book.tables[name].fields} for name in page.tables}
    mine = {("", cell.id) for cell in page.cells}.union(*tables.values())
    known = {*present, *mine}
    while True:
        lost = {
            key
            for key in mine - absent
            if key in book.formulas and not reads_only(book.formulas[key], known - absent)
        }
        lost = lost.union(*(fields for fields in tables.values() if fields & lost))
        if not lost - absent:
            return _without(page, absent)
        absent |= lost


def _without(page: Page, absent: Collection[FieldKey]) -> Page:
    gone = {name for name, _ in absent if name}
    cells = tuple(cell for cell in page.cells if ("", cell.id) not in absent)
    kept = {cell.id for cell in cells}
    tables = tuple(name for name in page.tables if name not in gone)
    charts = tuple(
        replace(chart, span=chart.span if chart.span in kept else None)
        for chart in page.charts
        if chart.table not in gone
    )
    drawn = {chart.id for chart in charts}
    blocks = [replace(block, cells=_cells_in_place(block, kept)) for block in page.blocks]
    blocks = [block for block in blocks if _is_filled(block, drawn, gone)]
    return replace(page, cells=cells, tables=tables, charts=charts, blocks=tuple(iter_paired(blocks)))


def _cells_in_place(block: Block, kept: Collection[str]) -> tuple[str, ...]:
    """Return the cells of a part that are left; where they are in columns, each in its own: widths differ."""
    width = PAIRS.get(block.place, 1)
    columns = [[name for name in block.cells[start::width] if name in kept] for start in range(width)]
    return tuple(name for row in zip_longest(*columns) for name in row if name is not None)


def _is_filled(block: Block, drawn: Collection[str], gone: Collection[str]) -> bool:
    if block.chart:
        return block.chart in drawn
    return block.table not in gone if block.table else bool(block.cells)

"""A page laid out by its declaration: parts under headings in two halves, as `crmbook.schema.arrange_blocks` arranges them.

A part shows named cells (each with its title before it, figures below theirs), a small table, or a chart. What the page
computes but no part shows, and the tables behind its charts, are in hidden rows and columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.advicelines import ADVICE_ROWS, write_advice
from crmbook.build.charts import write_chart, write_heading
from crmbook.build.page import HELPER_ROW, Canvas, merge, write_cell, write_head, write_texts
from crmbook.build.tablesheet import write_table
from crmbook.schema import BLOCK_COLUMNS, CHART_ROWS, FIGURES, HALF, PAIRS, Storage, arrange_blocks, is_strip

if TYPE_CHECKING:
    from crmbook.schema import BlockArea, Cell

WIDTHS: Final = (4, 12, 24, 13, 13, 4, 12, 11, 28, 12)
"""Characters of the visible columns, left half first."""
TOP_ROW: Final = 3
LINE_HEIGHT: Final = 20
CHART_ROW_HEIGHT: Final = 15
CHART_LINE_PIXELS: Final = 20
WRAPPED_HEIGHT: Final = 30
HEAD_HEIGHT: Final = 22
FIGURE_HEIGHT: Final = 26
CHARACTER_PIXELS: Final = 7
PADDING_PIXELS: Final = 5


def write_blocks(canvas: Canvas) -> None:
    """Write the page: what is chosen, its parts, and out of sight what they are made of."""
    write_head(canvas)
    page, plan = canvas.page, canvas.plan
    for column, width in enumerate(WIDTHS):
        canvas.sheet.set_column(column, column, width)
    for name in page.tables:
        write_table(plan, canvas.sheet, plan.book.tables[name])
    last = max((plan.layout.tables[name].all_columns[-1].index for name in page.tables), default=0)
    canvas.sheet.set_column(BLOCK_COLUMNS - 1, max(last, BLOCK_COLUMNS - 1), 3, None, {"hidden": True})
    seeds = {name: len(plan.book.tables[name].seed) for name in page.tables}
    areas = arrange_blocks(page, seeds)
    _write_top(canvas)
    for area in areas:
        _write_block(canvas, area)
    _write_unseen(canvas)
    bottom = max((area.after for area in areas), default=TOP_ROW + 2)
    write_advice(canvas, bottom - 1, canvas.last)
    bottom += (ADVICE_ROWS + 1) * bool(page.advice)
    bottom = 1 + write_texts(canvas, bottom - 1, canvas.last, sum(WIDTHS[1:]))
    canvas.sheet.print_area(0, 0, bottom - 2, canvas.last)
    canvas.sheet.set_portrait()
    canvas.sheet.fit_to_pages(1, 1)
    canvas.sheet.freeze_panes(TOP_ROW + 1, 0)


def _cells(canvas: Canvas) -> dict[str, Cell]:
    return {cell.id: cell for cell in canvas.page.cells}


def _write_top(canvas: Canvas) -> None:
    """Write the line above all parts: the first cell large in the left half with its title, the next in the right."""
    cells, width = _cells(canvas), HALF - 1
    canvas.sheet.set_row(TOP_ROW, 28)
    names = [name for block in canvas.page.blocks if block.place == "top" for name in block.cells]
    for index, name in enumerate(names[:2]):
        cell, column = cells[name], index * HALF + 1
        if index == 0:
            label = canvas.plan.writer.format(
                bold=True, font_color=canvas.plan.accent, align="right", indent=1
            )
            canvas.sheet.write_string(TOP_ROW, column, cell.title, label)
            look: dict[str, Any] = {"bold": True, "font_size": 14, "align": "left", "indent": 1}
            _write_wide(canvas, (TOP_ROW, column + 1), width - 1, cell, **look)
        else:
            look = {"font_color": theme.LOSS, "bold": True, "align": "left", "border": 0, "shrink": True}
            _write_wide(canvas, (TOP_ROW, column), width, cell, **look)


def _write_block(canvas: Canvas, area: BlockArea) -> None:
    block, row = area.block, area.top - 1
    width = 2 * HALF - 1 if block.place == "across" else HALF - 1
    if block.chart:
        chart = next(chart for chart in canvas.page.charts if chart.id == block.chart)
        write_heading(canvas, chart, (row, area.column + 1), width)
        across = sum(_pixels(WIDTHS[column + area.column]) for column in range(1, 1 + width))
        for line in range(row + 1, row + 1 + CHART_ROWS):
            canvas.sheet.set_row(line, CHART_ROW_HEIGHT)
        write_chart(canvas, chart, (row + 1, area.column + 1), (across, CHART_ROWS * CHART_LINE_PIXELS))
        return
    look = canvas.plan.writer.format(
        bold=True, font_size=12, font_color=canvas.plan.accent, bottom=1, bottom_color=theme.LINE
    )
    if block.heading:
        merge(canvas, row, area.column + 1, width, look, block.heading)
        canvas.sheet.set_row(row, HEAD_HEIGHT)
    if block.table:
        _set_heights(canvas, area)
    elif is_strip(canvas.page, block):
        _write_figures(canvas, area)
    else:
        _write_lines(canvas, area, width)


def _pixels(width: float) -> int:
    return int(width * CHARACTER_PIXELS) + PADDING_PIXELS


def _set_heights(canvas: Canvas, area: BlockArea) -> None:
    """Make the rows of a table, and of one beside it, high enough for two lines where words wrap."""
    fields = canvas.plan.book.tables[area.block.table or ""].fields.values()
    beside = area.column > 0
    wraps = any(field.traits.wrap for field in fields)
    canvas.sheet.set_row(area.first - 1, HEAD_HEIGHT)
    for row in range(area.first, area.after - 1):
        if wraps or not beside:
            canvas.sheet.set_row(row, WRAPPED_HEIGHT if wraps else LINE_HEIGHT)


def _write_lines(canvas: Canvas, area: BlockArea, width: int) -> None:
    """Write cells with their titles before them, as many pairs in a row as the part has room for."""
    cells, pairs = _cells(canvas), PAIRS[area.block.place]
    title = canvas.plan.writer.format(font_color=theme.COMPUTED, font_size=9, shrink=True)
    height = WRAPPED_HEIGHT if area.block.place == "across" else LINE_HEIGHT
    for index, name in enumerate(area.block.cells):
        cell = cells[name]
        row, column = area.first - 1 + index // pairs, area.column + 1 + 2 * (index % pairs)
        canvas.sheet.write_string(row, column, cell.title, title)
        fits = {"text_wrap": True} if area.block.place == "across" else {"shrink": True}
        look = {
            "align": "left",
            "border": 0,
            "bottom": 4,
            "bottom_color": theme.LINE,
            "font_color": theme.INK,
        }
        _write_wide(canvas, (row, column + 1), 1 if pairs > 1 else width - 1, cell, **look, **fits)
        canvas.sheet.set_row(row, height)


def _write_figures(canvas: Canvas, area: BlockArea) -> None:
    """Write figures large below their titles."""
    cells = _cells(canvas)
    soft = {"bg_color": theme.ACCENT_SOFT, "align": "center", "shrink": True}
    title = canvas.plan.writer.format(**soft, font_color=theme.COMPUTED, font_size=9)
    columns = [column for column in range(1, BLOCK_COLUMNS - 1) if column != HALF]
    for index, name in enumerate(area.block.cells):
        row, column = area.first - 1 + 2 * (index // FIGURES), columns[index % FIGURES]
        canvas.sheet.write_string(row, column, cells[name].title, title)
        look = {**soft, "font_color": canvas.plan.accent, "bold": True, "font_size": 12, "border": 0}
        write_cell(canvas, row + 1, column, cells[name], **look)
        canvas.sheet.set_row(row + 1, FIGURE_HEIGHT)


def _write_wide(canvas: Canvas, corner: tuple[int, int], width: int, cell: Cell, **look: object) -> None:
    """Write a cell over several columns; `corner` as row and column, 0-based."""
    row, column = corner
    number = cell.format if cell.traits.storage is not Storage.TEXT else "General"
    look = {"num_format": number, **look} if cell.formula else look
    edge = {"border": 1, "border_color": theme.LINE, **look}
    if width > 1:
        merge(canvas, row, column, width, canvas.plan.writer.format(**edge))
    write_cell(canvas, row, column, cell, **look)


def _write_unseen(canvas: Canvas) -> None:
    """Write the cells that no part shows, in hidden rows below the page."""
    shown = {name for block in canvas.page.blocks for name in block.cells}
    rest = [cell for cell in canvas.page.cells if cell.id not in shown]
    for row, cell in enumerate(rest, HELPER_ROW + len(canvas.page.advice)):
        canvas.sheet.write_string(row, 1, cell.title)
        write_cell(canvas, row, 2, cell, border=0)
        canvas.sheet.set_row(row, None, None, {"hidden": True})

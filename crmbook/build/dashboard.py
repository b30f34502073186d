"""A page of figures: what is chosen, key figures, advice, charts; the tables behind the charts are to the right, hidden.

The visible part is a grid of ten equal columns, and its parts follow one another. Cells that are typed choose the period;
key figures are cards of two columns, each with its change against the period before; the n-th line of advice is the n-th
rule whose condition holds. The rules, and what other parts of the page say in their words, are in hidden rows below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.advicelines import ADVICE_ROWS, write_advice
from crmbook.build.charts import ROW_PIXELS, write_chart, write_heading, write_no_chart
from crmbook.build.page import HELPER_ROW, Canvas, merge, write_cell, write_head, write_texts
from crmbook.build.tablesheet import write_table
from crmbook.schema import DASHBOARD_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.schema import Cell, Page

COLUMNS: Final = 10
COLUMN_WIDTH: Final = 13.8
COLUMN_PIXELS: Final = 102
CARDS, CARD_WIDTH, CARD_HEIGHT = 10, 2, 4
CHOICES: Final = COLUMNS // 2
CHOICE_ROW: Final = 2
CHART_ROWS: Final = 15
FIGURES_SPAN: Final = "figures_span"


@dataclass(frozen=True, slots=True)
class _Parts:
    """The cells of a page by the part in which they are; what has no room above is a line of `details`."""

    choice: Sequence[Cell]
    span: Cell | None
    cards: Sequence[Cell]
    changes: Mapping[str, Cell]
    details: Sequence[Cell]
    unseen: Sequence[Cell]

    @classmethod
    def of(cls, page: Page) -> _Parts:
        said = _said_elsewhere(page)
        cards = [cell for cell in page.cells if cell.kpi and cell.id not in said]
        shown = {card.id for card in cards[:CARDS]}
        changes = {str(cell.below): cell for cell in page.cells if cell.below in shown}
        typed = [cell for cell in page.cells if cell.formula is None and not cell.kpi and cell.id not in said]
        taken = {*shown, *said, *(cell.id for cell in (*changes.values(), *typed[:CHOICES]))}
        details = [cell for cell in page.cells if cell.id not in taken]
        span = next((cell for cell in page.cells if cell.id == FIGURES_SPAN), None)
        unseen = [cell for cell in page.cells if cell.id in said - {FIGURES_SPAN}]
        return cls(typed[:CHOICES], span, cards[:CARDS], changes, details, unseen)


def write_dashboard(canvas: Canvas) -> None:
    """Write the page: choice of period, cards, advice, charts, comparison, and the tables behind the charts."""
    write_head(canvas)
    if canvas.plan.counted:
        look = canvas.plan.writer.format(font_color=theme.COMPUTED, bold=True)
        canvas.sheet.write_string(1, COLUMNS // 2, canvas.plan.counted, look)
    canvas.sheet.set_column(0, 0, 2)
    canvas.sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    canvas.sheet.set_column(COLUMNS + 1, DASHBOARD_COLUMNS - 1, 3)
    parts, page = _Parts.of(canvas.page), canvas.page
    _write_pairs(canvas, CHOICE_ROW, parts.choice)
    top = _write_figures_head(canvas, CHOICE_ROW + 2 * bool(parts.choice), parts.span)
    advice = _write_cards(canvas, top, parts)
    write_advice(canvas, advice, COLUMNS)
    _write_unseen(canvas, parts.unseen)
    bottom = _write_charts(canvas, advice + (ADVICE_ROWS + 1) * bool(page.advice))
    beside = len(page.charts) % 2 == 1
    after = _write_details(canvas, bottom - CHART_ROWS * beside, parts.details, beside=beside)
    end = max(bottom, after)
    if page.texts:
        end = write_texts(canvas, end + 1, COLUMNS, COLUMNS * COLUMN_WIDTH)
    for name in page.tables:
        write_table(canvas.plan, canvas.sheet, canvas.plan.book.tables[name])
    _hide_tables(canvas)
    canvas.sheet.print_area(0, 0, end, COLUMNS)
    canvas.sheet.set_portrait()
    canvas.sheet.fit_to_pages(1, 1)


def _hide_tables(canvas: Canvas) -> None:
    """Hide the tables that charts draw, and those that only serve these; what nobody else shows stays to be seen."""
    tables, page = canvas.plan.book.tables, canvas.page
    behind = {chart.table for chart in page.charts}
    for name in reversed(page.tables):
        fields = [field.formula for one in behind for field in tables[one].fields.values() if field.formula]
        if any(table == name for formula in fields for table, _ in formula.references):
            behind.add(name)
    for name in behind:
        for column in canvas.plan.layout.tables[name].all_columns:
            canvas.sheet.set_column(column.index, column.index, None, None, {"hidden": True})


def _write_charts(canvas: Canvas, top: int) -> int:
    """Draw the charts, two side by side; return the row below them."""
    for index, chart in enumerate(canvas.page.charts):
        row, column = top + (index // 2) * CHART_ROWS, 1 + (index % 2) * (COLUMNS // 2)
        write_heading(canvas, chart, (row, column), COLUMNS // 2)
        write_no_chart(canvas, chart, (row + CHART_ROWS // 2, column), COLUMNS // 2)
        size = (COLUMNS // 2 * COLUMN_PIXELS, (CHART_ROWS - 1) * ROW_PIXELS)
        write_chart(canvas, chart, (row + 1, column), size)
    return top + -(-len(canvas.page.charts) // 2) * CHART_ROWS


def _write_pairs(canvas: Canvas, row: int, cells: Sequence[Cell]) -> None:
    """Write cells as title above value, two columns each."""
    title = canvas.plan.writer.format(font_color=theme.COMPUTED, font_size=9)
    for index, cell in enumerate(cells):
        column = 1 + 2 * index
        canvas.sheet.write_string(row, column, cell.title, title)
        look: dict[str, Any] = {"align": "left", "bold": cell.formula is None}
        merge(canvas, row + 1, column, 2, canvas.plan.writer.format(border=1, border_color=theme.LINE))
        write_cell(canvas, row + 1, column, cell, **look)


def _said_elsewhere(page: Page) -> set[str]:
    """Return the cells that something else on the page says.

    These are the days of charts, and below a head that names its period the days of periods, the words of titles and the
    figures before.
    """
    said = {chart.span for chart in page.charts if chart.span}
    if not any(cell.id == FIGURES_SPAN for cell in page.cells):
        return said
    said |= {
        cell.id for cell in page.cells if cell.type in {"date", "text"} and cell.formula and not cell.below
    }
    reads = {cell.id: cell.formula.names for cell in page.cells if cell.formula and not cell.kpi}
    read = set().union(*(reads[cell.id] for cell in page.cells if cell.below and cell.id in reads))
    while more := set().union(*(reads[name] for name in read & reads.keys())) - read:
        read |= more
    return said | {FIGURES_SPAN} | (read & reads.keys())


def _write_figures_head(canvas: Canvas, row: int, span: Cell | None) -> int:
    """Write above the cards which period they show, and which one it is compared with; return the row below."""
    words = canvas.page.labels.get("figures", "")
    if not words and span is None:
        return row + (row > CHOICE_ROW)
    heading = canvas.plan.writer.format(bold=True, font_size=12, font_color=canvas.plan.accent)
    canvas.sheet.write_string(row, 1, words, heading)
    canvas.sheet.set_row(row, 22)
    if span is not None:
        look = {"font_color": theme.COMPUTED, "align": "left", "border": 0}
        merge(canvas, row, 2, COLUMNS - 2, canvas.plan.writer.format(**look))
        write_cell(canvas, row, 2, span, **look)
    return row + 1


def _write_cards(canvas: Canvas, top: int, parts: _Parts) -> int:
    """Write key figures as cards: title above a large number, and below how it has changed; return the row below."""
    soft = {"bg_color": theme.ACCENT_SOFT, "align": "center"}
    title = {**soft, "font_color": theme.COMPUTED, "top": 5, "top_color": canvas.plan.accent}
    value = {**soft, "font_color": canvas.plan.accent, "bold": True, "font_size": 18}
    change = {**soft, "font_color": theme.COMPUTED, "font_size": 9}
    a_row = COLUMNS // CARD_WIDTH
    for index, cell in enumerate(parts.cards):
        row, column = top + index // a_row * CARD_HEIGHT, 1 + index % a_row * CARD_WIDTH
        merge(canvas, row, column, CARD_WIDTH, canvas.plan.writer.format(**title), cell.title)
        for line, look in ((1, value), (2, change)):
            merge(canvas, row + line, column, CARD_WIDTH, canvas.plan.writer.format(**look))
        write_cell(canvas, row + 1, column, cell, **value, border=0, shrink=True)
        if cell.id in parts.changes:
            write_cell(canvas, row + 2, column, parts.changes[cell.id], **change, border=0, shrink=True)
    after = top + -(-len(parts.cards) // a_row) * CARD_HEIGHT
    for row in range(top, after, CARD_HEIGHT):
        for line, height in enumerate((20, 32, 18, 6)):
            canvas.sheet.set_row(row + line, height)
    return after


def _write_unseen(canvas: Canvas, cells: Sequence[Cell]) -> None:
    """Write what the page says elsewhere, in hidden rows below the rules of advice."""
    for row, cell in enumerate(cells, HELPER_ROW + len(canvas.page.advice)):
        canvas.sheet.write_string(row, 1, cell.title)
        write_cell(canvas, row, 2, cell, border=0)
        canvas.sheet.set_row(row, None, None, {"hidden": True})


def _write_details(canvas: Canvas, row: int, cells: Sequence[Cell], *, beside: bool) -> int:
    """Write the remaining figures as a list, beside the last chart or below all charts; return the row below."""
    plan = canvas.plan
    if not cells:
        return row
    column = 1 + COLUMNS // 2 if beside else 1
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    words = canvas.page.labels.get("details") or plan.words("details")
    canvas.sheet.write_string(row, column, words, heading)
    title = plan.writer.format(font_color=theme.INK, bottom=4, bottom_color=theme.LINE)
    look = {"align": "right", "bold": True, "border": 0, "bottom": 4, "bottom_color": theme.LINE}
    for index, cell in enumerate(cells, start=1):
        merge(canvas, row + index, column, COLUMNS // 2 - 2, title, cell.title)
        merge(canvas, row + index, column + COLUMNS // 2 - 2, 2, title)
        write_cell(canvas, row + index, column + COLUMNS // 2 - 2, cell, **look)
    return row + 1 + len(cells)

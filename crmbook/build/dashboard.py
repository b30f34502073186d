"""A page of figures: what is chosen, key figures, advice, charts; the tables behind the charts stand to the right.

The visible part is a grid of twelve equal columns. Cells that are typed choose the period; key figures are
cards of three columns in two rows; the n-th line of advice is the n-th rule whose condition holds. The rules, and the
words of the periods that charts are of, stand in hidden rows below. With charts every part has its fixed row; without
them the parts follow one another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.advicelines import ADVICE_ROWS, write_advice
from crmbook.build.charts import COLUMN_PIXELS, ROW_PIXELS, write_chart, write_heading
from crmbook.build.page import HELPER_ROW, Canvas, merge, write_cell, write_head, write_texts
from crmbook.build.tablesheet import write_table
from crmbook.schema import DASHBOARD_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.schema import Cell, Page

COLUMNS: Final = 12
COLUMN_WIDTH: Final = 11.5
CARDS, CARD_WIDTH, CARD_HEIGHT = 8, 3, 3
CHOICES: Final = COLUMNS // 2
CHOICE_ROW, CARD_ROW, ADVICE_ROW = 2, 5, 11
CHART_ROW: Final = ADVICE_ROW + ADVICE_ROWS + 1
CHART_ROWS: Final = 15


@dataclass(frozen=True, slots=True)
class _Parts:
    """The cells of a page by the part in which they stand; what has no room above is a line of `details`."""

    choice: Sequence[Cell]
    cards: Sequence[Cell]
    spans: Sequence[Cell]
    details: Sequence[Cell]

    @classmethod
    def of(cls, page: Page) -> _Parts:
        named = {chart.span for chart in page.charts}
        cards = [cell for cell in page.cells if cell.kpi and cell.id not in named]
        plain = [cell for cell in page.cells if not cell.kpi and cell.id not in named]
        plain.sort(key=lambda cell: cell.formula is not None)
        spans = [cell for cell in page.cells if cell.id in named]
        return cls(plain[:CHOICES], cards[:CARDS], spans, [*plain[CHOICES:], *cards[CARDS:]])


def write_dashboard(canvas: Canvas) -> None:
    """Write the page: choice of period, cards, advice, charts, comparison, and the tables behind the charts."""
    write_head(canvas)
    canvas.sheet.set_column(0, 0, 2)
    canvas.sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    canvas.sheet.set_column(COLUMNS + 1, DASHBOARD_COLUMNS - 1, 3)
    parts, charts = _Parts.of(canvas.page), canvas.page.charts
    cards, advice, row = _rows(canvas.page, parts)
    _write_pairs(canvas, CHOICE_ROW, parts.choice)
    _write_cards(canvas, cards, parts.cards)
    write_advice(canvas, advice, COLUMNS)
    _write_spans(canvas, parts.spans)
    for index, chart in enumerate(charts):
        top, column = row + (index // 2) * CHART_ROWS, 1 + (index % 2) * (COLUMNS // 2)
        write_heading(canvas, chart, (top, column), COLUMNS // 2)
        size = (COLUMNS // 2 * COLUMN_PIXELS, (CHART_ROWS - 1) * ROW_PIXELS)
        write_chart(canvas, chart, (top + 1, column), size)
    below = row + -(-len(charts) // 2) * CHART_ROWS
    beside = len(charts) % 2 == 1
    end = _write_details(canvas, below - CHART_ROWS * beside, parts.details, beside=beside)
    end = write_texts(canvas, max(below, end), COLUMNS, COLUMNS * COLUMN_WIDTH)
    for name in canvas.page.tables:
        write_table(canvas.plan, canvas.sheet, canvas.plan.book.tables[name])
    canvas.sheet.print_area(0, 0, end, COLUMNS)
    canvas.sheet.set_portrait()
    canvas.sheet.fit_to_pages(1, 1)


def _rows(page: Page, parts: _Parts) -> tuple[int, int, int]:
    """Return the rows (0-based) in which cards, advice, and what follows them begin."""
    if page.charts:
        return CARD_ROW, ADVICE_ROW, CHART_ROW
    cards = CHOICE_ROW + 3 * bool(parts.choice)
    advice = cards + -(-len(parts.cards) * CARD_WIDTH // COLUMNS) * CARD_HEIGHT
    return cards, advice, advice + (ADVICE_ROWS + 1) * bool(page.advice)


def _write_pairs(canvas: Canvas, row: int, cells: Sequence[Cell]) -> None:
    """Write cells as title above value, two columns each."""
    title = canvas.plan.writer.format(font_color=theme.COMPUTED, font_size=9)
    for index, cell in enumerate(cells):
        column = 1 + 2 * index
        canvas.sheet.write_string(row, column, cell.title, title)
        look: dict[str, Any] = {"align": "left", "bold": cell.formula is None}
        merge(canvas, row + 1, column, 2, canvas.plan.writer.format(border=1, border_color=theme.LINE))
        write_cell(canvas, row + 1, column, cell, **look)


def _write_cards(canvas: Canvas, top: int, cells: Sequence[Cell]) -> None:
    """Write key figures as cards: title above a large number."""
    accent = canvas.plan.accent
    title = {
        "bg_color": theme.ACCENT_SOFT,
        "font_color": theme.COMPUTED,
        "align": "center",
        "top": 5,
        "top_color": accent,
    }
    value = {
        "bg_color": theme.ACCENT_SOFT,
        "font_color": accent,
        "align": "center",
        "bold": True,
        "font_size": 18,
    }
    a_row = COLUMNS // CARD_WIDTH
    for index, cell in enumerate(cells):
        row, column = top + index // a_row * CARD_HEIGHT, 1 + index % a_row * CARD_WIDTH
        merge(canvas, row, column, CARD_WIDTH, canvas.plan.writer.format(**title), cell.title)
        merge(canvas, row + 1, column, CARD_WIDTH, canvas.plan.writer.format(**value))
        write_cell(canvas, row + 1, column, cell, **value, border=0, shrink=True)
    lines = CARDS // a_row if canvas.page.charts else -(-len(cells) // a_row)
    for row in range(top, top + lines * CARD_HEIGHT, CARD_HEIGHT):
        canvas.sheet.set_row(row, 20)
        canvas.sheet.set_row(row + 1, 32)
        canvas.sheet.set_row(row + 2, 6)


def _write_spans(canvas: Canvas, cells: Sequence[Cell]) -> None:
    """Write the words that follow the titles of charts, in hidden rows below the rules of advice."""
    for row, cell in enumerate(cells, HELPER_ROW + len(canvas.page.advice)):
        canvas.sheet.write_string(row, 1, cell.title)
        write_cell(canvas, row, 2, cell, border=0)
        canvas.sheet.set_row(row, None, None, {"hidden": True})


def _write_details(canvas: Canvas, row: int, cells: Sequence[Cell], *, beside: bool) -> int:
    """Write the remaining figures as a list, beside the last chart or below all charts; return the row after it."""
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
        canvas.sheet.merge_range(row + index, column, row + index, column + 3, cell.title, title)
        merge(canvas, row + index, column + 4, 2, title)
        write_cell(canvas, row + index, column + 4, cell, **look)
    return row + len(cells) + 2

"""客户关系管理总结: key figures for a chosen period, advice, charts; the figures behind the charts stand to the right.

The visible part is a grid of twelve equal columns. Cells that are typed choose the period; key figures are
cards of two columns; the n-th line of advice is the n-th rule whose condition holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.schema import DASHBOARD_COLUMNS, quoted
from crmbook.schema import advice_name
from crmbook.build import theme
from crmbook.build.advice import ADVICE_LINES, advice_fallback
from crmbook.build.charts import write_chart
from crmbook.build.page import Canvas, write_cell, write_head
from crmbook.build.tablesheet import write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.schema import Cell

COLUMNS: Final = 12
COLUMN_WIDTH: Final = 11.5
CHOICE_ROW, CARD_ROW, ADVICE_ROW = 2, 5, 9
CHART_ROW: Final = ADVICE_ROW + ADVICE_LINES + 2
CHART_ROWS: Final = 15
HELPER_ROW: Final = 200  # the advice rules stand below everything that is seen, in hidden rows


def write_dashboard(canvas: Canvas) -> None:
    """Write the page: choice of period, cards, advice, charts, comparison, and the tables behind the charts."""
    write_head(canvas)
    canvas.sheet.set_column(0, 0, 2)
    canvas.sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    canvas.sheet.set_column(COLUMNS + 1, DASHBOARD_COLUMNS - 1, 3)
    cards = [cell for cell in canvas.page.cells if cell.kpi]
    typed = [cell for cell in canvas.page.cells if cell.formula is None]
    rest = [cell for cell in canvas.page.cells if not cell.kpi and cell.formula is not None]
    choice = [*typed, *rest[: COLUMNS // 2 - len(typed)]]
    _write_pairs(canvas, CHOICE_ROW, choice)
    _write_cards(canvas, cards)
    _write_advice(canvas)
    for index, chart in enumerate(canvas.page.charts):
        row, column = CHART_ROW + (index // 2) * CHART_ROWS, 1 + (index % 2) * (COLUMNS // 2)
        write_chart(canvas, chart, (row, column), (CHART_ROWS, COLUMNS // 2))
    last_chart = len(canvas.page.charts) - 1
    details = rest[COLUMNS // 2 - len(typed) :]
    _write_details(canvas, CHART_ROW + (last_chart // 2) * CHART_ROWS, details, beside=last_chart % 2 == 0)
    for name in canvas.page.tables:
        write_table(canvas.plan, canvas.sheet, canvas.plan.book.tables[name])
    canvas.sheet.print_area(0, 0, CHART_ROW + (last_chart // 2 + 1) * CHART_ROWS, COLUMNS)
    canvas.sheet.set_portrait()
    canvas.sheet.fit_to_pages(1, 1)


def _write_pairs(canvas: Canvas, row: int, cells: Sequence[Cell]) -> None:
    """Write cells as title above value, two columns each."""
    title = canvas.plan.writer.format(font_color=theme.COMPUTED, font_size=9)
    for index, cell in enumerate(cells):
        column = 1 + 2 * index
        canvas.sheet.write_string(row, column, cell.title, title)
        look: dict[str, Any] = {"align": "left", "bold": cell.formula is None}
        _merge(canvas, row + 1, column, canvas.plan.writer.format(border=1, border_color=theme.LINE))
        write_cell(canvas, row + 1, column, cell, **look)


def _write_cards(canvas: Canvas, cells: Sequence[Cell]) -> None:
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
    for index, cell in enumerate(cells[: COLUMNS // 2]):
        column = 1 + 2 * index
        _merge(canvas, CARD_ROW, column, canvas.plan.writer.format(**title), cell.title)
        _merge(canvas, CARD_ROW + 1, column, canvas.plan.writer.format(**value))
        write_cell(canvas, CARD_ROW + 1, column, cell, **value, border=0, shrink=True)
    canvas.sheet.set_row(CARD_ROW, 22)
    canvas.sheet.set_row(CARD_ROW + 1, 36)


def _write_advice(canvas: Canvas) -> None:
    """Write the lines of advice, and in hidden rows below the page the rules they are chosen from."""
    plan, sheet, rules = canvas.plan, canvas.sheet, canvas.page.advice
    if not rules:
        return
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    sheet.write_string(ADVICE_ROW - 1, 1, canvas.page.labels["advice"], heading)
    ranks, lines = plan.advice[canvas.page.name]
    first, last = HELPER_ROW + 1, HELPER_ROW + len(rules)
    for index, rule in enumerate(rules):
        row = HELPER_ROW + index
        if plan.extract.keeps(rule.formula):
            when = rule.formula.render(plan.labels, equals=False)
            sheet.write_formula(row, 1, f'=IF({when},COUNT(B${HELPER_ROW}:B{row})+1,"")', None, ranks[index])
        else:
            sheet.write(row, 1, ranks[index])
        sheet.write_string(row, 2, rule.text)
        _name(canvas, advice_name("rule", rule.id), row)
        sheet.set_row(row, None, None, {"hidden": True})
    body = plan.writer.format(font_color=theme.INK, text_wrap=True, bg_color=theme.ADVICE_FILL, indent=1)
    for line in range(ADVICE_LINES):
        none = advice_fallback(canvas.page, line)
        text = f'=IFERROR("• "&INDEX(C${first}:C${last},MATCH({line + 1},B${first}:B${last},0)),"{none}")'
        row = ADVICE_ROW + line
        sheet.merge_range(row, 1, row, COLUMNS, "", body)
        sheet.write_formula(row, 1, text, body, lines[line])
        _name(canvas, advice_name("line", line + 1), row)
        sheet.set_row(row, 22)


def _name(canvas: Canvas, name: str, row: int) -> None:
    """Let sync find a cell of the advice again, to keep its cached value right."""
    canvas.plan.writer.define_hidden_name(name, f"{quoted(canvas.page.title)}!$B${row + 1}")


def _write_details(canvas: Canvas, row: int, cells: Sequence[Cell], *, beside: bool) -> None:
    """Write the remaining figures as a list, beside the last chart or below all charts."""
    plan = canvas.plan
    column = 1 + COLUMNS // 2 if beside else 1
    row = row if beside else row + CHART_ROWS
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    canvas.sheet.write_string(row, column, canvas.page.labels["details"], heading)
    title = plan.writer.format(font_color=theme.INK, bottom=4, bottom_color=theme.LINE)
    for index, cell in enumerate(cells, start=1):
        canvas.sheet.merge_range(row + index, column, row + index, column + 3, cell.title, title)
        _merge(canvas, row + index, column + 4, title)
        write_cell(
            canvas,
            row + index,
            column + 4,
            cell,
            align="right",
            bold=True,
            border=0,
            bottom=4,
            bottom_color=theme.LINE,
        )


def _merge(canvas: Canvas, row: int, column: int, look: Any, text: str = "") -> None:
    canvas.sheet.merge_range(row, column, row, column + 1, text, look)

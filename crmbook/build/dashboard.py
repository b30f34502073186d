"""客户关系管理总结: key figures for a chosen period, advice, charts; the figures behind the charts stand to the right.

The visible part is a grid of twelve equal columns. Cells that are typed choose the period; key figures are
cards of three columns in two rows; the n-th line of advice is the n-th rule whose condition holds. The rules, and the
words of the periods that charts are of, stand in hidden rows below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.schema import DASHBOARD_COLUMNS, advice_name
from crmbook.build import theme
from crmbook.build.advice import ADVICE_LINES, advice_fallback, more_advice
from crmbook.build.charts import COLUMN_PIXELS, ROW_PIXELS, write_chart, write_heading
from crmbook.build.page import Canvas, merge, name_place, write_cell, write_head
from crmbook.build.tablesheet import write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.schema import Cell

COLUMNS: Final = 12
COLUMN_WIDTH: Final = 11.5
CARDS, CARD_WIDTH, CARD_HEIGHT = 8, 3, 3
CHOICE_ROW, CARD_ROW, ADVICE_ROW = 2, 5, 12
CHART_ROW: Final = ADVICE_ROW + ADVICE_LINES + 2
CHART_ROWS: Final = 15
HELPER_ROW: Final = 200  # below everything that is seen


def write_dashboard(canvas: Canvas) -> None:
    """Write the page: choice of period, cards, advice, charts, comparison, and the tables behind the charts."""
    write_head(canvas)
    canvas.sheet.set_column(0, 0, 2)
    canvas.sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    canvas.sheet.set_column(COLUMNS + 1, DASHBOARD_COLUMNS - 1, 3)
    cards = [cell for cell in canvas.page.cells if cell.kpi]
    typed = [cell for cell in canvas.page.cells if cell.formula is None]
    spans = {chart.span for chart in canvas.page.charts}
    named = [cell for cell in canvas.page.cells if cell.id in spans]
    rest = [cell for cell in canvas.page.cells if not cell.kpi and cell.formula and cell.id not in spans]
    choice = [*typed, *rest[: COLUMNS // 2 - len(typed)]]
    _write_pairs(canvas, CHOICE_ROW, choice)
    _write_cards(canvas, cards)
    _write_advice(canvas)
    _write_spans(canvas, named)
    for index, chart in enumerate(canvas.page.charts):
        row, column = CHART_ROW + (index // 2) * CHART_ROWS, 1 + (index % 2) * (COLUMNS // 2)
        write_heading(canvas, chart, (row, column), COLUMNS // 2)
        size = (COLUMNS // 2 * COLUMN_PIXELS, (CHART_ROWS - 1) * ROW_PIXELS)
        write_chart(canvas, chart, (row + 1, column), size)
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
        merge(canvas, row + 1, column, 2, canvas.plan.writer.format(border=1, border_color=theme.LINE))
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
    a_row = COLUMNS // CARD_WIDTH
    for index, cell in enumerate(cells[:CARDS]):
        row, column = CARD_ROW + index // a_row * CARD_HEIGHT, 1 + index % a_row * CARD_WIDTH
        merge(canvas, row, column, CARD_WIDTH, canvas.plan.writer.format(**title), cell.title)
        merge(canvas, row + 1, column, CARD_WIDTH, canvas.plan.writer.format(**value))
        write_cell(canvas, row + 1, column, cell, **value, border=0, shrink=True)
    for row in range(CARD_ROW, CARD_ROW + CARDS // a_row * CARD_HEIGHT, CARD_HEIGHT):
        canvas.sheet.set_row(row, 20)
        canvas.sheet.set_row(row + 1, 32)
        canvas.sheet.set_row(row + 2, 6)


def _write_advice(canvas: Canvas) -> None:
    """Write the lines of advice, and in hidden rows below the page the rules they are chosen from."""
    plan, sheet = canvas.plan, canvas.sheet
    if not canvas.page.advice:
        return
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    sheet.write_string(ADVICE_ROW - 1, 1, canvas.page.labels["advice"], heading)
    ranks, lines = plan.advice[canvas.page.name]
    _write_advice_rules(canvas, ranks)
    body = plan.writer.format(font_color=theme.INK, text_wrap=True, bg_color=theme.ADVICE_FILL, indent=1)
    for line, shown in enumerate(lines):
        row = ADVICE_ROW + line
        sheet.merge_range(row, 1, row, COLUMNS, "", body)
        sheet.write_formula(row, 1, _advice_formula(canvas, line), body, shown)
        name_place(canvas, advice_name("line", line + 1), row)
        sheet.set_row(row, 22)


def _advice_formula(canvas: Canvas, line: int) -> str:
    """Return the formula of a line: the rule whose rank it is, or how many rules are left over."""
    first, last = HELPER_ROW + 1, HELPER_ROW + len(canvas.page.advice)
    if line < ADVICE_LINES:
        none = advice_fallback(canvas.page, line)
        return f'=IFERROR("• "&INDEX(C${first}:C${last},MATCH({line + 1},B${first}:B${last},0)),"{none}")'
    before, after = (part.replace('"', '""') for part in more_advice(canvas.page))
    left = f"COUNT(B${first}:B${last})-{ADVICE_LINES}"
    return f'=IF({left}>0,"{before}"&({left})&"{after}","")'


def _write_advice_rules(canvas: Canvas, ranks: Sequence[int | str]) -> None:
    """Write each rule's rank and words."""
    plan, sheet = canvas.plan, canvas.sheet
    for index, rule in enumerate(canvas.page.advice):
        row = HELPER_ROW + index
        if plan.extract.keeps(rule.formula):
            when = rule.formula.render(plan.labels, equals=False)
            sheet.write_formula(row, 1, f'=IF({when},COUNT(B${HELPER_ROW}:B{row})+1,"")', None, ranks[index])
        else:
            sheet.write(row, 1, ranks[index])
        sheet.write_string(row, 2, rule.text)
        name_place(canvas, advice_name("rule", rule.id), row)
        sheet.set_row(row, None, None, {"hidden": True})


def _write_spans(canvas: Canvas, cells: Sequence[Cell]) -> None:
    """Write the words that follow the titles of charts, in hidden rows below the rules of advice."""
    for row, cell in enumerate(cells, HELPER_ROW + len(canvas.page.advice)):
        canvas.sheet.write_string(row, 1, cell.title)
        write_cell(canvas, row, 2, cell, border=0)
        canvas.sheet.set_row(row, None, None, {"hidden": True})


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
        merge(canvas, row + index, column + 4, 2, title)
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

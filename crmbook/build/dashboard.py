"""客户关系管理总结: key figures for a chosen period, advice, charts; the figures behind the charts stand to the right.

The visible part is a grid of ten equal columns. Cells that are typed choose the period; key figures are cards of two
columns in two rows, each with its change against the period before; the n-th line of advice is the n-th rule whose condition holds. The rules, and the
words of the periods that charts are of, stand in hidden rows below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.schema import DASHBOARD_COLUMNS, advice_name
from crmbook.build import theme
from crmbook.build.advice import ADVICE_LINES, advice_fallback, more_advice
from crmbook.build.charts import ROW_PIXELS, write_chart, write_heading
from crmbook.build.page import Canvas, merge, name_place, write_cell, write_head
from crmbook.build.tablesheet import write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.schema import Cell

COLUMNS: Final = 10
COLUMN_WIDTH: Final = 13.8
COLUMN_PIXELS: Final = 102
CARDS, CARD_WIDTH, CARD_HEIGHT = 10, 2, 4
CHOICE_ROW, CARD_ROW = 2, 5
CHART_ROWS: Final = 15
FIGURES_SPAN: Final = "figures_span"
HELPER_ROW: Final = 200  # below everything that is seen


def write_dashboard(canvas: Canvas) -> None:
    """Write the page: choice of period, cards, advice, charts, comparison, and the tables behind the charts."""
    write_head(canvas)
    canvas.sheet.set_column(0, 0, 2)
    canvas.sheet.set_column(1, COLUMNS, COLUMN_WIDTH)
    canvas.sheet.set_column(COLUMNS + 1, DASHBOARD_COLUMNS - 1, 3)
    cells = canvas.page.cells
    cards = [cell for cell in cells if cell.kpi]
    typed = [cell for cell in cells if cell.formula is None]
    said = _said_elsewhere(canvas)
    unseen = [cell for cell in cells if cell.id in said and cell.id != FIGURES_SPAN and not cell.kpi]
    on_cards = {cell.id: cell for cell in cells if cell.below in {card.id for card in cards[:CARDS]}}
    details = [
        cell
        for cell in cells
        if not cell.kpi and cell.formula and cell.id not in said and cell.id not in on_cards
    ]
    details += cards[CARDS:]
    _write_pairs(canvas, CHOICE_ROW, typed)
    _write_figures_head(canvas)
    advice = _write_cards(canvas, cards, {str(cell.below): cell for cell in on_cards.values()})
    top = _write_advice(canvas, advice)
    _write_unseen(canvas, unseen)
    bottom = _write_charts(canvas, top)
    beside = len(canvas.page.charts) % 2 == 1
    after = _write_details(canvas, bottom - CHART_ROWS if beside else bottom, details, beside=beside)
    for name in canvas.page.tables:
        write_table(canvas.plan, canvas.sheet, canvas.plan.book.tables[name])
    canvas.sheet.print_area(0, 0, max(bottom, after), COLUMNS)
    canvas.sheet.set_portrait()
    canvas.sheet.fit_to_pages(1, 1)


def _write_charts(canvas: Canvas, top: int) -> int:
    """Draw the charts, two side by side; return the row below them."""
    for index, chart in enumerate(canvas.page.charts):
        row, column = top + (index // 2) * CHART_ROWS, 1 + (index % 2) * (COLUMNS // 2)
        write_heading(canvas, chart, (row, column), COLUMNS // 2)
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


def _said_elsewhere(canvas: Canvas) -> set[str]:
    """Return the cells that something else on the page says: days of periods, words of titles, figures before."""
    cells = canvas.page.cells
    said = {chart.span for chart in canvas.page.charts if chart.span} | {FIGURES_SPAN}
    said |= {cell.id for cell in cells if cell.type in {"date", "text"} and cell.formula and not cell.below}
    reads = {cell.id: cell.formula.names for cell in cells if cell.formula and not cell.kpi}
    read = set().union(*(reads[cell.id] for cell in cells if cell.below and cell.id in reads))
    while more := set().union(*(reads[name] for name in read & reads.keys())) - read:
        read |= more
    return said | (read & reads.keys())


def _write_figures_head(canvas: Canvas) -> None:
    """Write above the cards which period they show, and which one it is compared with."""
    span = next((cell for cell in canvas.page.cells if cell.id == FIGURES_SPAN), None)
    heading = {"bold": True, "font_size": 12, "font_color": canvas.plan.accent}
    canvas.sheet.write_string(CARD_ROW - 1, 1, canvas.page.labels.get("figures", ""), canvas.plan.writer.format(**heading))
    canvas.sheet.set_row(CARD_ROW - 1, 22)
    if span is not None:
        look = {"font_color": theme.COMPUTED, "align": "left", "border": 0}
        merge(canvas, CARD_ROW - 1, 2, COLUMNS - 2, canvas.plan.writer.format(**look))
        write_cell(canvas, CARD_ROW - 1, 2, span, **look)


def _write_cards(canvas: Canvas, cells: Sequence[Cell], changes: Mapping[str, Cell]) -> int:
    """Write key figures as cards: title above a large number, and below how it has changed; return the row below."""
    soft = {"bg_color": theme.ACCENT_SOFT, "align": "center"}
    title = {**soft, "font_color": theme.COMPUTED, "top": 5, "top_color": canvas.plan.accent}
    value = {**soft, "font_color": canvas.plan.accent, "bold": True, "font_size": 18}
    change = {**soft, "font_color": theme.COMPUTED, "font_size": 9}
    a_row = COLUMNS // CARD_WIDTH
    for index, cell in enumerate(cells[:CARDS]):
        row, column = CARD_ROW + index // a_row * CARD_HEIGHT, 1 + index % a_row * CARD_WIDTH
        merge(canvas, row, column, CARD_WIDTH, canvas.plan.writer.format(**title), cell.title)
        for line, look in ((1, value), (2, change)):
            merge(canvas, row + line, column, CARD_WIDTH, canvas.plan.writer.format(**look))
        write_cell(canvas, row + 1, column, cell, **value, border=0, shrink=True)
        if cell.id in changes:
            write_cell(canvas, row + 2, column, changes[cell.id], **change, border=0, shrink=True)
    after = CARD_ROW + -(-min(len(cells), CARDS) // a_row) * CARD_HEIGHT
    for row in range(CARD_ROW, after, CARD_HEIGHT):
        for line, height in enumerate((20, 32, 18, 6)):
            canvas.sheet.set_row(row + line, height)
    return after


def _write_advice(canvas: Canvas, top: int) -> int:
    """Write the lines of advice, and in hidden rows below the page the rules they are chosen from.

    Returns
    -------
    int
        The row below them.
    """
    plan, sheet = canvas.plan, canvas.sheet
    if not canvas.page.advice:
        return top
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    sheet.write_string(top, 1, canvas.page.labels["advice"], heading)
    ranks, lines = plan.advice[canvas.page.name]
    _write_advice_rules(canvas, ranks)
    body = plan.writer.format(font_color=theme.INK, text_wrap=True, bg_color=theme.ADVICE_FILL, indent=1)
    for line, shown in enumerate(lines):
        row = top + 1 + line
        sheet.merge_range(row, 1, row, COLUMNS, "", body)
        sheet.write_formula(row, 1, _advice_formula(canvas, line), body, shown)
        name_place(canvas, advice_name("line", line + 1), row)
        sheet.set_row(row, 22)
    return top + len(lines) + 2


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


def _write_unseen(canvas: Canvas, cells: Sequence[Cell]) -> None:
    """Write what the page says elsewhere, in hidden rows below the rules of advice."""
    for row, cell in enumerate(cells, HELPER_ROW + len(canvas.page.advice)):
        canvas.sheet.write_string(row, 1, cell.title)
        write_cell(canvas, row, 2, cell, border=0)
        canvas.sheet.set_row(row, None, None, {"hidden": True})


def _write_details(canvas: Canvas, row: int, cells: Sequence[Cell], *, beside: bool) -> int:
    """Write the remaining figures as a list, beside the last chart or below all charts; return the row below."""
    plan = canvas.plan
    column = 1 + COLUMNS // 2 if beside else 1
    if not cells:
        return row
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    canvas.sheet.write_string(row, column, canvas.page.labels["details"], heading)
    title = plan.writer.format(font_color=theme.INK, bottom=4, bottom_color=theme.LINE)
    for index, cell in enumerate(cells, start=1):
        merge(canvas, row + index, column, COLUMNS // 2 - 2, title, cell.title)
        merge(canvas, row + index, column + COLUMNS // 2 - 2, 2, title)
        write_cell(
            canvas,
            row + index,
            column + COLUMNS // 2 - 2,
            cell,
            align="right",
            bold=True,
            border=0,
            bottom=4,
            bottom_color=theme.LINE,
        )
    return row + 1 + len(cells)

"""Advice as it is on a page: its lines, and in hidden rows below the page the rules that they are chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import theme
from crmbook.build.advice import ADVICE_LINES, advice_fallback, more_advice
from crmbook.build.page import HELPER_ROW, Canvas, name_place
from crmbook.schema import advice_name

if TYPE_CHECKING:
    from collections.abc import Sequence

ADVICE_ROWS = ADVICE_LINES + 2
"""Rows that the advice takes: its heading, its lines, and one for what is left over."""


def write_advice(canvas: Canvas, row: int, width: int) -> None:
    """Write the heading at `row` (0-based) and the lines below it, over `width` columns from the second on."""
    plan, sheet, page = canvas.plan, canvas.sheet, canvas.page
    if not page.advice:
        return
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    sheet.write_string(row, 1, page.labels.get("advice") or plan.words("advice"), heading)
    ranks, lines = plan.advice[page.name]
    _write_rules(canvas, ranks)
    body = plan.writer.format(font_color=theme.INK, text_wrap=True, bg_color=theme.ADVICE_FILL, indent=1)
    for line, shown in enumerate(lines):
        line_row = row + 1 + line
        sheet.merge_range(line_row, 1, line_row, width, "", body)
        sheet.write_formula(line_row, 1, _line_formula(canvas, line), body, shown)
        name_place(canvas, advice_name(page.name, "line", line + 1), line_row)
        sheet.set_row(line_row, 22)


def _line_formula(canvas: Canvas, line: int) -> str:
    """Return the formula of a line: the rule whose rank it is, or how many rules are left over."""
    first, last = HELPER_ROW + 1, HELPER_ROW + len(canvas.page.advice)
    if line < ADVICE_LINES:
        none = advice_fallback(canvas.page, line)
        return f'=IFERROR("• "&INDEX(C${first}:C${last},MATCH({line + 1},B${first}:B${last},0)),"{none}")'
    before, after = (part.replace('"', '""') for part in more_advice(canvas.page))
    left = f"COUNT(B${first}:B${last})-{ADVICE_LINES}"
    return f'=IF({left}>0,"{before}"&({left})&"{after}","")'


def _write_rules(canvas: Canvas, ranks: Sequence[int | str]) -> None:
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
        name_place(canvas, advice_name(canvas.page.name, "rule", rule.id), row)
        sheet.set_row(row, None, None, {"hidden": True})

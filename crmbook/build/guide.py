"""使用说明: the first sheet a new colleague reads — what it is, how to use it, every sheet with a link, the colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.page import LINE_HEIGHT, Canvas, lines_of, merge, write_cell, write_head
from crmbook.build.tablesheet import text_units
from crmbook.schema import quoted

if TYPE_CHECKING:
    from crmbook.schema import Book, Links, Sheet

GUIDE: Final = "guide"
"""The page."""
LABEL, TEXT, WHO = 1, 2, 6
WIDTHS: Final = (2.0, 22.0, 22.0, 22.0, 22.0, 22.0, 20.0)
TEXT_WIDTH: Final = sum(WIDTHS[TEXT:WHO])
TEXT_COLUMNS: Final = WHO - TEXT
LINKS_A_ROW: Final = WHO - LABEL
TIP: Final = 250
"""Characters of a link's tip that office programs take."""
_LEGEND: Final = ("required", "derived", "override", "issue", "good", "warn", "bad", "info", "muted")


def write_guide(canvas: Canvas) -> None:
    """Write the guide page."""
    write_head(canvas)
    for column, width in enumerate(_widths(canvas)):
        canvas.sheet.set_column(column, column, width)
    row = 3
    for cell in (cell for cell in canvas.page.cells if not cell.kpi):
        canvas.sheet.write_string(row, LABEL, cell.title, _label(canvas))
        write_cell(canvas, row, TEXT, cell, align="left", bold=True, font_size=12, indent=1)
        canvas.sheet.set_row(row, 24)
        row += 2
    row = _write_links(canvas, _write_figures(canvas, row))
    for paragraph in canvas.page.texts:
        body = canvas.plan.writer.format(text_wrap=True, valign="top", font_color=theme.INK)
        canvas.sheet.write_string(row, LABEL, paragraph.heading, _label(canvas))
        canvas.sheet.merge_range(row, TEXT, row, WHO, paragraph.text, body)
        lines = lines_of(paragraph.text, TEXT_WIDTH + WIDTHS[WHO] - 4)
        canvas.sheet.set_row(row, LINE_HEIGHT * lines + 6)
        row += 1
    row = _write_sheets(canvas, row + 1)
    _write_legend(canvas, row + 1)
    canvas.sheet.set_portrait()


def _widths(canvas: Canvas) -> list[float]:
    """Return the widths of the columns: each has room for the names that are in it as buttons."""
    widths = list(WIDTHS)
    for links in canvas.page.links:
        for index, sheet in enumerate(_linked(canvas, links)):
            column = TEXT + index % LINKS_A_ROW
            widths[column] = max(widths[column], text_units(sheet.title) + 2)
    return widths


def _linked(canvas: Canvas, links: Links) -> list[Sheet]:
    """Return the sheets that a row of buttons leads to, in its order."""
    shown = {sheet.name: sheet for sheet in canvas.plan.book.sheets if not sheet.hidden}
    return [shown[name] for name in links.sheets if name in shown]


def _write_figures(canvas: Canvas, row: int) -> int:
    """Write the figures of the day as cards, side by side; return the row after them."""
    figures = [cell for cell in canvas.page.cells if cell.kpi]
    soft = {"bg_color": theme.ACCENT_SOFT, "align": "center"}
    title = canvas.plan.writer.format(
        **soft, font_color=theme.COMPUTED, top=5, top_color=canvas.plan.accent, shrink=True
    )
    value = {**soft, "font_color": canvas.plan.accent, "bold": True, "font_size": 18, "border": 0}
    for index, cell in enumerate(figures):
        top, column = row + 3 * (index // LINKS_A_ROW), LABEL + index % LINKS_A_ROW
        canvas.sheet.write_string(top, column, cell.title, title)
        canvas.sheet.set_row(top, 20)
        write_cell(canvas, top + 1, column, cell, **value)
        canvas.sheet.set_row(top + 1, 32)
    return row + 3 * -(-len(figures) // LINKS_A_ROW)


def _write_links(canvas: Canvas, row: int) -> int:
    """Write by role where to go, each sheet as a button; return the row after it."""
    plan = canvas.plan
    button = plan.writer.format(
        bg_color=theme.ACCENT_SOFT, font_color=plan.accent, bold=True, align="center", valign="vcenter",
        border=1, border_color=theme.PAPER, shrink=True,
    )  # fmt: skip
    role = plan.writer.format(bold=True, font_color=plan.accent, valign="vcenter")
    for links in canvas.page.links:
        sheets = _linked(canvas, links)
        for index, sheet in enumerate(sheets):
            line, column = row + index // LINKS_A_ROW, TEXT + index % LINKS_A_ROW
            tip = purpose_of(plan.book, sheet)[0][:TIP]
            target = f"internal:{quoted(sheet.title)}!A1"
            canvas.sheet.write_url(line, column, target, button, string=sheet.title, tip=tip)
            canvas.sheet.set_row(line, 26)
        if sheets:
            canvas.sheet.write_string(row, LABEL, links.title, role)
            row += -(-len(sheets) // LINKS_A_ROW)
    return row + bool(canvas.page.links)


def _write_sheets(canvas: Canvas, row: int) -> int:
    """Write the list of all sheets, each that is shown with a link; return the row after it."""
    plan, labels = canvas.plan, canvas.page.labels
    _heading(canvas, row, labels["sheets"])
    head = plan.writer.format(
        bold=True, bg_color=theme.ACCENT_SOFT, font_color=plan.accent, bottom=1, bottom_color=plan.accent
    )
    canvas.sheet.write_string(row + 1, LABEL, labels["sheet"], head)
    merge(canvas, row + 1, TEXT, TEXT_COLUMNS, head, labels["purpose"])
    canvas.sheet.write_string(row + 1, WHO, labels["filled_by"], head)
    row += 2
    link = plan.writer.format(font_color=theme.LINK, underline=1, bottom=4, bottom_color=theme.LINE)
    body = plan.writer.format(text_wrap=True, bottom=4, bottom_color=theme.LINE)
    for sheet in plan.book.sheets:
        if sheet.title == canvas.page.title:
            continue
        purpose, who = purpose_of(plan.book, sheet)
        if sheet.hidden:  # office programs do not follow a link there
            purpose += plan.words("hidden-sheet")
            canvas.sheet.write_string(row, LABEL, sheet.title, body)
        else:
            canvas.sheet.write_url(row, LABEL, f"internal:{quoted(sheet.title)}!A1", link, string=sheet.title)
        merge(canvas, row, TEXT, TEXT_COLUMNS, body, purpose)
        canvas.sheet.write_string(row, WHO, who, body)
        canvas.sheet.set_row(row, LINE_HEIGHT * lines_of(purpose, TEXT_WIDTH) + 3)
        row += 1
    return row


def purpose_of(book: Book, sheet: Sheet) -> tuple[str, str]:
    """Return what a sheet is for, and who fills it."""
    if sheet.page and "who" in sheet.page.labels:
        return sheet.page.help, sheet.page.labels["who"]
    if sheet.page:
        tables = [book.tables[name] for name in sheet.page.tables]
        who = next((table.filled_by for table in tables if table.managed and table.filled_by), "")
        return sheet.page.help, who or book.pages[GUIDE].labels.get("system", "")
    table = book.tables[sheet.name]
    return table.help, table.filled_by


def _write_legend(canvas: Canvas, row: int) -> None:
    labels = canvas.page.labels
    _heading(canvas, row, labels["legend"])
    for name in _LEGEND:
        row += 1
        look = canvas.plan.writer.format(**_look(canvas, name), align="center")
        canvas.sheet.write_string(row, LABEL, canvas.plan.words("legend-sample"), look)
        merge(canvas, row, TEXT, TEXT_COLUMNS, canvas.plan.writer.format(indent=1), labels[f"legend_{name}"])
        canvas.sheet.set_row(row, 20)


def _look(canvas: Canvas, name: str) -> dict[str, Any]:
    looks: dict[str, dict[str, Any]] = {
        "required": {
            "bg_color": canvas.plan.accent,
            "font_color": theme.PAPER,
            "bottom": 5,
            "bottom_color": theme.REQUIRED,
        },
        "derived": {"bg_color": theme.COMPUTED_FILL, "font_color": theme.COMPUTED_INK},
        "override": dict(theme.MANUAL),
        "issue": dict(theme.MARK),
    }
    return looks.get(name) or dict(theme.HIGHLIGHTS[name])


def _label(canvas: Canvas) -> Any:
    return canvas.plan.writer.format(bold=True, font_color=canvas.plan.accent, valign="top", text_wrap=True)


def _heading(canvas: Canvas, row: int, text: str) -> None:
    look = canvas.plan.writer.format(bold=True, font_size=13, font_color=canvas.plan.accent)
    canvas.sheet.write_string(row, LABEL, text, look)
    canvas.sheet.set_row(row, 24)

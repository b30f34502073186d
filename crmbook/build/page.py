"""What all pages share: the head with title and link back, single named cells, paragraphs, small tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme
from crmbook.build.rules import cell_rules
from crmbook.build.tablesheet import column_width, set_up_print, text_units, write_table
from crmbook.build.validation import LAST_DAY
from crmbook.formula import CellError
from crmbook.schema import Storage, column_letters, line_name, quoted
from crmbook.values import FIRST_DAY

if TYPE_CHECKING:
    from crmbook.build.blueprint import Blueprint
    from crmbook.build.writer import Strict
    from crmbook.schema import Cell, Page

TITLE_HEIGHT: Final = 34
LINE_HEIGHT: Final = 17
ROW_LINE: Final = 15
"""Points of one line, which is how high a row is by itself."""
SCREEN: Final = 165
"""Characters that a small screen shows side by side."""
TEXT_COLUMN: Final = 14.0
"""Characters of each column of a page that is words alone."""
HELPER_ROW: Final = 200  # below everything that is seen


@dataclass(frozen=True, slots=True)
class Canvas:
    """One page under construction; `last` is the 0-based last column of its visible part."""

    plan: Blueprint
    sheet: Strict
    page: Page
    last: int


def write_head(canvas: Canvas) -> None:
    """Write title and help in rows 1 and 2, link back to the first sheet, set tab and print."""
    plan, sheet, page = canvas.plan, canvas.sheet, canvas.page
    bar = plan.writer.format(bg_color=plan.accent, font_color=theme.PAPER, bold=True, font_size=16, indent=1)
    for column in range(canvas.last + 1):
        sheet.write_blank(0, column, None, bar)
    sheet.write_string(0, 0, page.title, bar)
    sheet.set_row(0, TITLE_HEIGHT)
    for column in range(canvas.last + 1):
        for row in (1, 2):
            sheet.write_blank(row, column, None, plan.writer.format())
    sheet.write_string(1, 0, page.help, plan.writer.format(font_color=theme.COMPUTED, italic=True, indent=1))
    sheet.set_row(1, 22)
    if page.title != plan.home:
        link = plan.writer.format(font_color=theme.LINK, underline=1, align="right")
        back = f"internal:{quoted(plan.home)}!A1"
        sheet.write_url(
            1, canvas.last, back, link, string=f"← {plan.home}", tip=plan.words("back", sheet=plan.home)
        )
    sheet.hide_gridlines(2)
    sheet.set_tab_color(plan.accent)
    set_up_print(plan, sheet)


def write_tables_page(canvas: Canvas) -> None:
    """Write a page that is its tables: title and help above, the tables side by side."""
    write_head(canvas)
    line = ""
    if not canvas.page.tables:
        canvas.sheet.set_column(1, canvas.last, TEXT_COLUMN)
        write_texts(canvas, 3, canvas.last, canvas.last * TEXT_COLUMN)
    elif canvas.page.texts:
        texts = (f"{one.heading}: {one.text}" if one.heading else one.text for one in canvas.page.texts)
        line = "  ".join(texts)
    if canvas.page.name in canvas.plan.lines:
        line = canvas.plan.lines[canvas.page.name]
        target = f"{quoted(canvas.page.title)}!$A$3"
        canvas.plan.writer.define_hidden_name(line_name(canvas.page.name), target)
    for name in canvas.page.tables:
        write_table(canvas.plan, canvas.sheet, canvas.plan.book.tables[name])
    if line:
        _write_line(canvas, line)
    canvas.sheet.freeze_panes(4, 0)


def _write_line(canvas: Canvas, text: str) -> None:
    """Write the line above the tables of a page over the columns of a small screen, as high as it must be."""
    plan, room, last = canvas.plan, 0.0, 0
    for name in canvas.page.tables:
        target = plan.layout.tables[name]
        for field in plan.book.tables[name].fields.values():
            width = 0 if field.hidden else column_width(field, plan.book)
            if target.columns[field.name].index > last + 1 or room + width > SCREEN:
                break
            room, last = room + width, target.columns[field.name].index
    look = plan.writer.format(font_color=theme.INK, indent=1, text_wrap=True)
    merge(canvas, 2, 0, last + 1, look, text)
    lines = lines_of(text, room)
    if lines > 1:
        canvas.sheet.set_row(2, ROW_LINE * lines)


def write_cell(canvas: Canvas, row: int, column: int, cell: Cell, **look: object) -> None:
    """Write a named cell's value or formula at a position (0-based), and give the cell its name."""
    plan, sheet = canvas.plan, canvas.sheet
    look = {"num_format": cell.format, "border": 1, "border_color": theme.LINE, **look}
    if cell.formula is None:
        look = {"bg_color": theme.INPUT_FILL, "font_color": theme.INPUT_INK, **look}
    shape = plan.writer.format(**look)
    value = plan.values[cell.id]
    if cell.formula is not None and ("", cell.id) not in plan.live:
        write_value(sheet, row, column, str(value) if isinstance(value, CellError) else value, shape)
    elif cell.formula is not None:
        cached = "" if value is None else value
        text = cell.formula.render(plan.labels)
        sheet.write_formula(
            row, column, text, shape, str(cached) if isinstance(cached, CellError) else cached
        )
    else:
        write_value(sheet, row, column, value, shape)
        _validate(canvas, row, column, cell)
    for options in cell_rules(plan, cell):
        sheet.conditional_format(row, column, row, column, options)
    target = f"{quoted(canvas.page.title)}!${column_letters(column)}${row + 1}"
    plan.writer.book.define_name(plan.layout.names[cell.id], f"={target}")


def write_value(sheet: Strict, row: int, column: int, value: Any, shape: Any) -> None:
    """Write a constant of any canonical type."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, shape)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, shape)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, shape)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, shape)
    else:
        sheet.write_string(row, column, str(value), shape)


def _validate(canvas: Canvas, row: int, column: int, cell: Cell) -> None:
    names = canvas.plan.names
    source = names.of_list(cell.list) if cell.list else ""
    offered = names.offered.get(cell.offers) if cell.offers else None
    options: dict[str, Any] = {"validate": "any"}
    if source:
        options = {"validate": "list", "source": source}
    elif offered:
        options = {"validate": "list", "source": f"={offered}", "error_type": "warning"}
    elif cell.traits.storage is Storage.DATE:
        limits = {"minimum": FIRST_DAY, "maximum": LAST_DAY}
        options = {"validate": "date", "criteria": "between", **limits}
    if cell.help:
        options |= {"input_title": cell.title, "input_message": cell.help}
    if options != {
        "validate": "any"
    }:  # with nothing to refuse and nothing to say, no program takes a validation
        canvas.sheet.data_validation(row, column, row, column, options)


def merge(canvas: Canvas, row: int, column: int, width: int, look: Any, text: str = "") -> None:  # noqa: PLR0913, PLR0917
    """Merge `width` cells of a row (0-based); of one cell only the look is set."""
    if width > 1:
        canvas.sheet.merge_range(row, column, row, column + width - 1, text, look)
    else:
        canvas.sheet.write_string(row, column, text, look)


def name_place(canvas: Canvas, name: str, row: int, column: int = 1) -> None:
    """Let sync find a cell without a name of its own again (0-based), to keep its cached value right."""
    target = f"${column_letters(column)}${row + 1}"
    canvas.plan.writer.define_hidden_name(name, f"{quoted(canvas.page.title)}!{target}")


def write_texts(canvas: Canvas, row: int, width: int, characters: float) -> int:
    """Write the paragraphs of a page from `row` on (0-based), over `width` columns; return the row after them."""
    plan = canvas.plan
    heading = plan.writer.format(bold=True, font_size=12, font_color=plan.accent)
    body = plan.writer.format(font_color=theme.INK, text_wrap=True, valign="top")
    for text in canvas.page.texts:
        if text.heading:
            canvas.sheet.write_string(row, 1, text.heading, heading)
            row += 1
        merge(canvas, row, 1, width, body, text.text)
        canvas.sheet.set_row(row, LINE_HEIGHT * lines_of(text.text, characters) + 6)
        row += 1
    return row


def lines_of(text: str, width: float) -> int:
    """Return how many lines `text` fills in a column of `width` characters; a Chinese character counts two, and is not parted."""
    whole = max(1, int(width))
    return sum(
        max(1, -(-text_units(line) // (whole if line.isascii() else max(2, whole - whole % 2))))
        for line in text.splitlines() or [""]
    )

"""数据字典: every dropdown list, editable, one column each; then what was entered before; then every field explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe
from crmbook.build import theme
from crmbook.build.entered import entered_header, entered_texts
from crmbook.build.page import ROW_LINE, Canvas, lines_of, write_head
from crmbook.build.prompts import clip
from crmbook.build.rules import LAST_ROW
from crmbook.build.tablesheet import HEADER_HEIGHT, MOST_LIST_WIDTH, UPRIGHT_WIDTH, text_units
from crmbook.build.validation import TITLE_LIMIT
from crmbook.schema import PAGE_HEADER_ROW, column_letters, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.build.writer import Strict
    from crmbook.schema import Book, Field, ListLayout, Table, ValueList

LIST_WIDTH: Final = 15
FIELD_COLUMNS: Final = ("sheet", "field", "meaning", "type", "required", "derived", "example")
"""Labels of the columns that explain the fields."""
FIELD_WIDTHS: Final = (24, 18, 46, 12, 8, 10, 22)
"""How wide these columns are at least."""
MOST_FIELD_WIDTH: Final = 100


def write_dictionary(canvas: Canvas) -> None:
    """Write the dictionary page."""
    write_head(canvas)
    for text in canvas.page.texts[:1]:
        canvas.sheet.write_string(2, 0, text.text, canvas.plan.writer.format(indent=1))
    for name, list_layout in canvas.plan.layout.lists.items():
        _write_list(canvas, canvas.plan.book.lists[name], list_layout)
    for name, column in canvas.plan.names.entered_columns.items():
        title = entered_header(canvas.plan.book, canvas.plan.names, name)
        texts = entered_texts(canvas.plan.names, name, canvas.plan.frames)
        _write_column(canvas, column, [title, *texts], computed=True)
    fields = canvas.plan.layout.after_lists + len(canvas.plan.names.entered_columns) + 1
    _write_fields(canvas, fields)
    jump = f"internal:{quoted(canvas.page.title)}!{column_letters(fields)}{PAGE_HEADER_ROW}"
    link = canvas.plan.writer.format(font_color=theme.LINK, underline=1)
    canvas.sheet.write_url(1, 6, jump, link, string=f"{canvas.page.labels['fields']} →")
    canvas.sheet.set_row(PAGE_HEADER_ROW - 1, HEADER_HEIGHT)
    canvas.sheet.freeze_panes(PAGE_HEADER_ROW, 0)
    last = fields + len(FIELD_COLUMNS) - 1
    canvas.sheet.print_area(0, fields, LAST_ROW, last)  # the lists are for the screen
    canvas.sheet.repeat_rows(PAGE_HEADER_ROW - 1)


def _write_list(canvas: Canvas, entries: ValueList, list_layout: ListLayout) -> None:
    values = list(entries.values.values())
    if entries.by:
        parents = canvas.plan.book.lists[entries.by].values
        order = list(parents)
        values.sort(key=lambda value: order.index(value.parent or order[0]))
        texts = [parents[value.parent].text if value.parent else "" for value in values]
        _write_column(canvas, list_layout.parent_column or 0, [list_layout.parent_header, *texts])
    _write_column(canvas, list_layout.column, [list_layout.header, *(value.text for value in values)])
    explain_list(canvas.sheet, canvas.plan.book, list_layout)


def explain_list(sheet: Strict, book: Book, list_layout: ListLayout) -> None:
    """Let the cells of a list say that formulas look for its words, where they do."""
    if book.lists[list_layout.name].fixed:
        column, said = list_layout.column, fixed_list_text(book)
        prompt = {"input_title": clip(list_layout.header, TITLE_LIMIT), "input_message": said}
        sheet.data_validation(PAGE_HEADER_ROW - 1, column, LAST_ROW, column, {"validate": "any"} | prompt)


def fixed_list_text(book: Book) -> str:
    """Return what a list says whose words formulas look for."""
    return describe("workbook.fixed-list", book.lang, {})


def _write_column(canvas: Canvas, column: int, texts: Sequence[str], *, computed: bool = False) -> None:
    """Write a list: its title in the header row, its values below."""
    writer, sheet = canvas.plan.writer, canvas.sheet
    colour = theme.COMPUTED if computed else canvas.plan.accent
    look: dict[str, Any] = {
        "num_format": "@",
        "border": 1,
        "border_color": theme.LINE,
        "font_color": theme.INK,
        "indent": 1,
    }
    if computed:
        look |= {"bg_color": theme.COMPUTED_FILL, "font_color": theme.COMPUTED_INK}
    widest = min(max(map(text_units, texts[1:]), default=0) + 2, MOST_LIST_WIDTH)
    sheet.set_column(column, column, max(LIST_WIDTH, widest), writer.format(num_format="@"))
    sheet.write_string(PAGE_HEADER_ROW - 1, column, texts[0], _head(canvas, colour))
    for row, value in enumerate(texts[1:], start=PAGE_HEADER_ROW):
        sheet.write_string(row, column, value, writer.format(**look))
    if computed and not texts[1:]:  # what sync writes there first shall not look like the header
        sheet.write_blank(PAGE_HEADER_ROW, column, None, writer.format(**look))


def _write_fields(canvas: Canvas, first: int) -> None:
    """Write one row per field that people see, of every table: meaning, type, example."""
    plan, sheet, labels = canvas.plan, canvas.sheet, canvas.page.labels
    columns = [
        {"header": labels[name], "header_format": _head(canvas, theme.COMPUTED)} for name in FIELD_COLUMNS
    ]
    rows = [
        _row(canvas, table, field)
        for table in plan.book.tables.values()
        if table.managed
        for field in table.fields.values()
        if not field.hidden
    ]
    body = plan.writer.format(text_wrap=True, border=1, border_color=theme.LINE, num_format="@")
    widths = field_widths(rows)
    if sum(widths) <= UPRIGHT_WIDTH:
        sheet.set_portrait()
    for offset, width in enumerate(widths):
        sheet.set_column(first + offset, first + offset, width, body)
    top = PAGE_HEADER_ROW - 1
    sheet.add_table(
        top, first, top + len(rows), first + len(FIELD_COLUMNS) - 1,
        {"name": plan.words("field-table"), "columns": columns, "style": "Table Style Light 1", "banded_rows": False},
    )  # fmt: skip
    for row, values in enumerate(rows, start=top + 1):
        height = field_row_height(values, widths)
        if height is not None:
            sheet.set_row(row, height)
        for offset, value in enumerate(values):
            sheet.write_string(row, first + offset, value, body)


def field_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the widths of the columns that explain the fields: each text in one line, as the lists share its row."""
    longest = [max(map(text_units, texts)) + 2 for texts in zip(*rows, strict=True)] or FIELD_WIDTHS
    return [
        min(max(least, most), MOST_FIELD_WIDTH) for least, most in zip(FIELD_WIDTHS, longest, strict=True)
    ]


def field_row_height(values: Sequence[str], widths: Sequence[int]) -> int | None:
    """Return how high the row of a field must be, in points; None where it is as high as every other."""
    lines = max(map(lines_of, values, widths))
    return ROW_LINE * lines if lines > 1 else None


def _row(canvas: Canvas, table: Table, field: Field) -> tuple[str, ...]:
    labels = canvas.page.labels
    yes = "✓"
    unit = f"（{field.unit}）" if field.unit else ""
    return (
        canvas.plan.layout.tables[table.name].sheet,
        field.title,
        field.help,
        labels.get(f"type_{field.type}", field.type) + unit,
        yes if field.required else "",
        yes if field.formula else "",
        str(field.example),
    )


def _head(canvas: Canvas, colour: str) -> Any:
    look = {"bold": True, "font_color": theme.PAPER, "bg_color": colour, "align": "center", "text_wrap": True}
    return canvas.plan.writer.format(**look, border=1, border_color=theme.PAPER)

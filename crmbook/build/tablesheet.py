"""The skeleton of one table: header, one template row, and the furniture around them.

A table is an Excel table over its header and one empty row. Formats, validations and conditional formats cover
the whole column below the header, so that whatever is typed, pasted or filled in later is served as well.
`crmbook.ooxml` then streams the rows into the place of the template row.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import OWN
from crmbook.build import theme
from crmbook.build.rules import LAST_ROW, write_rules
from crmbook.build.validation import build_validation
from crmbook.ooxml import PAPER_SIZES
from crmbook.schema import Align, column_name, quoted, seed_frame

if TYPE_CHECKING:
    from crmbook.build.blueprint import Blueprint
    from crmbook.build.writer import Strict
    from crmbook.schema import Book, Field, Table, TableLayout

HEADER_HEIGHT: Final = 34
ANSWERS: Final = frozenset({"conflict_decision", "hold_decision", "reminder_decision"})
"""Lists from which people answer on the pages that crmbook writes."""
OWN_WIDTH: Final = 16
OWN_FORMATS: Final[dict[type, str]] = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm"}
PAGE_WIDTH: Final = 230
"""Characters that a landscape page holds and stays readable."""
SMALLEST: Final = 57
"""Percent of the screen's size at which that many are as wide as the page."""
WIDE: Final = 0x2E7F  # signs beyond it take the room of two
MOST_LIST_WIDTH: Final = 32  # characters of a list's longest value that a column makes room for
MOST_SEED_WIDTH: Final = 50
ENGLISH_NAME: Final = 17
"""Characters of a column of names in English, which are longer than Chinese ones."""
BUTTON: Final = 3  # characters that the button of a filter takes
HEADING: Final = 90
"""Characters of a heading: a header in a file has 255 at the most, and each may count twice."""
UPRIGHT_WIDTH: Final = 156  # as many on an upright page, which holds half as many rows again


def write_table_sheet(plan: Blueprint, sheet: Strict, table: Table) -> None:
    """Write a sheet that holds `table` alone."""
    table_layout = plan.layout.tables[table.name]
    write_table(plan, sheet, table)
    first = next(iter(table.fields.values()))
    sheet.write_url(
        table_layout.header_row - 1,
        0,
        f"internal:{quoted(plan.home)}!A1",
        _header_format(plan, first, table, link=True),
        string=first.title,
        tip=plan.words("back", sheet=plan.home),
    )
    sheet.freeze_panes(table_layout.first_row - 1, _frozen_columns(table, table_layout))
    sheet.set_tab_color(theme.STAGE_COLOURS[table.stage] if table.stage else theme.TABLE_TAB)
    set_up_print(plan, sheet, repeat=table_layout.header_row - 1)
    _fit_to_paper(plan, sheet, table, table_layout)


def column_width(field: Field, book: Book) -> float:
    """Return the width of a column in characters: as the schema says, and wide enough for header and list.

    A header breaks between English words and anywhere in Chinese ones, two lines of it have room; beside it is the
    button of the filter. One that is a link has a single line, as LibreOffice breaks none. What people choose from a
    list, or a formula takes from it, is in one line, and so do the words that shipped rows bring.
    """
    is_chinese = text_units(field.title) > len(field.title)
    longest = 2 if is_chinese else max(map(len, field.title.split()))
    lines = 1 if _links_back(field, book) else 2
    header = max(longest, -(-text_units(field.title) // lines)) + BUTTON
    name = ENGLISH_NAME if book.lang == "en" and _is_name(field, book) else 0
    return max(field.width, header, name, _list_width(field, book), _seed_width(field, book))


def _is_name(field: Field, book: Book) -> bool:
    """Return whether a field holds people's names; on pages each column has its width for the screen."""
    table = book.tables[field.table]
    return field.type == "text" and field.name == "name" and field.personal and table.managed


def text_units(text: str) -> int:
    """Return the room that a text takes, in characters; a Chinese one counts two."""
    return sum(2 if ord(sign) > WIDE else 1 for sign in text)


def _links_back(field: Field, book: Book) -> bool:
    """Return whether a field's header is the link back to the first sheet."""
    is_first = next(iter(book.tables[field.table].fields)) == field.name
    return is_first and book.sheet_of(field.table).page is None


def _list_width(field: Field, book: Book) -> float:
    """Return the room that the longest value of a field's list takes; none where a cell holds several."""
    if not book.tables[field.table].managed or field.type == "multi_enum":
        return 0
    lists = {field.list}
    if field.formula and not field.list and field.type == "text":
        lists = {_list_of(book, *reference) for reference in field.formula.references}
    known = [book.lists[name] for name in lists if name and name in book.lists]
    texts = [value.text for one in known for value in one.values.values()]
    return min(max(map(text_units, texts), default=0) + 2, MOST_LIST_WIDTH)


def _list_of(book: Book, table: str, name: str) -> str | None:
    """Return the list of a field; a copy for a role may lack the field."""
    known = book.tables.get(table)
    field = known.fields.get(name) if known else None
    return field.list if field else None


def _seed_width(field: Field, book: Book) -> float:
    """Return the room for the longest word of the rows that a book begins with, where the schema brings them."""
    if not book.tables[field.table].seed or field.formula or field.traits.wrap:
        return 0
    values = seed_frame(book, field.table).get(field.name, ())
    texts = [value for value in values if isinstance(value, str)]
    return min(max(map(text_units, texts), default=0) + 2, MOST_SEED_WIDTH)


def _fit_to_paper(plan: Blueprint, sheet: Strict, table: Table, table_layout: TableLayout) -> None:
    """Print the columns of the fields, down to the last row with data: upright where they are legible so, else across.

    What is wider than a page goes on beside it, as small as what just fits: stretched over two pages it would fill four.

    What crmbook writes beside them, the issues of a row, is for the screen, unless people's own columns are behind it.
    """
    columns = [table_layout.columns[name].index for name in table.fields]
    own = len(plan.own.get(table.name, ()))
    last = table_layout.all_columns[-1].index + own if own else max(columns)
    sheet.print_area(0, min(columns), LAST_ROW, last)
    width = sum(column_width(field, plan.book) for field in table.fields.values() if not field.hidden)
    if width <= UPRIGHT_WIDTH:
        sheet.set_portrait()
    elif width > PAGE_WIDTH:
        sheet.set_print_scale(SMALLEST)
        sheet.repeat_columns(0, _frozen_columns(table, table_layout) - 1)


def write_table(plan: Blueprint, sheet: Strict, table: Table) -> None:
    """Write `table` at its place: header, template row, formats, validations, rules."""
    table_layout = plan.layout.tables[table.name]
    columns = [_column(plan, sheet, table, table_layout, field) for field in table.fields.values()]
    columns += _service_columns(plan, sheet, table_layout)
    columns += _own_columns(plan, sheet, table_layout)
    if table_layout.last_row is None:
        sheet.set_row(table_layout.header_row - 1, HEADER_HEIGHT)
    sheet.add_table(
        table_layout.header_row - 1,
        table_layout.all_columns[0].index,
        table_layout.first_row - 1,
        table_layout.all_columns[0].index + len(columns) - 1,
        {
            "name": table_layout.name,
            "columns": columns,
            "style": "Table Style Light 1",
            "banded_rows": False,
            "autofilter": table_layout.last_row is None,
        },
    )
    # A page has several tables, and XlsxWriter keeps what was set last.
    earlier = (sheet.ignored_errors or {}).get("number_stored_as_text", "")
    areas = f"{earlier} {_area(table_layout)}".strip()
    sheet.ignore_errors(dict.fromkeys(("number_stored_as_text", "calculated_column"), areas))
    for field in table.fields.values():
        asked = table.managed or field.list in ANSWERS
        options = build_validation(field, table_layout, plan.names, plan.book.lang) if asked else None
        if options:
            column = table_layout.columns[field.name].index
            sheet.data_validation(table_layout.first_row - 1, column, LAST_ROW, column, options)
    write_rules(plan, sheet, table)


def _column(
    plan: Blueprint, sheet: Strict, table: Table, table_layout: TableLayout, field: Field
) -> dict[str, Any]:
    index = table_layout.columns[field.name].index
    body = body_format(plan, field, managed=table.managed, aside=_stands_aside(plan.book, table))
    if table_layout.last_row is None:
        sheet.set_column(index, index, column_width(field, plan.book), body, {"hidden": field.hidden})
    for row in range(table_layout.first_row - 1, table_layout.last_row or table_layout.first_row):
        sheet.write_blank(row, index, None, body)
    if table.managed:
        mark = f"{quoted(table_layout.sheet)}!${table_layout.columns[field.name].letter}${table_layout.header_row}"
        plan.writer.define_hidden_name(column_name(table.name, field.name), mark)
    column = {"header": field.title, "header_format": _header_format(plan, field, table), "format": body}
    if field.formula and (table.name, field.name) in plan.live:
        column["formula"] = field.formula.render(plan.labels)
    return column


def _service_columns(plan: Blueprint, sheet: Strict, table_layout: TableLayout) -> list[dict[str, Any]]:
    columns = []
    for service, width, hidden in ((table_layout.issues, 28, False), (table_layout.row_id, 10, True)):
        if service is None:
            continue
        body = plan.writer.format(
            num_format="@",
            text_wrap=not hidden,
            font_color=theme.COMPUTED_INK,
            bg_color=theme.COMPUTED_FILL,
            border=1,
            border_color=theme.LINE,
        )
        sheet.set_column(service.index, service.index, width, body, {"hidden": hidden})
        sheet.write_blank(table_layout.first_row - 1, service.index, None, body)
        columns.append({"header": service.header, "header_format": _computed_header(plan), "format": body})
    return columns


def _own_columns(plan: Blueprint, sheet: Strict, table_layout: TableLayout) -> list[dict[str, Any]]:
    """Write people's own columns behind all others, those that hold days in a format for days."""
    head = plan.writer.format(**_header_look() | {"bg_color": theme.COMPUTED_INK})
    columns = []
    for index, header in enumerate(
        plan.own.get(table_layout.table.name, ()), table_layout.all_columns[-1].index + 1
    ):
        values = plan.frames[table_layout.table.name][OWN + header]
        kinds = {type(value) for value in values[values.notna()]}
        look = (
            {"num_format": OWN_FORMATS[kinds.pop()]} if len(kinds) == 1 and kinds <= set(OWN_FORMATS) else {}
        )
        body = plan.writer.format(border=1, border_color=theme.LINE, font_color=theme.INK, **look)
        sheet.set_column(index, index, OWN_WIDTH, body)
        sheet.write_blank(table_layout.first_row - 1, index, None, body)
        columns.append({"header": header, "header_format": head, "format": body})
    return columns


def _stands_aside(book: Book, table: Table) -> bool:
    """Return whether a table is only what the charts of a page read, in columns that nobody sees."""
    page = book.sheet_of(table.name).page
    return page is not None and page.is_dashboard


def body_format(plan: Blueprint, field: Field, *, managed: bool = True, aside: bool = False) -> Any:
    """Return the format of a field's cells: its number format and alignment, grey where it is computed.

    Parameters
    ----------
    aside
        Whether its column is hidden: LibreOffice shows what a centred text has too much of in the column before.
    """
    look: dict[str, object] = {
        "num_format": field.format,
        "align": str(field.traits.align),
        "border": 1,
        "border_color": theme.LINE,
        "font_color": theme.INK,
    }
    if field.traits.align is not Align.CENTER:
        look["indent"] = 1
    elif aside:
        look["align"] = "left"
    if field.traits.wrap:
        look["text_wrap"] = True
    if (field.derived or field.read_only) and managed:
        look |= {"bg_color": theme.COMPUTED_FILL, "font_color": theme.COMPUTED_INK}
    return plan.writer.format(**look)


def _header_format(plan: Blueprint, field: Field, table: Table, *, link: bool = False) -> Any:
    """Return the look of a header; the one that links back is light, as office programs draw links in dark blue."""
    if (field.formula or field.read_only) and table.managed:
        return _computed_header(plan, typed=field.override and not field.read_only)
    look = _header_look() | {"bg_color": plan.accent}
    if link:
        look |= {"bg_color": theme.ACCENT_SOFT, "font_color": plan.accent, "underline": 1}
    if field.required and table.managed:
        look |= {"bottom": 5, "bottom_color": theme.REQUIRED}
    return plan.writer.format(**look)


def _computed_header(plan: Blueprint, *, typed: bool = False) -> Any:
    look = _header_look() | {"bg_color": theme.COMPUTED}
    if typed:
        look |= {"bottom": 5, "bottom_color": plan.accent}
    return plan.writer.format(**look)


def _header_look() -> dict[str, object]:
    return {
        "bold": True,
        "font_color": theme.PAPER,
        "align": "center",
        "text_wrap": True,
        "border": 1,
        "border_color": theme.PAPER,
    }


def _frozen_columns(table: Table, table_layout: TableLayout) -> int:
    """Freeze through the key, and the name beside it, as long as that leaves room for the rest."""
    names = list(table.fields)
    wanted = [name for name in (table.key, table.name_field) if name in names[:3]]
    return max((table_layout.columns[name].index + 1 for name in wanted), default=1)


def _area(table_layout: TableLayout) -> str:
    from_, to = table_layout.all_columns[0].letter, table_layout.all_columns[-1].letter
    return f"{from_}{table_layout.first_row}:{to}{table_layout.last_row or LAST_ROW + 1}"


def set_up_print(plan: Blueprint, sheet: Strict, *, repeat: int | None = None) -> None:
    """Set the paper of the book's region, landscape, one page wide, the header on every page, title and page number in the margins."""
    sheet.set_landscape()
    sheet.set_paper(PAPER_SIZES[plan.book.locale.paper])
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    heading = plan.heading[:HEADING].replace("&", "&&")
    # A space: digits at the start would belong to the size of the letters.
    sheet.set_header(f"&L&9 {heading}&R&9&A" if heading else "&L&9&F&R&9&A")
    sheet.set_footer(f"&L&9{plan.words('printed')} &D&R&9&P / &N")
    if repeat is not None:
        sheet.repeat_rows(repeat)

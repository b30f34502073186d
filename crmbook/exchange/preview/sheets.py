"""How every sheet of the preview looks: a bar with the title, a line of help, a table with frozen headers, ready to print.

The look is the book's own: its font, its accent, the colours of `crmbook.build.theme`. What may be changed is set on
the colour of input cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.build import Writer, text_units, theme
from crmbook.ooxml import PAPER_SIZES
from crmbook.schema import column_letters, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.build import Strict
    from crmbook.exchange.preview.choices import Words
    from crmbook.schema import Book

HEADER_ROW: Final = 3
"""0-based row of the headers: title, help and a blank row are above."""
_TITLE_HEIGHT, _HELP_HEIGHT, _HEADER_HEIGHT, _ROW_HEIGHT, _LINE_HEIGHT = 34, 22, 30, 20, 14
_MOST_LINES: Final = 12
CELL_LIMIT: Final = 32_000

Kind = Literal["text", "wrapped", "number", "share", "input"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its header, width in characters, what its cells hold, and where its choices are."""

    title: str
    width: float
    kind: Kind = "text"
    choices: str = ""


class Sheets:
    """The sheets of a preview under construction."""

    def __init__(self, book: Book, words: Words) -> None:
        self.writer = Writer(book.font or theme.FONT)
        self.words = words
        self.accent = book.accent or theme.ACCENT
        self.home = words.say("sheet-guide")
        self._paper = PAPER_SIZES[book.locale.paper]

    def open(self, title: str, head: str, text: str, widths: Sequence[float]) -> Strict:
        """Add a sheet with its title bar, its line of help and, but for the first, a link back."""
        sheet = self.writer.sheet(title)
        bar = self.writer.format(
            bg_color=self.accent, font_color=theme.PAPER, bold=True, font_size=16, indent=1
        )
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
            sheet.write_blank(0, column, None, bar)
        sheet.write_string(0, 0, head, bar)
        sheet.set_row(0, _TITLE_HEIGHT)
        sheet.write_string(1, 0, text, self.writer.format(font_color=theme.COMPUTED, italic=True, indent=1))
        sheet.set_row(1, _HELP_HEIGHT)
        if title != self.home:
            link = self.writer.format(font_color=theme.LINK, underline=1, align="right")
            back = self.words.say("back", sheet=self.home)
            sheet.write_url(
                2,
                len(widths) - 1,
                f"internal:{quoted(self.home)}!A1",
                link,
                string=f"← {self.home}",
                tip=back,
            )
        sheet.hide_gridlines(2)
        sheet.set_tab_color(self.accent)
        self._set_up_print(sheet)
        return sheet

    def table(
        self, sheet: Strict, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Write a table below the head of a sheet; a cell may be a pair of its value and a look of its own.

        Where there are no rows, one says so.
        """
        rows = rows or [[self.words.say("nothing"), *[None] * (len(columns) - 1)]]
        formats = [self.body(column.kind) for column in columns]
        heads = [{"header": column.title, "header_format": self._head(column.kind)} for column in columns]
        sheet.add_table(
            HEADER_ROW, 0, HEADER_ROW + len(rows), len(columns) - 1,
            {"name": name, "columns": heads, "style": "Table Style Light 1", "banded_rows": False},
        )  # fmt: skip
        sheet.set_row(HEADER_ROW, _HEADER_HEIGHT)
        for line, row in enumerate(rows, HEADER_ROW + 1):
            sheet.set_row(line, _ROW_HEIGHT + _LINE_HEIGHT * (_lines(columns, row) - 1))
            for column, cell in enumerate(row):
                value, look = cell if isinstance(cell, tuple) else (cell, None)
                style = self.body(columns[column].kind, **look) if look else formats[column]
                write(sheet, line, column, value, style)
        for column, known in enumerate(columns):
            if known.choices:
                self.offer(sheet, (HEADER_ROW + 1, HEADER_ROW + len(rows)), column, known.choices)
        last = column_letters(len(columns) - 1)
        sheet.ignore_errors(
            {"number_stored_as_text": f"A{HEADER_ROW + 1}:{last}{HEADER_ROW + len(rows) + 1}"}
        )
        sheet.freeze_panes(HEADER_ROW + 1, 1)
        sheet.repeat_rows(HEADER_ROW)

    def offer(self, sheet: Strict, rows: tuple[int, int], column: int, source: str) -> None:
        """Let the cells of a column, in rows from a first to a last, offer choices."""
        options = {"validate": "list", "source": f"={source}", "error_message": self.words.say("refuse")}
        sheet.data_validation(rows[0], column, rows[1], column, options)

    def choices(self, columns: Mapping[str, Iterable[str]]) -> dict[str, str]:
        """Write all choices on a hidden sheet; return the area of each of them."""
        title = self.words.say("sheet-choices")
        sheet, areas = self.writer.sheet(title), dict[str, str]()
        for index, (name, texts) in enumerate(columns.items()):
            listed = list(texts)
            sheet.write_string(0, index, name)
            for line, text in enumerate(listed, 1):
                sheet.write_string(line, index, text)
            letter = column_letters(index)
            areas[name] = f"{quoted(title)}!${letter}$2:${letter}${len(listed) + 1}"
        sheet.hide()
        return areas

    def keep_text(self, title: str, text: str) -> None:
        """Keep a text on a hidden sheet, a line in each row."""
        sheet = self.writer.sheet(title)
        for line, words in enumerate(text.splitlines()):
            sheet.write_string(line, 0, words)
        sheet.hide()

    def body(self, kind: Kind, **look: object) -> Any:
        """Return the format of a table's cells."""
        base: dict[str, object] = {
            "border": 1,
            "border_color": theme.LINE,
            "font_color": theme.INK,
            "indent": 1,
        }
        match kind:
            case "wrapped":
                base |= {"text_wrap": True}
            case "number":
                base |= {"num_format": "#,##0", "align": "right"}
            case "share":
                base |= {"num_format": "0%", "align": "center", "indent": 0}
            case "input":
                base |= {"bg_color": theme.INPUT_FILL, "font_color": theme.INPUT_INK, "num_format": "@"}
            case _:
                base |= {"num_format": "@"}
        return self.writer.format(**(base | look))

    def _head(self, kind: Kind) -> Any:
        look: dict[str, object] = {
            "bold": True, "font_color": theme.PAPER, "align": "center", "text_wrap": True,
            "border": 1, "border_color": theme.PAPER, "bg_color": self.accent if kind == "input" else theme.COMPUTED,
        }  # fmt: skip
        return self.writer.format(**look)

    def _set_up_print(self, sheet: Strict) -> None:
        sheet.set_landscape()
        sheet.set_paper(self._paper)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_header("&L&9&F&R&9&A")
        sheet.set_footer(f"&L&9{self.words.say('printed')} &D&R&9&P / &N")


def _lines(columns: Sequence[Column], row: Sequence[Any]) -> int:
    """Return how many lines the highest cell of a row has."""
    most = 1
    for column, cell in zip(columns, row, strict=True):
        text = cell[0] if isinstance(cell, tuple) else cell
        if column.kind == "wrapped" and isinstance(text, str):
            widths = map(text_units, text.split("\n"))
            most = max(most, sum(max(1, -(-width // int(column.width - 3))) for width in widths))
    return min(most, _MOST_LINES)


def write(sheet: Strict, row: int, column: int, value: object, style: Any) -> None:
    """Write a text or a number."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value)[:CELL_LIMIT], style)

"""The workbook of failed rows as sheets of rows, read from a file and written into one.

Each sheet has the columns of its list, then the reason, then hidden columns: by table the key of the row that was taken in
without the cell in question, and the row's origin. Rows that came in since are on a hidden sheet with the revision that
brought them, so that they are listed again when it is undone. A further hidden sheet keeps each list's mapping.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from crmbook.base import Language, Unreadable, describe
from crmbook.build import Writer, theme
from crmbook.exchange.intake.origins import origin_header
from crmbook.read import FAILURES, read_sheets
from crmbook.schema import column_letters
from crmbook.values import cut_to_cell, is_too_long, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.read import SheetCells
    from crmbook.schema import Book

MAPS: Final = "crmbook"
"""Title of the hidden sheet of mappings: title of a list, line of its mapping."""
_GONE: Final = "crmbook-taken"
"""Title of the hidden sheet of rows that came in: revision, title of the list, cells; a line without revision has headers."""
_PLAIN: Final[Mapping[str, Any]] = MappingProxyType({})
_WRAPPED: Final[Mapping[str, Any]] = MappingProxyType({"text_wrap": True})
_WIDEST: Final = 40
_TITLE: Final = 31
_LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@dataclass
class FailedRow:
    """One row as it is, by header, hidden columns too.

    Attributes
    ----------
    number
        Row number in the file that it was read from.
    marked
        Headers of the cells that are shown as the ones to mend.
    """

    cells: dict[str, Any]
    number: int = 0
    marked: frozenset[str] = frozenset()


@dataclass
class FailedSheet:
    """The failed rows of one list.

    Attributes
    ----------
    headers
        Those of the list itself.
    mapping
        Its mapping as YAML; empty for a sheet that somebody added.
    rows, gone
        What is still to be mended, and by revision what came in.
    """

    title: str
    headers: list[str]
    mapping: str
    rows: list[FailedRow] = field(default_factory=list)
    gone: list[tuple[int, FailedRow]] = field(default_factory=list)


def reason_header(lang: Language) -> str:
    """Return the header of the column of reasons."""
    return describe("intake.column-reason", lang, {})


def key_headers(book: Book) -> dict[str, str]:
    """Return by table the header of its hidden column of keys."""
    return {
        name: describe("intake.column-key", book.lang, {"table": table.title, "field": table.key_field.title})
        for name, table in book.tables.items()
        if table.managed
    }


def is_service(header: str, book: Book) -> bool:
    """Return whether a column is one that the list itself did not have."""
    ours = {title_in(lang) for lang in _LANGUAGES for title_in in (reason_header, origin_header)}
    return header in ours or header in key_headers(book).values()


def read_failed_sheets(data: bytes, book: Book) -> list[FailedSheet]:
    """Return the sheets of a workbook of failed rows, every row of them, whether it is shown or not."""
    found = {sheet.title: sheet for sheet in read_sheets(data, "xlsx")}
    maps: dict[str, list[str]] = {}
    for title, line in _grid(found.pop(MAPS)) if MAPS in found else ():
        maps.setdefault(spell(title), []).append(spell(line))
    gone = _grid(found.pop(_GONE)) if _GONE in found else []
    sheets = [_sheet_of(cells, "\n".join(maps.get(title, ())), book) for title, cells in found.items()]
    headers: dict[str, list[str]] = {}
    by_title = {sheet.title: sheet for sheet in sheets}
    for revision, title, *cells in gone:
        if revision is None:
            headers[title] = [spell(cell) for cell in cells]
        elif title in by_title:
            row = FailedRow(dict(zip(headers[title], cells, strict=False)))
            by_title[title].gone.append((int(revision), row))
    return sheets


def _grid(sheet: SheetCells) -> list[list[Any]]:
    """Return the cells of a sheet, line by line; an error as what it shows."""
    lines = [list(line) for line in zip(*sheet.columns, strict=True)]
    for (row, column), shown in sheet.unreadable.items():
        lines[row - 1][column - 1] = shown
    return lines


def _sheet_of(sheet: SheetCells, mapping: str, book: Book) -> FailedSheet:
    """Return a sheet by its cells: its headers are where the column of origins has its own, else in the first line."""
    lines = _grid(sheet)
    origins = {origin_header(lang) for lang in _LANGUAGES}
    at = next((position for position, line in enumerate(lines) if origins & set(map(spell, line))), 0)
    headers, known = list[str](), Counter[str]()
    for position, cell in enumerate(lines[at] if lines else ()):
        text = spell(cell) or column_letters(position)
        known[text] += 1
        headers.append(text if known[text] == 1 else f"{text} {column_letters(position)}")
    rows = [
        FailedRow(dict(zip(headers, line, strict=True)), number)
        for number, line in enumerate(lines[at + 1 :], at + 2)
        if any(spell(cell).strip() for cell in line)
    ]
    filled = {header for row in rows for header, cell in row.cells.items() if cell is not None}
    named = {header for header, cell in zip(headers, lines[at] if lines else (), strict=True) if spell(cell)}
    own = [header for header in headers if header in filled | named and not is_service(header, book)]
    return FailedSheet(sheet.title, own, mapping, rows)


def failed_workbook(sheets: Iterable[FailedSheet], book: Book) -> bytes:
    """Return the workbook of some sheets."""
    writer, titles = Writer(book.font or theme.FONT), {MAPS.casefold(), _GONE.casefold()}
    named = [(_free(sheet.title, titles), sheet) for sheet in sheets]
    for title, sheet in named:
        _write_sheet(writer, book, sheet, title)
    maps = writer.sheet(MAPS)
    maps.hide()
    lines = [(title, line) for title, sheet in named for line in sheet.mapping.splitlines()]
    for row, line in enumerate(lines):
        maps.write_string(row, 0, line[0])
        maps.write_string(row, 1, line[1])
    _write_gone(writer, named, book.lang)
    writer.book.set_custom_property(FAILURES, book.template)
    return writer.close()


def _write_gone(writer: Writer, named: Sequence[tuple[str, FailedSheet]], lang: Language) -> None:
    """Write the rows that came in since."""
    if not any(sheet.gone for _, sheet in named):
        return
    there = writer.sheet(_GONE)
    there.hide()
    line = 0
    for title, sheet in named:
        headers = list(dict.fromkeys(header for _, row in sheet.gone for header in row.cells))
        cells = [(None, dict(zip(headers, headers, strict=True)))] if headers else []
        for revision, said in [*cells, *((number, row.cells) for number, row in sheet.gone)]:
            if revision is not None:
                there.write_number(line, 0, revision)
            there.write_string(line, 1, title)
            for column, header in enumerate(headers, 2):
                _write(writer, there, (line, column), said.get(header), _PLAIN, lang)
            line += 1


def _write_sheet(writer: Writer, book: Book, listed: FailedSheet, title: str) -> None:
    sheet = writer.sheet(title)
    filled = {header for row in listed.rows for header, cell in row.cells.items() if spell(cell)}
    hidden = [header for header in key_headers(book).values() if header in filled]
    ours = [reason_header(book.lang), *hidden, origin_header(book.lang)]
    headers = [*listed.headers, *(ours if listed.mapping else ())]
    head = writer.format(bold=True, bg_color=theme.ACCENT, font_color=theme.PAPER, text_wrap=True)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
    for line, row in enumerate(listed.rows, 1):
        for column, header in enumerate(headers):
            look = theme.MARK if header in row.marked else _WRAPPED if header == ours[0] else _PLAIN
            _write(writer, sheet, (line, column), _cell(row.cells, header), look, book.lang)
    count = len(listed.headers)
    for column, header in enumerate(listed.headers):
        sheet.set_column(column, column, min(_WIDEST, max(12, 2 * len(header) + 2)))
    sheet.freeze_panes(1, 0)
    if len(headers) > count:
        sheet.set_column(count, count, _WIDEST + 20)
        sheet.set_column(count + 1, len(headers) - 1, 12, None, {"hidden": True})
        # Who sorts by it takes the hidden columns along.
        sheet.autofilter(0, 0, max(len(listed.rows), 1), len(headers) - 1)


def _cell(cells: Mapping[str, Any], header: str) -> Any:
    """Return a cell; of a column of ours as well where a copy in the other language says it."""
    for title_in in (reason_header, origin_header):
        names = [title_in(lang) for lang in _LANGUAGES]
        if header in names:
            return next((cells[name] for name in names if cells.get(name) is not None), None)
    return cells.get(header)


def _free(title: str, titles: set[str]) -> str:
    """Return a sheet title that no other sheet has."""
    bare = "".join(character for character in title if character not in "[]:*?/\\").strip("'")[:_TITLE] or "1"
    found, number = bare, 2
    while found.casefold() in titles:
        found = f"{bare[: _TITLE - 4]} {number}"
        number += 1
    titles.add(found.casefold())
    return found


def _write(  # noqa: PLR0913, PLR0917 - a cell, and where and how it is
    writer: Writer, sheet: Any, position: tuple[int, int], cell: Any, look: Mapping[str, Any], lang: Language
) -> None:
    """Write a cell as it stood; a text that no cell holds as far as one does, and that it went on."""
    style = writer.format(**look) if look else None
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN and NaT
        if style is not None:
            sheet.write_blank(*position, None, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(*position, cell, style)
    elif isinstance(cell, int | float):
        sheet.write_number(*position, cell, style)
    elif isinstance(cell, dt.date):
        # Without a format of days, a cell that is marked would show the number of the day.
        shown = "yyyy-mm-dd hh:mm:ss" if _has_time(cell) else "yyyy-mm-dd"
        sheet.write_datetime(*position, cell, writer.format(**look, num_format=shown))
    else:
        text = cell.text if isinstance(cell, Unreadable) else spell(cell)
        if is_too_long(text):
            text = cut_to_cell(text, describe("intake.text-went-on", lang, {"count": len(text)}))
        sheet.write_string(*position, text, style)


def _has_time(day: dt.date) -> bool:
    return isinstance(day, dt.datetime) and day.time() != dt.time()

"""失败明细.xlsx: the rows of a list that could not be taken whole, as they were, each with the reason.

A person mends them there and imports the file again, some rows today, some tomorrow. Hidden columns hold the key of the
row that was taken in without the cell in question, so that what was mended fills it, and each row's origin, so that none
comes in twice; the column of reasons is no part of the list. A hidden sheet keeps the mapping, so that a few rows are
understood like the whole list.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Severity, describe, read_bytes, write_atomically
from crmbook.build import Writer, theme
from crmbook.exchange.intake.cells import row_of
from crmbook.exchange.intake.origins import origin_header
from crmbook.exchange.mapping import from_yaml, to_yaml
from crmbook.exchange.mapping.model import ColumnRule
from crmbook.exchange.sources.model import SourceLayout
from crmbook.ooxml import OoxmlError, Package
from crmbook.schema import column_letters
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmbook.exchange.intake.model import Plan
    from crmbook.exchange.intake.origins import Origins
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book

_PROPERTY: Final = "crmbook.failures"
_MAPS: Final = "crmbook"
"""Title of the hidden sheet: title of a list, line of its mapping."""
_WIDEST: Final = 40
_TITLE: Final = 31


@dataclass(frozen=True, slots=True)
class Failures:
    """One list with a plan that could not take all of it."""

    sheet: SourceSheet
    mapping: ListMapping
    plan: Plan
    origins: Origins


def write_failures(path: Path, book: Book, lists: Sequence[Failures]) -> None:
    """Write the rows that could not be taken whole, a sheet for each list.

    Raises
    ------
    CrmbookError
        If the file cannot be written.
    """
    writer, titles, lines = Writer(book.font or theme.FONT), {_MAPS.casefold()}, list[tuple[str, str]]()
    for one in lists:
        if one.plan.failed:
            title = _free(one.sheet.title, titles)
            _write_sheet(writer, book, one, title)
            text = to_yaml(one.mapping, SourceLayout(), book)
            lines += [(title, line) for line in text.splitlines()]
    maps = writer.sheet(_MAPS)
    maps.hide()
    for row, (title, line) in enumerate(lines):
        maps.write_string(row, 0, title)
        maps.write_string(row, 1, line)
    writer.book.set_custom_property(_PROPERTY, book.template)
    write_atomically(path, writer.close(), private=True)


def _key_headers(book: Book) -> dict[str, str]:
    """Return by table the header of its hidden column of keys."""
    return {
        name: describe("intake.column-key", book.lang, {"table": table.title, "field": table.key_field.title})
        for name, table in book.tables.items()
        if table.managed
    }


def _write_sheet(writer: Writer, book: Book, one: Failures, title: str) -> None:
    sheet = writer.sheet(title)
    keys = _keys(one.plan)
    hidden = [header for name, header in _key_headers(book).items() if name in keys]
    reason = describe("intake.column-reason", book.lang, {})
    headers = [*one.sheet.headers, reason, *hidden, origin_header(book.lang)]
    head = writer.format(bold=True, bg_color=theme.ACCENT, font_color=theme.PAPER, text_wrap=True)
    wrapped = writer.format(text_wrap=True)
    marked = writer.format(**theme.MARK)
    reasons, missing = _reasons(book, one.plan), _missing(one)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
    for line, (row, cells) in enumerate(one.plan.failed.items(), 1):
        raw = one.sheet.frame.loc[row].to_dict() if row in one.sheet.frame.index else {}
        known = [keys[name].get(row, "") for name in _key_headers(book) if name in keys]
        bad = set(cells) if any(known) else missing.get(row, set())
        for column, header in enumerate(one.sheet.headers):
            cell = cells[header] if header in cells else raw.get(header)
            _write(writer, sheet, (line, column), cell, marked if header in bad else None)
        sheet.write_string(line, len(one.sheet.headers), reasons.get(row, ""), wrapped)
        for place, text in enumerate([*known, one.origins.of(row)]):
            sheet.write_string(line, len(one.sheet.headers) + 1 + place, text)
    _lay_out(sheet, headers, len(one.sheet.headers), len(one.plan.failed))


def _lay_out(sheet: Any, headers: Sequence[str], count: int, rows: int) -> None:
    for column, header in enumerate(headers[:count]):
        sheet.set_column(column, column, min(_WIDEST, max(12, 2 * len(header) + 2)))
    sheet.set_column(count, count, _WIDEST + 20)
    sheet.set_column(count + 1, len(headers) - 1, 12, None, {"hidden": True})
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(rows, 1), len(headers) - 1)  # who sorts by it takes the hidden columns along


def _free(title: str, titles: set[str]) -> str:
    """Return a sheet title that no other sheet has."""
    bare = "".join(character for character in title if character not in "[]:*?/\\").strip("'")[:_TITLE] or "1"
    found, number = bare, 2
    while found.casefold() in titles:
        found = f"{bare[: _TITLE - 4]} {number}"
        number += 1
    titles.add(found.casefold())
    return found


def _write(writer: Writer, sheet: Any, place: tuple[int, int], cell: Any, style: Any) -> None:
    """Write a cell as it stood."""
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN and NaT
        if style is not None:
            sheet.write_blank(*place, None, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell, style)
    elif isinstance(cell, int | float):
        sheet.write_number(*place, cell, style)
    elif isinstance(cell, dt.datetime):
        sheet.write_datetime(*place, cell, style or writer.format(num_format="yyyy-mm-dd hh:mm:ss"))
    elif isinstance(cell, dt.date):
        sheet.write_datetime(*place, cell, style or writer.format(num_format="yyyy-mm-dd"))
    else:
        sheet.write_string(*place, spell(cell), style)


def _keys(plan: Plan) -> dict[str, dict[int, str]]:
    """Return by table and row of the list the key of the row that was taken in."""
    found: dict[str, dict[int, str]] = {}
    for one in plan.rows:
        if one.row in plan.failed and one.key and one.action in {"new", "update", "same", "duplicate"}:
            found.setdefault(one.table, {})[one.row] = one.key
    return found


def _reasons(book: Book, plan: Plan) -> dict[int, str]:
    """Return by row of the list why it, or a cell of it, could not be taken."""
    found: dict[int, list[str]] = {}
    for issue in plan.issues:
        row = row_of(issue)
        if row in plan.failed and (issue.severity is Severity.ERROR or issue.code == "intake.doubtful"):
            table = book.tables.get(issue.table)
            field = table.fields.get(issue.field_name) if table else None
            said = f"{field.title}：" if field and book.lang == "zh" else f"{field.title}: " if field else ""
            found.setdefault(row, []).append(said + issue.text(book.lang))
    return {row: "\n".join(dict.fromkeys(texts)) for row, texts in found.items()}


def _missing(one: Failures) -> dict[int, set[str]]:
    """Return by row that stays out as a whole the headers of what it lacks."""
    found: dict[int, set[str]] = {}
    by_letters = {column_letters(one.sheet.column(header)): header for header in one.sheet.headers}
    for issue in one.plan.issues:
        if issue.code in {"intake.no-name", "intake.no-name-column", "intake.no-reference"}:
            header = by_letters.get(issue.location.cell.rstrip("0123456789"), "")
            found.setdefault(row_of(issue), set()).add(header)
    return found


def is_of_failures(path: Path) -> bool:
    """Return whether a file is a workbook that `write_failures` wrote."""
    try:
        return _PROPERTY in Package.open(read_bytes(path)).properties
    except OoxmlError:
        return False


def mapping_of(path: Path, sheet: SourceSheet, book: Book) -> ListMapping | None:
    """Return how a sheet of mended rows is mapped: like the list it came from, its rows known by their keys.

    None for a sheet that somebody added, and of any other workbook.
    """
    if not is_of_failures(path):
        return None
    lines: dict[int, dict[str, str]] = {}
    for cell in Package.open(read_bytes(path)).sheet(_MAPS).cells():
        lines.setdefault(cell.row, {})[cell.ref[0]] = spell(cell.value)
    text = "\n".join(line.get("B", "") for _, line in sorted(lines.items()) if line.get("A") == sheet.title)
    if not text:
        return None
    mapping, _ = from_yaml(text, book, path.name)
    keys = {header: name for name, header in _key_headers(book).items() if header in sheet.headers}
    rules = [ColumnRule(header, name, book.tables[name].key, "map", 1.0) for header, name in keys.items()]
    claimed = {(rule.table, rule.field) for rule in rules}
    others = [
        ColumnRule(rule.header) if (rule.table, rule.field) in claimed else rule
        for rule in mapping.columns
        if rule.header in sheet.headers
    ]
    return replace(mapping, columns=[*others, *rules])

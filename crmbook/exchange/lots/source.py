"""A file as lists of rows: of an export exactly as it was, of any other as far as it can be understood."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import Issue, Location, Severity
from crmbook.exchange.exported import read_exported
from crmbook.exchange.mapping.linesbelow import join_lines_below
from crmbook.exchange.mapping.orderheads import complete_orders
from crmbook.exchange.mapping.sections import with_sections, with_sheet_names
from crmbook.exchange.sources.model import SourceLayout
from crmbook.exchange.sources.read import read_source

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.exchange.sources.model import Source
    from crmbook.schema import Book


def open_source(path: Path, book: Book, layout: SourceLayout) -> Source:
    """Return the lists in a file.

    Parameters
    ----------
    layout
        What a person said of the file; whoever says how it is laid out does not take it for an export.

    Raises
    ------
    CrmbookError
        See `crmbook.exchange.read_source` and `crmbook.exchange.exported.read_exported`.
    """
    if layout == SourceLayout(sheet=layout.sheet):
        found = read_exported(path, book)
        if found is not None and (not layout.sheet or any(one.title == layout.sheet for one in found.sheets)):
            return found
    return read_whole(path, book, layout)


def read_whole(path: Path, book: Book, layout: SourceLayout) -> Source:
    """Return the lists in a file that is no export, every line whole: see `complete_orders`, `join_lines_below`, `with_sections`."""
    source = read_source(path, layout)
    sheets, issues = [], list(source.issues)
    for one in source.sheets:
        whole, lines = complete_orders(book, one)
        sheet, below = join_lines_below(book, whole)
        sheets.append(sheet if source.kind == "vcard" else with_sections(sheet, book.lang))
        location = Location(file=str(source.path), sheet="" if source.kind == "csv" else one.title)
        for code, count in (("import.lines-of-orders", lines), ("import.lines-below", below)):
            if count:
                issues.append(Issue(code, Severity.WARNING, location, params={"count": count}))
    return replace(source, sheets=tuple(with_sheet_names(sheets, book.lang)), issues=tuple(issues))

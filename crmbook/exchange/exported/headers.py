"""The headers of an export: by which a file is known as one, and which field each names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.export.model import TYPED_OVER, typed_over_title
from crmbook.schema import ISSUES_TITLE, ROW_ID_TITLE, folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.schema import Book, Table


def table_of(book: Book, headers: Sequence[str]) -> str:
    """Return the table whose headers these are, all of them in the order of the schema; empty for none.

    Columns that people added to the table may come between them. A sheet that somebody saved as CSV is no export: it has
    the columns in which sync speaks, and its cells look as the sheet shows them.
    """
    if not {*ISSUES_TITLE.values(), *ROW_ID_TITLE.values()}.isdisjoint(headers):
        return ""
    for table in book.tables.values():
        if table.managed and any(_holds(headers, wanted) for wanted in _iter_wholes(table)):
            return table.name
    return ""


def _iter_wholes(table: Table) -> Iterator[list[str]]:
    """Yield the headers of a whole table: its names, and its titles in each language."""
    shown = [one for one in table.fields.values() if not one.is_helper]
    marks = any(one.override for one in shown)
    yield [*(one.name for one in shown), *([TYPED_OVER] if marks else [])]
    for lang in ("zh", "en"):
        titles = [one.titles.get(lang, one.title) for one in shown]
        yield [*titles, *([typed_over_title(lang)] if marks else [])]


def _holds(headers: Sequence[str], wanted: Sequence[str]) -> bool:
    known = set(wanted)
    return [header for header in headers if header in known] == list(wanted)


def label_of(table: Table, header: str) -> str:
    """Return the field that a header of an export names; the mark of what was typed over; empty for any other."""
    if header in table.fields or header == TYPED_OVER:
        return header
    if header in {typed_over_title("zh"), typed_over_title("en")}:
        return TYPED_OVER
    named = (one.name for one in table.fields.values() if folded(header) in map(folded, one.titles.values()))
    return next(named, "")

"""A workbook of the standard book with rows of a test's own, built, read back and checked as a whole."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from crmbook.build.build import build_workbook
from crmbook.check import check_cells, check_rules, sorted_issues
from crmbook.read import read_workbook
from crmbook.schema.recompute import recompute, table_frame
from tests.books import STAMP, book_of

if TYPE_CHECKING:
    from crmbook.base.issues import Issue

AS_OF = dt.date(2024, 6, 30)


def day(text: str) -> dt.date:
    """A day of 2024, given as month and day; with its year where it is another."""
    return dt.date.fromisoformat(text if len(text) > 5 else f"2024-{text}")


def found(rows: dict[str, list[dict[str, object]]], template: str = "standard") -> list[Issue]:
    """Return the issues of a workbook with these rows."""
    book = book_of(template)
    frames = {
        name: table_frame(book.tables[name], {key: [row.get(key) for row in given] for key in book.tables[name].fields})
        for name, given in rows.items()
    }  # fmt: skip
    built = build_workbook(book, frames, AS_OF, STAMP)
    snapshot = read_workbook(built.data, book)
    checked = check_cells(book, snapshot, AS_OF, built.by_sync)
    computed = recompute(book, checked.seen(snapshot), AS_OF, checked.cells)
    return sorted_issues(book, snapshot, [*checked.issues, *check_rules(book, snapshot, checked, computed)])

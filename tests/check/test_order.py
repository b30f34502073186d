"""The order in which issues are told."""

from __future__ import annotations

from crmbook.base import Issue, Location, Severity
from crmbook.check import sorted_issues
from crmbook.read import read_workbook
from tests.books import book_of, built


def test_errors_come_before_warnings_then_sheet_by_sheet():
    book = book_of()
    first, last = (book.tables[name].title for name in ("prospects", "tasks"))
    places = [
        (Severity.WARNING, first, "A2"),
        (Severity.ERROR, last, "B10"),
        (Severity.ERROR, last, "B9"),
        (Severity.WARNING, last, "A2"),
        (Severity.ERROR, first, "AA3"),
        (Severity.ERROR, first, "Z3"),
    ]
    issues = [Issue("x", severity, Location(sheet=sheet, cell=cell)) for severity, sheet, cell in places]
    found = sorted_issues(book, read_workbook(built().data, book), issues)
    assert [issues.index(issue) for issue in found] == [5, 4, 2, 1, 0, 3]

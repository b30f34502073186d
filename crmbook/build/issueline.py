"""The line above the list of issues: how many errors there are, how many warnings, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crmbook.schema import Book

ISSUES: Final = "issues"


def issue_line(book: Book, errors: int, warnings: int) -> str:
    """Return the line for so many issues; with none that there are none."""
    page = book.pages.get(ISSUES)
    if page is None:
        return ""
    kinds = [
        page.labels[name].format(count=count)
        for name, count in (("errors", errors), ("warnings", warnings))
        if count
    ]
    said = page.labels["between"].join(kinds) if kinds else page.labels["none"]
    return page.labels["line"].format(counts=said, use="".join(text.text for text in page.texts[:1]))

"""The lines above the lists of issues and of conflicts: how many there are, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.build.reminders import CONFLICTS

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


def conflict_line(book: Book, count: int) -> str:
    """Return the line for so many open conflicts; empty where somebody's own page has no words for it."""
    page = book.pages.get(CONFLICTS)
    if page is None or not {"none", "some", "line"} <= page.labels.keys():
        return ""
    if not count:
        return page.labels["none"]
    use = "".join(text.text for text in page.texts[:1])
    return page.labels["line"].format(counts=page.labels["some"].format(count=count), use=use)

"""The lines above the lists of issues, of conflicts and of pairs: how many there are, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.build.reminders import CONFLICTS

if TYPE_CHECKING:
    from crmbook.schema import Book

ISSUES: Final = "issues"
DUPLICATES: Final = "duplicates"
"""The table, and the page, that lists rows which may be one."""


def issue_line(book: Book, errors: int, warnings: int, held: int = 0) -> str:
    """Return the line for so many issues and held changes; with none of either that there are none."""
    page = book.pages.get(ISSUES)
    if page is None:
        return ""
    if "held" not in page.labels:  # somebody's own page that has no words for it
        errors, held = errors + held, 0
    kinds = [
        page.labels[name].format(count=count)
        for name, count in (("held", held), ("errors", errors), ("warnings", warnings))
        if count
    ]
    said = page.labels["between"].join(kinds) if kinds else page.labels["none"]
    return page.labels["line"].format(counts=said, use="".join(text.text for text in page.texts[:1]))


def conflict_line(book: Book, count: int) -> str:
    """Return the line for so many open conflicts; empty where somebody's own page has no words for it."""
    return _counted(book, CONFLICTS, "some" if count else "", count=count)


def pair_line(book: Book, count: int, listed: int) -> str:
    """Return the line for so many pairs, of which so many are listed; empty as `conflict_line` is."""
    return _counted(
        book,
        DUPLICATES,
        ("listed" if listed < count else "some") if count else "",
        count=count,
        listed=listed,
    )


def _counted(book: Book, name: str, label: str, **counts: int) -> str:
    page = book.pages.get(name)
    if page is None or not {"none", "line", label or "none"} <= page.labels.keys():
        return ""
    if not label:
        return page.labels["none"]
    use = "".join(text.text for text in page.texts[:1])
    return page.labels["line"].format(counts=page.labels[label].format(**counts), use=use)

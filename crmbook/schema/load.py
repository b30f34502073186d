"""Loading a book: files → library → draft → checks → bound formulas → book. All mistakes are reported at once.

A process that loads book after book keeps the last few under a digest of the files they were made of: a book never
changes, and another digest makes another book. The next process finds it in the cache (`crmbook.schema.kept`); so what makes
books is imported where one is made.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final, get_args

from crmbook.base import Language
from crmbook.schema.kept import keep_book, recall_book
from crmbook.schema.sources import sources_digest

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.schema.book import Book

_MOST_BOOKS: Final = 8
_books: Final[OrderedDict[str, Book]] = OrderedDict()
"""Books by the digest of their sources, the one asked for last at the end."""
_lock: Final = Lock()


def load_book(
    template: str = "standard",
    lang: Language = "zh",
    workspace: Path | None = None,
    *,
    base: Path | None = None,
) -> Book:
    """Return the book of a template.

    Parameters
    ----------
    template
        Machine name of the template.
    lang
        Language of titles, lists and texts.
    workspace
        Folder whose ``schemas/`` and ``templates/`` change or extend the shipped ones.
    base
        Folder whose ``schemas/`` and ``templates/`` replace the shipped ones.

    Raises
    ------
    SchemaError
        If a file has mistakes, or there is no such template; it lists all problems.
    """
    if base is not None:
        return _made(workspace, base, template, lang)
    sources = _sources(template, lang, workspace)
    book = _recall(sources)
    if book is not None:
        return book
    book = recall_book(sources)
    if book is None:
        book = _made(workspace, None, template, lang)
        if sources != _sources(template, lang, workspace):  # somebody saved a file meanwhile
            return book
        keep_book(sources, book)
    _keep(sources, book)
    return book


def _sources(template: str, lang: Language, workspace: Path | None) -> str:
    """Return the digest of what a book is made of; nothing where a file cannot be read, which loading will report."""
    try:
        return sources_digest(template, lang, workspace)
    except (OSError, ValueError):
        return ""


def _recall(sources: str) -> Book | None:
    with _lock:
        if sources in _books:
            _books.move_to_end(sources)
        return _books.get(sources)


def _keep(sources: str, book: Book) -> None:
    if not sources:
        return
    with _lock:
        _books[sources] = book
        while len(_books) > _MOST_BOOKS:
            _books.popitem(last=False)


def _made(workspace: Path | None, base: Path | None, template: str, lang: Language) -> Book:
    from crmbook.schema.making import make_book

    return make_book(workspace, base, template, lang)


def sources_of(book: Book) -> str:
    """Return the digest of what a book was made of; nothing of one that this process does not keep, or that was changed since."""
    with _lock:
        return next((sources for sources, kept in _books.items() if kept is book), "")


def template_line(name: str, workspace: Path | None = None, *, base: Path | None = None) -> tuple[str, ...]:
    """Return a template's name and those of the templates that it extends, the nearest first."""
    from crmbook.schema.shelves import read_library

    return read_library(workspace, base).line_of(name)


def template_language(template: str, workspace: Path | None = None) -> Language | None:
    """Return the language in which a template's books are where nobody says; None where it says nothing."""
    from crmbook.schema.shelves import read_library, resolve_template

    library = read_library(workspace)
    if template not in library.templates:
        return None
    node, _ = resolve_template(library, template)
    said = node.at("lang").value if node is not None and node.has("lang") else None
    return next((lang for lang in get_args(Language) if lang == said), None)

"""Bound books kept between runs: what half a second of reading, checking and binding gives, read in a tenth of it.

A book lies in the folder of the parsed YAML, under the digest of all that it was made of (`sources_digest`: the schema files and
the code that reads them), as `crmbook.base.pickled` keeps values. As with parsed YAML, an entry that is missing, damaged or
cannot be written changes nothing.
"""

from __future__ import annotations

from typing import Final

from crmbook.base import pickled, unpickled
from crmbook.schema.book import Book
from crmbook.schema.sources import put_away, recall_content

_SUFFIX: Final = ".book"
_PACKAGES: Final = ("crmbook.schema.", "crmbook.formula.", "crmbook.base.")
_MOST: Final = 24


def recall_book(sources: str) -> Book | None:
    """Return the book that was kept under the digest of its sources; None where there is none."""
    content = recall_content(f"{sources}{_SUFFIX}") if sources else None
    book = unpickled(content, _PACKAGES) if content is not None else None
    return book if isinstance(book, Book) else None


def keep_book(sources: str, book: Book) -> None:
    """Keep a book for the next run."""
    if sources:
        put_away(f"{sources}{_SUFFIX}", pickled(book), most=_MOST)

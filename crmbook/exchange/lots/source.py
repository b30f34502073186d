"""A file as lists of rows: of an export exactly as it was, of any other as far as it can be understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.exported import read_exported
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
    return read_source(path, layout)

"""Lists as tests write them: headers and rows as text, cells parted by ``|``."""

from __future__ import annotations

from functools import cache

import pandas as pd

from crmbook.exchange.sources import SourceSheet
from crmbook.schema import Book, load_book

__all__ = ["book", "make_list"]


@cache
def book(template: str = "standard", lang: str = "zh") -> Book:
    return load_book(template, lang)


def make_list(text: str, title: str = "名单", first: int = 2) -> SourceSheet:
    """Return the list that a text shows; its first row is row `first` of its file."""
    lines = [line.strip() for line in text.strip().splitlines()]
    headers, *rows = ([cell.strip() for cell in line.split("|")] for line in lines)
    cells = [[cell.replace("\\n", "\n") or None for cell in row] for row in rows]
    index = range(first, first + len(cells))
    return SourceSheet(title, tuple(headers), pd.DataFrame(cells, columns=headers, index=index, dtype=object))

"""A book of very few rows: those of a rule and of what it reads."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.schema import Book


@cache
def standard() -> Book:
    return load_book("standard", "zh")


@cache
def book_for(table: str, field: str) -> Book:
    """Return the book with no formulas but the one that computes the field and those that it reads."""
    book, needed, waiting = standard(), set(), [(table, field)]
    while waiting:
        key = waiting.pop()
        if key in book.formulas and key not in needed:
            needed.add(key)
            waiting += [*book.formulas[key].references, *(("", name) for name in book.formulas[key].names)]
    return replace(book, order=tuple(key for key in book.order if key in needed))


def frames_of(book: Book, rows: dict[str, list[dict[str, object]]]) -> dict[str, pd.DataFrame]:
    """Return every table of people's data, with `rows` in them."""
    frames = {}
    for name, inner in book.tables.items():
        if inner.managed and not inner.seed:
            given = rows.get(name, [])
            frames[name] = table_frame(inner, {key: [row.get(key) for row in given] for key in inner.fields})
    return frames

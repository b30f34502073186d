"""Rows in people's words: a few of them by sheet, key and name, the others counted."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from crmbook.base import Sample
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from crmbook.schema import Book, Table

SHOWN: Final = 3


def name_rows(
    book: Book, tables: Mapping[str, pd.DataFrame], wanted: Mapping[str, Collection[str]]
) -> Sample:
    """Return the first few of some rows by name, and how many others there are.

    Parameters
    ----------
    tables
        The rows as whoever reads this may know them.
    wanted
        Row ids by table.
    """
    shown = tuple(islice(_iter_names(book, tables, wanted), SHOWN))
    return Sample(shown, sum(map(len, wanted.values())) - len(shown))


def _iter_names(
    book: Book, tables: Mapping[str, pd.DataFrame], wanted: Mapping[str, Collection[str]]
) -> Iterator[str]:
    for name, table in book.tables.items():
        frame, rows = tables.get(name), wanted.get(name, ())
        if frame is not None and len(rows):
            chosen = frame[frame.index.isin(list(rows))]
            yield from (_name(table, chosen, position) for position in range(len(chosen)))


def _name(table: Table, frame: pd.DataFrame, position: int) -> str:
    labels = [label for label in (table.key, table.name_field) if label in frame.columns]
    words = [spell(frame[label].iloc[position]) for label in dict.fromkeys(labels)]
    return " ".join(filter(None, [table.title, *words]))

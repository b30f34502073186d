"""What the dropdowns of 批量操作 offer: the tables that may be changed in bulk, and the fields that people type into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import OWN
from crmbook.schema import SCORING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.schema import Book, Field, Table

BULK: Final = "bulk_edits"
BULK_TABLES: Final = "bulk_tables"
BULK_FIELDS: Final = "bulk_fields"
FIELD_MARK: Final = "·"
"""What is between table and field in the list of fields."""


def bulk_offers(book: Book, tables: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Return the entries of both lists, in the order of the sheets; nothing where the book has no such page.

    Parameters
    ----------
    tables
        Rows that hold people's own columns besides, which are fields as well.
    """
    if not {BULK, BULK_TABLES, BULK_FIELDS} <= book.tables.keys():
        return {}
    found = list(_iter_tables(book))
    fields = [
        f"{table.title}{FIELD_MARK}{header}"
        for table in found
        for header in (*_headers(table), *_own(tables.get(table.name)))
    ]
    return {BULK_TABLES: [table.title for table in found], BULK_FIELDS: fields}


def offered_frames(book: Book, tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the entries as rows of their tables."""
    return {
        name: pd.DataFrame({book.tables[name].key: pd.Series(texts, dtype=object)})
        for name, texts in bulk_offers(book, tables).items()
    }


def _iter_tables(book: Book) -> Iterator[Table]:
    for sheet in book.sheets:
        for name in sheet.tables:
            table = book.tables[name]
            if table.managed and table.rows not in SCORING:
                yield table


def _headers(table: Table) -> list[str]:
    return [field.title for field in table.fields.values() if _is_typed(table, field)]


def _is_typed(table: Table, field: Field) -> bool:
    """Return whether people type into a field and may do so in bulk: no keys, nothing computed or hidden."""
    is_key = field.name == table.key or (table.one_per is not None and field.to == table.one_per)
    return not (is_key or field.derived or field.read_only or field.hidden)


def _own(frame: pd.DataFrame | None) -> list[str]:
    columns = () if frame is None else frame.columns
    return [str(label).removeprefix(OWN) for label in columns if str(label).startswith(OWN)]

"""Which computed fields a workbook holds as formulas, and which as values that sync fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.build import by_sync_property

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.read.snapshot import Snapshot, TableSnapshot
    from crmbook.schema import Book


def live_fields(found: TableSnapshot, properties: Mapping[str, object], book: Book) -> frozenset[str]:
    """Return the computed fields of a table whose cells hold formulas: all but those that build left to sync."""
    by_sync = str(properties.get(by_sync_property(found.name), "")).split(",")
    return frozenset(
        name
        for name, target in book.tables[found.name].fields.items()
        if target.formula and name not in by_sync
    )


def values_by_sync(book: Book, snapshot: Snapshot) -> set[tuple[str, str]]:
    """Return the computed fields, as (table, field), that a workbook holds as values and not as formulas."""
    return {
        (name, field_name)
        for name, found in snapshot.tables.items()
        for field_name in found.columns
        if book.tables[name].fields[field_name].formula
        and field_name not in live_fields(found, snapshot.properties, book)
    }

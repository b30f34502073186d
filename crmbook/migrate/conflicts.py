"""Open conflicts of one schema as those of the next: their cells may have other names now, or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import OWN, dependent_label, split_label
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.schema import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.migrate.plan import Migration
    from crmbook.store import ConflictRecord


def migrate_conflicts(migration: Migration, conflicts: Iterable[ConflictRecord]) -> list[ConflictRecord]:
    """Return the conflicts that have changed: renamed, resting, or open again.

    One about what the schema no longer has rests, for nobody could settle it; it is open again as soon as the table or
    field is back, because what its author typed is nowhere else.
    """
    changed = []
    for one in conflicts:
        table = _table_now(migration, one.table)
        labels = tuple(_label_now(migration, one.table, label) for label in one.labels)
        now = replace(one, state="resting")
        if table is not None and None not in labels:
            kept = tuple(label for label in labels if label is not None)
            now = replace(one, table=table, labels=kept, state="open")
        if one.state in {"open", "resting"} and now != one:
            changed.append(now)
    return changed


def _table_now(migration: Migration, was: str) -> str | None:
    """Return what a table of the old schema is called now, None where it is gone."""
    moved = {one.was: one.table for one in migration.of(SchemaChangeKind.TABLE_RENAMED) if one.was}
    name = moved.get(was, was)
    return name if name == LISTS or name in migration.book.tables else None


def _label_now(migration: Migration, was: str, label: str) -> str | None:
    """Return the label of a cell of a row of a table, in the new schema; None where its field is gone."""
    owner, inner = split_label(was, label)
    table = _table_now(migration, owner)
    if table is None:
        return None
    if table != LISTS and not inner.startswith(OWN):
        moved = {one.was: one.field for one in migration.of(SchemaChangeKind.FIELD_RENAMED, table=table)}
        inner = moved.get(inner, inner)
        field = migration.book.tables[table].fields.get(inner)
        if field is None or not field.typed:
            return None
    return inner if owner == was else dependent_label(table, inner)

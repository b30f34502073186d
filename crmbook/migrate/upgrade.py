"""A changed schema, brought into the store and into a workbook; what changed is found by `crmbook.migrate`.

The store keeps a description of every schema that a workbook of the book was ever stamped with. So a workbook that
comes back after years is brought forward from the schema it shows, and the state from the one that it was stored under.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.base import Location
from crmbook.migrate.describe import describe_schema, find_schema
from crmbook.migrate.plan import plan
from crmbook.migrate.roles import as_role_sees, shown_schema
from crmbook.migrate.state import add_rows, migrate_state, migrate_written
from crmbook.migrate.workbook import apply_migration, migrate_workbook
from crmbook.ooxml import OoxmlError, Package
from crmbook.read import ReadError
from crmbook.render import restore_lost
from crmbook.store import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from crmbook.ingest import Plan
    from crmbook.migrate.plan import Migration
    from crmbook.read import WorkingCopy
    from crmbook.render import RepairNote
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Image


def upgrade_state(record: BookRecord, book: Book, head: State) -> tuple[BookRecord, State, Migration | None]:
    """Return the record and head of a book under its present schema, and what changed; None where nothing did."""
    if record.fingerprint == book.fingerprint:
        return record, head, None
    old = find_schema(record.schema, record.fingerprint)
    record = replace(
        record, fingerprint=book.fingerprint, schema=describe_schema(book, record.schema or None)
    )
    if old is None:
        return record, head, None
    migration = plan(old, book)
    tables, counters = add_rows(migration, migrate_state(migration, head.tables), head.counters)
    return record, State(head.revision, tables, counters, head.tombstones), migration


def upgrade_workbook(copy: WorkingCopy, record: BookRecord) -> tuple[WorkingCopy, Migration | None]:
    """Return a workbook under the present schema, in memory, and what changed in it; None where nothing did.

    Raises
    ------
    ReadError
        With the package layer's code, if its columns cannot be moved.
    """
    opened = copy.opened
    old = _old_schema(copy, record)
    if old is None:
        return copy, None
    role = opened.stamp.role
    migration = plan(
        shown_schema(old, role, copy.book, copy.view, opened.package) if role else old, copy.view
    )
    whole = None if copy.view is copy.book else copy.book
    try:
        changes = migrate_workbook(migration, opened.package, whole)
        package = Package.open(opened.package.to_bytes())
    except OoxmlError as error:
        raise ReadError(error.code, Location(file=str(opened.path)), **error.params) from error
    stamp = replace(opened.stamp, fingerprint=copy.book.fingerprint)
    changes = tuple(as_role_sees(one, copy.book) for one in changes) if role else changes
    return replace(copy, opened=replace(opened, package=package, stamp=stamp)), replace(
        migration, changes=changes
    )


def plan_upgrade(copy: WorkingCopy, record: BookRecord) -> Migration | None:
    """Return what changed in the whole book since a workbook was written, seen in it or not; None where nothing did."""
    old = _old_schema(copy, record)
    return None if old is None else plan(old, copy.book)


def _old_schema(copy: WorkingCopy, record: BookRecord) -> Mapping[str, Any] | None:
    """Return the description of another schema than today's that a workbook was written with."""
    fingerprint = copy.opened.stamp.fingerprint
    return None if fingerprint == copy.book.fingerprint else find_schema(record.schema, fingerprint)


def put_back(copy: WorkingCopy, gone: Plan) -> WorkingCopy:
    """Return a workbook with the columns and sheets that a discarded plan found gone, in memory and still blank.

    They come as build makes them: to the schema without them, they are new.

    Raises
    ------
    ReadError
        With the package layer's code, if a column or sheet cannot be inserted.
    """
    sheets = {one.table for one in gone.findings if one.code == "breaker.sheet-missing"}
    columns = {(one.table, one.label) for one in gone.findings if one.code == "breaker.column-gone"}
    old = describe_schema(copy.view)
    old["tables"] = [
        {**table, "fields": [one for one in table["fields"] if (table["name"], one["name"]) not in columns]}
        for table in old["tables"]
        if table["name"] not in sheets
    ]
    migration, opened = plan(old, copy.view), copy.opened
    if not migration:
        return copy
    try:
        apply_migration(migration, opened.package, None if copy.view is copy.book else copy.book)
        package = Package.open(opened.package.to_bytes())
    except OoxmlError as error:
        raise ReadError(error.code, Location(file=str(opened.path)), **error.params) from error
    return replace(copy, opened=replace(opened, package=package, companion=None))


def restore_workbook(copy: WorkingCopy) -> tuple[WorkingCopy, Sequence[RepairNote]]:
    """Return a workbook with the tables, row ids and names that a program dropped, in memory, and what was put back.

    Raises
    ------
    ReadError
        With the package layer's code, if a column cannot be inserted.
    """
    opened = copy.opened
    try:
        notes = restore_lost(copy.book, copy.view, opened.package, copy.snapshot)
        if not any(note.is_back for note in notes):
            return copy, notes
        package = Package.open(opened.package.to_bytes())
    except OoxmlError as error:
        raise ReadError(error.code, Location(file=str(opened.path)), **error.params) from error
    return replace(copy, opened=replace(opened, package=package, companion=None)), notes


def upgrade_image(image: Image, migration: Migration | None) -> Image:
    """Return what the store knows of a workbook under the present schema.

    Parameters
    ----------
    migration
        What changed in the whole book: an image may hold more than its workbook shows.
    """
    if migration is None:
        return image
    return replace(
        image, frames=migrate_state(migration, image.frames),
        seen=tuple(migrate_state(migration, state) for state in image.seen),
        written=migrate_written(migration, image.written),
    )  # fmt: skip


def changed_tables(
    old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame | None]:
    """Return the tables that differ, None for those that are gone."""
    gone: dict[str, pd.DataFrame | None] = dict.fromkeys(old.keys() - new.keys())
    return gone | {name: frame for name, frame in new.items() if frame is not old.get(name)}

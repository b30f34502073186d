"""A filled workbook, carried over to a new schema in place.

The order matters: titles first, so that everything is found by its new name; then the columns, the lists and the sheets
that are new; then, read again with the new schema, values and formulas; last what hangs on the columns (validations,
conditional formats, names), which the repair of furniture puts where the new schema wants it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.build import read_stamp, write_stamp
from crmbook.migrate.cells import fit_formulas, fit_values
from crmbook.migrate.columns import COLUMNS, fit_columns, fit_shown
from crmbook.migrate.dictionary import fit_dictionary
from crmbook.migrate.lines import fit_lines
from crmbook.migrate.pages import renew_pages
from crmbook.migrate.pattern import Pattern
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.migrate.redrawing import redraw_tables
from crmbook.migrate.rules import drop_stale_rules
from crmbook.migrate.theme import fit_theme
from crmbook.migrate.titles import add_sheets, fit_titles
from crmbook.ooxml import change_paper
from crmbook.read import find_placement, read_workbook
from crmbook.render import repair
from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.migrate.plan import Migration, SchemaChange
    from crmbook.ooxml import Package
    from crmbook.schema import Book

_PAGES: Final = {SchemaChangeKind.PAGE_ADDED, SchemaChangeKind.PAGE_CHANGED}


def migrate_workbook(
    migration: Migration, package: Package, whole: Book | None = None
) -> tuple[SchemaChange, ...]:
    """Bring a filled workbook to a new schema, unless it is there already; return what changed.

    Parameters
    ----------
    migration
        What changed between the schema that the workbook's stamp names and the part of the new one that it shows.
    package
        The workbook; it is changed. Its bytes must be read anew afterwards.
    whole
        The whole new book, where the workbook shows only a role's sheets and fields of it.

    Raises
    ------
    OoxmlError
        Where a column cannot be inserted, or a sheet not be added; the package is to be thrown away then.
    """
    stamp = read_stamp(package)
    if not migration or (stamp is not None and stamp.fingerprint == migration.book.fingerprint):
        return ()
    pages = {change.table: change for change in apply_migration(migration, package, whole)}
    return tuple(
        pages.get(change.table, change) if change.kind in _PAGES else change for change in migration.changes
    )


def apply_migration(
    migration: Migration, package: Package, whole: Book | None = None
) -> Sequence[SchemaChange]:
    """Carry out the steps of a migration, whatever schema the workbook's stamp names; see `migrate_workbook`.

    Return what became of the pages that were replaced, or could not be added.
    """
    stamp = read_stamp(package)
    pattern = Pattern(migration.book, whole, stamp)
    fit_titles(migration, package)
    renewed = renew_pages(migration, package, pattern)
    drawn = {table for change in renewed for table in migration.book.pages[change.table].tables}
    for name in migration.old_tables:
        if name not in drawn and migration.of(*COLUMNS, table=name):
            fit_columns(migration, package, pattern, name)
    fit_dictionary(migration, package, pattern)
    left_out = add_sheets(migration, package, pattern)
    snapshot = read_workbook(package.to_bytes(), migration.book)
    placement = find_placement(layout_of(migration.book), snapshot, package)
    fit_values(migration, package, pattern, snapshot)
    fit_formulas(migration, package, snapshot, placement, whole)
    drop_stale_rules(migration, package, snapshot, placement)
    fit_shown(migration, package, snapshot)
    fit_lines(migration.book, package, pattern)
    fit_theme(migration, package, pattern, placement)
    redraw_tables(migration, package, pattern, snapshot, placement)
    for paper in migration.of(SchemaChangeKind.PAPER_CHANGED):
        for sheet in package.sheets:
            change_paper(package.sheet(sheet.name), paper.was, migration.book.locale.paper)
    snapshot = read_workbook(package.to_bytes(), migration.book)
    repair(migration.book, package, snapshot)
    if stamp is not None:
        write_stamp(package, whole or migration.book, replace(stamp, fingerprint=migration.book.fingerprint))
    package.flush()
    return [*renewed, *left_out]

"""Sheets and tables by their new titles, the sheets of new tables, and new pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.build import write_page_marks
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import Renaming, drop_defined_names, import_sheet, rename
from crmbook.read import target_of
from crmbook.schema import column_name, folded, table_name

if TYPE_CHECKING:
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Migration, SchemaChange
    from crmbook.ooxml import DefinedName, Package
    from crmbook.schema import Sheet


def fit_titles(migration: Migration, package: Package) -> None:
    """Rename sheets that bear their old titles, and tables; what a person renamed keeps its name.

    A table that is gone from the schema stays with its sheet as its owner's; only its hidden names go.
    """
    rename(package, Renaming(sheets=_sheets(migration, package), tables=_tables(migration, package)))
    gone = {one.table for one in migration.of(SchemaChangeKind.TABLE_REMOVED)}
    fields = [
        (one["name"], inner["name"])
        for one in migration.old["tables"]
        if one["name"] in gone
        for inner in one["fields"]
    ]
    drop_defined_names(package, [column_name(*one) for one in fields])


def _sheets(migration: Migration, package: Package) -> dict[str, str]:
    lang, old = migration.book.lang, {one["name"]: one for one in migration.old["sheets"]}
    moved = {one.table: one.was for one in migration.of(SchemaChangeKind.TABLE_RENAMED) if one.was}
    titles = {folded(sheet.name): sheet.name for sheet in package.sheets}
    found = {}
    for sheet in migration.book.sheets:
        before = old.get(moved.get(sheet.name, sheet.name), {}).get("titles", {}).get(lang, "")
        now = titles.get(folded(before))
        if (
            now
            and before != sheet.title
            and (folded(sheet.title) not in titles or folded(before) == folded(sheet.title))
        ):
            found[now] = sheet.title
    return found


def _tables(migration: Migration, package: Package) -> dict[str, str]:
    names = {folded(table.display_name): table.display_name for table in package.tables}
    taken = {*names, *(folded(item.name) for item in package.defined_names)}
    found = {}
    for name, old in migration.old_tables.items():
        new = table_name(migration.book.tables[name].title)
        before = next(
            (names[folded(one)] for one in old["object_names"].values() if folded(one) in names), None
        )
        if before and folded(before) != folded(new) and folded(new) not in taken:
            found[before] = new
    return found


def add_sheets(migration: Migration, package: Package, pattern: Pattern) -> list[SchemaChange]:
    """Put the sheets of new tables, and new pages, where the schema wants them, as build makes them.

    A page whose single cells bear names that a person gave to something else is left out; return that it is.
    """
    added = {one.table for one in migration.of(SchemaChangeKind.TABLE_ADDED)}
    pages = {one.table: one for one in migration.of(SchemaChangeKind.PAGE_ADDED)}
    there = {folded(table.display_name) for table in package.tables}
    left_out = []
    before = ""
    for sheet in migration.book.sheets:
        titles = [one.name for one in package.sheets]
        is_new = sheet.name in (pages if sheet.page else added)
        is_there = any(
            folded(table_name(migration.book.tables[name].title)) in there for name in sheet.tables
        )
        if is_new and not is_there and not _names_are_free(package, pattern, sheet):
            left_out.append(replace(pages[sheet.name], kind=SchemaChangeKind.PAGE_LEFT_OUT))
        elif is_new and not is_there:
            position = titles.index(before) + 1 if before in titles else len(titles)
            add_sheet(package, pattern, sheet, position)
            if sheet.page:
                write_page_marks(package, migration.book, [sheet.name])
            before = sheet.title
        elif sheet.title in titles:
            before = sheet.title
    return left_out


def add_sheet(package: Package, pattern: Pattern, sheet: Sheet, position: int) -> None:
    """Put a sheet of the pattern among the tabs (counted from 0), with the names of its single cells."""
    titles = [one.name for one in package.sheets]
    if sheet.title in titles:  # a person's own
        rename(package, Renaming(sheets={sheet.title: free_title(sheet.title, titles)}))
    import_sheet(package, pattern.package, sheet.title, position)
    package.set_defined_names(list(cell_names(pattern, sheet).values()))


def cell_names(pattern: Pattern, sheet: Sheet) -> dict[str, DefinedName]:
    """Return the names of the single cells of a page; those of a table's sheet come with its repair."""
    if sheet.page is None:
        return {}
    names = {item.name: item for item in pattern.package.defined_names if item.sheet is None}
    targets = {name: target_of(item) for name, item in names.items()}
    return {name: names[name] for name, target in targets.items() if target and target[0] == sheet.title}


def _names_are_free(package: Package, pattern: Pattern, sheet: Sheet) -> bool:
    taken = {folded(item.name) for item in package.defined_names if item.sheet is None}
    taken |= {folded(table.display_name) for table in package.tables}
    return not taken & {folded(name) for name in cell_names(pattern, sheet)}


def free_title(title: str, taken: list[str], suffix: str = "") -> str:
    """Return a title that no sheet has: the given one with a suffix, and a number where that is taken; 31 characters."""
    known = {folded(one) for one in taken}
    suffixes = [suffix] * bool(suffix) + [f"{suffix} {number}" for number in range(2, len(taken) + 3)]
    names = (title[: 31 - len(one)] + one for one in suffixes)
    return next(name for name in names if folded(name) not in known)

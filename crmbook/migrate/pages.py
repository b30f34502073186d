"""Pages that the schema draws anew, in filled workbooks.

A page that is as it was written gives way to the new one, in its place; one that a person has changed, or that something
of hers speaks of, stays behind the new one as ``… (旧)``. What people chose on it (the period, the customer) goes along.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.build import is_as_written, is_drawn, write_page_marks
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.migrate.titles import add_sheet, cell_names, free_title
from crmbook.ooxml import EditError, Renaming, drop_defined_names, reference, remove_sheet, rename
from crmbook.read import target_of
from crmbook.schema import folded

if TYPE_CHECKING:
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Migration, SchemaChange
    from crmbook.ooxml import Package
    from crmbook.schema import Book, Page

_HIDDEN = "_crmbook."
_OLD = {"zh": "旧", "en": "old"}


def renew_pages(migration: Migration, package: Package, pattern: Pattern) -> list[SchemaChange]:
    """Bring the pages that are drawn otherwise now; return what became of those that were replaced.

    A page that is not in the workbook stays away; one whose names a person gave to something else stays as it is.
    """
    found = []
    for change in migration.of(SchemaChangeKind.PAGE_CHANGED):
        page = migration.book.pages[change.table]
        desk = _Desk(migration.book, package, pattern, page)
        if is_drawn(migration.book, page) and desk.home and desk.names_are_free():
            found.append(replace(change, **desk.renew()))
    return found


class _Desk:
    """One page, the sheet on which it is, and the names that lead there."""

    def __init__(self, book: Book, package: Package, pattern: Pattern, page: Page) -> None:
        self._book, self._package, self._pattern, self._page = book, package, pattern, page
        self._sheet = next(sheet for sheet in book.sheets if sheet.name == page.name)
        self._mine = {folded(name) for name in cell_names(pattern, self._sheet)}
        self._targets = _targets(package)
        self.home = self._find_home()

    def _find_home(self) -> str:
        """Return the sheet of the page's title, or the one to which most of its names lead; empty where it is gone."""
        if self._page.title in {sheet.name for sheet in self._package.sheets}:
            return self._page.title
        led = Counter(target[0] for name, target in self._targets.items() if folded(name) in self._mine)
        title, count = led.most_common(1)[0] if led else ("", 0)
        return title if 2 * count > len(self._mine) else ""

    @property
    def _here(self) -> list[str]:
        return [name for name, target in self._targets.items() if target[0] == self.home]

    def names_are_free(self) -> bool:
        """Return whether none of the new page's names leads elsewhere."""
        names = {folded(one.name) for one in self._package.defined_names if one.sheet is None}
        return not self._mine & (names - {folded(name) for name in self._here})

    def renew(self) -> dict[str, Any]:
        """Put the new page in place of the old one; return what to report."""
        package, page = self._package, self._page
        chosen, position = self._chosen(), [sheet.name for sheet in package.sheets].index(self.home)
        change: dict[str, Any] = {"kind": SchemaChangeKind.PAGE_RENEWED}
        if not (is_as_written(package, page.name, self.home) and self._remove()):
            params = {"page": page.title, "old": self._set_aside()}
            change = {"kind": SchemaChangeKind.PAGE_KEPT, "params": params}
        add_sheet(package, self._pattern, self._sheet, position)
        for ref, value in chosen.items():
            package.sheet(page.title).set(ref, value)
        write_page_marks(package, self._book, [page.name])
        return change

    def _chosen(self) -> dict[str, Any]:
        """Return what people chose on the page, by where that is on the new one."""
        found, new = {}, _targets(self._pattern.package)
        for cell in self._page.cells:
            name = self._pattern.layout.names[cell.id]
            if cell.formula is None and name in self._targets and name in new:
                title, *row_and_column = self._targets[name]
                value = self._package.sheet(title).cell(reference(*row_and_column)).value
                found[reference(*new[name][1:])] = value
        return found

    def _remove(self) -> bool:
        """Take the page away with the names that lead to it, unless something speaks of it."""
        names = self._here
        kept = [one for one in self._package.defined_names if one.sheet is None and one.name in names]
        drop_defined_names(self._package, names)
        try:
            remove_sheet(self._package, self.home)
        except EditError:
            self._package.set_defined_names(kept)
            return False
        return True

    def _set_aside(self) -> str:
        """Call the page, and the small tables on it, old; its names are the new one's. Return its new title."""
        package, old = self._package, _OLD[self._book.lang]
        drop_defined_names(
            package, [name for name in self._here if folded(name) in self._mine or name.startswith(_HIDDEN)]
        )
        title = free_title(self.home, [sheet.name for sheet in package.sheets], f" ({old})")
        taken = {folded(one.display_name) for one in package.tables}
        taken |= {folded(one.name) for one in package.defined_names}
        tables: dict[str, str] = {}
        for name in [one.display_name for one in package.tables if one.sheet == self.home]:
            free = (f"{name}_{old}{number or ''}" for number in range(len(taken) + 1))
            tables[name] = next(one for one in free if folded(one) not in taken)
        rename(package, Renaming(sheets={self.home: title}, tables=tables))
        return title


def _targets(package: Package) -> dict[str, tuple[str, int, int]]:
    """Return where the names of single cells lead: a sheet that there is, row and column, counted from 1."""
    titles = {sheet.name for sheet in package.sheets}
    named = {one.name: target_of(one) for one in package.defined_names if one.sheet is None}
    return {name: target for name, target in named.items() if target and target[0] in titles}

"""A worksheet taken out of a workbook, with all parts that are its alone.

Nothing may speak of it: a formula anywhere else, a defined name of the whole workbook, another sheet's chart. Links to
it may stay, for they are only followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml import contenttypes
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulapass import FormulaPass, may_speak_of
from crmbook.ooxml.formulatext import with_sheet_titles
from crmbook.ooxml.xml import natural, splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Edit, Element

_ITS_OWN = frozenset({
    "table", "comments", "vmlDrawing", "drawing", "chart", "chartStyle", "chartColorStyle", "printerSettings",
})  # fmt: skip


def remove_sheet(package: Package, title: str) -> None:
    """Take a worksheet away.

    Raises
    ------
    MissingError
        ``ooxml.missing-sheet``.
    EditError
        ``ooxml.sheet-in-use`` where something else speaks of it, or it is the only one; ``ooxml.import-unsupported``
        where it holds what other sheets may share; ``ooxml.signed``. Nothing has changed then.
    """
    package.flush()
    part = package.sheet(title).info.part
    doomed = list(_parts(package, title, part))
    if len(package.sheets) == 1:
        raise EditError("ooxml.sheet-in-use", sheet=title)
    _Mentions(package, title, frozenset(doomed)).run()
    content = _without_tab(package, title)
    package.drop_calculation_chain()
    package.replace_part(package.workbook.part, content)
    package.drop_relationship(part)
    for name in (part, *doomed):
        for stored in (name, package.relationships(name).part):  # LibreOffice gives both a content type
            if package.parts.has(stored):
                package.parts.drop(stored)
            package.replace_part(contenttypes.PART, package.content_types.drop(stored))
    package.forget_sheet(part)


def _parts(package: Package, title: str, part: str) -> Iterator[str]:
    """Yield the parts that are tied to a part, and to those in their turn."""
    for item in package.relationships(part).items:
        if item.kind == "hyperlink" and item.external:
            continue
        if item.external or item.kind not in _ITS_OWN:
            raise EditError("ooxml.import-unsupported", sheet=title, what=item.kind)
        yield item.target
        yield from _parts(package, title, item.target)


class _Mentions(FormulaPass):
    """A pass that changes nothing and refuses where a sheet is spoken of outside of itself."""

    def __init__(self, package: Package, title: str, doomed: frozenset[str]) -> None:
        super().__init__(package)
        self._title = title
        self._doomed = doomed

    def formula(self, written: str, home: str | None) -> str:
        if home != self._title and with_sheet_titles(written, self._title, "") != written:
            raise EditError("ooxml.sheet-in-use", sheet=self._title)
        return written

    def attribute_values(self, element: Element, sheet: Sheet) -> dict[str, str | None]:
        return {} if element.local == "hyperlink" else super().attribute_values(element, sheet)

    def concerns(self, sheet: Sheet) -> bool:
        return sheet.title != self._title and may_speak_of(sheet, [self._title])

    def chart(self, name: str) -> bytes:
        return self.package.parts.read(name) if name in self._doomed else super().chart(name)


def _without_tab(package: Package, title: str) -> bytes:
    """Return the workbook part without a tab and its local names, the others' numbers moved up."""
    root = package.workbook.root
    holder = root.find("sheets")
    tabs = holder.all("sheet") if holder else []
    titles = [sheet.name for sheet in package.workbook.sheets]
    position = titles.index(title)
    edits = [tabs[position].remove()]
    edits += _names_without(root, position)
    for view in (one for one in root.walk() if one.local == "workbookView"):
        numbers = {name: natural(view.get(name)) for name in ("activeTab", "firstSheet")}
        moved = {
            name: str(max(number - 1, 0))
            for name, number in numbers.items()
            if number is not None and (number > position or number == len(titles) - 1)
        }
        edits += [view.set(**moved)] if moved else []
    return splice(package.workbook.data, edits)


def _names_without(root: Element, position: int) -> Iterator[Edit]:
    """Yield the edits of the local names; without one left their holder goes."""
    holder = root.find("definedNames")
    items = holder.all("definedName") if holder else []
    gone = [item for item in items if natural(item.get("localSheetId")) == position]
    if holder is not None and items and len(gone) == len(items):
        yield holder.remove()
        return
    for item in items:
        number = natural(item.get("localSheetId"))
        if number == position:
            yield item.remove()
        elif number is not None and number > position:
            yield item.set(localSheetId=str(number - 1))

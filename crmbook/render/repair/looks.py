"""Frozen panes and charts that a program dropped, brought back from a workbook built anew.

A person may unfreeze one sheet, or throw one chart away: only where all of a kind are gone was it a program. Charts lie
over cells of their page, so they come back only where the tables they show are as build puts them; widths cannot be put
back, and that is said.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from crmbook.build import Extract, Stamp
from crmbook.ooxml import WORKSHEET, Package, insertion
from crmbook.render.repair.note import RepairNote
from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.ooxml import Document, Edit, Element, Relationship, Sheet
    from crmbook.read import Snapshot
    from crmbook.schema import Book

_ANY_DAY: Final = date(2024, 1, 1)
_CHART: Final = "drawingml.chart+xml"


def restore_looks(
    whole: Book, book: Book, package: Package, snapshot: Snapshot, *, is_rewritten: bool
) -> Iterator[RepairNote]:
    """Put panes and charts back where a program dropped all of them; report what cannot be.

    Parameters
    ----------
    whole, book
        The whole book, and the part of it that the workbook shows.
    is_rewritten
        Whether the program dropped other things too: charts alone may be gone because somebody wanted none.
    """
    sheets = list(dict.fromkeys(found.sheet for found in snapshot.tables.values()))
    without_panes = len(sheets) > 1 and not any(_pane(package.sheet(title).frame) for title in sheets)
    is_rewritten = is_rewritten or without_panes
    pages = [page for page in book.pages.values() if page.charts and page.title in _titles(package)]
    without_charts = is_rewritten and bool(pages) and not _has_parts(package, _CHART)
    if not is_rewritten:
        return
    built = None
    if without_panes or without_charts:
        from crmbook.build import build_workbook  # slow to import

        anew = build_workbook(whole, {}, _ANY_DAY, Stamp("", ""), extract=Extract(book))
        built = Package.open(anew.data)
        pages = [page for page in pages if _drawings(built, page.title)]
    if built is not None and without_panes:
        for title in [title for title in _titles(package) if title in _titles(built)]:
            yield RepairNote("furniture.panes", title, int(_freeze(package.sheet(title), built.sheet(title))))
    for page in pages if built is not None and without_charts else ():
        is_moved = any(not _stands(book, snapshot, name) for name in page.tables)
        drawn = built is not None and not is_moved and _draw(package, built, page.title)
        yield RepairNote(
            "furniture.charts" if drawn else "furniture.gone-charts", page.title, len(page.charts)
        )
    yield from _untold(package, sheets)


def _untold(package: Package, sheets: Sequence[str]) -> Iterator[RepairNote]:
    """Yield what is gone for good: widths of columns."""
    if sheets and not any(package.sheet(title).frame.root.find("cols") for title in sheets):
        yield RepairNote("furniture.gone-widths")


def _titles(package: Package) -> list[str]:
    return [sheet.name for sheet in package.sheets if sheet.kind == "worksheet"]


def _has_parts(package: Package, kind: str) -> bool:
    return any(package.content_types.of(name).endswith(kind) for name in package.parts.names)


def _stands(book: Book, snapshot: Snapshot, table: str) -> bool:
    """Return whether a table is where build puts it."""
    found, known = snapshot.tables.get(table), layout_of(book).tables[table]
    return (
        found is not None
        and found.header_row == known.header_row
        and all(
            found.columns[name].index == column.index
            for name, column in known.columns.items()
            if name in found.columns
        )
    )


def _pane(frame: Document) -> Element | None:
    view = _view(frame)
    return view.find("pane") if view else None


def _view(frame: Document) -> Element | None:
    views = frame.root.find("sheetViews")
    return views.find("sheetView") if views else None


def _freeze(sheet: Sheet, built: Sheet) -> bool:
    """Freeze a sheet as build does; return whether there was anything to freeze."""
    wanted = _pane(built.frame)
    if wanted is None:
        return False
    prefix, source = sheet.frame.root.prefix, _view(built.frame)
    inner = [wanted, *(source.all("selection") if source else ())]
    content = b"".join(_raw(item, prefix) for item in inner)
    view = _view(sheet.frame)
    if view is not None:
        edits: list[Edit] = [item.remove() for item in view.all("selection")]
        sheet.edit_frame([*edits, view.insert(content, before=next(iter(view.children), None))])
        return True
    holder = sheet.frame.root.find("sheetViews")
    whole = f'<{prefix}sheetView workbookViewId="0">'.encode() + content + f"</{prefix}sheetView>".encode()
    if holder is not None:
        sheet.edit_frame([holder.insert(whole)])
    else:
        whole = f"<{prefix}sheetViews>".encode() + whole + f"</{prefix}sheetViews>".encode()
        sheet.edit_frame([insertion(sheet.frame.root, "sheetViews", whole, WORKSHEET)])
    return True


def _raw(item: Element, prefix: str) -> bytes:
    """Return an empty element as it is in another sheet, in the words of this one."""
    attributes = "".join(f' {name}="{value}"' for name, value in item.attributes.items())
    return f"<{prefix}{item.local}{attributes}/>".encode()


def _drawings(built: Package, title: str) -> Sequence[Relationship]:
    """Return where the charts of a page are drawn; nowhere on a page without any, as in the copy of some roles."""
    return built.relationships(built.sheet(title).info.part).of_kind("drawing")


def _draw(package: Package, built: Package, title: str) -> bool:
    """Carry the drawing of a page over, with the charts in it; return whether that could be done."""
    sheet, drawings = package.sheet(title), _drawings(built, title)
    if not drawings or sheet.frame.root.find("drawing") is not None or package.workbook.is_strict:
        return False
    package.flush()
    name = _carry(package, built, drawings[0], sheet.info.part)
    ids = {}
    for chart in built.relationships(drawings[0].target).of_kind("chart"):
        target = _carry(package, built, chart, name)
        links = package.relationships(name).items
        ids[chart.id] = next(item.id for item in links if item.target == target)
    data = built.parts.read(drawings[0].target)
    package.replace_part(
        name, re.sub(rb'(\br:id=")([^"]*)', lambda at: at[1] + ids[at[2].decode()].encode(), data)
    )
    sheet = package.sheet(title)
    link = next(item.id for item in package.relationships(sheet.info.part).items if item.target == name)
    root, uri = sheet.frame.root, package.workbook.relationships_uri
    element = f'<{root.prefix}drawing xmlns:r="{uri}" r:id="{link}"/>'.encode()
    sheet.edit_frame([insertion(root, "drawing", element, WORKSHEET)])
    package.flush()
    return True


def _carry(package: Package, built: Package, link: Relationship, source: str) -> str:
    data = built.parts.read(link.target)
    return package.add_part(link.target, data, built.content_types.of(link.target), link.type, source)

"""The repair of one workbook, piece by piece."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from crmbook.base import describe
from crmbook.ooxml import hide_column
from crmbook.read import find_placement, live_fields, target_of
from crmbook.render.repair.kept import find_pattern
from crmbook.render.repair.names import hide_names, repair_names
from crmbook.render.repair.note import RepairNote, gathered
from crmbook.render.repair.rules import repair_formats, repair_validations
from crmbook.render.repair.singles import repair_singles
from crmbook.render.repair.tables import filled_down, repair_ignored_errors, repair_part
from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml import Package
    from crmbook.read import Placement, Snapshot
    from crmbook.render.repair.kept import Kept
    from crmbook.schema import Book, TableLayout


def repair(book: Book, package: Package, snapshot: Snapshot) -> list[RepairNote]:
    """Put back what an office program dropped from a workbook; nothing else is touched.

    Parameters
    ----------
    book
        The schema.
    package
        The workbook; it is changed.
    snapshot
        The same workbook as read, which knows where every field is now.
    """
    placement = find_placement(layout_of(book), snapshot, package)
    live = {
        (name, field)
        for name, found in snapshot.tables.items()
        for field in live_fields(found, snapshot.properties, book)
    }
    cells = _cells(placement, package, book)
    kept = find_pattern(book, placement, live, cells)
    notes = [
        *_put_back(snapshot),
        *_repair_rules(package, kept),
        *_repair_tables(package, placement, live),
        RepairNote("furniture.hidden-names", count=hide_names(package)),
        RepairNote(
            "furniture.names", count=repair_names(package, kept.pattern) + repair_singles(book, package)
        ),
    ]
    return gathered(notes)


def _put_back(snapshot: Snapshot) -> Iterator[RepairNote]:
    """Report the formulas that a program had rewritten or lost: what somebody typed over one is reported as an issue."""
    for found in snapshot.tables.values():
        rows = [rows & found.formulas.get(name, frozenset()) for name, rows in found.foreign.items()]
        yield RepairNote("furniture.formulas", found.sheet, sum(map(len, rows)))


def _cells(placement: Placement, package: Package, book: Book) -> dict[str, tuple[str, int, int]]:
    """Return where the single cells are that are typed or have colours of their own, by id."""
    cells = (cell for cell in book.cells.values() if cell.formula is None or cell.highlight)
    ids = {placement.layout.names[cell.id]: cell.id for cell in cells}
    sheets = {sheet.name for sheet in package.sheets if sheet.kind == "worksheet"}
    targets = {ids[item.name]: target_of(item) for item in package.defined_names if item.name in ids}
    return {name: spot for name, spot in targets.items() if spot and spot[0] in sheets}


def _repair_rules(package: Package, kept: Kept) -> Iterator[RepairNote]:
    pattern = kept.pattern
    now = {title: _around_rows(package, title) for title in pattern.validations}
    doubtful = {title: notes for title, notes in now.items() if kept.sound.get(title) != notes}
    lacking = set()
    for title in doubtful:
        count = repair_validations(package, title, pattern.validations[title])
        lacking |= {title} if count else set()
        yield RepairNote("furniture.validations", title, count)
    for title in doubtful:
        count = repair_formats(package, title, pattern.formats[title])
        lacking |= {title} if count else set()
        yield RepairNote("furniture.formats", title, count)
    kept.note_sound({title: notes for title, notes in doubtful.items() if title not in lacking})


def _around_rows(package: Package, title: str) -> bytes:
    """Return a digest of a sheet without its rows, where validations and conditional formats are, and of their looks."""
    sheet, styles = package.sheet(title), package.styles.data or b""
    looks = styles[styles.find(b"dxfs") : styles.rfind(b"dxfs")]
    return hashlib.sha256(sheet.head + sheet.tail + looks).digest()


def _repair_tables(
    package: Package, placement: Placement, live: set[tuple[str, str]]
) -> Iterator[RepairNote]:
    labels = placement.layout.labels()
    tables = {table.display_name: table for table in package.tables}
    explained = tables.get(describe("workbook.field-table", placement.layout.book.lang, {}))
    if explained:
        styled, _ = repair_part(package, explained.part, {}, labels)
        yield RepairNote("furniture.style", explained.sheet, int(styled))
    for name in placement.fields:
        spot = placement.layout.tables[name]
        if spot.name in tables:
            formulas = filled_down(spot, live, placement.absent)
            styled, filled = repair_part(package, tables[spot.name].part, formulas, labels)
            yield RepairNote("furniture.style", spot.sheet, int(styled))
            yield RepairNote("furniture.calculated", spot.sheet, filled)
        if spot.row_id:
            shown = hide_column(package.sheet(spot.sheet), spot.row_id.index + 1)
            yield RepairNote("furniture.row-ids", spot.sheet, int(shown))
    sheets: dict[str, list[TableLayout]] = {}
    for name in placement.fields:
        sheets.setdefault(placement.layout.tables[name].sheet, []).append(placement.layout.tables[name])
    for title, targets in sheets.items():
        yield RepairNote(
            "furniture.ignored-errors", title, int(repair_ignored_errors(package, title, targets))
        )

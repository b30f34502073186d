"""Tables as build draws them now, in workbooks that were written while it drew them otherwise.

Headers bore a note that explained the field, which the cells say by themselves now when they are chosen: it goes where it
is as it was written. The column of issues ran its texts over the next cells; it wraps where its format is still that of the
row ids, as build had it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.base import describe
from crmbook.build import EDGES, fixed_list_text, height_of, wrapped_lines
from crmbook.migrate.describe import looks_of
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import (
    CellEdit,
    CellError,
    StyleImport,
    column_style,
    column_width,
    letters,
    read_notes,
    reference,
    remove_notes,
    style_column,
)
from crmbook.schema import PAGE_HEADER_ROW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Described, Migration
    from crmbook.ooxml import Package
    from crmbook.read import Placement, Snapshot, TableSnapshot
    from crmbook.schema import Field

_DUTIES: Final = ("note-read-only", "note-required", "note-override", "note-computed", "note-by-sync")
"""What a note said of a field behind its meaning, each in a line."""
_SLOT: Final = "\x00"


def redraw_tables(
    migration: Migration, package: Package, pattern: Pattern, snapshot: Snapshot, placement: Placement
) -> None:
    """Bring the tables of a filled workbook to how build draws them."""
    if not migration.of(SchemaChangeKind.TABLES_REDRAWN):
        return
    for name, found in snapshot.tables.items():
        if migration.book.tables[name].managed and name in migration.old_tables:
            notes = read_notes(package, found.sheet)
            remove_notes(package, found.sheet, set(_explaining(migration, found, notes)))
            _wrap_issues(package, pattern, found)
    _drop_list_notes(migration, package, placement)


def _explaining(migration: Migration, found: TableSnapshot, notes: dict[str, str]) -> Iterator[str]:
    """Yield the headers whose note only explains their field, as build wrote it."""
    for field, old in migration.old_fields(found.name).items():
        column = found.columns.get(field)
        ref = reference(found.header_row, column.index + 1) if column else ""
        target = migration.book.tables[found.name].fields[field]
        if ref in notes and _is_ours(notes[ref], target, old, migration.book.lang):
            yield ref


def _is_ours(note: str, target: Field, old: Described, lang: Language) -> bool:
    """Return whether a note says what build said of a field: its meaning of today, or the one of its old schema."""
    lines = [line for line in note.replace("\r\n", "\n").split("\n") if line]
    duties = {describe(f"workbook.{code}", lang, {}) for code in _DUTIES}
    before, _, behind = describe("workbook.note-example", lang, {"example": _SLOT}).partition(_SLOT)
    example = ""
    if lines and lines[-1].startswith(before) and lines[-1].endswith(behind):
        example = lines.pop()[len(before) :].removesuffix(behind)
    while lines and lines[-1] in duties:
        lines.pop()
    meaning = "\n".join(lines)
    if meaning in {"", target.help}:
        return True
    examples = (target.example, example)
    return old["looks"] in {looks_of(target, help=meaning, example=one) for one in examples}


def _wrap_issues(package: Package, pattern: Pattern, found: TableSnapshot) -> None:
    """Let the issues of a table wrap where their cells have the format that the row ids beside them have."""
    if found.issues is None or found.row_id is None:
        return
    sheet, issues, ids = package.sheet(found.sheet), found.issues.index + 1, found.row_id.index + 1
    ours = {cell.row: cell.style for cell in sheet.cells(columns={ids}) if cell.row > found.header_row}
    cells = [cell for cell in sheet.cells(columns={issues}) if ours.get(cell.row) == cell.style]
    styles = StyleImport(package, pattern.package)
    wrapping = styles.of(pattern.issue_style(found.name))
    styles.finish()
    if column_style(sheet, issues) == column_style(sheet, ids):
        style_column(sheet, issues, wrapping)
    room = (column_width(sheet, issues) or 0) - EDGES
    for cell in cells:
        if cell.formula is None and not isinstance(cell.value, CellError):
            sheet.set_at(cell.row, issues, CellEdit(cell.value, None, wrapping))
            if isinstance(cell.value, str) and room > 0:
                sheet.set_height(cell.row, height_of(wrapped_lines(cell.value, room)), only_raise=True)
    sheet.flush()


def _drop_list_notes(migration: Migration, package: Package, placement: Placement) -> None:
    """Take away the notes by which lists said that formulas look for their words: their cells say it now."""
    layout, said = placement.layout, fixed_list_text(migration.book)
    if any(sheet.name == layout.dictionary for sheet in package.sheets):
        notes = read_notes(package, layout.dictionary)
        headers = {f"{letters(layout.lists[name].column + 1)}{PAGE_HEADER_ROW}" for name in placement.lists}
        remove_notes(package, layout.dictionary, {ref for ref in headers if notes.get(ref) == said})

"""The cells of a filled workbook, as the new schema has them: other words of lists, other types, other formulas.

A cell keeps its format but for the number format, which says how the new type is shown. What cannot be read as the new
type stays as it is, and the checks point at it. Where a column is no longer computed, its last values stay as typed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import Extract, by_sync_property, plan_live
from crmbook.migrate.conversion import Conversion
from crmbook.migrate.describe import shown_as
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import CellEdit, CellError, StyleImport, checked, set_column_formulas
from crmbook.read import live_fields
from crmbook.schema import Storage
from crmbook.values import ValueKind, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.base import Value
    from crmbook.migrate.pattern import Pattern
    from crmbook.migrate.plan import Migration
    from crmbook.ooxml import Cell, Package
    from crmbook.read import Placement, Snapshot, TableSnapshot
    from crmbook.schema import Field


_DAYS: Final = {Storage.DATE, Storage.DATETIME}
"""What a column of these holds is a day in any program that opens it, unless it is written as a text."""


def fit_values(migration: Migration, package: Package, pattern: Pattern, snapshot: Snapshot) -> None:
    """Convert what is in the cells of typed fields."""
    conversion = Conversion(migration)
    untyped = {(one.table, one.field) for one in migration.of(SchemaChangeKind.FORMULA_CHANGED)}
    for name, found in snapshot.tables.items():
        for field_name in found.columns:
            target = migration.book.tables[name].fields[field_name]
            key = (name, field_name)
            if target.formula is None and key in untyped:
                _settle(package, found, target)
            converted = None
            if target.typed and (key in conversion.retyped or conversion.texts(target)):
                converted = _convert(package, found, target, conversion)
            is_settled = target.formula is None and key in untyped
            if key in conversion.retyped or is_settled or _is_shown_otherwise(migration, target):
                _show(package, pattern, found, target)
            for ref, value in (converted or {}).items():
                package.sheet(found.sheet).set_at(*ref, CellEdit(checked(value)))


def _is_shown_otherwise(migration: Migration, target: Field) -> bool:
    """Return whether a column has another number format now.

    A description of former days does not say which it was; only amounts can have changed by themselves since.
    """
    old = migration.old_fields(target.table).get(target.name)
    if old is None or old["type"] != target.type:
        return False
    is_changed = target.type == ValueKind.MONEY and any(
        one.field == target.name for one in migration.of(SchemaChangeKind.LOOKS_CHANGED, table=target.table)
    )
    return bool(old["shown"] != shown_as(target)) if "shown" in old else is_changed


def _cells(package: Package, found: TableSnapshot, target: Field) -> Iterator[Cell]:
    column = found.columns[target.name].index + 1
    first = found.header_row + 1
    last = max([found.last_row, *found.frame.index.tolist()])
    for cell in list(package.sheet(found.sheet).cells(columns={column})):
        if first <= cell.row <= last:
            yield cell


def _convert(
    package: Package, found: TableSnapshot, target: Field, conversion: Conversion
) -> dict[tuple[int, int], Value]:
    """Return by row and column what the cells of a column shall hold; to be asked before they are shown otherwise.

    A number that is no day is written as a text: shown as one, it would be the serial number of some day.
    """
    cells = [cell for cell in _cells(package, found, target) if _is_constant(cell)]
    old = conversion.retyped.get((target.table, target.name))
    values = [tidy(cell.value) if isinstance(cell.value, str) else cell.value for cell in cells]
    read = conversion.column(target, values, old)
    wanted: dict[tuple[int, int], Value] = {}
    for ref, (cell, value) in enumerate(zip(cells, read.values, strict=True)):
        left = read.unread.get(ref) if target.storage in _DAYS and cell.kind != "text" else None
        new = value if value is not None else left
        if new is not None and new != cell.value:
            wanted[cell.row, cell.column] = new
    return wanted


def _is_constant(cell: Cell) -> bool:
    return cell.formula is None and cell.value is not None and not isinstance(cell.value, CellError)


def _settle(package: Package, found: TableSnapshot, target: Field) -> None:
    """Let the last values of a column that was computed stay as typed ones."""
    sheet = package.sheet(found.sheet)
    for cell in _cells(package, found, target):
        if cell.formula is not None:
            value = None if isinstance(cell.value, CellError) or cell.value == "" else cell.value
            sheet.set_at(cell.row, cell.column, CellEdit(checked(value)))
    sheet.flush()
    if found.table_name:
        package.set_calculated_column(found.table_name, found.columns[target.name].header, None)


def _show(package: Package, pattern: Pattern, found: TableSnapshot, target: Field) -> None:
    """Show a column as its type wants: the usual format of the column anew, formats of a person's own varied."""
    cells = list(_cells(package, found, target))
    usual = Counter(cell.style for cell in cells).most_common(1)
    styles = StyleImport(package, pattern.package)
    body = pattern.body_style(target.table, target.name)
    known = {
        style: styles.of(body) if usual and style == usual[0][0] else styles.varied(style, body)
        for style in {cell.style for cell in cells}
    }
    plain = styles.of(body)
    styles.finish()
    sheet = package.sheet(found.sheet)
    for cell in cells:
        day_stays = cell.kind == "date" and target.storage not in _DAYS
        if not day_stays or target.storage is Storage.TEXT:
            value = spell(cell.value) if day_stays else cell.value
            sheet.set_at(cell.row, cell.column, _with_style(cell, value, known[cell.style]))
    if target.read_only:  # a blank cell shows it too, and may be in no file
        column, stored = found.columns[target.name].index + 1, {cell.row for cell in cells}
        for row in set(found.frame.index.tolist()) - stored:
            sheet.set_at(row, column, CellEdit(None, None, plain))
    sheet.flush()


def _with_style(cell: Cell, value: Any, style: int) -> CellEdit:
    if cell.formula is not None or isinstance(value, CellError):
        return CellEdit(value, cell.formula, style)
    return CellEdit(checked(value), None, style)


def fit_formulas(
    migration: Migration, package: Package, snapshot: Snapshot, placement: Placement, whole: Any
) -> None:
    """Write the formulas that are new or read otherwise; leave those to sync that are too costly to be live."""
    kept = _plan_live(migration, package, snapshot, whole)
    labels = placement.layout.labels()
    is_new = _is_new(migration)
    for name, found in snapshot.tables.items():
        live = live_fields(found, package.properties, migration.book)
        wanted = {}
        for field_name, column in found.columns.items():
            formula = migration.book.tables[name].fields[field_name].formula
            if formula is None or field_name not in live or formula.references & placement.absent:
                continue
            text = formula.render(labels, equals=False)
            if is_new(name, field_name, text):
                wanted[column.header] = text
                if (name, field_name) in kept and not migration.book.tables[name].fields[field_name].override:
                    _empty(package, found, migration.book.tables[name].fields[field_name])
        if wanted and found.table_name:
            set_column_formulas(package, found.table_name, wanted)


def _empty(package: Package, found: TableSnapshot, target: Field) -> None:
    """Make room for formulas in a column of which sync kept the values: they are nobody's typing."""
    sheet = package.sheet(found.sheet)
    for cell in _cells(package, found, target):
        if cell.formula is None and cell.value is not None:
            sheet.set_at(cell.row, cell.column, CellEdit(None))
    sheet.flush()


def _is_new(migration: Migration) -> Callable[[str, str, str], bool]:
    """Return whether a field's formula must be written: it is new, or speaks of words that changed."""
    changed = {
        (one.table, one.field)
        for one in migration.of(
            SchemaChangeKind.FIELD_ADDED, SchemaChangeKind.FORMULA_CHANGED, SchemaChangeKind.TYPE_CHANGED
        )
    }
    words = {f'"{one.params["value"]}"' for one in migration.of(SchemaChangeKind.VALUE_RENAMED)}

    def is_new(table: str, name: str, text: str) -> bool:
        return (table, name) in changed or any(word in text for word in words)

    return is_new


def _plan_live(
    migration: Migration, package: Package, snapshot: Snapshot, whole: Any
) -> set[tuple[str, str]]:
    """Name the new computed fields whose values sync keeps, and forget those that are gone; return whose it kept."""
    book = migration.book
    were: set[tuple[str, str]] = set()
    rows = {name: len(found.frame) for name, found in snapshot.tables.items()}
    live = Extract(book).live(plan_live(whole or book, rows, "auto") & book.formulas.keys())
    added = migration.of(SchemaChangeKind.FIELD_ADDED, SchemaChangeKind.FORMULA_CHANGED)
    for name, table in book.tables.items():
        before = {one for one in str(package.properties.get(by_sync_property(name)) or "").split(",") if one}
        renamed = {
            one.was: one.field for one in migration.of(SchemaChangeKind.FIELD_RENAMED, table=name) if one.was
        }
        kept = {renamed.get(one, one) for one in before}
        kept = {one for one in kept if one in table.fields and table.fields[one].formula}
        were |= {(name, one) for one in kept}
        for one in added:
            if one.table == name and table.fields[one.field].formula:
                kept = kept - {one.field} if (name, one.field) in live else kept | {one.field}
        if kept != before:
            package.set_property(by_sync_property(name), ",".join(sorted(kept)))
    return were

"""What a sync puts into a workbook, as data: one `Change` per cell, found by comparing what is there.

Nothing is written that is there already, so that a workbook in which nothing is new is left byte for byte as
it is. A cell keeps its format; a formula that office programs or people lost comes back; a value that a person
may type (an override) stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from crmbook.base import Change, ChangeKind, same
from crmbook.build import CONFLICTS, DUPLICATES, REMINDERS
from crmbook.formula import DAYS_1904
from crmbook.ooxml import Area, growth, parse_cell, reference
from crmbook.read import LIST, are_same, is_same, live_fields, shows_nothing
from crmbook.schema import Storage
from crmbook.values import ValueKind, to_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from crmbook.base import Value
    from crmbook.check import Checked
    from crmbook.formula import Labels
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Computed, Field

    Items = np.ndarray[tuple[int], np.dtype[Any]]
    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a workbook was last given, to tell what people typed since from what a program stored in another form.

    Attributes
    ----------
    tables
        Its rows then, as state frames.
    ids
        Row ids by table and row number.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    ids: Mapping[str, pd.Series] = field(default_factory=dict)

    def holds(self, target: Field, row: int, value: Value) -> bool:
        """Return whether a cell was given this value."""
        frame, ids = self.tables.get(target.table), self.ids.get(target.table)
        if frame is None or ids is None or target.name not in frame.columns or row not in ids.index:
            return False
        row_id = ids.loc[row]
        if row_id not in frame.index:
            return False
        return same(to_value(ValueKind(target.type), frame.loc[row_id, target.name]), value)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A workbook as read, and what should be in it.

    Attributes
    ----------
    labels
        What formulas call tables and columns in this workbook.
    absent
        Fields that the workbook lacks: a formula that reads one cannot be written.
    given
        What it was last given.
    """

    book: Book
    labels: Labels
    snapshot: Snapshot
    checked: Checked
    computed: Computed
    absent: frozenset[tuple[str, str]] = frozenset()
    given: Given = field(default_factory=Given)

    def iter_changes(self) -> Iterator[Change]:
        """Yield the changes of every table's cells: corrections, then computed fields."""
        for name, found in self.snapshot.tables.items():
            yield from self._corrections(name, found)
            if self.book.tables[name].each_of is not None and name not in self.checked.frames:
                yield from self._list_rows(self.book.tables[name].key, found)
            for target in self.book.tables[name].fields.values():
                if target.formula and target.name in found.columns:
                    yield from self._computed(target, found)

    def _corrections(self, table: str, found: TableSnapshot) -> Iterator[Change]:
        for (owner, name), rows in self.checked.corrections.items():
            if owner == table:
                for row, value in rows.items():
                    yield self._correction(found, name, row, value, found.raw(name, row))
        for name, spaces in found.spaces.items():
            # Formulas would take them for something.
            for row in sorted(spaces) if self.book.tables[table].fields[name].typed else ():
                if found.raw(name, row) is None:
                    yield self._correction(found, name, row, None, " ")

    def _correction(self, found: TableSnapshot, name: str, row: int, value: Value, old: object) -> Change:
        target = self.book.tables[found.name].fields[name]
        kind = ChangeKind.RESAVED if self.given.holds(target, row, value) else ChangeKind.CORRECTED
        return Change(found.sheet, found.cell(name, row).cell, value, kind, old=old)

    def _list_rows(self, key: str, found: TableSnapshot) -> Iterator[Change]:
        """Yield the changes that give each entry of a list its row, and empty the rows that are left over."""
        texts = self.computed.frames[found.name][key].tolist() if key in found.columns else ()
        wanted = dict(enumerate(texts, found.header_row + 1))
        known = found.frame.index
        for row, text in wanted.items():
            old = found.raw(key, row) if row in known else None
            if not is_same(old, text):
                yield Change(found.sheet, found.cell(key, row).cell, text, ChangeKind.MERGED, old=old)
        for row in known[known > max(wanted, default=found.last_row)].tolist():
            for name in found.columns:
                yield Change(
                    found.sheet, found.cell(name, row).cell, None, ChangeKind.MERGED, old=found.raw(name, row)
                )

    def _computed(self, field: Field, found: TableSnapshot) -> Iterator[Change]:
        key = (field.table, field.name)
        rows = self._rows(field.table, found)
        column = found.frame[field.name]
        if self.book.tables[field.table].each_of is not None and field.table not in self.checked.frames:
            column = column.reindex(rows).astype(object).where(lambda cells: cells.notna(), None)
        raws = np.asarray(column, dtype=object)[: len(rows)]
        results = np.asarray(self.computed.results[key].iloc[: len(raws)], dtype=object)
        rows, raws = rows[: len(results)], raws[: len(results)]
        formulas = found.formulas.get(field.name, frozenset()) - found.foreign.get(field.name, frozenset())
        live = field.name in live_fields(found, self.snapshot.properties, self.book)
        live = live and field.formula is not None and field.formula.references.isdisjoint(self.absent)
        alike = are_same(raws, results)
        has_formula = _members(rows, formulas)
        wanted = ~(alike & (has_formula == live))
        if key in self.computed.manual:
            wanted &= ~self.computed.manual[key].to_numpy(dtype=bool)[: len(rows)]
        if not wanted.any():
            return
        text = field.formula.render(self.labels, equals=False) if live and field.formula else None
        for position in np.flatnonzero(wanted).tolist():
            value, raw, is_formula = results[position], raws[position], bool(has_formula[position])
            keeps = is_formula or alike[position] or shows_nothing(raw) or not live
            shown = self._stored(field, value if live or value != "" else None)
            ref = f"{found.columns[field.name].letter}{rows[position]}"
            kind = ChangeKind.COMPUTED if keeps else ChangeKind.RESTORED
            yield Change(
                found.sheet, ref, shown, kind, None if is_formula else text, is_formula and live, raw
            )

    def _rows(self, table: str, found: TableSnapshot) -> list[int]:
        """Return the row numbers of a table's results: as read, or from the first on for rows of the schema."""
        if table in self.checked.frames:
            return self.checked.frames[table].index.tolist()
        return list(range(found.header_row + 1, found.header_row + 1 + len(self.computed.frames[table])))

    def _stored(self, field: Field, value: Any) -> Any:
        """Return a result as the cell stores it: serial numbers counted as the workbook counts."""
        is_day = field.storage in {Storage.DATE, Storage.DATETIME} and isinstance(value, int | float)
        return value - DAYS_1904 if is_day and self.snapshot.date1904 else value


def _members(rows: list[int], formulas: frozenset[int]) -> Mask:
    """Return which rows are among those with a formula; mostly all are, or none."""
    if not formulas:
        return np.zeros(len(rows), dtype=bool)
    return np.fromiter(map(formulas.__contains__, rows), bool, len(rows))


def without_covered(package: Package, changes: Iterable[Change]) -> list[Change]:
    """Return the changes of cells that no merged range hides; the others cannot be written."""
    return [
        change for change in changes if not package.sheet(change.sheet).is_covered(*parse_cell(change.ref))
    ]


def write_changes(package: Package, changes: Iterable[Change]) -> None:
    """Put the changes into the package."""
    changes = list(changes)
    styles = {
        (change.sheet, change.ref): _date_style(package, change)
        for change in changes
        if isinstance(change.value, date) and not change.keeps_formula
    }
    for change in changes:
        sheet = package.sheet(change.sheet)
        if change.keeps_formula:
            sheet.set_cached(change.ref, change.value)
        else:
            style = styles.get((change.sheet, change.ref), change.style)
            sheet.set(change.ref, change.value, formula=change.formula, style=style)


def _date_style(package: Package, change: Change) -> int | None:
    """Return the format in which a cell shows a date, None where its own does: General would show 45730."""
    sheet = package.sheet(change.sheet)
    cell = sheet.cell(change.ref)
    if package.styles.is_date(cell.style):
        return None
    column = sheet.column_style(cell.column)
    if column is not None and package.styles.is_date(column):
        return column
    if cell.kind == "blank" and cell.style == 0:
        above = sheet.cell(reference(cell.row - 1, cell.column)) if cell.row > 1 else cell
        if package.styles.is_date(above.style):
            return None  # a new cell takes the format of the cell above
        return package.date_style(column or 0, with_time=isinstance(change.value, datetime))
    return package.date_style(cell.style, with_time=isinstance(change.value, datetime))


def grow_tables(package: Package, snapshot: Snapshot, changes: Iterable[Change]) -> None:
    """Let every table reach down to the last row that was typed, or is being written, below it."""
    written: dict[str, int] = {}
    for change in changes:
        written[change.sheet] = max(written.get(change.sheet, 0), parse_cell(change.ref)[0])
    for name, found in snapshot.tables.items():
        last = max(
            [
                written.get(found.sheet, 0) if name in {LIST, CONFLICTS, DUPLICATES, REMINDERS} else 0,
                *found.frame.index,
            ]
        )
        table = next((table for table in package.tables if table.display_name == found.table_name), None)
        if table is not None and last > table.area.bottom:
            area = table.area
            growth.resize(package, table, Area(area.top, area.left, int(last), area.right))

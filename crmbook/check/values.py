"""Every typed cell → its canonical value, or an issue that says why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import Issue, Location, Severity
from crmbook.check.addresses import TypedPlaces, put_cities
from crmbook.check.checked import CellLocator, Checked, Keys
from crmbook.values import (
    Column,
    Domain,
    Surroundings,
    ValueKind,
    parse_column,
    parse_value,
    spell,
    to_series,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmbook.check.domains import Domains
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Cell, Field, Table

    Items = np.ndarray[tuple[int], np.dtype[Any]]

_ERROR_CELL, _ERROR_OVER_FORMULA = "value.error-cell", "value.error-cell-over-formula"
_FREE = frozenset({ValueKind.TEXT, ValueKind.LONG_TEXT, ValueKind.VALUE})
"""Kinds whose cells formulas read as words whatever they hold."""


def check_table(
    table: Table,
    found: TableSnapshot,
    domains: Domains,
    around: Surroundings,
    values_only: Collection[tuple[str, str]],
) -> tuple[Checked, CellLocator]:
    """Return the canonical frame of one table with what is wrong with its cells.

    Parameters
    ----------
    values_only
        Overridable columns (table, field) that the workbook holds as values instead of formulas: what is in
        their cells was computed, not typed.
    """
    reader = _TableReader(table, found, domains, around, values_only)
    columns = {
        name: reader.read(target) for name, target in table.fields.items() if reader.holds_values(target)
    }
    frame = reader.frame(columns)
    cells = CellLocator(table, found, Keys(frame[table.key] if table.key in columns else None))
    checked = Checked(frames={table.name: frame})
    for name, column in columns.items():
        _note(checked, cells, table.fields[name], column)
        if ValueKind(table.fields[name].type) not in _FREE or domains.by_row(table.fields[name]):
            _note_corrections(checked, found, name, column)
    return checked, cells


class _TableReader:
    """Reads the columns of one table; a dependent enum after the field that it hangs on."""

    def __init__(
        self,
        table: Table,
        found: TableSnapshot,
        domains: Domains,
        around: Surroundings,
        values_only: Collection[tuple[str, str]],
    ) -> None:
        self._table = table
        self._found = found
        self._domains = domains
        self._around = around
        self._values_only = values_only
        self._read: dict[str, Column] = {}
        self._addresses = TypedPlaces.of(table, found, domains)
        self._cities: dict[int, str] = {}

    def holds_values(self, target: Field) -> bool:
        """Return whether a field's cells hold what people typed."""
        present = target.name in self._found.columns
        return present and target.typed and (target.table, target.name) not in self._values_only

    def read(self, target: Field) -> Column:
        if target.name not in self._read:
            parents = None
            by = self._table.fields.get(target.by or "")
            if by is not None and self.holds_values(by):
                parents = self.read(by).items
            self._read[target.name] = self._parse(target, self._domains.of(target), parents)
            self._take_apart(target, self._read[target.name])
        return self._read[target.name]

    def _parse(self, target: Field, domain: Domain, parents: Items | None) -> Column:
        raws = np.asarray(self._found.frame[target.name], dtype=object)
        computed = self._found.formulas.get(target.name) if target.formula is not None else None
        if computed:
            raws = raws.copy()
            raws[self._found.frame.index.isin(list(computed))] = None
        keyed = self._domains.by_row(target)
        if keyed is not None and keyed[0] in self._found.columns:
            keys = np.asarray(self._found.frame[keyed[0]].map(spell), dtype=object)
            return self._parse_rows(raws, keys, keyed[1], domain)
        return parse_column(domain, raws, self._around, parents)

    def _take_apart(self, target: Field, column: Column) -> None:
        """Give a city what was typed with its region, which is read before it."""
        if self._addresses is None:
            return
        if target.name == self._addresses.region.name and column.findings:
            raws = np.asarray(self._found.frame[target.name], dtype=object)
            self._cities = self._addresses.split(column, raws, self._around)
        elif target.name == self._addresses.city.name and self._cities:
            put_cities(column, self._cities)

    def _parse_rows(self, raws: Items, keys: Items, domains: Mapping[str, Domain], other: Domain) -> Column:
        """Read a column of which each row may hold what its rule says; numbers are those of a field of any kind."""
        column, altered = Column(np.empty(len(raws), dtype=object)), []
        for key in dict.fromkeys(keys.tolist()):
            rows = np.flatnonzero(keys == key)
            part = parse_column(domains.get(key, other), raws[rows], self._around)
            column.items[rows] = [float(one) if isinstance(one, int) else one for one in part.items.tolist()]
            column.findings |= {int(rows[position]): parsed for position, parsed in part.findings.items()}
            altered.append(rows[part.altered])
        column.altered = np.sort(np.concatenate(altered)) if altered else column.altered
        return column

    def frame(self, columns: dict[str, Column]) -> pd.DataFrame:
        index = self._found.frame.index
        blank = np.empty(len(index), dtype=object)
        data = {
            name: to_series(ValueKind(target.type), columns[name].items if name in columns else blank, index)
            for name, target in self._table.fields.items()
        }
        return pd.DataFrame(data, index=index)


def _note(checked: Checked, cells: CellLocator, target: Field, column: Column) -> None:
    """Turn the findings of a column into issues."""
    rows = cells.snapshot.frame.index
    for position, parsed in column.findings.items():
        row = int(rows[position])
        code = parsed.problem or parsed.note or ""
        if code == _ERROR_CELL and target.formula is not None:
            code = _ERROR_OVER_FORMULA
        checked.issues.append(cells.issue(code, target, row, parsed.params, parsed.severity))
        if parsed.refused:
            checked.refuse(cells.table.name, target.name, row)


def _note_corrections(checked: Checked, found: TableSnapshot, name: str, column: Column) -> None:
    computed = found.formulas.get(name, frozenset())
    rows = found.frame.index[column.altered].tolist()
    altered = dict(zip(rows, column.items[column.altered].tolist(), strict=True))
    if computed:
        altered = {row: value for row, value in altered.items() if row not in computed}
    checked.correct_all(found.name, name, altered)


def iter_cell_issues(
    book: Book, snapshot: Snapshot, domains: Domains, around: Surroundings, checked: Checked
) -> Iterator[Issue]:
    """Read the typed single cells into `checked`; yield what is wrong with them."""
    for name, raw in snapshot.cells.items():
        cell = book.cells[name]
        parsed = parse_value(_cell_domain(cell, domains), raw, replace(around, as_of=None))
        if not parsed.refused and parsed.value is not None:
            checked.cells[name] = parsed.value
        code = parsed.problem or parsed.note
        if code:
            severity = parsed.severity if parsed.problem else Severity.WARNING
            location = Location(sheet=book.pages[cell.page].title)
            params = {"field": cell.title, **parsed.params}
            yield Issue(code, severity, location, "", "", name, spell(raw), params)


def _cell_domain(cell: Cell, domains: Domains) -> Domain:
    return Domain(ValueKind(cell.type), domains.choices(cell.list) if cell.list else None)

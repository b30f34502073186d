"""Derived fields and computed cells: every formula of the book evaluated, in dependency order.

Two views of the result are kept apart. A *field* has a canonical value: a formula that gives ``""`` leaves it
blank, a serial number in a date field is a day. A *cell* shows the formula's result as it is, and formulas
that read it see that: in a workbook ``""`` is a text, not an empty cell. So later formulas read results, and the
frames handed back hold canonical values.

Where a field may be overridden, a value that somebody typed (one that is in the frame handed in) wins.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.formula import CellError, Frames, to_moments, to_serial
from crmbook.schema.fieldtypes import Storage
from crmbook.values import ValueKind, to_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.base import Value
    from crmbook.formula import Formula
    from crmbook.schema.book import Book, Field, Table

    Items = np.ndarray[tuple[int], np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Computed:
    """The book's tables with their derived fields filled in.

    Attributes
    ----------
    frames
        Canonical values by table: every field of the schema, the columns of the frame handed in besides.
    results
        By (table, field), what each formula's cells show, overridden cells included: float64, or objects of
        float, str, bool and `CellError`; days are serial numbers.
    cells
        Values of the single named cells by id, typed ones and computed ones; a day is a date or a serial.
    manual
        By (table, field), which rows hold a typed value instead of the formula's.
    replaced
        By (table, field), what the formula would give in those rows, as canonical values; fields without any are missing.
    """

    frames: Mapping[str, pd.DataFrame]
    results: Mapping[tuple[str, str], pd.Series]
    cells: Mapping[str, object]
    manual: Mapping[tuple[str, str], pd.Series] = field(default_factory=dict)
    replaced: Mapping[tuple[str, str], pd.Series] = field(default_factory=dict)

    def shown(self, table: str, name: str) -> pd.Series:
        """Return what a formula's cells show as plain values: empty texts as blanks, errors as their text."""
        result = self.results[table, name]
        if result.dtype == np.float64:
            return result
        return _objects([_plain(item) for item in result.tolist()], result.index)


def recompute(
    book: Book,
    frames: Mapping[str, pd.DataFrame],
    as_of: dt.date,
    cells: Mapping[str, Value] | None = None,
    shown: Mapping[tuple[str, str], Mapping[int, object]] | None = None,
) -> Computed:
    """Evaluate all formulas of a book.

    Parameters
    ----------
    book
        The schema.
    frames
        Canonical values by table, as `table_frame` makes them; what is in a derived field is ignored unless
        the field may be overridden. A table that is missing is taken from the schema (`seed_frame`).
    as_of
        The day that counts as today.
    cells
        Values typed into single named cells, by id; others take their default.
    shown
        By (table, field) and label of the row, what the cells show of fields whose formulas read what is not there:
        it is taken as the formula's result; other cells show nothing.
    """
    recomputation = Recomputation(book, frames, as_of, cells)
    for (table, name), values in (shown or {}).items():
        recomputation.take(book.tables[table].fields[name], values)
    return recomputation.whole()


def recompute_cells(book: Book, computed: Computed, listed: Mapping[str, pd.DataFrame]) -> Computed:
    """Return everything computed, with the cells anew that count what crmbook itself lists.

    Parameters
    ----------
    listed
        By table, the lines of such a list (reminders, conflicts), which are known only after all else is computed.
    """
    tables = {
        name: _completed(book.tables[name], frame) for name, frame in listed.items() if name in book.tables
    }
    columns, results, cells = (
        Frames({**computed.frames, **tables}),
        dict(computed.results),
        dict(computed.cells),
    )
    renewed: set[str] = set()
    for table, name in book.order:
        formula = book.formulas[table, name]
        if not table and (formula.tables_scanned & tables.keys() or formula.names & renewed):
            results["", name] = formula.evaluate(columns, cells)
            cells[name] = results["", name].iloc[0]
            renewed.add(name)
    return replace(computed, results=results, cells=cells) if renewed else computed


class Recomputation:
    """The formulas of a book over frames, each evaluated when something needs it; the frames handed in stay as they are."""

    def __init__(
        self,
        book: Book,
        frames: Mapping[str, pd.DataFrame],
        as_of: dt.date,
        cells: Mapping[str, Value] | None = None,
    ) -> None:
        cells = cells or {}
        self.book = book
        self.tables = {
            name: _completed(table, frames[name]) if name in frames else seed_frame(book, name)
            for name, table in book.tables.items()
        }
        self.columns = Frames(self.tables)
        self.results: dict[tuple[str, str], pd.Series] = {}
        self.manual: dict[tuple[str, str], pd.Series] = {}
        self.replaced: dict[tuple[str, str], pd.Series] = {}
        self.names: dict[str, object] = {"as_of": as_of}
        self._done: set[tuple[str, str]] = set()
        for name, cell in book.cells.items():
            if cell.formula is None and name != "as_of":
                self.names[name] = cells[name] if name in cells else self._default(name)

    def _default(self, name: str) -> object:
        """Return the default of a typed cell; one that is a formula may read cells that are before it."""
        default = self.book.cells[name].default
        if default is None or isinstance(default, (str, int, float)) or not hasattr(default, "evaluate"):
            return default
        return default.evaluate(self.columns, self.names).iloc[0]

    def whole(self) -> Computed:
        """Return everything computed."""
        self._compute(self.book.formulas)
        return Computed(self.tables, self.results, self.names, self.manual, self.replaced)

    def result(self, formula: Formula) -> pd.Series:
        """Return the results of a formula; of the book's own only those are computed that it reads."""
        self._compute(_needed(self.book, [formula]))
        return formula.evaluate(self.columns, self.names)

    def column(self, table: str, name: str) -> pd.Series:
        """Return the canonical values of a computed field."""
        formula = self.book.formulas[table, name]
        self._compute(_needed(self.book, [formula]) | {(table, name)})
        return self.tables[table][name]

    def take(self, target: Field, values: Mapping[int, object]) -> None:
        """Take what a field's cells show, by the labels of their rows, as the result of its formula."""
        index = self.tables[target.table].index
        self._done.add((target.table, target.name))
        self._put(target, _objects([_stored(values.get(row)) for row in index], index))

    def _compute(self, keys: Collection[tuple[str, str]]) -> None:
        """Evaluate some of the book's formulas, each once, in the order in which they need one another."""
        if self._done.issuperset(keys):
            return
        for key in self.book.order:
            if key in keys and key not in self._done:
                self._done.add(key)
                table, name = key
                if table:
                    self._compute_field(self.book.tables[table].fields[name])
                else:
                    self._compute_cell(name)

    def _compute_field(self, target: Field) -> None:
        key = (target.table, target.name)
        formula = self.book.formulas[key]
        result = formula.evaluate(self.columns, self.names)
        if target.override:
            typed = self.tables[target.table][target.name]
            manual = typed.notna()
            if manual.any():
                self.replaced[key] = canonical(target, result[manual])
                result = _overridden(result, typed, manual)
            self.manual[key] = manual
        self._put(target, result)

    def _put(self, target: Field, result: pd.Series) -> None:
        self.results[target.table, target.name] = result
        self.columns.put(target.table, target.name, result)
        self.tables[target.table][target.name] = canonical(target, result)

    def _compute_cell(self, name: str) -> None:
        result = self.book.formulas["", name].evaluate(self.columns, self.names)
        self.results["", name] = result
        self.names[name] = result.iloc[0]


def _needed(book: Book, formulas: Iterable[Formula]) -> set[tuple[str, str]]:
    """Return which of the book's formulas some formulas read, themselves or through others."""
    found: set[tuple[str, str]] = set()
    left = list(formulas)
    while left:
        formula = left.pop()
        read = {*formula.references, *(("", name) for name in formula.names)}
        new = (read & book.formulas.keys()) - found
        found |= new
        left += [book.formulas[key] for key in new]
    return found


def _overridden(result: pd.Series, typed: pd.Series, manual: pd.Series) -> pd.Series:
    """Put typed values in place of computed ones, days as the serial numbers that cells hold."""
    if result.dtype == typed.dtype == np.float64:
        return result.where(~manual, typed)
    pairs = zip(result.tolist(), typed.tolist(), manual.tolist(), strict=True)
    items = [_stored(mine) if wins else computed for computed, mine, wins in pairs]
    if all(isinstance(item, float) for item in items):
        return pd.Series(items, index=result.index, dtype=np.float64)
    return _objects(items, result.index)


def _stored(value: object) -> object:
    return to_serial(value) if isinstance(value, dt.date) else value


def canonical(target: Field, result: pd.Series) -> pd.Series:
    """Return a formula's results as the canonical column of its field.

    Empty texts are blanks. What does not fit the field's type (an error value, words in a number field) stays as
    it is, in a column of objects, for the checks to find.
    """
    kind = target.storage
    if result.dtype == np.float64:
        if kind in {Storage.DATE, Storage.DATETIME}:
            return _days(result, whole=kind is Storage.DATE)
        if kind is Storage.NUMBER:
            return result
    items = np.asarray(result, dtype=object).copy()
    items[items == ""] = None
    if kind is Storage.TEXT:
        numbers = np.flatnonzero(_is_float(items))
        items[numbers] = [_spelled(item) for item in items[numbers].tolist()]
    elif kind in {Storage.NUMBER, Storage.DATE, Storage.DATETIME}:
        return _mixed(target, items, result.index)
    return pd.Series(items, index=result.index, dtype=object)


def _mixed(target: Field, items: Items, index: pd.Index) -> pd.Series:
    """Convert the numbers of a column by themselves, and put what is no number back between them."""
    counted = _is_float(items)
    numbers = np.full(len(items), np.nan)
    numbers[counted] = items[counted].astype(np.float64)
    column = canonical(target, pd.Series(numbers, index=index))
    odd = np.flatnonzero(~counted & (items != None))  # noqa: E711 - of each item
    odd = odd[[isinstance(item, (str, bool, CellError)) for item in items[odd].tolist()]]
    if not len(odd):
        return column
    mixed = np.empty(len(items), dtype=object)
    mixed[:] = column.tolist()
    mixed[odd] = items[odd]
    return pd.Series(mixed, index=index, dtype=object)


def _is_float(items: Items) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    kinds = list(map(type, items.tolist()))
    known = {kind: issubclass(kind, float) for kind in set(kinds)}
    return np.fromiter(map(known.__getitem__, kinds), bool, len(items))


def _objects(items: list[object], index: pd.Index) -> pd.Series:
    column = pd.Series([None] * len(items), index=index, dtype=object)
    column[:] = items
    return column


def _plain(item: object) -> object:
    if isinstance(item, CellError):
        return str(item)
    return None if item == "" else item


def _spelled(number: float) -> str | None:
    """Spell a number that a formula gave in a text field; a bare 0 is the empty cell it looked up."""
    if not number:
        return None
    return str(int(number)) if number.is_integer() else repr(number)


def _days(serials: pd.Series, *, whole: bool) -> pd.Series:
    """Turn serial numbers into days; 0 is the empty cell that a look-up found."""
    return pd.Series(to_moments(serials.to_numpy(), whole=whole), index=serials.index)


def table_frame(
    table: Table, columns: Mapping[str, Iterable[Value]], index: pd.Index | None = None
) -> pd.DataFrame:
    """Return canonical values as the frame of a table: every field a column of its type, missing ones blank.

    Parameters
    ----------
    columns
        Canonical values by field; all of one length.
    index
        Labels of the rows, which the results carry too.
    """
    lists = {name: list(values) for name, values in columns.items()}
    if index is None:
        index = pd.RangeIndex(max(map(len, lists.values()), default=0))
    blank = [None] * len(index)
    return pd.DataFrame(
        {
            name: to_series(ValueKind(inner.type), lists.get(name, blank), index)
            for name, inner in table.fields.items()
        },
        index=index,
    )


def seed_frame(book: Book, name: str) -> pd.DataFrame:
    """Return the rows that the schema itself gives a table: scoring rules, list entries, seeds; else none."""
    table = book.tables[name]
    return table_frame(table, {inner: [row.get(inner) for row in table.seed] for inner in table.fields})


def _completed(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a shallow copy with every field of the schema; those that are missing are blank."""
    missing = [field for field in table.fields if field not in frame.columns]
    blank = [None] * len(frame)
    added = {field: to_series(ValueKind(table.fields[field].type), blank, frame.index) for field in missing}
    return frame.assign(**added) if added else frame.copy(deep=False)

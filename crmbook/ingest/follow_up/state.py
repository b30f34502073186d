"""The state that is followed up: frames by table, changed by whole columns and rows, with formulas over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.build import number_of, row_ids
from crmbook.ingest.identify import Counting
from crmbook.schema import Recomputation, seed_frame, table_frame
from crmbook.values import ValueKind, to_series, to_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date

    from crmbook.base import Value
    from crmbook.formula import Formula
    from crmbook.schema import Book, Computed, Field

    Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]

NOBODY: Final[Mapping[tuple[str, str], Collection[str]]] = MappingProxyType({})
"""Of a state in which no reference was typed that is not in it already."""
NO_ROWS: Final[Mapping[str, pd.Index]] = MappingProxyType({})


def _never(_table: str, _label: str) -> bool:
    """Know of no column what workbooks hold there."""
    return False


@dataclass(frozen=True, slots=True)
class Blanks:
    """Which blank references name nobody because nobody was named: a workbook may hold there what is no value.

    Attributes
    ----------
    unknown
        By table and label, the rows in whose cell the workbook that is taken in holds what is no value.
    are_sure
        Whether no other workbook holds such a thing in a column; else a reference that was blank before is left alone.
    """

    unknown: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    are_sure: Callable[[str, str], bool] = _never


OF_THE_HEAD: Final = Blanks()
"""Of a state that was changed without looking at any workbook."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done, for the report.

    Attributes
    ----------
    code
        Message code, ``advance.…``.
    table, row_id
        Where; no row id where it concerns the whole table.
    params
        Values for the message's placeholders.
    """

    code: str
    table: str
    row_id: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


class Values:
    """Formulas evaluated over state frames.

    State frames hold typed fields only. A formula that reads nothing else is evaluated as it is; for any other what it
    reads is computed, once.
    """

    def __init__(self, book: Book, tables: Mapping[str, pd.DataFrame], as_of: date) -> None:
        self._book = book
        self._tables = tables
        self._as_of = as_of
        self._computed: Recomputation | None = None

    def result(self, formula: Formula) -> pd.Series:
        """Return the results of a formula, by row id."""
        if all(self._is_typed(*key) for key in formula.references) and formula.names <= {"as_of"}:
            return formula.evaluate(self._typed(formula), {"as_of": self._as_of})
        return self._recomputation().result(formula)

    @property
    def whole(self) -> Computed:
        """Every row of the book with everything computed."""
        return self._recomputation().whole()

    def true(self, formula: Formula) -> Mask:
        """Return in which rows a formula is true; an error is not."""
        items = self.result(formula).tolist()
        return np.fromiter(
            (item is True or (isinstance(item, float) and item != 0.0) for item in items),
            bool, len(items),
        )  # fmt: skip

    def computed(self, table: str, name: str) -> pd.Series:
        """Return the canonical values of a computed field, by row id."""
        return self._recomputation().column(table, name)

    def _is_typed(self, table: str, name: str) -> bool:
        target = self._book.tables[table].fields[name]
        return target.formula is None

    def _typed(self, formula: Formula) -> dict[str, pd.DataFrame]:
        frames: dict[str, pd.DataFrame] = {}
        names = {table for table, _ in formula.references} | {formula.table or ""}
        for name in names - {""}:
            frame = self._tables[name] if name in self._tables else seed_frame(self._book, name)
            fields = [inner for table, inner in formula.references if table == name]
            frames[name] = frame.assign(
                **{
                    inner: blanks(self._book.tables[name].fields[inner], frame.index)
                    for inner in fields
                    if inner not in frame.columns
                }
            )
        return frames

    def _recomputation(self) -> Recomputation:
        if self._computed is None:
            known = {name: frame for name, frame in self._tables.items() if name in self._book.tables}
            self._computed = Recomputation(self._book, known, self._as_of)
        return self._computed


def blanks(target: Field, index: pd.Index) -> pd.Series:
    """Return a blank column of a field."""
    return to_series(ValueKind(target.type), [None] * len(index), index)


class Progress:
    """The state while it is followed up.

    Attributes
    ----------
    tables
        The frames; those handed in stay as they are.
    before
        The head before the merge.
    typed
        By table and label, the rows whose reference was put just now, by the key that its row has now.
    returned
        By table, the rows that the head did not have and that are not new.
    blanks
        Which blank references are blanks.
    is_first
        Whether this is the first that the book ever takes in.
    counters
        Highest numbers ever given.
    renames
        By table, old and new key of the rows whose key was changed.
    changed
        Whether anything changed since it was last set to False.
    """

    def __init__(
        self,
        book: Book,
        tables: Mapping[str, pd.DataFrame],
        before: Mapping[str, pd.DataFrame],
        counters: Mapping[str, int],
        as_of: date,
    ) -> None:
        self.book = book
        self.typed = NOBODY
        self.returned = NO_ROWS
        self.is_first = False
        self.blanks = OF_THE_HEAD
        self.tables = dict(tables)
        self.before = before
        self.counters = dict(counters)
        self.renames: dict[str, dict[str, str]] = {}
        self.notes: list[Note] = []
        self.changed = False
        self.as_of = as_of
        self._values: Values | None = None
        self._earlier = Values(book, before, as_of)

    @property
    def counting(self) -> Counting:
        """How far ids have counted, and the day on which they count on."""
        return Counting(self.counters, self.as_of)

    @property
    def now(self) -> Values:
        """Formulas over the state as it is now."""
        if self._values is None:
            self._values = Values(self.book, self.tables, self.as_of)
        return self._values

    @property
    def earlier(self) -> Values:
        """Formulas over the head before the merge."""
        return self._earlier

    def frame(self, table: str) -> pd.DataFrame:
        """Return the rows of a table; none of a table that the state does not have."""
        if table not in self.tables:
            whole = table_frame(self.book.tables[table], {})
            typed = [name for name, inner in self.book.tables[table].fields.items() if inner.typed]
            self.tables[table] = whole[typed].set_axis(pd.Index([], dtype=object), axis=0)
        return self.tables[table]

    def column(self, table: str, name: str) -> pd.Series:
        """Return the column of a typed field; blank where the state lacks it."""
        frame = self.frame(table)
        if name in frame.columns:
            return frame[name]
        return blanks(self.book.tables[table].fields[name], frame.index)

    def earlier_column(self, table: str, name: str) -> pd.Series:
        """Return the column of a typed field as it was; empty where the head did not have it."""
        frame = self.before.get(table)
        if frame is None or name not in frame.columns:
            return pd.Series([], index=pd.Index([], dtype=object), dtype=object)
        return frame[name]

    def keys(self, table: str) -> pd.Series:
        """Return the keys of the rows of a table."""
        return self.column(table, self.book.tables[table].key)

    def is_new(self, table: str) -> Mask:
        """Return which rows of a table the head did not have."""
        earlier = self.before.get(table)
        index = self.frame(table).index
        if earlier is None:
            return np.ones(len(index), dtype=bool)
        if index is earlier.index or index.equals(earlier.index):
            return np.zeros(len(index), dtype=bool)
        return ~index.isin(earlier.index)

    def put(self, target: Field, values: Mapping[str, Value]) -> None:
        """Put values into the cells of a field, by row id."""
        if not values:
            return
        column, kind = self.column(target.table, target.name), ValueKind(target.type)
        given = to_series(kind, [to_value(kind, value) for value in values.values()])
        cells = column.to_numpy(copy=True)
        cells[column.index.get_indexer(pd.Index(list(values), dtype=object))] = given.astype(cells.dtype)
        new = pd.Series(cells, index=column.index, dtype=column.dtype)
        self._set(target.table, self.frame(target.table).assign(**{target.name: new}))

    def add(self, table: str, columns: Mapping[str, list[Any]]) -> list[str]:
        """Add rows with these values, blank where none is given; return their ids."""
        frame, fields = self.frame(table), self.book.tables[table].fields
        count = max(map(len, columns.values()))
        ids = self._new_ids(table, count)
        index = pd.Index(ids, dtype=object)
        data = {}
        for label in frame.columns:
            items = columns.get(label, [None] * count)
            if label in fields:
                kind = ValueKind(fields[label].type)
                made = to_series(kind, [to_value(kind, item) for item in items], index)
                data[label] = made.astype(frame[label].dtype)
            else:
                data[label] = pd.Series(items, index=index, dtype=object)
        added = pd.DataFrame(data, index=index)
        self._set(table, pd.concat([frame, added]) if len(frame) else added)
        return ids

    def remove(self, table: str, rows: Mask) -> None:
        """Take rows away."""
        self._set(table, self.frame(table)[~rows])

    def note(self, code: str, table: str, row_id: str = "", **params: object) -> None:
        """Remember something for the report."""
        self.notes.append(Note(f"advance.{code}", table, row_id, {"table": self.title(table), **params}))

    def title(self, table: str) -> str:
        """Return a table's title."""
        return self.book.tables[table].title

    def _set(self, table: str, frame: pd.DataFrame) -> None:
        self.tables[table] = frame
        self.changed = True
        self._values = None

    def _new_ids(self, table: str, count: int) -> list[str]:
        counter, known = f"row:{table}", [self.frame(table).index]
        if table in self.before:
            known.append(self.before[table].index)
        first = self.counters.get(counter, -1) + 1
        ids = row_ids(table, count, first)
        if counter not in self.counters or any(index.isin(ids).any() for index in known):
            first = max([first - 1, *(number_of(text) for index in known for text in index)]) + 1
            ids = row_ids(table, count, first)
        self.counters[counter] = first + count - 1
        return ids


def items(column: pd.Series, rows: Iterable[str]) -> list[Any]:
    """Return the values of a column in some rows, by row id."""
    return [None if item is None or item != item else item for item in column.loc[list(rows)].tolist()]  # noqa: PLR0124 - NaN

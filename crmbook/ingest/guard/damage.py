"""Looking for damage: an image and a file in, what has been lost or mixed up out; no words yet.

The numbers are those of the sync contract. A column is judged over the rows that both have.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.merge import Aligned, plain, rounded_numbers, unequal, unequal_computed
from crmbook.schema import LISTS, layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.merge import Items, Mask
    from crmbook.read import Snapshot
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]


_FEW_ROWS: Final = 5  # this many may always go,
_TENTH: Final = 10  # and one in ten
_CELLS: Final = 20  # fewer cells than that are one person's typing
_SORTED_ROWS: Final = 10
_PASTED_CELLS: Final = 3  # two typed values are no column
_NEARLY: Final = 0.9


def are_many(count: int, of: int) -> bool:
    """Return whether so many rows of a table are more than people change without being asked."""
    return count > _FEW_ROWS and count * _TENTH > of


@dataclass(frozen=True, slots=True)
class Damage:
    """One kind of damage to a table or column, with every row and cell it concerns."""

    code: str
    table: str
    label: str = ""
    rows: tuple[str, ...] = ()
    of: int = 0
    old: list[Any] = field(default_factory=list)
    new: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A workbook, and what was last taken from it and last written to it."""

    book: Book
    image: Tables
    file: Tables
    snapshot: Snapshot
    written: Tables

    def iter_damage(self) -> Iterator[Damage]:
        """Yield the damage, table by table."""
        for name, image in self.image.items():
            if name == LISTS and not (len(image) and layout_of(self.book).dictionary):
                continue
            if self._is_gone(name):
                yield Damage("breaker.sheet-missing", name, "", tuple(image.index), len(image))
            else:
                gone = list(self._gone_columns(name))
                yield from gone
                yield from self._gone_rows(name, {row for damage in gone for row in damage.rows})
                yield from self._bad_columns(name)

    def _is_gone(self, name: str) -> bool:
        if name == LISTS:
            return not self.snapshot.lists
        return name not in self.snapshot.tables or name not in self.file

    def _gone_columns(self, name: str) -> Iterator[Damage]:
        image = self.image[name]
        if name == LISTS:
            for title in dict.fromkeys(image["list"].tolist()):
                # The column of a list that the schema no longer has or offers stays as it is, and nobody reads it.
                if title in layout_of(self.book).lists and title not in self.snapshot.lists:
                    rows = image.index[image["list"] == title]
                    yield Damage("breaker.column-gone", name, title, tuple(rows), len(rows))
        elif name in self.book.tables:
            found = self.snapshot.tables[name].columns
            written = self.written[name].columns if name in self.written else ()
            fields = self.book.tables[name].fields
            for label in dict.fromkeys([*image.columns, *written]):
                if label in fields and fields[label].typed and label not in found:
                    yield Damage("breaker.column-gone", name, label, (), len(image))

    def _gone_rows(self, name: str, excused: set[str]) -> Iterator[Damage]:
        image, file = self.image[name], self.file[name]
        rows = tuple(row for row in image.index[~Aligned(file, image.index).present] if row not in excused)
        if rows and not len(file):
            yield Damage("breaker.table-emptied", name, "", rows, len(image))
        elif are_many(len(rows), len(image)):
            yield Damage("breaker.rows-gone", name, "", rows, len(image))

    def _bad_columns(self, name: str) -> Iterator[Damage]:
        image, file = self.image[name], self.file[name]
        present = Aligned(file, image.index).present
        common = image.index if present.all() else image.index[present]
        before, after = Aligned(image, common), Aligned(file, common)
        for label in image.columns:
            if label in file.columns:
                column = _Column(name, label, common, before.cells(label), after.cells(label))
                if np.count_nonzero(column.unlike) < _PASTED_CELLS:
                    continue
                found = column.permuted() or column.overwritten() or self._pasted(column)
                if found:
                    yield found

    def _pasted(self, column: _Column) -> Damage | None:
        """Return the damage where the formulas of an overridable column were turned into constants."""
        table = self.book.tables.get(column.table)
        if table is None or column.label not in table.fields or not table.fields[column.label].override:
            return None
        computed = pd.isna(column.before)
        typed = computed & ~pd.isna(column.after)
        if column.table in self.written and column.label in self.written[column.table].columns:
            shown = Aligned(self.written[column.table], column.index).cells(column.label)
            computed &= ~pd.isna(shown)
            typed &= computed & unequal_computed(column.after, shown)
        count = int(typed.sum())
        if count < _PASTED_CELLS or count * 2 <= int(computed.sum()):
            return None
        return column.damage("breaker.column-pasted", typed, int(computed.sum()))


@dataclass(frozen=True)
class _Column:
    """A column over the rows that both have."""

    table: str
    label: str
    index: pd.Index
    before: Items
    after: Items

    @cached_property
    def unlike(self) -> Mask:
        """Where its values differ."""
        return unequal(self.before, self.after)

    def permuted(self) -> Damage | None:
        """Return the damage where a nearly unique column holds its old values in other rows."""
        if int(self.unlike.sum()) < _SORTED_ROWS:
            return None
        whole = [value for value in plain(_as_kept(self.before)) if value is not None]
        if len(set(whole)) < _NEARLY * len(whole):
            return None
        old, new = (
            Counter(value for value in plain(_as_kept(cells[self.unlike])) if value is not None)
            for cells in (self.before, self.after)
        )
        moved = (old & new).total()
        if moved < _SORTED_ROWS or moved < _NEARLY * max(old.total(), new.total()):
            return None
        return self.damage("breaker.column-permuted", self.unlike, len(self.index))

    def overwritten(self) -> Damage | None:
        """Return the damage where more than half of the column's values were blanked or changed."""
        filled = ~pd.isna(self.before)
        hit = filled & self.unlike
        count = int(hit.sum())
        if count < _CELLS or count * 2 <= int(filled.sum()):
            return None
        blanked = bool(pd.isna(self.after[hit]).all())
        code = "breaker.column-blanked" if blanked else "breaker.column-changed"
        return self.damage(code, hit, int(filled.sum()))

    def damage(self, code: str, where: Mask, of: int) -> Damage:
        """Return the cells at `where` as damage."""
        positions = np.flatnonzero(where)
        rows = tuple(self.index[positions].tolist())
        return Damage(
            code,
            self.table,
            self.label,
            rows,
            of,
            plain(self.before[positions]),
            plain(self.after[positions]),
        )


def _as_kept(cells: Items) -> Items:
    """Return cells whose numbers are equal in Python where they are in the digits that office programs keep."""
    return rounded_numbers(cells) if cells.dtype.kind == "f" else cells

"""The columns of the tables that one list feeds, collected field by field, with own columns and what found no field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import describe
from crmbook.exchange.mapping.model import CellSources
from crmbook.exchange.mapping.series import Column, blanks, distinct, series
from crmbook.schema import ISSUES_TITLE, ROW_ID_TITLE, folded
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmbook.exchange.mapping.model import ColumnRule
    from crmbook.schema import Book, Field, Table

FURTHER: Final = {"phone": "mapping.other-phones", "email": "mapping.other-emails"}
"""Header of the own column for further values, by field type."""
_SERVICE: Final = frozenset(folded(title) for title in (*ISSUES_TITLE.values(), *ROW_ID_TITLE.values()))


@dataclass
class _Columns:
    fields: dict[str, Column] = field(default_factory=dict)
    own: dict[str, Column] = field(default_factory=dict)


class MadeTables:
    """The columns of all tables that a list feeds.

    Parameters
    ----------
    index
        The rows of the list that are taken.

    Attributes
    ----------
    leftovers
        (row, header) → what went nowhere.
    sources
        By table and field, the columns that its cells came from.
    """

    def __init__(self, book: Book, index: pd.Index) -> None:
        self._book = book
        self._index = index
        self._tables: dict[str, _Columns] = {}
        self._remarks: list[tuple[Field, str, Column]] = []
        self.leftovers: dict[tuple[int, str], str] = {}
        self.sources: dict[tuple[str, str], CellSources] = {}

    def open(self, table: str) -> None:
        """Begin a table, so that it is there even if no column of it is."""
        self._tables.setdefault(table, _Columns())

    def is_filled(self, target: Field) -> bool:
        """Return whether a field holds something already."""
        return target.name in self._of(target.table).fields

    def column(self, target: Field) -> Column:
        """Return what is in a field; blanks where nothing does."""
        return self._of(target.table).fields.get(target.name, blanks(self._index))

    def set(self, target: Field, items: Iterable[Any]) -> None:
        """Let a field hold these cells."""
        column = items if isinstance(items, pd.Series) else series(items, self._index)
        self._of(target.table).fields[target.name] = column

    def fill(self, target: Field, header: str, items: Iterable[Any]) -> None:
        """Fill the blanks of a field with what is in a column of the list."""
        before = self.column(target)
        column = series(
            [more if raw is None else raw for raw, more in zip(before, items, strict=True)], self._index
        )
        self.set(target, column)
        self._note_source(target, header, before, column)

    def _note_source(self, target: Field, header: str, before: Column, after: Column) -> None:
        """Note that the cells of a field which were blank before came from a column."""
        key = target.table, target.name
        if key not in self.sources:
            self.sources[key] = CellSources(header)
        elif self.sources[key].header != header:
            came = before.isna() & after.notna()
            rows = dict.fromkeys(map(int, self._index[came]), header)
            self.sources[key] = CellSources(self.sources[key].header, {**self.sources[key].rows, **rows})

    def put(self, target: Field, header: str, column: Column) -> None:
        """Put a column into a field; what another one holds there already stays, and this one is named."""
        if not self.is_filled(target):
            self.set(target, column)
            self.sources.setdefault((target.table, target.name), CellSources(header))
            return
        if target.type == "long_text":
            self._note(target, header, column)
            return
        self.fill(target, header, column)
        pairs = zip(column, self.column(target), strict=True)
        self.leave(header, [None if spell(raw) == spell(now) else raw for raw, now in pairs])

    def remark(self, table: Table, header: str, column: Column) -> None:
        """Add a column to the remarks of a table, behind what is there; to the leftovers where it has none."""
        words = self._book.imports.tables.get(table.name)
        further = table.fields.get(words.further or "") if words else None
        if further is None:
            self.leave(header, column)
        else:
            self._remarks.append((further, header, column))

    def keep_beside(self, table: Table, header: str, column: Column) -> None:
        """Keep cells as they stand beside what was read of them: in the remarks, or in an own column."""
        words = self._book.imports.tables.get(table.name)
        if words and words.further and words.further in table.fields:
            self.remark(table, header, column)
        else:
            name = describe("mapping.as-written", self._book.lang, {"header": " ".join(header.split())})
            self.put_own(table.name, name, column)

    def leave(self, header: str, column: Iterable[Any]) -> None:
        """Name cells that went nowhere."""
        for row, raw in zip(self._index.tolist(), column, strict=True):
            if raw is not None:
                self.leftovers[int(row), header] = spell(raw)

    def put_own(self, table: str, name: str, column: Column) -> None:
        """Take a column of one's own."""
        self._of(table).own[name] = column

    def put_several(
        self, target: Field, header: str, parts: Iterable[Any], rules: Iterable[ColumnRule]
    ) -> None:
        """Put the first telephone or address of each row into the field, behind what is there, the further ones beside it.

        Parameters
        ----------
        rules
            Of all columns: a field that one of them goes into takes no further ones.
        """
        before = self.column(target)
        every = [
            distinct((*(() if raw is None else (raw,)), *(found or ())))
            for raw, found in zip(before, parts, strict=True)
        ]
        self.set(target, [found[0] if found else None for found in every])
        self._note_source(target, header, before, self.column(target))
        further = [self.listed(spell(raw).strip() for raw in found[1:]) for found in every]
        if any(further):
            self.put_further(
                target, further, frozenset(one.field for one in rules if one.table == target.table)
            )

    def put_further(self, target: Field, further: Iterable[str | None], mapped: frozenset[str]) -> None:
        """Put further telephones or addresses into a second field of their kind, else into an own column.

        Parameters
        ----------
        mapped
            Fields of the table that columns go into.
        """
        fields = self._book.tables[target.table].fields.values()
        seconds = [one for one in fields if one.type == target.type and one.typed and one.name not in mapped]
        made = self._of(target.table)
        held = made.fields if seconds else made.own
        name = seconds[0].name if seconds else describe(FURTHER[target.type], self._book.lang, {})
        there = held.get(name, blanks(self._index))
        both = [self.listed(filter(None, pair)) for pair in zip(there, further, strict=True)]
        held[name] = series(both, self._index)

    def listed(self, texts: Iterable[str]) -> str | None:
        """Return several texts in one cell; None for none."""
        return ("、" if self._book.lang == "zh" else ", ").join(texts) or None

    def own_name(self, table: str, header: str) -> str:
        """Return the header of an own column, which no field and no service column of its table may have."""
        header = " ".join(header.split()).lstrip("_").replace("【", "[").replace("】", "]")
        taken = {folded(one.title) for one in self._book.tables[table].fields.values()} | _SERVICE
        if folded(header) in taken:
            return describe("mapping.own-column", self._book.lang, {"header": header})
        return header

    def frames(self) -> tuple[Mapping[str, pd.DataFrame], Mapping[str, pd.DataFrame]]:
        """Return the fields and the own columns of each table."""
        for further, header, column in self._remarks:
            self._note(further, header, column)
        self._remarks = []
        return (
            {name: self._frame(made.fields) for name, made in self._tables.items()},
            {name: self._frame(made.own) for name, made in self._tables.items()},
        )

    def _note(self, target: Field, header: str, column: Column) -> None:
        """Write a remark with its header behind what is in a field."""
        mark = "：" if self._book.lang == "zh" else ": "
        items = []
        for there, more in zip(self.column(target), column, strict=True):
            note = None if more is None else f"{header.strip()}{mark}{spell(more)}"
            items.append("\n".join(filter(None, (spell(there), note))) or None)
        before = self.column(target)
        self.set(target, items)
        self._note_source(target, header, before, self.column(target))

    def _frame(self, columns: Mapping[str, Column]) -> pd.DataFrame:
        return pd.DataFrame(dict(columns), index=self._index, dtype=object)

    def _of(self, table: str) -> _Columns:
        return self._tables.setdefault(table, _Columns())

"""Names of rows that have none in their column of names: another column names them.

An order says who bought, or else who receives it; an address book has entries with nothing but a company. Each blank name
is taken from the likeliest column of names that went into no field, and in a list of customers from their company last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.exchange.mapping.masks import is_masked
from crmbook.exchange.mapping.names import Names, fold
from crmbook.exchange.mapping.series import changed, series
from crmbook.exchange.mapping.texts import join_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    import pandas as pd

    from crmbook.exchange.mapping.made import MadeTables
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.mapping.series import Column
    from crmbook.schema import Book, Table

COMPANY: Final = "company"
"""The field with the company of a person."""


class NameSources:
    """The columns of a list that may name its rows."""

    def __init__(self, book: Book, mapping: Mapping, made: MadeTables) -> None:
        self._book, self._mapping, self._made = book, mapping, made

    def fill(self, frame: pd.DataFrame, blanked: Callable[[Column], Column]) -> dict[str, int]:
        """Name the rows that have no name; return how many, by the header that names them."""
        counts: dict[str, int] = {}
        for name in dict.fromkeys(rule.table for rule in self._mapping.columns if rule.table):
            table = self._book.tables[name]
            if table.name_field is None or not self._made.is_filled(table.fields[table.name_field]):
                continue
            target = table.fields[table.name_field]
            for header, column in self._sources(table, frame, blanked):
                blank = self._made.column(target).isna()
                found = changed(column, _name)
                count = int((blank & found.notna()).sum())
                if count:
                    self._made.fill(target, header, found.tolist())
                    counts[header] = counts.get(header, 0) + count
        return counts

    def _sources(
        self, table: Table, frame: pd.DataFrame, blanked: Callable[[Column], Column]
    ) -> Iterator[tuple[str, Column]]:
        """Yield the columns that may name rows of a table, the likeliest first."""
        names = Names(self._book, table)
        ranks: list[tuple[int, str]] = []
        for rule in self._mapping.columns:
            found = [one for one in names.exact(rule.header) if one.field == table.name_field]
            if found and rule.table and not rule.field and not rule.is_external:
                ranks.append((found[0].rank, rule.header))
        for _, header in sorted(ranks):
            yield header, blanked(frame[header])
        yield from self._parts(table, frame, blanked)
        company = table.fields.get(COMPANY)
        if table.name == self._mapping.table and company is not None and self._made.is_filled(company):
            headers = [rule.header for rule in self._mapping.columns if rule.field == company.name]
            yield next(iter(headers), company.title), self._made.column(company)

    def _parts(
        self, table: Table, frame: pd.DataFrame, blanked: Callable[[Column], Column]
    ) -> Iterator[tuple[str, Column]]:
        """Yield the given names and family names that no field took, put together."""
        words = self._book.imports.tables.get(table.name)
        own = [rule.header for rule in self._mapping.columns if rule.table == table.name and not rule.field]
        given = _first(own, words.given if words else ())
        family = _first(own, words.family if words else ())
        if given and family:
            pairs = zip(blanked(frame[given]), blanked(frame[family]), strict=True)
            yield f"{given} {family}", series([join_name(*pair) for pair in pairs], frame.index)


def _first(headers: list[str], words: Sequence[str]) -> str:
    known = set(map(fold, words))
    return next((header for header in headers if fold(header) in known), "")


def _name(raw: Any) -> str | None:
    """Return a text that may be a name; None for a number and for one that was masked."""
    text = raw.strip() if isinstance(raw, str) else ""
    return text if any(map(str.isalpha, text)) and not is_masked(text, is_personal=True) else None

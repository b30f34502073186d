"""Cells that name several people, where a person wants a row for each: the list with those rows.

The first of a row's people keeps the row; each further one has a row behind it with what people of one company share: the
company, where it is, who looks after it, what kind of customer it is. A telephone or an address stays with the first, unless
its cell has as many as there are names: then each has its own. Amounts, dates, remarks and numbers of the list are the first's.

A further row has a number of its own, by which it is known for ever: that of its row and, in millions, which of the people
it is. People see the number of the row and ``+1``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.people import GENDER, PeopleReader
from crmbook.exchange.mapping.phones import part_phones, split_phones
from crmbook.exchange.mapping.texts import split_emails
from crmbook.schema import place_fields
from crmbook.values import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping as Mapped

    from crmbook.exchange.mapping.model import ColumnRule, Mapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book

_STEP: Final = 10_000_000
"""More than a sheet has rows."""
_LISTED: Final = frozenset({"enum", "dependent_enum", "multi_enum", "region"})
_COMPANY: Final = "company"


def row_name(row: int) -> int | str:
    """Return what people call a row: its number in the file, of a further person in it ``5+1``."""
    nth, number = divmod(row, _STEP)
    return f"{number}+{nth}" if nth else row


def row_in_file(row: int) -> int:
    """Return where a row is in the file."""
    return row % _STEP


def row_number(name: str) -> int | None:
    """Return the row that people call so; None for none."""
    number, plus, nth = name.partition("+")
    if not number.isdecimal() or (plus and not nth.isdecimal()):
        return None
    return int(number) + _STEP * int(nth or 0)


def with_each_person(book: Book, mapping: Mapping, sheet: SourceSheet) -> SourceSheet:
    """Return a list with a row for each of the people of a cell, where its mapping says so."""
    table = book.tables[mapping.table]
    rules = [rule for rule in mapping.columns if rule.table == mapping.table and rule.header in sheet.headers]
    named = next((rule for rule in rules if rule.split == "people" and rule.field == table.name_field), None)
    if named is None:
        return sheet
    people = _People(book, mapping, rules, named.header)
    rows: list[tuple[int, Mapped[str, Any]]] = []
    for row, line in zip(sheet.frame.index.tolist(), sheet.frame.to_dict("records"), strict=True):
        found = people.parted({str(header): cell for header, cell in line.items()})
        rows += [(row + _STEP * nth, cells) for nth, cells in enumerate(found)]
    index = pd.Index([row for row, _ in rows])
    columns = {
        header: pd.Series([cells.get(header) for _, cells in rows], index=index, dtype=object)
        for header in sheet.headers
    }
    return replace(sheet, frame=pd.DataFrame(columns, index=index))


class _People:
    """Parts the rows of one list."""

    def __init__(self, book: Book, mapping: Mapping, rules: list[ColumnRule], header: str) -> None:
        self._header, self._around = header, Surroundings(locale=book.locale)
        self._reader = PeopleReader(book, lists_of(book).get(GENDER))
        table = book.tables[mapping.table]
        words, address = book.imports.tables.get(table.name), place_fields(table)
        shared = {_COMPANY, *((words.people or ()) if words else ())} - {table.name_field}
        shared |= {words.address or ""} if words else set()
        shared |= {address.region, address.city} if address else set()
        fields = {rule.header: table.fields[rule.field] for rule in rules if rule.field}
        self._shared = {one.header for one in mapping.filters} | {one.header for one in mapping.negative}
        self._shared |= {
            header
            for header, one in fields.items()
            if one.name in shared or (one.name != GENDER and one.type in _LISTED)
        }
        self._several = {name: one.type for name, one in fields.items() if one.type in {"phone", "email"}}

    def parted(self, cells: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of the people of a row; the row itself where it has not several."""
        raw = cells.get(self._header)
        if not isinstance(raw, str):
            return [cells]
        phones, text = part_phones(raw, self._around) if any(map(str.isdigit, raw)) else ((), raw)
        names = self._reader.several(text)
        if not names or (phones and len(phones) != len(names)):  # whose they are nobody can tell
            return [cells]
        rows = [{**cells}, *({name: cells.get(name) for name in self._shared} for _ in names[1:])]
        for nth, name in enumerate(names):
            rows[nth][self._header] = f"{name} {phones[nth]}" if phones else name
        for header, kind in self._several.items():
            found = self._parts(cells.get(header), kind)
            if len(found) == len(names):
                for row, one in zip(rows, found, strict=True):
                    row[header] = one
        return rows

    def _parts(self, raw: Any, kind: str) -> tuple[Any, ...]:
        """Return the telephones or addresses of a cell."""
        if not isinstance(raw, str):
            return ()
        return split_phones(raw, self._around) if kind == "phone" else tuple(split_emails(raw) or ())

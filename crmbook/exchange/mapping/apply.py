"""A mapping and a list → cells as a person would have typed them, table by table.

A column is worked on by its distinct cells, so that half a million rows cost little more than their distinct texts.
What does not fit into its field goes elsewhere by name: further telephones into a second field or an own column, a
bracketed remark into the remarks, everything else into `Typed.leftovers`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.base import CrmbookError, describe
from crmbook.exchange.mapping.cells import Cells
from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.model import Typed
from crmbook.exchange.mapping.names import scale_of
from crmbook.exchange.mapping.places import Places, place_fields
from crmbook.exchange.mapping.texts import (
    are_year_first,
    join_name,
    read_number,
    split_bracket,
    split_emails,
    split_phones,
    squeeze_name,
    whole_year,
)
from crmbook.schema import ISSUES_TITLE, ROW_ID_TITLE, folded
from crmbook.values import Domain, Surroundings, ValueKind, is_blank, locale_of, narrow, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as Mapped

    from crmbook.exchange.mapping.model import ColumnRule, Mapping, ValueRule
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book, Field, Table

    Column = pd.Series

_NUMBERS: Final = {"money": ValueKind.MONEY, "number": ValueKind.NUMBER, "integer": ValueKind.NUMBER}
_DAYS: Final = frozenset({"date", "datetime"})
_SHARED: Final = {"phone": "import.other-phones", "email": "import.other-emails"}
_LISTED: Final = frozenset({"enum", "dependent_enum", "multi_enum", "region"})


_LINE: Final = "\n"


class MappingError(CrmbookError):
    """A mapping cannot be read, or does not go with a list."""


def apply(book: Book, mapping: Mapping, sheet: SourceSheet) -> Typed:
    """Return what a mapping makes of a list.

    Raises
    ------
    MappingError
        If the list lacks a column of the mapping.
    """
    missing = [rule.header for rule in mapping.columns if rule.table and rule.header not in sheet.headers]
    if missing:
        raise MappingError("import.missing-columns", headers=tuple(missing))
    return _Application(book, mapping, sheet).typed()


@dataclass
class _Made:
    """The columns of one table while they are made."""

    fields: dict[str, Column] = field(default_factory=dict)
    own: dict[str, Column] = field(default_factory=dict)


class _Application:
    def __init__(self, book: Book, mapping: Mapping, sheet: SourceSheet) -> None:
        self.book = book
        self.mapping = mapping
        self.nothing = frozenset(mapping.nothing)
        self.around = Surroundings(locale=locale_of(book.lang))
        self.filtered = self.rows_where(sheet.frame, {rule.header: rule.without for rule in mapping.filters})
        self.frame = sheet.frame.loc[~self.filtered]
        self.refunds = self.rows_where(self.frame, {rule.header: rule.texts for rule in mapping.negative})
        self.made: dict[str, _Made] = {}
        self.kept: dict[tuple[str, str], set[int]] = {}
        self.added: dict[str, list[str]] = {}
        self.leftovers: dict[tuple[int, str], str] = {}
        self.external: dict[str, str] = {}
        self.entries = lists_of(book, {})
        self.remarks: list[tuple[Field, str, Column]] = []
        self.name_parts: dict[tuple[str, str], dict[str, Column]] = {}
        self.values: dict[tuple[str, str], dict[str, ValueRule]] = {}
        for rule in mapping.values:
            self.values.setdefault((rule.table, rule.field), {})[rule.text] = rule

    def typed(self) -> Typed:
        for rule in self.mapping.columns:
            if rule.table and not rule.field:
                self.take_own(rule)
        for rule in self.mapping.columns:
            if rule.table and rule.field:
                self.take(rule)
        self.join_names()
        for further, header, column in self.remarks:
            self.note(further, header, column)
        index = self.frame.index
        return Typed(
            frames={table: pd.DataFrame(made.fields, index=index, dtype=object) for table, made in self.made.items()},
            own={table: pd.DataFrame(made.own, index=index, dtype=object) for table, made in self.made.items()},
            external=self.external,
            links=self.links(),
            policies={(rule.table, rule.field or self.own_name(rule)): rule.policy
                      for rule in self.mapping.columns if rule.table and rule.policy != "fill"},
            kept={key: frozenset(rows) for key, rows in self.kept.items()},
            added={name: tuple(texts) for name, texts in self.added.items()},
            filtered=tuple(int(row) for row in self.filtered.index[self.filtered]),
            leftovers=self.leftovers,
        )  # fmt: skip

    @staticmethod
    def rows_where(frame: pd.DataFrame, texts: Mapped[str, tuple[str, ...]]) -> pd.Series:
        """Return which rows hold one of some texts under a header."""
        found = pd.Series(False, index=frame.index)
        for header, wanted in texts.items():
            if header in frame.columns:
                known = {narrow(text).casefold() for text in wanted}
                found |= np.array(
                    [narrow(spell(raw)).casefold() in known for raw in frame[header]], dtype=bool
                )
        return found

    def links(self) -> dict[tuple[str, str], str]:
        """Return which references name the row that the same source row is in another table."""
        first = self.mapping.table
        return {
            (first, reference.name): table
            for table in self.made
            if table != first
            for reference in self.book.tables[first].references_to(table)[:1]
            if reference.name not in self.made.get(first, _Made()).fields
        }

    def of(self, table: str) -> _Made:
        return self.made.setdefault(table, _Made())

    def take_own(self, rule: ColumnRule) -> None:
        """Take a column of one's own as it stands."""
        name = self.own_name(rule)
        column = self.frame[rule.header]
        self.of(rule.table).own[name] = self.changed(
            column, lambda raw: raw.strip() or None if isinstance(raw, str) else raw
        )
        if rule.is_external:
            self.external[rule.table] = name
            self.of(rule.table).own[name] = self.blanked(column)

    def own_name(self, rule: ColumnRule) -> str:
        """Return the header of an own column, which no field and no service column may have."""
        header = " ".join(rule.header.split()).lstrip("_").replace("【", "[").replace("】", "]")
        taken = {folded(one.title) for one in self.book.tables[rule.table].fields.values()}
        taken |= {folded(title) for title in (*ISSUES_TITLE.values(), *ROW_ID_TITLE.values())}
        return (
            describe("import.own-column", self.book.lang, {"header": header})
            if folded(header) in taken
            else header
        )

    def take(self, rule: ColumnRule) -> None:
        """Take a column into its field, and what the rule takes apart into others."""
        target = self.book.tables[rule.table].fields[rule.field]
        column = self.blanked(self.frame[rule.header])
        if rule.is_external:
            self.external[rule.table] = rule.field
        if rule.split == "region_city_address":
            self.take_place(rule, target, column)
        elif rule.split in {"phones", "emails"} or (target.type in _SHARED and self.is_filled(target)):
            self.take_several(rule, target, column)
        elif rule.split in {"note", "name_company"}:
            self.take_bracket(rule, target, column)
        elif rule.split in {"given_name", "family_name"}:
            self.name_parts.setdefault((rule.table, rule.field), {})[rule.split] = column
        else:
            self.put(rule, target, self.formed(rule, target, column))

    def is_filled(self, target: Field) -> bool:
        return target.name in self.of(target.table).fields

    def blanked(self, column: Column) -> Column:
        """Return a column with None for blanks and for words that say nothing."""
        return self.changed(column, lambda raw: None if self.says_nothing(raw) else raw)

    def blank(self) -> Column:
        """Return a column of blanks."""
        return _series([None] * len(self.frame), self.frame.index)

    def says_nothing(self, raw: Any) -> bool:
        return isinstance(raw, str) and (is_blank(raw) or narrow(raw).casefold() in self.nothing)

    @staticmethod
    def changed(column: Column, change: Callable[[Any], Any]) -> Column:
        """Return a column with every distinct cell changed."""
        codes, distinct = pd.factorize(column.to_numpy(dtype=object))
        items = np.empty(len(distinct) + 1, dtype=object)
        for place, raw in enumerate(distinct):
            items[place] = change(raw)
        return _series(items[codes], column.index)

    def formed(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return cells in a form that the grammar of typed cells reads."""
        words = self.book.imports.tables.get(target.table)
        if target.type in _LISTED and target.list:
            return self.chosen(target, self.frame[rule.header], target.list)
        if target.type in _DAYS:
            return self.changed(column, whole_year) if are_year_first(column.dropna().unique()) else column
        if target.type in _NUMBERS:
            return self.numbers(rule, target, column)
        if words is not None and target.name in words.people:
            return self.changed(column, squeeze_name)
        return self.changed(column, lambda raw: raw.strip() if isinstance(raw, str) else raw)

    def numbers(self, rule: ColumnRule, target: Field, column: Column) -> Column:
        """Return amounts, those under ``(万元)`` in full, those of refunds negative."""
        scale, domain = scale_of(rule.header), Domain(_NUMBERS[target.type])

        def read(raw: Any) -> Any:
            number = read_number(raw, domain, self.around)
            return raw if number is None else number * scale

        numbers = self.changed(column, read)
        if target.type == "money" and self.refunds.any():
            items = [-abs(raw) if refund and isinstance(raw, float) else raw
                     for raw, refund in zip(numbers, self.refunds, strict=True)]  # fmt: skip
            return _series(items, column.index)
        return numbers

    def chosen(self, target: Field, column: Column, name: str) -> Column:
        """Return entries of a list in the place of texts."""
        rules = self.values.get((target.table, target.name), {})
        entries = self.entries[name]
        kept: set[str] = set()

        def choose(raw: Any) -> Any:
            text = tidy(spell(raw))
            rule = rules.get(text)
            if rule is None:
                entry = entries.find(text)
                if entry is not None:
                    return entry.label
                if self.says_nothing(raw) or not text:
                    return None
            elif rule.action == "use":
                return rule.entry
            elif rule.action == "blank":
                return None
            elif rule.action == "add":
                self.add(name, text)
                return text
            kept.add(text)
            return text

        chosen = self.changed(column, choose)
        if kept:
            rows = chosen.index[chosen.isin(list(kept))]
            self.kept.setdefault((target.table, target.name), set()).update(int(row) for row in rows)
        return chosen

    def add(self, name: str, text: str) -> None:
        if text not in self.added.setdefault(name, []):
            self.added[name].append(text)

    def put(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Put cells into a field; where another column filled it already, they are joined or named."""
        made = self.of(target.table)
        if target.name not in made.fields:
            made.fields[target.name] = column
            return
        if target.type == "long_text":
            self.note(target, rule.header, column)
            return
        self.fill(target.table, target.name, column)
        lost = [spell(raw) != spell(now) for raw, now in zip(column, made.fields[target.name], strict=True)]
        self.leave(rule.header, column[lost])

    def leave(self, header: str, column: Column) -> None:
        """Name cells that went nowhere."""
        self.leftovers.update(
            {(int(row), header): spell(raw) for row, raw in column.items() if raw is not None}
        )

    def note(self, target: Field, header: str, column: Column) -> None:
        """Add remarks behind what stands in a field, each with its header."""
        made = self.of(target.table)
        there = made.fields.get(target.name, self.blank())
        mark = "：" if self.book.lang == "zh" else ": "
        items = [
            raw
            if more is None
            else f"{'' if raw is None else f'{spell(raw)}{_LINE}'}{header.strip()}{mark}{spell(more)}"
            for raw, more in zip(there, column, strict=True)
        ]
        made.fields[target.name] = _series(items, self.frame.index)

    def take_several(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take the first telephone or address of each row into the field, the further ones beside it."""
        split = (lambda raw: split_phones(raw, self.around)) if target.type == "phone" else split_emails
        parts = [found or () for found in self.changed(column, split)]
        made = self.of(target.table)
        there = made.fields.get(target.name, self.blank())
        every = [
            _distinct((*(() if raw is None else (raw,)), *found))
            for raw, found in zip(there, parts, strict=True)
        ]
        made.fields[target.name] = _series([found[0] if found else None for found in every], self.frame.index)
        further = ["、".join(spell(raw).strip() for raw in found[1:]) or None for found in every]
        if any(further):
            self.put_further(target, _series(further, self.frame.index))

    def put_further(self, target: Field, further: Column) -> None:
        """Put the further telephones or addresses into a second field of their kind, else into an own column."""
        mapped = {rule.field for rule in self.mapping.columns if rule.table == target.table}
        second = next((one.name for one in self.book.tables[target.table].fields.values()
                       if one.type == target.type and one.typed and one.name not in mapped), "")  # fmt: skip
        made = self.of(target.table)
        name = second or describe(_SHARED[target.type], self.book.lang, {})
        place = made.fields if second else made.own
        there = place.get(name, self.blank())
        items = ["、".join(filter(None, pair)) or None for pair in zip(there, further, strict=True)]
        place[name] = _series(items, self.frame.index)

    def take_bracket(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take names without what stands in brackets behind them: a company, or a remark."""
        parts = self.changed(column, split_bracket)
        names = _series([found[0] if found else None for found in parts], column.index)
        self.put(rule, target, self.changed(names, squeeze_name))
        inside = _series([(found[1] if found else "") or None for found in parts], column.index)
        table = self.book.tables[target.table]
        words = self.book.imports.tables.get(target.table)
        further = table.fields.get(words.further or "") if words else None
        if rule.split == "name_company" and "company" in table.fields:
            self.put(rule, table.fields["company"], inside)
        elif further is not None:
            self.remarks.append((further, rule.header, inside))
        else:
            self.leave(rule.header, inside)

    def join_names(self) -> None:
        """Put given names and family names together."""
        blank = self.blank()
        for (table, name), parts in self.name_parts.items():
            given, family = parts.get("given_name", blank), parts.get("family_name", blank)
            joined = [join_name(one, two) for one, two in zip(given, family, strict=True)]
            self.fill(table, name, joined)

    def take_place(self, rule: ColumnRule, target: Field, column: Column) -> None:
        """Take a region, a city and the rest of an address out of one column."""
        table = self.book.tables[target.table]
        fields = place_fields(table)
        words = self.book.imports.tables.get(target.table)
        address = table.fields.get(words.address or "") if words else None
        if fields is None:
            self.put(rule, target, column)
            return
        cities = str(table.fields[fields.city].list)
        places = Places(self.entries[str(table.fields[fields.region].list)], self.entries[cities])
        read = self.changed(column, lambda raw: places.read(spell(raw)))
        if address is not None and target.name == address.name:
            self.put(rule, target, column)
            self.fill(target.table, fields.region, [found.region if found else None for found in read])
            self.fill(target.table, fields.city, [(found.city if found else "") or None for found in read])
            return
        self.put(
            rule,
            table.fields[fields.region],
            self.placed(table.fields[fields.region], column, read, "region"),
        )
        self.fill(target.table, fields.city, self.placed(table.fields[fields.city], column, read, "city"))
        items = [raw if one is not None and one.rest else None for raw, one in zip(column, read, strict=True)]
        rest = _series(items, column.index)
        if address is not None and not self.is_mapped(address):
            self.put(rule, address, rest)
        else:
            self.leave(rule.header, rest)

    def placed(self, target: Field, column: Column, read: Column, part: str) -> Column:
        """Return the region or the city of each text: as a value rule says, else as it was read."""
        rules = self.values.get((target.table, target.name), {})
        kept: list[int] = []

        def choose(row: int, raw: Any, found: Any) -> Any:
            text = tidy(spell(raw))
            rule = rules.get(text)
            if rule is not None and rule.action == "use":
                return rule.entry
            if rule is not None and rule.action == "blank":
                return None
            if rule is None and found is not None:
                return getattr(found, part) or None
            if not text or part != "region":
                return None
            if rule is not None and rule.action == "add":
                self.add(str(target.list), text)
            else:
                kept.append(row)
            return text

        items = [
            choose(int(row), raw, found) for row, raw, found in zip(column.index, column, read, strict=True)
        ]
        if kept:
            self.kept.setdefault((target.table, target.name), set()).update(kept)
        return _series(items, column.index)

    def fill(self, table: str, name: str, items: Iterable[Any]) -> None:
        """Fill the blanks of a field from what another column says as well."""
        made = self.of(table)
        there = made.fields.get(name, self.blank())
        both = [more if raw is None else raw for raw, more in zip(there, items, strict=True)]
        made.fields[name] = _series(both, self.frame.index)

    def is_mapped(self, target: Field) -> bool:
        return any((rule.table, rule.field) == (target.table, target.name) for rule in self.mapping.columns)


def _series(items: Any, index: pd.Index) -> Column:
    """Return a column that holds its items as they are: pandas would make texts and None something of its own."""
    array = np.empty(len(index), dtype=object)
    for place, item in enumerate(items):
        array[place] = item
    return pd.Series(array, index=index, dtype=object)


def _distinct(raws: Iterable[Any]) -> list[Any]:
    """Return cells each once, the first spelling of each."""
    known: dict[str, Any] = {}
    for raw in raws:
        known.setdefault(narrow(spell(raw)).casefold(), raw)
    return list(known.values())

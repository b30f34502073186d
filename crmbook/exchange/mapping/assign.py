"""Which column of a list goes into which field: the surest pairs first, each field and each column once.

Telephones, e-mail addresses and remarks may be in several columns; they share their field. Whatever a header
says, its cells must not speak against it: a column 地区 of 华东 and 华南 is no column of regions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.exchange.mapping.cells import FITTING, SHARE
from crmbook.exchange.mapping.model import ColumnRule
from crmbook.exchange.mapping.names import Names, fold
from crmbook.schema import REGIONS, place_fields
from crmbook.values import AddressReader, ValueKind, spell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.exchange.mapping.cells import Cells
    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.names import Candidate
    from crmbook.schema import Book, Field, Table

SHARED: Final = frozenset({"phone", "email", "long_text"})
"""Field types that take what is in several columns."""
_AGAINST: Final = 0.3
"""Of the filled cells: with fewer days under a header of days, it is something else.

Unless the rows cannot do without: an amount that only a few of them have is an amount, the words beside it are named.
"""
_GRAMMARS: Final = {
    "date": ValueKind.DATE,
    "datetime": ValueKind.DATETIME,
    "money": ValueKind.MONEY,
    "number": ValueKind.NUMBER,
    "integer": ValueKind.NUMBER,
    "rating": ValueKind.NUMBER,
}
_SHARED_SURE: Final = 0.9
_FEWEST: Final = 3
"""Filled cells from which they can tell what a column holds."""
_CONTENT: Final = {"phone": 0.9, "email": 0.95, "text": 0.6, "enum": 0.7, "dependent_enum": 0.7}
_LEAST: Final = 0.5
"""How sure the cells alone are: a telephone may be somebody else's, a day any day."""
_FEW_DIGITS: Final = 4
_VARIED: Final = 0.8
"""Distinct names in so many cells at the least: customers, and not the few who deal with them."""
_OF_NAMES: Final = re.compile(r"姓名|名称|名稱|\bnames?\b", re.IGNORECASE)
_NAMELESS: Final = re.compile(r"(?:列|[Cc]olumn) ?[A-Z]{1,3}|[0-9 ]*")
"""Headers that a list without headers is given."""
_NUMBER: Final = re.compile(r"[#№]?[0-9.\-]+")
_ANSWERS: Final = "yes_no"
"""The list of yes and no."""


class Assignment:
    """The columns of a list on their way to the fields of one table.

    Attributes
    ----------
    rules
        By header.
    """

    def __init__(
        self, book: Book, table: Table, cells: Mapping[str, Cells], entries: Mapping[str, Entries]
    ) -> None:
        self.table = table
        self.names = Names(book, table)
        self.rules: dict[str, ColumnRule] = {}
        self._cells = cells
        self._entries = entries
        self._words = book.imports.tables.get(table.name)
        address = place_fields(table)
        self._region = address.region if address else ""
        self.address = (
            AddressReader(entries[REGIONS].choices, entries[str(table.fields[address.city].list)].choices)
            if address
            else None
        )

    @property
    def taken(self) -> frozenset[str]:
        """The fields that a column goes into."""
        return frozenset(rule.field for rule in self.rules.values())

    def by_name(self, headers: Iterable[str], only: Collection[str] | None = None) -> None:
        """Assign columns whose headers name a field; `only` fields of these."""
        waiting = list(headers)
        exact = [(header, one) for header in waiting for one in self.names.exact(header)]
        self._take(exact, only)
        for header in waiting:
            shared = [one for one in self.names.exact(header) if self._is_shared(one.field)]
            if header not in self.rules and shared and self.suits(shared[0].field, header):
                self._rule(header, shared[0].field, shared[0].found, min(shared[0].sure, _SHARED_SURE))

    def by_likeness(self, headers: Iterable[str]) -> None:
        """Assign columns whose headers are like the name of a field that no other column took."""
        self._take([(header, one) for header in headers for one in self.names.like(header)], None)

    def by_parts(self, headers: Iterable[str]) -> None:
        """Assign given names and family names that are apart, where no column holds more of the whole names.

        A column of nicknames that few have holds less.
        """
        name = self.table.name_field
        if self._words is None or name is None:
            return
        given, family = set(map(fold, self._words.given)), set(map(fold, self._words.family))
        parts = [header for header in headers if fold(header) in given | family]
        parts = [header for header in parts if header not in self.rules and not self._cells[header].is_blank]
        whole = [header for header, rule in self.rules.items() if rule.field == name]
        most = max((self._cells[header].filled for header in parts), default=0)
        if any(self._cells[one].filled > most or self._cells[one].is_full for one in whole):
            return
        for header in whole if parts else ():
            del self.rules[header]
        for header in parts:
            split = "given_name" if fold(header) in given else "family_name"
            self.rules[header] = ColumnRule(header, self.table.name, name, "alias", 1.0, split)  # type: ignore[arg-type]

    def externals(self, headers: Iterable[str]) -> list[str]:
        """Return the headers whose cells may identify rows in another program, the likeliest first."""
        if self._words is None:
            return []
        order = [fold(word) for word in self._words.external]
        key = self.table.key_field
        known: list[tuple[int, str]] = []
        for header in headers:
            word = fold(header)
            if self._cells[header].is_blank or header in self.rules:
                continue
            names_key = any(one.field == key.name for one in self.names.exact(header))
            is_ours = names_key and self.suits(key.name, header)
            if is_ours and word in set(map(fold, key.titles.values())):
                continue
            if word in order:
                known.append((order.index(word), header))
            elif names_key and not is_ours:
                known.append((len(order), header))
        return [header for _, header in sorted(known, key=lambda pair: pair[0])]

    def suits(self, name: str, header: str) -> bool:
        """Return whether the cells of a column do not speak against a field."""
        field, cells = self.table.fields[name], self._cells[header]
        if cells.is_blank:
            return False
        if field.type == "id":
            return cells.are_our_ids
        if field.type == "ref":
            return cells.may_be_our_ids
        if field.list and field.type != "multi_enum":
            return cells.share(lambda raw: self.means(field, spell(raw))) >= FITTING
        if field.name == self.table.name_field and cells.share(_is_number) >= FITTING:
            return False
        if field.type == "phone":
            return cells.emails < 1 - _AGAINST and cells.share(_has_digits) >= _AGAINST
        if field.type == "email":
            return cells.emails >= _AGAINST
        grammar = _GRAMMARS.get(field.type)
        if grammar is None:
            return True
        share = cells.reads_as(grammar)
        return share >= _AGAINST or (share > 0 and field.required and self._is_named(header, field))

    def _is_named(self, header: str, field: Field) -> bool:
        """Return whether a header is the very name of a field."""
        return any(one.field == field.name and one.sure >= 1 for one in self.names.exact(header))

    def means(self, field: Field, text: str) -> bool:
        """Return whether a text means an entry of a field's list, or a place of it."""
        if self._entries[str(field.list)].guess(text) is not None:
            return True
        return field.name == self._region and self.address is not None and self.address.read(text) is not None

    def is_entry(self, field: Field, text: str) -> bool:
        """Return whether a text means an entry of a field's own list; never of a field without one."""
        return bool(field.list) and self._entries[str(field.list)].find(text) is not None

    def _take(self, pairs: list[tuple[str, Candidate]], only: Collection[str] | None) -> None:
        order = {header: index for index, header in enumerate(self._cells)}
        pairs.sort(key=lambda pair: (-pair[1].sure, pair[1].rank, order[pair[0]]))
        for header, one in pairs:
            free = header not in self.rules and one.field not in self.taken
            if free and (only is None or one.field in only) and self.suits(one.field, header):
                self._rule(header, one.field, one.found, one.sure)

    def _rule(self, header: str, field: str, found: str, sure: float) -> None:
        self.rules[header] = ColumnRule(header, self.table.name, field, found, sure)  # type: ignore[arg-type]

    def _is_shared(self, name: str) -> bool:
        return name in self.taken and self.table.fields[name].type in SHARED

    def by_entries(self, headers: Iterable[str]) -> None:
        """Assign columns of which every text is an entry of a field's list, however few these are.

        What holds for a part of a list says nothing of places where its rows say them themselves, in an address or as a city.
        """
        for header in headers:
            texts = [spell(raw) for raw in self._cells[header].counts if not self._says_little(raw)]
            if len(texts) < max(1, len(self._cells[header].counts)):
                continue
            for field in self.table.fields.values():
                fits = field.typed and field.list and field.type in {"enum", "region"}
                if header in self.rules or not fits or field.name in self.taken:
                    continue
                if field.name == self._region and self._has_places():
                    continue
                if all(self._is_whole(field, text) for text in texts):
                    self._rule(header, field.name, "content", _LEAST)

    def _has_places(self) -> bool:
        """Return whether a column of cities, or of addresses that begin with a region, is taken."""
        address = place_fields(self.table)
        whole = [one for one, rule in self.rules.items() if self._words and rule.field == self._words.address]
        return (address is not None and address.city in self.taken) or any(
            self._rest_of_place(spell(raw)) is not None for one in whole for raw in self._cells[one].counts
        )

    def _is_whole(self, field: Field, text: str) -> bool:
        """Return whether a text is an entry of a field's list, or a place of it, and nothing besides."""
        return self.is_entry(field, text) or (field.name == self._region and self._rest_of_place(text) == "")

    def by_content(self, headers: Iterable[str]) -> None:
        """Assign columns whose headers say nothing, by what nearly all of their cells hold."""
        for header in headers:
            cells = self._cells[header]
            if header in self.rules or cells.filled < _FEWEST:
                continue
            for field in self.table.fields.values():
                share = 0.0 if field.name in self.taken or not field.typed else self._share(field, header)
                if share >= SHARE:
                    sure = round(share * _CONTENT.get(field.type, _LEAST), 2)
                    self._rule(header, field.name, "content", sure)
                    break

    def _share(self, field: Field, header: str) -> float:
        """Return which share of the cells speaks for a field; of days and numbers only where no header says of what."""
        cells = self._cells[header]
        if field.name == self.table.name_field:
            return cells.names if self._may_be_names(header) else 0.0
        if field.type == "phone":
            return cells.phones
        if field.type == "email":
            return cells.emails
        if self._words and field.name == self._words.address:
            return cells.share(lambda raw: isinstance(raw, str) and bool(self._rest_of_place(raw)))
        if field.list and field.type in {"enum", "dependent_enum", "region"}:
            if cells.share(self._says_little) >= SHARE:
                return 0.0
            entries = self._entries[field.list]
            return cells.share(
                lambda raw: (
                    isinstance(raw, str)
                    and (
                        entries.find(raw) is not None
                        or (field.name == self._region and self._rest_of_place(raw) == "")
                    )
                )
            )
        grammar = _GRAMMARS.get(field.type)
        if (
            not grammar
            or not _NAMELESS.fullmatch(header)
            or not (field.required or field.default is not None)
        ):
            return 0.0
        return cells.reads_as(grammar)

    def _says_little(self, raw: object) -> bool:
        """Return whether a cell answers any question, such as 是 or 2: a column of these means nothing without its header."""
        text, answers = spell(raw).strip(), self._entries.get(_ANSWERS)
        return text.isdigit() or (answers is not None and answers.find(text) is not None)

    def _may_be_names(self, header: str) -> bool:
        """Return whether people's names in a column may be those that the rows are about.

        Names that return row after row are those of a few who deal with them; so are those beside a column of names.
        """
        others = (one for one in self._cells if one != header and one not in self.rules)
        is_alone = not any(_OF_NAMES.search(one) for one in others)
        return is_alone and self._cells[header].variety >= _VARIED

    def _rest_of_place(self, text: str) -> str | None:
        """Return what follows the region and the city that a text begins with, None where it begins with none."""
        found = self.address.read(text) if self.address else None
        return found.rest if found else None


def _has_digits(raw: object) -> bool:
    return sum(map(str.isdigit, spell(raw))) > _FEW_DIGITS


def _is_number(raw: object) -> bool:
    """Return whether a cell holds a number such as #1001, which is nobody's name."""
    return _NUMBER.fullmatch(spell(raw).strip()) is not None

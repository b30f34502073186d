"""What each field of a book may hold, in one workbook: the schema's limits and the dictionary's entries.

People edit the dropdown lists in the dictionary sheet, so a list is taken from there where it was found. The
entries of a fixed list always count, because formulas produce them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.schema import REGIONS, SCORING, Parameter
from crmbook.values import AddressReader, Choice, Choices, Domain, ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.read import ListEntry
    from crmbook.schema import BandRule, Book, Field, ValueList

_QUOTED = re.compile(r'"([^"]+)"')
_RULE_OF = dict(zip(SCORING, ("rule", "parameter"), strict=True))
"""Tables of the scoring rules, and the field that says which rule a row belongs to."""
_TEXTS = frozenset({ValueKind.TEXT, ValueKind.LONG_TEXT})


class Domains:
    """The domains of a book's fields, made once each.

    Parameters
    ----------
    book
        The schema.
    lists
        Dropdown lists as people left them, by name; missing ones are taken from the schema.
    """

    def __init__(self, book: Book, lists: Mapping[str, tuple[ListEntry, ...]] | None = None) -> None:
        self._book = book
        self._lists = lists or {}
        self._choices: dict[str, Choices] = {}
        self._known: dict[tuple[str, str], Domain] = {}
        self._readers: dict[tuple[str, str], AddressReader] = {}

    def of(self, field: Field) -> Domain:
        """Return what `field` may hold."""
        key = (field.table, field.name)
        if key not in self._known:
            self._known[key] = self._make(field)
        return self._known[key]

    def _make(self, field: Field) -> Domain:
        kind = ValueKind(field.type)
        worded = kind in _TEXTS
        return Domain(
            kind=kind,
            choices=self.choices(field.list) if field.list else None,
            places=kind is ValueKind.REGION or _has_places(self._book.lists.get(field.list or "")),
            units=tuple(_units(field, self._book.locale.currency)),
            minimum=None if worded else field.min,
            maximum=None if worded else field.max,
            longest=int(field.max) if worded and isinstance(field.max, (int, float)) else 0,
            pattern=field.pattern or "",
            personal=field.personal,
            lenient=field.severity == "warning",
        )

    def by_row(self, field: Field) -> tuple[str, Mapping[str, Domain]] | None:
        """Return what a column of the scoring rules may hold in each row: the field that names the rule, and by name.

        None for a column in which every row may hold the same.
        """
        rows = self._book.tables[field.table].rows
        if rows not in _RULE_OF or ValueKind(field.type) is not ValueKind.VALUE:
            return None
        rules: Mapping[str, BandRule | Parameter] = getattr(self._book, rows)
        return _RULE_OF[rows], {name: self._accepted(rule) for name, rule in rules.items()}

    def _accepted(self, rule: BandRule | Parameter) -> Domain:
        accepted = rule.accepted
        return Domain(
            kind=ValueKind(accepted.type),
            choices=self.choices(accepted.list) if accepted.list else None,
            units=(rule.unit,) if isinstance(rule, Parameter) and rule.unit else (),
            minimum=accepted.min,
            maximum=accepted.max,
        )

    def choices(self, name: str) -> Choices:
        """Return the entries of a list."""
        if name not in self._choices:
            self._choices[name] = Choices(tuple(self._entries(self._book.lists[name])))
        return self._choices[name]

    def addresses(self, region: Field, city: Field) -> AddressReader:
        """Return what takes places apart that are whole in a cell of `region`, of which `city` is the city."""
        lists = str(region.list), str(city.list)
        if lists not in self._readers:
            self._readers[lists] = AddressReader(*map(self.choices, lists))
        return self._readers[lists]

    def _entries(self, known: ValueList) -> Iterator[Choice]:
        shipped = {choice.label: choice for choice in self._shipped(known)}
        found = self._lists.get(known.name)
        if found is None:
            yield from shipped.values()
            return
        for entry in dict.fromkeys(found):
            aliases = shipped[entry.text].aliases if entry.text in shipped else ()
            yield Choice(entry.text, aliases, entry.of)
        if known.fixed:
            present = {entry.text for entry in found}
            yield from (choice for label, choice in shipped.items() if label not in present)

    def _shipped(self, known: ValueList) -> Iterator[Choice]:
        """Yield the schema's entries, their texts in other languages as aliases; of places also 沪, 内蒙, Peking."""
        parents = self._book.lists[known.by].values if known.by else {}
        words = self._book.imports.lists.get(known.name, {}) if _has_places(known) else {}
        for value in known.values.values():
            others = tuple(text for text in value.texts.values() if text != value.text)
            parent = parents.get(value.parent or "")
            yield Choice(value.text, (*others, *words.get(value.name, ())), parent.text if parent else None)


def _has_places(known: ValueList | None) -> bool:
    return known is not None and REGIONS in {known.name, known.by}


def _units(field: Field, currency: str) -> Iterator[str]:
    """Yield the units of a number: as declared, in both languages, and the words of its number format."""
    if field.unit:
        yield field.unit
    yield from {*field.written.units} - {field.unit}
    for words in _QUOTED.findall(field.format):
        if words != currency:
            yield words.strip()

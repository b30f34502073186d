"""Values of one schema as values of the next: other types, other words of a list.

A value goes through the text that a person would type for it, and is read as the field reads now. What cannot be read
that way is not lost: whoever converts keeps it under its old header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from crmbook.check.domains import Domains
from crmbook.migrate.plan import Kind as Change
from crmbook.values import Domain, Kind, format_value, parse_value, to_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.migrate.plan import Migration
    from crmbook.records import Value
    from crmbook.schema import Field

SEPARATOR: Final = "、"
"""Between the values of a cell that holds several."""
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.RATING})
_DAYS: Final = frozenset({Kind.DATE, Kind.DATETIME})


@dataclass(frozen=True, slots=True)
class Converted:
    """A column in the new schema: its values, and by position what could not be read, as text."""

    values: list[Value]
    unread: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Conversion:
    """How values change on the way of a migration."""

    migration: Migration

    @cached_property
    def _domains(self) -> Domains:
        return Domains(self.migration.book)

    @cached_property
    def retyped(self) -> dict[tuple[str, str], Kind]:
        """The old kind, by table and field, of the fields whose values are of another one now."""
        found = {}
        for change in self.migration.of(Change.TYPE_CHANGED):
            old = self.migration.old_fields(change.table)[change.field]
            new = self.migration.book.tables[change.table].fields[change.field]
            if old["type"] != new.type or (old["list"] != (new.list or "") and new.list):
                found[change.table, change.field] = Kind(old["type"])
        return found

    def texts(self, target: Field) -> Mapping[str, str]:
        """Return how the list values that a field holds read now, by how they read before."""
        return self.migration.new_texts(target.list) if target.list else {}

    def column(self, target: Field, values: Sequence[Any], old: Kind | None = None) -> Converted:
        """Return a field's canonical values as the new schema has them; `old` is the kind they had."""
        values = self.renamed(target, values)
        if old is None:
            return Converted(list(values))
        kind = Kind(target.type)
        before = Domain(old)
        plain = [to_value(old, value) for value in values]
        as_is = kind in _NUMBERS and old in _NUMBERS
        typed = [
            value if as_is or value is None else format_value(before, value, self.migration.book.lang)
            for value in plain
        ]
        cells = self._read(self._domains.of(target), [None if text == "" else text for text in typed])
        unread = {
            place: format_value(before, value, self.migration.book.lang)
            for place, value in enumerate(plain)
            if value is not None and cells[place] is None
        }
        return Converted(cells, unread)

    def _read(self, domain: Domain, typed: Sequence[Any]) -> list[Value]:
        """Return what each of the texts means, None for those that mean nothing; each distinct one is read once."""
        known: dict[Any, Value] = {}
        for text in typed:
            if text not in known:
                known[text] = parse_value(domain, text).value
        return [known[text] for text in typed]

    def renamed(self, target: Field, values: Sequence[Any]) -> list[Any]:
        """Return a field's values with the words of its list as they read now."""
        texts = self.texts(target)
        if not texts:
            return list(values)
        if Kind(target.type) is Kind.MULTI_ENUM:
            return [_each(value, texts) for value in values]
        return [texts.get(value, value) if isinstance(value, str) else value for value in values]


def _each(value: Any, texts: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return SEPARATOR.join(texts.get(one, one) for one in value.split(SEPARATOR))

"""Values of one schema as values of the next: other types, other words of a list.

A value goes through the text that a person would type for it, and is read as the field reads now. What cannot be read
that way is not lost: whoever converts keeps it under its old header.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from crmbook.check import Domains
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.values import Domain, Surroundings, ValueKind, format_value, parse_value, spell, to_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.base import Value
    from crmbook.migrate.plan import Migration
    from crmbook.schema import Field

FORMER: Final = {"zh": "{field}（原值）", "en": "{field} (as it was)"}
"""Header for what was in a column that is something else now."""
SEPARATOR: Final = "、"
"""Between the values of a cell that holds several."""
_NUMBERS: Final = frozenset(
    {ValueKind.INTEGER, ValueKind.NUMBER, ValueKind.MONEY, ValueKind.PERCENT, ValueKind.RATING}
)
_DAYS: Final = frozenset({ValueKind.DATE, ValueKind.DATETIME})
_SERIAL: Final = "value.date-from-serial"


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
    def retyped(self) -> dict[tuple[str, str], ValueKind]:
        """The old kind, by table and field, of the fields whose values are of another one now."""
        found = {}
        for change in self.migration.of(SchemaChangeKind.TYPE_CHANGED):
            old = self.migration.old_fields(change.table)[change.field]
            new = self.migration.book.tables[change.table].fields[change.field]
            if old["type"] != new.type or (old["list"] != (new.list or "") and new.list):
                found[change.table, change.field] = ValueKind(old["type"])
        return found

    def texts(self, target: Field) -> Mapping[str, str]:
        """Return how the list values that a field holds read now, by how they read before."""
        if target.list:
            return self.migration.new_texts(target.list)
        is_result = self.migration.book.tables[target.table].rows == "bands" and target.name == "result"
        return self._results if is_result else {}

    @cached_property
    def _results(self) -> dict[str, str]:
        """The words that scoring rules give, by those they gave."""
        now = {str(band.result) for rule in self.migration.book.bands.values() for band in rule.bands}
        texts = {
            one.was: str(one.params["value"]) for one in self.migration.of(SchemaChangeKind.VALUE_RENAMED)
        }
        return {was: new for was, new in texts.items() if new in now and was not in now}

    def column(self, target: Field, values: Sequence[Any], old: ValueKind | None = None) -> Converted:
        """Return a field's canonical values as the new schema has them; `old` is the kind they had."""
        values = self.renamed(target, values)
        if old is None:
            return Converted(list(values))
        plain = [to_value(old, value) for value in values]
        if ValueKind(target.type) in _NUMBERS and old in _NUMBERS:
            return Converted(plain)
        texts = [self._text(old, value) or None for value in plain]
        if old in _NUMBERS and ValueKind(target.type) in _DAYS:
            texts = [_without_serial(text, value) for text, value in zip(texts, plain, strict=True)]
        cells = self._read(self._domains.of(target), texts)
        unread = {
            position: text
            for position, text in enumerate(texts)
            if text is not None and cells[position] is None
        }
        return Converted(cells, unread)

    def _text(self, old: ValueKind, value: Value) -> str:
        """Return the text of a value of a kind, or of one that was converted before."""
        is_day = isinstance(value, dt.date)
        fits = (old in _DAYS) == is_day and (old in _NUMBERS) <= isinstance(value, int | float)
        if isinstance(value, str) or not fits:
            return spell(value)
        return format_value(Domain(old), value, self.migration.book.lang)

    def _read(self, domain: Domain, typed: Sequence[Any]) -> list[Value]:
        """Return what each of the texts means, None for those that mean nothing; each distinct one is read once."""
        known: dict[Any, Value] = {}
        here = Surroundings(locale=self.migration.book.locale)
        for text in typed:
            if text not in known:
                known[text] = parse_value(domain, text, here).value
        return [known[text] for text in typed]

    def renamed(self, target: Field, values: Sequence[Any]) -> list[Any]:
        """Return a field's values with the words of its list as they read now."""
        texts = self.texts(target)
        if not texts:
            return list(values)
        if ValueKind(target.type) is ValueKind.MULTI_ENUM:
            return [_each(value, texts) for value in values]
        return [texts.get(value, value) if isinstance(value, str) else value for value in values]


def _without_serial(text: str | None, value: Value) -> str | None:
    """Return the text of a number in digit groups, where a day would be read from it only as from a serial number.

    Nobody who wrote a number meant one; in groups it stays a number, whoever reads the cell.
    """
    if text is None or not isinstance(value, int | float):
        return text
    return text if parse_value(Domain(ValueKind.DATE), text).note != _SERIAL else f"{value:,.15g}"


def _each(value: Any, texts: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return SEPARATOR.join(texts.get(one, one) for one in value.split(SEPARATOR))

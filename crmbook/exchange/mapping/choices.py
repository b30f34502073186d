"""Texts of list columns → entries, as the value rules of a mapping say; what they do not know is found as usual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbook.exchange.mapping.series import Column, changed, series
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.model import ValueRule
    from crmbook.schema import Field


class Chosen:
    """Chooses entries, and keeps account of what is to be added.

    Parameters
    ----------
    says_nothing
        Tells words for blanks.

    Attributes
    ----------
    added
        List → texts to be added to it.
    """

    def __init__(
        self,
        rules: Sequence[ValueRule],
        entries: Mapping[str, Entries],
        says_nothing: Callable[[Any], bool],
    ) -> None:
        self._rules: dict[tuple[str, str], dict[str, ValueRule]] = {}
        for rule in rules:
            self._rules.setdefault((rule.table, rule.field), {})[rule.text] = rule
        self._entries = entries
        self._says_nothing = says_nothing
        self.added: dict[str, list[str]] = {}

    def column(self, target: Field, column: Column) -> Column:
        """Return the entries of a list column, and texts that are none as they stand."""
        entries = self._entries[str(target.list)]

        def choose(raw: Any) -> Any:
            text = tidy(spell(raw))
            known, label = self._by_rule(target, text)
            if known:
                return label
            entry = entries.find(text)
            if entry is not None:
                return entry.label
            return None if not text or self._says_nothing(raw) else text

        return changed(column, choose)

    def addresses(self, target: Field, column: Column, read: Column, part: str) -> Column:
        """Return the region or the city of each text of a column of places: as a rule says, else as it was read."""

        def choose(raw: Any, found: Any) -> Any:
            text = tidy(spell(raw))
            known, label = self._by_rule(target, text)
            if known:
                return label
            if found is not None:
                return getattr(found, part) or None
            return text if text and part == "region" else None

        return series([choose(raw, found) for raw, found in zip(column, read, strict=True)], column.index)

    def _rules_of(self, target: Field) -> Mapping[str, ValueRule]:
        return self._rules.get((target.table, target.name), {})

    def _by_rule(self, target: Field, text: str) -> tuple[bool, str | None]:
        """Return whether a rule speaks of a text, and what becomes of it."""
        rule = self._rules_of(target).get(text)
        if rule is None:
            return False, None
        if rule.action == "add":
            texts = self.added.setdefault(str(target.list), [])
            texts.extend([] if text in texts else [text])
        return True, {"use": rule.entry, "blank": None}.get(rule.action, text)

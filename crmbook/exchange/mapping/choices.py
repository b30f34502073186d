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
    """Chooses entries, and keeps account of what was kept or is to be added.

    Parameters
    ----------
    says_nothing
        Tells words for blanks.

    Attributes
    ----------
    kept
        (table, field) → rows whose text is no entry.
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
        self.kept: dict[tuple[str, str], set[int]] = {}
        self.added: dict[str, list[str]] = {}

    def column(self, target: Field, column: Column) -> Column:
        """Return the entries of a list column; one of several entries in a cell is found by itself."""
        entries = self._entries[str(target.list)]
        kept: set[str] = set()

        def choose(raw: Any) -> Any:
            text = tidy(spell(raw))
            known, label = self._by_rule(target, text)
            if known:
                return label
            entry = entries.find(text)
            if entry is not None:
                return entry.label
            if not text or self._says_nothing(raw):
                return None
            kept.add(text)
            return text

        chosen = changed(column, choose)
        kept |= {text for text, rule in self._rules_of(target).items() if rule.action == "keep"}
        if kept:
            rows = [int(row) for row, text in chosen.items() if text in kept]  # type: ignore[call-overload]
            self._keep(target, rows)
        return chosen

    def places(self, target: Field, column: Column, read: Column, part: str) -> Column:
        """Return the region or the city of each text of a column of places: as a rule says, else as it was read."""
        kept: list[int] = []

        def choose(row: int, raw: Any, found: Any) -> Any:
            text = tidy(spell(raw))
            known, label = self._by_rule(target, text)
            if known:
                kept.extend([row] if self._rules_of(target)[text].action == "keep" else [])
                return label
            if found is not None:
                return getattr(found, part) or None
            if not text or part != "region":
                return None
            kept.append(row)
            return text

        rows = zip(column.index.tolist(), column, read, strict=True)
        chosen = series([choose(row, raw, found) for row, raw, found in rows], column.index)
        self._keep(target, kept)
        return chosen

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

    def _keep(self, target: Field, rows: list[int]) -> None:
        if rows:
            self.kept.setdefault((target.table, target.name), set()).update(rows)

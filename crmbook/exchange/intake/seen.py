"""An index of rows by their signs (key, telephone, e-mail, company and name): which rows a row of a list may be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbook.exchange.intake.signs import Signs

    Content = tuple[tuple[str, Any], ...]


@dataclass
class Known:
    """All that is said of one row: each of its values, as compared."""

    external: set[str] = field(default_factory=set)
    key: set[str] = field(default_factory=set)
    name: set[str] = field(default_factory=set)
    tellers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass
class Seen:
    """The rows that a row may be: those of the head, and those of the list that came before it."""

    by_external: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_key: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_identity: dict[tuple[tuple[str, ...], str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    contents: dict[Content, list[str]] = field(default_factory=lambda: defaultdict(list))
    _known: dict[str, Known] = field(default_factory=lambda: defaultdict(Known))

    def add(self, row_id: str, signs: Signs, position: int) -> None:
        """Remember a row under all of its signs."""
        known = self._known[row_id]
        for rows, said, text in (
            (self.by_external, known.external, signs.external[position]),
            (self.by_key, known.key, signs.key[position]),
            (self.by_name, known.name, signs.names[position]),
        ):
            if text is not None and text not in said:
                said.add(text)
                rows[text].append(row_id)
        for names, column in signs.identity.items():
            text = column[position]
            if text is not None and row_id not in self.by_identity[names, text]:
                self.by_identity[names, text].append(row_id)
        for name, column in signs.tellers.items():
            if (text := column[position]) is not None:
                known.tellers[name].add(text)

    def known(self, row_id: str) -> Known:
        """Return what is said of a row."""
        return self._known[row_id]

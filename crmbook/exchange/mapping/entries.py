"""Texts of a list from elsewhere → entries of a dropdown list: ``先生`` is 男, ``沪`` 上海, ``VIP`` VIP客户.

An entry is found by its label, its label in the other language, its machine name or a synonym of
``schemas/imports.yaml``; a region with or without 省 and 市. What is only like an entry, or a part of the label of
one alone, is proposed with less certainty. Nothing is invented: what fits no entry stays what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from crmbook.exchange.mapping.names import fold
from crmbook.values import Choice, Choices, is_near, narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.schema import Book

_LIKE: Final = 80
"""Likeness (0–100) from which a text may be a mistyped label."""
_PART, _LIKENESS = 0.8, 0.9
_MARKED: Final = "?？"
"""What follows a word whose writer was not sure: ``流失？``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that a text means, and how sure that is."""

    label: str
    sure: float
    of: str | None = None


class Entries:
    """One dropdown list, as texts from elsewhere are read against it.

    Attributes
    ----------
    choices
        Its entries with all their names.
    """

    def __init__(self, book: Book, name: str) -> None:
        known = book.lists[name]
        synonyms = book.imports.lists.get(name, {})
        parents = book.lists[known.by].values if known.by else {}
        entries = []
        for value in known.values.values():
            parent = parents.get(value.parent or "")
            words = (*value.texts.values(), value.name.replace("_", " "), *synonyms.get(value.name, ()))
            entries.append(Choice(value.text, words, parent.text if parent else None))
        self.choices = Choices(tuple(entries))
        self._labels = {fold(entry.label): entry for entry in entries}
        self.name = name

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices.entries)

    def find(self, text: str) -> Entry | None:
        """Return the entry that a text means without doubt; of several with one label in different parents none."""
        found = self.choices.find(narrow(text)) or self.choices.find(fold(text))
        return Entry(found[0].label, 1.0, found[0].of) if len(found) == 1 else None

    def guess(self, text: str) -> Entry | None:
        """Return the entry that a text means, or probably means."""
        certain = self.find(text)
        word = fold(text)
        if certain or not word or narrow(text)[-1:] in _MARKED:
            return certain
        holding = [entry for label, entry in self._labels.items() if label.startswith(word)]
        if len(word) > 1 and len(holding) == 1:
            return Entry(holding[0].label, _PART, holding[0].of)
        near = process.extractOne(word, list(self._labels), scorer=fuzz.ratio, score_cutoff=_LIKE)
        if near is None or not is_near(word, near[0]):
            return None
        entry = self._labels[near[0]]
        return Entry(entry.label, round(near[1] / 100 * _LIKENESS, 2), entry.of)


def lists_of(book: Book) -> dict[str, Entries]:
    """Return all lists of a book."""
    return {name: Entries(book, name) for name in book.lists}

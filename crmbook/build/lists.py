"""The dropdown lists as people left them in the dictionary, put in place of those that the schema ships."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.schema import ListValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmbook.schema import Book, ValueList

    Entry = tuple[str, str | None]
    """A text of a list, and the text it belongs under."""


def list_entries(book: Book) -> dict[str, list[Entry]]:
    """Return the entries of every list that the dictionary shows."""
    return {name: _entries(book, known) for name, known in book.lists.items() if not known.hidden}


def _entries(book: Book, known: ValueList) -> list[Entry]:
    parents = book.lists[known.by].values if known.by else {}
    return [
        (value.text, parents[value.parent].text if value.parent else None) for value in known.values.values()
    ]


def with_lists(book: Book, entries: Mapping[str, Iterable[Entry]]) -> Book:
    """Return the book with other entries in its lists; lists that are missing, or hidden, stay as they are."""
    lists = dict(book.lists)
    for name, known in book.lists.items():
        if name in entries and not known.hidden:
            lists[name] = replace(known, values=_values(known, entries[name]))
    for name, known in lists.items():
        if known.by and not known.hidden and name in entries:
            lists[name] = _under(known, lists[known.by])
    return replace(book, lists=lists)


def _values(known: ValueList, entries: Iterable[Entry]) -> dict[str, ListValue]:
    """Return values by machine name; one that people added goes by its own text."""
    names = {value.text: value for value in known.values.values()}
    values: dict[str, ListValue] = {}
    for text, of in entries:
        shipped = names.get(text)
        known_once = shipped is not None and shipped.name not in values
        name = shipped.name if shipped and known_once else f"{of or ''}/{text}"
        values[name] = (
            replace(shipped, name=name, parent=of)
            if shipped
            else ListValue(name, text, {"zh": text, "en": text}, of)
        )
    return values


def _under(child: ValueList, parent: ValueList) -> ValueList:
    """Return a list whose values name what they belong under by machine name instead of text."""
    names = {value.text: name for name, value in parent.values.items()}
    values = {
        name: replace(value, parent=names.get(value.parent or "")) for name, value in child.values.items()
    }
    return replace(child, values=values)

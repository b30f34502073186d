"""What a row says of how to reach somebody, carried into fields for telephones and for e-mail addresses: each gets its own.

A prospect has one cell for both, a customer two. Of several numbers the first goes; the others, and what is neither number
nor address, stay in the row they were typed in, and are reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.values import ContactPoints, find_contact_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmbook.schema import Book, Field

_POINTS: Final = {"phone": "phones", "email": "emails"}
"""Field type → what of a text it takes."""


class Reaching:
    """The fields of a rule that take what a text says of how to reach somebody.

    Parameters
    ----------
    carry
        Fields there, each with the field here that it takes.
    """

    def __init__(self, book: Book, carry: Iterable[tuple[Field, Field]]) -> None:
        self._book = book
        self._points = {
            there.name: (_POINTS[there.type], here.name)
            for there, here in carry
            if there.type in _POINTS and here.type != there.type
        }
        fields = [field for table in book.tables.values() for field in table.fields.values()]
        self._labels = frozenset(
            word
            for field in fields
            if field.type in _POINTS
            for word in (*field.titles.values(), *field.aliases)
        )

    @property
    def targets(self) -> list[str]:
        """The fields there that take what is theirs of a text."""
        return list(self._points)

    @property
    def sources(self) -> list[str]:
        """The fields here whose texts are taken apart."""
        return list(dict.fromkeys(source for _, source in self._points.values()))

    def value(self, label: str, value: Any) -> Any:
        """Return what a field there takes of a value here; the value itself where nothing is to be distinguished."""
        if label not in self._points or not isinstance(value, str):
            return value
        found: tuple[str, ...] = getattr(self._find(value), self._points[label][0])
        return found[0] if found else None

    def leaves(self, values: Mapping[str, Any]) -> bool:
        """Return whether something of the values here, by field, is taken by no field there."""
        taken = {self.value(label, values[source]) for label, (_, source) in self._points.items()}
        found = [self._find(value) for value in values.values() if isinstance(value, str)]
        return any(one.others or {*one.phones, *one.emails} - taken for one in found)

    def _find(self, text: str) -> ContactPoints:
        return find_contact_points(text, self._book.locale, self._labels)

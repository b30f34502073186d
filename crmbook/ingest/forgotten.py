"""Knowing again whom a book has forgotten: by the ids of rows, and by keyed digests of number, address, key and name.

The digests are taken of values as they are compared, so that a number counts however it is written. A key is never given
to anybody again: what refers to it is about the person who had it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.check import bare_email, bare_name, bare_phone
from crmbook.store import lock_of, read_key, sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmbook.schema import Field, Table
    from crmbook.store import Tombstone

PHONE, EMAIL, KEY, NAMED, EXTERNAL = "phone", "email", "key", "named", "external"


def stand_in_row(people: str) -> str:
    """Return the id of the row that stands for everybody whose accounts stay.

    Nothing else has or had it, and counting does not come to it: the books' own ids have no such mark. It is nobody, and
    gets no row in tables about each customer.
    """
    return f"{hashlib.blake2s(f'stand-in {people}'.encode(), digest_size=6).hexdigest()}x"


@dataclass(frozen=True)
class Forgotten:
    """Whom a book has forgotten.

    Attributes
    ----------
    tombstones
        What is left of them; digests of one book say nothing about another.
    """

    tombstones: Sequence[Tombstone] = ()

    def __bool__(self) -> bool:
        return bool(self.tombstones)

    @cached_property
    def gone(self) -> frozenset[str]:
        """The ids of all rows that went."""
        return (
            frozenset(row for one in self.tombstones for rows in one.rows.values() for row in rows)
            - self.kept
        )

    @cached_property
    def kept(self) -> frozenset[str]:
        """The ids of rows that stay without a name."""
        return frozenset(row for one in self.tombstones for rows in one.kept.values() for row in rows)

    @property
    def stand_in(self) -> str:
        """The id of the row to which these belong; empty where there is none."""
        return next((one.stand_in for one in reversed(self.tombstones) if one.stand_in), "")

    def is_key(self, text: str) -> bool:
        """Return whether a text refers to somebody who was forgotten: a key, or key and name."""
        text = text.strip()
        return self._has(KEY, text) or (" " in text and self._has(KEY, text.split(" ", 1)[0]))

    def is_contact(self, text: str) -> bool:
        """Return whether a text is a number or an address of somebody who was forgotten."""
        return any(self._has(kind, bare) for kind, bare in _contacts(text))

    def is_person(self, table: Table, row: Mapping[str, str]) -> bool:
        """Return whether a row is somebody who was forgotten, by its texts."""
        return any(self._has(kind, text) for kind, text in signs_of(table, row))

    def is_external(self, text: str) -> bool:
        """Return whether a text is the number of somebody who was forgotten in another program."""
        return self._has(EXTERNAL, text.strip())

    def _has(self, kind: str, text: str) -> bool:
        if not text or self._key is None or not self._signs:
            return False
        return sign(self._key, self.tombstones[0].book_id, kind, text) in self._signs

    @cached_property
    def _key(self) -> bytes | None:
        return read_key() if self.tombstones else None

    @cached_property
    def _signs(self) -> frozenset[str]:
        lock = "" if self._key is None else lock_of(self._key)
        return frozenset(text for one in self.tombstones if one.lock == lock for text in one.signs)


def signs_of(table: Table, row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what identifies the person of a row, as it is compared: kind and text."""
    if text := row.get(table.key, "").strip():
        yield KEY, text
    for name, text in row.items():
        if name in table.fields and is_contact_field(table.fields[name]):
            yield from _contacts(text)
    named = [names for names in table.identity if table.name_field in names and len(names) > 1]
    for names in named:
        texts = [bare_name(row.get(name, "")) for name in names]
        if all(texts):
            yield NAMED, "\x1f".join(filter(None, texts))


def is_contact_field(field: Field) -> bool:
    """Return whether a field holds numbers or addresses by which one person is known."""
    return field.type in {"phone", "email"} or (
        field.type == "text" and field.personal and bool(field.pattern)
    )


def _contacts(text: str) -> Iterable[tuple[str, str]]:
    for part in [text, *text.replace("、", " ").replace(",", " ").replace(";", " ").split()]:
        if "@" in part:
            if email := bare_email(part):
                yield EMAIL, email
        elif phone := bare_phone(part):
            yield PHONE, phone

"""The rows of a list that are one person's: those in which a whole cell names the person, in a column that says whose row it is.

A cell may hold a title beside the name (``张三先生``, ``张三（公司）``); a longer name that begins alike is another's. Where
headers tell the columns apart, only those of name, number, address and reference say whose a row is: who is named under
another header (who recommended a customer, say) is named in somebody else's row, from which that cell goes alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from crmbook.exchange import Names
from crmbook.ingest import is_contact_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.privacy.person import Gone
    from crmbook.schema import Book

_HEADERS: Final = 20
"""Rows among which the headers are looked for."""
_PARTS: Final = re.compile(r"[\s,，;；、|：:]+")
_BRACKETED: Final = re.compile(r"(?:(?<!\s)\s++)?[(（\[【<《][^()（）\[\]【】<>《》]*+[)）\]】>》]\s*+")
_WESTERN: Final = re.compile(r"(?:mr|mrs|ms|miss|dr|prof)\b\.?\s+", re.IGNORECASE)

_NAME, _CONTACT, _KEY = "name", "contact", "key"


@dataclass(frozen=True)
class Columns:
    """The columns, from 0, that say whose a row is.

    Attributes
    ----------
    names, keys
        Columns headed as such.
    naming, contacts
        Columns in which the person's name, and number or address, count; where no header says so, those of unknown ones.
    """

    names: frozenset[int]
    keys: frozenset[int]
    naming: frozenset[int]
    contacts: frozenset[int]


@dataclass(frozen=True)
class PersonRows:
    """Finds the person's rows in lists."""

    gone: Gone
    book: Book

    def find(self, rows: Sequence[Sequence[str]]) -> set[int]:
        """Return which rows of a list are the person's, from 0."""
        head, columns = self._read_headers(rows[:_HEADERS])
        return {
            at
            for at, cells in enumerate(rows)
            if at != head and any(cells) and self._is_persons(cells, columns)
        }

    def is_name(self, text: str) -> bool:
        """Return whether a text is the person's name, with a title, a post or a company beside it or without."""
        text = text.strip()
        if text in self._names:
            return True
        bare = _WESTERN.sub("", _BRACKETED.sub("", text), count=1).strip()
        if bare in self._names:
            return True
        imports = self.book.imports
        return any(
            word and bare.endswith(word) and bare.removesuffix(word).strip() in self._names
            for word in (*imports.salutations, *imports.posts)
        )

    def is_contact(self, text: str) -> bool:
        """Return whether a whole text is a number, an address or another text that is the person's alone."""
        stays = self.gone.terms.stays(text).replace(self.gone.mark, "") if text else text
        return stays != text and not stays.strip(" \t+;,、，；/")

    def _is_persons(self, cells: Sequence[str], columns: Columns | None) -> bool:
        filled = [cell for cell in cells if cell.strip()]
        if columns is None and len(filled) == 1:  # a line that nothing parts: it begins with whom it is about
            first = next(filter(None, _PARTS.split(filled[0])), "")
            return any(self.is_name(one) or self.is_contact(one) for one in (filled[0], first))
        if columns is None:
            return any(self.is_name(cell) or self.is_contact(cell) for cell in filled)
        numbered = list(enumerate(cells))
        if any(at in columns.naming and self.is_name(cell) for at, cell in numbered):
            return True
        if any(at in columns.contacts and self.is_contact(cell) for at, cell in numbered):
            return True
        is_named = any(at in columns.names and cell.strip() for at, cell in numbered)
        return not is_named and any(
            at in columns.keys and cell.strip() in self.gone.keys for at, cell in numbered
        )

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.gone.whole)

    @cached_property
    def _tables(self) -> list[tuple[Names, dict[str, str]]]:
        """By table, the names of its fields, and what those of them hold that say whose a row is."""
        found = []
        for name, table in self.book.tables.items():
            if table.managed:
                contacts = {
                    field.name: _CONTACT for field in table.fields.values() if is_contact_field(field)
                }
                references = {field.name: _KEY for field in table.references_to(self.book.people)[:1]}
                told = contacts | (references if name != self.book.people else {table.key: _KEY})
                if table.name_field and (contacts or name == self.book.people):
                    told[table.name_field] = _NAME
                found.append((Names(self.book, table), told))
        return found

    def _read_headers(self, rows: Sequence[Sequence[str]]) -> tuple[int, Columns | None]:
        """Return which row holds the headers, and what they say; -1 and nothing where none does."""
        known = [[self._kinds_of(cell) if cell.strip() else None for cell in cells] for cells in rows]
        told = [sum(kinds is not None and bool(kinds) for kinds in row) for row in known]
        if not any(told):
            return -1, None
        head = told.index(max(told))
        kinds = known[head]
        if not any(kind in found for found in kinds if found for kind in (_NAME, _CONTACT, _KEY)):
            return head, None
        names, keys, contacts = (
            frozenset(at for at, found in enumerate(kinds) if found and kind in found)
            for kind in (_NAME, _KEY, _CONTACT)
        )
        unknown = frozenset(at for at, found in enumerate(kinds) if found == set())
        return head, Columns(names, keys, (names or unknown) | keys, contacts or unknown)

    def _kinds_of(self, header: str) -> set[str]:
        """Return what a header says that its column holds; ``other`` for what says nothing of whose a row is."""
        return set(self._iter_kinds(header))

    def _iter_kinds(self, header: str) -> Iterator[str]:
        for names, told in self._tables:
            for candidate in names.exact(header):
                yield told.get(candidate.field, "other")

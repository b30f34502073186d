"""Which table a list belongs to: its headers decide, and the title of its sheet or the name of its file.

The table of the people whose book it is, the customers', is the one that a list belongs to unless another knows more of
its headers. Another table must find what its rows cannot do without: a list without a date and an amount holds no
transactions; unless the people's table knows nothing of the list at all. What its rows say about the customer besides
counts for it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.mapping.names import Names, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.schema import Book, Table

_NAMED, _TITLED, _DEFAULT = 20, 2, 1
"""What the very title of a sheet, a word in it, and being the main table, counts in headers."""
_KNOWN = 2
"""Headers that a table must know where none finds what its rows cannot do without."""


def main_table(book: Book) -> str:
    """Return the table of the people whose book it is; where it has none, the one that most others refer to."""
    if book.people in book.tables and book.tables[book.people].managed:
        return book.people
    counts = {name: 0 for name, table in book.tables.items() if table.managed}
    for table in book.tables.values():
        for to in {field.to for field in table.fields.values()} & set(counts):
            counts[str(to)] += 1
    return max(counts, key=counts.__getitem__)


def choose_table(book: Book, title: str, headers: Sequence[str], names: Mapping[str, Names]) -> str:
    """Return the table to which a list with a title and headers belongs."""
    return _Choice(book, title, headers, names).best()


def takes_rows(table: Table) -> bool:
    """Return whether people may add rows to a table."""
    return table.managed and not table.rows


class _Choice:
    def __init__(self, book: Book, title: str, headers: Sequence[str], names: Mapping[str, Names]) -> None:
        self._book = book
        self._title = fold(title)
        self._headers = headers
        self._names = names
        self._default = main_table(book)

    def best(self) -> str:
        names = (self._default, *(name for name in self._names if name != self._default))
        best = max(names, key=lambda name: self._points(self._book.tables[name]))  # the first of equals
        known = {name: len(self._fields(name, self._headers)) for name in names}
        most = max(names, key=known.__getitem__)
        return most if not known[best] and known[most] >= _KNOWN else best

    def _points(self, table: Table) -> float:
        found = self._fields(table.name, self._headers)
        titled, numbered = self._counts_title(table), self._has_external(table)
        points = len(found) + titled + numbered
        if table.name == self._default:
            return points + _DEFAULT
        needed = {
            field.name
            for field in table.fields.values()
            if field.required and field.typed and field.type not in {"id", "ref"}
        }
        is_whole = needed <= found and bool(found - {table.key})
        is_meant = titled >= _NAMED or bool(titled and numbered and needed & found)
        if not is_whole and not is_meant:
            return -1
        return points + (self._besides(table) if table.references_to(self._default) else 0)

    def _fields(self, table: str, headers: Iterable[str]) -> set[str]:
        """Return the fields of a table that headers name."""
        return {one.field for header in headers for one in self._names[table].exact(header)[:1]}

    def _besides(self, table: Table) -> int:
        """Return how many fields of the main table the other headers name."""
        words = self._book.imports.tables.get(self._default)
        left = [header for header in self._headers if not self._names[table.name].exact(header)]
        return len(self._fields(self._default, left) & set(words.beside if words else ()))

    def _has_external(self, table: Table) -> bool:
        """Return whether a header identifies rows of a table in another program, such as the number of an order."""
        words = self._book.imports.tables.get(table.name)
        known = set(map(fold, words.external)) if words else set()
        return any(fold(header) in known for header in self._headers)

    def _counts_title(self, table: Table) -> int:
        words = self._book.imports.tables.get(table.name)
        known = (*table.titles.values(), *table.aliases, *(words.titles if words else ()))
        if self._title in map(fold, table.titles.values()):
            return _NAMED
        return _TITLED if any(fold(word) in self._title for word in known) else 0

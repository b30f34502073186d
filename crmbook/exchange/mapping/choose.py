"""Which table a list belongs to: its headers decide, and the title of its sheet or the name of its file.

The table that most others refer to, the customers', is the one that a list belongs to unless another knows more of
its headers. Another table must find what its rows cannot do without: a list without a date and an amount holds no
transactions. What its rows say about the customer besides counts for it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.mapping.names import Names, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.schema import Book, Table

_TITLED, _DEFAULT = 2, 1
"""What the title of a sheet, and being the table most others refer to, counts in headers."""


def main_table(book: Book) -> str:
    """Return the table that most others refer to."""
    counts = {name: 0 for name, table in book.tables.items() if table.managed}
    for table in book.tables.values():
        for to in {field.to for field in table.fields.values()} & set(counts):
            counts[str(to)] += 1
    return max(counts, key=counts.__getitem__)


def choose_table(book: Book, title: str, headers: Sequence[str], names: Mapping[str, Names]) -> str:
    """Return the table to which a list with a title and headers belongs."""
    default = main_table(book)
    best, most = default, -1.0
    for name in (default, *(other for other in names if other != default)):
        points = _points(book, book.tables[name], title, headers, names, default)
        if points > most:
            best, most = name, points
    return best


def takes_rows(table: Table) -> bool:
    """Return whether people may add rows to a table."""
    return table.managed and not table.rows


def _points(
    book: Book, table: Table, title: str, headers: Sequence[str], names: Mapping[str, Names], default: str
) -> float:
    words = book.imports.tables.get(table.name)
    external = {fold(word) for word in words.external} if words else set()
    found = {candidates[0].field for header in headers if (candidates := names[table.name].exact(header))}
    points = float(len(found)) + any(fold(header) in external for header in headers)
    if _is_titled(table, title, words.titles if words else ()):
        points += _TITLED
    if table.name == default:
        return points + _DEFAULT
    needed = {
        field.name
        for field in table.fields.values()
        if field.required and field.typed and field.type not in {"id", "ref"}
    }
    if not needed <= found or not found - {table.key}:
        return -1
    if table.references_to(default):
        beside = book.imports.tables.get(default)
        taken = [header for header in headers if not names[table.name].exact(header)]
        carried = {one.field for header in taken for one in names[default].exact(header)[:1]}
        points += len(carried & set(beside.beside if beside else ()))
    return points


def _is_titled(table: Table, title: str, words: Sequence[str]) -> bool:
    known = (*table.titles.values(), *table.aliases, *words)
    return any(fold(word) in fold(title) for word in known)

"""Patterns that a process keeps: a book that has not moved in a workbook since the last time has the same furniture.

With each goes how the sheets looked around their rows when they lacked nothing, so that a workbook that is synced
again and again is compared once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from crmbook.render.repair.pattern import make_pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    from crmbook.read import Placement
    from crmbook.render.repair.pattern import Cell, Pattern
    from crmbook.schema import Book, TableLayout

_MOST: Final = 8
_lock: Final = Lock()


@dataclass(frozen=True, slots=True)
class Kept:
    """A pattern with all that it followed from.

    Attributes
    ----------
    book
        A book never changes, so it is known again by being the same object.
    standing
        Where everything of it was.
    sound
        By sheet, the digest of its markup around the rows when it was last seen to lack nothing.
    """

    book: Book
    standing: Hashable
    pattern: Pattern
    sound: dict[str, bytes] = field(default_factory=dict)


_patterns: Final[deque[Kept]] = deque(maxlen=_MOST)


def find_pattern(
    book: Book,
    placement: Placement,
    live: Collection[tuple[str, str]],
    cells: Mapping[str, Cell],
) -> Kept:
    """Return what `make_pattern` returns, made once for one book and one placement."""
    standing = (_standing(placement), frozenset(live), tuple(cells.items()))
    with _lock:
        for kept in _patterns:
            if kept.book is book and kept.standing == standing:
                return kept
    kept = Kept(book, standing, make_pattern(book, placement, live, cells))
    with _lock:
        _patterns.append(kept)
    return kept


def _standing(placement: Placement) -> Hashable:
    """Return everything of a placement that its book does not hold."""
    layout = placement.layout
    return (
        tuple((name, fields, _place(layout.tables[name])) for name, fields in placement.fields.items()),
        tuple((name, known.column, known.parent_column) for name, known in layout.lists.items()),
        placement.lists,
        tuple(placement.headers.items()),
    )


def _place(table: TableLayout) -> Hashable:
    columns = tuple((name, column.index, column.header) for name, column in table.columns.items())
    service = tuple(column and (column.index, column.header) for column in (table.issues, table.row_id))
    return table.sheet, table.name, table.header_row, columns, service

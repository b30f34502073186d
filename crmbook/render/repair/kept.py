"""Patterns that are kept: a book that has not moved in a workbook since the last time has the same furniture.

With each goes how the sheets looked around their rows when they lacked nothing, so that a workbook that is synced
again and again is compared once. A process keeps the last few. The next process finds those of books that are just as their
schema files make them in the cache (`crmbook.schema.recall_content`), under a digest of those files, of where everything is and of
the code that makes furniture.
"""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from crmbook.base import pickled, unpickled
from crmbook.render.repair.furniture import Pattern
from crmbook.schema import code_digest, put_away, recall_content, sources_of

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    from crmbook.read import Placement
    from crmbook.render.repair.furniture import Cell
    from crmbook.schema import Book, TableLayout

_MOST: Final = 8
_MOST_ENTRIES: Final = 64
_SUFFIX: Final = ".furniture"
_PACKAGES: Final = ("crmbook.ooxml.", "crmbook.render.repair.")
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
    entry
        Name of its file in the cache; empty where it has none.
    sound
        By sheet, the digest of its markup around the rows when it was last seen to lack nothing.
    """

    book: Book
    standing: Hashable
    pattern: Pattern
    entry: str
    sound: dict[str, bytes] = field(default_factory=dict)

    def note_sound(self, sheets: Mapping[str, bytes]) -> None:
        """Note that sheets, as their digests say they are, lack nothing."""
        if sheets:
            self.sound.update(sheets)
            if self.entry:
                put_away(self.entry, pickled((self.pattern, self.sound)), most=_MOST_ENTRIES)


_patterns: Final[deque[Kept]] = deque(maxlen=_MOST)


def find_pattern(
    book: Book,
    placement: Placement,
    live: Collection[tuple[str, str]],
    cells: Mapping[str, Cell],
) -> Kept:
    """Return what `make_pattern` returns, made once for one book and one placement."""
    standing = (_standing(placement), tuple(sorted(live)), tuple(cells.items()))
    with _lock:
        for kept in _patterns:
            if kept.book is book and kept.standing == standing:
                return kept
    entry = _entry(book, standing)
    pattern, sound = _recalled(entry) or (_made(book, placement, live, cells), {})
    kept = Kept(book, standing, pattern, entry, sound)
    with _lock:
        _patterns.append(kept)
    return kept


def _made(
    book: Book, placement: Placement, live: Collection[tuple[str, str]], cells: Mapping[str, Cell]
) -> Pattern:
    from crmbook.render.repair.pattern import make_pattern  # what writes workbooks is slow to import

    return make_pattern(book, placement, live, cells)


def _entry(book: Book, standing: Hashable) -> str:
    """Return the name under which the furniture of a book is kept; empty for one whose sources are not known."""
    sources, writer = sources_of(book), find_spec("xlsxwriter")
    if not sources or writer is None or writer.origin is None:
        return ""
    digest = hashlib.sha256(f"{sources}\n{standing!r}".encode("utf-8", "surrogatepass"))
    digest.update(code_digest("build", "ooxml", "render") + Path(writer.origin).read_bytes())
    return digest.hexdigest()[:40] + _SUFFIX


def _recalled(entry: str) -> tuple[Pattern, dict[str, bytes]] | None:
    content = recall_content(entry) if entry else None
    match unpickled(content, _PACKAGES) if content is not None else None:
        case (Pattern() as pattern, dict() as sound):
            return pattern, sound
    return None


def _standing(placement: Placement) -> Hashable:
    """Return everything of a placement that its book does not hold."""
    layout = placement.layout
    return (
        tuple((name, fields, _place(layout.tables[name])) for name, fields in placement.fields.items()),
        tuple((name, known.column, known.parent_column) for name, known in layout.lists.items()),
        tuple(sorted(placement.lists)),
        tuple(placement.headers.items()),
    )


def _place(table: TableLayout) -> Hashable:
    columns = tuple((name, column.index, column.header) for name, column in table.columns.items())
    service = tuple(column and (column.index, column.header) for column in (table.issues, table.row_id))
    return table.sheet, table.name, table.header_row, columns, service

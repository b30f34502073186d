"""Where the rows of a list come from for ever, and what earlier imports made of them.

Two rows without a number of their own may say the same and yet be two: what tells them apart is the list and the row in
which they were at first. That is a row's origin. 失败明细.xlsx carries it along in a hidden column, whoever sorts, copies
or saves that workbook, and the notes of the imports in force say which origins are in the book already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, get_args

from crmbook.base import Language, describe
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from crmbook.exchange.intake.note import ImportNote
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.store import Store

    Cell = tuple[str, str, str]
    Owned = Callable[[Collection[Cell]], Collection[Cell]]

_HEADER: Final = "intake.column-origin"
_REASON: Final = "intake.column-reason"
_ORIGIN: Final = re.compile(r"row (?P<row>\d+) of (?P<list>[0-9a-f]{16})(?P<copy>(?:\+\d+)*)")
"""``+1``: a row that somebody copied from that one and changed."""
_LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of the rows of one list.

    Attributes
    ----------
    list_id
        See `crmbook.exchange.intake.note.ImportNote.list_id`.
    carried
        By row, the origin that it brings from an earlier list.
    """

    list_id: str = ""
    carried: Mapping[int, str] = field(default_factory=dict)

    def here(self, row: int) -> str:
        """Return the origin of a row that began in this list."""
        return f"row {row} of {self.list_id}"

    def of(self, row: int) -> str:
        """Return the origin of a row."""
        return self.carried.get(row) or self.here(row)


@dataclass(frozen=True, slots=True)
class TakenRows:
    """What the imports in force have taken.

    Attributes
    ----------
    left
        By list that was taken, the rows that stayed out each time.
    row_ids
        By table and origin, the row of the book that came of a row which had stayed out at first.
    """

    left: Mapping[str, frozenset[int]] = field(default_factory=dict)
    row_ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, notes: Iterable[ImportNote]) -> TakenRows:
        """Return what some imports have taken, the oldest first."""
        left: dict[str, frozenset[int]] = {}
        row_ids: dict[str, dict[str, str]] = {}
        for note in notes:
            if note.digest:
                left[note.list_id] = left.get(note.list_id, note.left_rows) & note.left_rows
            for table, came in note.came.items():
                row_ids.setdefault(table, {}).update(came)
        return cls(left, row_ids)

    def has(self, origin: str) -> bool:
        """Return whether a row is in the book already, or was."""
        found = _ORIGIN.fullmatch(origin)
        if found and not found["copy"]:
            left = self.left.get(found["list"])
            if left is not None and int(found["row"]) not in left:
                return True
        return any(origin in came for came in self.row_ids.values())


def imported_cells(store: Store, book_id: str, cells: Collection[Cell]) -> set[Cell]:
    """Return the cells, each a table, a row and a label, whose value an import brought and nobody has changed since."""
    return {cell for cell, last in store.last_change(book_id, cells).items() if last.kind == "import"}


def _none(cells: Collection[Cell]) -> Collection[Cell]:  # noqa: ARG001 - nothing was imported
    return ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier imports made of the rows of one list.

    Attributes
    ----------
    owned
        Returns the cells whose value an import brought, see `imported_cells`.
    """

    origins: Origins = Origins()
    taken: TakenRows = TakenRows()
    owned: Owned = _none

    def has(self, row: int) -> bool:
        """Return whether a row was taken in before: from its first list, or from this one."""
        return self.taken.has(self.origins.of(row)) or self.taken.has(self.origins.here(row))

    def row_id(self, table: str, row: int) -> str:
        """Return the row of a table that came of a row, empty where that is not known."""
        return self.taken.row_ids.get(table, {}).get(self.origins.of(row), "")

    def is_late(self, row: int) -> bool:
        """Return whether a row stayed out at first, so that it must be kept what comes of it now."""
        return row in self.origins.carried or row in self.taken.left.get(self.origins.list_id, ())

    @property
    def is_nothing(self) -> bool:
        """Return whether no row of the list can have been taken in before."""
        return (
            not self.origins.carried
            and self.origins.list_id not in self.taken.left
            and not self.taken.row_ids
        )


def origin_header(lang: Language) -> str:
    """Return the header of the column that carries origins."""
    return describe(_HEADER, lang, {})


def take_origins(sheet: SourceSheet) -> tuple[SourceSheet, dict[int, str]]:
    """Return a list without the columns about its failing, and the origins that were there by row.

    A row that somebody copied and changed is one of its own: the first has the origin, each further one what follows it.
    """
    header = next((one for one in map(origin_header, _LANGUAGES) if one in sheet.headers), None)
    if header is None:
        return sheet, {}
    own_headers = {header, *(describe(_REASON, lang, {}) for lang in _LANGUAGES)}
    headers = tuple(one for one in sheet.headers if one not in own_headers)
    bare = replace(
        sheet, headers=headers, frame=sheet.frame[list(headers)], positions=tuple(map(sheet.column, headers))
    )
    lines = bare.frame.itertuples(index=False, name=None)
    said: dict[str, list[tuple[str, ...]]] = {}
    carried: dict[int, str] = {}
    for row, text, line in zip(bare.frame.index.tolist(), sheet.frame[header], lines, strict=True):
        origin, content = spell(text).strip(), tuple(map(spell, line))
        if _ORIGIN.fullmatch(origin):
            several = said.setdefault(origin, [])
            if content not in several:
                several.append(content)
            at = several.index(content)
            carried[row] = f"{origin}+{at}" if at else origin
    return bare, carried

"""The rows of one table, matched with the rows that the store knows.

Everything is held by place: place in the sheet's rows, and place among the known rows (those of the image, then
those that only the head has). Columns are compared whole, and only the rows that are left open by the step before
are looked at one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmbook.identify.keys import key_column
from crmbook.identify.likeness import contents, equal_cells, match_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmbook.schema import Table

    Places = np.ndarray[tuple[int], np.dtype[np.intp]]
    Items = np.ndarray[tuple[int], np.dtype[np.object_]]

_NONE: Final = -1
_MOSTLY: Final = 0.5


@dataclass
class Known:
    """The rows that the store knows: those of the image, then those that only the head has."""

    table: Table
    image: pd.DataFrame | None
    head: pd.DataFrame

    @cached_property
    def index(self) -> pd.Index:
        """Their ids."""
        if self.image is None:
            return self.head.index
        return self.image.index.append(self._added.index)

    @cached_property
    def _added(self) -> pd.DataFrame:
        if self.image is None:
            return self.head
        return self.head[~self.head.index.isin(self.image.index)]

    @property
    def count(self) -> int:
        """Rows of the image."""
        return 0 if self.image is None else len(self.image)

    @cached_property
    def keys(self) -> Items:
        """Their keys."""
        parts = [key_column(self.table, frame) for frame in (self.image, self._added) if frame is not None]
        return np.concatenate(parts)

    def take(self, places: Iterable[int]) -> pd.DataFrame:
        """Return the rows at some places, in their order."""
        wanted = np.fromiter(places, dtype=np.intp)
        if self.image is None:
            return self.head.iloc[wanted]
        inside = wanted < self.count
        if inside.all():
            return self.image.iloc[wanted]
        parts = [self.image.iloc[wanted[inside]], self._added.iloc[wanted[~inside] - self.count]]
        order = np.argsort(np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)]))
        return pd.concat([part for part in parts if len(part)]).iloc[order]


@dataclass
class Match:
    """What became of the rows of a table; places throughout.

    Attributes
    ----------
    claims
        The known row that each row is, -1 for a new row.
    copies
        Rows that repeat the id of another row, with the row that keeps it.
    strangers
        Rows whose id nobody knows.
    rematched
        Rows whose id belonged to another row, as their keys show.
    by_key
        Rows without an id of their own that were known by their key.
    """

    claims: Places
    copies: dict[int, int] = field(default_factory=dict)
    strangers: tuple[int, ...] = ()
    rematched: tuple[int, ...] = ()
    by_key: tuple[int, ...] = ()


class Matcher:
    """Matches the rows of one table.

    Parameters
    ----------
    table, known
        The table, and the rows that the store knows of it.
    ids
        Texts of the row id column, None for a blank.
    typed
        Gives the rows' typed fields and own columns; called only where content must be compared.
    """

    def __init__(
        self, table: Table, known: Known, ids: Items, keys: Items, typed: Callable[[], pd.DataFrame]
    ) -> None:
        self.table = table
        self.known = known
        self.ids = ids
        self.keys = keys
        self._make_typed = typed
        self.claims: Places = known.index.get_indexer(pd.Index(ids, dtype=object))
        self.match = Match(self.claims)

    @cached_property
    def typed(self) -> pd.DataFrame:
        """The rows' typed fields and own columns."""
        return self._make_typed()

    def run(self, journal: Sequence[str]) -> Match:
        """Match every row, by its id, key, or content as the journal knows it."""
        named = np.fromiter((text is not None for text in self.ids), bool, len(self.ids))
        self.match.strangers = tuple(np.flatnonzero(named & (self.claims == _NONE)).tolist())
        self._part_copies()
        moved = self._put_back_permuted()
        if (self.claims == _NONE).any():
            self._claim_by_key()
        if moved:
            self._claim_by_content(moved, self._unclaimed(), _MOSTLY)
        if journal:
            blank = np.flatnonzero(~named & (self.claims == _NONE)).tolist()
            free = set(self._unclaimed())
            places = [
                place
                for place in self.known.index.get_indexer(pd.Index(list(journal), dtype=object)).tolist()
                if place in free
            ]
            self._claim_by_content(blank, places)
        self.match.copies = {
            copy: kept for copy, kept in self.match.copies.items() if self.claims[copy] == _NONE
        }
        return self.match

    def _part_copies(self) -> None:
        """Leave an id that several rows have to the one that is closest to its image.

        The key speaks first: a copy that was given another key, or none, is not the row, however few its other
        changes are. Among equals the upper row keeps the id.
        """
        claimed = np.flatnonzero(self.claims != _NONE)
        repeated = claimed[pd.Series(self.claims[claimed]).duplicated(keep=False).to_numpy()]
        if not len(repeated):
            return
        targets = self.claims[repeated]
        alike = equal_cells(self.typed.iloc[repeated], self.known.take(targets))
        same_key = self.keys[repeated] == self.known.keys[targets]
        best: dict[int, tuple[bool, int, int]] = {}
        ranks = [
            (bool(key), int(cells), -int(place))
            for key, cells, place in zip(same_key, alike, repeated, strict=True)
        ]
        for target, rank in zip(targets.tolist(), ranks, strict=True):
            best[target] = max(best.get(target, rank), rank)
        for target, rank in zip(targets.tolist(), ranks, strict=True):
            if rank != best[target]:
                self.match.copies[-rank[2]] = -best[target][2]
                self.claims[-rank[2]] = _NONE

    def _put_back_permuted(self) -> list[int]:
        """Match rows by key where ids and keys disagree about who is who; return rows that lost their id by it.

        Somebody sorted, or moved up or down, only the columns that can be seen: whole rows stand beside the ids of
        others. Where somebody renumbered rows instead, the other cells still agree with the ids.
        """
        claimed = np.flatnonzero(self.claims != _NONE)
        mine, theirs = self.keys[claimed], self.known.keys[self.claims[claimed]]
        differ = (mine != theirs) & pd.notna(mine) & pd.notna(theirs)
        if not differ.any():
            return []
        off = claimed[differ].tolist()
        owners = self._owners({self.keys[place] for place in off}, set(mine[~differ].tolist()))
        moved: dict[int, int] = {}
        for place in off:
            owner = owners.pop(self.keys[place], None)
            if owner is not None:
                moved[place] = owner
        if not moved or not self._content_moved(moved):
            return []
        self.match.rematched = tuple(moved)
        self.claims[list(moved)] = _NONE
        taken = np.isin(self.claims, list(moved.values()))
        self.claims[taken] = _NONE
        self.claims[list(moved)] = list(moved.values())
        return np.flatnonzero(taken).tolist()

    def _owners(self, keys: set[object], held: set[object]) -> dict[object, int]:
        """Return the one known row that has each key; none for a key that the right row still `held`."""
        places = np.flatnonzero(pd.Series(self.known.keys).isin(list(keys - held)).to_numpy())
        found: dict[object, list[int]] = {}
        for place in places.tolist():
            found.setdefault(self.known.keys[place], []).append(place)
        owners = {}
        for key, candidates in found.items():
            first = [place for place in candidates if place < self.known.count] or candidates
            if len(first) == 1:
                owners[key] = first[0]
        return owners

    def _content_moved(self, moved: dict[int, int]) -> bool:
        """Say whether the other cells went with the key; where they cannot tell, two rows or more are a sort."""
        rows = list(moved)
        cells, key = self.typed.iloc[rows], self.table.key
        by_key = equal_cells(cells, self.known.take(moved.values()), leaving=key).sum()
        by_id = equal_cells(cells, self.known.take(self.claims[rows]), leaving=key).sum()
        return bool(by_key > by_id or (by_key == by_id and len(moved) > 1))

    def _unclaimed(self) -> list[int]:
        free = np.ones(len(self.known.index), dtype=bool)
        free[self.claims[self.claims != _NONE]] = False
        return np.flatnonzero(free).tolist()

    def _claim_by_key(self) -> None:
        """Match rows without an id of their own by key, with the image first and then with what only the head has."""
        before = self.claims.copy()
        free = self._unclaimed()
        self._claim_same_keys([place for place in free if place < self.known.count])
        self._claim_same_keys([place for place in free if place >= self.known.count])
        self.match.by_key = tuple(np.flatnonzero(before != self.claims).tolist())

    def _claim_same_keys(self, places: list[int]) -> None:
        rows_of: dict[object, list[int]] = {}
        for row in np.flatnonzero((self.claims == _NONE) & pd.notna(self.keys)).tolist():
            rows_of.setdefault(self.keys[row], []).append(row)
        places_of: dict[object, list[int]] = {}
        for place in places:
            if self.known.keys[place] in rows_of:
                places_of.setdefault(self.known.keys[place], []).append(place)
        pairs = [(row, place) for key, found in places_of.items() for row in rows_of[key] for place in found]
        if not pairs:
            return
        rows, targets = [row for row, _ in pairs], [place for _, place in pairs]
        cells, known = self.typed.iloc[rows], self.known.take(targets)
        alike = equal_cells(cells, known).tolist()
        allowed = self._may_be_same(cells, known, targets)
        taken: set[int] = set()
        for _, row, place, may in sorted(
            zip([-count for count in alike], rows, targets, allowed, strict=True)
        ):
            if may and self.claims[row] == _NONE and place not in taken:
                self.claims[row] = place
                taken.add(place)

    def _may_be_same(self, cells: pd.DataFrame, known: pd.DataFrame, places: list[int]) -> list[bool]:
        """Say of pairs with the same key whether they may be one row.

        Where ids are numbers that count up, two people who number their new rows by hand reach the same one: such
        rows are one only if they do not contradict each other. Any other key names one thing.
        """
        if self.known.image is None or self.table.key_field.type != "id" or places[0] < self.known.count:
            return [True] * len(places)
        labels = [label for label in cells.columns if label in known.columns]
        return [
            all(mine[label] == other[label] for label in mine.keys() & other.keys())
            for mine, other in zip(contents(cells, labels), contents(known, labels), strict=True)
        ]

    def _claim_by_content(self, rows: list[int], places: list[int], share: float = 0.0) -> None:
        """Match rows that have no id with known rows of the same content; what sync fills in itself does not count."""
        rows = [row for row in rows if self.claims[row] == _NONE]
        if not rows or not places:
            return
        labels = [label for label in self.typed.columns if not self._is_given(str(label))]
        mine = contents(self.typed.iloc[rows], labels)
        others = contents(self.known.take(places), labels)
        for row, place in match_contents(mine, others, share).items():
            self.claims[rows[row]] = places[place]

    def _is_given(self, label: str) -> bool:
        inner = self.table.fields.get(label)
        return inner is not None and (
            label == self.table.key or inner.type == "id" or inner.default is not None
        )

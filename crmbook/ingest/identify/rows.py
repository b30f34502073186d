"""The rows of one table, matched with the rows that the store knows.

Everything is held by position: position in the sheet's rows, and position among the known rows (those of the image, then
those that only the head has). Columns are compared whole, and only the rows that are left open by the step before
are looked at one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmbook.ingest.identify.likeness import are_alike, contents, equal_cells, have_common, match_contents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.ingest.identify.known import Items, Known, Positions
    from crmbook.ingest.identify.likeness import Content, Likeness
    from crmbook.schema import Table

_NONE: Final = -1
_SEVERAL: Final = 2
"""Rows that it takes to exchange anything."""


@dataclass
class RowMatch:
    """What became of the rows of a table; positions throughout.

    Attributes
    ----------
    claims
        The known row that each row is, -1 for a new row.
    copies
        Rows that repeat the id of another row, with the row that keeps it.
    repeats
        The same, with those of them that turned out to be known.
    strangers
        Rows whose id nobody knows.
    rematched
        Rows whose id belonged to another row, as their keys show.
    by_key
        Rows without an id of their own that were known by their key.
    """

    claims: Positions
    copies: dict[int, int] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)
    strangers: tuple[int, ...] = ()
    rematched: tuple[int, ...] = ()
    by_key: tuple[int, ...] = ()


class RowMatcher:
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
        self.claims = known.positions(ids)
        self.match = RowMatch(self.claims)

    @cached_property
    def typed(self) -> pd.DataFrame:
        """The rows' typed fields and own columns."""
        return self._make_typed()

    def run(self, journal: Sequence[str], *, is_lent: bool = False) -> RowMatch:
        """Match every row, by its id, key, or content as the journal knows it.

        Parameters
        ----------
        is_lent
            Whether the journal is that of the workbook that this file was copied from: a row may be another one.
        """
        unknown = np.flatnonzero(self.claims == _NONE)
        self._give_up_unseen()
        self.match.strangers = tuple(row for row in unknown.tolist() if self.ids[row] is not None)
        self._part_copies()
        moved = self._put_back_permuted()
        self._put_back_renamed([row for row in moved if self.claims[row] == _NONE])
        if (self.claims == _NONE).any():
            self._claim_by_key()
        if moved:
            self._claim_by_content(moved, self._held(self._unclaimed()), are_alike)
        if journal:
            # A row that repeats another's id, or has one that nobody knows, could not be given its own any more than
            # a row without.
            free = set(self._unclaimed())
            positions = self.known.positions(np.array(journal, dtype=object)).tolist()
            left = np.flatnonzero(self.claims == _NONE).tolist()
            self._claim_by_content(
                left,
                [position for position in positions if position in free],
                self._may_be_one if is_lent else have_common,
            )
        self.match.repeats = self.match.copies
        self.match.copies = {
            copy: kept for copy, kept in self.match.repeats.items() if self.claims[copy] == _NONE
        }
        return self.match

    def _give_up_unseen(self) -> None:
        """Believe an id of a row that this workbook never held only where the key says the same.

        It was pasted from a colleague's workbook, hidden cells and all, and may be the pattern of a new row.
        """
        if self.known.image is None:
            return
        unseen = np.flatnonzero(self.claims >= self.known.count)
        if len(unseen):
            unlike = np.asarray(self.keys[unseen] != self.known.keys[self.claims[unseen]], dtype=bool)
            self.claims[unseen[unlike]] = _NONE

    def _held(self, positions: list[int]) -> list[int]:
        """Return those of some known rows that this workbook has held: content says nothing about the others."""
        return (
            positions
            if self.known.image is None
            else [position for position in positions if position < self.known.count]
        )

    def _part_copies(self) -> None:
        """Leave an id that several rows have to the one that is closest to its image.

        The key speaks first: a copy that was given another key, or none, is not the row, however few its other
        changes are. Among equals the upper row keeps the id.
        """
        claimed = np.flatnonzero(self.claims != _NONE)
        times = np.bincount(self.claims[claimed])
        if times.max(initial=0) < 2:
            return
        repeated = claimed[times[self.claims[claimed]] > 1]
        targets = self.claims[repeated]
        alike = equal_cells(self.typed.iloc[repeated], self.known.take(targets))
        same_key = self.keys[repeated] == self.known.keys[targets]
        best: dict[int, tuple[bool, int, int]] = {}
        ranks = [
            (bool(key), int(cells), -int(position))
            for key, cells, position in zip(same_key, alike, repeated, strict=True)
        ]
        for target, rank in zip(targets.tolist(), ranks, strict=True):
            best[target] = max(best.get(target, rank), rank)
        for target, rank in zip(targets.tolist(), ranks, strict=True):
            if rank != best[target]:
                self.match.copies[-rank[2]] = -best[target][2]
                self.claims[-rank[2]] = _NONE

    def _put_back_permuted(self) -> list[int]:
        """Match rows by key where ids and keys disagree about who is who; return rows that lost their id by it.

        Somebody sorted, or moved up or down, only the columns that can be seen: whole rows are now beside the ids of
        others. Where somebody renumbered rows instead, the other cells still agree with the ids.
        """
        claimed = np.flatnonzero(self.claims != _NONE)
        mine, theirs = self.keys[claimed], self.known.keys[self.claims[claimed]]
        differ = np.asarray(mine != theirs, dtype=bool)
        differ[differ] = pd.notna(mine[differ]) & pd.notna(theirs[differ])
        loose = np.flatnonzero((self.claims == _NONE) & pd.notna(self.keys))
        if not differ.any() and not self._are_taken(loose):
            return []
        off = [*claimed[differ].tolist(), *loose.tolist()]
        owners = self._owners({self.keys[position] for position in off}, set(mine[~differ].tolist()))
        moved: dict[int, int] = {}
        for position in off:
            owner = owners.pop(self.keys[position], None)
            if owner is not None and (self.claims[position] != _NONE or owner in self.claims):
                moved[position] = owner
        moved = self._exchanged(moved)
        if not moved:
            return []
        self.match.rematched = tuple(moved)
        self.claims[list(moved)] = _NONE
        taken = np.isin(self.claims, list(moved.values()))
        self.claims[taken] = _NONE
        self.claims[list(moved)] = list(moved.values())
        return np.flatnonzero(taken).tolist()

    def _put_back_renamed(self, moved: list[int]) -> None:
        """Let rows with keys that nobody knows exchange their ids, where their content says that they were exchanged.

        Somebody gave them new keys and then sorted only the columns that can be seen. Among them are the rows in `moved`,
        which lost their ids to rows whose keys are known.
        """
        claimed = np.flatnonzero(self.claims != _NONE)
        keys, theirs = pd.Series(self.keys[claimed], dtype=object), self.known.keys[self.claims[claimed]]
        renamed = claimed[keys.notna().to_numpy() & ~keys.isin(self.known.keys).to_numpy() & pd.notna(theirs)]
        own = self._held(self.claims[renamed].tolist())
        if len(renamed) + len(moved) < _SEVERAL or len(own) < len(renamed):
            return
        positions = [*own, *(self._held(self._unclaimed()) if moved else ())]
        rows = [*renamed.tolist(), *moved]
        labels = [label for label in self.typed.columns if not self._is_given(str(label))]
        mine, others = contents(self.typed.iloc[rows], labels), contents(self.known.take(positions), labels)
        found = match_contents(mine, others, are_alike)
        given = {rows[row]: positions[position] for row, position in found.items()}
        left = [row for row in renamed.tolist() if row not in given]
        if len(set(given.values()) | set(self.claims[left].tolist())) < len(given) + len(left):
            return  # what a row would leave is not taken by another, or what it would get is not left
        changed = [row for row in renamed.tolist() if row in given and given[row] != self.claims[row]]
        cells, key = self.typed.iloc[changed], self.table.key
        by_content = equal_cells(cells, self.known.take([given[row] for row in changed]), leaving=key).sum()
        if by_content > equal_cells(cells, self.known.take(self.claims[changed]), leaving=key).sum():
            self.match.rematched += tuple(changed)
            self.claims[list(given)] = list(given.values())

    def _owners(self, keys: set[object], held: set[object]) -> dict[object, int]:
        """Return the one known row that has each key; none for a key that the right row still `held`."""
        positions = np.flatnonzero(pd.Series(self.known.keys).isin(list(keys - held)).to_numpy())
        found: dict[object, list[int]] = {}
        for position in positions.tolist():
            found.setdefault(self.known.keys[position], []).append(position)
        owners = {}
        for key, candidates in found.items():
            first = [position for position in candidates if position < self.known.count] or candidates
            if len(first) == 1:
                owners[key] = first[0]
        return owners

    def _exchanged(self, moved: dict[int, int]) -> dict[int, int]:
        """Return those moves that the other cells bear out.

        A sort exchanges rows that the workbook held, all at once. A key of a row that only the head has was typed: each
        such row is looked at by itself.
        """
        known = len(self.known.index) if self.known.image is None else self.known.count
        inside = {row: owner for row, owner in moved.items() if owner < known}
        typed = {
            row: owner for row, owner in moved.items() if owner >= known and self._content_moved({row: owner})
        }
        return {**(inside if inside and self._content_moved(inside) else {}), **typed}

    def _content_moved(self, moved: dict[int, int]) -> bool:
        """Return whether the other cells went with the key; where they cannot tell, two rows or more are a sort."""
        rows, key = np.array(list(moved), dtype=np.intp), self.table.key
        by_key = equal_cells(self.typed.iloc[rows], self.known.take(moved.values()), leaving=key).sum()
        # A row without an id is compared with the one that has its id now.
        had = rows[self.claims[rows] != _NONE]
        lacking = [owner for position, owner in moved.items() if self.claims[position] == _NONE]
        holders = np.concatenate([had, np.flatnonzero(np.isin(self.claims, lacking))])
        by_id = equal_cells(
            self.typed.iloc[holders], self.known.take(self.claims[holders]), leaving=key
        ).sum()
        return bool(by_key > by_id or (by_key == by_id and len(moved) > 1))

    def _are_taken(self, loose: Positions) -> bool:
        """Return whether the key of a row without an id belongs to a known row that a row without a key claims."""
        claimed = np.flatnonzero(self.claims != _NONE)
        blank = self.claims[claimed[pd.isna(self.keys[claimed])]]
        return not set(self.keys[loose].tolist()).isdisjoint(self.known.keys[blank].tolist())

    def _unclaimed(self) -> list[int]:
        free = np.ones(len(self.known.index), dtype=bool)
        free[self.claims[self.claims != _NONE]] = False
        return np.flatnonzero(free).tolist()

    def _claim_by_key(self) -> None:
        """Match rows without an id of their own by key, with the image first and then with what only the head has."""
        before = self.claims.copy()
        free = np.array(self._unclaimed(), dtype=np.intp)
        self._claim_same_keys(free[free < self.known.count].tolist())
        self._claim_same_keys(free[free >= self.known.count].tolist())
        self.match.by_key = tuple(np.flatnonzero(before != self.claims).tolist())

    def _claim_same_keys(self, positions: list[int]) -> None:
        if not positions:
            return
        rows_of = _grouped(self.keys, np.flatnonzero((self.claims == _NONE) & pd.notna(self.keys)).tolist())
        places_of = _grouped(self.known.keys, positions)
        pairs = [
            (row, position)
            for key, rows in rows_of.items()
            for position in places_of.get(key, ())
            for row in rows
        ]
        pairs = self._possible(pairs)
        rows, targets = [row for row, _ in pairs], [position for _, position in pairs]
        if len(set(rows)) == len(rows) and len(set(targets)) == len(targets):
            self.claims[rows] = targets
            return
        alike = equal_cells(self.typed.iloc[rows], self.known.take(targets)).tolist()
        taken: set[int] = set()
        for _, row, position in sorted(zip([-count for count in alike], rows, targets, strict=True)):
            if self.claims[row] == _NONE and position not in taken:
                self.claims[row] = position
                taken.add(position)

    def _possible(self, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return those pairs with the same key that may be one row.

        Where ids are numbers that count up, two people who number their new rows by hand reach the same one: a row
        that only the head has is meant only if nothing contradicts it. Any other key names one thing.
        """
        if self.known.image is None or self.table.key_field.type != "id":
            return pairs
        doubtful = [pair for pair in pairs if pair[1] >= self.known.count]
        if not doubtful:
            return pairs
        cells = self.typed.iloc[[row for row, _ in doubtful]]
        known = self.known.take([position for _, position in doubtful])
        labels = [label for label in cells.columns if label in known.columns]
        wrong = {
            pair
            for pair, mine, other in zip(
                doubtful, contents(cells, labels), contents(known, labels), strict=True
            )
            if any(mine[label] != other[label] for label in mine.keys() & other.keys())
        }
        return [pair for pair in pairs if pair not in wrong]

    def _claim_by_content(self, rows: list[int], positions: list[int], is_same: Likeness) -> None:
        """Match rows that have no id with known rows of the same content; what sync fills in itself does not count."""
        rows = [row for row in rows if self.claims[row] == _NONE]
        if not rows or not positions:
            return
        labels = [label for label in self.typed.columns if not self._is_given(str(label))]
        mine = contents(self.typed.iloc[rows], labels)
        others = contents(self.known.take(positions), labels)
        for row, position in match_contents(mine, others, is_same).items():
            self.claims[rows[row]] = positions[position]

    def _may_be_one(self, mine: Content, other: Content) -> bool:
        """Return whether a row of a copy may be one that waits in its workbook, as it was, or became, while it was typed.

        It is where it bears the same name, where nothing in it says otherwise, or where most of it is the same.
        """
        name = self.table.name_field
        if name is not None and name in mine and name in other:
            return mine[name] == other[name]
        return are_alike(mine, other) or all(
            mine[label] == other[label] for label in mine.keys() & other.keys()
        )

    def _is_given(self, label: str) -> bool:
        inner = self.table.fields.get(label)
        return inner is not None and (
            label == self.table.key or inner.type == "id" or inner.default is not None
        )


def _grouped(keys: Items, positions: list[int]) -> dict[object, list[int]]:
    """Return the positions of each key, without blank ones."""
    groups: dict[object, list[int]] = {}
    for key, position in zip(keys[positions].tolist(), positions, strict=True):
        if key is not None:
            groups.setdefault(key, []).append(position)
    return groups

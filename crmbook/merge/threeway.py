"""The three-way merge of one table.

Every cell is judged by three values: what its editor last saw (base), what the store holds (head), what the
workbook holds (file). The file edited a cell where it differs from base; head moved it where that differs from base.
Edited and not moved: head takes it. Both: a policy, or a conflict, and head stays. Columns are compared whole; a
loop only ever runs over cells that differ.

Where there is no base for a row, nobody knows who edited: every difference is a conflict. A column that the base
lacks was blank there; one that the file lacks says nothing. A row of an old copy that its export did not show, but that
was taken in later, was typed before the copy was made: the copy may be the older one. It fills what is blank, a
blank of its own says nothing, any other difference is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.merge.aligned import Aligned, blanks, blend, joined, replaced, tabled
from crmbook.merge.compare import are_cells, columns_of, plain, unequal
from crmbook.merge.difference import listed
from crmbook.merge.policies import POLICIES, UNSETTLED
from crmbook.merge.result import Conflict, Merged, Rules
from crmbook.merge.versions import Common, States, Versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from crmbook.merge.compare import Items, Mask
    from crmbook.merge.result import Values

    Columns = list[tuple[Items, Items, Items]]


def merge_table(  # noqa: PLR0913 - three versions, the rules, and three facts about the file
    base: pd.DataFrame | None,
    head: pd.DataFrame,
    file: pd.DataFrame,
    rules: Rules | None = None,
    *,
    unknown: Mapping[str, Collection[str]] | None = None,
    seen: Sequence[pd.DataFrame] = (),
    supersedes: bool = False,
    keep_missing: bool = False,
    unseen: Mapping[str, Mapping[str, tuple[Any, Any]]] | None = None,
) -> Merged:
    """Merge what a workbook holds into head.

    Parameters
    ----------
    base
        What was last ingested from this workbook; None where that is not known.
    head, file
        The store's state, and what the workbook holds now. All three: row ids in the index, each once.
    rules
        Policies and groups of the columns.
    unknown
        By label, the rows whose cell in `file` is no value (refused, an error, not calculated): not edited, and
        blank where the row is new.
    seen
        For an old copy that comes back: what was taken from its export besides the base, the latest last. What equals
        one of these states is no edit, and nothing of the file wins over what head took meanwhile (no policy
        ``latest``).
    supersedes
        Whether the latest of `seen` is an earlier save of the very same session: where head still holds what that
        save brought, nobody else has edited, and the file goes on from there.
    keep_missing
        Whether rows that the file lacks are no deletions.
    unseen
        By row of head, what else belongs to it, is stored elsewhere, and was changed since the base, by a label of its
        own: the value then and now. Whoever deletes such a row had not seen that.
    """
    if base is not None and not seen and _is_untouched(base, file) and _are_all_cells(head):
        return Merged(head)
    image = head.iloc[:0, :0] if base is None else base
    return _Merge(
        image, head, file, unknown or {}, tuple(seen), supersedes, rules or Rules(), keep_missing, unseen or {}
    ).run()  # fmt: skip


def _is_untouched(base: pd.DataFrame, file: pd.DataFrame) -> bool:
    """Return whether a workbook holds just what was last taken from it; then head stays, whatever it is."""
    if not (base.index is file.index or base.index.equals(file.index)):
        return False
    before, after = Aligned(base, base.index), Aligned(file, base.index)
    return all(
        before.has(label) and not unequal(after.cells(label), before.cells(label)).any()
        for label in file.columns.tolist()
    )


def _are_all_cells(head: pd.DataFrame) -> bool:
    """Return whether every column is of a type that a merge gives."""
    return all(map(are_cells, columns_of(head).values()))


@dataclass
class _Outcome:
    """What is gathered on the way: written cells by label, conflicts with the position they are listed at."""

    writes: dict[str, list[tuple[Items, Items, Items]]] = field(default_factory=dict)
    conflicts: list[tuple[int, Conflict]] = field(default_factory=list)
    ignored: int = 0


@dataclass
class _Merge(States):
    """One run; the frames handed in stay as they are."""

    rules: Rules
    keep_missing: bool
    unseen: Mapping[str, Mapping[str, tuple[Any, Any]]]
    out: _Outcome = field(default_factory=_Outcome)

    def run(self) -> Merged:
        """Return the merged table."""
        in_file = Aligned(self.file, self.head.index)
        common = np.flatnonzero(in_file.present)
        there = None if in_file.positions is None else in_file.positions[common]
        self._merge_rows(common, there)
        deleted, missing = self._lost(np.flatnonzero(~in_file.present))
        tail = self._tail(there)
        frame = self._frame(deleted, tail)
        head = self.head.index
        return Merged(
            frame=frame,
            changes=tuple(listed(head, {label: _stacked(parts) for label, parts in self.out.writes.items()})),
            added=tuple(tail.index.tolist()),
            deleted=tuple(head[deleted].tolist()),
            conflicts=tuple(conflict for _, conflict in sorted(self.out.conflicts, key=lambda item: item[0])),
            ignored=self.out.ignored,
            missing=tuple(head[missing].tolist()),
        )

    # Rows that head and file both have.

    def _merge_rows(self, rows: Items, there: Items | None) -> None:
        """Judge the rows at the positions `rows` of head and `there` of the file, each label or group by itself."""
        whole = len(rows) == len(self.head)
        index = self.head.index if whole else self.head.index[rows]
        common = Common(self, index, None if whole else rows, there)
        for labels in self._units():
            edits = [common.edits(label) for label in labels]
            positions = np.flatnonzero(np.logical_or.reduce([edit for edit, _ in edits]))
            if len(positions):
                self._settle(
                    common, labels, [edit[positions] for edit, _ in edits], positions, rows[positions]
                )
            self.out.ignored += sum(ignored for _, ignored in edits)

    def _units(self) -> Iterator[tuple[str, ...]]:
        """Yield what is judged as one: groups in the position of their first label, and single labels."""
        groups = {label: labels for labels in self.rules.groups.values() for label in labels}
        done: set[str] = set()
        for label in self.file.columns:
            if label not in done:
                unit = tuple(name for name in groups.get(label, (label,)) if name in self.file.columns)
                done.update(unit)
                yield unit

    def _settle(
        self, common: Common, labels: tuple[str, ...], edits: list[Mask], positions: Items, rows: Items
    ) -> None:
        """Decide about edited rows: `positions` among the common ones, `rows` in head."""
        columns = [common.versions(label, edit, positions) for label, edit in zip(labels, edits, strict=True)]
        moved = np.logical_or.reduce([column.moved for column in columns])
        clash = moved & np.logical_or.reduce([unequal(column.file, column.head) for column in columns])
        known = common.known[positions]
        for label, column, edit in zip(labels, columns, edits, strict=True):
            self._write(label, rows, column, edit & ~moved)
        if len(labels) == 1:
            clash &= ~self._by_policy(labels[0], rows, columns[0], clash & known)
        self._quarrel(labels, rows, columns, np.flatnonzero(clash), known)

    def _by_policy(self, label: str, rows: Items, column: Versions, where: Mask) -> Mask:
        """Merge clashing cells by the column's policy; return which ones that settled."""
        policy = self.rules.policies.get(label, "conflict")
        settled = np.zeros(len(rows), dtype=bool)
        if policy == "conflict" or (policy == "latest" and self.seen):
            return settled
        positions = np.flatnonzero(where)
        merged = blanks(len(rows))
        parts = [plain(part[positions]) for part in (column.base, column.head, column.file)]
        for position, base, head, file in zip(positions.tolist(), *parts, strict=True):
            merged[position] = POLICIES[policy](base, head, file)
            settled[position] = merged[position] is not UNSETTLED
        values = _typed(merged[settled], column.head)
        differing = settled.copy()
        differing[settled] = unequal(values, column.head[settled])
        result = blanks(len(rows), column.head) if values.dtype.kind == column.head.dtype.kind else merged
        result[settled] = values
        self._write(label, rows, Versions(column.base, column.head, result, column.moved), differing)
        return settled

    def _write(self, label: str, rows: Items, column: Versions, where: Mask) -> None:
        positions = np.flatnonzero(where)
        if len(positions):
            part = (rows[positions], column.head[positions], column.file[positions])
            self.out.writes.setdefault(label, []).append(part)

    def _quarrel(
        self, labels: tuple[str, ...], rows: Items, columns: list[Versions], positions: Items, known: Mask
    ) -> None:
        """Note a conflict for each of the positions."""
        base, head, file = (
            list(zip(*(plain(getattr(column, name)[positions]) for column in columns), strict=True))
            for name in ("base", "head", "file")
        )
        for at, position in enumerate(positions.tolist()):
            row = int(rows[position])
            before = base[at] if known[position] else None
            self.out.conflicts.append(
                (row, Conflict(self.head.index[row], labels, before, head[at], file[at]))
            )

    # Rows that one side has no more.

    def _lost(self, rows: Items) -> tuple[Items, Items]:
        """Return which of head's rows, missing in the file, are deleted, and which are held."""
        rows = rows[Aligned(self.image, self.head.index[rows]).present]
        gone = np.zeros(len(rows), dtype=bool)
        for state in self.seen:
            gone |= ~Aligned(state, self.head.index[rows]).present
        self.out.ignored += int(gone.sum())
        rows = rows[~gone]
        if self.keep_missing or not len(rows):
            return rows[:0], rows
        changes = self._moved_since(self.head.index[rows])
        moved = np.asarray(self.head.index[rows].isin(list(self.unseen)), dtype=bool)
        for unlike in changes.values():
            moved |= unlike
        self._refuse_deletion(rows, np.flatnonzero(moved), changes)
        return rows[~moved], rows[:0]

    def _moved_since(self, index: pd.Index) -> dict[str, Mask]:
        """Return, by label, which rows head changed since the base."""
        ours, image = Aligned(self.head, index), Aligned(self.image, index)
        return {
            label: unequal(ours.cells(label), image.cells(label, ours.cells(label)))
            for label in self.head.columns
        }

    def _refuse_deletion(self, rows: Items, positions: Items, changes: Mapping[str, Mask]) -> None:
        """Note a conflict for each row that the file deleted and head changed."""
        for position in positions.tolist():
            row = int(rows[position])
            row_id = self.head.index[row]
            labels = tuple(label for label, unlike in changes.items() if unlike[position])
            base, head = row_values(self.image, row_id, labels), row_values(self.head, row_id, labels)
            more = {label: pair for label, pair in self.unseen.get(row_id, {}).items() if label not in labels}
            labels += tuple(more)
            base += tuple(then for then, _ in more.values())
            head += tuple(now for _, now in more.values())
            self.out.conflicts.append((row, Conflict(row_id, labels, base, head, None)))

    def _tail(self, there: Items | None) -> pd.DataFrame:
        """Return the file's rows that head gets: new ones, and those deleted in head but edited in the file.

        `there` are the positions of the file's other rows, None where those are all.
        """
        alone = np.full(len(self.file), there is not None)
        if there is not None:
            alone[there] = False
        rows = self.file.index[alone]
        common = Common(self, rows)
        edits: dict[str, Mask] = {}
        for label in self.file.columns:
            edits[label], ignored = common.edits(label)
            self.out.ignored += ignored
        edited = np.logical_or.reduce([*edits.values(), np.zeros(len(rows), dtype=bool)])
        wanted = ~common.known | edited
        self.out.ignored += int((~wanted & ~Aligned(self.image, rows).present).sum())
        for position in np.flatnonzero(common.known & edited).tolist():
            labels = tuple(label for label, edit in edits.items() if edit[position])
            base, file = (
                row_values(self.base, rows[position], labels),
                row_values(self.file, rows[position], labels),
            )
            conflict = Conflict(rows[position], labels, base, None, file)
            self.out.conflicts.append((len(self.head) + position, conflict))
        return self._completed(common, edits, wanted)

    def _completed(self, common: Common, edits: Mapping[str, Mask], wanted: Mask) -> pd.DataFrame:
        """Return the wanted rows: what the file edited, and what the base holds besides."""
        columns: dict[str, Items] = {}
        for label in dict.fromkeys([*self.base.columns, *self.file.columns]):
            cells = common.base.cells(label, self._like(label))
            if label in edits:
                cells = blend(edits[label], common.file.cells(label), cells)
            columns[label] = cells[wanted]
        return tabled(columns, common.index[wanted])

    def _like(self, label: str) -> Items | None:
        """Return some column of the label's type."""
        return next((version.cells(label) for version in self._own if version.has(label)), None)

    @cached_property
    def _own(self) -> tuple[Aligned, ...]:
        """The versions over their own rows; a table has a thousand columns, and each is looked up."""
        return tuple(Aligned(frame, frame.index) for frame in (self.head, self.base, self.file))

    # The table that comes of it.

    def _frame(self, deleted: Items, tail: pd.DataFrame) -> pd.DataFrame:
        """Return head with the written cells, without the deleted rows, with the tail below."""
        kept = np.ones(len(self.head), dtype=bool)
        kept[deleted] = False
        whole = bool(kept.all())
        head, lower = Aligned(self.head, self.head.index), Aligned(tail, tail.index)
        columns: dict[str, Items] = {}
        for label in self._labels(tail):
            cells = head.cells(label, self._like(label))
            if label in self.out.writes:
                positions, _, values = _stacked(self.out.writes[label])
                cells = replaced(cells, positions, values)
            columns[label] = joined(cells if whole else cells[kept], lower.cells(label, cells))
        index = self.head.index if whole else self.head.index[kept]
        if len(tail):
            index = pd.Index([*index.tolist(), *tail.index.tolist()], dtype=index.dtype)
        return tabled(columns, index)

    def _labels(self, tail: pd.DataFrame) -> list[str]:
        """Return head's columns and the file's new ones; one that head has dropped only where something is in it."""
        new = [label for label in self.file.columns if label not in self.head.columns]
        return [
            *self.head.columns,
            *(
                label
                for label in new
                if label not in self.image.columns
                or label in self.out.writes
                or (label in tail.columns and tail[label].notna().any())
            ),
        ]


def _stacked(parts: Columns) -> tuple[Items, Items, Items]:
    """Return the parts of one column's written cells as one."""
    positions, old, new = parts[0]
    for part in parts[1:]:
        positions, old, new = np.concatenate([positions, part[0]]), joined(old, part[1]), joined(new, part[2])
    return positions, old, new


def _typed(values: Items, like: Items) -> Items:
    """Return values of a policy in the type of the column they belong to."""
    if like.dtype.kind == "O" or not len(values):
        return values
    return values.astype(like.dtype)


def row_values(frame: pd.DataFrame, row_id: str, labels: tuple[str, ...]) -> Values:
    """Return cells of one row; a column that the frame lacks is blank."""
    row = Aligned(frame, pd.Index([row_id], dtype=object))
    return tuple(plain(row.cells(label))[0] for label in labels)

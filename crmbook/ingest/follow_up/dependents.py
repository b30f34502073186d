"""Rows that live and die with a row of another table, and what people typed into them.

Whoever deletes a customer deletes the analyses that are beside it. A value that somebody else typed there, and that
the copy had not shown, is an edit of the customer in this respect: the deletion meets it as it meets an edit of the row
itself; and so is a row of somebody else's that was put beside this customer, with what a third person typed into it. The
customer survives, whichever of the two is taken in first, and one conflict names both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import dependent_label
from crmbook.ingest.identify import asks_who
from crmbook.merge import Conflict, Merged, differs, row_values, with_seen_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from crmbook.schema import Book, Field, Table
    from crmbook.store import ConflictRecord

    Tables = Mapping[str, pd.DataFrame]
    Lookup = Callable[[str], pd.DataFrame | None]
    Edits = dict[str, dict[str, tuple[Any, Any]]]


def iter_dependents(book: Book, parent: str) -> Iterator[tuple[Table, Field]]:
    """Yield the tables with one row per row of `parent`, each with the field that says of which."""
    for table in book.tables.values():
        reference = next((inner for inner in table.references_to(parent) if inner.typed), None)
        if table.one_per == parent and table.managed and reference is not None:
            yield table, reference


def unseen_edits(book: Book, parent: str, rows: pd.Index, head: Lookup, seen: Lookup) -> Edits:
    """Return what is beside some rows of `parent` in the head and did not in what their editor saw.

    By row and label the value then and now, the row's key last; rows beside which nothing is new are left out.
    """
    found: Edits = {}
    whole, key = head(parent), book.tables[parent].key
    if whole is None or key not in whole.columns:
        return found
    keys = whole.loc[rows, key].dropna()
    owners = _rows_by_key(whole.loc[rows], key)
    called = _rows_by_key(seen(parent), key)
    for table, reference in iter_dependents(book, parent):
        frame = head(table.name)
        if frame is None or reference.name not in frame.columns:
            continue
        mine = frame[frame[reference.name].isin(list(owners))]
        news = [
            *_iter_new(table, reference, mine, seen(table.name)),
            *_iter_moved(reference, mine, owners, seen(table.name), called),
        ]
        for row, label, then, now in news:
            owner = owners[mine.loc[row, reference.name]]
            found.setdefault(owner, {})[dependent_label(table.name, label)] = (then, now)
    return {row: {**edits, key: (keys[row], keys[row])} for row, edits in found.items()}


def undecided_edits(
    book: Book, parent: str, rows: pd.Index, head: Lookup, conflicts: Iterable[ConflictRecord]
) -> Edits:
    """Return the cells of some rows of `parent`, and of what is beside them, whose conflict nobody has settled.

    By row and label the value in the head, twice: it did not change, but another one waits to be chosen.
    """
    found: Edits = {}
    whole = head(parent)
    if whole is None:
        return found
    owners = {parent: dict(zip(rows, rows, strict=True))}
    key = book.tables[parent].key if parent in book.tables else None
    for table, reference in iter_dependents(book, parent) if key in whole.columns else ():
        frame = head(table.name)
        if frame is not None and reference.name in frame.columns:
            called = {value: row for row, value in whole.loc[rows, key].dropna().items()}
            owners[table.name] = frame[reference.name].map(called).dropna().to_dict()
    for one in conflicts:
        owner, frame = owners.get(one.table, {}).get(one.row_id), head(one.table)
        if owner is None or frame is None or not _waits(book, one):
            continue
        for label in one.labels:
            value = row_values(frame, one.row_id, (label,))[0]
            spelled = label if one.table == parent else dependent_label(one.table, label)
            found.setdefault(owner, {})[spelled] = (value, value)
    return found


def _waits(book: Book, one: ConflictRecord) -> bool:
    """Return whether a conflict holds a value that may still be chosen; who a row is, is no such question."""
    is_question = asks_who(book.tables.get(one.table), one.labels, one.file)
    return one.state == "open" and one.head is not None and one.file is not None and not is_question


def _iter_new(
    table: Table, reference: Field, mine: pd.DataFrame, seen: pd.DataFrame | None
) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the cells of rows that were another value, or in a row that was not there yet hold what a person typed."""
    known = np.zeros(len(mine), dtype=bool) if seen is None else mine.index.isin(seen.index)
    for label in mine.columns:
        if label == reference.name or not len(mine):
            continue
        before = pd.Series([None] * len(mine), index=mine.index, dtype=object)
        if seen is not None and label in seen.columns:
            before = seen[label].reindex(mine.index)
        changed = differs(mine[label], before) & (known | ~_is_given(table, label, mine[label]))
        for row in mine.index[changed & ~(_is_number(table, label) & before.isna().to_numpy())].tolist():
            yield (
                row,
                label,
                *row_values(before.to_frame(label), row, (label,)),
                *row_values(mine, row, (label,)),
            )


def _iter_moved(
    reference: Field,
    mine: pd.DataFrame,
    owners: Mapping[str, str],
    seen: pd.DataFrame | None,
    called: Mapping[Any, str],
) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the rows that were beside another row, which is no longer the case; `called` has the rows by the keys seen."""
    if seen is None or reference.name not in seen.columns:
        return
    before = seen[reference.name].reindex(mine.index)
    for row, then, now in zip(mine.index, before.tolist(), mine[reference.name].tolist(), strict=True):
        if isinstance(then, str) and called.get(then, owners[now]) != owners[now]:
            yield row, reference.name, then, now


def _rows_by_key(frame: pd.DataFrame | None, key: str) -> dict[Any, str]:
    if frame is None or key not in frame.columns:
        return {}
    keys = frame[key].dropna()
    return dict(zip(keys.tolist(), keys.index.tolist(), strict=True))


def _is_number(table: Table, label: str) -> bool:
    """Return whether sync numbers a field where it is blank."""
    return label in table.fields and table.fields[label].type == "id"


def _is_given(table: Table, label: str, column: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which cells of new rows hold what sync itself puts there."""
    inner = table.fields.get(label)
    if inner is None or inner.default is None:
        return np.full(len(column), inner is not None and inner.to is not None)
    default = pd.Series([inner.default] * len(column), index=column.index, dtype=object)
    return ~differs(column.astype(object), default)


def with_dependents(  # noqa: PLR0913 - what was merged, and four facts about the file
    book: Book,
    results: Mapping[str, Merged],
    head: Tables,
    file: Tables,
    known: Lookup,
    *,
    keep_missing: bool = False,
) -> dict[str, Merged]:
    """Return merged tables in which rows that belong together stay together.

    An edit beside a row that is gone brings that row back, and a row that comes back brings all that was beside it:
    it only went with it. Where the file has deleted the row as well, both agree, and the edit goes with it.

    Parameters
    ----------
    known
        What the workbook is known to have held, of a table that it does not show what that was then.
    keep_missing
        Whether rows that the file lacks are no deletions.
    """
    found = dict(results)
    for name in dict.fromkeys(table.one_per for table in book.tables.values() if table.one_per):
        family = _Family(book, book.tables[name], found, head, known)
        for table, reference in iter_dependents(book, name):
            family.settle(table, reference, None if keep_missing else file.get(name))
        family.bring_back({} if keep_missing else file)
    return found


@dataclass
class _Family:
    """A table and those with one row per row of it, while `results` are put right."""

    book: Book
    parent: Table
    results: dict[str, Merged]
    head: Tables
    known: Lookup

    def _merged(self, name: str) -> Merged | None:
        if name in self.results:
            return self.results[name]
        return Merged(self.head[name]) if name in self.head else None

    def settle(self, table: Table, reference: Field, file: pd.DataFrame | None) -> None:
        """Give each conflict about a deleted row of `table` to the row that it is beside."""
        merged, parents = self._merged(table.name), self._merged(self.parent.name)
        if merged is None or parents is None or reference.name not in merged.frame.columns:
            return
        kept = {one.row_id for one in parents.conflicts if one.file is None}
        keys = dict(parents.frame[self.parent.key].reindex(sorted(kept)).items())
        for one in merged.conflicts:
            if one.row_id not in merged.frame.index:
                continue
            key = merged.frame.loc[one.row_id, reference.name]
            if one.file is None and key in keys.values():
                merged = _without(merged, one)
            elif one.head is None and isinstance(key, str):
                merged = self._revive(table, merged, one, key, file)
        if table.name in self.results:
            self.results[table.name] = merged
            self._revive_beside(table, reference, merged, file)

    def _revive(
        self, table: Table, merged: Merged, one: Conflict, key: str, file: pd.DataFrame | None
    ) -> Merged:
        """Bring the row back beside which somebody edited; where the file lacks it too, the edit goes with it."""
        parents, label = self._merged(self.parent.name), self.parent.key
        rows = self.known(self.parent.name)
        if parents is None or rows is None or label not in rows.columns:
            return merged
        named = parents.frame.index[parents.frame[label] == key]
        owners = named if len(named) else rows.index[rows[label] == key]
        if len(owners) != 1 or (len(named) and owners[0] not in parents.added):
            return merged
        owner = owners[0]
        if not len(named) and file is not None and owner not in file.index:
            frame = merged.frame.drop(index=one.row_id)
            added = tuple(row for row in merged.added if row != one.row_id)
            return replace(_without(merged, one), frame=frame, added=added)
        if not len(named):
            frame = with_seen_rows(parents.frame, [rows], owners)
            parents = replace(parents, frame=frame, added=(*parents.added, owner))
        self.results[self.parent.name] = _with_edit(parents, owner, (label, key), (table.name, one))
        return _without(merged, one)

    def _revive_beside(
        self, table: Table, reference: Field, merged: Merged, file: pd.DataFrame | None
    ) -> None:
        """Bring back the rows beside which the file put a row of others, which would be gone with them."""
        rows, label, parents = self.known(self.parent.name), self.parent.key, self._merged(self.parent.name)
        if rows is None or parents is None or label not in rows.columns:
            return
        moved = self._moved(reference.name, self.head.get(table.name), merged.frame, parents.frame[label])
        called = _rows_by_key(rows, label) if moved else {}
        for row, (before, key) in moved.items():
            owner = called.get(key, "")
            if not owner or owner in parents.frame.index or (file is not None and owner not in file.index):
                continue
            frame = with_seen_rows(parents.frame, [rows], pd.Index([owner], dtype=object))
            parents = replace(parents, frame=frame, added=(*parents.added, owner))
            edit = Conflict(row, (reference.name,), (before,), None, (key,))
            parents = _with_edit(parents, owner, (label, key), (table.name, edit))
            self.results[self.parent.name] = parents

    def _moved(
        self, reference: str, head: pd.DataFrame | None, frame: pd.DataFrame, keys: pd.Series
    ) -> dict[str, tuple[str, str]]:
        """Return what some rows were beside and are now, where nothing has such a key."""
        if head is None or reference not in head.columns:
            return {}
        rows = frame.index.intersection(head.index)
        before, now = head[reference].reindex(rows), frame[reference].reindex(rows)
        is_moved = differs(now, before) & (before.notna() & now.notna() & ~now.isin(keys)).to_numpy()
        pairs = zip(before[is_moved].tolist(), now[is_moved].tolist(), strict=True)
        return dict(zip(rows[is_moved].tolist(), pairs, strict=True))

    def bring_back(self, file: Tables) -> None:
        """Bring back what was beside the rows that came back; not what was emptied in `file`, where they are."""
        parents = self._merged(self.parent.name)
        if parents is None or not parents.added:
            return
        called = self._called(parents)
        for table, reference in iter_dependents(self.book, self.parent.name) if called else ():
            merged, rows = self._merged(table.name), self.known(table.name)
            if merged is None or rows is None or reference.name not in rows.columns:
                continue
            taken = merged.frame[reference.name].map(called).dropna()
            whose = rows[reference.name].map(called)
            gone = whose.notna() & ~rows.index.isin(merged.frame.index)
            gone &= ~whose.isin(taken) | _is_typed_in(table, reference, rows)
            gone &= ~self._is_emptied(table, whose, file)
            lost = rows.index[gone]
            if len(lost):
                rows = rows.assign(**{reference.name: whose.where(whose.notna(), rows[reference.name])})
                frame = with_seen_rows(merged.frame, [rows], lost)
                added = (*merged.added, *lost.tolist())
                self.results[table.name] = replace(merged, frame=frame, added=added)

    def _is_emptied(self, table: Table, whose: pd.Series, file: Tables) -> pd.Series:
        """Return which rows, with the keys of those that they are beside, a file lacks though it holds the latter."""
        shown, parents = file.get(table.name), file.get(self.parent.name)
        if shown is None or parents is None or self.parent.key not in parents.columns:
            return pd.Series(False, index=whose.index)
        return whose.isin(parents[self.parent.key]) & ~whose.index.isin(shown.index)

    def _called(self, parents: Merged) -> dict[str, str]:
        """Return the keys of the rows that came back, by themselves and by the keys that these rows had before.

        A key that a row which was never gone has as well is that row's: the other one is a copy of it.
        """
        label, rows = self.parent.key, self.known(self.parent.name)
        stayed = parents.frame[label].drop(index=list(parents.added))
        now = parents.frame.loc[list(parents.added), label].dropna()
        now = now[~now.isin(stayed)]
        called = dict(zip(now.tolist(), now.tolist(), strict=True))
        if rows is not None and label in rows.columns:
            before = rows[label].reindex(now.index).dropna()
            before = before[~before.isin(parents.frame[label])]
            called |= dict(zip(before.tolist(), now[before.index].tolist(), strict=True))
        return called


def _is_typed_in(table: Table, reference: Field, rows: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which rows hold what a person typed, beside their key and whom they are about."""
    found = np.zeros(len(rows), dtype=bool)
    for label in rows.columns:
        if label != reference.name and not _is_number(table, label):
            found |= rows[label].notna().to_numpy() & ~_is_given(table, label, rows[label])
    return found


def _without(merged: Merged, conflict: Conflict) -> Merged:
    return replace(merged, conflicts=tuple(one for one in merged.conflicts if one is not conflict))


def _with_edit(parents: Merged, owner: str, key: tuple[str, str], edit: tuple[str, Conflict]) -> Merged:
    """Return a table in which the conflict about a deleted row also names what was edited beside it.

    Parameters
    ----------
    owner, key
        The row, the label of its key and the key.
    edit
        The table beside, and the conflict that the edit made there.
    """
    table, one = edit
    before = next(
        (known for known in parents.conflicts if known.row_id == owner and known.head is None), None
    )
    labels = tuple(dependent_label(table, inner) for inner in one.labels)
    base, file = one.base or (None,) * len(labels), one.file or (None,) * len(labels)
    if before is not None and before.file is not None:
        merged = replace(
            before, labels=before.labels + labels, file=before.file + file,
            base=None if before.base is None else before.base + base,
        )  # fmt: skip
    else:
        merged = Conflict(owner, (*labels, key[0]), (*base, key[1]), None, (*file, key[1]))
    return replace(
        parents, conflicts=(*(known for known in parents.conflicts if known is not before), merged)
    )

"""The past of a book: every state is the head with the later changes undone.

The log holds, per revision and table, the patch that leads back. Walking it shows what a table was at any revision,
what each revision changed, and which one changed a cell last.
"""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Connection, select

from crmbook.base import CrmbookError, same
from crmbook.store.codec import decode_frame, kind_of
from crmbook.store.patch import Patch, decode_patch
from crmbook.store.records import Cell, ChangeQuery, ChangeRecord, Frames, RevisionRecord
from crmbook.store.tables import BOOK, CHANGE, HEAD, REVISION

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator


def head_revision(connection: Connection, book_id: str) -> int:
    """Return the number of a book's newest revision.

    Raises
    ------
    CrmbookError
        ``store.no-book``.
    """
    revision = connection.execute(
        select(BOOK.c.revision).where(BOOK.c.book_id == book_id)
    ).scalar_one_or_none()
    if revision is None:
        raise CrmbookError("store.no-book", book=book_id)
    return int(revision)


def load_head(connection: Connection, book_id: str) -> Frames:
    """Return every table of the head."""
    query = select(HEAD.c.name, HEAD.c.data).where(HEAD.c.book_id == book_id).order_by(HEAD.c.place)
    return {name: decode_frame(data) for name, data in connection.execute(query)}


def states_at(
    connection: Connection, book_id: str, head: Frames, revisions: Collection[int]
) -> dict[int, Frames]:
    """Return the state at each of some revisions.

    Raises
    ------
    CrmbookError
        ``store.no-revision``.
    """
    newest = head_revision(connection, book_id)
    for revision in revisions:
        if not 0 <= revision <= newest:
            raise CrmbookError("store.no-revision", revision=revision, newest=newest)
    states: dict[int, Frames] = {}
    tables = dict(head)
    steps = iter_patches(connection, book_id, ChangeQuery(first=min(revisions, default=newest) + 1))
    for number, name, patch in steps:  # all that came after `number` is undone by now
        states |= {wanted: dict(tables) for wanted in revisions if wanted >= number and wanted not in states}
        undone = patch.apply(tables.get(name))
        if undone is None:
            tables.pop(name, None)
        else:
            tables[name] = undone
    return {wanted: states.get(wanted, tables) for wanted in revisions}


def iter_patches(
    connection: Connection, book_id: str, wanted: ChangeQuery
) -> Generator[tuple[int, str, Patch], None, None]:
    """Yield the way back, newest first: revision, table and patch."""
    query = select(CHANGE.c.number, CHANGE.c.name, CHANGE.c.data).where(CHANGE.c.book_id == book_id)
    if wanted.first is not None:
        query = query.where(CHANGE.c.number >= wanted.first)
    if wanted.last is not None:
        query = query.where(CHANGE.c.number <= wanted.last)
    if wanted.table is not None:
        query = query.where(CHANGE.c.name == wanted.table)
    query = query.order_by(CHANGE.c.number.desc(), CHANGE.c.name)
    with connection.execute(query.execution_options(yield_per=50)) as rows:
        for number, name, data in rows:
            yield int(number), name, decode_patch(data)


def revisions(connection: Connection, book_id: str) -> list[RevisionRecord]:
    """Return all revisions, oldest first."""
    query = select(REVISION).where(REVISION.c.book_id == book_id).order_by(REVISION.c.number)
    return [_revision(row) for row in connection.execute(query)]


def changes(connection: Connection, book_id: str, head: Frames, wanted: ChangeQuery) -> list[ChangeRecord]:
    """Return what some revisions changed, oldest first; rows that came carry the values they came with."""
    newest = ChangeQuery(
        first=wanted.first, table=wanted.table
    )  # what came is known by undoing what followed
    tables = dict(head)
    found: list[list[ChangeRecord]] = []
    for number, name, patch in iter_patches(connection, book_id, newest):
        after = tables.get(name)
        before = patch.apply(after)
        if wanted.last is None or number <= wanted.last:
            found.append(list(_iter_records(number, name, (patch, before, after), wanted)))
        if before is None:
            tables.pop(name, None)
        else:
            tables[name] = before
    return [record for group in reversed(found) for record in group]


def last_change(
    connection: Connection, book_id: str, head: Frames, cells: Iterable[Cell]
) -> dict[Cell, RevisionRecord]:
    """Return, for each cell that ever was, the revision that changed it last."""
    left: dict[str, set[Cell]] = {}
    for cell in cells:
        left.setdefault(cell[0], set()).add(cell)
    standing = {name: _Standing.find(head.get(name), asked) for name, asked in left.items()}
    found: dict[Cell, int] = {}
    with closing(iter_patches(connection, book_id, ChangeQuery())) as steps:
        for number, name, patch in steps:
            if not any(left.values()):
                break
            if left.get(name):
                hit = standing[name].hit(patch, left[name])
                found |= dict.fromkeys(hit, number)
                left[name] -= hit
    query = select(REVISION).where(REVISION.c.book_id == book_id, REVISION.c.number.in_(set(found.values())))
    known = {row.number: _revision(row) for row in connection.execute(query)}
    return {cell: known[number] for cell, number in found.items()}


def former_values(
    connection: Connection, book_id: str, table: str, label: str, after: int = 0
) -> dict[Any, str]:
    """Return the values that cells of a column held before they changed or went, each with the row that had it last.

    Only what was changed later than the revision `after` is looked at.
    """
    found: dict[Any, str] = {}
    for _, _, patch in iter_patches(connection, book_id, ChangeQuery(first=after + 1, table=table)):
        rows, values = patch.inserted.tolist(), list(patch.rows.get(label, ()))  # on the way back they come
        cells = patch.cells.get(label)
        if cells is not None:
            rows += patch.touched[cells.places].tolist()
            values += list(cells.items)
        if values:
            found = {**dict(zip(map(plain, values), rows, strict=True)), **found}
    return {value: row for value, row in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the head has of some cells' rows and labels.

    A cell that no later revision touched is in the head; one that does not and was not touched never was.
    """

    rows: frozenset[str]
    labels: frozenset[str]

    @classmethod
    def find(cls, frame: pd.DataFrame | None, cells: set[Cell]) -> _Standing:
        if frame is None:
            return cls(frozenset(), frozenset())
        rows = list({row for _, row, _ in cells})
        there = pd.Index(rows, dtype=object).isin(frame.index)
        return cls(
            frozenset(row for row, found in zip(rows, there, strict=True) if found), frozenset(frame.columns)
        )

    def hit(self, patch: Patch, cells: set[Cell]) -> set[Cell]:
        """Return those of some cells that a revision changed, or that came or went with it."""
        rows = {row for _, row, _ in cells}
        went, came = rows & set(patch.inserted), set[str]()
        if patch.absent:
            came = rows
        elif patch.kept is not None:
            came = rows - set(patch.kept)
        elif patch.dropped is not None:
            came = rows & set(patch.dropped)
        labels = self.labels if patch.columns is None else {label for label, _ in patch.columns}
        at = {row: position for position, row in enumerate(patch.touched) if row in rows}
        places = {label: set(part.places.tolist()) for label, part in patch.cells.items()}

        def is_hit(row: str, label: str) -> bool:
            if row in went or at.get(row) in places.get(label, ()):
                return True
            came_so = label in self.labels and (row in came or label not in labels)
            return row in self.rows and (came_so or label in patch.whole)

        return {cell for cell in cells if is_hit(cell[1], cell[2])}


def _iter_records(
    number: int,
    table: str,
    step: tuple[Patch, pd.DataFrame | None, pd.DataFrame | None],
    wanted: ChangeQuery,
) -> Iterator[ChangeRecord]:
    patch, before, after = step
    if wanted.label is None:
        yield from _iter_rows(number, table, step, wanted)
    labels = [label for label in patch.cells if wanted.label in {None, label}]
    for label in labels:
        cells = patch.cells[label]
        held = cells.replaced if cells.replaced is not None else [None] * len(cells.places)
        for position, old, new in zip(cells.places, cells.items, held, strict=True):
            row_id = patch.touched[position]
            if wanted.has(row_id):
                yield ChangeRecord(number, "changed", table, row_id, label, plain(old), plain(new))
    yield from _iter_columns(number, table, (before, after), wanted)


def _iter_rows(
    number: int,
    table: str,
    step: tuple[Patch, pd.DataFrame | None, pd.DataFrame | None],
    wanted: ChangeQuery,
) -> Iterator[ChangeRecord]:
    patch, before, after = step
    empty = pd.Index([], dtype=object)
    old_ids = empty if before is None else before.index
    new_ids = empty if after is None else after.index
    if patch.absent or patch.kept is not None or patch.dropped is not None:
        came = new_ids[~new_ids.isin(old_ids)]
        yield from (
            ChangeRecord(number, "added", table, row_id, new=values)
            for row_id, values in _rows(after, came, wanted)
        )
    if patch.created or patch.places is not None:
        gone = old_ids[~old_ids.isin(new_ids)]
        yield from (
            ChangeRecord(number, "deleted", table, row_id, old=values)
            for row_id, values in _rows(before, gone, wanted)
        )


def _iter_columns(
    number: int, table: str, states: tuple[pd.DataFrame | None, pd.DataFrame | None], wanted: ChangeQuery
) -> Iterator[ChangeRecord]:
    """Yield the cells of columns that came, went or became of another kind, in rows that stayed."""
    before, after = states
    if before is None or after is None:
        return
    rows = before.index.intersection(after.index, sort=False)
    rows = rows if wanted.row_id is None else rows[rows == wanted.row_id]
    for label in dict.fromkeys([*before.columns, *after.columns]):
        if wanted.label not in {None, label} or _kind(before, label) == _kind(after, label):
            continue
        sides = [frame[label].loc[rows] if label in frame else None for frame in states if frame is not None]
        olds, news = ([None] * len(rows) if side is None else list(map(plain, side)) for side in sides)
        for row_id, old, new in zip(rows, olds, news, strict=True):
            if not same(old, new):
                yield ChangeRecord(number, "changed", table, row_id, label, old, new)


def _kind(frame: pd.DataFrame, label: str) -> str:
    return kind_of(frame[label].to_numpy()) if label in frame else ""


def _rows(
    frame: pd.DataFrame | None, ids: pd.Index, wanted: ChangeQuery
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield rows with their values by label, without blanks."""
    if frame is None:
        return
    ids = ids if wanted.row_id is None else ids[ids == wanted.row_id]
    for row in frame.loc[ids].astype(object).itertuples(name=None):
        pairs = zip(frame.columns, row[1:], strict=True)
        yield row[0], {label: plain(value) for label, value in pairs if plain(value) is not None}


def plain(value: Any) -> Any:
    """Return an item of a column as a plain Python value."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        return None
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime()
    if hasattr(value, "astype"):  # a moment or a number of numpy's
        value = value.item()
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value


def _revision(row: Any) -> RevisionRecord:
    return RevisionRecord(row.number, row.kind, row.who, row.workbook_id, row.note, row.at)

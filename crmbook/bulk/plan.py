"""A wish → a plan: which rows are meant, what they would hold, and what follows of it. Nothing is stored here."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.base import OWN, CrmbookError
from crmbook.build import Condition, own_columns
from crmbook.bulk.model import BulkPlan
from crmbook.bulk.values import read_values
from crmbook.ingest import follow, undecided_edits
from crmbook.merge import blanks, cells_of, differs
from crmbook.revisions import Naming, compare_states, deleted_rows, rows_beyond, with_deleted
from crmbook.schema import SCORING, recompute
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from crmbook.bulk.model import BulkWish, Refusal
    from crmbook.revisions import Line
    from crmbook.schema import Book, Field, Table
    from crmbook.store import State, Store

    Tables = Mapping[str, pd.DataFrame]

_ID_DIGITS: Final = 12


def plan_bulk(  # noqa: PLR0913, PLR0917 - the book, the wish, and what is known of them
    store: Store,
    book_id: str,
    book: Book,
    wish: BulkWish,
    as_of: date,
    head: State | None = None,
    seen: Tables | None = None,
) -> BulkPlan:
    """Return what an edit in bulk would do.

    Parameters
    ----------
    book
        With the dropdown lists as people left them in the head.
    head
        Where it is at hand; by default that of the store.
    seen
        The rows that whoever asks may speak of: the condition sees no others, and no others are changed; all by default.

    Raises
    ------
    CrmbookError
        ``history.unknown-table``, ``history.unknown-field``; ``bulk.not-this-table``, ``bulk.rows-of-another``,
        ``bulk.key-field``, ``bulk.computed-field``, ``bulk.read-only-field``, ``bulk.field-twice`` if that cannot be
        changed in bulk; ``restore.key-taken``.
    FormulaError
        If the condition is wrong.
    """
    head = head or store.head(book_id)
    naming = Naming(book, head.tables)
    table = _table_of(naming, wish)
    labels = tuple(_label_of(naming, table, words) for words in wish.texts)
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise CrmbookError("bulk.field-twice", field=table.header(twice))
    draft = _Draft(store, book_id, book, head, table, as_of, seen)
    if wish.action == "set":
        draft.write(wish.where, dict(zip(labels, wish.texts.values(), strict=True)))
    elif wish.action == "delete":
        draft.delete(wish.where)
    else:
        draft.restore(wish.where)
    return draft.plan(wish, labels)


def _table_of(naming: Naming, wish: BulkWish) -> Table:
    """Return the table that is meant; one whose rows people do not make is refused."""
    table = naming.book.tables.get(naming.find_table(wish.table))
    if table is None or not table.managed or table.name not in naming.tables or table.rows in SCORING:
        raise CrmbookError("bulk.not-this-table", table=naming.title(naming.find_table(wish.table)))
    if table.one_per and wish.action != "set":
        parent = naming.book.tables[table.one_per].title
        raise CrmbookError("bulk.rows-of-another", table=table.title, parent=parent)
    return table


def _label_of(naming: Naming, table: Table, words: str) -> str:
    """Return the field that goes by a title or name; one that nobody types into is refused."""
    found = naming.find_labels(words, table.name)
    own = [label for label in found if label not in table.fields]
    label = next((one for one in table.fields if one in found), None) or own[0]
    code = _refusal_of(table, table.fields.get(label))
    if code:
        raise CrmbookError(code, field=table.header(label), table=table.title)
    return label


def _refusal_of(table: Table, target: Field | None) -> str:
    """Return why nobody types into a field in bulk; empty where people may."""
    if target is None:
        return ""
    if target.derived:
        return "bulk.computed-field"
    if target.read_only:
        return "bulk.read-only-field"
    is_key = target.name == table.key or (table.one_per and target.to == table.one_per)
    return "bulk.key-field" if is_key else ""


@dataclass
class _Draft:
    """A state while a wish is carried out in it.

    Attributes
    ----------
    tables
        The state so far.
    seen
        The rows that may be spoken of; None for all.
    """

    store: Store
    book_id: str
    book: Book
    head: State
    table: Table
    as_of: date
    seen: Tables | None = None
    tables: dict[str, pd.DataFrame] = field(init=False)
    matched: int = 0
    rows: Sequence[str] = ()
    stays: tuple[str, ...] = ()
    referring: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Refusal] = field(default_factory=list)
    typed: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = dict(self.head.tables)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows of the table."""
        return self.head.tables[self.table.name]

    def _meant(self, where: str, tables: Tables) -> pd.Index:
        """Return the rows for which a condition holds in a state, computed fields included."""
        known = {name: frame for name, frame in tables.items() if name in self.book.tables}
        own = {name: own_columns(frame) for name, frame in known.items()}
        condition = Condition.of(self.book, where, self.table.name, own)
        if self._reads_typed_only(condition, tables):
            holds = condition.holds(tables, {"as_of": self.as_of})
        else:
            computed = recompute(self.book, known, self.as_of)
            frames = dict(computed.frames)
            for name, headers in own.items():
                columns = {OWN + header: known[name][OWN + header] for header in headers}
                frames[name] = frames[name].assign(**columns) if columns else frames[name]
            holds = condition.holds(frames, computed.cells)
        rows = holds.index[holds.to_numpy()]
        self.matched = len(rows)
        return rows

    def _reads_typed_only(self, condition: Condition, tables: Tables) -> bool:
        """Return whether a condition reads nothing that is computed: then the book need not be, which takes long."""
        read = {
            (condition.tables[word], condition.fields[word, shown])
            for word, shown in condition.formula.references
        }
        return condition.formula.names <= {"as_of"} and all(
            table in tables
            and label in tables[table]
            and (label.startswith(OWN) or self.book.tables[table].fields[label].formula is None)
            for table, label in read
        )

    def write(self, where: str, texts: Mapping[str, str]) -> None:
        """Write values into the rows for which a condition holds."""
        name, frame = self.table.name, self.frame
        rows = self._meant(where, self.seen or self.tables)
        new = read_values(self.book, self.head.tables, name, rows, texts, self.as_of)
        self.refused, self.doubts = new.refused, new.doubts
        if self.refused:
            return
        changed = np.zeros(len(rows), dtype=bool)
        columns = {}
        for label, column in new.columns.items():
            columns[label] = _with_cells(frame, label, column)
            unlike = differs(columns[label].loc[rows], frame[label].loc[rows]) if label in frame else True
            changed |= unlike
            if label in self.table.fields and self.table.fields[label].to:
                self.typed[name, label] = rows[unlike].tolist()
        self.rows = rows[changed].tolist()
        if self.rows:
            self.tables[name] = frame.assign(**columns)

    def delete(self, where: str) -> None:
        """Delete the rows for which a condition holds, but those in which a value waits for a decision."""
        name, frame = self.table.name, self.frame
        rows = self._meant(where, self.seen or self.tables)
        waiting = undecided_edits(
            self.book, name, rows, self.head.tables.get, self.store.conflicts(self.book_id)
        )
        naming = Naming(self.book, self.head.tables)
        self.stays = tuple(naming.key(name, row) or row for row in rows if row in waiting)
        gone = rows[~rows.isin(list(waiting))]
        self.rows = gone.tolist()
        self.referring = self._referring_to(gone)
        if self.rows:
            self.tables[name] = frame.drop(index=gone)

    def _referring_to(self, rows: pd.Index) -> dict[str, int]:
        """Return by title how many rows of other tables refer to some rows; those that live and die with them do not count."""
        keys = self.frame[self.table.key].loc[rows].dropna().tolist() if self.table.key in self.frame else []
        counts: Counter[str] = Counter()
        for table in self.book.tables.values():
            frame = self.head.tables.get(table.name)
            if frame is None or not table.managed or table.one_per == self.table.name:
                continue
            staying = frame.drop(index=rows) if table is self.table else frame
            labels = [one.name for one in table.references_to(self.table.name) if one.name in frame.columns]
            if labels:
                counts[table.title] += int(staying[labels].isin(keys).any(axis=1).sum())
        return {title: count for title, count in counts.items() if count}

    def restore(self, where: str) -> None:
        """Bring the deleted rows back for which a condition holds, with what lived beside them."""
        name, key = self.table.name, self.table.key
        deleted = deleted_rows(self.store, self.book_id, self.head, name)
        there = with_deleted(self.store, self.book_id, self.book, self.head, name, deleted)
        meant = self._meant(where, there)
        wanted = set(meant[~meant.isin(self.frame.index)].tolist())
        self.matched = len(wanted)
        newest = {one.old.get(key) or one.row_id: one for one in deleted if one.row_id in wanted}
        held = set(self.frame[key].dropna().tolist()) if key in self.frame else set()
        taken = sorted(spell(one) for one in newest.keys() & held)
        if taken:
            raise CrmbookError("restore.key-taken", title=self.table.title, key=taken[0])
        back = list(newest.values())
        self.rows = [one.row_id for one in back]
        if back:
            self.tables = with_deleted(self.store, self.book_id, self.book, self.head, name, back)

    def plan(self, wish: BulkWish, labels: tuple[str, ...]) -> BulkPlan:
        """Return the plan, with what follows of it."""
        followed = None
        lines: list[Line] = []
        if self.rows:
            followed = follow(
                self.book, self.tables, self.head.tables, self.head.counters, self.as_of, self.typed,
                rows_beyond(self.tables, self.head.tables),
            )  # fmt: skip
            lines = compare_states(self.book, self.head.tables, followed.tables)
        mine = [one for one in lines if one.table == self.table.name]
        return BulkPlan(
            _identify(wish, mine), wish, self.table.name, self.table.title, labels, self.matched, len(self.frame),
            tuple(self.rows), lines, self.stays, self.referring, tuple(self.refused), tuple(self.doubts),
            followed.tables if followed else self.head.tables,
            followed.counters if followed else self.head.counters,
            self.head.revision, followed.notes if followed else (),
        )  # fmt: skip


def _with_cells(frame: pd.DataFrame, label: str, column: pd.Series) -> pd.Series:
    """Return a column of a table with other values in some rows."""
    cells = cells_of(frame[label]).copy() if label in frame else blanks(len(frame))
    given = cells_of(column)
    if given.dtype != cells.dtype:
        given = given.astype(cells.dtype)
    cells[frame.index.get_indexer(column.index)] = given
    return pd.Series(cells, index=frame.index, dtype=cells.dtype)


def _identify(wish: BulkWish, lines: Sequence[Line]) -> str:
    """Return the hash of what is done to each row; it does not depend on what else is in the book."""
    parts: list[Any] = [wish.action, *sorted(
        ([one.change, one.table, one.row_id, one.label, one.old, one.new] for one in lines),
        key=lambda part: (part[2], part[3]),
    )]  # fmt: skip
    text = json.dumps(parts, default=repr, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]

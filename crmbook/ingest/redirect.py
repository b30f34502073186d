"""A workbook that still shows rows which went into others: what was typed there goes to the rows that stay.

Before the merge the row that went is taken out of the file and of all that the file is compared with. A cell that was edited
in it is put in place of the same cell of the row that stays, with what its editor saw as the base: where the head holds
that still, the edit is taken, else it is a conflict like any other. Where the same person edited both cells, or the other
one cannot be read, the edit of the row that went is a conflict. A reference to it is one to the row that stays, in every
version, so that what nobody touched is no edit. The key of the row that went is not asked about: it is an alias.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.ingest.duplicates import MERGED, survivors
from crmbook.ingest.follow_up import Note
from crmbook.merge import Conflict, differs, row_values, with_seen_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from crmbook.merge import Merged
    from crmbook.schema import Book, Table
    from crmbook.store import Image

    Tables = Mapping[str, pd.DataFrame]
    Unknown = Mapping[tuple[str, str], Collection[str]]
    Edit = tuple[str, str, Any, Any]


@dataclass
class Redirected:
    """A workbook and what it is compared with, as if it had never shown a row that went.

    Attributes
    ----------
    file
        Its tables.
    image
        What it is compared with.
    conflicts
        By table, edits of rows that went which contradict an edit of the same workbook.
    notes
        What was done, for the report.
    """

    file: Tables
    image: Image | None
    conflicts: dict[str, list[Conflict]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def with_conflicts(self, name: str, merged: Merged) -> Merged:
        """Return a merged table with its conflicts, against what is there by now."""
        more = [
            replace(one, head=row_values(merged.frame, one.row_id, one.labels))
            for one in self.conflicts.get(name, ())
            if one.row_id in merged.frame.index
        ]
        return replace(merged, conflicts=(*merged.conflicts, *more)) if more else merged


def redirect(  # noqa: PLR0913, PLR0917 - what is known of a workbook, and of the book
    book: Book, head: Tables, file: Tables, image: Image | None, shown: Tables | None, unknown: Unknown
) -> Redirected:
    """Return a workbook without the rows that went into others.

    Parameters
    ----------
    image
        What the store knows of its export.
    shown
        Which of the states of that the file is compared with; None for none.
    """
    done = Redirected(file, image)
    for name in dict.fromkeys(head[MERGED]["table"]) if MERGED in head else ():
        stays = survivors(head, name)
        states = [image.frames, *image.seen] if image else []
        held = [tables[name].index for tables in (file, *states) if name in tables]
        if name in book.tables and any(index.isin(list(stays)).any() for index in held):
            _Way(book, book.tables[name], stays, head, unknown, done, states, shown).run()
            image, shown = done.image, _same_place(states, shown, done.image)
    return done


def _same_place(states: Sequence[Tables], shown: Tables | None, image: Image | None) -> Tables | None:
    position = next((position for position, one in enumerate(states) if one is shown), None)
    return None if position is None or image is None else (image.frames, *image.seen)[position]


@dataclass
class _Way:
    """One table while its rows that went are taken out."""

    book: Book
    table: Table
    stays: Mapping[str, str]
    head: Tables
    unknown: Unknown
    done: Redirected
    states: Sequence[Tables]
    shown: Tables | None

    def run(self) -> None:
        """Take the rows out, and put what was typed in them where it belongs."""
        name = self.table.name
        before = None if self.shown is None else self.shown.get(name)
        file = self.done.file.get(name)
        edits = list(self._edits(file, before)) if file is not None and before is not None else []
        self.done.file = self._without(self.done.file)
        states = [self._without(tables) for tables in self.states]
        position = next((position for position, one in enumerate(self.states) if one is self.shown), None)
        if file is not None and position is not None:
            states[position] = {**states[position], name: self._put(edits, file, states[position][name])}
        if self.done.image is not None and states:
            self.done.image = replace(self.done.image, frames=states[0], seen=tuple(states[1:]))

    def _edits(self, file: pd.DataFrame, before: pd.DataFrame) -> Iterator[Edit]:
        """Yield row that went, label, what its editor saw and what was typed."""
        rows = file.index[file.index.isin(list(self.stays)) & file.index.isin(before.index)]
        older = [tables[self.table.name] for tables in self.states if self.table.name in tables]
        for label in file.columns if len(rows) else ():
            if label == self.table.key or label not in before.columns:
                continue
            unread = self.unknown.get((self.table.name, str(label)), ())
            for row in rows[differs(file[label].loc[rows], before[label].loc[rows])].tolist():
                (new,) = row_values(file, row, (label,))
                known = [row_values(state, row, (label,)) for state in older if row in state.index]
                if row not in unread and (new,) not in known:
                    yield row, str(label), *row_values(before, row, (label,)), new

    def _without(self, tables: Tables) -> dict[str, pd.DataFrame]:
        """Return a version without the rows that went, and with references to those that stay."""
        name, found = self.table.name, dict(tables)
        frame = tables.get(name)
        if frame is None or self.table.key not in frame.columns:
            return found
        gone = frame.index.isin(list(self.stays))
        keys = self._renamed(frame, frame.index[gone])
        found[name] = frame[~gone]
        for other in self.book.tables.values():
            for target in other.references_to(name):
                if other.name in found and target.name in found[other.name].columns:
                    column = found[other.name][target.name]
                    if column.isin(list(keys)).any():
                        spelled = column.map(lambda key: keys.get(key, key), na_action="ignore")
                        found[other.name] = found[other.name].assign(**{target.name: spelled.astype(object)})
        return found

    def _renamed(self, frame: pd.DataFrame, gone: pd.Index) -> dict[str, str]:
        """Return the keys that the rows which went have in a version, each with that of the row that stays."""
        key = self.table.key
        taken = set(frame[key].drop(index=gone).dropna().tolist())
        found = {}
        for row in gone.tolist():
            kept = self.stays[row]
            here = frame if kept in frame.index else self.head[self.table.name]
            (old,), (new,) = row_values(frame, row, (key,)), row_values(here, kept, (key,))
            if isinstance(old, str) and isinstance(new, str) and old not in taken:
                found[old] = new
        return found

    def _put(self, edits: Sequence[Edit], whole: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
        """Put edits into the rows that stay; return what these are compared with."""
        name = self.table.name
        file, head = self.done.file[name], self.head[name]
        here = whole.index[whole.index.isin(list(self.stays))].tolist()
        wanted = pd.Index(list(dict.fromkeys(self.stays[row] for row in here)), dtype=object)
        # Who keeps the row that went does not want the one that stays gone; who never saw that one saw the other.
        base = with_seen_rows(base, [head], wanted)
        file = with_seen_rows(file, [base], wanted)
        put: set[tuple[str, str]] = set()
        for row, label, before, new in edits:
            kept = self.stays[row]
            (typed,), (old,) = row_values(file, kept, (label,)), row_values(base, kept, (label,))
            unread = kept in self.unknown.get((name, label), ())
            if unread or (kept, label) in put or not _is_same(typed, old):
                if unread or not _is_same(typed, new):
                    one = Conflict(kept, (label,), (before,), (old,), (new,))
                    self.done.conflicts.setdefault(name, []).append(one)
                continue
            put.add((kept, label))
            file, base = _with_cell(file, kept, label, new), _with_cell(base, kept, label, before)
        self.done.file = {**self.done.file, name: file}
        self.done.notes += self._notes(edits)
        return base

    def _notes(self, edits: Sequence[Edit]) -> Iterator[Note]:
        gone, keys = self.head[MERGED]["key"], self.head[self.table.name][self.table.key]
        for row in dict.fromkeys(edit[0] for edit in edits):
            kept, count = self.stays[row], sum(edit[0] == row for edit in edits)
            params = {"table": self.table.title, "old": gone[row], "new": keys[kept], "count": count}
            yield Note("advance.merged-away", self.table.name, kept, params)


def _is_same(one: Any, other: Any) -> bool:
    cells = pd.Series([one], dtype=object), pd.Series([other], dtype=object)
    return not differs(*cells)[0]


def _with_cell(frame: pd.DataFrame, row: str, label: str, value: Any) -> pd.DataFrame:
    if label not in frame.columns:
        return frame
    column = frame[label].copy()
    column.loc[row] = value
    return frame.assign(**{label: column})

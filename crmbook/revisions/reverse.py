"""Taking one revision back: it alone is reversed, by the three-way merge.

The base is the book as the revision left it, the edited copy is the book as it was before, the head is the book of
today. So what colleagues changed since stays. Where they changed the same cells, the head's values stay and the other
ones wait as a conflict. A row that the revision made goes, unless somebody has edited it, or what is beside it, or
refers to it: then it stays with all that belongs to it, and whether it goes is asked. A row that the revision deleted
comes back. A column that it brought stays, empty: workbooks have it by now, and learn from it that its cells are blank.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import CrmbookError
from crmbook.ingest import follow
from crmbook.merge import Merged, differs, merge_table, row_values
from crmbook.revisions.history import compare_states
from crmbook.revisions.restore import Restored
from crmbook.schema import LISTS
from crmbook.store import Commit, ConflictRecord, Step
from crmbook.values import spell, spell_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from crmbook.merge import Conflict
    from crmbook.revisions.restore import Hand
    from crmbook.schema import Book, Table
    from crmbook.store import BookRecord, RevisionRecord, State, Store

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Reversed(Restored):
    """What came of taking a revision back.

    Attributes
    ----------
    conflicts
        How many conflicts were found, each kept until somebody settles it.
    """

    conflicts: int = 0


def standing(revisions: Sequence[RevisionRecord], kind: str) -> list[RevisionRecord]:
    """Return the revisions of a kind that nobody has taken back, oldest first."""
    undone = {int(one.note) for one in revisions if one.kind == "undo"}
    return [one for one in revisions if one.kind == kind and one.number not in undone]


def reverse_revision(
    store: Store, record: BookRecord, book: Book, find: Callable[[], int], hand: Hand
) -> Reversed:
    """Take a revision back, and what colleagues have done since stays.

    Parameters
    ----------
    find
        Says which one, and raises where there is none: asked before the lease is taken, so that a wish that cannot be met
        changes nothing, and again under it.

    Raises
    ------
    CrmbookError
        ``restore.key-taken`` where a row that would come back has a key which another row has by now.
    BusyError
        ``store.busy``.
    """
    book_id = record.book_id
    find()
    with store.lease(book_id) as lease:
        number = find()
        commit, _, done = plan_reversal(store, record, book, number, store.head(book_id), hand)
        return replace(done, revision=store.commit(lease, book_id, commit))


def plan_reversal(  # noqa: PLR0913, PLR0917 - the book, the revision, and what is known of both
    store: Store, record: BookRecord, book: Book, number: int, head: State, hand: Hand
) -> tuple[Commit, Mapping[str, pd.DataFrame], Reversed]:
    """Return what takes a revision back, the state then, and what came of it as long as nothing is stored.

    Raises
    ------
    CrmbookError
        As `reverse_revision` does.
    """
    book_id = record.book_id
    after, before = store.state_at(book_id, number), store.state_at(book_id, number - 1)
    back = _Reversal(book, after, before, head.tables)
    tables = back.run()
    returned = back.returned()
    _refuse_taken_keys(book, tables, returned)
    followed = follow(book, tables, head.tables, head.counters, hand.as_of, returned=returned)
    conflicts = _records(store, record, book, back, hand)
    changed = {name: frame for name, frame in followed.tables.items() if frame is not head.tables.get(name)}
    step = Step("undo", hand.who, note=str(number), tables=changed)
    commit = Commit(head.revision, [step], followed.counters, conflicts=conflicts)
    lines = compare_states(book, head.tables, followed.tables)
    done = Reversed(head.revision, head.revision, lines, followed.notes, len(conflicts))
    return commit, followed.tables, done


def _refuse_taken_keys(book: Book, tables: Tables, returned: Mapping[str, pd.Index]) -> None:
    """Refuse to bring a row back whose key another row was given meanwhile: a key means one row."""
    for name, rows in returned.items():
        table = book.tables.get(name)
        if table is None or table.key not in tables[name]:
            continue
        keys = tables[name][table.key].dropna()
        taken = keys[keys.duplicated(keep=False) & keys.index.isin(rows)]
        if len(taken):
            raise CrmbookError("restore.key-taken", title=table.title, key=spell(taken.iloc[0]))


@dataclass
class _Reversal:
    """One revision while it is taken back.

    Attributes
    ----------
    kept
        By table, rows that the revision made and that stay, each with what speaks for it: label → value then and now.
    """

    book: Book
    after: Tables
    before: Tables
    head: Tables
    kept: dict[str, dict[str, dict[str, tuple[Any, Any]]]] = field(default_factory=dict)
    results: dict[str, Merged] = field(default_factory=dict)

    def run(self) -> dict[str, pd.DataFrame]:
        """Return the state without the revision."""
        made = {name: rows for name in self.after if len(rows := self._made(name))}
        self._keep_edited(made)
        while self._keep_needed(made):
            pass
        for name in self.after:
            if name in self.head and not self._is_untouched(name):
                self.results[name] = self._merge(name)
        return {**self.head, **{name: merged.frame for name, merged in self.results.items()}}

    def returned(self) -> dict[str, pd.Index]:
        """Return by table the rows that come back: those that the revision deleted and nobody else brought back since."""
        found = {}
        for name, merged in self.results.items():
            rows = pd.Index(list(merged.added), dtype=object)
            if len(rows):
                found[name] = rows
        return found

    def _made(self, name: str) -> pd.Index:
        """Return the rows of a table that the revision made and that are still there."""
        rows, head = self.after[name].index, self.head.get(name)
        if head is None:
            return rows[:0]
        earlier = self.before.get(name)
        made = rows if earlier is None else rows[~rows.isin(earlier.index)]
        return made[made.isin(head.index)]

    def _is_untouched(self, name: str) -> bool:
        """Return whether the revision left a table as it was."""
        before, after = self.before.get(name), self.after[name]
        return before is not None and before.equals(after)

    def _keep_edited(self, made: Mapping[str, pd.Index]) -> None:
        """Keep rows that somebody has edited since."""
        for name, rows in made.items():
            then, now = self.after[name].loc[rows], self.head[name].loc[rows]
            for label in now.columns:
                old = then[label] if label in then.columns else _nothing(rows)
                for row in rows[differs(now[label], old)].tolist():
                    values = row_values(old.to_frame(label), row, (label,)), row_values(now, row, (label,))
                    self._keep(name, row)[label] = (values[0][0], values[1][0])

    def _keep(self, name: str, row: str) -> dict[str, tuple[Any, Any]]:
        return self.kept.setdefault(name, {}).setdefault(row, {})

    def _keep_needed(self, made: Mapping[str, pd.Index]) -> bool:
        """Keep rows that those refer to which stay; return whether there were any more."""
        more = False
        for name, _, label, target in self._references():
            staying = self.head[name].index
            if name in made:
                staying = staying[~staying.isin(made[name]) | staying.isin(list(self.kept.get(name, {})))]
            key = self.book.tables[target].key
            rows = self.head[target].loc[made[target], key].dropna()
            named = self._referred_since(name, label, staying)
            for row, value in rows.items():
                if value in named and row not in self.kept.get(target, {}):
                    self._keep(target, str(row))[key] = (value, value)
                    more = True
        return more | self._keep_beside(made)

    def _referred_since(self, name: str, label: str, rows: pd.Index) -> set[Any]:
        """Return what some rows refer to and did not before the revision: what they did then, they did without it."""
        now, earlier = self.head[name].loc[rows, label], self.before.get(name)
        if earlier is not None and label in earlier:
            now = now[differs(now, earlier[label].reindex(rows))]
        return set(now.dropna().tolist())

    def _references(self) -> Iterator[tuple[str, Table, str, str]]:
        """Yield the references to tables in which the revision made rows."""
        for name, table in self.book.tables.items():
            if name not in self.head or not table.managed:
                continue
            for label, target in table.fields.items():
                other = target.to or ""
                if target.typed and label in self.head[name].columns and len(self._made_rows(other)):
                    yield name, table, label, other

    def _made_rows(self, name: str) -> pd.Index:
        return self._made(name) if name in self.after and name in self.book.tables else pd.Index([])

    def _keep_beside(self, made: Mapping[str, pd.Index]) -> bool:
        """Keep what is beside a row that stays: the rows that each such row has one of."""
        more = False
        for name, table, label, target in self._references():
            if table.one_per != target or name not in made:
                continue
            kept = self.kept.get(target, {})
            keys = set(self.head[target].loc[list(kept), self.book.tables[target].key].dropna().tolist())
            column = self.head[name].loc[made[name], label]
            for row in column.index[column.isin(list(keys))].tolist():
                if row not in self.kept.get(name, {}):
                    self._keep(name, row)
                    more = True
        return more

    def _merge(self, name: str) -> Merged:
        """Return a table without the revision."""
        after, head, kept = self.after[name], self.head[name], self.kept.get(name, {})
        earlier = self.before.get(name, after.iloc[:0])
        # What the revision deleted comes back; what somebody else has deleted since does not.
        standing = earlier[earlier.index.isin(head.index) | ~earlier.index.isin(after.index)]
        # A column that the revision brought was blank before, which is more than to say nothing of it.
        standing = standing.assign(
            **{label: _nothing(standing.index) for label in after.columns if label not in earlier.columns}
        )
        quiet = [row for row in kept if self._goes_with_another(name, row)]
        file = pd.concat([standing, after.loc[quiet]]) if quiet else standing
        if name == LISTS:
            used = self._used_entries(after.index.difference(earlier.index))
            file = pd.concat([file, after.loc[used]]) if used else file
        unseen = {row: edits for row, edits in kept.items() if row not in quiet and edits}
        return merge_table(after, head, file, unseen=unseen)

    def _goes_with_another(self, name: str, row: str) -> bool:
        """Return whether a row that stays is beside another one, about which is asked."""
        table = self.book.tables.get(name)
        if table is None or not table.one_per or not table.managed:
            return False
        owners, key = self.kept.get(table.one_per, {}), self.book.tables[table.one_per].key
        keys = set(self.head[table.one_per].loc[list(owners), key].dropna().tolist()) if owners else set()
        labels = [target.name for target in table.references_to(table.one_per) if target.typed]
        return any(label in self.head[name] and self.head[name].loc[row, label] in keys for label in labels)

    def _used_entries(self, entries: pd.Index) -> list[str]:
        """Return the list entries of the revision that somebody uses in a row that stays."""
        found = []
        for entry in entries.tolist():
            listed, text = self.after[LISTS].loc[entry, "list"], self.after[LISTS].loc[entry, "text"]
            for name, table in self.book.tables.items():
                frame = self.head.get(name)
                if frame is None:
                    continue
                staying = frame.drop(
                    index=[row for row in self._made_rows(name) if row not in self.kept.get(name, {})]
                )
                changed = self._still_its_own(name, staying)
                if any(
                    target.list == listed
                    and label in staying
                    and (staying[label] == text)[~changed[label]].any()
                    for label, target in table.fields.items()
                    if label in changed
                ):
                    found.append(entry)
                    break
        return found

    def _still_its_own(self, name: str, staying: pd.DataFrame) -> dict[str, pd.Series]:
        """Return by label the rows that hold the revision's own value, which goes."""
        after, before = self.after.get(name), self.before.get(name)
        found = {}
        for label in staying.columns:
            none = pd.Series(data=False, index=staying.index)
            if after is not None and before is not None and label in after and label in before:
                rows = staying.index[staying.index.isin(before.index) & staying.index.isin(after.index)]
                mine = differs(before[label].reindex(rows), after[label].reindex(rows))
                none.loc[rows] = mine & ~differs(staying[label].reindex(rows), after[label].reindex(rows))
            found[str(label)] = none
        return found


def _nothing(rows: pd.Index) -> pd.Series:
    return pd.Series([None] * len(rows), index=rows, dtype=object)


def _records(
    store: Store, record: BookRecord, book: Book, back: _Reversal, hand: Hand
) -> list[ConflictRecord]:
    """Return the conflicts of an undoing as the store keeps them, without those that are open already."""
    found = [(name, one) for name, merged in back.results.items() for one in merged.conflicts]
    known = {
        (one.table, one.row_id, one.labels, spell_all(one.file)) for one in store.conflicts(record.book_id)
    }
    cells = [(name, one.row_id, label) for name, one in found for label in one.labels]
    last = store.last_change(record.book_id, cells) if cells else {}
    drafts = []
    for name, one in found:
        if (name, one.row_id, one.labels, spell_all(one.file)) in known:
            continue
        draft = ConflictRecord(
            name, one.row_id, one.labels, one.base, one.head, one.file,
            key=_key(book, name, one, back.head), file_who=hand.who,
        )  # fmt: skip
        newest = max(
            (last[cell] for label in one.labels if (cell := (name, one.row_id, label)) in last),
            key=lambda change: change.number,
            default=None,
        )
        drafts.append(draft if newest is None else replace(draft, head_who=newest.who, head_at=newest.at))
    return drafts


def _key(book: Book, name: str, one: Conflict, head: Tables) -> str:
    label = book.tables[name].key if name in book.tables else "text"
    frame = head[name]
    return spell(frame[label].loc[one.row_id]) if one.row_id in frame.index and label in frame else ""

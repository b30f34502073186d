"""Advance rules: a row that is done with one stage opens the row of the next.

A rule opens a row when its condition *becomes* true: for a row that is new, was not meant for this customer before,
or did not fulfil the condition in the head before the merge. Somebody who deletes the opened row later, while the
first still says 进入下一阶段 = 是, meant it: it is not opened again until the condition was false in between. Nothing
else needs to be remembered for that, and a crash between the merge and this step cannot lose an opening, because
both are stored at once.

What the opened row is known by depends on the table it is in:

- its key refers to the same parent as the first row (客户ID): one row per parent, an existing one is left as it is;
- its key is a number, and the first row refers to it (a prospect and its customer): the reference is the memory. The
  row is opened as long as the reference is blank, and fills it. Persons are not merged: two of the same name are two;
- otherwise it is a record of its own, opened once and recognised by what was carried into it.

Where `unless` is true none is opened, whatever became true: a customer who is at risk already gets no second risk.

A rule with `into` opens nothing: it keeps what a row says in a row of another table that speaks of the same parent, so
that it is there when the first row says something else (the recovery of a loss, when the next loss comes). See
`crmbook.ingest.follow_up.keeping`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.ingest.follow_up.keeping import keep_into
from crmbook.ingest.follow_up.keys import new_keys
from crmbook.ingest.follow_up.reaching import Reaching
from crmbook.ingest.follow_up.state import items

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.ingest.follow_up.state import Mask, Progress
    from crmbook.schema import Advance, Field, Table


def open_stages(progress: Progress) -> None:
    """Apply the advance rules of every table, in the order of the book."""
    for table in progress.book.tables.values():
        if table.name in progress.tables:
            for rule in table.advance:
                if progress.book.tables[rule.to].managed and rule.into is None:
                    _Opening(progress, table, rule).run()
                elif rule.into is not None:
                    keep_into(progress, table, rule, rule.into)


class _Opening:
    """One rule of one table."""

    def __init__(self, progress: Progress, table: Table, rule: Advance) -> None:
        self.progress = progress
        self.table = table
        self.rule = rule
        self.there = progress.book.tables[rule.to]
        self.carry = self._carried()
        fields = [(self.there.fields[label], table.fields[name]) for label, name in self.carry.items()]
        self.reaching = Reaching(progress.book, fields)

    def _carried(self) -> dict[str, str]:
        """Return what is carried, field there to field here: what the rule says, and references to common parents."""
        carry = dict(self.rule.carry)
        for target in self.there.fields.values():
            if target.to and target.typed and target.name not in carry:
                source = self._reference(target.to)
                if source:
                    carry[target.name] = source
        return carry

    def _reference(self, parent: str) -> str | None:
        """Return the field here that holds the key of a row of `parent`."""
        if parent == self.table.name:
            return self.table.key
        found = [inner.name for inner in self.table.references_to(parent) if inner.typed]
        return self.table.key if self.table.key in found else next(iter(found), None)

    def run(self) -> None:
        true = self.progress.now.true(self.rule.formula)
        if not true.any():
            return
        link = self._reference(self.there.name) if self.there.key_field.type == "id" else None
        if link and self.there.name != self.table.name:
            self._reach_late(true, self.table.fields[link])
            self._open_parents(true, self.table.fields[link])
        elif self.there.key_field.to and self.there.key in self.carry:
            self._open_children(true)
        else:
            self._open_records(true)

    def _open_parents(self, true: Mask, link: Field) -> None:
        """Open a row for every one whose reference is blank, and let it refer to that."""
        column = self.progress.column(self.table.name, link.name)
        blank = self._named_nobody(true & column.isna().to_numpy(), link)
        rows = list(self._allowed(dict.fromkeys(blank, "")))
        if not rows:
            return
        keys = new_keys(self.progress, self.there, len(rows))
        self._add(rows, {self.there.key: keys})
        self.progress.put(link, dict(zip(rows, keys, strict=True)))
        sources = self.reaching.sources
        said = (
            zip(*(self._source(name, rows) for name in sources), strict=True) if sources else [()] * len(rows)
        )
        for row, key, values in zip(rows, keys, said, strict=True):
            self._note("numbered-row", row, key)
            if self.reaching.leaves(dict(zip(sources, values, strict=True))):
                self._note("left-behind", row, key)

    def _named_nobody(self, blank: Mask, link: Field) -> list[str]:
        """Return those of the rows with a blank reference in which it is one: nobody typed what means nobody."""
        blanks, name = self.progress.blanks, self.table.name
        refused = set(blanks.unknown.get((name, link.name), ()))
        rows = [row for row in self.progress.frame(name).index[blank].tolist() if row not in refused]
        if not rows or blanks.are_sure(name, link.name):
            return rows
        earlier = self.progress.earlier_column(name, link.name)
        if not len(earlier):
            return rows
        was_due = self.progress.earlier.true(self.rule.formula) & earlier.isna().to_numpy()
        waiting = set(earlier.index[was_due].tolist())
        return [row for row in rows if row not in waiting]

    def _reach_late(self, true: Mask, link: Field) -> None:
        """Let what is typed of how to reach somebody only after the row was opened get there too, where nothing is."""
        keys = self.progress.keys(self.there.name)
        homes = dict(zip(keys.tolist(), keys.index.tolist(), strict=True))
        for label in self.reaching.targets:
            said = self._first_said(self.carry[label], true)
            parents = items(self.progress.column(self.table.name, link.name), said)
            held = self.progress.column(self.there.name, label)
            values = {}
            for value, parent in zip(said.values(), parents, strict=True):
                home, mine = homes.get(parent) if parent else None, self.reaching.value(label, value)
                if home is not None and mine is not None and pd.isna(held.loc[home]):
                    values[home] = mine
            self.progress.put(self.there.fields[label], values)
            for home in values:
                params = {"field": self.there.fields[label].title, "source": self.table.title}
                self.progress.note("kept", self.there.name, home, **params)

    def _first_said(self, name: str, true: Mask) -> dict[str, Any]:
        """Return what the rows say, by row id, in a field that was blank in the head before the merge."""
        earlier = self.progress.earlier_column(self.table.name, name)
        now = self.progress.column(self.table.name, name)[true]
        now = now[now.index.isin(earlier.index[earlier.isna().to_numpy()])].dropna()
        return dict(zip(now.index.tolist(), now.tolist(), strict=True))

    def _open_children(self, true: Mask) -> None:
        """Open a row for every parent that has none, where the condition became true."""
        source, parent = self.table.fields[self.carry[self.there.key]], self.there.key_field.to or ""
        owners = set(self.progress.keys(parent).dropna().tolist())
        present = set(self.progress.keys(self.there.name).dropna().tolist())
        fulfilled = dict(self._fulfilled(true, self._items(source), owners))
        opened = self._allowed(self._became_true(fulfilled, source, parent))
        wanted: dict[str, str] = {}
        for row, key in opened.items():
            if key not in present:
                wanted.setdefault(key, row)
            elif self.rule.close:
                self._note_return(row, key)
        if wanted:
            self._add(list(wanted.values()), {})
            for key, row in wanted.items():
                self._note("opened", row, key)

    def _items(self, source: Field) -> list[Any]:
        return items(self.progress.column(self.table.name, source.name), self._index())

    def _index(self) -> list[str]:
        ids: list[str] = self.progress.frame(self.table.name).index.tolist()
        return ids

    def _fulfilled(self, true: Mask, keys: list[Any], owners: set[str]) -> Iterator[tuple[str, str]]:
        for row, holds, key in zip(self._index(), true.tolist(), keys, strict=True):
            if holds and key in owners:
                yield row, key

    def _became_true(self, fulfilled: Mapping[str, str], source: Field, parent: str) -> dict[str, str]:
        """Return the rows that did not fulfil the condition for the same parent in the head before the merge."""
        earlier = self.progress.earlier_column(self.table.name, source.name)
        both = [row for row in fulfilled if row in earlier.index]
        if not both:
            return dict(fulfilled)
        positions = earlier.index.get_indexer(pd.Index(both, dtype=object))
        was_true = self.progress.earlier.true(self.rule.formula)[positions]
        owners = set(self.progress.earlier_column(parent, self.progress.book.tables[parent].key).tolist())
        renames = self.progress.renames.get(parent, {})
        same = [
            bool(held) and key in owners and renames.get(key, key) == fulfilled[row]
            for row, held, key in zip(both, was_true, items(earlier, both), strict=True)
        ]
        before = {row for row, was in zip(both, same, strict=True) if was}
        return {row: key for row, key in fulfilled.items() if row not in before}

    def _allowed(self, rows: dict[str, str]) -> dict[str, str]:
        """Return those of the rows to which the rule's exception does not apply."""
        if not rows or self.rule.unless is None:
            return rows
        barred = dict(zip(self._index(), self.progress.now.true(self.rule.unless).tolist(), strict=True))
        return {row: key for row, key in rows.items() if not barred[row]}

    def _open_records(self, true: Mask) -> None:
        """Open a record for every row in which the condition became true, unless a new one says the same already."""
        earlier = self.progress.before.get(self.table.name)
        rows = [row for row, holds in zip(self._index(), true.tolist(), strict=True) if holds]
        if earlier is not None:
            positions = earlier.index.get_indexer(pd.Index(rows, dtype=object))
            was_true = self.progress.earlier.true(self.rule.formula)
            rows = [
                row
                for row, position in zip(rows, positions.tolist(), strict=True)
                if position < 0 or not was_true[position]
            ]
        rows = list(self._allowed(dict.fromkeys(rows, "")))
        known = self._new_records()
        for row, content in zip(rows, self._contents(rows), strict=True):
            if content in known:
                known.remove(content)
            else:
                self._add([row], {})
                self._note("opened", row, self._parent_of(row))

    def _parent_of(self, row: str) -> str:
        """Return the key by which the report names a row: that of its parent, where it has one."""
        known = [name for name in self.carry.values() if self.table.fields[name].to]
        return str(self._source(known[0], [row])[0] or "") if known else ""

    def _contents(self, rows: list[str]) -> list[tuple[object, ...]]:
        columns = [self._source(name, rows) for name in self.carry.values()]
        return list(zip(*columns, strict=True)) if columns else [()] * len(rows)

    def _new_records(self) -> list[tuple[object, ...]]:
        name = self.there.name
        new = self.progress.frame(name).index[self.progress.is_new(name)].tolist()
        columns = [items(self.progress.column(name, label), new) for label in self.carry]
        return list(zip(*columns, strict=True)) if columns else [()] * len(new)

    def _source(self, name: str, rows: list[str]) -> list[Any]:
        """Return the values of a field here, computed ones too."""
        target = self.table.fields[name]
        if target.formula is None:
            return items(self.progress.column(self.table.name, name), rows)
        return items(self.progress.now.computed(self.table.name, name), rows)

    def _add(self, rows: list[str], columns: dict[str, list[Any]]) -> None:
        carried = {
            label: [self.reaching.value(label, value) for value in self._source(source, rows)]
            for label, source in self.carry.items()
            if self.there.fields[label].typed
        }
        self.progress.add(self.there.name, carried | columns)

    def _note(self, code: str, row: str, key: str) -> None:
        self.progress.note(code, self.table.name, row, to=self.progress.title(self.there.name), key=key)

    def _note_return(self, row: str, key: str) -> None:
        """Say once that a row is closed and its customer back in a stage where it still has a row."""
        code = "advance.returned"
        if not any(note.code == code and note.row_id == row for note in self.progress.notes):
            self._note("returned", row, key)

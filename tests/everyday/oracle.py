"""An oracle that knows what people did and what the schema declares, and nothing of how sync merges.

Two questions: did anything change that nobody typed and no declared rule brings about; and does every typed value
stand in the head, or is it named. A third, whether the workbooks at rest show what the head holds, is asked by
`tests.everyday.shown`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context
from typing import TYPE_CHECKING, Any

import pandas as pd

from tests.everyday.hands import Emptied, Entered, Typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmbook.base.issues import Issue
    from crmbook.schema import Book, Field, Table
    from crmbook.store import ConflictRecord
    from tests.everyday.hands import Act

    Row = dict[str, Any]
    Rows = dict[str, Row]
    Tables = dict[str, Rows]


_KEPT = Context(prec=15, rounding=ROUND_HALF_UP)
_ANY = object()
"""What somebody saw who saw all there was."""


def plain(value: Any) -> Any:
    """Return a value as it is compared: a number at 15 digits, a day as a day, None for a blank."""
    if value is None or value is pd.NaT or value != value or value == "":
        return None
    if isinstance(value, pd.Timestamp | datetime):
        return value.date()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(_KEPT.create_decimal(repr(value)))
    return value if isinstance(value, date) else str(value)


def speaks_of(issue: Issue, table: str, label: str = "") -> bool:
    """Return whether a finding is about a table, and a field if one is given.

    A reference to nobody is named once, at its first cell, whichever tables and columns it stands in.
    """
    gathered = issue.count > 1 and issue.code.startswith(("check.reference", "check.unknown-reference"))
    return gathered or (issue.table == table and (not label or issue.field_name == label))


def tables_of(frames: Mapping[str, pd.DataFrame]) -> Tables:
    """Return the tables of a head as rows by id, blanks left out."""
    return {
        name: {
            row_id: {label: plain(value) for label, value in row.items() if plain(value) is not None}
            for row_id, row in frame.astype(object).to_dict("index").items()
        }
        for name, frame in frames.items()
    }


@dataclass
class Oracle:
    """What was done to a book since its head was `before`; after each judgement that is the head judged.

    Attributes
    ----------
    acts
        All that people ever did, in order.
    entered
        The rows that acts entered, by the act's number.
    unheard
        Ids of acts of which nothing need be heard: a row emptied again before any sync, what may be no value in a copy
        that a run put away whose report is lost.
    faults
        What must never happen and did.
    """

    book: Book
    before: Tables
    acts: list[Act] = field(default_factory=list)
    entered: dict[int, str] = field(default_factory=dict)
    renames: dict[tuple[str, Any], Any] = field(default_factory=dict)
    unheard: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = {(name, row_id) for name, rows in self.before.items() for row_id in rows}

    def did(self, acts: Iterable[Act]) -> list[Act]:
        """Add what was done; return it as it is judged.

        What is typed into a row that has no id yet belongs to the entry of that row: before its first sync it is part
        of the entry, later it is typed into the row that sync made of it.
        """
        added: list[Act] = []
        for act in acts:
            if isinstance(act, Emptied) and not act.row:
                self._take_back(act)
            number = self._entry(act) if isinstance(act, Typed) and not act.row else None
            if number is not None and number not in self.entered:
                self.acts[number].cells[act.label] = act.new
            else:
                added.append(act if number is None else replace(act, row=self.entered[number]))
                self.acts.append(added[-1])
        return added

    def _take_back(self, emptied: Emptied) -> None:
        """Ask no more for a row that whoever typed it emptied before any sync."""
        cells = {label: plain(value) for label, value in emptied.saw.items()}
        self.unheard |= {
            id(act) for number, act in enumerate(self.acts)
            if isinstance(act, Entered) and number not in self.entered and act.table == emptied.table
            and {label: plain(value) for label, value in act.cells.items()} == cells
        }  # fmt: skip

    def _entry(self, typed: Typed) -> int | None:
        """Return the number of the act that entered the row in which something was typed."""
        found = [
            number for number, act in enumerate(self.acts)
            if isinstance(act, Entered) and act.table == typed.table and act.cells
            and all(plain(typed.beside.get(label)) == plain(value) for label, value in act.cells.items())
        ]  # fmt: skip
        return found[-1] if found else None

    def judge(
        self,
        after: Tables,
        conflicts: Sequence[ConflictRecord],
        issues: Iterable[Issue],
        waiting: Iterable[Act] = (),
    ) -> None:
        """Judge a new head; `waiting` are acts in workbooks that sync has not taken in, or holds."""
        self.after, self.conflicts, self.issues = after, list(conflicts), list(issues)
        self.renames = self._renames()
        for name, rows in after.items():
            if name in self.book.tables:
                self._judge_table(self.book.tables[name], self.before.get(name, {}), rows)
        later = {id(act) for act in waiting}
        for number, act in enumerate(self.acts):
            if id(act) not in later | self.unheard and not self._is_kept(number, act):
                self.faults.append(f"lost: {act}")
        self._judge_references()
        self.before = after
        self.known |= {(name, row_id) for name, rows in after.items() for row_id in rows}

    # what changed

    def _judge_table(self, table: Table, before: Rows, after: Rows) -> None:
        for row_id in before.keys() - after.keys():
            if not self._may_go(table, row_id, before[row_id]):
                self.faults.append(f"gone: {table.name} {row_id} {before[row_id]}")
        for row_id in before.keys() & after.keys():
            self._judge_row(table, row_id, before[row_id], after[row_id])
        new = after.keys() - before.keys()
        for row_id in sorted(new, key=lambda row_id: (not self._is_exact(table, after[row_id]), row_id)):
            self._judge_new(table, row_id, after[row_id])

    def _judge_new(self, table: Table, row_id: str, row: Row) -> None:
        if (table.name, row_id) in self.known and self._acts_on(table.name, row_id):
            return  # edited by somebody who had not seen that it was emptied
        found = [
            number for number, act in enumerate(self.acts)
            if isinstance(act, Entered) and act.table == table.name and self._is_entered(table, act, row)
        ]  # fmt: skip
        free = [number for number in found if number not in self.entered]
        if free:  # who used a row again had it already
            self.entered[min(free, key=lambda number: (bool(self.acts[number].row), number))] = row_id
        elif found and not self._follows(table, row):
            self.faults.append(f"entered twice: {self.acts[found[0]]} as {row_id}")
        elif not found and not self._follows(table, row):
            self.faults.append(f"came from nowhere: {table.name} {row_id} {row}")

    def _is_exact(self, table: Table, row: Row) -> bool:
        """Return whether somebody entered a row just like this, key and all: it is hers before one that may be."""
        return any(
            isinstance(act, Entered) and act.table == table.name
            and {label: plain(value) for label, value in act.cells.items()} == row
            for act in self.acts
        )  # fmt: skip

    def _judge_row(self, table: Table, row_id: str, before: Row, after: Row) -> None:
        for label in before.keys() | after.keys():
            inner = table.fields.get(label)
            mine, now = before.get(label), after.get(label)
            if inner is not None and now != mine and not self._may_become(table, row_id, inner, mine, now):
                self.faults.append(f"nobody typed: {table.name} {row_id} {label}: {mine!r} became {now!r}")

    def _may_become(self, table: Table, row_id: str, inner: Field, before: Any, now: Any) -> bool:
        """Return whether a cell may have become another: renamed, or typed by somebody who saw what stood there."""
        if now == self._renamed(inner, before):
            return True
        typed = list(self._typed_into(table, row_id, inner.name))
        if inner.type == "id" and (_ANY, None) in typed:
            others = [row for other, row in self.after[table.name].items() if other != row_id]
            # Sync numbers what was left blank; a key anew, where another row has the same.
            if inner.name != table.key or any(row.get(table.key) == before for row in others):
                return True
        if inner.default_when is not None and None in {before, now}:
            return True  # it comes and goes with a state of the row
        if self._is_said_elsewhere(table, row_id, inner, before, now):
            return True
        if inner.policy in {"append", "union"}:
            lines, kept = set(str(now or "").split("\n")), set(str(before or "").split("\n"))
            written = {line for _, new in typed for line in str(new or "").split("\n")}
            return lines <= kept | written | {""} and (kept - {""} <= lines or (_ANY, now) in typed)
        if inner.policy in {"max", "min", "latest"}:
            return now in {new for _, new in typed}
        return self._leads(inner, typed, before, now)

    def _is_said_elsewhere(self, table: Table, row_id: str, inner: Field, before: Any, now: Any) -> bool:
        """Return whether a declared rule keeps here what another row says of the same parent, or a correction of it."""
        said = self._said_of(table, self.after[table.name][row_id], inner)
        return any(now in values and before in {None, *corrected} for values, corrected in said)

    def _said_of(self, table: Table, row: Row, inner: Field) -> Iterator[tuple[set[Any], set[Any]]]:
        """Yield what each declared rule may keep in a cell of a row, and what the cells that it comes from held before."""
        for source in self.book.tables.values():
            for rule in source.advance:
                if rule.into is None or rule.to != table.name or inner.name not in rule.carry:
                    continue
                label, mine = rule.carry[inner.name], self._parents(table, row)
                now, before = self.after[source.name], self.before.get(source.name, {})
                # A row that is about another parent by now may have spoken of this one before it was used again.
                about = {
                    row_id
                    for row_id in now.keys() | before.keys()
                    if mine
                    & (
                        self._parents(source, now.get(row_id, {}))
                        | self._parents(source, before.get(row_id, {}))
                    )
                }
                said = {rows[one].get(label) for rows in (now, before) for one in about & rows.keys()}
                yield said, {one.get(label) for one in before.values()}

    def _parents(self, table: Table, row: Row) -> set[tuple[str, Any]]:
        """Return the rows of other tables to which a row refers."""
        return {(one.to, row[one.name]) for one in table.fields.values() if one.to and row.get(one.name)}

    def _leads(self, inner: Field, typed: list[tuple[Any, Any]], before: Any, now: Any) -> bool:
        seen: set[Any] = set()
        ends = [now]
        while ends:
            value = ends.pop()
            seen.add(value)
            for saw, new in typed:
                if value in {new, self._renamed(inner, new)}:
                    computed = inner.override and before is None  # she saw what the formula showed
                    if saw is _ANY or computed or before in {saw, self._renamed(inner, saw)}:
                        return True
                    ends += [saw] if saw not in seen else []
        return False

    def _typed_into(self, table: Table, row_id: str, label: str) -> Iterator[tuple[Any, Any]]:
        """Yield what was typed into a cell, over what; whoever empties a whole row sees all of it."""
        for act in self._acts_on(table.name, row_id):
            if isinstance(act, Typed) and act.label == label:
                yield plain(act.saw), plain(act.new)
            elif isinstance(act, Entered):
                yield _ANY, plain(act.cells.get(label))

    def _may_go(self, table: Table, row_id: str, row: Row) -> bool:
        if any(isinstance(act, Emptied) for act in self._acts_on(table.name, row_id)):
            return True
        if table.one_per:
            parents = {one.get(self._table(table.one_per).key) for one in self.after[table.one_per].values()}
            about = {
                inner.name: self._renamed(inner, row.get(inner.name))
                for inner in table.references_to(table.one_per)
            }
            # A row in which nobody typed anything needs not come back where another stands for the same parent.
            others = self.after[table.name].values() if self._follows(table, row) else ()
            return parents.isdisjoint(about.values()) or any(about.items() <= one.items() for one in others)
        return False

    def _acts_on(self, table: str, row_id: str) -> list[Act]:
        return [
            act for number, act in enumerate(self.acts)
            if act.table == table and row_id in {act.row, self.entered.get(number)}
        ]  # fmt: skip

    # rows that came

    def _is_entered(self, table: Table, act: Entered, row: Row) -> bool:
        """Return whether an act entered a row: all that was typed stands there, and nothing else that is typed."""
        for inner in table.fields.values():
            typed, now = plain(act.cells.get(inner.name)), row.get(inner.name)
            given = inner.type in {"id", "ref"} or inner.default is not None
            if typed is None and now is not None and not given:
                if any(now in said for said, _ in self._said_of(table, row, inner)):
                    continue
                return False
            if typed is not None and now not in {typed, self._renamed(inner, typed)}:
                is_key = inner.to is None and (
                    inner.name == table.key or inner.unique
                )  # taken by another row
                if not is_key and not (now is None and self._names(act.table, inner.name, typed)):
                    return False
        return True

    def _follows(self, table: Table, row: Row) -> bool:
        """Return whether a row follows from a declared rule: one per parent, or a stage that was opened."""
        own = {
            inner.name
            for inner in table.fields.values()
            if inner.type in {"id", "ref"} or inner.default is not None
        }
        if table.one_per and row.keys() <= own:
            return True
        opening = [
            rule for source in self.book.tables.values() for rule in source.advance if rule.to == table.name
        ]
        return bool(opening) and row.keys() <= own.union(*(rule.carry for rule in opening))

    # what was typed

    def _is_kept(self, number: int, act: Act) -> bool:
        rows, row_id = self.after.get(act.table, {}), self.entered.get(number, act.row)
        if row_id and any(one.table == act.table and one.row_id == row_id for one in self.conflicts):
            return True
        if isinstance(act, Emptied):
            return (
                act.used
                or act.row not in rows
                or self._is_typed_later(act)
                or any(
                    isinstance(one, Entered) and one.copied == act.row and self._is_first(one)
                    for one in self.acts
                )
                or self._names(act.table, "", act.saw)
            )
        if row_id and self._was_seen_and_emptied(act, row_id, still_there=row_id in rows):
            return True
        if isinstance(act, Entered):
            known = (
                (number in self.entered and row_id in rows) or self._is_anothers(act) or self._is_first(act)
            )
            return known or self._stands_in_its_row(act, rows.get(act.row, {})) or self._is_named(act)
        return self._is_typed_value_kept(act, rows.get(act.row, {}).get(act.label))

    def _is_first(self, act: Entered) -> bool:
        """Return whether a copied row took the place of the first, which was emptied."""
        emptied = any(isinstance(one, Emptied) for one in self._acts_on(act.table, act.copied))
        return emptied and self._shows(act.table, self.after[act.table].get(act.copied, {}), act.cells)

    def _is_anothers(self, act: Entered) -> bool:
        """Return whether somebody else entered just this where what is typed makes the key: then both meant one row."""
        return not self._table(act.table).key_field.typed and any(
            isinstance(one, Entered) and one is not act and (one.table, one.cells) == (act.table, act.cells)
            and self.entered.get(number) in self.after[act.table]
            for number, one in enumerate(self.acts)
        )  # fmt: skip

    def _stands_in_its_row(self, act: Entered, row: Row) -> bool:
        """Return whether all that was typed into a row that had been emptied stands there."""
        cells = [Typed(act.table, act.row, label, None, value) for label, value in act.cells.items()]
        return bool(row) and all(self._is_typed_value_kept(one, row.get(one.label)) for one in cells)

    def _is_typed_value_kept(self, act: Typed, now: Any) -> bool:
        inner, new = self._table(act.table).fields[act.label], plain(act.new)
        others = [one for one in self._acts_on(act.table, act.row) if one is not act]
        if now in {new, self._renamed(inner, new)} or self._names(act.table, act.label, new):
            return True
        if act.text and self._names(act.table, act.label, act.text):
            return True
        if any(
            isinstance(one, Typed)
            and one.label == act.label
            and plain(one.saw) in {new, act.text, self._renamed(inner, new)}
            for one in others
        ):
            return True  # somebody who saw it typed over it
        if inner.policy in {"append", "union"}:
            return set(str(new).split("\n")) <= set(str(now).split("\n"))
        return inner.policy in {"max", "min", "latest"} and bool(others)

    def _was_seen_and_emptied(self, act: Typed | Entered, row_id: str, *, still_there: bool) -> bool:
        """Return whether somebody who saw what was typed emptied its row, or the row that it stood beside.

        A row that is still there was used again.
        """
        cells = {act.label: act.new} if isinstance(act, Typed) else act.cells
        parent = self._table(act.table).one_per
        emptied = [one for one in self._acts_on(act.table, row_id) if isinstance(one, Emptied)]
        seen = [one.saw for one in emptied if one.used or not still_there]
        if still_there:
            return any(self._shows(act.table, row, cells) for row in seen)
        beside = [
            row
            for one in self.acts
            if isinstance(one, Emptied) and one.table == parent
            for row in one.beside.get(act.table, [cells])
        ]
        return any(self._shows(act.table, row, cells) for row in (*seen, *beside))

    def _shows(self, table: str, row: Row, cells: Mapping[str, Any]) -> bool:
        """Return whether a row as somebody saw it holds what was typed."""
        fields = self._table(table).fields
        return all(
            plain(row.get(label)) in {plain(value), self._renamed(fields[label], plain(value))}
            for label, value in cells.items()
        )

    def _is_typed_later(self, act: Emptied) -> bool:
        """Return whether somebody typed into a row that another emptied."""
        return any(isinstance(one, Typed) for one in self._acts_on(act.table, act.row))

    def _is_named(self, act: Entered) -> bool:
        """Return whether a row that is not in the head is spoken of: in a conflict, or by an issue at its values."""
        values = {plain(value) for value in act.cells.values()}
        told = [one for one in self.conflicts if one.table == act.table]
        if any(
            values & {plain(value) for side in (one.head, one.file) for value in side or ()} for one in told
        ):
            return True
        return any(self._names(act.table, "", plain(value)) for value in act.cells.values())

    def _names(self, table: str, label: str, value: Any) -> bool:
        texts = set(map(str, value.values())) if isinstance(value, dict) else {str(value)}
        if isinstance(value, float):
            texts |= {f"{value:g}", f"{value:.15g}"}
        return any(
            speaks_of(issue, table, label) and (issue.value in texts or issue.row_key in texts)
            for issue in self.issues
        )

    # references

    def _renames(self) -> dict[tuple[str, Any], Any]:
        """Return old → new key of every row whose key became another, now or before, by table."""
        found = dict(self.renames)
        for name, rows in self.after.items():
            if name in self.book.tables:
                key = self.book.tables[name].key
                for row_id in rows.keys() & self.before.get(name, {}).keys():
                    old, new = self.before[name][row_id].get(key), rows[row_id].get(key)
                    if old != new:
                        found[name, old] = new
        return found

    def _renamed(self, inner: Field, value: Any) -> Any:
        for _ in self.renames:  # renamed again and again; keys may also have been exchanged
            if not inner.to or (inner.to, value) not in self.renames:
                break
            value = self.renames[inner.to, value]
        return value

    def _judge_references(self) -> None:
        """No reference that nobody typed is left with the old key of a row that was renamed."""
        for table in self.book.tables.values():
            for inner in table.fields.values():
                if not inner.to or not inner.typed or inner.to not in self.after:
                    continue
                known = {row.get(self._table(inner.to).key) for row in self.after[inner.to].values()}
                for row_id, row in self.after.get(table.name, {}).items():
                    old = row.get(inner.name)
                    if (inner.to, old) in self.renames and old not in known:
                        self.faults.append(
                            f"left behind: {table.name} {row_id} {inner.name} still says {old!r}"
                        )

    def _table(self, name: str) -> Table:
        return self.book.tables[name]

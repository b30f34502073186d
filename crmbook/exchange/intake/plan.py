"""Typed cells → a plan: what each row of a list is, what becomes of it, and the state that the book would hold.

Tables are taken one after the other, what is referred to first, so that a purchase finds the customer who came with
it. In each the cells are checked, the rows matched, the policies applied, and the result is merged as an edit of the
head. What follows of it (keys, rows per customer, defaults) follows as after a sync. Nothing is stored here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import OWN, Issue, Severity
from crmbook.build import number_of, row_ids
from crmbook.exchange.intake.cells import Place, read_cells, with_entries
from crmbook.exchange.intake.match import Match, Matcher
from crmbook.exchange.intake.model import Decision, Plan, RowPlan
from crmbook.exchange.intake.policies import Rows
from crmbook.formula import Formula
from crmbook.ingest import follow, highest, next_ids
from crmbook.merge import merge_table
from crmbook.schema import LISTS, table_frame
from crmbook.values import ValueKind, spell, to_series, to_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from crmbook.exchange.intake.cells import Cells
    from crmbook.exchange.intake.model import RowAction
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.mapping.model import Typed
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book, Table
    from crmbook.store import State

    Decisions = Mapping[tuple[str, int], Decision]

_UNDECIDED: Final[Decisions] = MappingProxyType({})


def plan_import(  # noqa: PLR0913, PLR0917 - the book, the list, and what a person said
    book: Book,
    head: State,
    typed: Typed,
    source: Source,
    sheet: SourceSheet,
    as_of: date,
    decisions: Decisions = _UNDECIDED,
    *,
    mapping: ListMapping | None = None,
    is_again: bool = False,
) -> Plan:
    """Return what an import of one sheet would do to a book.

    Parameters
    ----------
    head
        The book's state.
    typed
        Cells as a person would type them, from `sheet` of `source`.
    as_of
        The day that counts as today; gives a day without a year its year.
    decisions
        By table and row of the source, what a person said of it.
    mapping
        Where the cells came from, so that a finding names its column.
    is_again
        Whether this very list was taken in before and not undone.
    """
    desk = _Desk(book, head, typed, Place.of(source, sheet, mapping), as_of, decisions, is_again=is_again)
    for name in _in_order(book, typed):
        desk.take(name)
    return desk.finish(mapping.table if mapping else next(iter(typed.frames), ""))


def _in_order(book: Book, typed: Typed) -> list[str]:
    """Return the tables of a list, each after those that it refers to."""
    wanted = [name for name in dict.fromkeys([*typed.frames, *typed.own]) if name in book.tables]
    ordered: list[str] = []
    while wanted:
        targets = {name: {inner.to for inner in book.tables[name].fields.values()} - {name} for name in wanted}
        free = [name for name in wanted if not targets[name] & set(wanted)] or wanted[:1]
        ordered += free
        wanted = [name for name in wanted if name not in free]
    return ordered


def without_days(book: Book) -> Book:
    """Return a book whose defaults are constants: what a row from an old list leaves blank did not begin today."""
    tables = {
        name: replace(
            table,
            fields={
                label: replace(target, default=None) if isinstance(target.default, Formula) else target
                for label, target in table.fields.items()
            },
        )
        for name, table in book.tables.items()
    }
    return replace(book, tables=tables)


@dataclass
class _Desk:
    """The state of a book while a list is laid into it.

    Attributes
    ----------
    tables
        The state so far.
    rows
        By table, what becomes of each row of the list.
    targets
        By table, the row of the book that each row of the list is, once it is there.
    """

    book: Book
    head: State
    typed: Typed
    place: Place
    as_of: date
    decisions: Decisions
    is_again: bool = False
    tables: dict[str, pd.DataFrame] = field(init=False)
    counters: dict[str, int] = field(init=False)
    rows: dict[str, list[RowPlan]] = field(default_factory=dict)
    targets: dict[str, dict[int, str]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    failed: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables, self.counters = dict(self.head.tables), dict(self.head.counters)
        lists = with_entries(self.tables.get(LISTS), self.typed.added)
        if lists is not None:
            self.tables[LISTS] = lists
        for issue in self.place.source.issues:
            if issue.location.sheet in {"", self.place.sheet.title}:
                self.issues.append(issue)
        for (row, header), text in self.typed.leftovers.items():
            self.issues.append(self.place.left_over(row, header, text))

    def take(self, name: str) -> None:
        """Take the cells of one table."""
        table = self.book.tables[name]
        cells = read_cells(self.book, name, self.typed, self.tables, self.place, self.as_of)
        if not self._is_main(name):
            cells.frame = cells.frame[cells.frame.notna().any(axis=1)]
        self._link(table, cells)
        matches = self._match(table, cells)
        kept = {row for row, match in matches.items() if match.verdict in {"new", "known"}}
        self.issues += [issue for issue in cells.issues if row_of(issue) in kept or row_of(issue) == 1]
        rows, changes = self._lay(table, cells, matches)
        self._merge(table, cells, matches, rows)
        self._tell(table, cells, matches, changes)

    def _is_main(self, name: str) -> bool:
        return name == next(iter(self.typed.frames), "")

    def _link(self, table: Table, cells: Cells) -> None:
        """Let references name the row that the same row of the list is in another table."""
        for (owner, label), other in self.typed.links.items():
            if owner != table.name or label not in table.fields:
                continue
            frame, key = self.tables.get(other), self.book.tables[other].key
            keys = {} if frame is None else dict(zip(frame.index.tolist(), frame[key].tolist(), strict=True))
            mine = self.targets.get(other, {})
            values = [keys.get(mine.get(int(row), "")) for row in cells.frame.index]
            kind = ValueKind(table.fields[label].type)
            cells.frame[label] = to_series(kind, [to_value(kind, one) for one in values], cells.frame.index)

    # which rows they are

    def _match(self, table: Table, cells: Cells) -> dict[int, Match]:
        head = self._state_of(table)
        ids = self._new_ids(table, head, len(cells.frame))
        decided = {row: one for (name, row), one in self.decisions.items() if name == table.name}
        label = self._external(table)
        changing = [OWN + name if name not in table.fields else name for (owner, name) in self.typed.policies if owner == table.name]
        matcher = Matcher(
            table, head, cells.frame, label, ids, decided, changing=changing, is_again=self.is_again
        )
        found = matcher.matches()
        for row, code in self._unfit(table, cells, found):
            self._refuse(table, row, code)
            found[row] = Match("skip")
        self.targets[table.name] = {
            row: match.row_id for row, match in found.items() if match.verdict in {"new", "known"}
        }
        return found

    def _external(self, table: Table) -> str:
        header = self.typed.external.get(table.name, "")
        return header if header in table.fields else OWN + header if header else ""

    def _state_of(self, table: Table) -> pd.DataFrame:
        if table.name not in self.tables:
            typed = [label for label, target in table.fields.items() if target.typed]
            empty = table_frame(table, {})[typed]
            self.tables[table.name] = empty.set_axis(pd.Index([], dtype=object), axis=0)
        return self.tables[table.name]

    def _new_ids(self, table: Table, head: pd.DataFrame, count: int) -> list[str]:
        first = max([self.counters.get(f"row:{table.name}", -1), *map(number_of, head.index)]) + 1
        return row_ids(table.name, count, first)

    def _unfit(self, table: Table, cells: Cells, found: Mapping[int, Match]) -> Iterator[tuple[int, str]]:
        """Yield the new rows that say too little to be rows: nobody's name, nobody's purchase."""
        needed = {table.name_field: "import.no-name"} if table.name_field else {}
        needed |= {
            label: "import.no-reference"
            for label, target in table.fields.items()
            if target.to and target.required and target.typed
        }
        blank = {label: _blank(cells.frame, label) for label in needed if label}
        gone: set[str] = set()
        for place, (row, match) in enumerate(found.items()):
            if match.verdict == "doubtful":
                yield from ()
            is_new = match.verdict == "new"
            if match.verdict == "known" and match.row_id in gone:
                is_new = True  # the row that it would be the same as stays out
            code = next((code for label, code in needed.items() if label and blank[label][place]), "")
            if is_new and code:
                gone.add(match.row_id)
                yield row, code

    def _refuse(self, table: Table, row: int, code: str) -> None:
        """Note that a row stays out as a whole."""
        self.failed[row] = self.place.raw(row)
        params = {"table": table.title}
        self.issues.append(Issue(code, Severity.ERROR, self.place.of_row(row), table.name, params=params))

    # what becomes of them

    def _lay(
        self, table: Table, cells: Cells, matches: Mapping[int, Match]
    ) -> tuple[Rows, dict[int, Mapping[str, tuple[Any, Any]]]]:
        """Lay the list over the rows that it speaks of; return them, and what changed by row of the list."""
        head, labels = self.tables[table.name], [str(label) for label in cells.frame.columns]
        policies = {label: policy for (name, label), policy in self.typed.policies.items() if name == table.name}
        rows = Rows(table, labels, policies)
        lines = list(zip(*(_items(table, label, cells.frame[label]) for label in labels), strict=True))
        known = [match.row_id for match in matches.values() if match.verdict == "known"]
        standing = head.reindex(index=[row for row in dict.fromkeys(known) if row in head.index], columns=labels)
        before = dict(
            zip(
                standing.index.tolist(),
                zip(*(_items(table, label, standing[label]) for label in labels), strict=True),
                strict=True,
            )
        )
        changes: dict[int, Mapping[str, tuple[Any, Any]]] = {}
        for (row, match), line in zip(matches.items(), lines, strict=True):
            if match.verdict == "new":
                rows.begin(match.row_id, line, is_new=True)
            elif match.verdict == "known":
                if match.row_id not in rows.cells:
                    rows.begin(match.row_id, before[match.row_id], is_new=False)
                changes[row] = rows.lay(match.row_id, line)
        self._number(table, rows, matches)
        return rows, changes

    def _number(self, table: Table, rows: Rows, matches: Mapping[int, Match]) -> None:
        """Give new rows the keys that they lack, and count on."""
        new = [match.row_id for match in matches.values() if match.verdict == "new"]
        if new:
            self.counters[f"row:{table.name}"] = max(map(number_of, new))
        target = table.key_field
        if target.type != "id" or not new:
            return
        if target.name not in rows.labels:
            rows.labels = [*rows.labels, target.name]
            keys = self.tables[table.name][target.name]
            for row_id, cells in rows.cells.items():
                cells.append(to_value(ValueKind.ID, keys.get(row_id)) if row_id in keys.index else None)
        place = list(rows.labels).index(target.name)
        held = [*self.tables[table.name][target.name].dropna().tolist()]
        held += [key for row_id in new if (key := rows.cells[row_id][place]) is not None]
        blank = [row_id for row_id in new if rows.cells[row_id][place] is None]
        for row_id, key in zip(blank, next_ids(target, len(blank), held, self.counters), strict=True):
            rows.cells[row_id][place] = key
        counter = f"key:{table.name}.{target.name}"
        self.counters[counter] = highest(held, self.counters.get(counter, (target.start or 1) - 1))

    def _merge(self, table: Table, cells: Cells, matches: Mapping[int, Match], rows: Rows) -> None:
        """Merge the rows into the state as edits of it."""
        if not rows.cells:
            return
        index = pd.Index(list(rows.cells), dtype=object)
        columns = {
            label: _column(table, label, [line[place] for line in rows.cells.values()], index)
            for place, label in enumerate(rows.labels)
        }
        head = self.tables[table.name]
        own = {label: column for label, column in columns.items() if label not in head and column.notna().any()}
        told = {label: column for label, column in columns.items() if label in head}
        file = pd.DataFrame({**told, **own}, index=index)
        self.tables[table.name] = merge_table(head, head, file, keep_missing=True).frame

    # what is told of them

    def _tell(
        self,
        table: Table,
        cells: Cells,
        matches: Mapping[int, Match],
        changes: Mapping[int, Mapping[str, tuple[Any, Any]]],
    ) -> None:
        frame = self.tables[table.name]
        keys = _texts(frame, table.key)
        names = _texts(frame, table.name_field or "")
        said = _texts(cells.frame, table.name_field or "")
        told = self.rows.setdefault(table.name, [])
        for row, match in matches.items():
            action = _action(match, bool(changes.get(row)))
            name = names.get(match.row_id) or said.get(row, "")
            told.append(
                RowPlan(
                    table.name, row, action, match.row_id, keys.get(match.row_id, ""), name, match.by,
                    match.of_row, changes.get(row, {}),
                )
            )  # fmt: skip
            if action == "doubtful":
                self._doubt(table, row, match, names.get(match.row_id, ""), keys.get(match.row_id, ""))
        self._note_refused(table, cells, matches)

    def _doubt(self, table: Table, row: int, match: Match, name: str, key: str) -> None:
        self.failed[row] = self.place.raw(row)
        fields = tuple(table.fields[label].title if label in table.fields else label for label in match.by)
        params = {"key": key or "–", "name": name or "–", "fields": fields, "table": table.title}
        place = self.place.of_row(row)
        self.issues.append(Issue("import.doubtful", Severity.WARNING, place, table.name, key, params=params))

    def _note_refused(self, table: Table, cells: Cells, matches: Mapping[int, Match]) -> None:
        """Keep the cells that could not be taken, as they stood."""
        for label, rows in cells.refused.items():
            header = self.place.header(table.name, label)
            for row in rows:
                if row in matches and matches[row].verdict in {"new", "known"}:
                    raw = self.place.raw(row)
                    shown = raw.get(header, self._typed(table.name, label, row))
                    self.failed.setdefault(row, {})[header or label] = shown

    def _typed(self, table: str, label: str, row: int) -> Any:
        frame = self.typed.frames.get(table)
        return frame[label].get(row) if frame is not None and label in frame.columns else None

    def finish(self, main: str) -> Plan:
        """Return the plan, once what follows is in as well."""
        for issue in self.place.source.issues:
            row = row_of(issue)
            header = self._header_at(issue)
            if row and header and issue.location.sheet in {"", self.place.sheet.title}:
                self.failed.setdefault(row, {}).setdefault(header, issue.value)
        book = without_days(self.book)
        followed = follow(book, self.tables, self.head.tables, self.counters, self.as_of)
        order = [main, *(name for name in self.rows if name != main)]
        rows = [one for name in order for one in self.rows.get(name, ())]
        changed = any(one.action in {"new", "update", "duplicate"} for one in rows)
        tables = followed.tables if changed else dict(self.head.tables)
        return Plan(
            rows, tables, self.issues, {row: self.failed[row] for row in sorted(self.failed)},
            followed.counters if changed else dict(self.head.counters), self.head.revision,
        )  # fmt: skip

    def _header_at(self, issue: Issue) -> str:
        """Return the header of the column that a finding of the reader speaks of."""
        headers = self.place.sheet.headers
        if issue.field_name in headers:
            return issue.field_name
        letters = issue.location.cell.rstrip("0123456789")
        place = 0
        for letter in letters:
            place = place * 26 + ord(letter) - ord("A") + 1
        column = issue.location.column or place
        return headers[column - 1] if 0 < column <= len(headers) else ""


def row_of(issue: Issue) -> int:
    """Return the row of the source that an issue speaks of; 0 for none."""
    digits = issue.location.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits.isdecimal() else issue.location.line or 0


def _action(match: Match, has_changes: bool) -> RowAction:
    if match.verdict == "known":
        return "duplicate" if match.of_row else "update" if has_changes else "same"
    return "same" if match.verdict == "again" else match.verdict


def _blank(frame: pd.DataFrame, label: str) -> list[bool]:
    return frame[label].isna().tolist() if label in frame.columns else [True] * len(frame)


def _items(table: Table, label: str, column: pd.Series) -> list[Any]:
    """Return a column's canonical values, None for a blank."""
    target = table.fields.get(label)
    if target is None:
        return [None if item is None or item != item else item for item in column.tolist()]  # noqa: PLR0124 - NaN
    kind = ValueKind(target.type)
    return [to_value(kind, item) for item in column.tolist()]


def _column(table: Table, label: str, values: Sequence[Any], index: pd.Index) -> pd.Series:
    target = table.fields.get(label)
    if target is None:
        return pd.Series(list(values), index=index, dtype=object)
    return to_series(ValueKind(target.type), values, index)


def _texts(frame: pd.DataFrame, label: str) -> dict[Any, str]:
    if label not in frame.columns:
        return {}
    pairs = zip(frame.index.tolist(), frame[label].tolist(), strict=True)
    return {row: spell(item) for row, item in pairs if item is not None and item == item}  # noqa: PLR0124 - NaN

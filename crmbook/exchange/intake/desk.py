"""A book while a list is laid into it, table by table: cells checked, rows matched, policies applied, edits merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import OWN, Issue, Severity
from crmbook.build import number_of, row_ids
from crmbook.exchange.intake.cells import read_cells, row_of, with_entries
from crmbook.exchange.intake.exact import match_keys
from crmbook.exchange.intake.fresh import are_new, laid_new, match_new
from crmbook.exchange.intake.lay import lay, merged, number
from crmbook.exchange.intake.match import Matcher
from crmbook.exchange.intake.model import RowPlan
from crmbook.exchange.intake.origins import Earlier
from crmbook.exchange.intake.revoked import find_revoked
from crmbook.ingest import Counting, aliases
from crmbook.schema import LISTS, table_frame
from crmbook.values import ValueKind, spell, to_series, to_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from crmbook.exchange.intake.cells import CellOrigin, Cells
    from crmbook.exchange.intake.lay import Changes
    from crmbook.exchange.intake.match import Match
    from crmbook.exchange.intake.model import Decision, RowAction
    from crmbook.exchange.intake.policies import Rows
    from crmbook.exchange.intake.revoked import Revoked
    from crmbook.exchange.mapping.model import Typed
    from crmbook.schema import Book, Table
    from crmbook.store import State

_NAMED: Final = 5
_UNCHANGED: Final[Changes] = MappingProxyType({})


@dataclass
class Desk:
    """The state of a book while a list is laid into it.

    Attributes
    ----------
    tables
        The state so far; `counters` are the highest numbers given.
    failed
        By row of the list, the cells that could not be taken, as they stood.
    """

    book: Book
    head: State
    typed: Typed
    origin: CellOrigin
    as_of: date
    decisions: Mapping[tuple[str, int], Decision]
    earlier: Earlier = field(default_factory=Earlier)
    tables: dict[str, pd.DataFrame] = field(init=False)
    counters: dict[str, int] = field(init=False)
    issues: list[Issue] = field(default_factory=list)
    failed: dict[int, dict[str, Any]] = field(default_factory=dict)
    _rows: dict[str, list[RowPlan]] = field(default_factory=dict)
    _targets: dict[str, dict[int, str]] = field(default_factory=dict)
    _lacking_beside: dict[int, Issue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables, self.counters = dict(self.head.tables), dict(self.head.counters)
        lists = with_entries(self.tables.get(LISTS), self.typed.added)
        if lists is not None:
            self.tables[LISTS] = lists
        self.issues += self.origin.issues
        self.issues += [
            self.origin.left_over(row, header, text) for (row, header), text in self.typed.leftovers.items()
        ]
        self.issues += [
            self.origin.companion(row, header, text) for (row, header), text in self.typed.companions.items()
        ]
        self.issues += [self.origin.day_order(header, one) for header, one in self.typed.day_orders.items()]
        self.issues += [self.origin.order_amount(*one) for one in self.typed.order_amounts.items()]
        self.issues += [self.origin.repeated_total(*one) for one in self.typed.repeated_totals.items()]
        self.issues += [self.origin.decimal_comma(*one) for one in self.typed.decimal_commas.items()]
        self.issues += [self.origin.with_unit(*one) for one in self.typed.with_units.items()]
        self.issues += [self.origin.named_by(*one) for one in self.typed.named_by.items()]

    @property
    def main(self) -> str:
        """The table whose rows the list holds."""
        return next(iter(self.typed.frames), "")

    def plans(self, main: str) -> list[RowPlan]:
        """Return what becomes of every row, those of the main table first."""
        return [one for name in dict.fromkeys([main, *self._rows]) for one in self._rows.get(name, ())]

    @property
    def left(self) -> list[int]:
        """The rows of the list of which none came, or was there already, for want of something."""
        return [row for row in sorted(self.failed) if row not in self._targets.get(self.main, {})]

    @property
    def came(self) -> dict[str, dict[str, str]]:
        """What came of rows that had stayed out of an import before: by table and origin, the row of the book."""
        found: dict[str, dict[str, str]] = {}
        for name, rows in self._targets.items() if not self.earlier.is_nothing else ():
            for row, row_id in rows.items():
                if self.earlier.is_late(row):
                    found.setdefault(name, {})[self.earlier.origins.of(row)] = row_id
        return found

    def take(self, name: str) -> None:
        """Take the cells of one table."""
        table = self.book.tables[name]
        self._begin(table)
        cells = read_cells(self.book, name, self.typed, self.tables, self.origin, self.as_of)
        if name != self.main:
            cells.frame = cells.frame[cells.frame.notna().any(axis=1)]
        self._link(table, cells)
        self._follow_merges(table, cells)
        matches = self._match(table, cells)
        taken = {row: match.row_id for row, match in matches.items() if match.verdict in {"new", "known"}}
        self._targets[name] = taken
        # Why a row of an export stays out, its cells say; of any other list, the match.
        given = matches if self.typed.is_exact else taken
        self.issues += [
            issue
            for issue in cells.issues
            if ((row := row_of(issue)) in given or row == 1 or self._keeps_out(table, cells, matches, issue))
            and not self._is_of_mask(issue)
        ]
        changes = self._lay(table, cells, matches)
        self._tell(table, cells, matches, changes)
        self._note_refused(table, cells, taken)
        if table.name == self.main:
            self._let_off({row for row, match in matches.items() if match.verdict in {"known", "again"}})

    def _let_off(self, rows: set[int]) -> None:
        """Say nothing of what rows lack for another table where they are known to the book, such as an order by its number."""
        off = {id(issue) for row, issue in self._lacking_beside.items() if row in rows}
        for row in rows & self._lacking_beside.keys():
            del self.failed[row]
        if off:
            self.issues = [issue for issue in self.issues if id(issue) not in off]

    def _is_of_mask(self, issue: Issue) -> bool:
        """Return whether a finding says of a masked cell that it is blank."""
        header = self.origin.header(issue.table, issue.field_name)
        return issue.code == "check.required" and (row_of(issue), header) in self.typed.masked

    def _keeps_out(self, table: Table, cells: Cells, matches: Mapping[int, Match], issue: Issue) -> bool:
        """Return whether a finding is of the very cell for want of which a row stays out, such as a masked name."""
        row, label = row_of(issue), issue.field_name
        match = matches.get(row)
        stays_out = match is None or match.verdict == "unfit"
        if not stays_out or row not in cells.refused.get(label, ()):
            return False
        return label == table.name_field or bool(table.fields[label].to and table.fields[label].required)

    def _lay(self, table: Table, cells: Cells, matches: Mapping[int, Match]) -> Mapping[int, Changes]:
        """Let the table be as the list has it; return what changed by row of the list."""
        name, head = table.name, self.tables[table.name]
        if all(match.verdict != "known" for match in matches.values()):
            self.tables[name] = laid_new(
                table, head, cells.frame, matches, Counting(self.counters, self.as_of)
            )
            return {}
        policies = {label: policy for (owner, label), policy in self.typed.policies.items() if owner == name}
        revoked = find_revoked(table, head, cells.frame, matches, self.typed, policies, self.earlier.owned)
        rows, changes = lay(table, head, cells.frame, matches, policies, revoked.said)
        new = [match.row_id for match in matches.values() if match.verdict == "new"]
        number(table, head, rows, new, Counting(self.counters, self.as_of))
        self.tables[name] = merged(table, head, rows)
        self._note_passed(table, rows)
        self._note_asked(table, revoked)
        return changes

    def _begin(self, table: Table) -> None:
        """Put a table that the state lacks."""
        if table.name not in self.tables:
            labels = [label for label, target in table.fields.items() if target.typed]
            self.tables[table.name] = table_frame(table, {})[labels].set_axis(
                pd.Index([], dtype=object), axis=0
            )

    def _link(self, table: Table, cells: Cells) -> None:
        """Let references name the row that the same row of the list is in another table."""
        for (owner, label), other in self.typed.links.items():
            if owner == table.name and label in table.fields:
                kind, targets = ValueKind(table.fields[label].type), self._targets.get(other, {})
                keys = _texts(self.tables.get(other), self.book.tables[other].key)
                values = [to_value(kind, keys.get(targets.get(int(row), ""))) for row in cells.frame.index]
                cells.frame[label] = to_series(kind, values, cells.frame.index)

    def _follow_merges(self, table: Table, cells: Cells) -> None:
        """Let the key of a row that went into another one name that."""
        names = aliases(self.tables, table)
        if names and table.key in cells.frame:
            cells.frame[table.key] = cells.frame[table.key].replace(names)

    # which rows they are

    def _match(self, table: Table, cells: Cells) -> dict[int, Match]:
        head, fields = self.tables[table.name], table.fields
        last = max([self.counters.get(f"row:{table.name}", -1), *map(number_of, head.index)])
        ids = row_ids(table.name, len(cells.frame), last + 1)
        header = self.typed.external.get(table.name, "")
        external = header if header in fields else OWN + header
        if self.typed.is_exact:
            found = match_keys(table, head, cells, ids)
            unfit_rows = [row for row, match in found.items() if match.verdict == "unfit"]
            self.failed |= {row: self.origin.raw(row) for row in unfit_rows}
            return found
        unfit = dict(_iter_unfit(table, cells.frame))
        for origin in self._identified(table, cells.frame, external):
            if unfit.get(origin) == table.name_field:
                del unfit[origin]
        decisions = {row: said for (name, row), said in self.decisions.items() if name == table.name}
        if not decisions and self.earlier.is_nothing and are_new(table, head, cells.frame, external):
            found = match_new(cells.frame, ids, unfit)
        else:
            found = Matcher(
                table, head, cells.frame, external, ids, decisions,
                changing=[name for (owner, name) in self.typed.policies if owner == table.name],
                unfit=unfit, earlier=self.earlier, is_beside=table.name != self.main,
                states=[OWN + label for owner, label in self.typed.states if owner == table.name],
                closed=self.typed.closed if table.name == self.main else (),
            ).matches()  # fmt: skip
        self._refuse_unfit(table, found, unfit)
        return found

    def _identified(self, table: Table, frame: pd.DataFrame, external: str) -> list[int]:
        """Return the positions of rows whose name was masked, and that something else identifies: they come without it."""
        header = self.origin.header(table.name, table.name_field or "")
        masked = {row for row, of in self.typed.masked if of == header}
        signs = [external, *(names[0] for names in table.identity if len(names) == 1)]
        labels = [label for label in signs if label in frame.columns]
        if not masked or not labels:
            return []
        says = frame[labels].notna().any(axis=1).tolist()
        return [at for at, row in enumerate(frame.index.tolist()) if says[at] and row in masked]

    def _refuse_unfit(self, table: Table, found: Mapping[int, Match], unfit: Mapping[int, str]) -> None:
        """Name the rows that say too little."""
        for origin, (row, match) in enumerate(found.items()):
            if match.verdict == "unfit":
                label = unfit[origin]
                code = self._lacking(table, label)
                where = self.origin.of_cell(row, self.origin.header(table.name, label))
                params = {"table": table.title}
                issue = Issue(code, Severity.ERROR, where, table.name, "", label, params=params)
                self._refuse(row, issue)
                if table.name != self.main:
                    self._lacking_beside[row] = issue

    def _lacking(self, table: Table, label: str) -> str:
        """Return what to say of rows that stay out for want of a field."""
        if label != table.name_field:
            return "intake.no-reference"
        has_column = label in self.typed.frames.get(table.name, pd.DataFrame()).columns
        return "intake.no-name" if has_column else "intake.no-name-column"

    def _refuse(self, row: int, issue: Issue) -> None:
        """Note that a row stays out as a whole."""
        self.failed[row] = self.origin.raw(row)
        self.issues.append(issue)

    # what is reported of them

    def _tell(
        self, table: Table, cells: Cells, matches: Mapping[int, Match], changes: Mapping[int, Changes]
    ) -> None:
        frame, name_field = self.tables[table.name], table.name_field or ""
        keys, names = _texts(frame, table.key), _texts(frame, name_field)
        said = _texts(cells.frame, name_field)
        found = list(matches.values())
        ids = [match.row_id for match in found]
        # Half a million rows: column by column they take half of the time.
        changed = [changes.get(row, _UNCHANGED) for row in matches] if changes else [_UNCHANGED] * len(found)
        plans = map(
            RowPlan,
            repeat(table.name),
            matches,
            map(_action, found, changed),
            ids,
            [keys.get(row_id, "") for row_id in ids],
            [names.get(row_id) or said.get(row, "") for row, row_id in zip(matches, ids, strict=True)],
            [match.by for match in found],
            [match.of_row for match in found],
            changed,
        )
        self._rows.setdefault(table.name, []).extend(plans)
        for row, match in matches.items():
            if match.verdict == "doubtful":
                self._ask(table, row, match, keys.get(match.row_id, ""), names.get(match.row_id, ""))

    def _ask(self, table: Table, row: int, match: Match, key: str, name: str) -> None:
        """Name a row that may be one of the book."""
        fields = tuple(map(table.header, match.by))
        params = {"key": key or "–", "name": name or "–", "fields": fields, "table": table.title}
        where = self.origin.of_row(row)
        self._refuse(row, Issue("intake.doubtful", Severity.WARNING, where, table.name, key, params=params))

    def _note_refused(self, table: Table, cells: Cells, taken: Mapping[int, str]) -> None:
        """Keep the cells that could not be taken, as they stood."""
        for label, rows in cells.refused.items():
            for row in rows & taken.keys():
                header, raw = self.origin.header(table.name, label, row), self.origin.raw(row)
                self.failed.setdefault(row, {})[header or label] = raw.get(
                    header, self._typed(table.name, label, row)
                )

    def _note_passed(self, table: Table, rows: Rows) -> None:
        """Name the values that were left where another one stays, one finding for each column."""
        for label, lines in rows.passed.items():
            cells = [
                self.origin.of_cell(row, self.origin.header(table.name, label, row))
                for row, _ in lines[:_NAMED]
            ]
            self.issues.append(
                Issue(
                    "intake.other-value", Severity.WARNING, cells[0], table.name, "", label, spell(lines[0][1]),
                    {"field": table.header(label)}, len(lines),
                    tuple(origin.cell for origin in cells),
                )
            )  # fmt: skip

    def _note_asked(self, table: Table, revoked: Revoked) -> None:
        """Name the orders that were revoked and whose amounts somebody typed otherwise."""
        head = self.head.tables[table.name]
        for row, label in revoked.asked:
            row_id = self._targets[table.name][row]
            key, there = spell(head.loc[row_id, table.key]), spell(head.loc[row_id, label])
            origin = self.origin.of_cell(row, self.origin.header(table.name, label, row))
            params = {"table": table.title, "key": key, "field": table.header(label)}
            self.issues.append(
                Issue("intake.revoked", Severity.WARNING, origin, table.name, key, label, there, params)
            )

    def _typed(self, table: str, label: str, row: int) -> Any:
        frame = self.typed.frames.get(table)
        return frame[label].get(row) if frame is not None and label in frame.columns else None

    def _is_told(self, row: int, issue: Issue) -> bool:
        """Return whether a masked cell is worth a word: of a row that stays out only the one that keeps it out."""
        is_name = (
            issue.table in self.book.tables and issue.field_name == self.book.tables[issue.table].name_field
        )
        return is_name or row in self._targets.get(self.main, {})

    def note_unread(self) -> None:
        """Keep the cells that could not even be read, and those that are masked."""
        for (row, header), text in self.typed.masked.items():
            issue = self.origin.masked(row, header, text)
            if self._is_told(row, issue):
                self.issues.append(issue)
            self.failed.setdefault(row, {}).setdefault(header, text)
        for issue in self.origin.issues:
            row, header = row_of(issue), self.origin.header_of(issue)
            if issue.severity is Severity.ERROR and row in self.origin.sheet.frame.index and header:
                self.failed.setdefault(row, {}).setdefault(header, issue.value)


def _iter_unfit(table: Table, frame: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield the positions of rows that say too little to be new ones, each with the field that is blank."""
    needed = [
        label for label, target in table.fields.items() if target.to and target.required and target.typed
    ]
    for label in (*needed, *([table.name_field] if table.name_field else [])):
        blank = frame[label].isna().tolist() if label in frame.columns else [True] * len(frame)
        yield from ((origin, label) for origin, is_blank in enumerate(blank) if is_blank)


def _action(match: Match, changes: Changes) -> RowAction:
    verdict = match.verdict
    if verdict == "known":
        return "duplicate" if match.of_row else "update" if changes else "same"
    if verdict == "again":
        return "same"
    return "skip" if verdict == "unfit" else verdict


def _texts(frame: pd.DataFrame | None, label: str) -> dict[Any, str]:
    """Return the texts of a column by row; blanks are left out."""
    if frame is None or label not in frame.columns:
        return {}
    pairs = zip(frame.index.tolist(), frame[label].tolist(), strict=True)
    return {
        row: item if item.__class__ is str else spell(item)
        for row, item in pairs
        if item is not None and item == item  # noqa: PLR0124 - NaN
    }

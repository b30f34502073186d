"""Typed cells of a list → canonical values and issues, by the same checks as the cells of a workbook."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import OWN, Issue, Location, Severity
from crmbook.check import Known, check_cells
from crmbook.exchange.mapping.eachperson import row_in_file
from crmbook.ingest import lists_of, merged_keys, own_frame
from crmbook.read import FoundColumn, ListEntry, Snapshot, TableSnapshot
from crmbook.schema import LISTS, column_letters
from crmbook.values import MAX_CELL_TEXT, is_too_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from crmbook.exchange.mapping.model import CellSources, DayOrder, Typed
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book, Table

    Tables = Mapping[str, pd.DataFrame]

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FURTHER: Final = "person_row"
"""Parameter of a finding: the row of a further person."""
_NOT_OF_A_LIST: Final = frozenset(
    {
        "check.missing-table", "check.missing-column", "check.missing-key-column", "check.missing-entry",
        "check.duplicate-key",
    }
)  # fmt: skip
"""Findings that speak of a workbook: a list has the columns it has, and rows that repeat each other are matched."""


@dataclass(frozen=True)
class CellOrigin:
    """Where the cells of an import come from in its source.

    Attributes
    ----------
    headers
        By table and label, the header whose cells were typed there.
    sources
        By table and field, where several columns of the list went there, or parts of one did.
    """

    source: Source
    sheet: SourceSheet
    headers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    sources: Mapping[tuple[str, str], CellSources] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, sheet: SourceSheet, mapping: ListMapping | None, typed: Typed) -> CellOrigin:
        """Return the locations of a sheet under a mapping; parts of a split cell are where the whole is."""
        headers: dict[tuple[str, str], str] = {}
        for rule in mapping.columns if mapping else ():
            label = rule.field or (OWN + rule.header if rule.table else "")
            headers.setdefault((rule.table, label), rule.header)
        return cls(source, sheet, headers, typed.sources)

    def header(self, table: str, label: str, row: int = 0) -> str:
        """Return the header of the column that a field's cells came from, or that a row's cell did."""
        if (source := self.sources.get((table, label))) is not None:
            return source.of(row)
        if known := self.headers.get((table, label)):
            return known
        bare = label.removeprefix(OWN)
        return bare if bare in self.sheet.headers else ""

    def column(self, table: str, label: str) -> int:
        """Return the 0-based column of a cell."""
        return self.sheet.column(self.header(table, label))

    def located(self, issue: Issue) -> Issue:
        """Return an issue with the name of the file, and each of its cells where the list has it."""
        origin = replace(issue.location, file=self.source.path.name)
        source = self.sources.get((issue.table, issue.field_name))
        if source is None or not source.rows:
            return replace(issue, location=origin)
        cells = tuple(self._in_column_of(source, cell) for cell in issue.cells)
        origin = replace(origin, cell=self._in_column_of(source, origin.cell))
        return replace(issue, location=origin, cells=cells)

    def _in_column_of(self, source: CellSources, cell: str) -> str:
        """Return the cell of the same row in the column that the row's cell came from."""
        digits = cell.lstrip(_LETTERS)
        header = source.of(int(digits)) if digits.isdecimal() else ""
        return (
            f"{column_letters(self.sheet.column(header))}{digits}" if header in self.sheet.headers else cell
        )

    def of_row(self, row: int) -> Location:
        """Return the location of a whole row."""
        return Location(file=self.source.path.name, sheet=self.sheet.title, cell=f"A{row}")

    def left_over(self, row: int, header: str, text: str) -> Issue:
        """Return an issue that names a text which has no field to go to."""
        origin = self.of_cell(row, header)
        return Issue("intake.left-over", Severity.WARNING, origin, value=text, params={"header": header})

    def masked(self, row: int, header: str, text: str) -> Issue:
        """Return an issue that names a masked cell."""
        origin, (table, label) = self.of_cell(row, header), self._fields.get(header, ("", ""))
        params = {"header": header}
        return Issue("intake.masked", Severity.ERROR, origin, table, "", label, value=text, params=params)

    def companion(self, row: int, header: str, text: str) -> Issue:
        """Return an issue that names a cell of several people, of whom one was taken."""
        origin = self.of_cell(row, header)
        return Issue("intake.several-people", Severity.WARNING, origin, value=text, params={"header": header})

    def day_order(self, header: str, found: DayOrder) -> Issue:
        """Return an issue that says how days under a header were read."""
        params = {"header": header, "count": found.count}
        code = "intake.month-first" if found.order == "mdy" else "intake.day-first"
        return Issue(code, Severity.WARNING, self._of_list, params=params)

    def order_amount(self, header: str, count: int) -> Issue:
        """Return an issue that says how many lines of orders count nothing, as the amount of their order is counted once."""
        params = {"header": header, "count": count}
        return Issue("intake.order-amount", Severity.WARNING, self._of_list, params=params)

    def repeated_total(self, header: str, count: int) -> Issue:
        """Return an issue that says how many orders repeated their amount in each of their lines."""
        params = {"header": header, "count": count}
        return Issue("intake.repeated-total", Severity.WARNING, self._of_list, params=params)

    def decimal_comma(self, header: str, count: int) -> Issue:
        """Return an issue that says how many numbers were read whose decimals follow a comma."""
        params = {"header": header, "count": count}
        return Issue("intake.decimal-comma", Severity.WARNING, self._of_list, params=params)

    def with_unit(self, header: str, count: int) -> Issue:
        """Return an issue that says how many numbers were taken without what they count."""
        params = {"header": header, "count": count}
        return Issue("intake.with-unit", Severity.WARNING, self._of_list, params=params)

    def named_by(self, header: str, count: int) -> Issue:
        """Return an issue that says how many rows without a name were named by another column."""
        params = {"header": header, "count": count}
        return Issue("intake.named-by", Severity.WARNING, self._of_list, params=params)

    @property
    def _fields(self) -> dict[str, tuple[str, str]]:
        """The table and field that each header goes into."""
        return {header: owner for owner, header in self.headers.items()}

    @property
    def _of_list(self) -> Location:
        return Location(file=self.source.path.name, sheet=self.sheet.title)

    def of_cell(self, row: int, header: str) -> Location:
        """Return the location of a cell."""
        return replace(self.of_row(row), cell=f"{column_letters(self.sheet.column(header))}{row}")

    @property
    def issues(self) -> list[Issue]:
        """What was wrong with the sheet when it was read."""
        return [issue for issue in self.source.issues if issue.location.sheet in {"", self.sheet.title}]

    def header_of(self, issue: Issue) -> str:
        """Return the header of the column that a finding of the reader speaks of; empty where it speaks of none."""
        header = str(issue.params.get("header", ""))
        return header if header in self.sheet.headers else ""

    def raw(self, row: int) -> dict[str, Any]:
        """Return the filled cells of a row by header, as they are there."""
        cells = self.sheet.frame.loc[row].to_dict() if row in self.sheet.frame.index else {}
        return {str(name): cell for name, cell in cells.items() if not _is_blank(cell)}


def row_of(issue: Issue) -> int:
    """Return the row of the source that an issue speaks of; 0 for none."""
    if isinstance(further := issue.params.get(_FURTHER), int):
        return further
    digits = issue.location.cell.lstrip(_LETTERS)
    row = issue.params.get("row")
    return int(digits) if digits.isdecimal() else row if isinstance(row, int) else 0


def as_in_file(issue: Issue) -> Issue:
    """Return an issue of a further person of a row with the cell that is in the file."""
    row, cells = row_of(issue), tuple(map(_in_file, issue.cells))
    origin = replace(issue.location, cell=_in_file(issue.location.cell))
    if (origin, cells) == (issue.location, issue.cells):
        return issue
    return replace(issue, location=origin, cells=cells, params={**issue.params, _FURTHER: row})


def _in_file(cell: str) -> str:
    bare = cell.rstrip("0123456789")
    digits = cell[len(bare) :]
    return f"{bare}{row_in_file(int(digits))}" if digits else cell


def _is_blank(cell: object) -> bool:
    return cell is None or cell != cell or cell == ""  # noqa: PLR0124 - NaN and NaT


@dataclass
class Cells:
    """The cells of one table, read.

    Attributes
    ----------
    frame
        Canonical values by label, people's own columns among them; the index holds row numbers of the source.
    refused
        By label, the rows whose cell holds something that is no value.
    """

    frame: pd.DataFrame
    refused: dict[str, set[int]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def read_cells(  # noqa: PLR0913, PLR0917 - the list, the book, and where both are
    book: Book, name: str, typed: Typed, tables: Tables, origin: CellOrigin, as_of: date
) -> Cells:
    """Check the cells that were typed into one table.

    Parameters
    ----------
    tables
        State frames of the book as far as it is known: their rows may be referred to.
    """
    table = book.tables[name]
    linked = {label for (owner, label) in typed.links if owner == name}
    found = _snapshot(table, typed, origin, linked)
    lists = lists_of(tables.get(LISTS))
    for entry, texts in typed.added.items():
        lists[entry] = (*lists.get(entry, ()), *map(ListEntry, texts)) if entry in lists else ()
    snapshot = Snapshot(
        {name: found}, (), {}, {key: entries for key, entries in lists.items() if entries}, {}
    )
    checked = check_cells(book, snapshot, as_of, known=Known(tables, former=merged_keys(tables), book=book))
    labels = [label for label, target in table.fields.items() if target.typed and label in found.columns]
    own, strange = own_frame(found)
    too_long = {str(label): long for label in own.columns if (long := _take_long_out(own, str(label)))}
    frame = (
        pd.concat([checked.frames[name][labels], own], axis=1)
        if own.shape[1]
        else checked.frames[name][labels]
    )
    refused = {label: set(rows) for (_, label), rows in checked.refused.items() if rows}
    refused |= {label: rows for label, rows in strange.items() if rows}
    for label, long in too_long.items():
        refused.setdefault(label, set()).update(long)
    cells = Cells(frame.copy(deep=False), refused)
    cells.issues = [origin.located(issue) for issue in checked.issues if issue.code not in _NOT_OF_A_LIST]
    cells.issues += [
        _long_issue(origin, name, label, row, text)
        for label, long in too_long.items()
        for row, text in long.items()
    ]
    return cells


def _take_long_out(own: pd.DataFrame, label: str) -> dict[int, str]:
    """Take the texts that no cell holds out of one of people's own columns, and return them by row.

    A text of a workbook has come out of a cell; one of a CSV file may be of any length, and no sync could write it.
    """
    items = own[label].tolist()
    if max((len(item) for item in items if item.__class__ is str), default=0) * 2 <= MAX_CELL_TEXT:
        return {}
    rows = own.index.tolist()
    found = {
        int(row): item
        for row, item in zip(rows, items, strict=True)
        if isinstance(item, str) and is_too_long(item)
    }
    own[label] = own[label].where(~own.index.isin(list(found)), other=None)
    return found


def _long_issue(origin: CellOrigin, table: str, label: str, row: int, text: str) -> Issue:
    header = origin.header(table, label)
    where, params = origin.of_cell(row, header), {"header": header, "limit": MAX_CELL_TEXT}
    return Issue(
        "intake.own-text-too-long", Severity.ERROR, where, table, "", label, value=text, params=params
    )


def _snapshot(table: Table, typed: Typed, origin: CellOrigin, linked: Iterable[str]) -> TableSnapshot:
    """Return a list's cells as if they were in the table's sheet of a workbook."""
    frame = typed.frames.get(table.name)
    own = typed.own.get(table.name)
    index = frame.index if frame is not None else own.index if own is not None else pd.Index([])
    frame = pd.DataFrame(index=index) if frame is None else frame.drop(columns=list(linked), errors="ignore")
    own = pd.DataFrame(index=index) if own is None else own.reindex(index)
    frame, own = (one.astype(object).where(one.notna(), None) for one in (frame, own))
    columns = {
        str(label): FoundColumn(origin.column(table.name, str(label)), origin.header(table.name, str(label)))
        for label in frame.columns
        if label in table.fields
    }
    custom = {
        str(header): FoundColumn(origin.column(table.name, OWN + str(header)), str(header))
        for header in own.columns
    }
    blank = pd.Series([None] * len(index), index=index, dtype=object)
    return TableSnapshot(
        table.name, origin.sheet.title, 1, columns, custom, None, None, frame[list(columns)], own, blank
    )


def with_entries(frame: pd.DataFrame | None, added: Mapping[str, Sequence[str]]) -> pd.DataFrame | None:
    """Return the state's dropdown lists with further entries at their ends."""
    if frame is None:
        return None
    known = set(zip(frame["list"].tolist(), frame["text"].tolist(), strict=True))
    rows = {
        f"{name}/{text}": (name, text, None)
        for name, texts in added.items()
        for text in texts
        if (name, text) not in known
    }
    if not rows:
        return frame
    more = pd.DataFrame(
        list(rows.values()), index=pd.Index(list(rows), dtype=object), columns=["list", "text", "of"]
    )
    return pd.concat([frame, more.astype(object).reindex(columns=frame.columns)])

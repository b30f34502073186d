"""The values that are to be written, read and judged by the checks of typed cells, for every row that gets them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.base import OWN, Issue, Location, Severity
from crmbook.bulk.model import Refusal
from crmbook.check import Known, check_cells
from crmbook.ingest import lists_of
from crmbook.merge import differs
from crmbook.ooxml import parse_cell
from crmbook.read import FoundColumn, Snapshot, TableSnapshot
from crmbook.schema import LISTS
from crmbook.values import Domain, Surroundings, ValueKind, is_blank, parse_value, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from crmbook.check import Checked
    from crmbook.schema import Book, Table

    Tables = Mapping[str, pd.DataFrame]

_FIRST_ROW: Final = 2
_BY_OTHER_ROWS: Final = frozenset({"check.duplicate", "check.duplicate-key"})
"""Findings that compare rows: those are judged over the whole table, see `_iter_shared`."""


@dataclass
class NewValues:
    """What rows are to hold.

    Attributes
    ----------
    columns
        Canonical values by label and row id: of the fields that are written, and of those that hang on them and change.
    refused, doubts
        What cannot be, and what somebody should look at.
    """

    columns: dict[str, pd.Series] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    doubts: list[Refusal] = field(default_factory=list)


def read_values(  # noqa: PLR0913, PLR0917 - the book, the rows, and what they are to hold
    book: Book, tables: Tables, name: str, rows: pd.Index, texts: Mapping[str, str], as_of: date
) -> NewValues:
    """Return what some rows of a table hold once a text is typed into each of some fields.

    Parameters
    ----------
    texts
        By label, what is typed; a text without a visible character makes the cell blank.
    """
    table, frame = book.tables[name], tables[name]
    found, labels = NewValues(), [label for label in texts if label in table.fields]
    for label in texts:
        if label not in table.fields:
            found.columns[label] = _own_column(book, texts[label], rows, as_of)
    if not labels or not len(rows):
        return found
    hanging = [one.name for one in table.fields.values() if one.by in labels and one.name not in labels]
    beside = [table.fields[label].by for label in labels]
    shown = [*dict.fromkeys([table.key, *(label for label in beside if label), *hanging, *labels])]
    snapshot = _snapshot(table, frame.loc[rows], [one for one in shown if one in frame.columns], texts)
    lists = {key: entries for key, entries in lists_of(tables.get(LISTS)).items() if entries}
    checked = check_cells(
        book, Snapshot({name: snapshot}, (), {}, lists, {}), as_of, known=Known(tables, book=book)
    )
    for label in (*labels, *hanging):
        column = checked.frames[name][label].set_axis(rows)
        if label in labels or (label in frame and differs(frame[label].loc[rows], column).any()):
            found.columns[label] = column
    keys = _keys(frame, table.key, rows)
    _judge(found, checked, table, [*labels, *hanging], keys)
    found.refused += _iter_shared(table, frame, found.columns, keys)
    return found


def _own_column(book: Book, text: str, rows: pd.Index, as_of: date) -> pd.Series:
    """Return a column that people added, with one value: a number where the text is one."""
    parsed = parse_value(Domain(ValueKind.VALUE), text, Surroundings(as_of, book.locale, date1904=False))
    value = float(parsed.value) if isinstance(parsed.value, int) else parsed.value
    return pd.Series([value] * len(rows), index=rows, dtype=object)


def _snapshot(
    table: Table, frame: pd.DataFrame, labels: Sequence[str], texts: Mapping[str, str]
) -> TableSnapshot:
    """Return rows as a workbook would hold them into whose cells the texts were typed."""
    index = pd.RangeIndex(_FIRST_ROW, _FIRST_ROW + len(frame))
    raw: dict[str, Any] = {
        label: frame[label].astype(object).where(frame[label].notna(), None).to_numpy() for label in labels
    }
    for label, text in texts.items():
        if label in labels:
            raw[label] = [None if is_blank(text) else text] * len(frame)
    columns = {label: FoundColumn(position, table.header(label)) for position, label in enumerate(labels)}
    blank = pd.Series([None] * len(index), index=index, dtype=object)
    typed = pd.DataFrame(raw, index=index, dtype=object)
    return TableSnapshot(
        table.name, table.title, 1, columns, {}, None, None, typed, pd.DataFrame(index=index), blank
    )


def _keys(frame: pd.DataFrame, label: str, rows: pd.Index) -> list[str]:
    """Return what people know rows by."""
    keys = frame[label].loc[rows].tolist() if label in frame else [None] * len(rows)
    return [str(row) if key is None else spell(key) for row, key in zip(rows, keys, strict=True)]


def _judge(
    found: NewValues, checked: Checked, table: Table, labels: Sequence[str], keys: Sequence[str]
) -> None:
    """Sort what is wrong with the cells into what cannot be and what somebody should look at, each mistake once."""
    gathered: dict[object, tuple[Issue, list[str], bool]] = {}
    for issue in checked.issues:
        if issue.table != table.name or issue.field_name not in labels or issue.code in _BY_OTHER_ROWS:
            continue
        row = parse_cell(issue.location.cell)[0]
        if row < _FIRST_ROW:
            continue
        waits = row in checked.pending.get((table.name, issue.field_name), ())
        stays_out = waits or checked.is_refused(table.name, issue.field_name, row)
        mistake = (issue.code, issue.field_name, issue.value, repr(issue.params), stays_out)
        is_bad = stays_out or issue.severity is Severity.ERROR
        gathered.setdefault(mistake, (issue, [], is_bad))[1].append(keys[row - _FIRST_ROW])
    for issue, rows, is_bad in gathered.values():
        (found.refused if is_bad else found.doubts).append(Refusal(issue, tuple(rows)))


def _iter_shared(
    table: Table, frame: pd.DataFrame, columns: Mapping[str, pd.Series], keys: Sequence[str]
) -> Iterable[Refusal]:
    """Yield the values that only one row may hold and that several would."""
    for label, column in columns.items():
        target = table.fields.get(label)
        if target is None or not (target.unique or label == table.key):
            continue
        others = {_folded(value) for value in frame[label].drop(index=column.index).dropna().tolist()}
        held: dict[Any, list[str]] = {}
        for value, key in zip(column.tolist(), keys, strict=True):
            if value is not None and value == value:  # noqa: PLR0124 - NaN and NaT
                held.setdefault(_folded(value), []).append(key)
        for value, rows in held.items():
            if len(rows) > 1 or value in others:
                params = {"field": target.title, "count": len(rows)}
                yield Refusal(_issue("bulk.not-unique", table, label, spell(value), params), tuple(rows))


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _issue(code: str, table: Table, label: str, value: str, params: Mapping[str, object]) -> Issue:
    location = Location(sheet=table.title)
    return Issue(code, Severity.ERROR, location, table.name, "", label.removeprefix(OWN), value, params)

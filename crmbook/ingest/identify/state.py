"""A workbook as state frames: the form in which head, image and file meet.

One frame per managed table; the index holds row ids, the columns typed fields in the order of the schema and then
people's own columns, labelled `crmbook.base.records.OWN` and the header. A column that the workbook lacks is missing from
its frame: it says nothing. A cell that holds something but no value is blank there and listed as *unknown*.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from crmbook.base import OWN
from crmbook.build import by_sync_property
from crmbook.ingest.identify.lists import lists_frame
from crmbook.merge import rounded_numbers
from crmbook.schema import LISTS
from crmbook.values import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.check import Checked
    from crmbook.ingest.identify.identity import Identity
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Table

    Tables = dict[str, pd.DataFrame]
    Unknown = dict[tuple[str, str], set[str]]

_PLAIN: Final = frozenset({type(None), float, bool, dt.date, dt.datetime})


def state_frames(
    book: Book, snapshot: Snapshot, checked: Checked, identity: Identity
) -> tuple[Tables, Unknown]:
    """Return the workbook as state frames, and by (table, label) the ids of rows whose cell is no value.

    Unknown are cells that were refused, errors, formulas without a value, names that mean no row yet, and the blank
    key of a row that has one: a key goes with its row only.
    """
    tables: Tables = {}
    unknown: Unknown = {}
    for name, ids in identity.ids.items():
        found = snapshot.tables[name]
        frame = typed_frame(book.tables[name], found, checked, snapshot.properties)
        own, strange = own_frame(found)
        tables[name] = pd.concat([frame, own], axis=1) if own.shape[1] else frame
        tables[name].index = pd.Index(ids.to_numpy(), dtype=object)
        for label, rows in (*_unknown_rows(book.tables[name], checked, identity), *strange.items()):
            if rows and label in tables[name].columns:
                unknown.setdefault((name, label), set()).update(ids.loc[sorted(rows)].tolist())
    tables[LISTS] = pd.concat([lists_frame(snapshot.lists), identity.lists])
    return tables, unknown


def typed_frame(
    table: Table, found: TableSnapshot, checked: Checked, properties: Mapping[str, object]
) -> pd.DataFrame:
    """Return the typed fields that are in the workbook, by row number.

    An overridable column that sync filled with values says nothing unless somebody's own value was recognized among them.
    """
    whole = checked.frames[table.name]
    by_sync = str(properties.get(by_sync_property(table.name), "")).split(",")
    labels = [
        name
        for name, field in table.fields.items()
        if field.typed and name in found.columns and not (name in by_sync and whole[name].isna().all())
    ]
    return whole[labels].copy(deep=False)


def own_frame(found: TableSnapshot) -> tuple[pd.DataFrame, dict[str, set[int]]]:
    """Return people's own columns by row number, their texts tidied, and by label the rows that hold no value."""
    columns: dict[str, pd.Series] = {}
    strange: dict[str, set[int]] = {}
    rows = found.own.index
    for header in found.own.columns:
        label = OWN + str(header)
        items = found.own[header].tolist()
        values = _plain_texts(items)
        if values is None:
            values = [item if type(item) in _PLAIN else _own_value(item) for item in items]
            odd = _without_value(rows, items, values)
            if odd:
                strange[label] = odd
        array = np.empty(len(values), dtype=object)
        array[:] = values
        numbers = np.fromiter((type(value) is float for value in values), bool, len(values))
        if numbers.any():
            array[numbers] = rounded_numbers(array[numbers].astype(np.float64)).astype(object)
        columns[label] = pd.Series(array, index=rows, dtype=object)
    return pd.DataFrame(columns, index=rows), strange


def _plain_texts(items: Sequence[Any]) -> list[object] | None:
    """Return the values of cells that are all plain texts, such as the numbers of orders; None where one is not."""
    try:
        joined = "".join(items)
    except TypeError:  # not all are texts
        return None
    if not joined.isascii() or not joined.isprintable():
        return None
    return [item.strip(" ") or None for item in items]


def _without_value(rows: pd.Index, items: Sequence[object], values: Sequence[object]) -> set[int]:
    """Return the rows whose cell holds something, and what that is the store cannot keep."""
    return {
        row
        for row, item, value in zip(rows.tolist(), items, values, strict=True)
        if value is None and item is not None and not isinstance(item, str)
    }


def _own_value(item: object) -> object:
    """Return the value of a cell of a person's own column; None for a blank, and for what the store cannot keep."""
    if isinstance(item, str):
        return (item.strip(" ") if item.isascii() and item.isprintable() else tidy(item)) or None
    if isinstance(item, int):
        return float(item)
    return None


def _unknown_rows(table: Table, checked: Checked, identity: Identity) -> Iterator[tuple[str, set[int]]]:
    for cells in (checked.refused, checked.pending):
        for (name, label), rows in cells.items():
            if name == table.name:
                yield label, set(rows)
    blank = checked.frames[table.name][table.key].isna()
    yield table.key, {row for row in identity.keys.get(table.name, {}) if blank.loc[row]}

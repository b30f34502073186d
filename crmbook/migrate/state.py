"""State frames of one schema as those of the next: what the store holds, and what it remembers of workbooks.

Columns that are new come blank, those that are gone become people's own under their old title, values are converted.
Doing it again changes nothing, so that a copy may be migrated whatever was stored of it meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import OWN
from crmbook.build import number_of, row_ids
from crmbook.migrate.conversion import FORMER, Conversion
from crmbook.migrate.plan import SchemaChangeKind, new_values
from crmbook.schema import LISTS
from crmbook.values import ValueKind, to_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.migrate.plan import Migration
    from crmbook.schema import Table

    Tables = Mapping[str, pd.DataFrame]


def migrate_state(migration: Migration, tables: Tables) -> dict[str, pd.DataFrame]:
    """Return state frames as the new schema has them.

    Rows stay as they are; see `add_rows` for those that the new schema brings.

    Parameters
    ----------
    migration
        What changed.
    tables
        Frames by table, of the head, an image or anything else that the old schema wrote. A column that a frame lacks
        it goes on lacking: the frame says nothing of it.
    """
    conversion = Conversion(migration)
    moved = {one.was: one.table for one in migration.of(SchemaChangeKind.TABLE_RENAMED) if one.was}
    found: dict[str, pd.DataFrame] = {}
    for old_name, frame in tables.items():
        name = moved.get(old_name, old_name)
        if name == LISTS:
            found[name] = _lists(migration, frame)
        elif name in migration.book.tables:
            found[name] = _table(migration, conversion, migration.book.tables[name], frame)
        else:
            found[name] = frame
    return found


def migrate_written(migration: Migration, written: Tables) -> dict[str, pd.DataFrame]:
    """Return what an export wrote into computed cells by the fields of the new schema.

    A cell that is computed still holds what was written, whatever its formula is now: only where the words or the kind
    of its values changed nobody knows any more what is there.
    """
    conversion, found = Conversion(migration), migrate_state(migration, written)
    moved = {one.table: one.was for one in migration.of(SchemaChangeKind.TABLE_RENAMED) if one.was}
    for name, frame in found.items():
        fields = migration.book.tables[name].fields if name in migration.book.tables else {}
        before = written[moved.get(name, name)]
        renamed = {one.field: one.was for one in migration.of(SchemaChangeKind.FIELD_RENAMED, table=name)}
        kept = frame[[label for label in frame.columns if label in fields]]
        stays = {
            label: before[source]
            for label, target in fields.items()
            for source in [renamed.get(label) or label]
            if target.derived and source in before.columns
            and (name, label) not in conversion.retyped and not conversion.texts(target)
        }  # fmt: skip
        found[name] = kept.assign(**stays) if stays else kept
    return found


def _table(migration: Migration, conversion: Conversion, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    renamed = {
        one.was: one.field
        for one in migration.of(SchemaChangeKind.FIELD_RENAMED, table=table.name)
        if one.was
    }
    frame = frame.rename(columns={was: name for was, name in renamed.items() if name not in frame.columns})
    columns: dict[str, pd.Series] = {}
    unread: dict[str, pd.Series] = {}
    old = migration.old_fields(table.name)
    for target in table.fields.values():
        source = _source(target.name, target.title, frame)
        if source is None or not target.typed:
            if source is None and target.typed and target.name not in old:
                columns[target.name] = to_series(ValueKind(target.type), [None] * len(frame), frame.index)
            continue
        before = (
            ValueKind.VALUE if source.startswith(OWN) else conversion.retyped.get((table.name, target.name))
        )
        if before is None and not conversion.texts(target):
            columns[target.name] = frame[source]
            continue
        converted = conversion.column(target, frame[source].tolist(), before)
        columns[target.name] = to_series(ValueKind(target.type), converted.values, frame.index)
        if converted.unread:
            label = OWN + FORMER[migration.book.lang].format(field=target.title)
            unread[label] = _unread(frame, label, converted.unread)
    own = _own(migration, table, frame, set(columns))
    return pd.DataFrame({**columns, **own, **unread}, index=frame.index)


def _source(name: str, title: str, frame: pd.DataFrame) -> str | None:
    """Return the column of a frame that a field takes its values from: a person's own of the same title, too."""
    return next((label for label in (name, OWN + title) if label in frame.columns), None)


def _own(migration: Migration, table: Table, frame: pd.DataFrame, taken: set[str]) -> dict[str, pd.Series]:
    """Return people's own columns, those among them that were fields before."""
    used = {OWN + table.fields[name].title for name in taken}
    titles = {
        one["name"]: one["titles"].get(migration.book.lang, one["name"])
        for one in migration.old_tables.get(table.name, {}).get("fields", ())
    }
    own: dict[str, pd.Series] = {}
    for label in frame.columns:
        if label.startswith(OWN):
            if label not in used:
                own[label] = frame[label]
        elif label not in table.fields:
            own.setdefault(OWN + titles.get(label, label), _objects(frame[label]))
        elif label not in taken:  # what is computed now was typed before
            header = FORMER[migration.book.lang].format(field=table.fields[label].title)
            own.setdefault(OWN + header, _objects(frame[label]))
    return own


def _objects(column: pd.Series) -> pd.Series:
    """Return a column as people's own ones are kept: plain values, None where there is none."""
    items = column.astype(object).where(column.notna(), None).tolist()
    array = np.empty(len(items), dtype=object)
    array[:] = [item.to_pydatetime() if isinstance(item, pd.Timestamp) else item for item in items]
    return pd.Series(array, index=column.index, dtype=object)


def _unread(frame: pd.DataFrame, label: str, texts: Mapping[int, str]) -> pd.Series:
    known = _objects(frame[label]).tolist() if label in frame.columns else [None] * len(frame)
    array = np.empty(len(known), dtype=object)
    array[:] = [texts.get(position, item) for position, item in enumerate(known)]
    return pd.Series(array, index=frame.index, dtype=object)


def _lists(migration: Migration, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the dropdown lists with the words of their values as they read now."""
    parents = {entries.name: entries.by for entries in migration.book.lists.values()}
    rows: dict[str, tuple[Any, Any, Any]] = {}
    for label, name, text, of in zip(frame.index, frame["list"], frame["text"], frame["of"], strict=True):
        new = migration.new_texts(name).get(text, text)
        above = migration.new_texts(parents.get(name) or "").get(of, of)
        suffix = str(label).removeprefix(f"{name}/{text}")
        rows.setdefault(f"{name}/{new}" + (f"/{above}" if suffix else ""), (name, new, above))
    index = pd.Index(list(rows), dtype=object)
    return pd.DataFrame(list(rows.values()), index=index, columns=list(frame.columns), dtype=object)


def add_rows(
    migration: Migration, tables: Tables, counters: Mapping[str, int]
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """Return the head with the rows that a new schema brings, and the counters: rules, parameters, list entries.

    Parameters
    ----------
    tables
        The head, migrated.
    counters
        The highest number ever given to a row, as ``row:<table>``.
    """
    found, counted = dict(tables), dict(counters)
    for name, table in migration.book.tables.items():
        if table.managed and name not in found:
            found[name] = _blank(table)
        if table.rows in {"bands", "parameters"} and name in found:
            found[name] = _with_rules(migration, table, found[name], counted)
    if LISTS in found:
        found[LISTS] = _with_values(migration, found[LISTS])
    return found, counted


def _blank(table: Table) -> pd.DataFrame:
    index = pd.Index([], dtype=object)
    typed = [one for one in table.fields.values() if one.typed]
    return pd.DataFrame({one.name: to_series(ValueKind(one.type), [], index) for one in typed}, index=index)


def _with_rules(
    migration: Migration, table: Table, frame: pd.DataFrame, counters: dict[str, int]
) -> pd.DataFrame:
    """Return the rows of a table of rules with those of rules that are new."""
    label = "rule" if table.rows == "bands" else table.key
    added = {
        name
        for one in migration.of(SchemaChangeKind.RULES_ADDED, table=table.rows or "")
        for name in one.field.split(",")
    }
    added -= set(frame.get(label, ()))
    rows = [row for row in table.seed if row.get(label) in added]
    if not rows:
        return frame
    counter = f"row:{table.name}"
    first = 1 + max([counters.get(counter, -1), *map(number_of, map(str, frame.index))])
    counters[counter] = first + len(rows) - 1
    index = pd.Index(row_ids(table.name, len(rows), first), dtype=object)
    columns = {}
    for name in frame.columns:
        values = [row.get(name) for row in rows]
        new = to_series(
            ValueKind(table.fields[name].type) if name in table.fields else ValueKind.VALUE, values, index
        )
        columns[name] = pd.concat([frame[name], new])
    return pd.DataFrame(columns, index=frame.index.append(index))


def _with_values(migration: Migration, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the dropdown lists with the values that the new schema brings."""
    rows = {f"{name}/{text}": (name, text, of) for name, text, of in new_values(migration)}
    rows = {label: row for label, row in rows.items() if label not in frame.index}
    if not rows:
        return frame
    index = pd.Index(list(rows), dtype=object)
    return pd.concat(
        [frame, pd.DataFrame(list(rows.values()), index=index, columns=list(frame.columns), dtype=object)]
    )

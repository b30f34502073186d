"""Keys: numbers for rows that lack one, and a changed key carried to everything that refers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmbook.ingest.duplicates import MERGED, aliases
from crmbook.ingest.identify import next_ids
from crmbook.merge import differs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from crmbook.ingest.follow_up.state import Progress
    from crmbook.schema import Field, Table


def give_keys(progress: Progress) -> None:
    """Give every row the ids it lacks.

    A row that had a key gets it back, unless another row took it meanwhile: a key goes with its row only.
    """
    for table in _managed(progress):
        for target in table.fields.values():
            if target.typed and (target.type == "id" or target.name == table.key):
                _give(progress, table, target)


def _give(progress: Progress, table: Table, target: Field) -> None:
    column = progress.column(table.name, target.name)
    blank = column.index[column.isna()]
    if not len(blank):
        return
    earlier, held = progress.earlier_column(table.name, target.name), set(column.dropna().tolist())
    own = _own_keys(earlier, blank) if target.name == table.key else {}
    parents = set(progress.keys(target.to).dropna().tolist()) if target.to else None
    given = {row: key for row, key in own.items() if key not in held and (parents is None or key in parents)}
    if target.type == "id":
        wanting = [row for row in blank.tolist() if row not in given]
        taken = {*held, *earlier.dropna().tolist()}
        given |= dict(zip(wanting, next_ids(target, len(wanting), taken, progress.counting), strict=True))
    if given:
        progress.note("numbered", table.name, count=len(given), field=target.title)
    progress.put(target, given)


def _own_keys(earlier: pd.Series, rows: pd.Index) -> dict[str, str]:
    """Return the keys that rows had, where no other of them had the same."""
    own = earlier.reindex(rows).dropna().drop_duplicates(keep=False)
    return dict(zip(own.index.tolist(), own.tolist(), strict=True))


def new_keys(progress: Progress, table: Table, count: int) -> list[str]:
    """Return keys for new rows of a table whose keys are numbers."""
    earlier = progress.earlier_column(table.name, table.key)
    taken = [*progress.keys(table.name).tolist(), *earlier.tolist()]
    return next_ids(table.key_field, count, taken, progress.counting)


def carry_renames(progress: Progress) -> None:
    """Rename a visible key in every reference to it.

    A reference that nobody touched follows its row whatever the key is now, so that two keys may be exchanged; one
    that was typed meanwhile means the row that bears the key now, if there is one. A key that two rows have, before
    or after, leads nowhere: the references stay as they are, and the two rows are reported as an issue.
    """
    for table in _managed(progress):
        referring = [target for other in _managed(progress) for target in other.references_to(table.name)]
        if not any(target.typed for target in referring) or not table.key_field.typed:
            continue
        renamed = dict(_renamed(progress, table))
        names = dict(renamed.values())
        progress.renames.setdefault(table.name, {}).update(names)
        counts = dict.fromkeys(names, 0)
        for target in referring:
            if names and target.typed:
                _rename_in(progress, target, names, counts)
        for row, (old, new) in renamed.items():
            if counts[old]:
                progress.note("renamed", table.name, row, old=old, new=new, count=counts[old])


def follow_merges(progress: Progress) -> None:
    """Let references to a row that went into another one mean that: typed in an old copy, chosen in a conflict, imported."""
    for table in _managed(progress):
        names = aliases(progress.tables, table) if MERGED in progress.tables else {}
        for other in _managed(progress) if names else ():
            for target in other.references_to(table.name):
                if not target.typed:
                    continue
                column = progress.column(other.name, target.name)
                hits = column[column.isin(list(names))]
                if len(hits):
                    moved = zip(hits.index.tolist(), hits.tolist(), strict=True)
                    progress.put(target, {row: names[key] for row, key in moved})
                    progress.note("resolved", other.name, count=len(hits), parent=table.title)


def _renamed(progress: Progress, table: Table) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the rows whose key was changed, with the old and the new one."""
    now, earlier = progress.keys(table.name), progress.earlier_column(table.name, table.key)
    positions = earlier.index.get_indexer(now.index)
    both = np.flatnonzero(positions >= 0)
    if not len(both):
        return
    mine, theirs = now.iloc[both], earlier.iloc[positions[both]]
    changed = np.flatnonzero(differs(mine, theirs) & mine.notna().to_numpy() & theirs.notna().to_numpy())
    if not len(changed):
        return
    several_now, several_then = now.duplicated(keep=False), earlier.duplicated(keep=False)
    for position in changed.tolist():
        row = mine.index[position]
        if not several_now[row] and not several_then[row]:
            yield row, (theirs.iloc[position], mine.iloc[position])


def _rename_in(progress: Progress, target: Field, names: dict[str, str], counts: dict[str, int]) -> None:
    column = progress.column(target.table, target.name)
    hits = column[column.isin(list(names))]
    if not len(hits):
        return
    earlier = progress.earlier_column(target.table, target.name).reindex(hits.index)
    typed = hits.index.isin(list(progress.typed.get((target.table, target.name), ())))
    untouched = ~differs(hits, earlier) & ~typed
    current = set(progress.keys(target.to or "").dropna().tolist())
    moved = {
        row: names[key]
        for row, key, same in zip(hits.index, hits.tolist(), untouched.tolist(), strict=True)
        if same or key not in current
    }
    for row in moved:
        counts[hits[row]] += 1
    progress.put(target, moved)


def _managed(progress: Progress) -> Iterator[Table]:
    for table in progress.book.tables.values():
        if table.managed and table.name in progress.tables:
            yield table

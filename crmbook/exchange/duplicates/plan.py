"""What merging two rows, or telling them apart, makes of a state: one step of a revision. Nothing is stored here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from crmbook.base import CrmbookError
from crmbook.exchange.duplicates.join import Joined, Lost, join_rows
from crmbook.exchange.duplicates.note import PairNote
from crmbook.ingest import distinct_pairs, follow, with_distinct, with_merged
from crmbook.merge import plain
from crmbook.revisions import Restored, compare_states
from crmbook.store import Step
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from crmbook.exchange.duplicates.join import Changed, Take
    from crmbook.revisions import Hand
    from crmbook.schema import Book, Table
    from crmbook.store import ConflictRecord, State

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Settled(Restored):
    """What came of merging two rows or telling them apart.

    Attributes
    ----------
    first, second
        What people call the row that stays, and the one that goes.
    lost
        Values that do not stay.
    moved
        By title of the table, how many rows are about the row that stays by now.
    """

    first: str = ""
    second: str = ""
    lost: Sequence[Lost] = ()
    moved: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PairPlan:
    """What is to be stored.

    Attributes
    ----------
    step
        None where nothing changes.
    tables, counters
        The state then.
    settled
        What came of it, as long as nothing is stored: its revision is the one that it was worked out from.
    """

    step: Step | None
    tables: Tables
    counters: Mapping[str, int]
    settled: Settled


def plan_merge(  # noqa: PLR0913, PLR0917 - the book, two rows, and what is wanted of them
    book: Book,
    head: State,
    table: Table,
    rows: tuple[str, str],
    hand: Hand,
    takes: Mapping[str, Take],
    changed: Changed,
    conflicts: Sequence[ConflictRecord],
) -> PairPlan:
    """Return what merging two rows makes of a state; nothing where they are one.

    Parameters
    ----------
    rows
        Ids of the row that stays, and of the one that goes.
    takes
        By field or header, which value stays; under ``*`` of all others.
    changed
        Returns the revision that changed a cell last, by table, row and label.
    conflicts
        The open ones of the book.

    Raises
    ------
    CrmbookError
        ``duplicates.unknown-field``, ``duplicates.open-conflicts``.
    """
    keep, other = rows
    frame = head.tables[table.name]
    names = names_of_rows(table, frame[frame.index.isin(rows)])
    done = Settled(head.revision, head.revision, (), (), names[keep], names[other])
    if keep == other:
        return PairPlan(None, head.tables, head.counters, done)
    joined = join_rows(book, head.tables, table.name, keep, other, _labels(table, frame, takes), changed)
    _refuse_open_conflicts(conflicts, joined, names[other])
    state = with_merged(joined.tables, joined.gone)
    followed = follow(book, state, head.tables, head.counters, hand.as_of)
    note, changes = _note(table, head, keep, other), _changes(head, followed.tables)
    done = replace(
        done, lines=compare_states(book, head.tables, followed.tables), notes=followed.notes, lost=joined.lost,
        moved={book.tables[name].title: count for name, count in joined.moved.items()},
    )  # fmt: skip
    step = Step("merge", hand.who, note=note, tables=changes)
    return PairPlan(step, followed.tables, followed.counters, done)


def plan_apart(head: State, table: Table, rows: tuple[str, str], hand: Hand) -> PairPlan:
    """Return what it makes of a state that two rows are not the same; nothing where that is known.

    Raises
    ------
    CrmbookError
        ``duplicates.same-row``.
    """
    first, second = rows
    frame = head.tables[table.name]
    names = names_of_rows(table, frame[frame.index.isin(rows)])
    if first == second:
        raise CrmbookError("duplicates.same-row", row=names[first])
    done = Settled(head.revision, head.revision, (), (), names[first], names[second])
    if frozenset(rows) in distinct_pairs(head.tables, table.name):
        return PairPlan(None, head.tables, head.counters, done)
    state = with_distinct(head.tables, table.name, first, second)
    step = Step("distinct", hand.who, note=_note(table, head, first, second), tables=_changes(head, state))
    return PairPlan(step, state, head.counters, done)


def names_of_rows(table: Table, frame: pd.DataFrame) -> dict[str, str]:
    """Return what people call rows: key and name."""
    keys = texts_of_rows(frame, table.key)
    names = texts_of_rows(frame, table.name_field or "")
    return {row: f"{keys.get(row, '?')} {names.get(row, '')}".strip() for row in frame.index}


def texts_of_rows(frame: pd.DataFrame, label: str) -> dict[str, str]:
    """Return the cells of a column that are not blank, as people read them."""
    if label not in frame.columns:
        return {}
    cells = zip(frame.index.tolist(), plain(frame[label].to_numpy()), strict=True)
    return {row: spell(cell) for row, cell in cells if cell is not None}


def _note(table: Table, head: State, first: str, second: str) -> str:
    frame = head.tables[table.name]
    names, keys = names_of_rows(table, frame), texts_of_rows(frame, table.key)
    return PairNote(
        table.name, names[first], names[second], keys.get(first, ""), keys.get(second, ""), first, second
    ).to_text()


def _changes(head: State, tables: Tables) -> dict[str, pd.DataFrame | None]:
    return {name: frame for name, frame in tables.items() if frame is not head.tables.get(name)}


def _labels(table: Table, frame: pd.DataFrame, takes: Mapping[str, Take]) -> dict[str, Take]:
    """Return which value stays by label; a field goes by its name or any of its headers."""
    known: dict[str, str] = {str(label): str(label) for label in frame.columns}
    known |= {table.header(label).casefold(): label for label in list(known)}
    for one in table.fields.values():
        if one.name in frame.columns:
            known |= {text.casefold(): one.name for text in (one.name, *one.titles.values())}
    rest = takes.get("*")
    found: dict[str, Take] = {str(label): rest for label in frame.columns} if rest else {}
    for words, take in takes.items():
        label = known.get(words.strip().casefold()) or known.get(words.strip())
        if words != "*" and (label is None or label == table.key):
            headers = tuple(table.header(str(one)) for one in frame.columns if one != table.key)
            raise CrmbookError("duplicates.unknown-field", field=words, known=headers)
        if label is not None:
            found[label] = take
    return found


def _refuse_open_conflicts(conflicts: Sequence[ConflictRecord], joined: Joined, name: str) -> None:
    gone = {(one.table, one.row_id) for one in joined.gone}
    found = [one for one in conflicts if (one.table, one.row_id) in gone]
    if found:
        numbers: Any = tuple(str(one.id) for one in found)
        raise CrmbookError("duplicates.open-conflicts", row=name, numbers=numbers)

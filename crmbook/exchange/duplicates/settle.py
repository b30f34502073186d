"""Two rows are merged, told apart, or that is taken back: each one revision of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from crmbook.base import CrmbookError, describe
from crmbook.exchange.duplicates.find import find_duplicates
from crmbook.exchange.duplicates.join import Joined, Lost, join_rows
from crmbook.exchange.duplicates.note import PairNote, standing_pairs
from crmbook.ingest import aliases, distinct_pairs, follow, with_distinct, with_merged
from crmbook.merge import plain
from crmbook.revisions import Restored, Reversed, compare_states, reverse_revision
from crmbook.store import Commit, Step
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Language
    from crmbook.exchange.duplicates.join import Take
    from crmbook.exchange.duplicates.model import Pair
    from crmbook.revisions import Hand
    from crmbook.schema import Book, Table
    from crmbook.store import BookRecord, State, Store

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


@dataclass(frozen=True, slots=True)
class Parted(Reversed):
    """What came of taking back that two rows were merged or told apart.

    Attributes
    ----------
    name
        What people call the two rows.
    """

    name: str = ""


@dataclass(frozen=True)
class Duplicates:
    """The rows of one table of a book that may be one.

    Attributes
    ----------
    told_apart
        Pairs of rows that people said are two, and that are both there.
    """

    table: Table
    pairs: Sequence[Pair]
    told_apart: Sequence[tuple[str, str]]
    names: Mapping[str, str]
    keys: Mapping[str, str]

    def reasons(self, pair: Pair, lang: Language) -> str:
        """Return what speaks for a pair, in words."""
        mark, between = (", ", "; ") if lang == "en" else ("、", "；")
        said = ((one.speaks, mark.join(map(self._title, one.labels))) for one in pair.reasons)
        return between.join(describe(f"duplicates.{one}", lang, {"fields": fields}) for one, fields in said)

    def _title(self, label: str) -> str:
        return self.table.header(label)


def read_duplicates(book: Book, tables: Tables, name: str = "") -> Duplicates:
    """Return the rows of a table that may be one; those of people by default.

    Raises
    ------
    CrmbookError
        ``duplicates.no-table``.
    """
    table = _table(book, name)
    if not table.identity or not table.name_field:
        raise _no_table(book, table.title)
    frame = tables.get(table.name)
    if frame is None:
        return Duplicates(table, (), (), {}, {})
    apart = distinct_pairs(tables, table.name)
    pairs = find_duplicates(book, table, frame, apart)
    told = sorted(tuple(sorted(pair)) for pair in apart if pair <= set(frame.index))
    wanted = {row for pair in pairs for row in (pair.first, pair.second)} | {
        row for pair in told for row in pair
    }
    rows = frame[frame.index.isin(list(wanted))]
    return Duplicates(table, pairs, told, _names(table, rows), _texts(rows, table.key))  # type: ignore[arg-type]


def _table(book: Book, name: str) -> Table:
    """Return the table that is meant, that of people by default."""
    table = book.tables.get(name or book.people)
    if table is None or not table.managed or table.key_field.derived:
        raise _no_table(book, table.title if table else name)
    return table


def _no_table(book: Book, title: str) -> CrmbookError:
    known = tuple(one.title for one in book.tables.values() if one.managed and one.identity)
    return CrmbookError("duplicates.no-table", table=title, known=known or "–")


def _names(table: Table, frame: pd.DataFrame) -> dict[str, str]:
    keys = _texts(frame, table.key)
    names = _texts(frame, table.name_field or "")
    return {row: f"{keys.get(row, '?')} {names.get(row, '')}".strip() for row in frame.index}


def _texts(frame: pd.DataFrame, label: str) -> dict[str, str]:
    if label not in frame.columns:
        return {}
    cells = zip(frame.index.tolist(), plain(frame[label].to_numpy()), strict=True)
    return {row: spell(cell) for row, cell in cells if cell is not None}


def find_row(table: Table, tables: Tables, words: str) -> str:
    """Return the id of the row that people mean by a key, a name, or both; by the key of one that was merged the row that stays.

    Raises
    ------
    CrmbookError
        ``duplicates.unknown-row``, ``duplicates.ambiguous-row``.
    """
    frame = tables[table.name]
    keys, names = _texts(frame, table.key), _names(table, frame)
    text = " ".join(words.split())
    text = aliases(tables, table).get(text, text)
    short = text.lstrip("0") if text.isdecimal() else None
    ways: tuple[dict[str, str], ...] = (keys, names, _texts(frame, table.name_field or ""))
    for way in ways:
        found = [row for row, said in way.items() if said.casefold() == text.casefold()]
        if not found and way is keys and short:
            found = [row for row, said in way.items() if said.isdecimal() and said.lstrip("0") == short]
        if len(found) == 1:
            return found[0]
        if found:
            known = tuple(names[row] for row in found)
            raise CrmbookError("duplicates.ambiguous-row", row=words, known=known)
    raise CrmbookError("duplicates.unknown-row", row=words, table=table.title)


def merge_rows(  # noqa: PLR0913 - the book, two rows, and what is wanted of them
    store: Store,
    record: BookRecord,
    book: Book,
    rows: tuple[str, str],
    hand: Hand,
    *,
    table: str = "",
    takes: Mapping[str, Take] | None = None,
    dry_run: bool = False,
) -> Settled:
    """Merge two rows as one revision; nothing is done where they are one already.

    Parameters
    ----------
    rows
        What people call the row that stays, and the one that goes.
    takes
        By field or header, which value stays; under ``*`` of all others.
    dry_run
        Whether to say only what would be done.

    Raises
    ------
    CrmbookError
        ``duplicates.schema-changed``, ``duplicates.no-table``, ``duplicates.unknown-row``, ``duplicates.ambiguous-row``,
        ``duplicates.unknown-field``, ``duplicates.open-conflicts``.
    BusyError
        ``store.busy``.
    """
    chosen = _table(book, table)
    _refuse_other_schema(record, book)
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        keep, other = (find_row(chosen, head.tables, words) for words in rows)
        names = _names(chosen, head.tables[chosen.name])
        if keep == other:
            return Settled(head.revision, head.revision, (), (), names[keep], rows[1])
        changed = partial(_changed, store, record.book_id)
        by_label = _labels(chosen, head.tables[chosen.name], takes or {})
        joined = join_rows(book, head.tables, chosen.name, keep, other, by_label, changed)
        _refuse_open_conflicts(store, record.book_id, joined, names[other])
        state = with_merged(joined.tables, joined.gone)
        followed = follow(book, state, head.tables, head.counters, hand.as_of)
        lines = compare_states(book, head.tables, followed.tables)
        newest = head.revision
        if not dry_run:
            note = _note(chosen, head, keep, other)
            step = Step("merge", hand.who, note=note, tables=_changes(head, followed.tables))
            newest = store.commit(lease, record.book_id, Commit(head.revision, [step], followed.counters))
    moved = {book.tables[name].title: count for name, count in joined.moved.items()}
    return Settled(
        newest, head.revision, lines, followed.notes, names[keep], names[other], joined.lost, moved
    )


def tell_apart(  # noqa: PLR0913 - the book, two rows, the hand
    store: Store, record: BookRecord, book: Book, rows: tuple[str, str], hand: Hand, *, table: str = ""
) -> Settled:
    """Remember that two rows are not the same, as one revision; nothing is done where that is known.

    Raises
    ------
    CrmbookError
        As `merge_rows` does; ``duplicates.same-row``.
    BusyError
        ``store.busy``.
    """
    chosen = _table(book, table)
    _refuse_other_schema(record, book)
    with store.lease(record.book_id) as lease:
        head = store.head(record.book_id)
        first, second = (find_row(chosen, head.tables, words) for words in rows)
        names = _names(chosen, head.tables[chosen.name])
        if first == second:
            raise CrmbookError("duplicates.same-row", row=names[first])
        newest = head.revision
        if frozenset((first, second)) not in distinct_pairs(head.tables, chosen.name):
            state = with_distinct(head.tables, chosen.name, first, second)
            note = _note(chosen, head, first, second)
            step = Step("distinct", hand.who, note=note, tables=_changes(head, state))
            newest = store.commit(lease, record.book_id, Commit(head.revision, [step]))
    return Settled(newest, head.revision, (), (), names[first], names[second])


def undo_pair(store: Store, record: BookRecord, book: Book, wanted: str, hand: Hand) -> Parted:
    """Take back that two rows were merged or told apart, and what colleagues have done since stays.

    Parameters
    ----------
    wanted
        The number of the revision, or the key of a row of the pair; empty for the newest that was not taken back.

    Raises
    ------
    CrmbookError
        ``duplicates.nothing-to-undo``, ``duplicates.undo-later-first``, ``duplicates.schema-between``,
        ``duplicates.schema-changed``; as `crmbook.revisions.reverse_revision` does.
    BusyError
        ``store.busy``.
    """
    _refuse_other_schema(record, book)
    names: list[str] = []

    def find() -> int:
        number, name = _find(wanted, store, record.book_id)
        names.append(name)
        return number

    done = reverse_revision(store, record, book, find, hand)
    return Parted(done.revision, done.before, done.lines, done.notes, done.conflicts, names[-1])


def _find(wanted: str, store: Store, book_id: str) -> tuple[int, str]:
    """Return the revision that is meant, and what people call it."""
    revisions = store.revisions(book_id)
    standing = standing_pairs(revisions)
    meant = [number for number, (_, note) in standing.items() if wanted in _said_of(number, note)]
    if not meant:
        known = (
            tuple(
                f"{number} ({note.name(is_merge=one.kind == 'merge')})"
                for number, (one, note) in standing.items()
            )
            or "–"
        )
        raise CrmbookError("duplicates.nothing-to-undo", wanted=wanted or "–", known=known)
    number = max(meant)
    one, note = standing[number]
    migrated = [later.number for later in revisions if later.kind == "migrate" and later.number > number]
    if migrated:
        raise CrmbookError("duplicates.schema-between", revision=number, migrated=migrated[0])
    for later, (other, there) in standing.items():
        if later > number and other.kind == "merge" and there.second_row in {note.first_row, note.second_row}:
            raise CrmbookError("duplicates.undo-later-first", revision=number, later=later)
    return number, note.name(is_merge=one.kind == "merge")


def _said_of(number: int, note: PairNote) -> Collection[str]:
    return {"", str(number), note.second_key, note.second, note.first_key, note.first}


def _note(table: Table, head: State, first: str, second: str) -> str:
    frame = head.tables[table.name]
    names, keys = _names(table, frame), _texts(frame, table.key)
    return PairNote(
        table.name, names[first], names[second], keys.get(first, ""), keys.get(second, ""), first, second
    ).to_text()


def _changes(head: State, tables: Tables) -> dict[str, pd.DataFrame | None]:
    return {name: frame for name, frame in tables.items() if frame is not head.tables.get(name)}


def _changed(store: Store, book_id: str, table: str, row: str, label: str) -> int:
    cell = (table, row, label)
    found = store.last_change(book_id, [cell]).get(cell)
    return found.number if found else 0


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


def _refuse_other_schema(record: BookRecord, book: Book) -> None:
    if record.fingerprint and record.fingerprint != book.fingerprint:
        raise CrmbookError("duplicates.schema-changed", template=book.template)


def _refuse_open_conflicts(store: Store, book_id: str, joined: Joined, name: str) -> None:
    gone = {(one.table, one.row_id) for one in joined.gone}
    found = [one for one in store.conflicts(book_id) if (one.table, one.row_id) in gone]
    if found:
        numbers: Any = tuple(str(one.id) for one in found)
        raise CrmbookError("duplicates.open-conflicts", row=name, numbers=numbers)

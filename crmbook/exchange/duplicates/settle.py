"""Two rows are merged, declared different, or that is taken back: each one revision of the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError, describe
from crmbook.exchange.duplicates.find import find_duplicates
from crmbook.exchange.duplicates.note import standing_pairs
from crmbook.exchange.duplicates.plan import names_of_rows, plan_apart, plan_merge, texts_of_rows
from crmbook.ingest import aliases, distinct_pairs
from crmbook.revisions import Reversed, reverse_revision
from crmbook.store import Commit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Language
    from crmbook.exchange.duplicates.join import Take
    from crmbook.exchange.duplicates.model import Pair
    from crmbook.exchange.duplicates.note import PairNote
    from crmbook.exchange.duplicates.plan import PairPlan, Settled
    from crmbook.revisions import Hand
    from crmbook.schema import Book, Table
    from crmbook.store import BookRecord, Lease, State, Store

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Parted(Reversed):
    """What came of taking back that two rows were merged or declared different.

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
    listed = sorted(tuple(sorted(pair)) for pair in apart if pair <= set(frame.index))
    wanted = {row for pair in pairs for row in (pair.first, pair.second)} | {
        row for pair in listed for row in pair
    }
    rows = frame[frame.index.isin(list(wanted))]
    return Duplicates(table, pairs, listed, names_of_rows(table, rows), texts_of_rows(rows, table.key))  # type: ignore[arg-type]


def _table(book: Book, name: str) -> Table:
    """Return the table that is meant, that of people by default."""
    table = book.tables.get(name or book.people)
    if table is None or not table.managed or table.key_field.derived:
        raise _no_table(book, table.title if table else name)
    return table


def _no_table(book: Book, title: str) -> CrmbookError:
    known = tuple(one.title for one in book.tables.values() if one.managed and one.identity)
    return CrmbookError("duplicates.no-table", table=title, known=known or "–")


def find_row(table: Table, tables: Tables, words: str) -> str:
    """Return the id of the row that people mean by a key, a name, or both; by the key of one that was merged the row that stays.

    Raises
    ------
    CrmbookError
        ``duplicates.unknown-row``, ``duplicates.ambiguous-row``.
    """
    frame = tables[table.name]
    keys, names = texts_of_rows(frame, table.key), names_of_rows(table, frame)
    text = " ".join(words.split())
    text = aliases(tables, table).get(text, text)
    short = text.lstrip("0") if text.isdecimal() else None
    ways: tuple[dict[str, str], ...] = (keys, names, texts_of_rows(frame, table.name_field or ""))
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
        changed = partial(_changed, store, record.book_id)
        plan = plan_merge(
            book, head, chosen, (keep, other), hand, takes or {}, changed, store.conflicts(record.book_id)
        )
        done = plan.settled
        if keep == other:
            return replace(done, second=rows[1])
        return done if dry_run else replace(done, revision=_commit(store, lease, record.book_id, head, plan))


def keep_apart(  # noqa: PLR0913 - the book, two rows, the hand
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
        plan = plan_apart(head, chosen, (first, second), hand)
        return replace(plan.settled, revision=_commit(store, lease, record.book_id, head, plan))


def _commit(store: Store, lease: Lease, book_id: str, head: State, plan: PairPlan) -> int:
    """Let a book be as a plan has it; return the number of its newest revision."""
    if plan.step is None:
        return head.revision
    return store.commit(lease, book_id, Commit(head.revision, [plan.step], dict(plan.counters)))


def undo_pair(store: Store, record: BookRecord, book: Book, wanted: str, hand: Hand) -> Parted:
    """Take back that two rows were merged or declared different, and what colleagues have done since stays.

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


def _changed(store: Store, book_id: str, table: str, row: str, label: str) -> int:
    cell = (table, row, label)
    found = store.last_change(book_id, [cell]).get(cell)
    return found.number if found else 0


def _refuse_other_schema(record: BookRecord, book: Book) -> None:
    record.refuse_other_schema(book.fingerprint, book.template, "duplicates.schema-changed")

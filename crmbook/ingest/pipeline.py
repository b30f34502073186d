"""Workbook → head: check cells, identify rows, judge by the breaker, merge, settle conflicts, follow up.

Nothing is stored here: `take_in` is given what the store knows and returns what the store should hold next. A file
is merged against its *image*, what the store last took from that export, so that a value nobody changed in this
workbook never undoes what somebody changed in another.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import Issue, Severity
from crmbook.build import CONFLICTS
from crmbook.check import Known, check_cells, resolve_pending
from crmbook.ingest.answers import Before, take_answers
from crmbook.ingest.assign import assign_keys
from crmbook.ingest.follow_up import (
    Blanks,
    follow,
    iter_dependents,
    undecided_edits,
    unseen_edits,
    with_dependents,
)
from crmbook.ingest.guard import discard, judge
from crmbook.ingest.identify import (
    NEW,
    SAME,
    Answers,
    Counting,
    Meanings,
    ask_who,
    asks_who,
    identify,
    state_frames,
    without_old_ids,
)
from crmbook.ingest.intake import Intake
from crmbook.ingest.last_known import with_known, with_stray
from crmbook.ingest.locked import without_locked
from crmbook.ingest.overridden import typed_only, without_computed, written_by_sync
from crmbook.ingest.redirect import redirect
from crmbook.ingest.settle import settle
from crmbook.ingest.sight import listed_for, look
from crmbook.merge import Conflict, Rules, is_undone, merge_table, with_seen_rows
from crmbook.read import LIST, decisions, hold_decision, unknown_plan_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from crmbook.ingest.base import Base
    from crmbook.ingest.identify import Identity
    from crmbook.merge import Merged
    from crmbook.read import Snapshot, WorkingCopy
    from crmbook.schema import Book
    from crmbook.store import ConflictRecord, State

    Tables = Mapping[str, pd.DataFrame]
    Unknown = Mapping[tuple[str, str], Collection[str]]
    Edits = Mapping[str, Mapping[str, tuple[Any, Any]]]


def take_in(copy: WorkingCopy, head: State, base: Base, as_of: date) -> Intake:
    """Read a workbook and merge its edits into the head; neither the store nor the file is written.

    Raises
    ------
    ReadError
        If the file is no workbook of the book.
    """
    intake = _read(copy, head, head.tables, base, as_of)
    merged = _merge(intake, copy.book, head, base, as_of)
    if merged.plan is None and names_nobody(merged, merged.merged, merged.followed):
        # A person registered today as a prospect has an id only now; who named him elsewhere meant that one.
        again = _read(copy, head, _others(merged), base, as_of, merged.file)
        if again.unknown != intake.unknown:
            return _merge(again, copy.book, head, base, as_of)
    return merged


def _others(intake: Intake) -> dict[str, pd.DataFrame]:
    """Return the head with the rows that a workbook brought about besides its own new ones, which are no namesakes.

    Rows of the head have its keys: a key that was typed over in the workbook is still one by which its row is known.
    """
    identity, tables = intake.identity, dict(intake.followed)
    for name, frame in intake.followed.items():
        known = intake.head.get(name)
        if known is not None:
            own = identity.ids[name].loc[list(identity.new[name])] if name in identity.new else ()
            added = frame[~frame.index.isin([*known.index, *own])]
            tables[name] = pd.concat([known, added]) if len(added) else known
    return tables


def _read(  # noqa: PLR0913, PLR0917 - a workbook, and what the store knows
    copy: WorkingCopy, head: State, tables: Tables, base: Base, as_of: date, held: Tables | None = None
) -> Intake:
    """Read, check and identify a workbook; rows of `tables` may be referred to besides its own.

    A workbook that shows a part of the customers (it holds the rows `held`, by default those that it ever showed) is
    read as if the rest of the book did not exist.
    """
    view, image = copy.view, base.image
    rows = base.rows
    sight = look(copy, head, tables, base.scope, rows or {}, held or rows or {})
    snapshot = sight.snapshot
    known = Known(sight.known, base.states[0] or {}, base.former, copy.book)
    checked = check_cells(view, snapshot, as_of, known=known, part=sight.part)
    answers = _answers(copy.book, snapshot, base.conflicts)
    snapshot = without_old_ids(view, snapshot, checked, rows or {}, answers)
    shown, journal = (image.frames, image.journal) if image else (None, {})
    identity = identify(
        view, snapshot, checked, rows, sight.head, journal, sight.counters, base.twins, is_lent=base.is_lent
    )
    counters = dict(identity.counters)
    if not base.is_open:
        counters = assign_keys(view, snapshot, checked, identity, Counting(dict(counters), as_of))
    resolve_pending(view, snapshot, checked, known)
    file, unknown = state_frames(view, snapshot, checked, identity)
    questions = ask_who(view, snapshot, identity, file, base.states[0] or {}, answers)
    for name, waiting in questions.rows.items():
        for label in ("", *file[name].columns):
            unknown.setdefault((name, label), set()).update(waiting)
    if base.is_open:
        file = _without_new(file, identity)
    written = (
        image.written
        if image
        else typed_only(view, base.written or {}) or written_by_sync(view, snapshot, file)
    )
    file = with_known(without_computed(file, written, shown or {}), unknown, image)
    file = with_stray(file, snapshot, shown or {})
    file, locked = without_locked(view, snapshot, checked, identity.ids, file, unknown, shown or sight.head)
    return Intake(
        view, snapshot, checked, identity, file, unknown, head.tables, head.tables, head.tables, head.tables, counters,
        written=written, given=head.tables if base.given is None else base.given, is_known=base.given is not None,
        issues=[*identity.issues, *questions.issues, *locked, *_unknown_answers(copy.book, snapshot)], questions=questions.conflicts, former=base.former,
    )  # fmt: skip


def _unknown_answers(book: Book, snapshot: Snapshot) -> list[Issue]:
    """Return what somebody answered to a held plan that is no answer, as issues."""
    values = book.lists["hold_decision"].values.values() if "hold_decision" in book.lists else ()  # noqa: PD011 - a list of the dictionary
    choices = " / ".join(value.text for value in values)
    return [
        Issue(
            "breaker.answer-unknown",
            Severity.WARNING,
            location,
            LIST,
            "",
            "decision",
            text,
            {"choices": choices},
        )
        for location, text in unknown_plan_answers(book, snapshot)
    ]


def _answers(book: Book, snapshot: Snapshot, conflicts: Sequence[ConflictRecord]) -> Answers:
    """Return what people said of rows that were cleared and used again, in this workbook or before."""
    answers, made = Answers(), {one.conflict: one.choice for one in decisions(book, snapshot)}
    for record in conflicts:
        table, is_open = book.tables.get(record.table), record.state == "open"
        choice = made.get(record.id, "") if is_open else record.decision
        if table is not None and choice in {SAME, NEW} and asks_who(table, record.labels, record.file):
            asked = Conflict(record.row_id, record.labels, record.base, record.head, record.file)
            answers.add(table, asked, choice, only_named=not is_open)
    return answers


def names_nobody(intake: Intake, before: Tables, after: Tables) -> bool:
    """Return whether a reference that means nobody could mean a row that came between two states."""
    tables = intake.book.tables
    refused = {
        tables[name].fields[label].to
        for (name, label), rows in intake.unknown.items()
        if rows and name in tables and label in tables[name].fields and tables[name].fields[label].to
    }
    return any(after.get(str(target)) is not before.get(str(target)) for target in refused)


def _merge(intake: Intake, book: Book, head: State, base: Base, as_of: date) -> Intake:
    image, file = base.image, intake.file
    if image is not None and not base.is_old:
        answer = hold_decision(intake.book, intake.snapshot)
        plan = base.discarded or judge(intake.book, image.frames, file, intake.snapshot, image.written)
        if plan is not None and (plan is base.discarded or answer == (plan.id, "discard")):
            file = discard(plan, image.frames, file)
            intake = replace(intake, discarded=plan)
        elif plan is not None and plan.id == base.approved:
            intake = replace(intake, accepted=plan)
        elif plan is not None and answer != (plan.id, "confirm"):
            return replace(intake, plan=plan)
    return _join(replace(intake, file=file), book, head, base, as_of)


def _join(intake: Intake, book: Book, head: State, held: Base, as_of: date) -> Intake:
    """Merge a workbook that nothing holds back."""
    moved = redirect(book, head.tables, intake.file, held.image, held.states[0], intake.unknown)
    file, base = moved.file, replace(held, image=moved.image)
    meanings = Meanings.of(book, head.tables, file, base.held, base.former)
    goes_on = _goes_on(file, base)
    chosen = {one.conflict for one in decisions(book, intake.snapshot)}
    undecided = [one for one in base.conflicts if one.id not in chosen]
    unseen = {name: _unseen(book, head.tables, file, base, name, undecided) for name in file}
    compared = {name: _merge_table(intake, name, meanings, base, goes_on, unseen[name]) for name in file}
    compared = {name: moved.with_conflicts(name, result) for name, result in compared.items()}
    rows = base.rows or {}
    results = with_dependents(
        book, meanings.spelled(compared), head.tables, file,
        lambda name: rows[name] if name in rows else base.hidden(name),
        keep_missing=base.is_old or base.image is None,
    )  # fmt: skip
    merged = {**head.tables, **{name: result.frame for name, result in results.items()}}
    conflicts = listed_for(intake.book, base.scope, base.conflicts, _held_rows(intake.file, held.rows or {}))
    before_typing = _before_typing(meanings.shown(compared), base)
    settled = settle(book, intake.snapshot, before_typing, merged, conflicts, as_of)
    before_answers = Before(book, settled.tables, head.tables, intake.counters, as_of)
    answered = take_answers(before_answers, intake.snapshot, _holds(intake.file, held, conflicts))
    merged = dict(answered.tables)
    # What a workbook brings into a store that knows nothing yet has not just become true.
    before = head.tables if head.revision else merged
    returned = {name: rows[name].index for name in results if name in rows}
    followed = follow(
        book,
        merged,
        before,
        answered.counters,
        as_of,
        meanings.edited(results),
        returned,
        Blanks(intake.unknown, lambda *column: column not in held.unresolved),
        is_first=base.is_first,
    )
    return replace(
        intake, settled=settled.tables, merged=merged, followed=followed.tables, counters=followed.counters,
        results=results, settlements=settled.settlements, renewed=settled.renewed,
        notes=[*moved.notes, *answered.notes, *followed.notes],
        issues=[*intake.issues, *settled.issues, *answered.issues],
    )  # fmt: skip


def _held_rows(file: Tables, rows: Tables) -> Tables:
    """Return a workbook's rows with those that it held before: whoever says that a row is another one has it no more."""
    return {
        name: with_seen_rows(frame, [rows[name]], rows[name].index) if name in rows else frame
        for name, frame in file.items()
    }


def _holds(file: Tables, base: Base, conflicts: Sequence[ConflictRecord]) -> Callable[[str, str], bool]:
    """Return a function that says whether a workbook has a row, by table and id."""
    held = {name: frame.index for name, frame in _held_rows(file, base.rows or {}).items()}
    held[CONFLICTS] = pd.Index([str(one.id) for one in conflicts], dtype=object)
    return lambda table, row: not base.scope.narrows or (table in held and row in held[table])


def _before_typing(file: Tables, base: Base) -> Tables:
    """Return what a workbook showed before its newest edits: whoever chose there and typed besides made two edits."""
    known = base.image.frames if base.image is not None and not base.is_old else {}
    return {
        name: with_seen_rows(known[name], [frame], frame.index) if name in known else frame
        for name, frame in file.items()
    }


def _goes_on(file: Tables, base: Base) -> bool:
    """Return whether a file goes on from what was last taken from its export: nothing of that is undone in it.

    A person who saves again has all of her earlier edits before her. A copy from before them, put back by a drive,
    has not: what it holds may be older, and conflicts.
    """
    shown, later = base.states
    if not (base.is_own_past and shown and later):
        return False
    return not any(
        is_undone(shown[name], latest, file[name])
        for name, latest in later[-1].items()
        if name in shown and name in file
    )


def _unseen(  # noqa: PLR0913, PLR0917 - the three versions of a table, and what is undecided
    book: Book, head: Tables, file: Tables, base: Base, name: str, undecided: Sequence[ConflictRecord]
) -> Edits:
    """Return what keeps rows that the file has deleted: edits beside them that it had not shown, and open conflicts.

    A value that nobody has decided on yet is somebody's edit of the row: it does not go with it unsaid.
    """
    shown, _ = base.states
    if shown is None or base.is_old or name not in shown or name not in head:
        return {}
    if head[name].index.equals(file[name].index):
        return {}
    rows = head[name].index
    gone = rows[~rows.isin(file[name].index) & rows.isin(shown[name].index)]
    if not len(gone):
        return {}
    found, seen = undecided_edits(book, name, gone, head.get, undecided), shown
    if not any(iter_dependents(book, name)):
        return found
    beside = unseen_edits(
        book, name, gone, head.get, lambda table: seen[table] if table in seen else base.hidden(table)
    )
    return {row: {**found.get(row, {}), **beside.get(row, {})} for row in {**found, **beside}}


def _merge_table(  # noqa: PLR0913, PLR0917 - the workbook, one of its tables, and what is known of both
    intake: Intake, name: str, meanings: Meanings, base: Base, supersedes: bool, unseen: Edits
) -> Merged:
    shown, seen = base.states
    file, head = meanings.of_file(name), meanings.of_head(name)
    unknown = {label: set(rows) for (table, label), rows in intake.unknown.items() if table == name}
    if base.image is None and base.written is not None:  # nobody knows what it showed: a blank erases nothing
        for label in file.columns:
            unknown.setdefault(label, set()).update(file.index[file[label].isna()])
    before = meanings.of_base(name, shown) if shown is not None else None
    older = [frame for state in seen if (frame := meanings.of_base(name, state)) is not None]
    if before is not None and older and not base.is_own_past:
        before = _with_copied(intake, name, before, older)
    if before is not None and (twins := intake.identity.twins.get(name)):
        before = with_seen_rows(before, [file], pd.Index(twins, dtype=object))
    return merge_table(
        before,
        file.iloc[:0] if head is None else head,
        file,
        rules_of(intake.book, name),
        unknown=unknown,
        seen=older,
        supersedes=supersedes,
        keep_missing=base.is_old or base.image is None,
        unseen=unseen,
    )


def _with_copied(intake: Intake, name: str, base: pd.DataFrame, seen: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return a base with the rows that were copied in the workbook before this copy of it was made.

    Both hold such a row, and neither was written with it; it began as what it was copied from, with a key of its own.
    """
    sources = {
        row: source
        for row, source in intake.identity.sources.get(name, {}).items()
        if source in base.index and row not in base.index and any(row in state.index for state in seen)
    }
    if not sources:
        return base
    rows, key = pd.Index(list(sources), dtype=object), intake.book.tables[name].key
    began = base.loc[list(sources.values())].set_axis(rows)
    began[key] = with_seen_rows(base, seen, rows)[key].loc[rows]
    return with_seen_rows(base, [began], rows)


def rules_of(book: Book, name: str) -> Rules:
    """Return how two edits of one cell of a table are merged, as its schema says."""
    if name not in book.tables:
        return Rules()
    fields = book.tables[name].fields.values()
    groups: dict[str, list[str]] = {}
    for inner in fields:
        if inner.group and inner.typed:
            groups.setdefault(inner.group, []).append(inner.name)
    return Rules(
        {inner.name: inner.policy for inner in fields if inner.policy != "conflict"},
        {group: tuple(labels) for group, labels in groups.items()},
    )


def _without_new(file: Tables, identity: Identity) -> dict[str, pd.DataFrame]:
    """Leave out rows that have no id yet: as long as the file is open they may still change or go."""
    kept: dict[str, pd.DataFrame] = {}
    for name, frame in file.items():
        new = identity.ids[name].loc[list(identity.new.get(name, ()))] if name in identity.ids else ()
        kept[name] = frame.drop(index=list(new)) if len(new) else frame
    return kept

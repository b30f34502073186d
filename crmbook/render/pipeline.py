"""Head → workbook: place rows, check, recompute, compare, mark, stamp; what a workbook should hold next, as bytes.

`render` works on the package in memory and touches no file. The head's rows are put where they are or find room;
from there on everything is judged and computed anew from what the workbook *will* show, so that the values stored
beside its live formulas are those that an office program computes from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import OWN, Severity
from crmbook.build import (
    ANSWERED,
    CONFLICTS,
    DUPLICATES,
    ISSUES,
    REMINDERS,
    conflict_line,
    count_line,
    issue_line,
    pair_line,
    write_stamp,
)
from crmbook.check import Known, check_cells, check_rules, once_each, resolve_pending, sorted_issues
from crmbook.merge import with_seen_rows
from crmbook.ooxml import parse_cell
from crmbook.read import Written, find_placement
from crmbook.render.bulksheet import iter_bulk
from crmbook.render.changes import Comparison, Given, grow_tables, without_covered, write_changes
from crmbook.render.compute import compute, take_overrides
from crmbook.render.conflictsheet import iter_conflicts, listed
from crmbook.render.heights import fit_rows
from crmbook.render.marks import (
    is_passing,
    iter_list,
    iter_marks,
    lasting,
    still_standing,
    where_they_stand,
)
from crmbook.render.overrides import find_overrides
from crmbook.render.pages import iter_line_changes, iter_page_changes
from crmbook.render.pairsheet import iter_pairs
from crmbook.render.place import AsRead, fit_to_lists, place_rows, texts_of, with_rows_of_lists
from crmbook.render.printarea import print_own_columns
from crmbook.render.remindersheet import due_here, iter_reminders, listed_lines
from crmbook.render.repair import repair
from crmbook.render.suggestions import iter_suggestions
from crmbook.render.written import past_of, written_values
from crmbook.schema import LISTS, Computed, layout_of, recompute_cells

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crmbook.base import Change, Issue, Override
    from crmbook.build import Due
    from crmbook.check import Checked
    from crmbook.ingest import Intake, Plan
    from crmbook.ooxml import Package
    from crmbook.read import Opened, Snapshot
    from crmbook.render.compute import Wanted
    from crmbook.render.place import Placed
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Rendered:
    """A workbook as it should be.

    Attributes
    ----------
    data
        Its bytes; those that were read where nothing changes.
    changes
        Every cell that differs.
    issues
        Every finding.
    standing
        Those that it still has then: what its list names.
    restored
        Furniture that an office program had dropped and that is back.
    shown
        What the workbook holds then, as state frames: what was wanted, where it could be had.
    written
        What is now in computed cells that hold values, as state frames.
    content
        What its cells say, see `crmbook.read.content`.
    is_understood
        Whether a cell that held no value when the workbook came holds one by what is beside it now: it is to be
        taken in.
    overrides
        Values typed over formulas that may be typed over.
    """

    data: bytes
    changes: Sequence[Change]
    issues: Sequence[Issue]
    standing: Sequence[Issue]
    restored: Sequence[Any]
    shown: Tables
    written: Tables
    content: str
    overrides: Sequence[Override]
    is_understood: bool = False


def render(
    opened: Opened, intake: Intake, wanted: Wanted, *, renew: bool, is_older: bool = False
) -> Rendered:
    """Bring a workbook's package to what it should hold.

    Parameters
    ----------
    renew
        Whether it gets a new stamp although no cell changes, because its edits were taken in.
    is_older
        Whether an older schema wrote it.
    """
    package, judged = opened.package, _judge(opened.package, intake, wanted)
    book, wanted, placed, computed = judged.book, judged.wanted, judged.placed, judged.computed
    snapshot, checked, issues, due = placed.snapshot, judged.checked, judged.issues, judged.due
    here, given = find_placement(layout_of(book), snapshot, package), Given(intake.given, placed.ids)
    labels, changes = here.layout.labels(), [*placed.changes]
    changes += Comparison(book, labels, snapshot, checked, computed, here.absent, given).iter_changes()
    standing = once_each(still_standing(issues, changes))
    lines = _lines(book, standing, due, wanted)
    changes += iter_page_changes(book, package, computed, wanted.as_of, here, lines, is_older=is_older)
    changes += iter_suggestions(book, package, here, computed.frames, intake.given)
    changes += iter_marks(book, snapshot, lasting(issues, changes))
    changes += iter_list(book, snapshot, package, standing)
    changes += iter_conflicts(book, snapshot, package, wanted.conflicts)
    changes += iter_reminders(book, snapshot, package, due, wanted.tables.get(ANSWERED))
    changes += iter_pairs(book, snapshot, package, wanted.pairs)
    changes += iter_bulk(book, snapshot, package, wanted.bulk, wanted.tables)
    changes = without_covered(package, changes)
    restored = _put_in(book, package, placed, changes)
    if changes or placed.cleared or restored or renew:
        print_own_columns(book, snapshot, package)
        write_stamp(package, book, wanted.stamp)
    understood = _understood(intake, placed, checked)
    shown = _shown(wanted.tables, placed, intake, understood)
    written = written_values(book, snapshot, computed, placed.ids, here.absent)
    content = _content(intake.snapshot, placed, changes)
    if placed.cleared and (wanted.part is not None or wanted.whole is not None):
        package.drop_unused_texts()  # a row that went is not for whoever holds the copy any more
    overrides = find_overrides(book, snapshot, computed)
    return Rendered(
        package.to_bytes(), changes, once_each(issues), standing, restored, shown, written, content, overrides,
        bool(understood),
    )  # fmt: skip


def passing_issues(package: Package, intake: Intake, wanted: Wanted) -> list[Issue]:
    """Return the findings about what cells held before a sync puts them right, as `render` has them; nothing is written."""
    return [issue for issue in _judge(package, intake, wanted).issues if is_passing(issue)]


@dataclass(frozen=True)
class _Judged:
    """A workbook whose rows are placed, checked and computed: what was found, and what is due, before anything is written."""

    book: Book
    wanted: Wanted
    placed: Placed
    checked: Checked
    computed: Computed
    issues: Sequence[Issue]
    due: Sequence[Due]


def _judge(package: Package, intake: Intake, wanted: Wanted) -> _Judged:
    book = intake.book
    read = AsRead(book, intake.snapshot, intake.checked, package)
    placed = place_rows(read, intake.identity.ids, wanted.tables, intake.unknown)
    snapshot = placed.snapshot
    known = _known(wanted, intake, placed)
    if _is_checked(intake, placed):
        checked = intake.checked
    else:
        checked = check_cells(book, snapshot, wanted.as_of, known=known, part=wanted.part)
    take_overrides(book, checked, placed.ids, wanted.tables)
    resolve_pending(book, snapshot, checked, known)
    book, wanted = _following_lists(book, snapshot, wanted)
    computed = compute(snapshot, checked, placed.ids, wanted, book)
    past = past_of(intake, placed.ids, wanted.as_of)
    judged = check_rules(book, snapshot, checked, computed, past)
    said = [*(issue for _, issue in wanted.pairs.issues), *wanted.bulk.issues]
    found = [*intake.issues, *said, *placed.issues, *checked.issues, *judged]
    due = due_here(book, computed, placed.ids, wanted.tables, wanted.as_of, listed(wanted.conflicts))
    computed = recompute_cells(book, computed, listed_lines(book, due, listed(wanted.conflicts)))
    issues = sorted_issues(book, snapshot, _where_they_stand(snapshot, found, due, wanted))
    return _Judged(book, wanted, placed, checked, computed, issues, due)


def _put_in(book: Book, package: Package, placed: Placed, changes: Sequence[Change]) -> Sequence[Any]:
    """Write all changes into a package, and what goes with them; return the furniture that was put back."""
    snapshot = placed.snapshot
    grow_tables(package, snapshot, changes)
    fit_to_lists(book, package, snapshot)
    placed.clear(package)
    fit_rows(book, snapshot, package, changes)
    write_changes(package, changes)
    return repair(book, package, snapshot)


def _lines(book: Book, issues: Sequence[Issue], due: Sequence[Due], wanted: Wanted) -> dict[str, str]:
    """Return what is above the lists of pages: how much there is in them."""
    lines = {
        REMINDERS: count_line(book, due),
        ISSUES: _issue_line(book, issues),
        CONFLICTS: conflict_line(book, len(listed(wanted.conflicts))),
    }
    pairs = wanted.pairs
    if pairs.lines is not None:
        lines[DUPLICATES] = pair_line(book, pairs.count, len(pairs.lines))
    return {name: line for name, line in lines.items() if line}


def _issue_line(book: Book, issues: Sequence[Issue], held: int = 0) -> str:
    errors = sum(one.severity is Severity.ERROR for one in issues)
    return issue_line(book, errors, len(issues) - errors, held)


def _where_they_stand(
    snapshot: Snapshot, issues: Sequence[Issue], due: Sequence[Due], wanted: Wanted
) -> list[Issue]:
    """Return issues with those about answers at the lines in which these will be."""
    numbers = [str(one.id) for one in listed(wanted.conflicts)]
    issues = where_they_stand(issues, snapshot.tables.get(CONFLICTS), "number", numbers)
    keys = [one.key for one in due]
    issues = where_they_stand(issues, snapshot.tables.get(REMINDERS), "reminder", keys)
    keys = [one.key for one in wanted.pairs.lines or ()]
    return where_they_stand(issues, snapshot.tables.get(DUPLICATES), "pair", keys)


def _following_lists(book: Book, snapshot: Snapshot, wanted: Wanted) -> tuple[Book, Wanted]:
    """Return the books whose tables on pages follow the lists as they will be in the workbook."""
    lists = texts_of(snapshot.lists)
    if LISTS in wanted.tables:
        for name, rows in wanted.tables[LISTS].groupby("list", sort=False):
            lists.setdefault(str(name), rows["text"].tolist())
    if wanted.whole is not None:
        whole, tables = wanted.whole
        wanted = replace(wanted, whole=(with_rows_of_lists(whole, lists, snapshot), tables))
    return with_rows_of_lists(book, lists, snapshot), wanted


def _known(wanted: Wanted, intake: Intake, placed: Placed) -> Known:
    """Return what the workbook is judged by: what it is about to hold is the state's, and typed by nobody in it.

    So is what a row holds that went and is kept for a cell that is no value: its key stays what it was, also where that
    means another row by now.
    """
    book, tables = wanted.whole or (None, wanted.tables)
    held = {
        name: with_seen_rows(frame, [intake.file[name]], pd.Index(sorted(rows), dtype=object))
        if (rows := placed.unlike.get((name, ""))) and name in intake.file
        else frame
        for name, frame in wanted.tables.items()
    }
    return Known(tables, held, intake.former, book)


def _is_checked(intake: Intake, placed: Placed) -> bool:
    """Return whether the cells were judged already as they will be: nothing is placed, and no row meant another's."""
    checked = intake.checked
    moved = placed.changes or placed.cleared or placed.left_out or placed.issues
    return not moved and not checked.leans_on_others and not any(checked.pending.values())


def _content(snapshot: Snapshot, placed: Placed, changes: Sequence[Change]) -> str:
    """Return what the cells of the workbook say once it is written; empty where that is not known."""
    if snapshot.content is None or placed.cleared:
        return ""
    return snapshot.content.after(
        Written(
            change.sheet, *parse_cell(change.ref), change.value,
            None if change.keeps_formula else change.formula is not None,
        )
        for change in changes
    )  # fmt: skip


def _understood(intake: Intake, placed: Placed, checked: Checked) -> dict[tuple[str, str], set[str]]:
    """Return, by (table, label), the ids of rows whose cell was no value when the workbook came, and is one now.

    What a cell may hold depends on others of its row, and another workbook brought those: a region, a rule's name. A
    reference is none of these: it is tried again by itself.
    """
    found = {}
    for (name, label), rows in intake.checked.refused.items():
        if intake.book.tables[name].fields[label].to is not None:
            continue
        before = set(intake.identity.ids[name].reindex(sorted(rows)).dropna())
        after = set(placed.ids[name].reindex(sorted(checked.refused.get((name, label), ()))).dropna())
        found[name, label] = before & placed.unlike.get((name, label), frozenset()) - after
    return {key: ids for key, ids in found.items() if ids}


def _shown(
    tables: Tables, placed: Placed, intake: Intake, understood: Mapping[tuple[str, str], Collection[str]]
) -> dict[str, pd.DataFrame]:
    """Return what the workbook shows of `tables`: rows without room left out, people's own formulas as they stand.

    A table or column that it does not have is none of it. A cell that holds something but no value counts as what was
    wanted there, so that mending it is an edit of that; one that is understood only now was typed over what was there.
    """
    shown = {
        name: _columns_here(intake.book, placed, name, frame)
        for name, frame in tables.items()
        if name in placed.ids
    }
    shown |= {LISTS: tables[LISTS]} if LISTS in tables else {}
    for name, missing in placed.left_out.items():
        shown[name] = shown[name].drop(index=list(missing))
    for (name, label), row_ids in placed.unlike.items():
        file = intake.file[name]
        rows = [row for row in row_ids if row in file.index]
        if not label:
            shown[name] = pd.concat([shown[name], file.loc[rows]])
            continue
        if (name, label) in intake.unknown:
            rows = [row for row in rows if row in understood.get((name, label), ())]
        if rows and label in file.columns:
            column = shown[name][label].copy()
            column.loc[rows] = file[label].loc[rows]
            shown[name] = shown[name].assign(**{label: column})
    return _with_waiting(shown, intake)


def _with_waiting(shown: dict[str, pd.DataFrame], intake: Intake) -> dict[str, pd.DataFrame]:
    """Let rows that wait for a word on who they are stand for what was last known of them: nothing is written there."""
    for (name, label), row_ids in intake.unknown.items():
        if label or name not in shown:
            continue
        frame, file = shown[name], intake.file[name]
        rows = [row for row in row_ids if row in file.index and row in frame.index]
        columns = {}
        for known in frame.columns.intersection(file.columns):
            columns[known] = frame[known].copy()
            columns[known].loc[rows] = file[known].loc[rows]
        shown[name] = frame.assign(**columns)
    return shown


def _columns_here(book: Book, placed: Placed, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table that the workbook shows; of people's own columns those that it has."""
    here = book.tables[name].fields.keys() | {OWN + header for header in placed.snapshot.tables[name].custom}
    labels = [label for label in frame.columns if label in here]
    return frame[labels] if len(labels) < len(frame.columns) else frame


def render_hold(opened: Opened, intake: Intake, plan: Plan) -> bytes:
    """Return a held workbook with the question in its list of issues, and above it; nothing else of it changes."""
    book, package, snapshot = intake.book, opened.package, intake.snapshot
    issues = once_each(sorted_issues(book, snapshot, [*intake.issues, *intake.checked.issues]))
    line = _issue_line(book, issues, len(plan.findings))
    changes = [*iter_line_changes(package, {ISSUES: line} if line else {})]
    changes += iter_list(book, snapshot, package, issues, plan)
    grow_tables(package, snapshot, changes)
    fit_rows(book, snapshot, package, changes)
    write_changes(package, changes)
    return package.to_bytes()

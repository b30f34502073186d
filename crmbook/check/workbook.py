"""Checking a workbook: its structure and cells first, then, with computed fields at hand, its rules.

::

    snapshot = read_workbook(path, book)
    checked = check_cells(book, snapshot, as_of)
    computed = recompute(book, checked.seen(snapshot), as_of, checked.cells)
    issues = sorted_issues(book, snapshot, [*checked.issues, *check_rules(book, snapshot, checked, computed)])
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import Severity
from crmbook.check.checked import CellLocator, Checked, Keys
from crmbook.check.directories import make_directories
from crmbook.check.domains import Domains
from crmbook.check.duplicates import iter_duplicate_issues
from crmbook.check.keys import iter_required_issues, iter_respelled, iter_unique_issues
from crmbook.check.known import Known
from crmbook.check.references import iter_reference_issues, iter_resolved
from crmbook.check.rules import RuleCheck, iter_scoring_issues
from crmbook.check.structure import iter_structure_issues
from crmbook.check.typed_over import TypedOver
from crmbook.check.values import check_table, iter_cell_issues
from crmbook.values import Surroundings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.base import Issue
    from crmbook.check.known import Tables
    from crmbook.check.part import Part
    from crmbook.check.references import Directory
    from crmbook.check.typed_over import Past
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Computed

_PLACE = re.compile(r"([A-Z]+)([0-9]+)")
NOTHING_KNOWN = Known()
"""Of a workbook that is judged by itself, without a store."""


def check_cells(  # noqa: PLR0913, PLR0917 - the workbook, and what is known besides it
    book: Book,
    snapshot: Snapshot,
    as_of: dt.date,
    values_only: Collection[tuple[str, str]] = (),
    known: Known = NOTHING_KNOWN,
    part: Part | None = None,
) -> Checked:
    """Check structure, values, keys and references.

    Parameters
    ----------
    book, snapshot
        The schema, and the workbook as read.
    as_of
        The day that counts as today; gives ``1月5日`` its year.
    values_only
        Overridable columns (table, field) that the workbook holds as values instead of live formulas: what
        is there counts as computed.
    known
        What the store knows besides.
    part
        What may be named in a workbook that shows a part of the customers; of the book it is handed that part alone.
    """
    checked = Checked(issues=list(iter_structure_issues(book, snapshot)))
    around = Surroundings(as_of, book.locale, snapshot.date1904)
    domains = Domains(book, snapshot.lists)
    checked.issues += iter_cell_issues(book, snapshot, domains, around, checked)
    locators: list[CellLocator] = []
    for name, found in snapshot.tables.items():
        if book.tables[name].managed:
            mine, cells = check_table(book.tables[name], found, domains, around, values_only)
            mine.issues += iter_respelled(mine, cells, known.tables.get(name))
            _merge(checked, mine)
            locators.append(replace(cells, keys=Keys(mine.frames[name].get(book.tables[name].key))))
    if part:
        for cells in locators:
            checked.issues += part.refuse_keys(checked, cells)
    _check_rows(checked, locators, make_directories(book, snapshot, checked, known), known.held, part)
    return checked


def _merge(whole: Checked, part: Checked) -> None:
    whole.frames |= part.frames
    whole.refused |= part.refused
    whole.corrections |= part.corrections
    whole.pending |= part.pending
    whole.issues += part.issues


def _check_rows(
    checked: Checked,
    locators: list[CellLocator],
    directories: Mapping[str, Directory],
    held: Tables,
    part: Part | None,
) -> None:
    for cells in locators:
        checked.issues += iter_reference_issues(checked, cells, directories, held, part)
    for cells in locators:
        frame = checked.frames[cells.table.name]
        checked.issues += iter_required_issues(checked, cells)
        for target in cells.table.fields.values():
            if target.typed and (target.unique or target.name == cells.table.key):
                checked.issues += iter_unique_issues(cells, frame[target.name], target)


def resolve_pending(book: Book, snapshot: Snapshot, checked: Checked, known: Known = NOTHING_KNOWN) -> None:
    """Resolve names of rows that had no id when the cells were checked and have one by now, in `checked` itself.

    To be called after new rows got their ids: a customer entered today is found by name in the same sync.
    """
    waiting = [column for column, rows in checked.pending.items() if rows]
    directories = make_directories(book, snapshot, checked, known) if waiting else {}
    for table, name in waiting:
        target = book.tables[table].fields[name]
        found = snapshot.tables[table]
        locator = CellLocator(book.tables[table], found, Keys(checked.frames[table][book.tables[table].key]))
        resolved = dict(iter_resolved(checked, locator, target, directories[target.to or ""]))
        checked.pending[table, name] -= resolved.keys()
        cells = {issue.location: issue for issue in resolved.values()}
        checked.issues = [
            cells[issue.location]
            if issue.code == "check.reference-to-new" and issue.location in cells
            else issue
            for issue in checked.issues
        ]


def check_rules(
    book: Book, snapshot: Snapshot, checked: Checked, computed: Computed, past: Past | None = None
) -> list[Issue]:
    """Judge the schema's rules, after recomputing; return what they find.

    Parameters
    ----------
    past
        What computed cells that hold values showed before: without it nobody can tell there what was typed.
    """
    typed_over = TypedOver(book, snapshot, computed, past)
    issues = list(RuleCheck(book, snapshot, checked, computed, typed_over).iter_issues())
    issues += iter_scoring_issues(book, snapshot, computed.frames)
    issues += iter_duplicate_issues(book, snapshot, checked)
    return issues


def sorted_issues(book: Book, snapshot: Snapshot, issues: Iterable[Issue]) -> list[Issue]:
    """Return issues in the order in which people mend them: errors first, then sheet by sheet, row by row, from the left."""
    sheets: dict[str, int] = {}
    for sheet in book.sheets:
        for title in (
            *(snapshot.tables[name].sheet for name in sheet.tables if name in snapshot.tables),
            sheet.title,
        ):
            sheets.setdefault(title, len(sheets))

    def rank(issue: Issue) -> tuple[bool, int, int, int, str, str]:
        found = _PLACE.fullmatch(issue.location.cell)
        row, column = (int(found[2]), found[1]) if found else (0, "")
        is_warning = issue.severity is not Severity.ERROR
        return (is_warning, sheets.get(issue.location.sheet, -1), row, len(column), column, issue.code)

    return sorted(issues, key=rank)

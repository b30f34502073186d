"""Issues, put where people meet them: the column 问题 of each row, and the list on 校验问题.

A mark in a row reads ``【电话】号码位数不对；【地址】必填``; one conditional format per table finds the header in it
and colours the cell. The list names sheet, row, value, reason and remedy, its row a link that finds the row again by
its hidden id after somebody sorted. Changes that are held for a person come first there, each line with the plan's
id and a cell for the answer, which `hold_decision` reads back.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Change, ChangeKind, kinds_of, single
from crmbook.build import link_target, row_link
from crmbook.formula import to_serial
from crmbook.read import LIST, hold_decision, is_same
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmbook.base import Issue, IssueKind
    from crmbook.ingest import Plan
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book

    Line = Mapping[str, tuple[Any, str | None]]
    """What is in a line of a list, by field: value and formula."""

_SEPARATORS: Final = {"zh": "；", "en": "; "}
_TEXT_LIMIT: Final = 1000
LISTED: Final = 5000
"""Issues that the list holds; the report has all of them."""
_PASSING: Final = frozenset(
    {
        "check.old-column",
        "check.old-or-typed",
        "check.typed-over",
        "check.reference-by-name",
        "value.choice-twice",
        "value.date-from-serial",
        "value.discount-as-share",
        "value.time-dropped",
        "value.year-assumed",
    }
)
"""Findings about what a cell held before sync put it right."""
_SETTLED: Final = frozenset({"check.reference-by-name", "value.choice-twice"})
"""Those of them that leave nothing to look at: the cell holds just what was meant."""


def is_passing(issue: Issue) -> bool:
    """Return whether a finding is about what a cell held before sync puts it right."""
    return issue.code in _PASSING


def lasting(issues: Sequence[Issue], changes: Sequence[Change]) -> list[Issue]:
    """Return the issues that are left once `changes` are written; the others are reported, but mark no row."""
    mended = {
        (change.sheet, change.ref)
        for change in changes
        if change.kind in {ChangeKind.CORRECTED, ChangeKind.RESAVED, ChangeKind.RESTORED}
    }
    return [
        issue
        for issue in issues
        if not is_passing(issue) or (issue.location.sheet, issue.location.cell) not in mended
    ]


def still_standing(issues: Sequence[Issue], changes: Sequence[Change]) -> list[Issue]:
    """Return the issues that a workbook still has once `changes` are written; the others are reported by that sync alone."""
    left = set(map(id, lasting(issues, changes)))
    return [issue for issue in issues if issue.code not in _SETTLED or id(issue) in left]


def iter_marks(book: Book, snapshot: Snapshot, issues: Sequence[Issue]) -> Iterator[Change]:
    """Yield the changes of every row's mark."""
    by_row: defaultdict[tuple[str, int], list[Issue]] = defaultdict(list)
    for issue in issues:
        row = row_of(issue)
        if issue.table and row:
            by_row[issue.table, row].append(issue)
    for name, found in snapshot.tables.items():
        if found.issues is None:
            continue
        marks = {
            row: mark_text(book, by_row[name, row]) for row in found.frame.index if (name, row) in by_row
        }
        for row in sorted(marks.keys() | found.marks.keys()):
            if marks.get(row) != found.marks.get(row):
                ref = f"{found.issues.letter}{row}"
                yield Change(found.sheet, ref, marks.get(row), ChangeKind.MARKED, old=found.marks.get(row))


def mark_text(book: Book, issues: Sequence[Issue]) -> str:
    """Return what is in a row's column of issues."""
    parts = []
    for issue in issues:
        field = book.tables[issue.table].fields.get(issue.field_name)
        head = f"【{field.title}】" if field else ""
        parts.append(head + issue.text(book.lang))
    text = _SEPARATORS[book.lang].join(dict.fromkeys(parts))
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"


def hold_lines(book: Book, plan: Plan) -> list[Issue]:
    """Return what is held, and why, as issues."""
    return [finding.issue(book.lang) for finding in plan.findings]


def iter_list(
    book: Book, snapshot: Snapshot, package: Package, issues: Sequence[Issue], plan: Plan | None = None
) -> Iterator[Change]:
    """Yield the changes of the list of issues, one line per issue or kind of them, those of a held plan first."""
    found = snapshot.tables.get(LIST)
    if found is None:
        return
    held = hold_lines(book, plan) if plan else []
    lines = [
        dict(_line(book, snapshot, number, kind))
        for number, kind in enumerate(chain(single(held), kinds_of(issues)[:LISTED]), start=1)
    ]
    decision = hold_decision(book, snapshot)
    answer = _answer(book, decision[1]) if plan and decision and decision[0] == plan.id else None
    for line in lines[: len(held)]:
        line |= {"plan": (plan.id if plan else None, None), "decision": (answer, None)}
    yield from iter_lines(found, package, lines)


def answer_of(raw: object) -> Any:
    """Return what a person typed into a line, to be there again as long as the line is."""
    return raw if raw is None or isinstance(raw, str | int | float) else spell(raw)


def iter_lines(found: TableSnapshot, package: Package, lines: Sequence[Line]) -> Iterator[Change]:
    """Yield the changes that make `lines` the rows of a table that crmbook writes; what is left over is emptied."""
    first = found.header_row + 1
    wanted = dict(enumerate(lines, start=first))
    columns = {column.index + 1: name for name, column in found.columns.items()}
    area_last = max([found.last_row, *wanted, *found.frame.index[-1:].tolist()], default=first)
    stored: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for cell in package.sheet(found.sheet).cells(range(first, area_last + 1), set(columns)):
        stored[cell.row][columns[cell.column]] = (cell.value, cell.formula)
    for row in range(first, area_last + 1):
        for name in found.columns:
            value, formula = wanted.get(row, {}).get(name, (None, None))
            old = stored[row].get(name, (None, None))
            if formula != old[1] or not is_same(old[0], _serial(value)):
                yield Change(
                    found.sheet, found.cell(name, row).cell, value, ChangeKind.MARKED, formula, old=old[0]
                )


def where_they_stand(
    issues: Iterable[Issue], found: TableSnapshot | None, key: str, lines: Sequence[str]
) -> list[Issue]:
    """Return issues, those about lines of a list at the rows where these lines will be.

    Parameters
    ----------
    key
        The field by which a line is known.
    lines
        The keys of the lines to be written, in order.
    """
    if found is None or key not in found.columns:
        return list(issues)
    rows = {line: row for row, line in enumerate(lines, start=found.header_row + 1)}
    then = {row: tidy(spell(found.raw(key, row))) for row in found.frame.index.tolist()}

    def moved(issue: Issue) -> Issue:
        row = rows.get(then.get(row_of(issue), "")) if issue.table == found.name else None
        if row is None:
            return issue
        letters = issue.location.cell.rstrip("0123456789")
        return replace(issue, location=replace(issue.location, cell=f"{letters}{row}"))

    return [moved(issue) for issue in issues]


def _serial(value: Any) -> Any:
    return to_serial(value) if isinstance(value, date) else value


def _line(book: Book, snapshot: Snapshot, number: int, kind: IssueKind) -> Line:
    issue = kind.issue
    table = book.tables.get(issue.table)
    field = table.fields.get(issue.field_name) if table else None
    levels = book.lists["issue_level"].values if "issue_level" in book.lists else {}
    level = levels[str(issue.severity)].text if str(issue.severity) in levels else str(issue.severity)
    return {
        "number": (number, None),
        "level": (level, None),
        "sheet": (issue.location.sheet or None, None),
        "row": _link(snapshot, issue),
        "record": (issue.row_key or None, None),
        "field": (field.title if field else issue.params.get("field") or issue.field_name or None, None),
        "value": (kind.value(book.lang) or None, None),
        "problem": (kind.text(book.lang), None),
        "remedy": (issue.remedy(book.lang) or None, None),
    }


def _answer(book: Book, choice: str) -> str:
    return book.lists["hold_decision"].values[choice].text


def _link(snapshot: Snapshot, issue: Issue) -> tuple[Any, str | None]:
    """Return the row of an issue with the formula of a link to its cell."""
    row, found = row_of(issue), snapshot.tables.get(issue.table)
    if not row or found is None:
        return None, None
    target, where = link_to(found, row, issue.location.cell.rstrip("0123456789"))
    return row, f"HYPERLINK({target}&{where},{where})"


def link_to(found: TableSnapshot, row: int, letters: str) -> tuple[str, str]:
    """Return two pieces of formula: the address of a column as a quoted text, and what finds the row by its id."""
    row_id = found.row_ids.get(row) if found.row_id is not None else None
    if row_id and found.row_id is not None:
        return row_link(found.sheet, letters, found.row_id.letter, row_id)
    return link_target(found.sheet, letters), str(row)


def row_of(issue: Issue) -> int:
    """Return the row number of an issue's cell, 0 where it has none."""
    digits = issue.location.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return int(digits) if digits.isdigit() else 0

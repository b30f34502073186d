"""失败明细.xlsx: the rows of a list that could not be taken whole, as they were, each with the reason.

A person mends them there and imports the file again, some rows today, some tomorrow. The list stays one: what came in
leaves it, what still fails stays as it is there, and what an undone import had brought comes back. Hidden columns hold
the key of the row that was taken in without the cell in question, so that what was mended fills it, and each row's origin,
so that none comes in twice; the column of reasons is no part of the list. A hidden sheet keeps the mapping, so that a few
rows are understood like the whole list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from glob import escape
from typing import TYPE_CHECKING, Any, Final, get_args

from crmbook.base import CrmbookError, Language, Severity, digest, read_bytes, refuse_open, write_atomically
from crmbook.exchange.intake.cells import row_of
from crmbook.exchange.intake.failurebook import (
    MAPS,
    FailedRow,
    FailedSheet,
    failed_workbook,
    is_service,
    key_headers,
    read_failed_sheets,
    reason_header,
)
from crmbook.exchange.intake.origins import origin_header
from crmbook.exchange.mapping import from_yaml, row_in_file, to_yaml
from crmbook.exchange.mapping.model import ColumnRule
from crmbook.exchange.sources.model import SourceLayout
from crmbook.ooxml import OoxmlError, Package
from crmbook.read import FAILURES
from crmbook.schema import column_letters
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from crmbook.exchange.intake.model import ImportPlan
    from crmbook.exchange.intake.origins import Origins
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.sources.model import SourceSheet
    from crmbook.schema import Book

_COME: Final = frozenset({"new", "update", "same", "duplicate"})
"""What says of a row that it is in the book."""


@dataclass(frozen=True, slots=True)
class Failures:
    """One list with a plan that could not take all of it.

    Attributes
    ----------
    revision
        What it became; 0 where it brought nothing.
    """

    sheet: SourceSheet
    mapping: ListMapping
    plan: ImportPlan
    origins: Origins
    revision: int = 0


def write_failures(path: Path, book: Book, lists: Sequence[Failures]) -> None:
    """Write the rows that could not be taken whole, a sheet for each list.

    Raises
    ------
    CrmbookError
        If the file cannot be written.
    """
    sheets = [_listed(book, one) for one in lists if one.plan.failed]
    write_atomically(path, failed_workbook(sheets, book), private=True)


def find_listed(folder: Path, name: str, book: Book, lists: Sequence[Failures]) -> Path | None:
    """Return the list of all rows that could not be taken; None where there is none.

    Whoever imports the same file once more needs no second list of the same rows.

    Parameters
    ----------
    name
        File name of such lists; further ones have a number behind it.
    """
    wanted = {one.origins.of(row) for one in lists for row in one.plan.failed}
    stem, ending = escape(name.rpartition(".")[0]), name.rpartition(".")[2]
    for path in sorted(folder.glob(f"{stem}*.{ending}")):
        if is_of_failures(path) and wanted <= _origins_in(path, book):
            return path
    return None


def _origins_in(path: Path, book: Book) -> set[str]:
    """Return the origins of the rows that are in a list of failed rows."""
    return {origin_of(row) for sheet in read_failed_sheets(read_bytes(path), book) for row in sheet.rows}


def origin_of(row: FailedRow) -> str:
    """Return where a row of a list of failed rows comes from; empty for one that somebody added."""
    headers = map(origin_header, get_args(Language))
    return next((origin for header in headers if (origin := spell(row.cells.get(header)).strip())), "")


def keys_by_origin(book: Book, one: Failures) -> dict[str, dict[str, str]]:
    """Return the keys of the rows that were taken in without a cell: origin → header of the column of keys → key."""
    found: dict[str, dict[str, str]] = {}
    headers = key_headers(book)
    for table, keys in _keys(one.plan).items():
        for row, key in keys.items() if table in headers else ():
            found.setdefault(one.origins.of(row), {})[headers[table]] = key
    return found


def relist(path: Path, expected: str, book: Book, lists: Sequence[Failures]) -> int:
    """Take what came in out of the list that it was mended in, and return how many rows are left there.

    Parameters
    ----------
    expected
        Digest of the list as it was taken in.
    lists
        Its sheets that were taken in.

    Raises
    ------
    CrmbookError
        If somebody has the list open or has changed it since, or if it holds a list of another kind: then all rows
        stay there.
    """
    refuse_open(path)
    data = read_bytes(path)
    sheets = read_failed_sheets(data, book)
    known = {sheet.title: sheet for sheet in sheets}
    for one in lists:
        listed = known.get(one.sheet.title)
        if listed is None or not listed.mapping:
            raise CrmbookError("intake.not-listed", path=path, sheet=one.sheet.title)
        _take_out(book, listed, one)
    write_atomically(path, failed_workbook(sheets, book), expected, private=True)
    return sum(len(sheet.rows) for sheet in sheets if sheet.mapping)


def list_again(path: Path, book: Book, standing: Collection[int]) -> int:
    """List the rows again that came in by an import which was undone since; return how many.

    Parameters
    ----------
    standing
        The imports that nobody has undone.

    Raises
    ------
    CrmbookError
        If somebody has the list open or changes it.
    """
    data = read_bytes(path)
    sheets = read_failed_sheets(data, book)
    count = 0
    for sheet in sheets:
        back = [row for number, row in sheet.gone if number and number not in standing]
        sheet.gone = [(number, row) for number, row in sheet.gone if not number or number in standing]
        sheet.rows += back
        headers = dict.fromkeys(header for row in back for header in row.cells)
        sheet.headers += [
            header for header in headers if header not in sheet.headers and not is_service(header, book)
        ]
        count += len(back)
    if count:
        refuse_open(path)
        write_atomically(path, failed_workbook(sheets, book), digest(data), private=True)
    return count


def _listed(book: Book, one: Failures) -> FailedSheet:
    """Return the rows of a list that could not be taken whole."""
    headers = [header for header in one.sheet.headers if not is_service(header, book)]
    found = FailedSheet(one.sheet.title, headers, _map_text(book, one.mapping))
    columns = _Failed(book, one)
    for row, cells in one.plan.failed.items():
        bad = {name: cell for name, cell in cells.items() if name in headers}
        found.rows.append(columns.row(row, {**_cells(one, row), **bad}))
    return found


def _cells(one: Failures, row: int) -> dict[str, Any]:
    """Return the cells of a row of a list, those of a further person as well."""
    frame = one.sheet.frame
    return {str(header): cell for header, cell in frame.loc[row].items()} if row in frame.index else {}


def _take_out(book: Book, listed: FailedSheet, one: Failures) -> None:
    """Let what came in leave a sheet, and say anew why the rest stays."""
    come = {row.row for row in one.plan.rows if row.table == one.mapping.table and row.action in _COME}
    columns = _Failed(book, one)
    left: list[FailedRow] = []
    parted = {row_in_file(row): row for row in one.sheet.frame.index if row != row_in_file(row)}
    for row in listed.rows:
        if row.number in one.plan.failed:
            alone = _cells(one, row.number) if row.number in parted else {}
            left.append(columns.row(row.number, {**row.cells, **alone}))
        elif row.number in come:
            listed.gone.append((one.revision, row))
        else:
            left.append(row)
    left += [columns.row(row, _cells(one, row)) for row in one.plan.failed if row in parted.values()]
    listed.rows, listed.mapping = left, _map_text(book, one.mapping)


def _map_text(book: Book, mapping: ListMapping) -> str:
    """Return the mapping of the list itself."""
    columns = [rule for rule in mapping.columns if not is_service(rule.header, book)]
    return to_yaml(replace(mapping, columns=columns), SourceLayout(), book)


class _Failed:
    """What is reported of the rows of a list in the columns that are not its own."""

    def __init__(self, book: Book, one: Failures) -> None:
        self._lang, self._headers, self._one = book.lang, key_headers(book), one
        self._keys, self._reasons, self._missing = _keys(one.plan), _reasons(book, one.plan), _missing(one)

    def row(self, number: int, raw: Mapping[str, Any]) -> FailedRow:
        """Return a row of the list with what is reported of it."""
        keys = {
            header: self._keys.get(name, {}).get(number) or spell(raw.get(header)) or None
            for name, header in self._headers.items()
        }
        cells = self._one.plan.failed[number]
        marked = cells if any(keys.values()) else self._missing.get(number, ())
        columns = {
            reason_header(self._lang): self._reasons.get(number, ""),
            origin_header(self._lang): self._one.origins.of(number),
        }
        return FailedRow({**raw, **keys, **columns}, number, frozenset(marked))


def _keys(plan: ImportPlan) -> dict[str, dict[int, str]]:
    """Return by table and row of the list the key of the row that was taken in."""
    found: dict[str, dict[int, str]] = {}
    for one in plan.rows:
        if one.row in plan.failed and one.key and one.action in {"new", "update", "same", "duplicate"}:
            found.setdefault(one.table, {})[one.row] = one.key
    return found


def _reasons(book: Book, plan: ImportPlan) -> dict[int, str]:
    """Return by row of the list why it, or a cell of it, could not be taken."""
    found: dict[int, list[str]] = {}
    for issue in plan.issues:
        row = row_of(issue)
        if row in plan.failed and (issue.severity is Severity.ERROR or issue.code == "intake.doubtful"):
            table = book.tables.get(issue.table)
            field = table.fields.get(issue.field_name) if table else None
            said = f"{field.title}：" if field and book.lang == "zh" else f"{field.title}: " if field else ""
            found.setdefault(row, []).append(said + issue.text(book.lang))
    return {row: "\n".join(dict.fromkeys(texts)) for row, texts in found.items()}


def _missing(one: Failures) -> dict[int, set[str]]:
    """Return by row that stays out as a whole the headers of what it lacks."""
    found: dict[int, set[str]] = {}
    by_letters = {column_letters(one.sheet.column(header)): header for header in one.sheet.own_headers}
    for issue in one.plan.issues:
        if issue.code in {"intake.no-name", "intake.no-name-column", "intake.no-reference"}:
            header = by_letters.get(issue.location.cell.rstrip("0123456789"), "")
            found.setdefault(row_of(issue), set()).add(header)
    return found


def is_of_failures(path: Path) -> bool:
    """Return whether a file is a workbook that `write_failures` wrote."""
    try:
        return FAILURES in Package.open(read_bytes(path)).properties
    except OoxmlError:
        return False


def mapping_of(path: Path, sheet: SourceSheet, book: Book) -> ListMapping | None:
    """Return how a sheet of mended rows is mapped: like the list it came from, its rows known by their keys.

    A key of the list itself is that of a row which was not taken in at all. None for a sheet that somebody added, and of
    any other workbook.
    """
    if not is_of_failures(path):
        return None
    lines: dict[int, dict[str, str]] = {}
    for cell in Package.open(read_bytes(path)).sheet(MAPS).cells():
        lines.setdefault(cell.row, {})[cell.ref[0]] = spell(cell.value)
    text = "\n".join(line.get("B", "") for _, line in sorted(lines.items()) if line.get("A") == sheet.title)
    if not text:
        return None
    mapping, _ = from_yaml(text, book, path.name)
    keys = {header: name for name, header in key_headers(book).items() if header in sheet.headers}
    rules = [ColumnRule(header, name, book.tables[name].key, "map", 1.0) for header, name in keys.items()]
    claimed = {(rule.table, rule.field) for rule in rules}
    others = [
        replace(rule, sure=0.0) if (rule.table, rule.field) in claimed else rule
        for rule in mapping.columns
        if rule.header in sheet.headers
    ]
    return replace(mapping, columns=[*others, *rules])
